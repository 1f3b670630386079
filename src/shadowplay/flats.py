"""Flats: what stands on the stage one behind the other, and the view the camera has of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shadowplay.layers import NOWHERE, Layer, Picture, Scattered


class View(NamedTuple):
    """Where the camera is at one moment.

    Attributes:
        x: how far it has gone to the right, in pixels of the stage plane.
        y: how far it has risen, in pixels of the stage plane.
        zoom: how much larger than drawn the picture is shown; 1 or more.
        shake: a further shift of the whole picture in pixels (right, down).
    """

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    shake: tuple[float, float] = (0.0, 0.0)


class Element(Protocol):
    """Anything that draws itself into a picture at a time."""

    def cover(self, t: float, view: View) -> int:
        """The row from which it hides all that was drawn before it; `NOWHERE` if none."""

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw; rows from `floor` on will be hidden and may be left out."""


class Overlay:
    """An element that hides nothing for sure."""

    def cover(self, t: float, view: View) -> int:
        """Nowhere."""
        return NOWHERE


@dataclass(slots=True)
class Flat:
    """A painted layer at one depth of the stage.

    Attributes:
        layer: what is painted.
        parallax: how much of the camera's way it shows: 0 at infinity, 1 at the stage.
        drift: its own speed to the right in pixels a second (clouds, mist).
        bob: how far it moves up and down by itself, in pixels.
        sway: how far it moves to and fro by itself, in pixels, and in how many seconds.
    """

    layer: Layer | Scattered
    parallax: float
    drift: float = 0.0
    bob: float = 0.0
    sway: tuple[float, float] = (0.0, 1.0)

    def _at(self, t: float, view: View) -> tuple[float, float]:
        x = self.drift * t - self.parallax * view.x
        y = min(self.parallax, 1.6) * view.y
        if self.sway[0]:
            x += self.sway[0] * math.sin(2 * math.pi * t / self.sway[1])
        if self.bob:
            y += self.bob * math.sin(t * 0.7 + self.parallax * 5)
        return x, y

    def cover(self, t: float, view: View) -> int:
        """The row from which the layer is opaque, where it stands now."""
        return self.layer.solid + math.ceil(self._at(t, view)[1])

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Lay the layer over the picture."""
        self.layer.draw(picture, *self._at(t, view), floor)
