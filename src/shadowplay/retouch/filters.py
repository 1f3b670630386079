"""Filters of libavfilter at work: on a film's pictures and sound, and on all colours there are.

They are strings such as "split[a][b];[b]gblur=8[c];[a][c]blend".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from typing import cast

import av
import av.filter
import cv2
import numpy as np
from av.filter.context import FilterContext
from numpy.typing import NDArray

from shadowplay import colour
from shadowplay.colour import Floats, Yuv
from shadowplay.files import F
from shadowplay.picture.layers import Picture, Plane, halved
from shadowplay.retouch.looks import Grade
from shadowplay.scene import Rgb
from shadowplay.shot import Size

_FILTER = re.compile(
    r"(?P<taken>(?:\[\w+\])*)(?P<name>\w+)(?:=(?P<options>(?:'[^']*'|[^',;\[])*))?"
    r"(?P<given>(?:\[\w+\])*)[,;]?"
)
_NODES = np.arange(33, dtype=np.float32) * 8
_LEVELS = 64  # levels of luma the chroma table tells apart


def _graph(filters: str, size: Size, form: str, fps: Fraction) -> av.filter.Graph:
    """A graph of one input and one output.

    Args:
        filters: names, options and labels as libavfilter writes them, without quotes in quotes.
        size: of the frames that go in.
        form: their pixel format, which those that come out have, too.
        fps: how many go in a second; their times are counted in frames.
    """
    made = av.filter.Graph()
    made.threads = 1  # the encoder has the others
    kind = av.VideoFormat(form)
    given = made.add_buffer(width=size.width, height=size.height, format=kind, time_base=1 / fps)
    last: tuple[FilterContext, int] = given, 0
    labelled: dict[str, tuple[FilterContext, int]] = {}
    for found in _FILTER.finditer(f"{filters},format={form},buffersink"):
        node = made.add(found["name"], found["options"])
        taken = [labelled.pop(label) for label in re.findall(r"\w+", found["taken"])] or [last]
        for pad, (source, out) in enumerate(taken):
            source.link_to(node, out, pad)
        last = node, 0
        for pad, label in enumerate(re.findall(r"\w+", found["given"])):
            labelled[label] = node, pad
    made.configure()
    return made


def filtered(
    frames: Iterable[av.VideoFrame], filters: str, size: Size, fps: Fraction
) -> Iterator[av.VideoFrame]:
    """Frames in YUV 4:2:0 as they come out of filters, if there are any."""

    def timed() -> Iterator[av.VideoFrame]:
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base, frame.duration = number, 1 / fps, 1
            yield frame

    return through(_graph(filters, size, "yuv420p", fps), timed()) if filters else iter(frames)


def through(made: av.filter.Graph, frames: Iterable[F]) -> Iterator[F]:
    """What comes out of a graph when all these go in."""
    for frame in chain(frames, [None]):
        made.push(frame)
        with suppress(BlockingIOError, EOFError):
            while True:
                yield cast("F", made.pull())


class Lut:
    """A chain of grades, worked out once for every colour there is.

    Luma goes through a curve at full resolution; what a colour's hue adds to or takes from its
    luma, and its new chroma, come from a table with 64 x 256 x 256 entries at chroma's resolution.
    """

    def __init__(self, grades: Sequence[Grade]) -> None:
        levels = np.arange(8 * len(_NODES), dtype=np.float32)
        grey = np.full_like(levels, 128)
        curve, _, _ = _graded(grades, levels, grey, grey)
        self._curve: Plane = np.clip(np.rint(curve[:256]), 0, 255).astype(np.uint8)
        light, u, v = _graded(grades, *np.meshgrid(*[_NODES] * 3, indexing="ij"))
        self._table = _packed(u, v, light - light[:, 16:17, 16:17] + 128)

    def apply(self, picture: Picture, number: int = 0) -> None:
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
    """What becomes of colours, whose number is a multiple of the nodes'; of the same shape."""
    colours = np.clip(colour.to_rgb(y, u, v), 0, 1).reshape(-1, len(_NODES), 3)
    for grade in grades:
        change = _changed(grade.filters, colours) - colours
        if grade.mask:
            place = _changed(grade.mask, colours)[..., :1]
            change *= place
            if grade.outside:
                change += (_changed(grade.outside, colours) - colours) * (1 - place)
        colours = np.clip(colours + change * np.float32(grade.share), 0, 1).astype(np.float32)
    return colour.planes(colours.reshape(*y.shape, 3) * 255)


def _changed(filters: str, colours: Floats) -> Floats:
    """A picture of colours, shape (height, width, 3), as it comes out of filters."""
    size = Size(colours.shape[1], colours.shape[0])
    deep = np.rint(colours * 65535).astype(np.uint16)
    frame = av.VideoFrame.from_ndarray(deep, "gbrp16le")
    (found,) = through(_graph(filters, size, "gbrp16le", Fraction(24)), [frame])
    return found.to_ndarray().astype(np.float32) / np.float32(65535)


def _packed(u: Floats, v: Floats, shift: Floats) -> NDArray[np.uint32]:
    """Blow nodes up to the whole table; each entry holds U, V and the shift of luma."""
    nodes = np.maximum(np.stack([u, v, shift], -1), 0).astype(np.float32)
    table = np.zeros((_LEVELS, 256, 256, 4), np.uint8)
    eighth = np.asarray([[0.125, 0, 0], [0, 0.125, 0]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for level in range(_LEVELS):
        place = (level * 4 + 1.5) / 8  # the middle of the lumas that share a level
        low = int(place)
        part = nodes[low] + (nodes[low + 1] - nodes[low]) * np.float32(place - low)
        # OpenCV interpolates in steps of 1/32, so eighths are exact.
        whole = cv2.warpAffine(part, eighth, (256, 256), flags=how)
        table[level, ..., :3] = cv2.convertScaleAbs(whole)
    return table.view("<u4").ravel()
