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
from vitascope.media.probe import invalid
from vitascope.media.profile import PIXEL_FORMAT
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
"""The filters for each display matrix, by the signs of its weights."""

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
"""Frames without a colour matrix are BT.601 up to this height, and BT.709 above it."""

_HDR = {ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67}

_EXACT = "bicubic+accurate_rnd+full_chroma_int"
"""The scaler's flags. Without the last two, a change of the matrix tints grey."""

_ON_WHITE: tuple[Step, ...] = (
    ("format", {"pix_fmts": "gbrap|gbrap16le"}),
    ("negate", {"components": "r+g+b"}),
    ("premultiply", {"inplace": "1"}),
    ("negate", {"components": "r+g+b"}),
)
"""Blends transparent frames with white: premultiplying the negative does that."""


def shown_size(frame: av.VideoFrame, aspect: Fraction) -> Size:
    """The displayed size of a frame: upright, with square pixels.

    Args:
        frame: the decoded frame.
        aspect: pixel aspect ratio, width by height.
    """
    width, height = round(frame.width * aspect), frame.height
    return Size(height, width) if _swaps_edges(_turns(frame)) else Size(width, height)


def even(size: Size) -> Size:
    """The size rounded down to even numbers, as yuv420p needs it."""
    return Size(max(2, size.width // 2 * 2), max(2, size.height // 2 * 2))


class Reshape:
    """Rotates, crops, scales and converts the colours of frames.

    Frames of another aspect ratio are cropped around their centre.
    """

    def __init__(self, size: Size, aspect: Fraction, folder: Path) -> None:
        """Prepare the conversion of a film.

        Args:
            size: the output size; even numbers.
            aspect: pixel aspect ratio of the source, width by height.
            folder: a folder for a temporary lookup table.
        """
        self._size = size
        self._aspect = aspect
        self._folder = folder
        self._graph: av.filter.Graph | None = None
        self._kind: tuple[object, ...] = ()

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The frame in the output profile: yuv420p, BT.709 in limited range.

        Raises:
            JobError: `invalid_video`; FFmpeg can't convert frames of this kind.
        """
        try:
            return self._converted(frame)
        except av.FFmpegError as error:
            raise invalid(f"its pictures ({frame.format.name}) can't be converted") from error

    def _converted(self, frame: av.VideoFrame) -> av.VideoFrame:
        turns = _turns(frame)
        kind = (frame.width, frame.height, frame.format.name, turns, *_colours(frame))
        if self._graph is None or kind != self._kind:
            self._graph = self._build(frame, turns)
            self._kind = kind
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
        """The filters in order: those that make frames smaller come before slow ones."""
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
        """Crop to the target's aspect ratio, before rotation and with the source's own pixels."""
        shown = shown_size(frame, self._aspect)
        kept = _cover(shown, self._size)
        if kept == shown:
            return
        stored = Size(kept.height, kept.width) if _swaps_edges(turns) else kept
        width = min(frame.width, max(1, round(stored.width / self._aspect)))
        yield "crop", {"w": str(width), "h": str(min(frame.height, stored.height))}


def _turns(frame: av.VideoFrame) -> tuple[str, ...]:
    """The filters that rotate a frame upright, by its display matrix."""
    matrix: object = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, SideData):
        return ()
    weights = np.frombuffer(bytes(matrix), np.int32)[[0, 1, 3, 4]]
    signs = np.sign(np.where(np.abs(weights) * 2 > np.abs(weights).max(), weights, 0))
    return _TURNS.get((int(signs[0]), int(signs[1]), int(signs[2]), int(signs[3])), ())


def _swaps_edges(turns: tuple[str, ...]) -> bool:
    """Whether the rotation exchanges width and height."""
    return bool(turns) and turns[0] in _TRANSPOSITIONS


def _colours(frame: av.VideoFrame) -> tuple[int, ...]:
    return (
        int(frame.colorspace),
        int(frame.color_range),
        int(frame.color_trc),
        int(frame.color_primaries),
    )


def _primaries(frame: av.VideoFrame) -> int:
    """The frame's primaries by their number in ITU-T H.273; BT.2020's if only the matrix is."""
    number = int(frame.color_primaries)
    wide = number == ColorPrimaries.UNSPECIFIED and frame.colorspace == Colorspace.BT2020
    return int(ColorPrimaries.BT2020) if wide else number


def _has_alpha(frame: av.VideoFrame) -> bool:
    """Whether the frame's format can be transparent; palettes can."""
    return frame.format.has_palette or any(part.is_alpha for part in frame.format.components)


def _source_colours(frame: av.VideoFrame) -> tuple[str, str]:
    """The frame's YUV matrix and range, as the scaler names them."""
    guess = "smpte170m" if frame.height <= _SD_HEIGHT else "bt709"
    if frame.color_trc in _HDR:
        guess = "bt2020"
    matrix = {int(key): name for key, name in _MATRICES.items()}.get(int(frame.colorspace), guess)
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    return matrix, "pc" if full else "tv"


def _cover(source: Size, target: Size) -> Size:
    """The largest size within the source that has the target's aspect ratio."""
    if source.width * target.height > source.height * target.width:
        width = round(source.height * target.width / target.height)
        return Size(min(width, source.width), source.height)
    height = round(source.width * target.height / target.width)
    return Size(source.width, min(height, source.height))
