"""Lightning: bolts at the seed's moments, and the flashes they throw over the sky."""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np

from shadowplay.dice import dice
from shadowplay.picture.flats import Steady, View
from shadowplay.picture.layers import Picture, Plane
from shadowplay.scene import Scene

_SHINES = 0.36
"""Seconds after which a bolt is no longer seen."""


class Lightning(Steady):
    """Bolts at the seed's moments, each with two or three flashes of the whole sky."""

    def __init__(self, scene: Scene, horizon: float) -> None:
        self._seed = scene.seed
        self._width = scene.size.width
        self._horizon = horizon
        self._chance = lru_cache(maxsize=16)(
            lambda k: float(dice(scene.seed, "bolt", k).uniform(0.3, 1.7))
        )

    def strikes(self, start: float, end: float) -> list[float]:
        """Moments of the bolts between two times."""
        cycle = 2.3
        moments = []
        for k in range(max(0, int(start / cycle) - 1), int(end / cycle) + 2):
            at = k * cycle + self._chance(k)
            if start <= at < end:
                moments.append(at)
        return moments

    def state(self, t: float, view: View) -> object:
        """Nothing while no bolt falls."""
        return None if self.strikes(t - _SHINES, t + 1e-9) else ()

    def draw(self, picture: Picture, t: float, view: View, floor: int, top: int = 0) -> None:
        """Flash and draw the bolt if one falls just now."""
        for at in self.strikes(t - _SHINES, t + 1e-9):
            age = t - at
            light = math.exp(-age * 9) + 0.75 * math.exp(-(((age - 0.17) / 0.05) ** 2))
            luma = picture.y[top:floor]
            if light > 0.04:
                cv2.convertScaleAbs(luma, luma, 1 + 0.35 * light, 26 * light)
            if age < 0.34:
                self._bolt(luma, top, at, light)

    def _bolt(self, luma: Plane, top: int, at: float, light: float) -> None:
        pick = dice(self._seed, "path", round(at * 1000))
        steps = 15
        x = self._width * pick.uniform(0.15, 0.85)
        across = x + np.cumsum(pick.normal(0, self._width * 0.022, steps))
        down = np.linspace(0, self._horizon, steps) + pick.normal(0, self._horizon * 0.014, steps)
        path = np.stack([across, down], 1)
        fork = int(pick.integers(4, 9))
        side = path[fork:] + np.stack(
            [
                np.linspace(0, self._width * 0.12 * pick.choice([-1, 1]), steps - fork),
                np.linspace(0, -self._horizon * 0.16, steps - fork),
            ],
            1,
        )
        level = min(235, round(150 + 90 * light))
        for line, thick in ((path, 3), (side[: max(2, steps - fork - 3)], 2)):
            points = np.rint((line - (0, top)) * 16).astype(np.int32)
            cv2.polylines(luma, [points], False, level, thick, cv2.LINE_AA, 4)
