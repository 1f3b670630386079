"""Looks: what an edit does to colours and pictures, as filters of libavfilter, and these at work.

The filters are strings of `looks.toml`, such as "split[a][b];[b]gblur=8[c];[a][c]blend"; what is in
braces there is filled in. Those of whole pictures are one graph. Those that change colour by colour
are worked out once, for all colours there are.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from typing import Any, NamedTuple, cast

import av
import av.filter
import cv2
import numpy as np
from av.filter.context import FilterContext
from numpy.typing import NDArray

from shadowplay import colour
from shadowplay.colour import Floats
from shadowplay.files import F
from shadowplay.picture.layers import Picture, Plane, halved
from shadowplay.retouch.reading import Edit
from shadowplay.retouch.scenery import Survey
from shadowplay.shot import Size
from shadowplay.tables import load

LOOKS = load("retouch/looks.toml", dict[str, dict[str, Any]])

_BRACES = re.compile(r"\{(\w+):?([^}]*)\}")

_RANGES = (("s", 0.0, 0.9), ("m", 0.15, 1.4), ("h", 0.88, 1.2))
"""colorbalance's shadows, middles and lights: how near each is to the light hue, and its weight.

They part at a tenth and a third of all light.
"""
_FILTER = re.compile(
    r"(?P<taken>(?:\[\w+\])*)(?P<name>\w+)(?:=(?P<options>(?:'[^']*'|[^',;\[])*))?"
    r"(?P<given>(?:\[\w+\])*)[,;]?"
)
_NODES = np.arange(33, dtype=np.float32) * 8
_LEVELS = 64  # levels of luma the chroma table tells apart


class Grade(NamedTuple):
    """A change of colour by colour."""

    filters: str  # of libavfilter
    share: float  # how much of it is done; 1 is all, more goes beyond it
    # filters that give its place, 65,535 in red where it is done in full; or nothing
    mask: str
    outside: str  # filters for all that is outside the mask, or nothing


def grades(edit: Edit, survey: Survey) -> Iterator[Grade]:
    """The whole grade of an edit, in order."""
    # Where the sun is asked for, rain does not take it away.
    shining = {"rain"} if edit.time in ("day", "golden") else set()
    weather = [row for row in LOOKS["weather"] if row not in shining]
    steps = [(LOOKS["season"].get(edit.season, ()), 1.0)]
    steps += [(LOOKS["weather"][row], min(1.0, edit.strength(row))) for row in weather]
    steps += [(LOOKS["time"].get(edit.time, ()), 1.0), (LOOKS["style"].get(edit.style, ()), 1.0)]
    if edit.tones:
        both = edit.tones[0], edit.tones[-1]
        dark, light = sorted(both, key=lambda code: colour.luma(colour.rgb(code)))
        steps.append(([{"filters": f"{{tint:{dark} {light} 0.9 0.2}}"}], 1.0))
    for row, found in LOOKS["adjustment"].items():
        name, _, sign = row.partition(" ")
        steps.append((found, edit.strength(name) * int(sign or 1)))
    macros: dict[str, Callable[..., str]] = {
        "saturation": _saturation,
        "exposure": lambda *parts: _exposure(survey, *map(float, parts)),
        "tint": _tint,
    }
    for found, share in steps:
        for step in found if share > 0 else ():
            yield Grade(
                _filled(step["filters"], macros),
                share * step.get("share", 1),
                LOOKS["mask"].get(step.get("within"), ""),
                _filled(step.get("outside", ""), macros),
            )


def _filled(filters: str, macros: Mapping[str, Callable[..., str]]) -> str:
    """Filters with all that is in braces made by the macros, of the words behind the colon."""
    return _BRACES.sub(lambda found: macros[found[1]](*found[2].split()), filters)


def _saturation(factor: str | float) -> str:
    """Colours `factor` times as strong at the same lightness."""
    own = float(factor)
    grey = [part * (1 - own) for part in (0.2126, 0.7152, 0.0722)]
    pairs = ((row, *column) for row in "rgb" for column in zip("rgb", grey, strict=True))
    parts = [f"{row}{one}={much + (own if row == one else 0):.4f}" for row, one, much in pairs]
    return f"colorchannelmixer={':'.join(parts)}"


def _exposure(survey: Survey, *parts: float) -> str:
    """A curve that brings the film's own middle and lights to levels that depend on them."""
    middle, low, high, light, least, most, white = parts
    own = min(0.8, max(0.12, survey.middle))
    top = min(0.96, max(own + 0.12, survey.light))
    middles = own, min(high, max(low, own * middle))
    lights = top, min(most, max(least, survey.light * light))
    points = ((0.0, 0.0), middles, lights, (1.0, white))
    return f"curves=interp=pchip:all='{' '.join(f'{x:.4f}/{y:.4f}' for x, y in points)}'"


