"""What goes wrong with a shot, its films and its pictures."""

from collections.abc import Sequence

_NAMED = 24  # so many words that were not understood are named


class ShadowplayError(Exception):
    """A shot that can't be drawn.

    Attributes:
        code: `invalid_size`, `invalid_image`, `invalid_video`, `video_too_long` or
            `edit_not_understood`.
        message: a sentence for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def unread(words: Sequence[str]) -> list[str]:
    """The remark about words of a prompt that nothing was made of, if there are any."""
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    remark = f"Nothing was made of these words: {', '.join(words[:_NAMED])}{more}."
    return [remark] if words else []
