"""Continuations: the last moments of a film carried on as the ground of what comes after it.

Things that moved go on at their speed, what swayed goes on in a loop of the film's last second
(Schödl and others, 2000) into which the last frame is led by its own flow, the camera comes to
rest, and what stood still stands still.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay.colour import Floats
from shadowplay.given import motion
from shadowplay.given.journey import blend, moved
from shadowplay.given.motion import MeasuredMotion, Thing
from shadowplay.given.reference import Ground
from shadowplay.picture.flats import View
from shadowplay.picture.layers import Picture, Plane, halved
from shadowplay.sprites.changes import State
from shadowplay.sprites.matte import Matte, lay

SECONDS = 1.5  # how much of the end of a film is looked at
_MEMORY = 150_000_000  # bytes of frames that are kept at most; of large films fewer are looked at
_LED = 0.35  # seconds in which the last frame passes into the loop
_REACH = 0.08  # the way of a camera until it rests, as a share of the frame's longer edge
_MARGIN = 5  # pixels of a small copy around a thing that may be its edge or its shadow
_APART = 12  # levels by which a thing differs from what is behind it


def count_of(width: int, height: int, fps: Fraction) -> int:
    """How many frames of a film's end are looked at."""
    return max(2, min(math.ceil(SECONDS * fps), _MEMORY * 2 // (width * height * 3)))


class Continuation(Ground):
    """The ground on which a film goes on after its last frame."""

    def __init__(self, frames: Sequence[Picture], fps: Fraction) -> None:
        """Measure the film's motion.

        Args:
            frames: the last ones of the film, at least one.
            fps: how many of them are shown a second.
        """
        self._fps = float(fps)
        self._last = frames[-1]
        self._motion = motion.measure(frames) if len(frames) > 2 else None
        if self._motion is None:
            return
        seen = [_held(one, self._last, place, self._motion) for one, place in
                zip(frames, self._motion.places, strict=True)]  # fmt: skip
        behind = _behind(seen, self._motion.things)
        self._cels = [_Cel(thing, seen, behind, self._motion.size) for thing in self._motion.things]
        self._plates = [
            _without(one, behind, self._motion.things, number) for number, one in enumerate(seen)
        ]
        small = [motion.luma_of(plate, self._motion.size) for plate in self._plates]
        self._period = _period(small, self._motion.alive)
        self._home = motion.between(small[-1], small[-1 - self._period])
        self._other = Picture.blank(self._last.width, self._last.height)
        self._alive = [_sized(self._motion.alive, plane) for plane in self._last]
        if self._motion.camera is not None:
            self._rest(self._motion.camera, self._motion.size)

    def _rest(self, camera: Floats, size: tuple[int, int]) -> None:
        """Find out how the camera comes to rest: after how long, and how much nearer it goes.

        It goes so near in the end that the edges of the last frame are out of sight.
        """
        reach = float(np.abs(camera).max())
        self._slow = min(2.5 * self._fps, _REACH * max(size) / reach)
        end = camera * np.float32(self._slow)
        width, height = size
        beyond = max(
            float(end[:, -1, 0].max()) / width, -float(end[:, 0, 0].min()) / width,
            float(end[-1, :, 1].max()) / height, -float(end[0, :, 1].min()) / height, 0.0,
        )  # fmt: skip
        self._push = 2 * beyond / (1 - min(0.5, 2 * beyond))
        middle = np.asarray([(edge - 1) / 2 for edge in size], np.float32)
        self._inward = middle - motion.grid_of(size)

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Show the film at `t` seconds after its first new frame."""
        k = t * self._fps + 1
        found = self._motion
        if found is None:
            picture.take(self._last)
            return
        self._place(picture, k, found)
        for cel in self._cels:
            cel.draw(picture, k, _LED * self._fps)
        if found.camera is not None:
            share = 1 - math.exp(-k / self._slow)
            nearer = 1 - 1 / (1 + self._push * share * share)
            way = found.camera * np.float32(self._slow * share) + self._inward * np.float32(nearer)
            _warp(picture, picture, np.asarray(way, np.float32), found.size)

    def _place(self, picture: Picture, k: float, found: MeasuredMotion) -> None:
        """Show what is left without the things that move, under a camera that stands still."""
        picture.take(self._plates[-1])
        if not found.alive.any():
            return
        last, phase = len(self._plates) - 1, k % self._period
        plate = self._plates[min(last - self._period + round(phase), last)]
        # How much of the loop is seen; the rest is the last frame, moved on.
        share = min(1.0, phase / max(1.0, min(_LED * self._fps, self._period / 2)))
        if share < 1:
            way = found.sways * np.float32(-phase) - self._home * np.float32(share)
            _warp(self._plates[-1], picture, way, found.size)
            _warp(plate, self._other, self._home * np.float32(1 - share), found.size)
            plate = self._other
        for shown, target, alive in zip(plate, picture, self._alive, strict=True):
            blend(target, shown, alive * np.float32(share))


class _Cel:
    """A thing cut out of each frame, drawn on along its way."""

    def __init__(
        self, thing: Thing, seen: Sequence[Picture], behind: Picture, size: tuple[int, int]
    ) -> None:
        ratio = np.asarray([seen[0].width / size[0], seen[0].height / size[1]])
        self._speed, self._at = thing.speed * ratio, thing.offsets * ratio
        self._mattes = [
            _cut(picture, behind, _support(thing, offset))
            for picture, offset in zip(seen, thing.offsets, strict=True)
        ]
        self._settle()
        self._count = len(self._mattes)
        areas = [float(matte.alpha.sum()) for matte in self._mattes]
        # Before that it was hidden, or not yet in the picture.
        whole = [k for k in range(self._count) if areas[k] < 0.8 * areas[-1]]
        self._period = self._count - 2 - (whole[-1] if whole else -1)

    def _settle(self) -> None:
        """Take the way from the middles of what was cut out, where that is of one size."""
        middles, areas = [], []
        for matte in self._mattes:
            weight = matte.alpha.astype(np.float64)
            areas.append(weight.sum())
            if not areas[-1]:
                return
            rows, columns = weight.sum(axis=1), weight.sum(axis=0)
            middles.append((
                matte.left + float((columns * np.arange(columns.size)).sum()) / areas[-1],
                matte.top + float((rows * np.arange(rows.size)).sum()) / areas[-1],
            ))  # fmt: skip
        recent = areas[-motion.RECENT :]
        if max(recent) > 1.15 * min(recent) or len(recent) < 3:
            return
        way = np.asarray(middles)
        self._speed = (way[-1] - way[-len(recent)]) / (len(recent) - 1)
        self._at = way - way[-1]

    def draw(self, picture: Picture, k: float, lead: float) -> None:
        """Lay it over a picture where it is `k` frames after the last one."""
        number = self._count - 1
        if self._period > lead:
            phase = k % self._period
            number = self._count - 1 - self._period + round(phase)
        x, y = (self._speed * k - self._at[number]).tolist()
        lay(picture, self._mattes[number], State(), 1.0, x, y)


def _cut(picture: Picture, behind: Picture, near: Plane) -> Matte:
    """What differs from what is behind it, near a mask of the small copies' size."""
    x, y, wide, high = cv2.boundingRect(near)
    across, down = picture.width / near.shape[1], picture.height / near.shape[0]
    west, north = (int(x * across) // 2 * 2, int(y * down) // 2 * 2)
    east = min(picture.width, (math.ceil((x + wide) * across) + 1) // 2 * 2)
    south = min(picture.height, (math.ceil((y + high) * down) + 1) // 2 * 2)
    if east - west < 2 or south - north < 2:
        none: Plane = np.zeros((2, 2), np.uint8)
        return Matte(Picture(none, none[:1, :1], none[:1, :1]), none, none[:1, :1], 0, 0)
    here, there = (one.part(west, north, east, south) for one in (picture, behind))
    apart = cv2.absdiff(here.y, there.y)
    for own, other in zip(here[1:], there[1:], strict=True):
        hue = cv2.resize(cv2.absdiff(own, other), apart.shape[::-1])
        apart = cv2.max(apart, cv2.convertScaleAbs(hue, alpha=1.5))
    close = cv2.resize(near, (picture.width, picture.height), interpolation=cv2.INTER_NEAREST)
    close = close[north:south, west:east]
    mask = motion.filled(np.asarray((apart > _APART) & (close > 0), np.uint8))
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        rows = columns = np.asarray([0, 1])
    top, left = int(rows[0]) // 2 * 2, int(columns[0]) // 2 * 2
    bottom, right = int(rows[-1]) // 2 * 2 + 2, int(columns[-1]) // 2 * 2 + 2
    soft = cv2.blur(mask[top:bottom, left:right] * np.uint8(255), (3, 3))
    alpha = np.asarray(soft, np.uint8)
    small = halved(alpha)
    planes = here.part(left, top, right, bottom).times(alpha, small)
    return Matte(planes, alpha, small, left + west, top + north)


def _held(picture: Picture, last: Picture, place: Floats, found: MeasuredMotion) -> Picture:
    """A frame as the last one's camera would have seen it; the last frame where it did not look."""
    if found.camera is None:
        return picture
    held = Picture(*(plane.copy() for plane in last))
    own = np.asarray(place - found.places[-1], np.float32)
    _warp(picture, held, own, found.size)
    width, height = found.size
    x, y = place[..., 0], place[..., 1]
    inside = ((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)).astype(np.float32)
    for own_plane, target in zip(last, held, strict=True):
        blend(target, own_plane, 1 - _sized(inside, target))
    return held


def _support(thing: Thing, offset: NDArray[np.float64]) -> Plane:
    """Where a thing is in a frame, with a margin, in a small copy."""
    span = 2 * (_MARGIN + math.ceil(np.abs(thing.speed).max())) + 1
    mask = motion.shifted(thing.mask, *offset)
    return np.asarray(cv2.dilate(mask, np.ones((span, span), np.uint8)), np.uint8)


def _covered(things: Sequence[Thing], number: int) -> Plane:
    """Where any thing is in a frame, with its margin, in a small copy."""
    cover = np.zeros_like(things[0].mask)
    for thing in things:
        cover |= _support(thing, thing.offsets[number])
    return cover


def _behind(seen: Sequence[Picture], things: Sequence[Thing]) -> Picture:
    """What is behind the things: the mean of the frames where it was free, or its surroundings."""
    if not things:
        return seen[-1]
    planes = []
    for k, last in enumerate(seen[-1]):
        total = np.zeros(last.shape, np.float32)
        weight = np.zeros(last.shape, np.float32)
        for number, picture in enumerate(seen):
            free = np.asarray(_sized(_covered(things, number) == 0, last) > 0.99, np.float32)
            total += picture[k] * free
            weight += free
        known = np.minimum(weight, 1)
        found = total / np.maximum(weight, 1)
        span = 9
        while known.min() < 1 and span < 4 * max(last.shape):
            # From ever farther around, where no frame shows it.
            share = cv2.blur(known, (span, span))
            near = cv2.blur(found * known, (span, span)) / np.maximum(share, 1e-3)
            new = (known == 0) & (share > 0.02)
            found[new] = near[new]
            known[new] = 1
            span = 2 * span + 1
        planes.append(np.asarray(np.rint(found), np.uint8))
    return Picture(*planes)


def _without(picture: Picture, behind: Picture, things: Sequence[Thing], number: int) -> Picture:
    """A frame without the things in it."""
    if not things:
        return picture
    cover = _covered(things, number).astype(np.float32)
    cover = np.asarray(cv2.blur(cv2.dilate(cover, np.ones((3, 3), np.uint8)), (3, 3)), np.float32)
    bare = Picture(*(plane.copy() for plane in picture))
    for own, target in zip(behind, bare, strict=True):
        blend(target, own, _sized(cover, target))
    return bare


def _period(small: Sequence[Plane], alive: Floats) -> int:
    """How many frames before the last one the film looked most as it does then, where it sways."""
    count = len(small)
    seen = [one.astype(np.float32) * alive for one in small]
    apart = {}
    for period in range(max(1, count // 3), count):
        pairs = min(2, count - period)
        change = sum(
            float(((seen[-1 - k] - seen[-1 - k - period]) ** 2).mean()) for k in range(pairs)
        )
        # A longer loop is seen less often.
        apart[period] = round(change / pairs * (1.4 - 0.4 * period / count), 3)
    return min(apart, key=lambda period: (apart[period], -period))


def _warp(source: Picture, target: Picture, way: Floats, size: tuple[int, int]) -> None:
    """Show a picture whose places come from so far away, in pixels of the small copies."""
    at = motion.grid_of(size) + way
    for plane, shown in zip(source, target, strict=True):
        np.copyto(shown, moved(plane, at, (shown.shape[1], shown.shape[0])))


def _sized(mask: Floats | np.ndarray, like: Plane) -> Floats:
    size = (like.shape[1], like.shape[0])
    grown = cv2.resize(np.asarray(mask, np.float32), size)
    return np.asarray(grown, np.float32)
