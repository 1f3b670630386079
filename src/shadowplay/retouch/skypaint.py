"""Another sky: a gradient behind what stands before the sky, stars, a low sun, shadow theatre."""

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.dice import dice
from shadowplay.picture.layers import Picture, Plane, halved, over, times
from shadowplay.picture.light import glow
from shadowplay.picture.noise import dither, smoothstep
from shadowplay.picture.palette import Palette
from shadowplay.retouch.scenery import Moment, Pass, Survey
from shadowplay.shot import Size

_STAR = ((0, 0, 1.0), (1, 0, 0.38), (-1, 0, 0.38), (0, 1, 0.38), (0, -1, 0.38))
"""A star's pixels and how much of its light each has."""

_QUIET = 9  # changes of luma below this are noise and are smoothed away in time
_SOFT = 3.5  # half the width of a silhouette's edge, in levels of luma


def blend(target: Plane, paint: Plane, share: Plane) -> None:
    """Mix paint into a target by a share of 0 to 255 for each pixel, in place."""
    over(target, ~share, times(paint, share))


def lay(picture: Picture, paint: Picture, share: Plane) -> None:
    """Mix paint into a picture by a share of 0 to 255, given at chroma's size."""
    wide = cv2.resize(share, (picture.width, picture.height))
    for target, own, much in zip(picture, paint, (wide, share, share), strict=True):
        blend(target, own, np.asarray(much, np.uint8))


class SkyPaint:
    """A palette's sky laid over the film's own, whose clouds still show a little."""

    def __init__(self, palette: Palette, size: Size, bottom: float, strength: float) -> None:
        """Mix the paint; the horizon is at `bottom`, as part of the height."""
        down = np.linspace(0, 1 / max(bottom, 0.15), size.height, dtype=np.float32)
        stops = [(k / 4, tone) for k, tone in enumerate(palette.sky)]
        tones = colour.ramp(stops, np.clip(down, 0, 1))
        y, u, v = (np.repeat(part[:, None], size.width, axis=1) for part in colour.planes(tones))
        self._paint = Picture(dither(y), dither(u[::2, ::2]), dither(v[::2, ::2]))
        self._strength = strength

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Paint where the sky is."""
        if moment.scenery.sky is not None:
            self.paint(picture, moment.scenery.sky)

    def paint(self, picture: Picture, mask: np.ndarray) -> None:
        """Paint where a mask of chroma's size is."""
        share = cv2.convertScaleAbs(mask, None, self._strength)
        lay(picture, self._paint, np.asarray(share, np.uint8))


def stars(size: Size, bottom: float, strength: float, seed: int) -> Pass:
    """Stars that stand far behind everything, each breathing at its own pace."""
    pick = dice(seed, "retouch", "stars")
    wide = size.width * 2  # so that the camera may turn
    reach = max(8, int(size.height * bottom))
    area = size.width * reach / 921_600
    count = int(min(700, (60 + 420 * area) * 2 * strength))
    across = pick.uniform(0, wide, count)
    down = np.abs(pick.normal(0, 0.5, count)) % 1 * reach
    light = pick.power(0.35, count) * 120 + 35
    pace, phase = pick.uniform(0.8, 2.8, count), pick.uniform(0, 6.28, count)
    pixels = _STAR if max(size) >= 900 else _STAR[:1]
    strength = min(1.0, 0.55 + 0.45 * strength)

    def add(picture: Picture, moment: Moment) -> None:
        scenery = moment.scenery
        if scenery.sky is None:
            return
        x = np.rint(across - scenery.x).astype(np.int64) % wide
        y = np.rint(down + scenery.y).astype(np.int64)
        shine = light * (0.75 + 0.25 * exact.sin(moment.t * pace + phase))
        seen = (x > 1) & (x < picture.width - 2) & (y > 1) & (y < picture.height - 2)
        x, y, shine = x[seen], y[seen], shine[seen] * strength
        # The air swallows them lower down.
        thin = exact.power(np.clip(1 - y / reach, 0, 1), 0.7)
        open_ = scenery.sky[y // 2, x // 2] / 255 * thin
        for right, low, part in pixels:
            spot = y + low, x + right
            picture.y[spot] = np.minimum(picture.y[spot] + shine * open_ * part, 235)

    return add


def low_sun(palette: Palette, size: Size, height: float, strength: float, seed: int) -> Pass:
    """The glow of a sun that is just outside the picture, or low in its sky."""
    side = float(dice(seed, "retouch", "sun").choice([-0.04, 1.04]))
    discs = [
        glow(int(size.unit * wide), palette.glow, strength * share, power)
        for wide, share, power in ((1.5, 0.65, 2.0), (0.6, 0.6, 1.6))
    ]

    def shine(picture: Picture, moment: Moment) -> None:
        for disc in discs:
            disc.draw(picture, side * size.width, height * size.height)

    return shine


class Silhouette:
    """Shadow theatre: tones cut into a few sheets of paper before a coloured sky.

    The contours are those of the smoothed luma, at levels that are found once for the film.
    """

    def __init__(self, palette: Palette, survey: Survey) -> None:
        self._inverted = not survey.backlit and survey.sky < 0.1
        low, middle, high = survey.levels
        if self._inverted:
            low, middle, high = 251 - high, 251 - middle, 251 - low
        cuts = (min(low, middle - 3 * _SOFT), middle, max(high, middle + 3 * _SOFT))
        levels = np.arange(256, dtype=np.float32)
        sheets = [smoothstep(cut - _SOFT, cut + _SOFT, levels) for cut in cuts]
        tones = [palette.ink, colour.mix(palette.ink, palette.mid, 0.62), palette.haze]
        self._paper = [
            np.rint(low + (middle - low) * sheets[0] + (high - middle) * sheets[1]).astype(np.uint8)
            for low, middle, high in zip(*map(colour.yuv, tones), strict=True)
        ]
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
        free = cv2.LUT(small, self._open)
        sky = moment.scenery.sky
        self._sky.paint(picture, free if sky is None else cv2.max(free, sky))

    def _smoothed(self, picture: Picture) -> Plane:
        """The luma at chroma's size without texture and noise, dark before light."""
        small = cv2.bilateralFilter(cv2.medianBlur(halved(picture.y), 5), 5, 40, 3)
        small = cv2.GaussianBlur(cv2.medianBlur(small, 5), (0, 0), 1.1)
        now = np.asarray(251 - np.minimum(small, 251) if self._inverted else small, np.uint8)
        if self._kept is not None:
            change = cv2.absdiff(now, self._kept)
            still = cv2.threshold(change, _QUIET, 127, cv2.THRESH_BINARY_INV)[1]
            blend(now, self._kept, np.asarray(still, np.uint8))
        self._kept = now
        return now
