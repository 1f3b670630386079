"""Cels: sheets of coloured paper that are cut, painted and lit once before the film begins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour
from shadowplay.colour import Floats
from shadowplay.picture.layers import Layer, Plane, halved
from shadowplay.picture.noise import dither
from shadowplay.scene import Rgb

_ROWS = 32  # rows that are washed at a time, which stay in the processor's cache; even
SHIFT = 4  # fractional bits of the coordinates OpenCV fills outlines with
Stamp = tuple[list[tuple[int, int]], Rgb | None, int]
"""Outlines side by side, each from a first point to a last; colour; how opaque (0: uncut)."""

Outline = NDArray[np.float32] | NDArray[np.float64]


def fixed(points: Outline, across: float = 0.0, down: float = 0.0) -> NDArray[np.int32]:
    """Points in pixels as fixed-point numbers for OpenCV; pixel centres are whole numbers."""
    moved = points + np.asarray([across, down], np.float32)
    return np.rint(moved * (1 << SHIFT)).astype(np.int32)


class Cel:
    """A sheet of paper of one period, painted with a gradient, from which shapes are cut.

    Coordinates are pixels of the frame; what leaves the sheet at one side comes in at the other.
    """

    def __init__(self, width: int, height: int, top: int, stops: list[tuple[float, Rgb]]) -> None:
        """Prepare a sheet for a frame so many pixels high; `width` is the period, even.

        `top` is the first row that may be cut; it is made even, and is at most an eighth above the
        frame. `stops` are colours of the paper by row of the frame.
        """
        self.top = max(-height // 16 * 2, min(height - 4, int(top) // 2 * 2))
        self.width = width
        rows = height - self.top
        self.alpha: Plane = np.zeros((rows, width), np.uint8)
        at = np.arange(self.top, height, dtype=np.float32)
        y, u, v = colour.planes(colour.ramp(stops, at))
        self.y: Plane = dither(np.broadcast_to(y[:, None], (rows, width)), 1.1)
        self.u: Plane = np.repeat(u[::2, None], width // 2, 1).astype(np.uint8)
        self.v: Plane = np.repeat(v[::2, None], width // 2, 1).astype(np.uint8)

    def cut_below(self, line: Floats) -> None:
        """Leave the paper standing below a line of one height (row) per column."""
        # Few long segments are smoother than one for each column: OpenCV rounds their ends.
        columns = np.arange(0, self.width, 4, dtype=np.float32)
        ridge = np.stack([columns, line[::4]], 1)
        right, bottom = self.width + 2, self.top + self.alpha.shape[0] + 4
        corners = [[right, line[0]], [right, bottom], [-2, bottom], [-2, line[-1]]]
        points = fixed(np.concatenate([ridge, np.asarray(corners, np.float32)]), 0, -self.top)
        cv2.fillPoly(self.alpha, [points], 255, cv2.LINE_AA, SHIFT)

    def paint(self, points: Outline, paint: Rgb) -> None:
        """Fill an outline with a colour, whether or not the paper is cut there."""
        self.press(points, [([(0, len(points))], paint, 0)])

    def press(self, points: Outline, stamps: Sequence[Stamp]) -> None:
        """Colour and cut many outlines, which share an array of points, one after the other."""
        for across in self._turns(points):
            full = fixed(points, across, -self.top)
            half = fixed(points * 0.5, across / 2, -self.top / 2)
            for parts, paint, level in stamps:
                lines = [full[first:last] for first, last in parts]
                if paint is not None:
                    y, u, v = colour.yuv(paint)
                    small = [half[first:last] for first, last in parts]
                    cv2.fillPoly(self.y, lines, y, cv2.LINE_AA, SHIFT)
                    cv2.fillPoly(self.u, small, u, cv2.LINE_AA, SHIFT)
                    cv2.fillPoly(self.v, small, v, cv2.LINE_AA, SHIFT)
                if level:
                    cv2.fillPoly(self.alpha, lines, level, cv2.LINE_AA, SHIFT)

    def wash(
        self, paint: Rgb, mask: Floats | Plane, top: int | None = None, strength: float = 1.0
    ) -> None:
        """Mix a colour into the paper by a mask from 0 to 1, times `strength`.

        The mask's shape is (rows, width) or (rows, 1); its first row is the frame's row `top`, or
        the sheet's own first.
        """
        first = (self.top if top is None else top) - self.top
        y, u, v = colour.yuv(paint)
        for row in range(0, len(mask), _ROWS):
            some = mask[row : row + _ROWS]
            if not some.any():
                continue
            some = some.astype(np.float32, copy=False) * np.float32(strength)
            wide = np.ascontiguousarray(np.broadcast_to(some, (len(some), self.width)))
            upper, half = first + row, (first + row) // 2
            _tint(self.y[upper : upper + len(wide)], y, wide)
            if len(wide) > 1:
                small = halved(wide)
                _tint(self.u[half : half + len(small)], u, small)
                _tint(self.v[half : half + len(small)], v, small)

    def rim(self, paint: Rgb, across: float, down: float, strength: float) -> None:
        """Light the edges that face (`across`, `down`), a vector in pixels."""
        shift = np.asarray([[1, 0, -across], [0, 1, -down]], np.float32)
        near = int(abs(down)) + 1
        first, last = self._edges(2 * near + 2)
        alpha = self.alpha[first:last]
        if not len(alpha):
            return
        moved = cv2.warpAffine(alpha, shift, alpha.shape[::-1], borderMode=cv2.BORDER_WRAP)
        edge = np.asarray(cv2.subtract(alpha, moved), np.uint8)
        edge[:near] = edge[-near:] = 0
        edge = np.asarray(cv2.blur(edge, (3, 3)), np.uint8)
        self.wash(paint, edge, self.top + first, strength / 255)

    def _edges(self, room: int) -> tuple[int, int]:
        """The rows with edges of the paper in them, and `room` more; the first and the end."""
        lowest, highest = self.alpha.min(axis=1), self.alpha.max(axis=1)
        torn = lowest != highest
        torn[1:] |= lowest[1:] != lowest[:-1]
        rows = np.flatnonzero(torn)
        if not rows.size:
            return 0, 0
        first, last = int(rows[0]) - room, int(rows[-1]) + room + 1
        return max(0, first) // 2 * 2, min(len(self.alpha), (last + 1) // 2 * 2)

    def bake(self, blur: int = 0) -> Layer:
        """The layer that this sheet has become; empty rows above it are dropped."""
        used = np.flatnonzero(self.alpha.max(axis=1))
        first = max(0, int(used[0]) // 2 * 2 - 2) if used.size else 0
        half = first // 2
        chroma = self.u[half:], self.v[half:]
        return Layer(
            self.y[first:], self.alpha[first:], chroma, top=self.top + first, wraps=True, blur=blur
        )

    def _turns(self, points: Outline) -> Iterable[int]:
        """How far an outline is to be moved so that all of it shows on the wrapped sheet."""
        ends = (float(end) for end in (points[:, 0].min(), points[:, 0].max()))
        first, last = (math.floor(end / self.width) for end in ends)
        return [-turn * self.width for turn in range(first, last + 1)]


def _tint(plane: Plane, level: int, mask: Floats) -> None:
    part = plane.astype(np.float32)
    part += (np.float32(level) - part) * mask
    part += np.float32(0.5)
    np.clip(part, 0, 255, out=part)
    plane[...] = part  # towards 0
