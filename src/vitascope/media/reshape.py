"""Converts a decoded frame of any orientation and colour to a frame of the output profile."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.filter
import numpy as np
from av.sidedata.sidedata import SideData
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from vitascope.media.colour import SRGB, colours, write_table
from vitascope.media.profile import PIXEL_FORMAT
from vitascope.media.probe import invalid
from vitascope.spec import Size

_TRANSPOSITIONS = ("clock", "cclock", "clock_flip", "cclock_flip")

_TURNS: dict[tuple[int, int, int, int], tuple[str, ...]] = {
    (1, 0, 0, 1): (),
    (-1, 0, 0, 1): ("hflip",),
    (1, 0, 0, -1): ("vflip",),
    (-1, 0, 0, -1): ("hflip", "vflip"),
    (0, 1, -1, 0): ("clock",),
    (0, -1, 1, 0): ("cclock",),
    (0, 1, 1, 0): ("cclock_flip",),
    (0, -1, -1, 0): ("clock_flip",),
}
"""What to do for each display matrix, by the signs of its two columns of weights."""

Step = tuple[str, dict[str, str]]
"""A filter and its options."""

_MATRICES = {
    Colorspace.ITU709: "bt709",
    Colorspace.FCC: "fcc",
    Colorspace.ITU601: "smpte170m",
    Colorspace.SMPTE240M: "smpte240m",
    Colorspace.BT2020: "bt2020",
}

_SD_HEIGHT = 576
"""Untagged pictures up to this height are taken for BT.601, higher ones for BT.709."""

_HDR = {ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67}

_EXACT = "bicubic+accurate_rnd+full_chroma_int"
"""The scaler's flags; without the last two, grey gets a tint where the matrix changes."""

_ON_WHITE: tuple[Step, ...] = (
    ("format", {"pix_fmts": "gbrap|gbrap16le"}),
    ("negate", {"components": "r+g+b"}),
    ("premultiply", {"inplace": "1"}),
    ("negate", {"components": "r+g+b"}),
)
"""Transparent pictures over white: darkness, not light, is what alpha lets through."""


def shown_size(frame: av.VideoFrame, aspect: Fraction) -> Size:
    """The size a frame is shown in: upright, with square pixels.

    Args:
        frame: as decoded.
        aspect: width of one of its pixels by its height.
    """
    width, height = round(frame.width * aspect), frame.height
    return Size(height, width) if _lies(_turns(frame)) else Size(width, height)


