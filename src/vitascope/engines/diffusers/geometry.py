"""Geometry: which size a model draws for the size that was asked for, and the way back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Self

from vitascope.engines.diffusers.card import Card, Quality
from vitascope.shot import Size


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
    def of(cls, card: Card, preset: Quality, asked: Size, scale: float = 1.0) -> Self:
        """The native size nearest to what is asked, within some percent of the preset's pixels.

        Args:
            card: tells the alignment.
            preset: tells how many pixels are drawn at most.
            asked: size of the film.
            scale: draw at most at this fraction of it.
        """
        pixels = asked.width * asked.height
        shrink = min(scale, math.sqrt(preset.max_pixels / pixels), 1.0)
        # Where nothing is scaled, whole pixels of the film must fit in; else the nearest will do.
        rounded = math.ceil if shrink == 1.0 else round
        edges = (max(1, rounded(edge * shrink / card.align)) * card.align for edge in asked)
        native = Size(*edges)
        return cls(asked, native, _middle(native, asked))


def _middle(native: Size, shape: Size) -> Rect:
    """The largest part around the middle that has the given shape, to the pixel."""
    if native.width * shape.height >= native.height * shape.width:
        width, height = round(native.height * shape.width / shape.height), native.height
    else:
        width, height = native.width, round(native.width * shape.height / shape.width)
    return Rect((native.width - width) // 2, (native.height - height) // 2, width, height)
