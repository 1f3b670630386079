"""Motion: what moves in the last moments of a film: the camera, whole things, and what sways.

All of it is measured by dense optical flow (DIS; Kroeger and others, 2016) between small copies
of the frames. Lengths are pixels of those copies, times are frames; 0 is the last frame.
"""

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.colour import Floats
from shadowplay.picture import light
from shadowplay.picture.layers import Picture, Plane
from shadowplay.shot import Size

_EDGE = 320  # longer edge of the small copies
_GRID = 32  # flow is rounded to this fraction of a pixel, so that last bits do not matter
_SLOWEST = 0.2  # slower things stand still
_CHANGED = 4.0  # levels of luma by which a place changes where something has moved; noise is below
_STEADY = 0.06  # a camera that moves less stands still
_DETAIL = 2.5  # contrast, in levels of luma, of detail by which the camera's way is found
_RESTING = 0.25  # under a camera that moves, less of a picture's detail than this stays where it is
_LEAST = 40  # pixels that a thing has at least; what is smaller goes on in a loop
_LARGEST = 0.4  # a thing covers at most this part of the frame; what is larger belongs to the place
_STRAY = 3.0  # pixels by which a thing leaves the straight line on the mean
_BARE = 0.7  # the part of what is behind a thing that other frames show; else it can't be cut out
_KEPT = 0.6  # a thing changes less along its way than this share of what changes where it stands
RECENT = 6  # frames over which the speed at the end is measured

Mask = NDArray[np.bool_]


class Thing(NamedTuple):
    """What moves through the picture as a whole."""

    mask: Plane  # where it is in the last frame, of shape (h, w)
    # how far it was from there in each frame, of shape (n, 2), without the camera
    offsets: NDArray[np.float64]
    speed: NDArray[np.float64]  # pixels a frame to the right and down, without the camera

    def seen(self, number: int, margin: int = 0) -> Plane:
        """Where it is in a frame, with so many pixels around it."""
        x, y = np.rint(self.offsets[number]).astype(int).tolist()
        return reshaped(light.moved(self.mask, x, y), cv2.MORPH_DILATE, 2 * margin + 1)


class MeasuredMotion(NamedTuple):
    """What was measured."""

    size: tuple[int, int]  # of the small copies: columns and rows
    # of shape (h, w, 2): what the next frame shows at a place is so far from it in the last one;
    # None for a camera that stands still
    camera: Floats | None
    # for each frame, where each place of the last one is in it: shape (h, w, 2)
    places: list[Floats]
    # of shape (h, w, 2): pixels a frame at the end, of what moves and stays in its place
    sways: Floats
    alive: Floats  # 0 to 1, of shape (h, w): where something sways
    things: list[Thing]  # what moves as a whole


def measure(pictures: Sequence[Picture]) -> MeasuredMotion:
    """Measure the motion of at least two frames."""
    size = Size(pictures[0].width, pictures[0].height).within(_EDGE)
    small = [luma_of(one, size) for one in pictures]
    back = [rounded(flow_of(now, before)) for before, now in itertools.pairwise(small)]
    cameras, grid = _cameras(small, back), grid_of(size)
    places = [grid]
    for camera in reversed(cameras):
        places.insert(0, places[0] + read(camera, places[0]))
    # All that follows is seen with the last frame's camera.
    stable = [read(one, place).astype(np.uint8) for one, place in zip(small, places, strict=True)]
    own: list[Floats] = []
    moved: list[Mask] = []
    steps = zip(itertools.pairwise(small), places[1:], back, cameras, strict=True)
    for (before, now), place, flow, camera in steps:
        changed = _moved(before, now, camera - flow, grid + camera)
        own.append(read(camera - flow, place))
        moved.append(read(changed, place) > 0.5)
    things = _things(stable, own, moved)
    covers = [thing.seen(number) for thing in things for number in range(len(small))]
    free = np.max(covers, axis=0, initial=0) == 0 if covers else np.ones(grid.shape[:2], bool)
    often = np.mean([mask & free for mask in moved], axis=0, dtype=np.float32)
    recent = np.mean(own[-3:], axis=0, dtype=np.float32) * (moved[-1] & free)[..., None]
    recent *= _trust(stable[-2], stable[-1], recent, grid)[..., None]
    camera = np.mean(cameras[-RECENT:], axis=0)
    sways = np.asarray(cv2.blur(recent, (5, 5)), np.float32)
    # Without gaps, and with a soft edge outside of it.
    whole = reshaped(reshaped(np.asarray(often > 0.25), cv2.MORPH_CLOSE, 7), cv2.MORPH_OPEN, 3)
    wide = reshaped(whole, cv2.MORPH_DILATE, 7).astype(np.float32)
    alive = np.asarray(cv2.blur(wide, (7, 7)), np.float32)
    return MeasuredMotion(size, camera if camera.any() else None, places, sways, alive, things)


