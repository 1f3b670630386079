"""Another sky: a gradient behind what stands before the sky, stars, and a low sun's glow."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.dice import dice
from shadowplay.picture.layers import Picture, Plane
from shadowplay.picture.light import glow
from shadowplay.picture.noise import dither
from shadowplay.picture.palette import Palette
from shadowplay.retouch.passes import Moment
from shadowplay.shot import Size


def blend(target: Plane, paint: Plane, share: Plane) -> None:
    """Mix paint into a target by a share of 0 to 255 for each pixel, in place."""
    inverse = cv2.bitwise_not(share)
    cv2.multiply(target, inverse, target, 1 / 255)
    cv2.add(target, cv2.multiply(paint, share, scale=1 / 255), target)


def enlarged(mask: Plane, picture: Picture) -> Plane:
    """A mask of chroma's size at luma's."""
    size = (picture.width, picture.height)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR), np.uint8)


class SkyPaint:
    """A palette's sky laid over the film's own, whose clouds still show a little."""

    def __init__(self, palette: Palette, size: Size, bottom: float, strength: float) -> None:
        """Mix the paint.

        Args:
            palette: whose sky it is.
            size: of the pictures.
            bottom: where the horizon is, as part of the height.
            strength: 0 to 1, how much of the old sky is gone.
        """
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

    def paint(self, picture: Picture, mask: Plane) -> None:
        """Paint where a mask of chroma's size is."""
        if not mask.any():
            return
        share = np.asarray(cv2.convertScaleAbs(mask, None, self._strength), np.uint8)
        for target, paint in ((picture.u, self._paint.u), (picture.v, self._paint.v)):
            blend(target, paint, share)
        blend(picture.y, self._paint.y, enlarged(share, picture))


class Stars:
    """Stars that stand far behind everything, each breathing at its own pace."""

    def __init__(self, size: Size, bottom: float, strength: float, seed: int) -> None:
        pick = dice(seed, "retouch", "stars")
        # Twice as wide as the picture, so that the camera may turn.
        self._wide = size.width * 2
        reach = max(8, int(size.height * bottom))
        area = size.width * reach / 921_600
        count = int(min(700, (60 + 420 * area) * 2 * strength))
        self._x = pick.uniform(0, self._wide, count)
        self._y = np.abs(pick.normal(0, 0.5, count)) % 1 * reach
        self._light = pick.power(0.35, count) * 120 + 35
        self._pace = pick.uniform(0.8, 2.8, count)
        self._phase = pick.uniform(0, 6.28, count)
        self._large = max(size) >= 900
        self._reach = reach
        self._strength = min(1.0, 0.55 + 0.45 * strength)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Add the stars where the sky is open."""
        mask = moment.scenery.sky
        if mask is None:
            return
        scenery = moment.scenery
        x = np.rint(self._x - scenery.x).astype(np.int64) % self._wide
        y = np.rint(self._y + scenery.y).astype(np.int64)
        shine = self._light * (0.75 + 0.25 * exact.sin(moment.t * self._pace + self._phase))
        seen = (x > 1) & (x < picture.width - 2) & (y > 1) & (y < picture.height - 2)
        x, y, shine = x[seen], y[seen], shine[seen] * self._strength
        thin = exact.power(
            np.clip(1 - y / self._reach, 0, 1), 0.7
        )  # the air swallows them lower down
        open_ = mask[y // 2, x // 2] / 255 * thin
        for across, down, part in _STAR if self._large else _STAR[:1]:
            spot = picture.y[y + down, x + across]
            picture.y[y + down, x + across] = np.minimum(spot + shine * open_ * part, 235)


_STAR = ((0, 0, 1.0), (1, 0, 0.38), (-1, 0, 0.38), (0, 1, 0.38), (0, -1, 0.38))
"""A star's pixels and how much of its light each has."""


class LowSun:
    """The glow of a sun that is just outside the picture, or low in its sky."""

    def __init__(
        self, palette: Palette, size: Size, height: float, strength: float, seed: int
    ) -> None:
        side = float(dice(seed, "retouch", "sun").choice([-0.04, 1.04]))
        self._at = (side * size.width, height * size.height)
        reach = math.sqrt(size.width * size.height)
        self._discs = [
            glow(int(reach * wide), palette.glow, strength * share, power)
            for wide, share, power in ((1.5, 0.65, 2.0), (0.6, 0.6, 1.6))
        ]

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Lay the glow over the picture."""
        for disc in self._discs:
            disc.draw(picture, *self._at)
