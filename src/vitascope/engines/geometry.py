"""Maps a film of the requested size into the frames of a model's native size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

from vitascope.spec import Size


class Rect(NamedTuple):
    """A rectangle in a frame, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a film of the requested size lies in the model's native frames.

    The area outside `kept` is margin, because native sizes are multiples of a number. It is filled
    in input frames and cut off from output frames, so that both have the same position.

    Attributes:
        asked: the requested size of the film.
        native: the size that the model renders.
        kept: the part of the native frame that the film shows; it has the film's aspect ratio.
    """

    asked: Size
    native: Size
    kept: Rect

    @classmethod
    def in_the_middle(cls, asked: Size, native: Size) -> Self:
        """The film in the centre of the native frame, as large as its aspect ratio allows."""
        if native.width * asked.height >= native.height * asked.width:
            width, height = round(native.height * asked.width / asked.height), native.height
        else:
            width, height = native.width, round(native.width * asked.height / asked.width)
        corner = ((native.width - width) // 2, (native.height - height) // 2)
        return cls(asked, native, Rect(*corner, width, height))
