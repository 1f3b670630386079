"""Outlines: the shapes of one pose in the frame, as OpenCV fills them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.art.actors import Shape
from shadowplay.colour import Floats, Yuv
from shadowplay.picture.layers import Picture, Plane, tint
from shadowplay.sprites.marks import Figure

Floats64 = NDArray[np.float64]

_STEP = 4  # shadows are soft: they are worked out at a quarter of the resolution


Box = tuple[int, int, int, int]
"""A part of a picture: the first column and row, and those behind the last, all even."""


def box_in(plane: NDArray[Any], points: Floats64, room: int) -> Box | None:
    """The part of a plane about points, and so many pixels around them; None if there is none."""
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    left, top = max(0, int(left - room) // 2 * 2), max(0, int(top - room) // 2 * 2)
    # Sides of fours are halved twice at little cost.
    right = min(plane.shape[1], left + int(right + room + 4 - left) // 4 * 4)
    bottom = min(plane.shape[0], top + int(bottom + room + 4 - top) // 4 * 4)
    return (left, top, right, bottom) if right - left > 3 and bottom - top > 3 else None


def mask_of(lines: Iterable[Floats64], levels: Iterable[int], box: Box) -> Plane:
    """How much of each pixel of a box outlines fill, each up to a level of 255."""
    mask: Plane = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
    for line, level in zip(lines, levels, strict=True):
        fixed = np.rint((line - box[:2]) * 16).astype(np.int32)
        cv2.fillPoly(mask, [fixed], level, cv2.LINE_AA, 4)
    return mask


class Outlines:
    """The shapes of one pose in the frame, as fixed-point numbers for OpenCV."""

    def __init__(
        self,
        shapes: Sequence[Shape],
        figure: Figure,
        x: float,
        row: float,
        flat: Floats64 | None = None,
    ) -> None:
        """Put the origin at column `x` and row `row`; `flat` maps actor units to pixels."""
        self.x = x
        points = np.concatenate([shape.points for shape in shapes])
        if flat is None:
            points = points * np.asarray([figure.scale * figure.facing, -figure.scale])
        else:
            points = exact.product(points, flat)
        self._points = points + np.asarray([x, row])
        self._ends = np.cumsum([len(shape.points) for shape in shapes]).tolist()
        self._luma = np.rint(self._points * 16).astype(np.int32)
        self._chroma = np.rint(self._points * 8 - 4).astype(np.int32)

    def shift(self, right: int, down: int) -> None:
        """Move all of them by whole pixels; even ones."""
        self.x += right
        self._points += (right, down)
        self._luma += np.asarray([right, down], np.int32) * 16
        self._chroma += np.asarray([right, down], np.int32) * 8

    def _part(self, n: int) -> slice:
        return slice(self._ends[n - 1] if n else 0, self._ends[n])

    def box(self, picture: Picture, chosen: Sequence[int], room: int = 2) -> Box | None:
        """The even part of a picture that some shapes cover, and so many pixels around them."""
        if not chosen:
            return None
        return box_in(
            picture.y, np.concatenate([self._points[self._part(n)] for n in chosen]), room
        )

    def bounds(self, n: int | None = None) -> tuple[tuple[float, float], tuple[float, float]]:
        """The corners of shape `n`, or of all shapes together, in pixels."""
        points = self._points if n is None else self._points[self._part(n)]
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        return (float(left), float(top)), (float(right), float(bottom))

    def fill(self, picture: Picture, n: int, tone: Yuv) -> None:
        """Fill shape `n` on all three planes."""
        chroma = [self._chroma[self._part(n)]]
        cv2.fillPoly(picture.y, [self._luma[self._part(n)]], tone.y, cv2.LINE_AA, 4)
        cv2.fillPoly(picture.u, chroma, tone.u, cv2.LINE_AA, 4)
        cv2.fillPoly(picture.v, chroma, tone.v, cv2.LINE_AA, 4)

    def blend(self, picture: Picture, n: int, whole: int, tone: Yuv, soft: int) -> None:
        """Fill shape `n` with an edge so many pixels `soft`, as far as it is on another one."""
        if (box := self.box(picture, [n], soft + 2)) is None:
            return
        mask, within = self.mask(box, [n]), self.mask(box, [whole])
        blurred = cv2.min(cv2.blur(mask, (2 * soft + 1, 2 * soft + 1)), within)
        mask = np.asarray(cv2.max(blurred, cv2.subtract(mask, within)), np.uint8)
        tint(picture, mask, box[0], box[1], tone)

    def mask(self, box: Box, chosen: Iterable[int], level: int = 255) -> Plane:
        """How much of each pixel of a box some shapes cover, up to a level."""
        mask: Plane = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
        corner = -16 * box[0], -16 * box[1]
        for n in chosen:
            cv2.fillPoly(mask, [self._luma[self._part(n)]], level, cv2.LINE_AA, 4, corner)
        return mask


class Shadow(NamedTuple):
    """What a figure leaves of the light on the ground, 0 to 255, and where its first pixel is."""

    light: Plane
    left: int
    top: int

    def lay(self, picture: Picture, x: float, row: float) -> None:
        """Darken a picture's ground under a figure whose origin is at a column and a row."""
        left, top = round(x) + self.left, int(row) + self.top
        first, upper = max(0, -left), max(0, -top)
        luma = picture.y[top + upper : max(0, top + len(self.light)), left + first :]
        luma = luma[:, : max(0, self.light.shape[1] - first)]
        if luma.size:
            light = self.light[upper : upper + luma.shape[0], first : first + luma.shape[1]]
            cv2.multiply(luma, light, luma, 1 / 255)


