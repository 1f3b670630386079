"""A grade as one table: any change of colour by colour, applied to planes without leaving YUV."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour
from shadowplay.colour import Floats, Yuv
from shadowplay.layers import Picture, Plane
from shadowplay.scene import Rgb

Step = Callable[[Floats], Floats]
"""A change of colours: sRGB floats of shape (n, 3), 0 to 1 where a screen can show them."""

_NODES = np.arange(33, dtype=np.float32) * 8
_LEVELS = 64
"""Levels of luma the chroma table tells apart."""


def to_rgb(y: Floats, u: Floats, v: Floats) -> Floats:
    """BT.709 limited-range levels as sRGB, 0 to 1 where a screen can show them; shape (n, 3)."""
    light = (y.ravel() - 16) * np.float32(1 / 219)
    blue = (u.ravel() - 128) * np.float32(1.8556 / 224)
    red = (v.ravel() - 128) * np.float32(1.5748 / 224)
    green = red * np.float32(-0.2126 / 0.7152) + blue * np.float32(-0.0722 / 0.7152)
    return np.stack([light + red, light + green, light + blue], -1).astype(np.float32)


class Lut:
    """A chain of steps, worked out once for every colour there is.

    Luma goes through a curve at full resolution; what a colour's hue adds to or takes from its
    luma, and its new chroma, come from a table with 64 x 256 x 256 entries at chroma's resolution.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        y, u, v = (axis.astype(np.float32) for axis in np.meshgrid(*[_NODES] * 3, indexing="ij"))
        nodes = self._run(steps, y, u, v)
        greys = np.arange(256, dtype=np.float32)
        neutral = np.full(256, 128, np.float32)
        self._curve: Plane = np.clip(
            np.rint(self._run(steps, greys, neutral, neutral)[0]), 0, 255
        ).astype(np.uint8)
        shape = y.shape
        light, *chroma = (part.reshape(shape) for part in nodes)
        shift = light - light[:, 16:17, 16:17]
        self._table = _packed(chroma[0], chroma[1], shift + 128)

    @staticmethod
    def _run(
        steps: Sequence[Step], y: Floats, u: Floats, v: Floats
    ) -> tuple[Floats, Floats, Floats]:
        colours = to_rgb(y, u, v)
        for step in steps:
            colours = step(colours)
        return colour.planes(np.clip(colours, 0, 1).astype(np.float32) * 255)

    def apply(self, picture: Picture, moment: object = None) -> None:
        """Grade a picture in place."""
        half = (picture.u.shape[1], picture.u.shape[0])
        small = np.asarray(cv2.resize(picture.y, half, interpolation=cv2.INTER_AREA), np.uint8)
        keys = cv2.merge([picture.v, picture.u, small >> 2, np.zeros_like(small)])
        found = self._table.take(keys.view("<u4")[..., 0]).view(np.uint8).reshape(*small.shape, 4)
        u, v, shift, _ = cv2.split(found)
        np.copyto(picture.u, u)
        np.copyto(picture.v, v)
        cv2.LUT(picture.y, self._curve, picture.y)
        if shift.min() != 128 or shift.max() != 128:
            wide = cv2.resize(
                shift, (picture.width, picture.height), interpolation=cv2.INTER_LINEAR
            )
            cv2.addWeighted(picture.y, 1, wide, 1, -128, picture.y)

    def shown(self, rgb: Rgb) -> Yuv:
        """What becomes of one colour."""
        was = colour.yuv(rgb)
        key = (was.y >> 2) << 16 | was.u << 8 | was.v
        u, v, shift, _ = self._table[key : key + 1].view(np.uint8).tolist()
        return Yuv(max(16, min(235, int(self._curve[was.y]) + shift - 128)), u, v)


def _packed(u: Floats, v: Floats, shift: Floats) -> NDArray[np.uint32]:
    """Blow nodes up to the whole table; each entry holds U, V and the shift of luma."""
    nodes = np.maximum(np.stack([u, v, shift], -1), 0).astype(np.float32)
    table = np.zeros((_LEVELS, 256, 256, 4), np.uint8)
    eighth = np.asarray([[0.125, 0, 0], [0, 0.125, 0]])
    for level in range(_LEVELS):
        place = (level * 4 + 1.5) / 8  # the middle of the lumas that share a level
        low = int(place)
        slice_ = nodes[low] + (nodes[low + 1] - nodes[low]) * np.float32(place - low)
        # OpenCV interpolates in steps of 1/32, so eighths are exact.
        whole = cv2.warpAffine(
            slice_, eighth, (256, 256), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        )
        table[level, ..., :3] = cv2.convertScaleAbs(whole)
    return table.view("<u4").ravel()