def luma_of(picture: Picture, size: tuple[int, int]) -> Plane:
    """The luma of a picture at a size of so many columns and rows."""
    return np.asarray(cv2.resize(picture.y, size, interpolation=cv2.INTER_AREA), np.uint8)


def flow_of(one: Plane, other: Plane) -> Floats:
    """How far what each place of a picture shows is from there in another, of shape (h, w, 2)."""
    search: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(search.calc(one, other, None), np.float32)


def grid_of(size: tuple[int, ...]) -> Floats:
    """Each place's own column and row, of shape (h, w, 2)."""
    return np.stack(np.meshgrid(*(np.arange(edge, dtype=np.float32) for edge in size)), -1)


def rounded(flow: Floats) -> Floats:
    """A flow whose last bits do not matter."""
    return np.asarray(np.rint(flow * _GRID) / np.float32(_GRID), np.float32)


def read(field: Floats | Plane | Mask, at: Floats) -> Floats:
    """A field, or a picture, as floats at other places than its own; its edge goes on outside."""
    floats, (x, y) = field.astype(np.float32), (at[..., 0], at[..., 1])
    read = cv2.remap(floats, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, np.float32)


def warped(picture: Picture, at: Floats) -> Picture:
    """A picture read where a coarse grid of places says, of shape (h, w, 2)."""
    shown = Picture.blank(picture.width, picture.height)
    for plane, target in zip(picture, shown, strict=True):
        size = plane.shape[::-1]
        across, down = (
            (cv2.resize(at[..., k], size) + 0.5) * np.float32(size[k] / at.shape[1 - k]) - 0.5
            for k in range(2)
        )
        cv2.remap(plane, across, down, cv2.INTER_LINEAR, target, cv2.BORDER_REFLECT_101)
    return shown


def reshaped(mask: Plane | Mask, how: int, edge: int) -> Plane:
    """A mask after one of OpenCV's `MORPH_` operations with a square of so many pixels."""
    square = np.ones((edge, edge), np.uint8)
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), how, square), np.uint8)


def filled(mask: Plane | Mask) -> Plane:
    """A mask without holes."""
    closed = reshaped(mask, cv2.MORPH_CLOSE, 5)
    found, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.zeros_like(closed), found, -1, 1, cv2.FILLED), np.uint8)


def _cameras(small: Sequence[Plane], back: Sequence[Floats]) -> list[Floats]:
    """The part of each flow that is the camera's; nothing at all if it stands still."""
    steps = zip(itertools.pairwise(small), back, strict=True)
    fields = [_dominant(before, picture, flow) for (before, picture), flow in steps]
    paces = [float(exact.lengths(field).mean()) for field in fields]
    if np.median(paces) < _STEADY:
        return [np.zeros_like(flow) for flow in back]
    mean = np.mean(fields, axis=0)
    length = np.maximum(exact.lengths(mean), np.float32(1e-3))[..., None]
    nearer, usual = _parallax(small, back, fields, mean / length), float(length.mean())
    return [
        field + nearer * np.float32(pace / usual) for field, pace in zip(fields, paces, strict=True)
    ]


