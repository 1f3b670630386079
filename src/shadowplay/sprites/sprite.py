"""Sprites: a puppet's picture, lit for one scene and laid over its frames at any angle."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour, exact
from shadowplay.art.gaits import Stance
from shadowplay.art.puppets import Puppet
from shadowplay.colour import Floats
from shadowplay.picture.layers import Picture, Plane, halved, over
from shadowplay.sprites.lighting import Light
from shadowplay.sprites.marks import Figure


class _Planes(NamedTuple):
    """Premultiplied planes; `through` is what shines through them, at luma's resolution."""

    y: Plane
    through: Plane
    u: Plane
    v: Plane


class Sprite:
    """One puppet's picture at the size it has in a film."""

    def __init__(self, puppet: Puppet, figure: Figure, light: Light, rim: float) -> None:
        """Scale and light the picture.

        Args:
            puppet: whose picture.
            figure: the puppet on its mark.
            light: what falls on it.
            rim: the breadth of the lit edge in pixels.
        """
        self._puppet = puppet
        self._tall = max(8, round(figure.scale))
        wide = max(8, round(figure.scale * puppet.frame.width))
        shrinks = self._tall < puppet.image.shape[0]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        scaled = cv2.resize(puppet.image, (wide, self._tall), interpolation=how)
        wave = puppet.stance(figure.role.action, 0.0).reach
        self._margin = 2 + math.ceil(1.2 * wave * max(self._tall, wide)) // 2 * 2
        room = [(self._margin, self._margin + edge % 2) for edge in (self._tall, wide)]
        padded = np.pad(np.asarray(scaled, np.float32), (*room, (0, 0)))
        self._wide = wide
        # Held the other way round, the lamp shines on its other side.
        self._sides = tuple(
            _lit(padded, light._replace(toward=(side * light.toward[0], light.toward[1])), rim)
            for side in (1, -1)
        )

    def draw(
        self, picture: Picture, figure: Figure, t: float, x: float, row: float, up: float = 1.0
    ) -> None:
        """Lay it over a picture.

        Args:
            picture: drawn into.
            figure: whose sprite this is.
            t: the scene's clock in seconds.
            x: column of its origin.
            row: row of its origin.
            up: how much of its height is left, for the water's mirror.
        """
        held = self._puppet.stance(figure.doing(t), figure.clock(t), figure.variant)
        flat = np.diag([figure.scale * figure.facing, -figure.scale * up])
        turn = exact.product(flat, held.turn)
        shift = exact.product(flat, np.asarray(held.shift)) + np.asarray([x, row])
        planes = self._sides[0 if turn[0, 0] >= 0 else 1]
        if held.reach:
            luma = self._waved((planes.y, planes.through), held, 1)
            planes = _Planes(*luma, *self._waved((planes.u, planes.v), held, 2))
        way = self._way(turn, shift)
        box = _box(way, planes.y.shape, picture)
        if box is not None:
            _lay(picture, planes, way, box)

    def _way(self, turn: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where each pixel of the planes goes."""
        left, foot = 0.5 - self._margin - self._wide / 2, self._tall + self._margin - 0.5
        to_units = np.asarray([[1.0, 0.0, left], [0.0, -1.0, foot]])
        way: NDArray[np.float64] = exact.product(turn, to_units) / self._tall
        way[:, 2] += shift
        return way

    def _waved(self, pair: tuple[Plane, Plane], held: Stance, size: int) -> tuple[Plane, Plane]:
        """Planes of one resolution with the wave in them: their columns, or rows, are moved."""
        rows, columns = pair[0].shape
        across = np.arange(columns, dtype=np.float32)[None]
        down = np.arange(rows, dtype=np.float32)[:, None]
        pixel = np.float32(size / self._tall)
        if self._puppet.lengthwise:
            at = (across + np.float32(0.5)) * pixel
            at -= np.float32((self._margin + self._wide / 2) / self._tall)
            down = down + self._puppet.wave(at, held) / pixel
        else:
            at = np.float32(1 + self._margin / self._tall) - (down + np.float32(0.5)) * pixel
            across = across - self._puppet.wave(np.minimum(at, 1), held) / pixel
        across = np.ascontiguousarray(np.broadcast_to(across, (rows, columns)))
        down = np.ascontiguousarray(np.broadcast_to(down, (rows, columns)))
        # What is beyond the margin is as the margin is: empty.
        first, second = (
            cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for plane in pair
        )
        return _bytes(first), _bytes(second)


def _lit(image: Floats, light: Light, rim: float) -> _Planes:
    """A premultiplied picture with the light on it, as planes."""
    alpha = image[..., 3]
    share = alpha / np.float32(255)
    straight = image[..., :3] / np.maximum(share, np.float32(1 / 255))[..., None]
    grey = colour.light_of(straight)[..., None]
    straight = grey + (straight - grey) * np.float32(light.grey)
    straight *= np.asarray(light.air, np.float32) * np.float32(light.gain)
    # The side to the lamp is lighter, the other and the foot are darker.
    (right, low), (rows, columns) = light.toward, alpha.shape
    across = np.linspace(-1, 1, columns, dtype=np.float32)[None] * np.float32(right)
    down = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    straight *= np.asarray(0.97 + 0.1 * across - 0.07 * down, np.float32)[..., None]
    haze, thick = light.haze
    straight += (np.asarray(haze, np.float32) - straight) * np.float32(thick)
    # The paper's edge that faces the lamp is bright.
    shift = np.asarray([[1, 0, -right * rim], [0, 1, -low * rim]], np.float32)
    moved = cv2.warpAffine(alpha, shift, (columns, rows))
    torn = np.clip(alpha - np.asarray(moved), 0, 255) / np.float32(255)
    edge = np.asarray(cv2.blur(torn, (3, 3)), np.float32)[..., None] * np.float32(light.rim[1])
    straight += (np.asarray(light.rim[0], np.float32) - straight) * edge
    y, u, v = colour.planes(np.clip(straight, 0, 255).astype(np.float32))
    return _Planes(
        _plane(y * share), _plane(255 - alpha), _plane(halved(u * share)), _plane(halved(v * share))
    )


def _plane(values: Floats) -> Plane:
    plane: Plane = np.clip(values + np.float32(0.5), 0, 255).astype(np.uint8)
    return plane


def _box(
    way: NDArray[np.float64], shape: tuple[int, ...], picture: Picture
) -> tuple[int, int, int, int] | None:
    """The even part of the picture that a warped plane covers: left, top, right, bottom."""
    rows, columns = shape
    corners = np.asarray([[0, columns, 0, columns], [0, 0, rows, rows], [1, 1, 1, 1]])
    at = exact.product(way, corners)
    (left, top), (right, bottom) = np.floor(at.min(axis=1)), np.ceil(at.max(axis=1))
    left, top = max(0, int(left) // 2 * 2), max(0, int(top) // 2 * 2)
    right = min(picture.width, int(right) // 2 * 2 + 2)
    bottom = min(picture.height, int(bottom) // 2 * 2 + 2)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _lay(
    picture: Picture, planes: _Planes, way: NDArray[np.float64], box: tuple[int, int, int, int]
) -> None:
    """Lay planes over a part of a picture, each pixel of theirs where `way` takes it."""
    left, top, right, bottom = box
    here = way.copy()
    here[:, 2] -= (left, top)
    # A pixel of chroma lies in the middle of four of luma.
    half = here.copy()
    half[:, 2] = (here[:, :2].sum(axis=1) * 0.5 + here[:, 2] - 0.5) / 2
    room = (right - left, bottom - top)
    through = _bytes(cv2.warpAffine(planes.through, here, room, borderValue=255))
    paint = cv2.warpAffine(planes.y, here, room)
    part, thin = picture.part(*box), halved(through)
    over(part.y, through, _bytes(paint))
    for source, target in ((planes.u, part.u), (planes.v, part.v)):
        paint = cv2.warpAffine(source, half, thin.shape[::-1])
        over(target, thin, _bytes(paint))


def _bytes(plane: cv2.typing.MatLike) -> Plane:
    return np.asarray(plane, np.uint8)
