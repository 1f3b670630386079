"""Optics: what a lens and an old camera do and no filter does as well: zoom, vignette, wear."""

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.art.treads import ease
from shadowplay.dice import dice
from shadowplay.picture.layers import Picture, over
from shadowplay.picture.noise import dither
from shadowplay.retouch.scenery import Moment, Pass
from shadowplay.shot import Size

RATE = 18  # pictures a second that old cameras took


_REACH = 0.22  # how much larger a slow zoom makes the picture


def gate(size: Size, zoom: float, old: float, seed: int) -> Pass:
    """Shows the picture a little larger; zoompan moves by whole pixels, and this by parts.

    With `zoom` above 0 the film is slowly gone into, below 0 out of; `old` is how much it moves
    about in an old camera's gate.
    """
    unit = size.unit * 0.0011 * old
    phase = dice(seed, "weave").uniform(0, 6.28, 2)

    def weave(number: int) -> NDArray[np.float64]:
        """How far a picture of an old film is to the right and down, in pixels."""
        jump = dice(seed, "weave", number).normal(0, 0.45, 2)
        if dice(seed, "jump", number).random() < 0.02:
            jump[1] += 3.5
        sway = exact.sin(np.asarray([1.1, 1.7]) * number / RATE * 2 + phase) * 0.8
        return np.asarray((sway + jump) * unit)

    def resample(picture: Picture, moment: Moment) -> None:
        scale, (x, y) = 1.0, weave(moment.number) if old else (0.0, 0.0)
        if zoom:
            share = moment.number / max(1, moment.total - 1)
            eased = (ease(share) + share) / 2
            scale += min(0.6, _REACH * abs(zoom)) * (eased if zoom > 0 else 1 - eased)
        if old:
            scale *= 1.012
        if scale == 1:
            return
        for plane, part in zip(picture, (1.0, 0.5, 0.5), strict=True):
            height, width = plane.shape
            across = (width - 1) / 2 * (1 - scale) + x * part
            down = (height - 1) / 2 * (1 - scale) + y * part
            matrix = np.asarray([[scale, 0, across], [0, scale, down]])
            border = cv2.BORDER_REFLECT_101
            plane[:] = cv2.warpAffine(plane, matrix, (width, height), borderMode=border)

    return resample


def vignette(size: Size, strength: float) -> Pass:
    """Darker corners, in a tenth of the time that libavfilter's take."""
    across = np.linspace(-1, 1, size.width, dtype=np.float32)[None]
    down = np.linspace(-1, 1, size.height, dtype=np.float32)[:, None]
    far = exact.power(np.clip((across**2 + down**2) / 2, 0, 1), 1.25)
    dark = np.asarray(far * min(0.92, 0.62 * strength), np.float32)
    keep, floor = dither((1 - dark) * 255), dither(dark * 16)
    small = keep[::2, ::2].copy()
    neutral = dither(np.asarray((1 - small.astype(np.float32) / 255) * 128, np.float32), 0.3)

    def darken(picture: Picture, moment: Moment) -> None:
        over(picture.y, keep, floor)
        over(picture.u, small, neutral)
        over(picture.v, small, neutral)

    return darken


def wear(size: Size, strength: float, seed: int) -> Pass:
    """Lines that run down the film for a while, and dust that lies on a single picture."""

    def scratch(picture: Picture, now: int, lane: int) -> None:
        """Each lane is scratched for part of every two seconds, or so."""
        length = 2 * RATE + 7 * lane
        turn = now // length
        pick = dice(seed, "scratch", lane, turn)
        begin, lasts = pick.integers(0, length), pick.integers(4, RATE)
        place, light = pick.uniform(0.06, 0.94), pick.random() < 0.7
        if pick.random() > 0.75 * strength or not 0 <= now % length - begin < lasts:
            return
        sway = dice(seed, "scratch", lane, turn, now).normal(0, 0.0012)
        x = round((place + sway) * picture.width)
        part = picture.y[:, x : x + max(1, round(size.unit / 700))]
        cv2.addWeighted(part, 0.72, np.full_like(part, 225 if light else 20), 0.28, 0, part)

    def dust(picture: Picture, now: int) -> None:
        """Specks, and now and then a hair: an arc of a long ellipse."""
        pick = dice(seed, "dust", now)
        for _ in range(pick.poisson(2.2 * strength)):
            hair = pick.random() < 0.2
            x, y = pick.uniform(0, picture.width), pick.uniform(0, picture.height)
            low, high, end, thick = (0.012, 0.04, 140, 1) if hair else (0.0008, 0.0026, 360, -1)
            long = max(1.0, size.unit * pick.uniform(low, high))
            axes = (round(long), max(1, round(long * pick.uniform(0.5, 1))))
            level = 232 if pick.random() < 0.6 else 22
            arc = pick.uniform(0, 360), 0, end
            cv2.ellipse(picture.y, (round(x), round(y)), axes, *arc, level, thick, cv2.LINE_AA)

    def draw(picture: Picture, moment: Moment) -> None:
        for lane in range(3):
            scratch(picture, moment.number, lane)
        dust(picture, moment.number)

    return draw