def _dominant(before: Plane, picture: Plane, flow: Floats) -> Floats:
    """The shift, turn and zoom that most of a picture's detail goes along with."""
    light = picture.astype(np.float32)
    detail = cv2.absdiff(light, cv2.blur(light, (9, 9)))
    fine = cv2.blur(detail, (3, 3)) > _DETAIL
    apart = cv2.blur(cv2.absdiff(picture, before).astype(np.float32), (3, 3))
    rows, columns = np.nonzero(fine[::4, ::4])
    if len(rows) < 24 or (apart[fine] < 1).mean() > _RESTING:
        return np.zeros_like(flow)
    spots = np.stack([columns, rows], -1).astype(np.float32) * 4
    to = spots + flow[rows * 4, columns * 4]
    way, _ = cv2.estimateAffinePartial2D(spots, to, method=cv2.RANSAC, ransacReprojThreshold=0.5)
    if way is None:
        return np.zeros_like(flow)
    (a, b, c), (d, e, f) = way.astype(np.float32)
    x, y = np.moveaxis(grid_of(flow.shape[1::-1]), -1, 0)
    return rounded(np.stack([(a - 1) * x + b * y + c, d * x + (e - 1) * y + f], -1))


def _parallax(
    small: Sequence[Plane], back: Sequence[Floats], fields: Sequence[Floats], way: Floats
) -> Floats:
    """What nearer and farther places move more or less than the camera's own field, along it."""
    # A thing that comes by is at each place for a few frames only.
    rest = np.median([flow - field for flow, field in zip(back, fields, strict=True)], axis=0)
    along = (rest * way).sum(axis=-1, dtype=np.float32)
    light = small[-1].astype(np.float32)
    detail = cv2.absdiff(light, cv2.blur(light, (3, 3)))
    trust = np.minimum(detail / np.float32(4), 1) + np.float32(0.002)
    span = max(*light.shape) // 16 | 1
    near = along
    for _ in range(3):
        # Things that go their own way differ much from what is around them.
        weight = trust * np.maximum(np.float32(1) - np.abs(along - near), np.float32(0.002))
        near = cv2.blur(along * weight, (span, span)) / cv2.blur(weight, (span, span))
        near = cv2.blur(near, (span, span))
    return np.asarray(near[..., None] * way, np.float32)


def _moved(before: Plane, now: Plane, flow: Floats, at: Floats) -> Plane:
    """Where a frame differs from the one before it, read `at` where the camera was, and flows."""
    apart = cv2.blur(cv2.absdiff(now.astype(np.float32), read(before, at)), (3, 3))
    fast = exact.lengths(np.asarray(cv2.blur(flow, (3, 3)), np.float32)) > _SLOWEST
    return filled(reshaped(apart > _CHANGED, cv2.MORPH_DILATE, 5) & fast)


def _trust(before: Plane, now: Plane, flow: Floats, grid: Floats) -> Floats:
    """How much better than no motion at all a flow explains what changed, 0 to 1."""
    new = now.astype(np.float32)
    led = cv2.blur(cv2.absdiff(new, read(before, grid - flow)), (9, 9))
    still = cv2.blur(cv2.absdiff(new, before.astype(np.float32)), (9, 9))
    return np.clip(1.6 - 2 * led / np.maximum(still, 1), 0, 1)


def between(one: Plane, other: Plane) -> Floats:
    """How far what a picture shows is from there in another one, where that can be told."""
    back, grid = rounded(flow_of(other, one)), grid_of(one.shape[::-1])
    return -back * _trust(one, other, -back, grid)[..., None]


