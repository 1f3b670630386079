"""Shadow theatre: a film's tones cut into a few sheets of paper before a coloured sky."""

from __future__ import annotations

import cv2
import numpy as np

from shadowplay import colour
from shadowplay.picture.layers import Picture, Plane
from shadowplay.picture.noise import smoothstep
from shadowplay.picture.palette import Palette
from shadowplay.retouch.passes import Moment
from shadowplay.retouch.skypaint import SkyPaint, blend
from shadowplay.retouch.survey import Survey

_QUIET = 9
"""Changes of luma below this are noise and are smoothed away in time."""

_SOFT = 3.5
"""Half the width of a cut's edge, in levels of luma."""


class Silhouette:
    """Cuts pictures along contours of their smoothed luma, at levels found once for the film."""

    def __init__(self, palette: Palette, survey: Survey) -> None:
        self._inverted = not survey.backlit and survey.sky < 0.1
        low, middle, high = survey.levels
        if self._inverted:
            low, middle, high = 251 - high, 251 - middle, 251 - low
        cuts = (min(low, middle - 3 * _SOFT), middle, max(high, middle + 3 * _SOFT))
        levels = np.arange(256, dtype=np.float32)
        sheets = [smoothstep(cut - _SOFT, cut + _SOFT, levels) for cut in cuts]
        tones = [palette.ink, colour.mix(palette.ink, palette.mid, 0.62), palette.haze]
        self._paper: list[Plane] = []
        for low, middle, high in zip(*map(colour.yuv, tones), strict=True):
            level = low + (middle - low) * sheets[0] + (high - middle) * sheets[1]
            self._paper.append(np.rint(level).astype(np.uint8))
        self._open: Plane = np.rint(sheets[2] * 255).astype(np.uint8)
        bottom = min(0.85, max(0.55, survey.sky_bottom))
        self._sky = SkyPaint(palette, survey.size, bottom, 1)
        self._kept: Plane | None = None

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Cut one picture; only its contours remain."""
        small = self._smoothed(picture)
        wide = cv2.resize(small, (picture.width, picture.height), interpolation=cv2.INTER_CUBIC)
        for field, paper, target in zip((wide, small, small), self._paper, picture, strict=True):
            cv2.LUT(field, paper, target)
        free = np.asarray(cv2.LUT(small, self._open), np.uint8)
        if moment.scenery.sky is not None:
            free = np.asarray(cv2.max(free, moment.scenery.sky), np.uint8)
        self._sky.paint(picture, free)

    def _smoothed(self, picture: Picture) -> Plane:
        """The luma at chroma's size without texture and noise, dark before light."""
        size = (picture.u.shape[1], picture.u.shape[0])
        small = cv2.resize(picture.y, size, interpolation=cv2.INTER_AREA)
        small = cv2.bilateralFilter(cv2.medianBlur(small, 5), 5, 40, 3)
        small = cv2.GaussianBlur(cv2.medianBlur(small, 5), (0, 0), 1.1)
        now = np.asarray(251 - np.minimum(small, 251) if self._inverted else small, np.uint8)
        if self._kept is not None:
            change = cv2.absdiff(now, self._kept)
            still = cv2.threshold(change, _QUIET, 127, cv2.THRESH_BINARY_INV)[1]
            blend(now, self._kept, np.asarray(still, np.uint8))
        self._kept = now
        return now