_CAST, _BELOW, _CONTACT = 130, 75, 165
"""How dark the lamp's shadow is, the ground below the body and that below a foot, of 255."""


def shadow_of(figure: Figure, shapes: Sequence[Shape], lean: float, strength: float) -> Shadow:
    """The shadow of a figure on the ground, so strong, 0 to 1.

    What is a unit above the ground is seen `lean` pixels to the right.
    """
    flat = np.asarray([[figure.scale * figure.facing, 0], [lean, figure.scale * 0.16]])
    outlines = Outlines(shapes, figure, 0.0, 0.0, flat / _STEP)
    (first, _), (last, bottom) = outlines.bounds()
    low = np.concatenate([shape.points for shape in shapes])
    low = low[low[:, 1] < 0.06 * figure.box.height, 0] * figure.scale * figure.facing
    feet = runs(low, 0.1 * figure.pixels_high)
    spots = [(begin / _STEP, end / _STEP, _CONTACT) for begin, end in feet]
    if spots:
        spots.insert(0, (spots[0][0], spots[-1][1], _BELOW))
    edges = [first, last, *(edge for spot in spots for edge in spot[:2])]
    above = math.ceil(0.08 * (spots[0][1] - spots[0][0])) + 4 if spots else 4
    left, right = math.floor(min(edges)) - above - 2, math.ceil(max(edges)) + above + 3
    box = left, -above, right, math.ceil(max(0.0, bottom)) + 5
    small = outlines.mask(box, [n for n, one in enumerate(shapes) if one.light <= 0], _CAST)
    # The farther from the foot, the softer.
    fade = np.linspace(1.1, 0.3, len(small), dtype=np.float32)[:, None]
    small = (cv2.blur(small, (9, 3)) * fade).astype(np.uint8)
    for begin, end, level in spots:
        spot, reach = np.zeros_like(small), max(1.5, (end - begin) / 2)
        centre = (round(((begin + end) / 2 - left) * 16), above * 16)
        axes = (round((reach * 1.12 + 1) * 16), round((reach * 0.12 + 0.7) * 16))
        cv2.ellipse(spot, centre, axes, 0, 0, 360, level, -1, cv2.LINE_AA, 4)
        np.maximum(small, cv2.blur(spot, (5, 3)), out=small)
    small = np.asarray(cv2.blur(small, (3, 3)), np.uint8)
    size = (small.shape[1] * _STEP, small.shape[0] * _STEP)
    mask = cv2.resize(small, size)
    light = cv2.bitwise_not(cv2.convertScaleAbs(mask, alpha=strength))
    return Shadow(np.asarray(light, np.uint8), left * _STEP, -above * _STEP)


def runs(columns: Floats, gap: float) -> list[tuple[float, float]]:
    """The first and the last of each run of columns that are closer to each other than a gap."""
    ordered = np.sort(columns)
    parts = np.split(ordered, np.flatnonzero(np.diff(ordered) > gap) + 1)
    return [(float(part[0]), float(part[-1])) for part in parts if part.size]
