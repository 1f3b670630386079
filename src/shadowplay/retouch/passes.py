"""Passes: what is done to one picture after another, in place."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, Protocol

from shadowplay.picture.layers import Picture
from shadowplay.retouch.scenery import Scenery


class Moment(NamedTuple):
    """Where in the new film a picture is.

    Attributes:
        number: of the picture, from 0.
        total: how many pictures there will be.
        fps: frames a second of the film.
        scenery: what was seen in the untouched picture.
    """

    number: int
    total: int
    fps: Fraction
    scenery: Scenery

    @property
    def t(self) -> float:
        """Seconds since the film began."""
        return float(self.number / self.fps)


class Pass(Protocol):
    """Does one thing to a picture."""

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Change the picture in place."""
