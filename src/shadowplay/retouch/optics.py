"""Optics: what a lens and an old camera do and no filter does as well: zoom, vignette, wear."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import exact
from shadowplay.dice import dice
from shadowplay.picture.layers import Picture, over
from shadowplay.picture.noise import dither
from shadowplay.retouch.passes import Moment
from shadowplay.shot import Size

RATE = 18
"""Pictures a second that old cameras took."""


class Gate:
    """Shows the picture a little larger; zoompan moves by whole pixels, and this by parts."""

    _REACH = 0.22

    def __init__(self, size: Size, zoom: float, old: float, seed: int) -> None:
        """Set the gate up.

        Args:
            size: of the pictures.
            zoom: above 0 the film is slowly gone into, below 0 out of.
            old: how much the film moves about in an old camera's gate.
            seed: of how it moves.
        """
        self._zoom = zoom
        self._old = old
        self._seed = seed
        self._unit = math.sqrt(size.width * size.height) * 0.0011 * old
        self._phase = dice(seed, "weave").uniform(0, 6.28, 2)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Resample one picture."""
        scale = 1.0
        if self._zoom:
            share = moment.number / max(1, moment.total - 1)
            eased = share * share * (3 - 2 * share) * 0.5 + share * 0.5
            part = eased if self._zoom > 0 else 1 - eased
            scale += min(0.6, self._REACH * abs(self._zoom)) * part
        x = y = 0.0
        if self._old:
            scale *= 1.012
            x, y = self._weave(moment.number)
        if scale == 1:
            return
        for plane, size in zip(picture, (1.0, 0.5, 0.5), strict=True):
            height, width = plane.shape
            across = (width - 1) / 2 * (1 - scale) + x * size
            down = (height - 1) / 2 * (1 - scale) + y * size
            matrix = np.asarray([[scale, 0, across], [0, scale, down]])
            moved = cv2.warpAffine(
                plane, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101
            )
            np.copyto(plane, moved)

    def _weave(self, number: int) -> tuple[float, float]:
        """How far a picture of an old film is to the right and down, in pixels."""
        jump = dice(self._seed, "weave", number).normal(0, 0.45, 2)
        if dice(self._seed, "jump", number).random() < 0.02:
            jump[1] += 3.5
        sway = exact.sin(np.asarray([1.1, 1.7]) * number / RATE * 2 + self._phase) * 0.8
        x, y = (sway + jump) * self._unit
        return float(x), float(y)


class Vignette:
    """Darker corners, in a tenth of the time that libavfilter's take."""

    def __init__(self, size: Size, strength: float) -> None:
        across = np.linspace(-1, 1, size.width, dtype=np.float32)[None]
        down = np.linspace(-1, 1, size.height, dtype=np.float32)[:, None]
        far = exact.power(np.clip((across**2 + down**2) / 2, 0, 1), 1.25)
        dark = np.asarray(far * min(0.92, 0.62 * strength), np.float32)
        self._keep = dither((1 - dark) * 255)
        self._floor = dither(dark * 16)
        self._keep_small = self._keep[::2, ::2].copy()
        lost = 1 - self._keep_small.astype(np.float32) / 255
        self._neutral = dither(np.asarray(lost * 128, np.float32), 0.3)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Darken one picture's corners."""
        over(picture.y, self._keep, self._floor)
        for plane in picture[1:]:
            over(plane, self._keep_small, self._neutral)


class Scratches:
    """Lines that run down the film for a while, and dust that lies on a single picture."""

    def __init__(self, size: Size, strength: float, seed: int) -> None:
        self._size = size
        self._strength = strength
        self._seed = seed
        self._unit = math.sqrt(size.width * size.height)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Draw the wear of the picture that is shown."""
        for lane in range(3):
            self._scratch(picture, lane, moment.number)
        self._dust(picture, moment.number)

    def _scratch(self, picture: Picture, lane: int, now: int) -> None:
        """Each lane is scratched for part of every two seconds, or so."""
        length = 2 * RATE + 7 * lane
        turn = now // length
        pick = dice(self._seed, "scratch", lane, turn)
        begin, lasts = pick.integers(0, length), pick.integers(4, RATE)
        place, light = pick.uniform(0.06, 0.94), pick.random() < 0.7
        if pick.random() > 0.75 * self._strength or not 0 <= now % length - begin < lasts:
            return
        sway = dice(self._seed, "scratch", lane, turn, now).normal(0, 0.0012)
        x = round((place + sway) * self._size.width)
        thick = max(1, round(self._unit / 700))
        part = picture.y[:, max(0, x) : x + thick]
        if part.size:
            cv2.addWeighted(part, 0.72, np.full_like(part, 225 if light else 20), 0.28, 0, part)

    def _dust(self, picture: Picture, now: int) -> None:
        """Specks, and now and then a hair: an arc of a long ellipse."""
        pick = dice(self._seed, "dust", now)
        for _ in range(pick.poisson(2.2 * self._strength)):
            hair = pick.random() < 0.2
            x, y = pick.uniform(0, picture.width), pick.uniform(0, picture.height)
            low, high, end, thick = (0.012, 0.04, 140, 1) if hair else (0.0008, 0.0026, 360, -1)
            long = max(1.0, self._unit * pick.uniform(low, high))
            axes = (round(long), max(1, round(long * pick.uniform(0.5, 1))))
            level = 232 if pick.random() < 0.6 else 22
            turn = pick.uniform(0, 360)
            cv2.ellipse(
                picture.y, (round(x), round(y)), axes, turn, 0, end, level, thick, cv2.LINE_AA
            )
