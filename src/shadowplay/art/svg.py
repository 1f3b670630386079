"""SVG: a drawing's paths as outlines of cubic curves, with their paints and groups.

Read are path (all commands), rect, circle, ellipse, line, polyline, polygon, groups, transforms,
fill and stroke as attributes or style, and linear and radial gradients.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree import ElementTree as ET

import numpy as np
from svgelements import Matrix, Path, Polygon, Polyline, Rect, SimpleLine

from shadowplay.art import paths
from shadowplay.art.paths import Curves, Outline, Point, box, closed_line, oriented, ring
from shadowplay.colour import rgb
from shadowplay.errors import ShadowplayError
from shadowplay.scene import Rgb

_SVG = "{http://www.w3.org/2000/svg}"
_LABEL = "{http://www.inkscape.org/namespaces/inkscape}label"
_HREF = "{http://www.w3.org/1999/xlink}href"
_NO_COMMAND = re.compile(r"[^MZLHVCSQTAmzlhvcsqtaeE\d\s.,+-]")
_SHAPES = {
    "path": str, "rect": Rect, "line": SimpleLine, "polyline": Polyline, "polygon": Polygon,
}  # fmt: skip


class Ramp(NamedTuple):
    """A gradient between two points, or from a middle to the end of a radius."""

    start: Point
    end: Point
    stops: tuple[tuple[float, Rgb], ...]  # offsets from 0 to 1 with their colours
    round: bool = False  # it is radial; `start` is the middle
    clear: tuple[float, ...] = ()  # how opaque it is at each stop, 0 to 1, unless all of it is


def plain(paint: Rgb | Ramp) -> Rgb:
    """A paint as one colour: of a gradient the mean of its stops."""
    if not isinstance(paint, Ramp):
        return paint
    tones = [tone for _, tone in paint.stops]
    return Rgb(*(round(sum(part) / len(tones)) for part in zip(*tones, strict=True)))


class Part(NamedTuple):
    """One painted path, or the stroke of one."""

    name: str  # its id
    group: str  # the label of the layer that it is in
    kind: str  # its class: "light", "tint" or nothing
    outlines: list[Outline]
    paint: Rgb | Ramp
    holes: bool = False  # outlines inside others are holes (the rule `evenodd`)
    opacity: float = 1.0  # 0 to 1

    @property
    def bones(self) -> list[str]:
        """In a figure's drawing, the bones that bend it: those that its id names, joined by "+"."""
        return self.name.partition("~")[0].split("+")

    @property
    def label(self) -> str:
        """What follows "~" in its id."""
        return self.name.partition("~")[2]


class Anchor(NamedTuple):
    """A place (`start` is `end`) or a line of a drawing, in its units, y down."""

    start: Point
    end: Point
    radius: float = 0.0


@dataclass(slots=True)
class Drawing:
    """What an SVG file shows: its parts from back to front, its anchors and its view box."""

    parts: list[Part] = field(default_factory=list)
    anchors: dict[str, Anchor] = field(default_factory=dict)
    pivots: dict[str, Anchor] = field(default_factory=dict)
    # Bones that a drawing brings along, and the one that carries each.
    carriers: dict[str, str] = field(default_factory=dict)
    left: float = 0.0
    wide: float = 0.0


def read(text: str) -> Drawing:
    """Read an SVG document.

    Raises:
        ShadowplayError: `invalid_art`; it is no SVG, or uses what is not read here.
    """
    try:
        root = ET.fromstring(text)
        return _Reader(root).drawing
    except (ET.ParseError, ValueError, IndexError, KeyError) as error:
        raise ShadowplayError("invalid_art", f"The SVG can't be read: {error}.") from error


_USUAL = {  # what a shape has of its groups, or else
    "fill": "#000000", "stroke": "none", "stroke-width": "1", "fill-rule": "nonzero", "class": "",
    "opacity": "1",
}  # fmt: skip


