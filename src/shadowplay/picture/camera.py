"""The camera: eased moves that depend on the scene's clock alone, so films can be carried on."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from shadowplay.colour import Floats
from shadowplay.dice import dice
from shadowplay.picture.flats import View
from shadowplay.picture.layers import Picture
from shadowplay.scene import Scene

Travel = Callable[[float], float]
"""How far the world under the lead has gone by at a time, in pixels of the stage."""

_DRIFT_PERIOD = 22.0
_ZOOM, _ASKED_ZOOM = 0.2, 0.62
"""How much larger the picture gets, and how much where the prompt asks for it."""

_SLOW = 5.5
"""Seconds after which a push is about two thirds done."""


def glide(t: float, slow: float = _SLOW) -> float:
    """From 0 toward 1: starts softly, then comes to rest more and more slowly."""
    soft = t * t / (t + 0.9)
    return 1 - math.exp(-soft / slow)


def sway(t: float, period: float) -> float:
    """From 0 to 1 and back, for ever, at rest at both ends."""
    return (1 - math.cos(2 * math.pi * t / period)) / 2


class Camera:
    """One camera on its way through a scene."""

    def __init__(self, scene: Scene, leftward: bool, travel: Travel | None = None) -> None:
        """Set the camera up.

        Args:
            scene: whose move, seed and size count.
            leftward: the subject faces left, so the camera goes left too.
            travel: the way of the subject that the camera keeps in frame, if one walks on.
        """
        self._move = scene.move
        self._zoom = _ASKED_ZOOM if scene.asked else _ZOOM
        self._rise = 0.3 if scene.asked else 0.14
        self._slow = 2.4 if scene.asked else _SLOW
        self._unit = float(math.sqrt(scene.size.width * scene.size.height))
        self._width = scene.size.width
        self._height = scene.size.height
        self._side = -1.0 if leftward else 1.0
        if scene.pan:
            # A camera that pans left sees the scenery go right.
            self._side = -1.0 if scene.pan == "left" else 1.0
        self._travel = travel
        self._phase = dice(scene.seed, "camera").uniform(0, 6.28, 6)

    @property
    def warps(self) -> bool:
        """Whether the composed picture has to be resampled."""
        return self._move in ("push", "pull", "handheld")

    def at(self, t: float) -> View:
        """The view at a time."""
        x = self._travel(t) if self._travel else 0.0
        if self._move == "pan" or not self._travel:
            x += self._side * self._way(t)
        y = 0.0
        zoom, shake = 1.0, (0.0, 0.0)
        if self._move == "rise":
            y = glide(t, 6.5) * self._height * self._rise
        elif self._move == "push":
            zoom = 1.02 + self._zoom * glide(t, self._slow)
        elif self._move == "pull":
            zoom = 1.02 + self._zoom * (1 - glide(t, self._slow))
        elif self._move == "handheld":
            zoom, shake = 1.035, self._tremble(t)
        return View(x, y, zoom, shake)

    def _way(self, t: float) -> float:
        """How far the camera goes by itself, in pixels of the stage."""
        if self._move == "static":
            return 0.0
        if self._move == "pan":
            return self._unit * 0.12 * (t * t / (t + 0.9))
        reach = {"drift": 0.13, "track": 0.0, "handheld": 0.06}.get(self._move, 0.08)
        if self._move == "track":
            return self._unit * 0.11 * (t * t / (t + 0.7))
        return self._unit * reach * sway(t, _DRIFT_PERIOD)

    def _tremble(self, t: float) -> tuple[float, float]:
        p = self._phase
        across = math.sin(t * 1.1 + p[0]) + 0.5 * math.sin(t * 2.3 + p[1])
        across += 0.2 * math.sin(t * 5.1 + p[2])
        down = math.sin(t * 1.4 + p[3]) + 0.45 * math.sin(t * 2.9 + p[4])
        down += 0.2 * math.sin(t * 6.3 + p[5])
        return across * self._unit * 0.004, down * self._unit * 0.0035


class Lens:
    """Shows a composed picture larger than it was drawn, at parts of a pixel."""

    def __init__(self, width: int, height: int, focus: tuple[float, float]) -> None:
        """Prepare for pictures of one size; `focus` is the point that stays where it is."""
        self._focus = focus
        self._grids = [
            (
                np.arange(columns, dtype=np.float32)[None, :],
                np.arange(rows, dtype=np.float32)[:, None],
                np.empty((rows, columns), np.float32),
                np.empty((rows, columns), np.float32),
            )
            for rows, columns in ((height, width), (height // 2, width // 2))
        ]

    def show(self, source: Picture, target: Picture, view: View) -> None:
        """Resample `source` into `target`."""
        # Nobody sees half a pixel of chroma, so it is taken as it is.
        for grid, size, how, planes in (
            (self._grids[0], 1.0, cv2.INTER_LINEAR, ((source.y, target.y),)),
            (
                self._grids[1],
                0.5,
                cv2.INTER_NEAREST,
                ((source.u, target.u), (source.v, target.v)),
            ),
        ):
            across, down = self._maps(grid, size, view)
            for plane, shown in planes:
                cv2.remap(
                    plane,
                    across,
                    down,
                    how,
                    dst=shown,
                    borderMode=cv2.BORDER_REPLICATE,
                )

    def _maps(
        self, grid: tuple[Floats, Floats, Floats, Floats], size: float, view: View
    ) -> tuple[Floats, Floats]:
        columns, rows, across, down = grid
        x, y = self._focus[0] * size, self._focus[1] * size
        shift = view.shake[0] * size, view.shake[1] * size
        scale = np.float32(1 / view.zoom)
        across[:] = (columns - np.float32(x)) * scale + np.float32(x + shift[0])
        down[:] = (rows - np.float32(y)) * scale + np.float32(y + shift[1])
        return across, down
