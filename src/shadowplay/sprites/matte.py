"""Mattes: a drawn figure cut free of its ground, to be turned, bent, faded or broken to pieces."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np

from shadowplay.colour import Floats
from shadowplay.dice import dice
from shadowplay.picture.layers import Picture, Plane, halved, over, paint_of, times
from shadowplay.sprites.changes import State
from shadowplay.sprites.outlines import Box, Floats64, box_in, mask_of

_WHITE = 235
_SOOT = (24, 128, 128)
_BARE, _WORN, _STROKE = (118, 116, 137), 0.62, 6
"""What has no new paint yet: its tone, how much of that is seen, and how broad a stroke is."""

_REACH = 4  # how many pixels around a matte interpolation reaches at most
_PIECES = (5, 7)
_GRAVITY = 1.9  # heights a second, each second


class Matte(NamedTuple):
    """Premultiplied planes with their alpha; the first pixel is at (left, top) from the origin."""

    planes: Picture
    alpha: Plane
    small: Plane
    left: int
    top: int
    # Left, top, right and bottom of the part that is not empty, if that is known.
    box: Box | None = None
    # Of one that breaks, its pieces, each with its middle and its speeds.
    shards: tuple[tuple[Matte, tuple[float, float], list[float]], ...] = ()


def matte_of(
    draw: Callable[[Picture, float, float], None], box: tuple[float, float, float, float]
) -> Matte:
    """Cut free what `draw` draws into a picture, with its origin at a column and a row.

    `box` is what is kept, in pixels from the origin. Black and white grounds tell its alpha.
    """
    left, top = math.floor(box[0] / 2) * 2, math.floor(box[1] / 2) * 2
    width = max(2, math.ceil((box[2] - left) / 2) * 2)
    height = max(2, math.ceil((box[3] - top) / 2) * 2)
    black, white = Picture.blank(width, height), Picture.blank(width, height)
    white.y[:] = _WHITE
    draw(black, -left, -top)
    draw(white, -left, -top)
    light = cv2.convertScaleAbs(cv2.subtract(white.y, black.y), alpha=255 / (_WHITE - 16))
    through = np.asarray(light, np.uint8)
    alpha = ~through
    small = halved(alpha)
    planes = paint_of(black, through, ~small)
    return Matte(planes, alpha, small, left, top, _filled(planes, alpha, small))


def _filled(planes: Picture, alpha: Plane, small: Plane) -> Box:
    """The part of a matte in which something is, and what is interpolated around it."""
    chroma = cv2.max(cv2.max(small, planes.u), planes.v)
    chroma = cv2.resize(chroma, alpha.shape[::-1], interpolation=cv2.INTER_NEAREST)
    left, top, wide, high = cv2.boundingRect(cv2.max(cv2.max(alpha, planes.y), chroma))
    return left - _REACH, top - _REACH, left + wide + _REACH, top + high + _REACH


def lay(picture: Picture, matte: Matte, state: State, facing: float, x: float, row: float) -> None:
    """Lay a matte over a picture as a state says, its origin at a column and a row."""
    if state.seen <= 0:
        return
    alpha, small = _scaled(matte.alpha, state.seen), _scaled(matte.small, state.seen)
    paints = []
    for k, (plane, mask) in enumerate(
        zip(matte.planes, (matte.alpha, matte.small, matte.small), strict=True)
    ):
        paint = _toned(plane, mask, _SOOT[k], state.char) if state.char > 0 else plane
        if state.coat:
            paint = paint.copy()
            for part in _unpainted(matte, state.coat, 2 if k else 1):
                paint[part] = _toned(paint[part], mask[part], _BARE[k], _WORN)
        paints.append(_scaled(paint, state.seen))
    angle = math.radians(state.turn) * facing
    c, s = math.cos(angle), math.sin(angle)
    turn = (c * state.wide, -s * state.tall, s * state.wide, c * state.tall)
    seen = matte._replace(planes=Picture(*paints), alpha=alpha, small=small)
    warp(picture, seen, turn, (0.0, 0.0), (x, row))


def _toned(plane: Plane, mask: Plane, level: int, share: float) -> Plane:
    """A plane mixed with a share of one tone."""
    tone = cv2.convertScaleAbs(mask, alpha=level / 255)
    return np.asarray(cv2.addWeighted(plane, 1 - share, tone, share, 0), np.uint8)


def _unpainted(matte: Matte, coat: float, step: int) -> Iterator[tuple[slice, slice]]:
    """The rows and columns without new paint, which ends at strokes of a brush."""
    left, _, right, _ = matte.box or (0, 0, *matte.alpha.shape[::-1])
    way = 1 if coat > 0 else -1
    edge = (left if coat > 0 else right) + way * (_REACH + abs(coat) * (right - left - 2 * _REACH))
    for row in range(0, matte.alpha.shape[0], _STROKE):
        end = max(0, round(edge + way * _STROKE * math.sin(2.4 * row))) // step
        columns = slice(end, None) if coat > 0 else slice(0, end)
        yield slice(row // step, (row + _STROKE) // step), columns


def shattered(matte: Matte, seed: int) -> Matte:
    """A figure that breaks, with its pieces."""
    pick = dice(seed, "pieces")
    high, wide = matte.alpha.shape
    across, down = _PIECES
    jolts = pick.uniform(-0.3, 0.3, (down + 1, across + 1, 2))
    speeds = pick.uniform(-1, 1, (down, across, 3)).tolist()
    shards = []
    for i, j in np.ndindex(down, across):
        corners = np.asarray([
            ((j + b + jolts[i + a, j + b, 0]) * wide / across,
             (i + a + jolts[i + a, j + b, 1]) * high / down)
            for a, b in ((0, 0), (0, 1), (1, 1), (1, 0))
        ])  # fmt: skip
        if piece := _cut(matte, corners):
            x, y = corners.mean(axis=0).tolist()
            shards.append((piece, (x + matte.left, y + matte.top), speeds[i][j]))
    return matte._replace(shards=tuple(shards))


def pieces(
    picture: Picture, matte: Matte, state: State, x: float, row: float, floor: float
) -> None:
    """Lay a broken figure's pieces about an origin; they come to rest on the row `floor`."""
    high, wide = matte.alpha.shape
    strong = 1.5 if state.far else 0.35
    size = max(24.0, 0.75 * min(high, 2 * wide))
    for piece, middle, speeds in matte.shards:
        out = (middle[0] / max(1.0, wide / 2)) * strong
        vx = (out + 0.4 * strong * speeds[0]) * size
        vy = -(0.55 * strong + 0.6 * strong * abs(speeds[1])) * size
        fall = _GRAVITY * size
        drop = floor - row - middle[1] - 0.2 * high / _PIECES[1]
        # From v t + g t² / 2 = drop.
        lands = (-vy + math.sqrt(max(0.0, vy * vy + 2 * fall * max(0.0, drop)))) / fall
        time = min(state.broken, lands)
        at = (x + middle[0] + vx * time, row + middle[1] + vy * time + fall * time * time / 2)
        angle = speeds[2] * (5.0 if state.far else 2.6) * time
        c, s = math.cos(angle), math.sin(angle)
        warp(picture, piece, (c, -s, s, c), middle, at)


