"""Sprites: a puppet's picture, lit for one scene and laid over its frames at any angle."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.art.puppets import Puppet, Stance
from shadowplay.colour import Floats
from shadowplay.picture.layers import Picture, Plane, halved
from shadowplay.picture.palette import LitScene
from shadowplay.sprites.bodies import Body, Seen
from shadowplay.sprites.lighting import Light, lighting
from shadowplay.sprites.marks import Figure
from shadowplay.sprites.matte import Matte, warp
from shadowplay.sprites.paint import rounded

_RIM = 2.6  # how broad the lit edge is, in 960ths of a square as large as the frame


class Sprite(Body):
    """One puppet's picture at the size it has in a film."""

    def __init__(self, lit: LitScene, figure: Figure) -> None:
        """Scale and light the picture."""
        super().__init__(lit, figure)
        assert isinstance(figure.actor, Puppet)
        self._puppet = puppet = figure.actor
        light = lighting(lit, figure.x, figure.row - figure.box.middle[1] * figure.scale)
        self._tall = max(8, round(figure.scale))
        wide = max(8, round(figure.scale * puppet.width))
        shrinks = self._tall < puppet.image.shape[0]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
        scaled = cv2.resize(puppet.image, (wide, self._tall), interpolation=how)
        wave = puppet.stance(figure.role.action, 0.0).reach
        self._margin = 2 + math.ceil(1.2 * wave * max(self._tall, wide)) // 2 * 2
        room = [(self._margin, self._margin + edge % 2) for edge in (self._tall, wide)]
        padded = np.pad(np.asarray(scaled, np.float32), (*room, (0, 0)))
        self._origin = self._margin + wide / 2, float(self._margin + self._tall)
        # Held the other way round, the lamp shines on its other side.
        lights = (
            light._replace(toward=(way * light.toward[0], light.toward[1])) for way in (1, -1)
        )
        self._sides = [_lit(padded, one, self._unit / 960 * _RIM) for one in lights]

    def draw(self, picture: Picture, one: Seen) -> None:
        """Lay it over a picture."""
        self.mirror(picture, one, 1.0)

    def mirror(self, picture: Picture, one: Seen, squeeze: float) -> None:
        """Lay it over a picture `squeeze` times as high."""
        figure, t, x, row = self.figure, one.t, one.x, one.row
        held = self._puppet.stance(figure.doing(t), figure.clock(t), figure.variant)
        flat = np.diag([figure.scale * figure.facing, -figure.scale * squeeze])
        turn = exact.product(flat, held.turn)
        shift = exact.product(flat, np.asarray(held.shift)).tolist()
        whole = self._sides[0 if turn[0, 0] >= 0 else 1]
        if held.reach:
            whole = self._waved(whole, held)
        (a, b), (c, d) = (turn / np.asarray([self._tall, -self._tall])).tolist()
        warp(picture, whole, (a, b, c, d), self._origin, (x + shift[0] + 0.5, row + shift[1] + 0.5))

    def _waved(self, whole: Matte, held: Stance) -> Matte:
        """The picture with the wave in it: its columns, or rows, are moved."""
        y, u, v = whole.planes
        y, alpha = self._moved((y, whole.alpha), held, 1)
        u, v, small = self._moved((u, v, whole.small), held, 2)
        return whole._replace(planes=Picture(y, u, v), alpha=alpha, small=small)

    def _moved(self, planes: Sequence[Plane], held: Stance, size: int) -> list[Plane]:
        """Planes of one resolution with the wave in them; `size` is 2 for chroma."""
        rows, columns = planes[0].shape
        across = np.arange(columns, dtype=np.float32)[None]
        down = np.arange(rows, dtype=np.float32)[:, None]
        pixel = np.float32(size / self._tall)
        if self._puppet.lengthwise:
            at = (across + np.float32(0.5)) * pixel
            at -= np.float32(self._origin[0] / self._tall)
            down = down + self._puppet.wave(at, held) / pixel
        else:
            at = np.float32(1 + self._margin / self._tall) - (down + np.float32(0.5)) * pixel
            across = across - self._puppet.wave(np.minimum(at, 1), held) / pixel
        across, down = map(np.ascontiguousarray, np.broadcast_arrays(across, down))
        # What is beyond the margin is as the margin is: empty.
        edge = cv2.BORDER_REPLICATE
        moved = (cv2.remap(p, across, down, cv2.INTER_LINEAR, borderMode=edge) for p in planes)
        return [np.asarray(plane, np.uint8) for plane in moved]


def _lit(image: Floats, light: Light, rim: float) -> Matte:
    """A premultiplied picture with the light on it."""
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
    planes = Picture(rounded(y * share), rounded(halved(u * share)), rounded(halved(v * share)))
    whole = rounded(alpha)
    return Matte(planes, whole, halved(whole), 0, 0)
