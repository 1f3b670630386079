"""Passes: what is done to one picture after another, in place."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from shadowplay.layers import Picture
from shadowplay.retouch.scenery import Scenery


class Moment(NamedTuple):
    """Where in the new film a picture is.

    Attributes:
        number: of the picture, from 0.
        total: how many pictures there will be.
        t: seconds since the film began.
        scenery: what was seen in the untouched picture.
    """

    number: int
    total: int
    t: float
    scenery: Scenery


class Pass(Protocol):
    """Does one thing to a picture."""

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Change the picture in place."""
