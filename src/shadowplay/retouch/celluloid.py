"""Old film: grain, scratches, dust, a flickering lamp and a gate that does not hold quite still."""

from __future__ import annotations

import math
from fractions import Fraction

import cv2
import numpy as np

from shadowplay import exact
from shadowplay.dice import dice
from shadowplay.layers import Picture, Plane
from shadowplay.retouch.passes import Moment
from shadowplay.shot import Size

RATE = 18
"""Pictures a second that old cameras took; the others are shown longer."""

_TILE = 96
"""Pixels by which the sheet of grain is larger than the picture, so that it can be moved."""


def tick(number: int, fps: Fraction) -> int:
    """Which of the old camera's pictures is shown at a frame of a film of this rate."""
    return int(number * RATE / fps)


class Grain:
    """Silver grain, laid anew on each picture."""

    def __init__(self, size: Size, strength: float, seed: int, *, slow: bool) -> None:
        """Cast the grain.

        Args:
            size: of the pictures.
            strength: 1 is plainly seen.
            seed: of the grain.
            slow: keep it as long as an old camera's picture is shown.
        """
        pick = dice(seed, "retouch", "grain")
        shape = (size.height + _TILE, size.width + _TILE)
        noise = pick.standard_normal(shape, dtype=np.float32)
        radius = max(0.55, min(size) / 1100)
        noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), radius), np.float32)
        noise *= np.float32(5.8 * strength) / float(noise.std())
        self._sheet: Plane = np.clip(128 + noise, 0, 255).astype(np.uint8)
        self._seed = seed
        self._slow = slow

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Add the grain to the luma."""
        number = tick(moment.number, moment.fps) if self._slow else moment.number
        x, y = dice(self._seed, "grain", number).integers(0, _TILE, 2)
        sheet = self._sheet[y : y + picture.height, x : x + picture.width]
        cv2.addWeighted(picture.y, 1, sheet, 1, -128, picture.y)


class Scratches:
    """Lines that run down the film for a while, and dust that lies on a single picture."""

    def __init__(self, size: Size, strength: float, seed: int) -> None:
        self._size = size
        self._strength = strength
        self._seed = seed
        self._unit = math.sqrt(size.width * size.height)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Draw the wear of the picture that is shown."""
        now = tick(moment.number, moment.fps)
        for lane in range(3):
            self._scratch(picture, lane, now)
        self._dust(picture, now)

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
        pick = dice(self._seed, "dust", now)
        for _ in range(pick.poisson(2.2 * self._strength)):
            x, y = pick.uniform(0, self._size.width), pick.uniform(0, self._size.height)
            level = 232 if pick.random() < 0.6 else 22
            if pick.random() < 0.2:
                self._hair(picture, x, y, level, pick)
            else:
                radius = self._unit * pick.uniform(0.0008, 0.0026)
                axes = (max(1, round(radius)), max(1, round(radius * pick.uniform(0.5, 1))))
                cv2.ellipse(
                    picture.y, (round(x), round(y)), axes, pick.uniform(0, 180), 0, 360, level, -1,
                    cv2.LINE_AA,
                )  # fmt: skip

    def _hair(
        self, picture: Picture, x: float, y: float, level: int, pick: np.random.Generator
    ) -> None:
        bend = np.cumsum(pick.normal(0, 0.45, 9)) + pick.uniform(0, 6.28)
        step = self._unit * pick.uniform(0.003, 0.006)
        way = np.cumsum(np.stack([exact.cos(bend), exact.sin(bend)], 1) * step, 0)
        points = way + np.asarray([x, y])
        line = np.rint(points * 16).astype(np.int32)
        cv2.polylines(picture.y, [line], False, level, 1, cv2.LINE_AA, 4)


class Flicker:
    """The lamp's unrest: a slow breath and a quick tremble."""

    def __init__(self, strength: float, seed: int) -> None:
        self._strength = strength
        self._seed = seed
        self._phase = float(dice(seed, "flicker").uniform(0, 6.28))

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Make the whole picture lighter or darker."""
        now = tick(moment.number, moment.fps)
        quick = float(dice(self._seed, "flicker", now).normal(0, 0.02))
        slow = 0.022 * math.sin(now / RATE * 2 * math.pi * 1.3 + self._phase)
        factor = 1 + max(-0.09, min(0.09, quick + slow)) * self._strength
        cv2.convertScaleAbs(picture.y, picture.y, factor, 16 * (1 - factor))


class Weave:
    """The picture's way about the gate, as a shift in pixels."""

    def __init__(self, size: Size, strength: float, seed: int) -> None:
        self._reach = math.sqrt(size.width * size.height) * 0.0011 * strength
        self._seed = seed
        self._phase = dice(seed, "weave").uniform(0, 6.28, 2)

    def shift(self, moment: Moment) -> tuple[float, float]:
        """How far the picture is to the right and down."""
        now = tick(moment.number, moment.fps)
        jump = dice(self._seed, "weave", now).normal(0, 0.45, 2)
        if dice(self._seed, "jump", now).random() < 0.02:
            jump[1] += 3.5
        sway = exact.sin(np.asarray([1.1, 1.7]) * now / RATE * 2 + self._phase) * 0.8
        x, y = (sway + jump) * self._reach
        return float(x), float(y)
