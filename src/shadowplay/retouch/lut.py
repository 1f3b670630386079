"""A grade as one table: any change of colour by colour, applied to planes without leaving YUV."""

from collections.abc import Sequence
from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour
from shadowplay.colour import Floats, Yuv
from shadowplay.picture.layers import Picture, Plane, halved
from shadowplay.retouch.graph import graph
from shadowplay.retouch.looks import Grade
from shadowplay.scene import Rgb
from shadowplay.shot import Size

_NODES = np.arange(33, dtype=np.float32) * 8
_LEVELS = 64  # levels of luma the chroma table tells apart


class Lut:
    """A chain of grades, worked out once for every colour there is.

    Luma goes through a curve at full resolution; what a colour's hue adds to or takes from its
    luma, and its new chroma, come from a table with 64 x 256 x 256 entries at chroma's resolution.
    """

    def __init__(self, grades: Sequence[Grade]) -> None:
        nodes = np.meshgrid(*[_NODES] * 3, indexing="ij")
        # Greys at all levels, in whole rows of the picture of colours.
        levels = np.arange(8 * len(_NODES), dtype=np.float32)
        greys = (levels, *[np.full_like(levels, 128)] * 2)
        asked = [np.append(node, grey) for node, grey in zip(nodes, greys, strict=True)]
        found = _graded(grades, *asked)
        curve = found[0][-levels.size :][:256]
        self._curve: Plane = np.clip(np.rint(curve), 0, 255).astype(np.uint8)
        light, u, v = (part[: -levels.size].reshape(nodes[0].shape) for part in found)
        self._table = _packed(u, v, light - light[:, 16:17, 16:17] + 128)

    def apply(self, picture: Picture, moment: object = None) -> None:
        """Grade a picture in place."""
        small = halved(picture.y)
        keys = cv2.merge([picture.v, picture.u, small >> 2, np.zeros_like(small)])
        found = self._table.take(keys.view("<u4")[..., 0]).view(np.uint8).reshape(*small.shape, 4)
        picture.u[:], picture.v[:], shift, _ = cv2.split(found)
        cv2.LUT(picture.y, self._curve, picture.y)
        if shift.min() != 128 or shift.max() != 128:
            wide = cv2.resize(shift, (picture.width, picture.height))
            cv2.addWeighted(picture.y, 1, wide, 1, -128, picture.y)

    def shown(self, rgb: Rgb) -> Yuv:
        """What becomes of one colour."""
        was = colour.yuv(rgb)
        key = (was.y >> 2) << 16 | was.u << 8 | was.v
        u, v, shift, _ = self._table[key : key + 1].view(np.uint8).tolist()
        return Yuv(max(16, min(235, int(self._curve[was.y]) + shift - 128)), u, v)


def _graded(
    grades: Sequence[Grade], y: Floats, u: Floats, v: Floats
) -> tuple[Floats, Floats, Floats]:
    """What becomes of colours, of shape (n,)."""
    colours = np.clip(colour.to_rgb(y, u, v), 0, 1).reshape(-1, len(_NODES), 3)
    for grade in grades:
        change = _through(grade.filters, colours) - colours
        if grade.mask:
            place = _through(grade.mask, colours)[..., :1]
            change *= place
            if grade.outside:
                change += (_through(grade.outside, colours) - colours) * (1 - place)
        colours = np.clip(colours + change * np.float32(grade.share), 0, 1).astype(np.float32)
    return colour.planes(colours.reshape(-1, 3) * 255)


def _through(filters: str, colours: Floats) -> Floats:
    """A picture of colours, shape (height, width, 3), as it comes out of filters."""
    height, width = colours.shape[:2]
    made = graph(filters, Size(width, height), "gbrp16le", Fraction(24))
    deep = np.rint(colours * 65535).astype(np.uint16)
    made.vpush(av.VideoFrame.from_ndarray(deep, "gbrp16le"))
    made.vpush(None)
    return made.vpull().to_ndarray().astype(np.float32) / np.float32(65535)


def _packed(u: Floats, v: Floats, shift: Floats) -> NDArray[np.uint32]:
    """Blow nodes up to the whole table; each entry holds U, V and the shift of luma."""
    nodes = np.maximum(np.stack([u, v, shift], -1), 0).astype(np.float32)
    table = np.zeros((_LEVELS, 256, 256, 4), np.uint8)
    eighth, how = (
        np.asarray([[0.125, 0, 0], [0, 0.125, 0]]),
        cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    for level in range(_LEVELS):
        place = (level * 4 + 1.5) / 8  # the middle of the lumas that share a level
        low = int(place)
        slice_ = nodes[low] + (nodes[low + 1] - nodes[low]) * np.float32(place - low)
        # OpenCV interpolates in steps of 1/32, so eighths are exact.
        whole = cv2.warpAffine(slice_, eighth, (256, 256), flags=how)
        table[level, ..., :3] = cv2.convertScaleAbs(whole)
    return table.view("<u4").ravel()
