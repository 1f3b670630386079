"""What goes wrong with a shot, its films and its pictures."""


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
