"""The camera: eased moves that depend on the scene's clock alone, so films can be carried on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from shadowplay.colour import Floats
from shadowplay.dice import dice
from shadowplay.picture.flats import View
from shadowplay.picture.layers import Picture
from shadowplay.scene import Scene
from shadowplay.shot import Size

Travel = Callable[[float], float]
"""How far the world under the lead has gone by at a time, in pixels of the stage."""

_DRIFT_PERIOD = 22.0
_UNASKED, _ASKED = (0.2, 5.5, 0.14), (0.62, 2.4, 0.3)
"""What a move does, and what it does where the prompt asks for it.

How much larger a push makes the picture, the seconds after which it is about two thirds done, and
how far the camera rises, as part of the height.
"""

_BEGINS = 1.02  # how large a picture is before a push
_GOES = {"pan": (0.12, 0.9), "track": (0.11, 0.7), "static": (0.0, 1.0)}
"""How fast a camera goes that goes on, in units a second, and how softly it starts."""

_SWAYS = {"drift": 0.13, "handheld": 0.06}  # how far those go that come back; others 0.08
_TREMOR = ((1.0, 1.1), (0.5, 2.3), (0.2, 5.1), (1.0, 1.4), (0.45, 2.9), (0.2, 6.3))
"""The waves of a hand's tremor, three across and three down: their sizes and paces."""

_AHEAD = 0.4
"""The part of its way that a camera pans ahead of one who goes along and stays in the frame."""


def glide(t: float, slow: float) -> float:
    """From 0 toward 1: starts softly, then comes to rest more and more slowly."""
    soft = t * t / (t + 0.9)
    return 1 - math.exp(-soft / slow)


def sway(t: float, period: float) -> float:
    """From 0 to 1 and back, for ever, at rest at both ends."""
    return (1 - math.cos(2 * math.pi * t / period)) / 2


class Camera:
    """One camera on its way through a scene."""

    def __init__(self, scene: Scene, leftward: bool, travel: Travel | None = None) -> None:
        """Set the camera up; it goes to the left if the subject is `leftward`.

        `travel` is the way of the subject that it keeps in the frame, if one walks on.
        """
        self._move, self._asked = scene.move, scene.asked
        self._zoom, self._slow, self._rise = _ASKED if scene.asked else _UNASKED
        self._unit = scene.size.unit
        self._height = scene.size.height
        # A camera that pans left sees the scenery go right.
        self._side = -1.0 if (scene.pan == "left" if scene.pan else leftward) else 1.0
        self._travel = travel
        self._phase = dice(scene.seed, "camera").uniform(0, 6.28, 6)

    def keep_in(self, most: float) -> None:
        """Push no nearer than `most` times, at which the cast fills the frame, unless asked to."""
        if not self._asked:
            self._zoom = max(0.0, min(self._zoom, most - _BEGINS))

    def at(self, t: float) -> View:
        """The view at a time."""
        x = self._travel(t) if self._travel else 0.0
        if self._move == "pan" or not self._travel:
            x += self._side * self._way(t) * (_AHEAD if self._travel else 1.0)
        near, high = glide(t, self._slow), self._height * self._rise
        match self._move:
            case "rise":
                return View(x, glide(t, 6.5) * high)
            case "sink":  # what it comes down to is soon seen whole
                return View(x, 0.6 * (1 - near) * high)
            case "push":
                return View(x, 0.0, _BEGINS + self._zoom * near)
            case "pull":
                return View(x, 0.0, _BEGINS + self._zoom * (1 - near))
            case "handheld":
                waves = zip(_TREMOR, self._phase, strict=True)
                shifts = [size * math.sin(t * pace + phase) for (size, pace), phase in waves]
                across, down = sum(shifts[:3]) * 0.004, sum(shifts[3:]) * 0.0035
                return View(x, 0.0, 1.035, (across * self._unit, down * self._unit))
        return View(x, 0.0)

    def _way(self, t: float) -> float:
        """How far the camera goes by itself, in pixels of the stage."""
        if self._move in _GOES:
            reach, slow = _GOES[self._move]
            return self._unit * reach * (t * t / (t + slow))
        return self._unit * _SWAYS.get(self._move, 0.08) * sway(t, _DRIFT_PERIOD)


class Part(NamedTuple):
    """A part of a picture: how large it is shown, and its first column and row."""

    scale: float
    left: float
    top: float


WHOLE = Part(1.0, 0.0, 0.0)


class Lens:
    """Shows a composed picture larger than it was drawn, at parts of a pixel."""

    def __init__(self, size: Size, focus: tuple[float, float], part: Part = WHOLE) -> None:
        """Prepare for pictures of one size; `focus` is the point that stays where it is.

        `part` is what is shown of pictures that are drawn larger.
        """
        self._focus, self._part = focus, part
        width, height = size
        self._maps = [np.empty((2, height // k, width // k), np.float32) for k in (1, 2)]

    def show(self, source: Picture, target: Picture, view: View) -> None:
        """Resample `source` into `target`."""
        if view.zoom == 1 and not any(view.shake):
            self._enlarge(source, target)
            return
        edge, half = cv2.BORDER_REPLICATE, self._filled(2, view)
        cv2.remap(source.y, *self._filled(1, view), cv2.INTER_LINEAR, target.y, edge)
        for plane, shown in ((source.u, target.u), (source.v, target.v)):
            # Nobody sees half a pixel of chroma, so it is taken as it is.
            cv2.remap(plane, *half, cv2.INTER_NEAREST, shown, edge)

    def _enlarge(self, source: Picture, target: Picture) -> None:
        """Show the part by itself, which takes a quarter of the time."""
        left, top = (round(edge / 2) * 2 for edge in self._part[1:])
        wide, high = (
            round(side / self._part.scale / 2) * 2 for side in (target.width, target.height)
        )
        part = source.part(left, top, left + wide, top + high)
        for there, shown in zip(part, target, strict=True):
            cv2.resize(there, shown.shape[::-1], shown, interpolation=cv2.INTER_LINEAR)

    def _filled(self, part: int, view: View) -> tuple[Floats, Floats]:
        """From which column and row each pixel comes, in planes of a part of the size."""
        maps = self._maps[part - 1]
        for axis, (focus, shake) in enumerate(zip(self._focus, view.shake, strict=True)):
            line = np.arange(maps.shape[2 - axis], dtype=np.float32) - np.float32(focus / part)
            there = (focus / self._part.scale + self._part[1 + axis] + shake) / part
            line = line * np.float32(1 / view.zoom / self._part.scale) + np.float32(there)
            maps[axis] = line[:, None] if axis else line
        return maps[0], maps[1]
