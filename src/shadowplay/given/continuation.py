"""Continuations: the last moments of a film carried on as the ground of what comes after it.

Things that moved go on at their speed, what swayed goes on in a loop of the film's last second
(Schödl and others, 2000) into which the last frame is led by its own flow, the camera comes to
rest, and what stood still stands still.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

import cv2
import numpy as np

from shadowplay.colour import Floats
from shadowplay.given import motion
from shadowplay.given.motion import MeasuredMotion, Thing
from shadowplay.given.reference import Ground
from shadowplay.picture.flats import View
from shadowplay.picture.layers import Picture, Plane, halved
from shadowplay.sprites.matte import Matte, warp

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
        """Measure the motion of a film's last frames, at least three, of `fps` a second."""
        self._fps = float(fps)
        self._motion = found = motion.measure(frames)
        self._grid = found.places[-1]
        seen = [_held(*each, frames[-1], found) for each in zip(frames, found.places, strict=True)]
        self._plates, self._cels = seen, []
        if found.things:
            covers = [_covered(found.things, number) for number in range(len(seen))]
            behind = _behind(seen, covers)
            self._cels = [_Cel(thing, seen, behind, found.size) for thing in found.things]
            self._plates = [Picture(*(plane.copy() for plane in picture)) for picture in seen]
            for plate, cover in zip(self._plates, covers, strict=True):
                wide = motion.reshaped(cover, cv2.MORPH_DILATE, 3).astype(np.float32)
                plate.lay(behind, cv2.blur(wide, (3, 3)))
        small = [motion.luma_of(plate, found.size) for plate in self._plates]
        self._period = _period(small, found.alive)
        self._home = motion.between(small[-1], small[-1 - self._period])
        if found.camera is not None:
            self._slow, self._push = _rest(found.camera, found.size, self._fps)

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Show the film at `t` seconds after its first new frame."""
        k, found = t * self._fps + 1, self._motion
        picture.take(self._plates[-1])
        if found.alive.any():
            self._sway(picture, k)
        for cel in self._cels:
            cel.draw(picture, k, _LED * self._fps)
        if found.camera is not None:
            share = 1 - math.exp(-k / self._slow)
            nearer = 1 - 1 / (1 + self._push * share * share)
            middle = np.asarray([(edge - 1) / 2 for edge in found.size], np.float32)
            inward = (middle - self._grid) * np.float32(nearer)
            way = found.camera * np.float32(self._slow * share) + inward
            picture.take(motion.warped(picture, self._grid + way))

    def _sway(self, picture: Picture, k: float) -> None:
        """Show what moves and stays in its place, under a camera that stands still."""
        last, phase = len(self._plates) - 1, k % self._period
        plate = self._plates[min(last - self._period + round(phase), last)]
        # How much of the loop is seen; the rest is the last frame, moved on.
        share = min(1.0, phase / max(1.0, min(_LED * self._fps, self._period / 2)))
        if share < 1:
            way = self._motion.sways * np.float32(-phase) - self._home * np.float32(share)
            picture.take(motion.warped(self._plates[-1], self._grid + way))
            plate = motion.warped(plate, self._grid + self._home * np.float32(1 - share))
        picture.lay(plate, self._motion.alive * np.float32(share))


def _rest(camera: Floats, size: tuple[int, int], fps: float) -> tuple[float, float]:
    """How a camera comes to rest: after how many frames, and how much nearer it goes.

    It goes so near in the end that the edges of the last frame are out of sight.
    """
    slow = min(2.5 * fps, _REACH * max(size) / float(np.abs(camera).max()))
    end = camera * np.float32(slow)
    width, height = size
    beyond = max(
        float(end[:, -1, 0].max()) / width, -float(end[:, 0, 0].min()) / width,
        float(end[-1, :, 1].max()) / height, -float(end[0, :, 1].min()) / height, 0.0,
    )  # fmt: skip
    return slow, 2 * beyond / (1 - min(0.5, 2 * beyond))


class _Cel:
    """A thing cut out of each frame, drawn on along its way."""

    def __init__(
        self, thing: Thing, seen: Sequence[Picture], behind: Picture, size: tuple[int, int]
    ) -> None:
        self._mattes = [
            _cut(picture, behind, _covered([thing], number)) for number, picture in enumerate(seen)
        ]
        shapes = [cv2.moments(matte.alpha) for matte in self._mattes]
        areas = [shape["m00"] for shape in shapes]
        recent = areas[-motion.RECENT :]
        if all(areas) and len(recent) > 2 and max(recent) <= 1.15 * min(recent):
            # The middles of what was cut out say more exactly where it is.
            way = np.asarray([
                (matte.left + shape["m10"] / shape["m00"], matte.top + shape["m01"] / shape["m00"])
                for matte, shape in zip(self._mattes, shapes, strict=True)
            ])  # fmt: skip
            self._speed = (way[-1] - way[-len(recent)]) / (len(recent) - 1)
            self._at = way - way[-1]
        else:
            ratio = np.asarray([seen[0].width / size[0], seen[0].height / size[1]])
            self._speed, self._at = thing.speed * ratio, thing.offsets * ratio
        # Before that it was hidden, or not yet in the picture.
        parts = [k for k, area in enumerate(areas) if area < 0.8 * areas[-1]]
        self._period = len(areas) - 2 - max(parts, default=-1)

    def draw(self, picture: Picture, k: float, lead: float) -> None:
        """Lay it over a picture where it is `k` frames after the last one."""
        last = len(self._mattes) - 1
        number = last - self._period + round(k % self._period) if self._period > lead else last
        x, y = (self._speed * k - self._at[number]).tolist()
        warp(picture, self._mattes[number], (1.0, 0.0, 0.0, 1.0), (0.0, 0.0), (x, y))


def _even(left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
    """The smallest box of even columns and rows around another; it is never empty."""
    west, north = int(left) // 2 * 2, int(top) // 2 * 2
    east, south = ((math.ceil(edge) + 1) // 2 * 2 for edge in (right, bottom))
    return west, north, max(east, west + 2), max(south, north + 2)


def _cut(picture: Picture, behind: Picture, near: Plane) -> Matte:
    """What differs from what is behind it, near a mask of the small copies' size."""
    x, y, wide, high = cv2.boundingRect(near)
    across, down = picture.width / near.shape[1], picture.height / near.shape[0]
    box = _even(x * across, y * down, (x + wide) * across, (y + high) * down)
    here, there = picture.part(*box), behind.part(*box)
    close = cv2.resize(near, picture.y.shape[::-1], interpolation=cv2.INTER_NEAREST)
    close = close[box[1] : box[3], box[0] : box[2]]
    apart = cv2.absdiff(here.y, there.y)
    for own, other in zip(here[1:], there[1:], strict=True):
        hue = cv2.resize(cv2.absdiff(own, other), apart.shape[::-1])
        apart = cv2.max(apart, cv2.convertScaleAbs(hue, alpha=1.5))
    whole = motion.filled((apart > _APART) & (close > 0))
    mask = motion.reshaped(whole, cv2.MORPH_OPEN, 3)
    x, y, wide, high = cv2.boundingRect(mask)
    left, top, right, bottom = _even(x, y, x + wide, y + high)
    soft = cv2.blur(mask[top:bottom, left:right] * np.uint8(255), (3, 3))
    alpha = np.asarray(soft, np.uint8)
    small = halved(alpha)
    planes = here.part(left, top, right, bottom).times(alpha, small)
    return Matte(planes, alpha, small, left + box[0], top + box[1])