def _tint(dark: str, light: str, strength: str, keep: str) -> str:
    """Shadows pulled toward one hue and lights toward another, at the same lightness."""
    much = float(strength)
    parts = [
        f"{channel}{tone}={max(-1, min(1, (a + (b - a) * share) * much * weight)):.4f}"
        for tone, share, weight in _RANGES
        for channel, a, b in zip("rgb", _hue(dark), _hue(light), strict=True)
    ]
    return f"{_saturation(1 - much * (1 - float(keep)))},colorbalance={':'.join(parts)}"


def _hue(code: str) -> list[float]:
    """A colour's departure from grey, at a common strength."""
    off = [part / 255 - colour.luma(colour.rgb(code)) for part in colour.rgb(code)]
    reach = max(map(abs, off))
    return [part * min(1, 0.36 / reach) if reach > 0.02 else 0 for part in off]


def before(edit: Edit) -> str:
    """Filters of a film's pictures as they come; maybe none."""
    return ",".join(row for name, row in LOOKS["before"].items() if name in edit.effects)


def lens(edit: Edit, survey: Survey, seed: int, count: int) -> str:
    """Filters of the pictures that were drawn over, of which there will be so many; maybe none."""
    dark = edit.time in ("night", "dusk")
    strengths = edit.effects | ({"glow": 0.0} if "silhouette" in edit.effects else {})
    above = 0.5 if dark else min(0.85, survey.light - 0.05)
    unit = survey.size.unit
    filters = [
        _filled(row, {
            "strength": _times(strength), "unit": _times(unit), "reach": _times(unit * strength),
            "above": _times((16 + 219 * above) / 255), "seed": lambda: str(seed % 1000),
            "width": lambda: str(survey.size.width), "height": lambda: str(survey.size.height),
        })
        for name, row in LOOKS["lens"].items()
        if (strength := strengths.get(name))
    ]  # fmt: skip
    if edit.strength("old_film"):
        filters.append(f"fps={survey.fps}")
    return ",".join([*filters, *_fades(edit, count - 1, survey.fps)])


def _times(number: float) -> Callable[[str], str]:
    """A number in braces: it is multiplied by what is behind the colon, to which more is added."""

    def product(words: str) -> str:
        factor, _, more = words.partition("+")
        return f"{number * float(factor) + float(more or 0):.4f}"

    return product


def _fades(edit: Edit, last: int, fps: Fraction) -> Iterator[str]:
    """Filters of fades in a film whose last picture has this number."""
    for end, fade in edit.fades.items():
        length = max(1, min(round(fade.seconds * fps), last // len(edit.fades)))
        # The filter begins with the first picture that is not before the start.
        start = max(0.0, float((last - length - Fraction(1, 2)) / fps))
        macros = {"start": _times(start), "seconds": _times(float(length / fps))}
        filters, negative = _filled(LOOKS["fade"][end], macros), LOOKS["fade"]["white"]
        yield f"{negative},{filters},{negative}" if fade.colour == "white" else filters


def _graph(filters: str, size: Size, form: str, fps: Fraction) -> av.filter.Graph:
    """A graph of one input and one output, both of a pixel format; times are counted in frames.

    The filters are as libavfilter writes them, without quotes in quotes.
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

    def apply(self, picture: Picture) -> None:
        """Grade a picture in place."""
        small = halved(picture.y)
        keys = cv2.merge([picture.v, picture.u, small >> 2, np.zeros_like(small)])
        found = self._table.take(keys.view("<u4")[..., 0]).view(np.uint8).reshape(*small.shape, 4)
        picture.u[:], picture.v[:], shift, _ = cv2.split(found)
        cv2.LUT(picture.y, self._curve, picture.y)
        if shift.min() != 128 or shift.max() != 128:
            wide = cv2.resize(shift, (picture.width, picture.height))
            cv2.addWeighted(picture.y, 1, wide, 1, -128, picture.y)


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
