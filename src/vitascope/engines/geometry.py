"""Geometry: how a film lies in the pictures that a model draws, whose size is another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

from vitascope.spec import Size


class Rect(NamedTuple):
    """A part of a picture, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Fit:
    """How pictures of the size that was asked for lie in those the model draws.

    What lies outside `kept` is margin, because a model's edges are multiples of something. It is
    filled when pictures go in and cut off when they come out, so that a picture that goes in and
    comes out again has not moved.

    Attributes:
        asked: size of the film.
        native: size the model draws.
        kept: the part of the native picture that the film shows; it has the film's shape.
    """

    asked: Size
    native: Size
    kept: Rect

    @classmethod
    def in_the_middle(cls, asked: Size, native: Size) -> Self:
        """The film in the middle of what is drawn, as large as its shape lets it be."""
        if native.width * asked.height >= native.height * asked.width:
            width, height = round(native.height * asked.width / asked.height), native.height
        else:
            width, height = native.width, round(native.width * asked.height / asked.width)
        corner = ((native.width - width) // 2, (native.height - height) // 2)
        return cls(asked, native, Rect(*corner, width, height))
