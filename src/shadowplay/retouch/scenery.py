"""Scenery: where the sky is in a film nobody described, how far things are, how the camera goes."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.picture.layers import Picture, Plane, halved
from shadowplay.picture.noise import smoothstep

_EDGE = 160
"""Longer edge of the small copies in which scenery is looked for."""

_CUT = 26.0
"""Mean change of luma from one picture to the next that is taken for a cut."""

_CLOUD = 10
"""Pixels of a small copy within which a gap in the sky may be a cloud."""

_EASE = 0.25
"""How quickly masks follow what they see."""

_SURE = np.rint(255 * smoothstep(0.25, 0.85, np.linspace(0, 1, 256, dtype=np.float32))).astype(
    np.uint8
)
"""From half sure to decided."""

_STILL = 0.06
"""Shifts between small copies, in their pixels, that are taken for none."""


def shrunk(picture: Picture) -> Picture:
    """A small copy of a picture, its three planes of one size."""
    scale = min(1.0, _EDGE / max(picture.height, picture.width))
    size = (max(8, round(picture.width * scale)), max(8, round(picture.height * scale)))
    planes = []
    for plane in picture:
        while plane.shape[0] % 2 == plane.shape[1] % 2 == 0 and plane.shape[0] >= 2 * size[1]:
            plane = halved(plane)
        planes.append(np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8))
    return Picture(*planes)


def skies(small: Picture) -> Floats:
    """How surely each pixel of a small copy is sky, 0 to 1.

    Sky is smooth, not green, bright or blue, and joined to the upper edge of the picture.
    """
    y, u, v = (plane.astype(np.float32) for plane in small)
    rough = cv2.blur(cv2.absdiff(y, cv2.blur(y, (3, 3))), (5, 5))
    smooth = 1 - smoothstep(2.0, 6.5, np.asarray(rough, np.float32))
    down = np.linspace(0, 1, y.shape[0], dtype=np.float32)[:, None]
    green = np.clip(((128 - u) + (128 - v) - 8) / 16, 0, 1) * (u < 127) * (v < 127)
    ground = float(np.median(y[y.shape[0] * 2 // 3 :]))
    bright = smoothstep(ground - 6, ground + 18, y)
    blue = smoothstep(4, 12, u - 128) * (v < 134) * smoothstep(ground - 50, ground - 20, y)
    sure = smooth * (1 - smoothstep(0.5, 0.9, down)) * (1 - green) * np.maximum(bright, blue)
    found = (sure > 0.35).astype(np.uint8)
    _, labels = cv2.connectedComponents(found, connectivity=4)
    joined = np.unique(labels[:2][found[:2] > 0])
    sky = np.isin(labels, joined) & (found > 0)
    # What differs from the sky all around it, such as a white wall, is none.
    sky &= _alike(np.asarray(sky, np.float32), (y, u, v), 61, slack=30, hue=7)
    # Clouds have edges too: what is as light and lies within the sky belongs to it.
    around = cv2.morphologyEx(
        cv2.copyMakeBorder(sky.astype(np.uint8), _CLOUD, 0, _CLOUD, _CLOUD, cv2.BORDER_REPLICATE),
        cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _CLOUD + 1,) * 2),
    )[_CLOUD:, _CLOUD:-_CLOUD]  # fmt: skip
    found_sky = np.asarray(sky, np.float32)
    within = (around > 0) & _alike(found_sky, (y, u, v), 2 * _CLOUD + 1)
    found_sky = np.asarray(sky | within, np.float32)
    # The sky goes on up to the very edges of what stands before it.
    return np.asarray(np.maximum(found_sky, _alike(found_sky, (y, u, v), 11)), np.float32)


def _alike(
    sky: Floats,
    colours: tuple[Floats, Floats, Floats],
    reach: int,
    *,
    slack: float = 12,
    hue: float = 4.5,
) -> NDArray[np.bool_]:
    """Where a picture looks like the sky beside it: no darker, and of its hue or a paler one."""
    near = cv2.blur(sky, (reach, reach))
    share = np.maximum(near, 1e-3)
    y, u, v = (cv2.blur(part * sky, (reach, reach)) / share for part in colours)
    u, v = u - 128, v - 128
    own_u, own_v = colours[1] - 128, colours[2] - 128
    along = np.clip((own_u * u + own_v * v) / (u * u + v * v + 1), 0, 1.15)
    off = exact.hypot(own_u - along * u, own_v - along * v)
    return np.asarray((near > 0.02) & (colours[0] > y - slack) & (off < hue), np.bool_)


def distances(small: Picture) -> Floats:
    """How far away things are, guessed: 0 near, 1 far.

    Far things are higher in the picture and veiled: even their darkest channel is light (the dark
    channel of He, Sun and Tang, 2009).
    """
    rgb = colour.to_rgb(*(plane.astype(np.float32) for plane in small))
    dark = rgb.min(axis=1).reshape(small.y.shape)
    dark = cv2.erode(dark, np.ones((5, 5), np.uint8))
    down = np.linspace(0, 1, dark.shape[0], dtype=np.float32)[:, None]
    high = 1 - smoothstep(0.3, 1.0, down)
    return np.asarray(np.clip(0.5 * high + 0.75 * np.clip(dark, 0, 1), 0, 1), np.float32)


class Scenery:
    """Follows a film picture by picture."""

    def __init__(self, *, sky: bool, depth: bool, motion: bool) -> None:
        """Choose what to look for; the rest costs nothing."""
        self._wanted = sky, depth, motion
        self._before: Floats | None = None
        self._sky: Floats | None = None
        self._depth: Floats | None = None
        self.sky: Plane | None = None
        """How surely each pixel of chroma's planes is sky, 0 to 255."""
        self.depth: Floats | None = None
        """How far each pixel of chroma's planes is, 0 to 1."""
        self.x = self.y = 0.0
        """How far the camera has gone to the right and up, in pixels of the film."""

    def follow(self, picture: Picture) -> None:
        """Look at the next picture, before anything is done to it."""
        sky, depth, motion = self._wanted
        if not (sky or depth or motion):
            return
        small = shrunk(picture)
        light = small.y.astype(np.float32)
        cut = self._before is None or float(cv2.absdiff(light, self._before).mean()) > _CUT
        if motion and not cut:
            self._move(light, picture.width / light.shape[1])
        guide = halved(picture.y).astype(np.float32)
        if sky:
            self._sky = _eased(self._sky, skies(small), cut=cut)
            mask = cv2.convertScaleAbs(refine(light, self._sky, guide), None, 255)
            self.sky = np.asarray(cv2.LUT(mask, _SURE), np.uint8)
        if depth:
            self._depth = _eased(self._depth, distances(small), cut=cut)
            self.depth = refine(light, self._depth, guide)
        self._before = light

    def _move(self, light: Floats, scale: float) -> None:
        assert self._before is not None
        window = cv2.createHanningWindow(light.shape[::-1], cv2.CV_32F)
        # OpenCV lays the window over its input itself where it need not be padded.
        (x, y), sure = cv2.phaseCorrelate(self._before.copy(), light.copy(), window)
        if sure > 0.25 and math.hypot(x, y) > _STILL and math.hypot(x, y) < _EDGE / 8:
            self.x -= x * scale
            self.y += y * scale


