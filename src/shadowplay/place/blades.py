"""Blades of grass close to the camera, drawn anew in every frame because the wind bends them."""

from __future__ import annotations

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import Picture
from shadowplay.place.site import Site

_SHARES = np.asarray([0, 0.35, 0.7, 1.0])
"""Where along its length a blade has its joints."""


class Blades(Element):
    """Long blades of grass along a line."""

    def __init__(self, site: Site, line: Floats, parallax: float) -> None:
        self._period, self._parallax, unit = len(line), parallax, site.unit
        pick = site.dice("blades")
        count = max(6, int(self._period / unit * 22))
        self._x = np.sort(pick.uniform(0, self._period, count))
        self._row = line[self._x.astype(int)] + 3
        self._tall = unit * pick.uniform(0.03, 0.085, count)
        self._lean = pick.uniform(-0.35, 0.45, count)
        self._phase = pick.uniform(0, 1.4, count)
        self._half = unit * 0.0021
        self._wind = site.scene.wind
        self._level = colour.yuv(site.palette.ink).y

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw the blades in sight; dark as they are, their luma is enough."""
        reach = float(self._tall.max())
        left = (self._x - view.x * self._parallax + reach) % self._period - reach
        wave = exact.sin(t * 2.1 + left * 0.011 + self._phase)
        lean = self._lean + self._wind * (0.6 + 0.5 * wave) + 0.07 * wave
        rows = self._row + view.y * self._parallax
        bend = (lean * self._tall)[:, None] * exact.power(_SHARES, 1.8)
        half = self._half * exact.power(1 - _SHARES, 0.7)
        spine = left[:, None] + bend
        across = np.concatenate([spine - half, (spine + half)[:, ::-1]], 1)
        up = rows[:, None] - self._tall[:, None] * _SHARES
        down = np.concatenate([up, up[:, ::-1]], 1)
        outlines = np.rint(np.stack([across, down], 2) * 16).astype(np.int32)
        for k in np.flatnonzero(left < picture.width + reach).tolist():
            cv2.fillPoly(picture.y, [outlines[k]], self._level, cv2.LINE_AA, 4)
