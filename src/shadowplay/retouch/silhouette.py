"""Shadow theatre: a film's tones cut into a few sheets of paper before a coloured sky."""

from __future__ import annotations

import cv2
import numpy as np

from shadowplay import colour
from shadowplay.colour import Floats
from shadowplay.layers import Picture, Plane
from shadowplay.noise import dither, smoothstep
from shadowplay.palette import Palette
from shadowplay.retouch.passes import Moment
from shadowplay.retouch.skypaint import blend
from shadowplay.retouch.survey import Survey

_QUIET = 9
"""Changes of luma below this are noise and are smoothed away in time."""

_TEXTURE = 13.0
"""Contrast, in levels of luma, of what is texture and not shape."""

_SOFT = 3.5
"""Half the width of a cut's edge, in levels of luma."""


class Silhouette:
    """Cuts pictures along contours of their smoothed luma, at levels found once for the film."""

    def __init__(self, palette: Palette, survey: Survey) -> None:
        self._inverted = not survey.backlit and survey.sky < 0.1
        cuts = list(survey.levels)
        if self._inverted:
            cuts = [251 - cut for cut in reversed(cuts)]
        cuts = _parted(cuts)
        levels = np.arange(256, dtype=np.float32)
        self._goal = cuts[2] + 2 * _SOFT
        sheets = [smoothstep(cut - _SOFT, cut + _SOFT, levels) for cut in cuts]
        tones = [palette.ink, colour.mix(palette.ink, palette.mid, 0.62), palette.haze]
        self._paper = [
            _steps(sheets[:2], [colour.yuv(tone)[k] for tone in tones]) for k in range(3)
        ]
        self._open: Plane = np.rint(sheets[2] * 255).astype(np.uint8)
        self._sky = _gradient(palette, survey)
        self._kept: Plane | None = None

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Cut one picture; only its contours remain."""
        small = self._smoothed(picture, moment.scenery.sky)
        wide = _doubled(small, picture)
        for k, target in enumerate(picture):
            field = small if k else wide
            cv2.LUT(field, self._paper[k], target)
            blend(target, self._sky[k], np.asarray(cv2.LUT(field, self._open), np.uint8))

    def _smoothed(self, picture: Picture, sky: Plane | None) -> Plane:
        size = (picture.u.shape[1], picture.u.shape[0])
        small = np.asarray(cv2.resize(picture.y, size, interpolation=cv2.INTER_AREA), np.uint8)
        small = np.asarray(cv2.medianBlur(small, 5), np.uint8)
        if self._inverted:
            small = np.asarray(cv2.subtract(np.full_like(small, 251), small), np.uint8)
        flat = _flattened(small)
        if sky is not None:
            blend(flat, _levelled(small, sky, self._goal), sky)
        small = flat
        if self._kept is not None:
            still = cv2.threshold(
                cv2.absdiff(small, self._kept), _QUIET, 255, cv2.THRESH_BINARY_INV
            )[1]
            blend(small, self._kept, np.asarray(cv2.convertScaleAbs(still, None, 0.5), np.uint8))
        self._kept = small
        return small


def _doubled(plane: Plane, picture: Picture) -> Plane:
    size = (picture.width, picture.height)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC), np.uint8)


def _flattened(plane: Plane) -> Plane:
    """Texture smoothed away, edges kept (guided filter by the plane itself, at half its size)."""
    height, width = plane.shape
    half = (max(1, width // 2), max(1, height // 2))
    light: Floats = np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), np.float32)
    reach = (2 * max(1, round(max(half) / 90)) + 1,) * 2
    mean = cv2.blur(light, reach)
    variance = cv2.blur(light * light, reach) - mean * mean
    slope = variance / (variance + np.float32(_TEXTURE**2))
    offset = cv2.blur(mean * (1 - slope), reach)
    wide = cv2.resize(cv2.blur(slope, reach), (width, height), interpolation=cv2.INTER_LINEAR)
    offset = cv2.resize(offset, (width, height), interpolation=cv2.INTER_LINEAR)
    flat = cv2.add(cv2.multiply(wide, plane.astype(np.float32)), offset)
    soft = cv2.GaussianBlur(np.asarray(cv2.convertScaleAbs(flat), np.uint8), (0, 0), 1.1)
    return np.asarray(soft, np.uint8)


def _levelled(plane: Plane, sky: Plane, goal: float) -> Plane:
    """The sky brought to one level, whatever its gradient; what stands dark in it stays darker."""
    height, width = plane.shape
    step = max(1, max(height, width) // 120)
    size = (max(1, width // step), max(1, height // step))
    part = cv2.resize(sky, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    light = cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    reach = (17, 17)
    share = cv2.blur(part, reach) + np.float32(1e-3)
    mean = cv2.blur(light * part, reach) / share
    spread = np.sqrt(np.maximum(cv2.blur(light * light * part, reach) / share - mean * mean, 0))
    lift = cv2.resize(goal - (mean - spread * 0.6), (width, height), interpolation=cv2.INTER_LINEAR)
    raised = np.maximum(cv2.add(plane.astype(np.float32), lift), 0)
    return np.asarray(cv2.convertScaleAbs(raised), np.uint8)


def _parted(cuts: list[float]) -> list[float]:
    """Cuts that are at least some levels apart, so that no two edges run into each other."""
    low, middle, high = cuts
    return [min(low, middle - 3 * _SOFT), middle, max(high, middle + 3 * _SOFT)]


def _steps(sheets: list[Floats], tones: list[int]) -> Plane:
    level = np.full(256, tones[0], np.float32)
    for sheet, tone in zip(sheets, tones[1:], strict=True):
        level = level + (tone - level) * sheet
    return np.rint(level).astype(np.uint8)


def _gradient(palette: Palette, survey: Survey) -> Picture:
    width, height = survey.size
    bottom = min(0.85, max(0.55, survey.sky_bottom))
    down = np.clip(np.linspace(0, 1 / bottom, height, dtype=np.float32), 0, 1)
    tones = colour.ramp([(k / 4, tone) for k, tone in enumerate(palette.sky)], down)
    y, u, v = (np.repeat(part[:, None], width, axis=1) for part in colour.planes(tones))
    return Picture(dither(y), dither(u[::2, ::2]), dither(v[::2, ::2]))
