"""Filters: strings of libavfilter, such as "split[a][b];[b]gblur=8[c];[a][c]blend", at work."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from typing import cast

import av
import av.filter
from av.filter.context import FilterContext

from shadowplay.files import F
from shadowplay.shot import Size

_FILTER = re.compile(
    r"(?P<taken>(?:\[\w+\])*)(?P<name>\w+)(?:=(?P<options>(?:'[^']*'|[^',;\[])*))?"
    r"(?P<given>(?:\[\w+\])*)[,;]?"
)


def graph(filters: str, size: Size, form: str, fps: Fraction) -> av.filter.Graph:
    """A graph of one input and one output.

    Args:
        filters: names, options and labels as libavfilter writes them, without quotes in quotes.
        size: of the frames that go in.
        form: their pixel format, which those that come out have, too.
        fps: how many go in a second; their times are counted in frames.
    """
    made = av.filter.Graph()
    made.threads = 1  # the encoder has the others
    width, height = size
    last = made.add_buffer(
        width=width, height=height, format=av.VideoFormat(form), time_base=1 / fps
    ), 0  # fmt: skip
    labelled: dict[str, tuple[FilterContext, int]] = {}
    for found in _FILTER.finditer(filters):
        node = made.add(found["name"], found["options"])
        taken = [labelled.pop(label) for label in re.findall(r"\w+", found["taken"])] or [last]
        for pad, (source, out) in enumerate(taken):
            source.link_to(node, out, pad)
        last = node, 0
        for pad, label in enumerate(re.findall(r"\w+", found["given"])):
            labelled[label] = node, pad
    for name, options in (("format", form), ("buffersink", None)):
        node = made.add(name, options)
        last[0].link_to(node, last[1])
        last = node, 0
    made.configure()
    return made


def filtered(
    frames: Iterable[av.VideoFrame], filters: str, size: Size, fps: Fraction
) -> Iterator[av.VideoFrame]:
    """Frames in YUV 4:2:0 as they come out of filters."""

    def timed() -> Iterator[av.VideoFrame]:
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base, frame.duration = number, 1 / fps, 1
            yield frame

    return through(graph(filters, size, "yuv420p", fps), timed())


def through(made: av.filter.Graph, frames: Iterable[F]) -> Iterator[F]:
    """What comes out of a graph when all these go in."""
    for frame in chain(frames, [None]):
        made.push(frame)
        with suppress(BlockingIOError, EOFError):
            while True:
                yield cast("F", made.pull())