def _eased(before: Floats | None, now: Floats, *, cut: bool) -> Floats:
    if before is None or cut:
        return now
    return np.asarray(before + (now - before) * np.float32(_EASE), np.float32)


def refine(light: Floats, mask: Floats, guide: Floats) -> Floats:
    """A small mask enlarged along the edges of a guide (fast guided filter, He and Sun, 2015).

    Args:
        light: the guide at the mask's size.
        mask: 0 to 1.
        guide: what the mask's edges are to keep to, at the size wanted.
    """
    reach = (9, 9)
    mean, level = cv2.blur(light, reach), cv2.blur(mask, reach)
    variance = cv2.blur(light * light, reach) - mean * mean
    slope = (cv2.blur(light * mask, reach) - mean * level) / (variance + 40)
    offset = level - slope * mean
    size = guide.shape[::-1]
    slope = cv2.resize(cv2.blur(slope, (5, 5)), size, interpolation=cv2.INTER_LINEAR)
    offset = cv2.resize(cv2.blur(offset, (5, 5)), size, interpolation=cv2.INTER_LINEAR)
    found = cv2.add(cv2.multiply(slope, guide), offset)
    return np.asarray(np.clip(found, 0, 1), np.float32)


class Moment(NamedTuple):
    """Where in the new film a picture is.

    Attributes:
        number: of the picture, from 0.
        total: how many pictures there will be.
        fps: frames a second of the film.
        scenery: what was seen in the untouched picture.
    """

    number: int
    total: int
    fps: Fraction
    scenery: Scenery

    @property
    def t(self) -> float:
        """Seconds since the film began."""
        return float(self.number / self.fps)


Pass = Callable[[Picture, Moment], None]
"""Does one thing to one picture after another, in place."""