def even(size: Size) -> Size:
    """The nearest size that yuv420p can hold."""
    return Size(max(2, size.width // 2 * 2), max(2, size.height // 2 * 2))


class Reshape:
    """Turns, crops, scales and recolours pictures to one size.

    What does not have the right shape is cropped around its middle.
    """

    def __init__(self, size: Size, aspect: Fraction, folder: Path) -> None:
        """Prepare for a film.

        Args:
            size: of the pictures to make; even.
            aspect: width by height of one pixel of the source.
            folder: where a lookup table may be put while the film is read.
        """
        self._size = size
        self._aspect = aspect
        self._folder = folder
        self._graph: av.filter.Graph | None = None
        self._form: tuple[object, ...] = ()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The picture in the output profile, yuv420p in BT.709's limited range.

        Raises:
            JobError: `invalid_video`; it is of a kind that can't be converted.
        """
        try:
            return self._shaped(frame)
        except av.FFmpegError as error:
            raise invalid(f"its pictures ({frame.format.name}) can't be converted") from error

    def _shaped(self, frame: av.VideoFrame) -> av.VideoFrame:
        turns = _turns(frame)
        form = (frame.width, frame.height, frame.format.name, turns, *_colours(frame))
        if self._graph is None or form != self._form:
            self._graph = self._build(frame, turns)
            self._form = form
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _build(self, frame: av.VideoFrame, turns: tuple[str, ...]) -> av.filter.Graph:
        graph = av.filter.Graph()
        last = graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=frame.time_base or Fraction(1, av.time_base),
        )
        for name, options in self._steps(frame, turns):
            step = graph.add(name, **options)
            last.link_to(step)
            last = step
        last.link_to(graph.add("buffersink"))
        graph.configure()
        return graph

    def _steps(self, frame: av.VideoFrame, turns: tuple[str, ...]) -> Iterator[Step]:
        """The filters, in order: what makes pictures smaller comes before what is dear."""
        yield from self._crop(frame, turns)
        for turn in turns:
            yield ("transpose", {"dir": turn}) if turn in _TRANSPOSITIONS else (turn, {})
        matrix, span = _source_colours(frame)
        size = {"w": str(self._size.width), "h": str(self._size.height), "flags": _EXACT}
        source = {"in_color_matrix": matrix, "in_range": span}
        target = {"out_color_matrix": "bt709", "out_range": "tv", "flags": _EXACT}
        meant = colours(_primaries(frame), frame.color_trc)
        opaque = not _has_alpha(frame)
        if opaque and meant == SRGB:
            yield "scale", size | source | target
        else:
            yield "scale", size | source
            if not opaque:
                yield from _ON_WHITE
            if meant != SRGB:
                table = self._folder / "colours.cube"
                write_table(table, meant)
                yield "format", {"pix_fmts": "gbrp16le"}
                yield "lut3d", {"file": str(table)}
            yield "scale", target
        yield "format", {"pix_fmts": PIXEL_FORMAT}

    def _crop(self, frame: av.VideoFrame, turns: tuple[str, ...]) -> Iterator[Step]:
        """Cut to the target's shape, on the pixels as they are stored."""
        shown = shown_size(frame, self._aspect)
        kept = _cover(shown, self._size)
        if kept == shown:
            return
        stored = Size(kept.height, kept.width) if _lies(turns) else kept
        width = min(frame.width, max(1, round(stored.width / self._aspect)))
        yield "crop", {"w": str(width), "h": str(min(frame.height, stored.height))}


def _turns(frame: av.VideoFrame) -> tuple[str, ...]:
    """How a frame is set upright, by its display matrix: "hflip", "vflip" or a transposition."""
    matrix: object = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, SideData):
        return ()
    weights = np.frombuffer(bytes(matrix), np.int32)[[0, 1, 3, 4]]
    signs = np.sign(np.where(np.abs(weights) * 2 > np.abs(weights).max(), weights, 0))
    return _TURNS.get((int(signs[0]), int(signs[1]), int(signs[2]), int(signs[3])), ())


def _lies(turns: tuple[str, ...]) -> bool:
    """Whether the picture is stored lying on its side."""
    return bool(turns) and turns[0] in _TRANSPOSITIONS


def _colours(frame: av.VideoFrame) -> tuple[int, ...]:
    return (
        int(frame.colorspace),
        int(frame.color_range),
        int(frame.color_trc),
        int(frame.color_primaries),
    )


def _primaries(frame: av.VideoFrame) -> int:
    """What the frame says, by its number in ITU-T H.273; BT.2020's go with the matrix."""
    told = int(frame.color_primaries)
    wide = told == ColorPrimaries.UNSPECIFIED and frame.colorspace == Colorspace.BT2020
    return int(ColorPrimaries.BT2020) if wide else told


def _has_alpha(frame: av.VideoFrame) -> bool:
    """Whether the frame can be transparent; a palette's colours can."""
    return frame.format.has_palette or any(part.is_alpha for part in frame.format.components)


def _source_colours(frame: av.VideoFrame) -> tuple[str, str]:
    """The frame's YUV matrix and range, in the scaler's words."""
    guess = "smpte170m" if frame.height <= _SD_HEIGHT else "bt709"
    if frame.color_trc in _HDR:
        guess = "bt2020"
    matrix = {int(key): name for key, name in _MATRICES.items()}.get(int(frame.colorspace), guess)
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    return matrix, "pc" if full else "tv"


def _cover(source: Size, target: Size) -> Size:
    """The largest part of the source that has the target's shape."""
    if source.width * target.height > source.height * target.width:
        width = round(source.height * target.width / target.height)
        return Size(min(width, source.width), source.height)
    height = round(source.width * target.height / target.width)
    return Size(source.width, min(height, source.height))