def _cut(matte: Matte, corners: Floats64) -> Matte | None:
    """The part of a matte within a polygon, or None where there is nothing."""
    if (box := box_in(matte.alpha, corners, 0)) is None:
        return None
    left, top, right, bottom = box
    mask = mask_of([corners], [255], box)
    alpha, thin = times(matte.alpha[top:bottom, left:right], mask), halved(mask)
    if not alpha.any():
        return None
    planes = matte.planes.part(*box).times(mask, thin)
    small = times(matte.small[top // 2 : bottom // 2, left // 2 : right // 2], thin)
    filled = _filled(planes, alpha, small)
    return Matte(planes, alpha, small, matte.left + left, matte.top + top, filled)


def warp(
    picture: Picture,
    matte: Matte,
    turn: tuple[float, float, float, float],
    pivot: tuple[float, float],
    at: tuple[float, float],
) -> None:
    """Lay a matte turned and scaled about a pivot, which goes to a place of the picture."""
    a, b, c, d = turn
    filled = matte.box or (0, 0, *matte.alpha.shape[::-1])
    xs = [matte.left + edge - pivot[0] for edge in filled[::2]]
    ys = [matte.top + edge - pivot[1] for edge in filled[1::2]]
    spots = [(a * p + b * q + at[0], c * p + d * q + at[1]) for p in xs for q in ys]
    box, whole = box_in(picture.y, np.asarray(spots), 0), a * d - b * c
    if box is None or abs(whole) < 1e-6:
        return
    back = (d / whole, -b / whole, -c / whole, a / whole)
    offset = (pivot[0] - matte.left, pivot[1] - matte.top)
    here, (y, u, v) = picture.part(*box), matte.planes
    for step, alpha, pairs in (
        (1, matte.alpha, ((y, here.y),)),
        (2, matte.small, ((u, here.u), (v, here.v))),
    ):
        maps = _maps(back, box, at, offset, step)
        inverse = ~_pulled(alpha, maps)
        for plane, target in pairs:
            over(target, inverse, _pulled(plane, maps))


def _maps(
    back: tuple[float, float, float, float],
    box: Box,
    at: tuple[float, float],
    offset: tuple[float, float],
    step: int,
) -> tuple[Floats, Floats]:
    """Which column and row of a plane each pixel of a box shows; `step` is 2 for chroma."""
    left, top, right, bottom = box
    # Pixel k of a plane has its middle at (k + 0.5) * step.
    x = (np.arange(left // step, right // step, dtype=np.float32) + np.float32(0.5)) * step
    y = (np.arange(top // step, bottom // step, dtype=np.float32) + np.float32(0.5)) * step
    x, y = x - np.float32(at[0]), y - np.float32(at[1])
    a, b, c, d = (np.float32(part) for part in back)
    maps = (a * x)[None] + (b * y)[:, None], (c * x)[None] + (d * y)[:, None]
    for one, more in zip(maps, offset, strict=True):
        one += np.float32(more)
        one /= np.float32(step)
        one -= np.float32(0.5)
    return maps


def _pulled(plane: Plane, maps: tuple[Floats, Floats]) -> Plane:
    pulled = cv2.remap(
        plane, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )
    return np.asarray(pulled, np.uint8)


def _scaled(plane: Plane, share: float) -> Plane:
    return plane if share >= 1 else np.asarray(cv2.convertScaleAbs(plane, alpha=share), np.uint8)