def _held(picture: Picture, place: Floats, last: Picture, found: MeasuredMotion) -> Picture:
    """A frame as the last one's camera would have seen it; the last frame where it did not look."""
    if found.camera is None:
        return picture
    held = motion.warped(picture, place)
    (x, y), (width, height) = np.moveaxis(place, -1, 0), found.size
    held.lay(last, (x < 0) | (x > width - 1) | (y < 0) | (y > height - 1))
    return held


def _covered(things: Sequence[Thing], number: int) -> Plane:
    """Where any thing is in a frame, with a margin, in a small copy."""
    margins = [_MARGIN + math.ceil(np.abs(thing.speed).max()) for thing in things]
    seen = [thing.seen(number, one) for thing, one in zip(things, margins, strict=True)]
    return np.asarray(np.max(seen, axis=0), np.uint8)


def _behind(seen: Sequence[Picture], covers: Sequence[Plane]) -> Picture:
    """What is behind the things: the mean of the frames where it was free, or its surroundings."""
    planes = []
    for k, last in enumerate(seen[-1]):
        total, weight = np.zeros((2, *last.shape), np.float32)
        for picture, cover in zip(seen, covers, strict=True):
            bare = (cover == 0).astype(np.float32)
            free = np.asarray(cv2.resize(bare, last.shape[::-1])) > 0.99
            total += picture[k] * free
            weight += free
        mean = np.rint(total / np.maximum(weight, 1)).astype(np.uint8)
        # Where no frame shows it, its surroundings go on.
        whole = cv2.inpaint(mean, (weight == 0).astype(np.uint8), 3, cv2.INPAINT_TELEA)
        planes.append(np.asarray(whole, np.uint8))
    return Picture(*planes)


def _period(small: Sequence[Plane], alive: Floats) -> int:
    """How many frames before the last one the film looked most as it does then, where it sways."""
    count, seen = len(small), np.asarray(small, np.float32) * alive

    def apart(period: int) -> tuple[float, int]:
        pairs = range(min(2, count - period))
        changes = [((seen[-1 - k] - seen[-1 - k - period]) ** 2).mean() for k in pairs]
        # A longer loop is seen less often.
        change = float(np.mean(changes, dtype=float)) * (1.4 - 0.4 * period / count)
        return round(change, 3), -period

    return min(range(max(1, count // 3), count), key=apart)
