"""Painted films: watercolour, oil, pencil, coloured pencil and comic, by OpenCV's photo module.

What a film's noise changes from frame to frame is held still before it is painted, and paper,
brush and wobble are the same for all frames: so a still film gives still frames.
"""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from shadowplay.dice import dice
from shadowplay.picture.layers import Picture, Plane
from shadowplay.picture.noise import field
from shadowplay.retouch.looks import LOOKS
from shadowplay.shot import Size

_EDGE = 640  # longer edge, in pixels, at which pictures are painted; ink is drawn at their own size
_QUIET = 5  # changes up to this many levels are noise


class _Manner(NamedTuple):
    """How a look is painted; `looks.toml` says what its keys are."""

    smooth: float
    wobble: float = 0.0
    relief: float = 0.0
    levels: Sequence[int] = (16, 235)
    vivid: float = 1.0
    paper: float = 0.0
    steps: int = 0
    ink: bool = False
    drawn: float = 0.0


_MANNERS = {name: _Manner(**row) for name, row in LOOKS["paint"].items()}
PAINTS = tuple(_MANNERS)


class Painter:
    """Paints one picture after another in one manner."""

    def __init__(self, size: Size, paint: str, seed: int) -> None:
        self._manner = manner = _MANNERS[paint]
        self._size = wide, high = size.within(_EDGE)
        pick = dice(seed, "retouch", "painted", paint)
        across, down, coarse, fine = (
            field(pick, high, wide, power=power, stretch=1.0) for power in (2.2, 2.2, 0.9, 0.4)
        )
        wobble = np.float32(manner.wobble)
        self._maps = (
            np.arange(wide, dtype=np.float32) + across * wobble,
            np.arange(high, dtype=np.float32)[:, None] + down * wobble,
        )
        grain = np.clip(128 + (coarse + fine) * np.float32(manner.paper / 1.4), 0, 255)
        paper = cv2.resize(grain.astype(np.uint8), tuple(size), interpolation=cv2.INTER_CUBIC)
        self._paper: Plane = paper
        self._tones = _tones(manner)
        self._kept: tuple[Plane, Picture] | None = None  # what was last seen, and its painting

    def paint(self, picture: Picture) -> None:
        """Paint one picture by itself, whatever was painted before."""
        self._kept = None
        self.apply(picture)

    def apply(self, picture: Picture) -> None:
        """Paint one picture; where nothing but noise is new in it, the last painting stays."""
        how = cv2.INTER_AREA
        small = [cv2.resize(plane, self._size, interpolation=how) for plane in picture]
        seen = now = np.asarray(cv2.merge(small), np.uint8)
        if self._kept:
            seen, painting = self._kept
            apart = cv2.blur(cv2.absdiff(now, seen).max(axis=2), (5, 5))
            new = cv2.dilate((apart > _QUIET).astype(np.uint8), np.ones((9, 9), np.uint8))
            cv2.copyTo(now, new, seen)
            if not new.any():
                picture.take(painting)
                return
        self._kept = seen, self._painted(seen, (picture.width, picture.height))
        picture.take(self._kept[1])

    def _painted(self, seen: Plane, size: tuple[int, int]) -> Picture:
        manner = self._manner
        flat = cv2.edgePreservingFilter(
            seen, flags=cv2.RECURS_FILTER, sigma_s=40, sigma_r=manner.smooth
        )
        if manner.wobble:
            flat = cv2.remap(flat, *self._maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        y, u, v = cv2.split(flat)
        if manner.drawn:
            grey = cv2.merge([cv2.extractChannel(seen, 0)] * 3)
            lines = cv2.pencilSketch(grey, sigma_s=30, sigma_r=0.08, shade_factor=0.045)[0]
            y = cv2.addWeighted(lines, manner.drawn, y, 1 - manner.drawn, 0)
        if manner.relief:
            # Pigment gathers at edges, and paint stands up there.
            y = cv2.addWeighted(y, 1 + manner.relief, cv2.blur(y, (9, 9)), -manner.relief, 0)
        y = cv2.LUT(cv2.resize(y, size, interpolation=cv2.INTER_CUBIC), self._tones)
        if manner.paper:
            y = cv2.addWeighted(y, 1, self._paper, 1, -128)
        if manner.ink:
            y = cv2.min(y, _ink(seen, size))
        half, off = (size[0] // 2, size[1] // 2), np.float32(128 * (1 - manner.vivid))
        hues = (cv2.resize(plane, half) * np.float32(manner.vivid) + off for plane in (u, v))
        u, v = (np.clip(np.rint(hue), 16, 240).astype(np.uint8) for hue in hues)
        return Picture(np.clip(y, 16, 235).astype(np.uint8), u, v)


def _ink(seen: Plane, size: tuple[int, int]) -> Plane:
    """Black lines where it gets darker than around, on white."""
    light = cv2.medianBlur(cv2.extractChannel(seen, 0), 5)
    light = cv2.resize(light, size, interpolation=cv2.INTER_CUBIC)
    span = max(7, max(size) // 110) | 1
    how = cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY
    lines = cv2.adaptiveThreshold(light, 235, *how, span, 5)
    return np.asarray(cv2.blur(cv2.medianBlur(lines, 3), (3, 3)), np.uint8)


def _tones(manner: _Manner) -> Plane:
    """The lightness that is painted for each that is seen."""
    levels = np.arange(256)
    share = levels / 255 if manner.drawn else np.clip((levels - 16) / 219, 0, 1)
    if manner.steps:
        step = share * manner.steps
        part = np.clip((step % 1 - 0.5) * 7 + 0.5, 0, 1)
        share = np.clip((np.floor(step) + part) / manner.steps, 0, 1)
    low, high = manner.levels
    return np.rint(low + (high - low) * share).astype(np.uint8)