def _things(stable: Sequence[Plane], own: Sequence[Floats], moved: Sequence[Mask]) -> list[Thing]:
    """The parts of the last frame that move and leave the place where they were free."""
    last = reshaped(moved[-1], cv2.MORPH_OPEN, 3)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(last)
    areas = stats[1:, cv2.CC_STAT_AREA]
    found = []
    for number in np.argsort(-areas, kind="stable")[:12] + 1:
        # What moved was found with a margin; the ground in it would hold the search back.
        mask = reshaped(labels == number, cv2.MORPH_ERODE, 7)
        if areas[number - 1] <= _LARGEST * last.size and mask.sum() >= _LEAST:
            thing = _followed(mask, own[-1], stable)
            if _leaves(thing, moved) and _kept(thing, stable):
                found.append(thing)
    return found


def _followed(mask: Plane, own: Floats, stable: Sequence[Plane]) -> Thing:
    """Find a part of the last frame again in those before it, near where its own flow leads."""
    left, top, wide, high = cv2.boundingRect(mask)
    box = (slice(top, top + high), slice(left, left + wide))
    model, shape = stable[-1][box], mask[box] * np.uint8(255)
    speed = np.median(own[mask > 0], axis=0).astype(np.float64)
    offsets: list[NDArray[np.float64]] = [np.zeros(2)]  # from the last frame back
    for picture in reversed(stable[:-1]):
        reach, (right, low) = 3 + math.ceil(0.6 * np.abs(speed).max()), offsets[-1] - speed
        x, y = max(0, left + round(right) - reach), max(0, top + round(low) - reach)
        window = picture[y : y + high + 2 * reach, x : x + wide + 2 * reach]
        if window.shape[0] < high or window.shape[1] < wide:
            offsets.append(offsets[-1] - speed)
            continue
        apart = cv2.matchTemplate(window, model, cv2.TM_SQDIFF, mask=shape)
        down, across = divmod(int(np.argmin(np.rint(apart))), apart.shape[1])
        offsets.append(np.asarray([x + across - left, y + down - top], np.float64))
        recent = offsets[-1 - RECENT :]
        speed = (recent[0] - recent[-1]) / (len(recent) - 1)
    recent = offsets[: RECENT + 1]
    return Thing(mask, np.asarray(offsets[::-1]), -recent[-1] / (len(recent) - 1))


def _leaves(thing: Thing, moved: Sequence[Mask]) -> bool:
    """Whether most of what is behind it was seen, and nothing moves any more where it was.

    What flows in one place does not leave it.
    """
    mask, wide = thing.mask > 0, reshaped(thing.mask, cv2.MORPH_DILATE, 5) > 0
    bare = np.zeros_like(mask)
    rests, moves = [], []
    for number, moving in enumerate(moved, 1):
        bare |= thing.seen(number, 2) == 0
        left = (thing.seen(number) > 0) & ~wide
        if left.sum() >= 8:
            moves.append(moving[left].mean())
            rests.append(moved[-1][left].mean())
    if not moves or bare[mask].mean() < _BARE:
        return False
    return bool(np.mean(moves) > 0.5 > 2 * np.mean(rests))


def _kept(thing: Thing, stable: Sequence[Plane]) -> bool:
    """Whether its way is straight and it looks the same along it, other than where it stands."""
    times = np.arange(len(thing.offsets)) - (len(thing.offsets) - 1)
    speed = (thing.offsets * times[:, None]).sum(axis=0) / (times**2).sum()
    if float(np.sqrt(((thing.offsets - times[:, None] * speed) ** 2).mean())) > _STRAY:
        return False
    mask, grid = thing.mask > 0, grid_of(thing.mask.shape[::-1])
    along = still = 1.0
    for picture, offset in zip(stable[:-1], thing.offsets, strict=False):
        found = read(picture, grid + offset.astype(np.float32))
        along += float(np.abs(found - stable[-1])[mask].sum())
        still += float(cv2.absdiff(picture, stable[-1])[mask].sum())
    return along < _KEPT * still
