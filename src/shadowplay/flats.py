"""Flats: what stands on the stage one behind the other, and the view the camera has of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from shadowplay.layers import NOWHERE, Layer, Picture

_PACES = (6, 12)
"""How often in a second a soft layer moves on, if it goes little more than a pixel each time."""


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


class Steady:
    """An element that looks the same in many frames one after another."""

    def state(self, t: float, view: View) -> object:
        """What it looks like depends on, besides what lies behind it; None while it moves."""
        return ()


class Overlay:
    """An element that hides nothing for sure."""

    def cover(self, t: float, view: View) -> int:
        """Nowhere."""
        return NOWHERE


@dataclass(slots=True)
class Flat(Steady):
    """A painted layer at one depth of the stage.

    Attributes:
        layer: what is painted.
        parallax: how much of the camera's way it shows: 0 at infinity, 1 at the stage.
        drift: its own speed to the right in pixels a second (clouds, mist).
        bob: how far it moves up and down by itself, in pixels.
        sway: how far it moves to and fro by itself, in pixels, and in how many seconds.
    """

    layer: Layer
    parallax: float
    drift: float = 0.0
    bob: float = 0.0
    sway: tuple[float, float] = (0.0, 1.0)

    def _at(self, t: float, view: View) -> tuple[float, float]:
        if self.layer.soft:
            # Where steps are not seen they come together, so that what lies behind is kept longer.
            speed = abs(self.drift) + abs(self.sway[0]) * 2 * math.pi / self.sway[1]
            for pace in _PACES:
                if speed < 1.2 * pace:
                    t = math.floor(t * pace + 0.001) / pace
                    break
        x = self.drift * t - self.parallax * view.x
        y = min(self.parallax, 1.6) * view.y
        if self.sway[0]:
            x += self.sway[0] * math.sin(2 * math.pi * t / self.sway[1])
        if self.bob:
            y += self.bob * math.sin(t * 0.7 + self.parallax * 5)
        return x, y

    def state(self, t: float, view: View) -> object:
        """Where it stands."""
        return self.layer.place(*self._at(t, view))

    def cover(self, t: float, view: View) -> int:
        """The row from which the layer is opaque, where it stands now."""
        return self.layer.solid + math.ceil(self._at(t, view)[1])

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Lay the layer over the picture."""
        self.layer.draw(picture, *self._at(t, view), floor)


class Stack:
    """Elements from back to front. The hindmost are composed anew only when one of them changes."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._elements = elements
        self._plate: Picture | None = None
        self._kept: list[object] = []
        self._rows = 0
        self._before: list[object] = []
        self._steady = 0

    def draw(self, picture: Picture, t: float, view: View) -> None:
        """Draw all of them, leaving out rows that will be hidden."""
        floor = picture.height
        floors = []
        for element in reversed(self._elements):
            floors.append(floor)
            floor = max(0, min(floor, element.cover(t, view)))
        floors.reverse()
        states = self._states(t, view)
        # What was the same in the last frame is likely to stay; a change takes one frame off.
        self._steady = min(len(states), max(_same(states, self._before), self._steady - 1))
        self._before = states
        first = len(self._kept)
        if self._plate and self._kept == states[:first] and floors[first - 1] <= self._rows:
            picture.take(self._plate, floors[first - 1])
        else:
            first = 0
        for k in range(first, len(self._elements)):
            self._elements[k].draw(picture, t, view, floors[k])
            if k + 1 == self._steady:
                self._keep(picture, states[: k + 1], floors[k])

    def _states(self, t: float, view: View) -> list[object]:
        """What the hindmost depend on, up to the first that moves."""
        states: list[object] = []
        for element in self._elements:
            state = element.state(t, view) if isinstance(element, Steady) else None
            if state is None:
                break
            states.append(state)
        return states

    def _keep(self, picture: Picture, states: list[object], rows: int) -> None:
        if self._plate is None:
            self._plate = Picture.blank(picture.width, picture.height)
        self._plate.take(picture, rows)
        self._kept, self._rows = states, rows


def _same(states: Sequence[object], before: Sequence[object]) -> int:
    """How many of the first are the same."""
    for k, (one, other) in enumerate(zip(states, before, strict=False)):
        if one != other:
            return k
    return min(len(states), len(before))
