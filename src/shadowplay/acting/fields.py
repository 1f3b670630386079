"""Fields: fire and smoke, worked out at a few pixels' distance and laid over the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from shadowplay import colour
from shadowplay.colour import Floats
from shadowplay.picture.layers import Picture, Plane, over, times
from shadowplay.picture.noise import ripples
from shadowplay.scene import Rgb
from shadowplay.sprites.outlines import Box

_NOISE = 256  # samples along a side of the noise
_TALL = 2.3  # the height of a fire in parts of its width

_RIM, _EDGE = 30, 60
"""The heat, of 255, at which a flame begins to be seen, and how much more it takes to be opaque."""

_HEATS = (255, 170, 105, _RIM)  # the heat of a fire's tones, from its core to its rim


class Speck(NamedTuple):
    """A speck of a cloud in a frame; a fire's place is its foot, and it grows to an alpha of 1."""

    number: int  # of it in its cloud
    chance: Sequence[float]  # its random numbers, 0 to 1
    share: float  # of its life that is over
    x: float  # x, y, size: in pixels
    y: float
    size: float
    alpha: float  # how much of it is seen
    motion: tuple[float, float]  # pixels that it goes a second, right and down


class Fields:
    """The noise of one film's fires and smoke."""

    def __init__(self, pick: np.random.Generator, step: int) -> None:
        """Prepare; `step` is how far apart in pixels a field is worked out, even."""
        self._step = step
        self._noise = [
            np.tile(ripples(pick, _NOISE, length), (2, 2)).astype(np.float32) for length in (26, 13)
        ]

    def fire(
        self, picture: Picture, fires: Sequence[Speck], tones: Sequence[Rgb], t: float, wind: float
    ) -> None:
        """Lay fires over a picture: tongues that rise, split and flicker about a bright core.

        `tones` are from the core to the rim, one for each heat; `wind` says how far they lean.
        """
        balls = any(one.share for one in fires)
        field = self._field(picture, fires, 1.5 * _TALL, 1.0 if balls else 0.3)
        if field is None:
            return
        box, across, down = field
        heat = np.zeros((len(down), across.shape[1]), np.float32)
        dense = heat.copy()
        for one in fires:
            if (place := self._place(across, down, one)) is None:
                continue
            part, aside, up = place
            glow, firm = (
                self._ball(one, aside, up)
                if one.share
                else self._flame(one, aside, up, fires[0], t, wind)
            )
            heat[part] += glow
            there = dense[part]
            np.maximum(there, firm * np.clip(glow * 6, 0, 1), out=there)
        levels, solid = (np.clip(one * 255, 0, 255).astype(np.uint8) for one in (heat, dense))
        ramp = np.arange(256, dtype=np.float32)
        shown = np.clip((ramp - _RIM) / _EDGE, 0, 1)
        stops = [(float(heat), tone) for heat, tone in zip(_HEATS, tones, strict=True)][::-1]
        paints = [part * shown for part in colour.planes(colour.ramp(stops, ramp))]
        cover = (shown * 255).astype(np.uint8)
        for target, paint in zip(picture.part(*box), paints, strict=True):
            whole, seen = (_as_large(one, target) for one in (levels, solid))
            tone = np.clip(paint + 0.5, 0, 255).astype(np.uint8)
            hidden, shine = (times(_plane(cv2.LUT(whole, one)), seen) for one in (cover, tone))
            over(target, 255 - hidden, shine)

    def _flame(
        self, one: Speck, aside: Floats, up: Floats, first: Speck, t: float, wind: float
    ) -> tuple[Floats, Floats | float]:
        """The heat of a fire at places, in parts of its size from its foot, and how dense it is."""
        high = np.maximum(up, 0)
        aside = (aside - np.float32(0.35 * wind) * up * up) * np.float32(2)
        # Neighbours share the noise, so that they are one body.
        shift = (one.x - first.x) / one.size * 22 + 61 * first.number
        licks, fine = (
            self._sample(n, aside * 11, up * -17, shift, -pace * t)
            for n, pace in ((0, 38.0), (1, 52.0))
        )
        aside = aside + fine * high * np.float32(0.16)
        rough = np.minimum(high, 1) + np.float32(0.1)
        glow = np.float32(0.92) - high * np.float32(0.92) - aside * aside * (high * 0.9 + 0.45)
        glow += (licks * np.float32(0.3) + fine * np.float32(0.1)) * rough
        glow = np.clip(glow - np.maximum(up - 1, 0), 0, 1) * np.clip(up * 2 + 0.5, 0, 1)
        # Its foot fades into what burns.
        return glow, np.clip(up * 2.6 + 0.4, 0, 1)

    def _ball(self, one: Speck, aside: Floats, up: Floats) -> tuple[Floats, Floats | float]:
        """The same of a ball of fire, at places in parts of its size from its middle."""
        billow = self._billow(one, aside, up, 13, 14)
        glow = np.float32(0.62 - 0.4 * one.share) - (aside * aside + up * up)
        return np.clip(glow + billow * np.float32(0.16), 0, 0.34 * (1 - one.share)), 1.0

    def smoke(
        self, picture: Picture, puffs: Sequence[Speck], tones: Sequence[Rgb], bright: float
    ) -> None:
        """Lay puffs over a picture, the first farthest back; each billows and breaks up.

        The lit side of a puff is `bright` levels of luma above its shaded one.
        """
        if (field := self._field(picture, puffs)) is None:
            return
        box, across, down = field
        clear = np.ones((len(down), across.shape[1]), np.float32)
        paints = [np.zeros_like(clear) for _ in range(3)]
        for one, own in zip(puffs, map(colour.yuv, tones), strict=True):
            place = self._place(across, down, one._replace(share=1.0))  # it is round
            if place is None:
                continue
            part, x, up = place
            y = -up
            billow = self._billow(one, x, y, 22, 26)
            dense = np.float32(1.25 - 0.8 * one.share) - (x * x + y * y) * np.float32(1.5)
            dense = np.clip(dense + billow * np.float32(0.3), 0, 1) * np.float32(one.alpha)
            lit = (billow * np.float32(0.25) - y * np.float32(0.6)) * np.float32(bright)
            lit = np.asarray(np.clip(own.y + lit, 16, 240), np.float32)
            levels: list[Floats | int] = [lit, own.u, own.v]
            for paint, level in zip(paints, levels, strict=True):
                here = paint[part]
                here += (level - here) * dense
            clear[part] *= 1 - dense
        inverse = (clear * 255).astype(np.uint8)
        for target, paint in zip(picture.part(*box), paints, strict=True):
            over(target, _as_large(inverse, target), _as_large(_plane(paint), target))

    def _field(
        self, picture: Picture, puffs: Sequence[Speck], tall: float = 1.0, low: float = 1.0
    ) -> tuple[Box, Floats, Floats] | None:
        """The part of the picture that holds them all, and the columns and rows of the field there.

        They reach `tall` of their sizes above their places, and `low` of them below. It is None if
        none of them is in the picture.
        """
        if not puffs:
            return None
        step = self._step
        left, right = min(p.x - p.size for p in puffs), max(p.x + p.size for p in puffs)
        top = min(p.y - tall * p.size for p in puffs)
        bottom = max(p.y + low * p.size for p in puffs)
        left, top = (max(0, int(edge)) // step * step for edge in (left, top))
        right = min(int(right) + step, picture.width) // step * step
        bottom = min(int(bottom) + step, picture.height) // step * step
        if right - left <= step or bottom - top <= step:
            return None
        across = np.arange(left, right, step, dtype=np.float32) + np.float32(step / 2)
        down = np.arange(top, bottom, step, dtype=np.float32) + np.float32(step / 2)
        return (left, top, right, bottom), across[None], down[:, None]

    @staticmethod
    def _place(
        across: Floats, down: Floats, one: Speck
    ) -> tuple[tuple[slice, slice], Floats, Floats] | None:
        """The rows and columns of one, and how far they are from it, in its sizes, right and up."""
        tall = one.size if one.share else _TALL * one.size * (0.3 + 0.7 * one.alpha)
        middle = one.y if one.share else one.y - 0.7 * tall
        columns, rows = _near(across, one.x, one.size), _near(down, middle, tall)
        up = (np.float32(one.y) - down[rows]) / np.float32(tall)
        aside = (across[:, columns] - np.float32(one.x)) / np.float32(one.size)
        return ((rows, columns), aside, up) if aside.size and up.size else None

    def _billow(self, one: Speck, x: Floats, y: Floats, coarse: int, fine: int) -> Floats:
        """What makes a round one uneven, in so many samples of noise along its size."""
        billow = self._sample(0, x * coarse, y * coarse, 37 * one.number, 18 * one.share)
        return billow + self._sample(1, x * fine, y * fine, 53 * one.number, 0.0) * np.float32(0.5)

    def _sample(
        self, number: int, across: Floats, down: Floats, right: float, below: float
    ) -> Floats:
        """The noise at places in samples, less than a quarter of its size from a middle."""
        margin = _NOISE / 4
        x = across + np.float32(right % _NOISE + margin)
        y = down + np.float32(below % _NOISE + margin)
        size = (across.shape[1], len(down))
        across, down = (np.broadcast_to(one, size[::-1]).copy() for one in (x, y))
        return np.asarray(
            cv2.remap(self._noise[number], across, down, cv2.INTER_LINEAR), np.float32
        )


def _near(line: Floats, middle: float, reach: float) -> slice:
    """The part of a line of columns or rows that is near a place."""
    first, last = np.searchsorted(line.ravel(), (middle - reach, middle + reach)).tolist()
    return slice(first, last)


def _as_large(plane: Plane, target: Plane) -> Plane:
    return _plane(cv2.resize(plane, target.shape[::-1], interpolation=cv2.INTER_LINEAR))


def _plane(image: object) -> Plane:
    return np.asarray(image, np.uint8)