class _Reader:
    """Walks the tree once."""

    def __init__(self, root: ET.Element) -> None:
        self.drawing = Drawing()
        self._ramps = {
            node.get("id", ""): node
            for tag in ("linearGradient", "radialGradient")
            for node in root.iter(_SVG + tag)
        }
        if view := root.get("viewBox"):
            numbers = map(float, re.split(r"[\s,]+", view.strip()))
            self.drawing.left, _, self.drawing.wide, _ = numbers
        self._walk(root, "", "", _USUAL)

    def _walk(self, node: ET.Element, layer: str, way: str, style: dict[str, str]) -> None:
        for child in node:
            tag = child.tag.removeprefix(_SVG) if isinstance(child.tag, str) else ""
            if tag in ("defs", "title", "desc", "metadata", "linearGradient", "radialGradient"):
                continue
            own, moved = _style(child, style), f"{way} {child.get('transform', '')}"
            if tag == "g":
                name = child.get(_LABEL) or child.get("id") or ""
                self._walk(child, layer or name, moved, own)
            elif lines := _shapes(tag, child):
                matrix = Matrix(moved)
                placed = [(_moved(line, matrix), closed) for line, closed in lines]
                growth = math.sqrt(abs(matrix.determinant))
                self._take(child.get("id", ""), layer, placed, own, growth)

    def _take(
        self, name: str, layer: str, lines: list[Curves], style: dict[str, str], growth: float
    ) -> None:
        if layer in ("anchors", "bones"):
            found = self.drawing.anchors if layer == "anchors" else self.drawing.pivots
            found[name] = _anchor(lines[0][0])
            return
        filled, stroked, reach = [], [], _number(style["stroke-width"]) * growth / 2
        if style["fill"] != "none":
            filled = oriented([closed_line(line) for line, _ in lines])
        if style["stroke"] != "none" and reach > 0:
            for line, closed in lines:
                stroked += paths.stroked(line, reach, closed=closed)
        holes = style["fill-rule"] == "evenodd"
        for key, outlines in (("fill", filled), ("stroke", stroked)):
            if outlines:
                part = Part(
                    name, layer, style["class"], outlines, self._paint(style[key], outlines)
                )
                part = part._replace(holes=holes and key == "fill", opacity=float(style["opacity"]))
                self.drawing.parts.append(part)

    def _paint(self, code: str, outlines: list[Outline]) -> Rgb | Ramp:
        if not code.startswith("url"):
            return _colour(code)
        node = self._ramps[code[code.index("#") + 1 : code.index(")")].strip("'\"")]
        holder = node
        while not len(holder):
            holder = self._ramps[(holder.get(_HREF) or holder.get("href") or "#")[1:]]
        stops, clear = [], []
        for said in map(_declared, holder):
            tone = _colour(said.get("stop-color", "#000"))
            stops.append((_number(said.get("offset", "0")), tone))
            clear.append(_number(said.get("stop-opacity", "1")))
        (left, top), (right, bottom) = box(outlines)
        inside = node.get("gradientUnits", "objectBoundingBox") == "objectBoundingBox"
        span = (float(right - left), float(bottom - top)) if inside else (1.0, 1.0)
        base = (float(left), float(top)) if inside else (0.0, 0.0)

        def at(x: str, y: str, usual: tuple[str, str]) -> Point:
            across, down = _number(node.get(x, usual[0])), _number(node.get(y, usual[1]))
            return base[0] + across * span[0], base[1] + down * span[1]

        if radial := node.tag == _SVG + "radialGradient":
            start = at("cx", "cy", ("0.5", "0.5"))
            end = (start[0] + _number(node.get("r", "0.5")) * max(span), start[1])
        else:
            start, end = at("x1", "y1", ("0", "0")), at("x2", "y2", ("1", "0"))
        line = _moved(np.asarray([start, end]), Matrix(node.get("gradientTransform", "")))
        start, end = map(tuple, line.tolist())
        return Ramp(start, end, tuple(stops), radial, tuple(clear) if min(clear) < 1 else ())


def _declared(node: ET.Element) -> dict[str, str]:
    """A node's attributes, and over them what its style says."""
    said = dict(node.attrib)
    for rule in node.get("style", "").split(";"):
        key, colon, value = rule.partition(":")
        if colon:
            said[key.strip()] = value.strip()
    return said


def _style(node: ET.Element, outer: dict[str, str]) -> dict[str, str]:
    """What a node has of its own and of its groups; opacities are multiplied."""
    said = _declared(node)
    opacities = outer["opacity"], said.get("opacity", "1"), said.get("fill-opacity", "1")
    own = outer | {key: said[key] for key in outer if key in said}
    return own | {"opacity": str(math.prod(map(_number, opacities)))}


def _number(text: str) -> float:
    text = text.strip()
    return float(text[:-1]) / 100 if text.endswith("%") else float(text.removesuffix("px"))


def _colour(code: str) -> Rgb:
    if re.fullmatch(r"#[0-9a-fA-F]{3}", code):
        code = "#" + "".join(2 * digit for digit in code[1:])
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", code):
        raise ValueError(f"{code!r} is no colour such as #54402f")
    return rgb(code)


def _moved(line: Outline, way: Matrix) -> Outline:
    x, y = line[:, 0], line[:, 1]
    return np.stack([way.a * x + way.c * y + way.e, way.b * x + way.d * y + way.f], 1)


def _shapes(tag: str, node: ET.Element) -> list[Curves]:
    said = {key: value for key, value in node.attrib.items() if key != "transform"}
    if tag in ("circle", "ellipse"):
        x, y, r, *radii = (_number(said.get(key, "0")) for key in ("cx", "cy", "r", "rx", "ry"))
        return [(ring(x, y, *(radius or r for radius in radii)), True)]
    if strange := _NO_COMMAND.search(said.get("d", "")):
        raise ValueError(f"the path command {strange[0]!r} is not read")
    if tag in _SHAPES:
        try:
            return paths.curves_of(said.get("d", "") if tag == "path" else Path(_SHAPES[tag](said)))
        except (ValueError, IndexError) as error:
            raise ValueError(f"the numbers of {said.get('id', tag)!r} fit no shape") from error
    if tag in ("", "namedview") or tag.startswith("{"):
        return []
    raise ValueError(f"the element {tag!r} is not read; turn it into a path")


def _anchor(line: Outline) -> Anchor:
    if len(line) == 13:  # a ring
        x, y = ((line[0] + line[6]) / 2).tolist()
        return Anchor((x, y), (x, y), float(abs(line[0, 0] - x)))
    start, end = map(tuple, line[[0, -1]].tolist())
    return Anchor(start, end)
