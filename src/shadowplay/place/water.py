"""Water: the picture above the horizon mirrored, rippled in perspective, tinted, with glints."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.dice import dice
from shadowplay.picture.flats import Held, View
from shadowplay.picture.layers import Picture, Plane, lighten
from shadowplay.picture.light import KeyLight
from shadowplay.picture.noise import ripples
from shadowplay.picture.palette import LitScene, Palette

Mirror = Callable[[Picture, float, View, float, float], None]
"""Draws what stands in the water into the picture that will be mirrored, at a time, in a view; the
last two are the horizon's row, and how many rows above it one row below it shows."""

_NOISE = 256

_FAR = 170
"""How many rows from the horizon waves are thin, if the frame is as large as a square of 960."""


class Water(Held):
    """A surface from the horizon down to the bottom of the frame.

    The mirror image is worked out at half the columns, because ripples are lines across, and near
    by at half the rows.
    """

    def __init__(
        self, lit: LitScene, horizon: float, *, rough: float = 0.5, shine: float = 1.0
    ) -> None:
        """Prepare water from the row of the horizon on.

        It is `rough` from 0, a mirror, to 1, a sea in a fresh wind, and mirrors so much (`shine`):
        seen from above, water shows its own colour.
        """
        scene, palette, key = lit
        width, height = scene.size
        self.horizon = int(horizon) // 2 * 2
        self.mirror: Mirror | None = None
        self._rough = rough
        self._rows = (height - self.horizon + height // 12) // 2 * 2
        self._scratch = Picture.blank(width, max(2, self.horizon))
        self._squeeze = min(1.0, (self.horizon - 4) / self._rows)
        pick = dice(scene.seed, "waves")
        self._noise = [ripples(pick, _NOISE, 8) for _ in range(2)]
        self._far = round(_FAR * scene.size.unit / 960 / 2) * 2
        self._prepare(width, scene.size.unit)
        # Laid out as often as needed: wrapping around inside `remap` would take thrice as long.
        turns = [int(part.max()) // _NOISE + 2 for part in (self._v, self._u)]
        self._noise = [np.tile(noise, turns) for noise in self._noise]
        self._tint(palette, width, shine)
        self._glints(palette, key, width)
        speed = 0.7 + 1.3 * abs(scene.wind)
        aside = speed if scene.wind >= 0 else -speed
        self._flow = [(4.0 * aside, -5.5 * speed), (-2.5 * aside, -3.5 * speed)]

    def _prepare(self, width: int, unit: float) -> None:
        columns = width // 2
        down = np.arange(1, self._rows, 2, dtype=np.float32)[:, None] * np.float32(960 / unit)
        across = np.arange(columns // 2, dtype=np.float32)[None, :] * 4 - np.float32(width / 2)
        # Waves are about 8 samples of noise long: few pixels at the horizon, many near by.
        long, tall = 26 + np.float32(0.2) * down, 2.6 + np.float32(0.032) * down
        self._u = (across * np.float32(960 / unit) * 8 / long).astype(np.float32)
        self._u -= self._u.min()
        depth = np.float32(8 / 0.032) * exact.log(1 + down * np.float32(0.032 / 2.6))
        self._v = np.repeat(depth, columns // 2, 1).astype(np.float32)
        height_of = tall * np.float32(1.9 * math.pow(self._rough, 1.6) * unit / 960)
        self._amp = np.repeat(height_of, columns, 1).astype(np.float32)
        mirrored = self.horizon - 2 - self._squeeze * np.arange(self._rows, dtype=np.float32)
        middles = np.arange(columns, dtype=np.float32) * 2 + np.float32(0.5)
        self._columns, self._base = np.meshgrid(middles, mirrored.astype(np.float32))
        self._columns_half, self._base_half = self._columns[::2] / 2, self._base[::2] / 2

    def _tint(self, palette: Palette, width: int, shine: float) -> None:
        """How much of the mirror image is kept by row, and the colour of the deep for the rest."""
        share = np.linspace(0, 1, self._rows, dtype=np.float32)
        keep = (0.93 - 0.5 * exact.power(share, 0.8)) * np.float32(shine)
        deep = colour.scale(colour.mix(palette.sky[0], palette.sky[2], 0.12), 0.6)
        shallow = colour.mix(palette.sky[2], palette.sky[0], 0.4)
        tones = colour.ramp([(0, shallow), (0.6, deep), (1, deep)], share)
        y, u, v = colour.planes(tones)
        self._keep = _rows_of(keep * 255, width // 2)
        self._luma = _rows_of(y * (1 - keep), width // 2)
        self._keep_half = _rows_of(keep[::2] * 255, width // 2)
        self._hue = tuple(_rows_of(part[::2] * (1 - keep[::2]), width // 2) for part in (u, v))

    def _glints(self, palette: Palette, key: KeyLight, width: int) -> None:
        """Where the lamp's path lies on the water, and its colour."""
        columns = width // 2
        down = np.arange(self._rows // 2, dtype=np.float32)[:, None] * 2
        spread = np.float32(key.radius * 0.9) + down * np.float32(0.12 + 0.2 * self._rough)
        offset = (np.arange(columns, dtype=np.float32)[None, :] * 2 - np.float32(key.x)) / spread
        fade = 1 - 0.7 * down / self._rows
        strength = (1 - 0.92 * key.veiled) * (0.85 if key.moon else 1.0)
        path = exact.exp(-(offset**2)) * fade * np.float32(strength)
        near = np.flatnonzero(path.max(axis=0) > 0.02)
        left = int(near[0]) // 2 * 2 if near.size else 0
        right = min(columns, int(near[-1]) // 2 * 2 + 2) if near.size else 0
        self._path = np.ascontiguousarray(path[:, left:right])
        self._lane = slice(left, right)
        self._glint = colour.yuv(colour.mix(palette.key, palette.glow, 0.35))

    def cover(self, t: float, view: View) -> int:
        """The horizon, from which on all is water."""
        return self.horizon + int(0.06 * view.y) // 2 * 2 if view.y > 0 else self.horizon

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Mirror what the picture shows above the horizon."""
        top = self.cover(t, view)
        rows = (min(floor, picture.height) - top + 1) // 2 * 2
        rows = min(rows, self._rows, (picture.height - top) // 2 * 2)
        if rows < 4:
            return
        source = self._source(picture, t, view, top)
        waves = self._waves(t, view, rows // 2)
        # How much the crests that face the lamp shine, in its lane at half resolution.
        crest = np.maximum(waves[:, self._lane] - np.float32(0.85), np.float32(0))
        shine = np.minimum(crest * self._path[: rows // 2] * np.float32(230), np.float32(255))
        glints = np.rint(shine).astype(np.uint8)
        self._lay_luma(picture, source, waves, glints, top, rows)
        self._lay_chroma(picture, source, waves, glints, top // 2, rows // 2)

    def _source(self, picture: Picture, t: float, view: View, top: int) -> Picture:
        """What is mirrored: the picture above the horizon, and what stands in the water."""
        shift = top - self.horizon
        above, half = slice(shift, top), slice(shift // 2, top // 2)
        source = Picture(picture.y[above], picture.u[half], picture.v[half])
        if self.mirror is None:
            return source
        self._scratch.take(source)
        self.mirror(self._scratch, t, view, float(self.horizon), self._squeeze)
        return self._scratch

    def _waves(self, t: float, view: View, rows: int) -> Floats:
        """Height of the waves at half resolution, mean 0; worked out at a quarter across."""
        aside = round(view.x * 0.48) / 4
        u, v = self._u[:rows], self._v[:rows]
        total = np.zeros((rows, self._u.shape[1]), np.float32)
        for noise, (across, along) in zip(self._noise, self._flow, strict=True):
            sideways = np.float32((across * t + aside) % _NOISE)
            deeper = np.float32((along * t) % _NOISE)
            wave = cv2.remap(noise, u + sideways, v + deeper, cv2.INTER_LINEAR)
            cv2.add(total, wave, total)
        return np.asarray(cv2.resize(total, (self._columns.shape[1], rows)), np.float32)

    def _lay_luma(
        self, picture: Picture, source: Picture, waves: Floats, glints: Plane, top: int, rows: int
    ) -> None:
        far = min(rows, self._far)
        for first, last, step in ((0, far, 1), (far, rows, 2)):
            count = (last - first) // step
            if not count:
                continue
            half = slice(first // 2, last // 2)
            bend, shine = waves[half] * self._amp[half], glints[half]
            if step == 1:
                bend = np.asarray(cv2.resize(bend, (bend.shape[1], count)), np.float32)
            at, columns = bend + self._base[first:last:step], self._columns[:count]
            seen = cv2.remap(
                source.y, columns, at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            seen = cv2.multiply(seen, self._keep[first:last:step], scale=1 / 255)
            narrow = np.asarray(cv2.add(seen, self._luma[first:last:step]), np.uint8)
            if shine.size:
                if step == 1:
                    shine = np.asarray(cv2.resize(shine, (shine.shape[1], count)), np.uint8)
                lighten(narrow[:, self._lane], shine, self._glint.y)
            target = picture.y[top + first : top + last]
            cv2.resize(narrow, target.shape[::-1], target)

    def _lay_chroma(
        self, picture: Picture, source: Picture, waves: Floats, glints: Plane, top: int, rows: int
    ) -> None:
        bend = cv2.multiply(waves, self._amp[:rows], scale=0.5)
        at = cv2.add(bend, self._base_half[:rows], bend)
        columns = self._columns_half[:rows]
        keep = self._keep_half[:rows]
        tones = (self._glint.u, self._glint.v)
        targets = zip((source.u, source.v), (picture.u, picture.v), self._hue, tones, strict=True)
        for plane, target, hue, tone in targets:
            part = target[top : top + rows]
            cv2.remap(plane, columns, at, cv2.INTER_NEAREST, part, cv2.BORDER_REPLICATE)
            cv2.multiply(part, keep, part, 1 / 255)
            cv2.add(part, hue[:rows], part)
            if glints.size:
                lighten(part[:, self._lane], glints, tone)


def _rows_of(values: Floats, width: int) -> Plane:
    column = np.clip(values + np.float32(0.5), 0, 255).astype(np.uint8)
    return np.repeat(column[:, None], width, 1)
