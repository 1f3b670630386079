"""Moving: parts of a prop that move or open, filled anew in every frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour
from shadowplay.art.paths import Outline
from shadowplay.art.prop import OPENINGS, Motion
from shadowplay.art.svg import Part, Ramp
from shadowplay.picture.ink import coverage
from shadowplay.picture.layers import Picture, tint
from shadowplay.scene import Rgb

MARGIN = 4


class Moving:
    """Parts that move together, filled anew in each frame."""

    def __init__(
        self,
        motion: Motion,
        parts: list[Part],
        way: NDArray[np.float64],
        seen: Callable[[Rgb, str], Rgb],
    ) -> None:
        """Take parts as they are at rest.

        Args:
            motion: how they move.
            parts: in metres.
            way: pixels a metre, right and down.
            seen: the colour that one of a kind has in the scene's light.
        """
        self._motion, self._parts, self._way = motion, parts, way
        self.opens = motion.kind in OPENINGS
        points = np.concatenate([line for part in parts for line in part.outlines])
        self._span = max(0.01, float(points[:, 1].max() - points[:, 1].min()))
        self._tones = []
        for part in parts:
            own = part.paint
            if isinstance(own, Ramp):
                own = own.stops[len(own.stops) // 2][1]
            self._tones.append(colour.yuv(seen(own, part.kind)))

    def draw(self, picture: Picture, t: float, x: float, row: float) -> None:
        """Fill the parts as they are at a time."""
        at = np.asarray([x, row])
        for part, tone in zip(self._parts, self._tones, strict=True):
            lines = [
                self._motion.moved(line, t, self._span) * self._way + at for line in part.outlines
            ]
            left, top, width, height = box_of(lines)
            left, top = max(0, left), max(0, top)
            right, bottom = min(picture.width, left + width), min(picture.height, top + height)
            if right - left < 2 or bottom - top < 2:
                continue
            shift = np.asarray([left, top], np.float64)
            mask = coverage(
                [line - shift for line in lines], right - left, bottom - top, holes=part.holes
            )
            if part.opacity < 1:
                mask = np.asarray(cv2.convertScaleAbs(mask, alpha=part.opacity), np.uint8)
            tint(picture, mask, left, top, tone)


def box_of(lines: Sequence[Outline]) -> tuple[int, int, int, int]:
    """The even box around outlines in pixels, with a margin: left, top, width, height."""
    points = np.concatenate(lines)
    left, top = (math.floor(edge - MARGIN) // 2 * 2 for edge in points.min(axis=0).tolist())
    right, low = (math.ceil(edge + MARGIN) // 2 * 2 + 2 for edge in points.max(axis=0).tolist())
    return left, top, right - left, low - top
