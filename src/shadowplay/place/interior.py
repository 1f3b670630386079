"""Interiors: places from art/settings, a wall drawn as SVG with holes for windows, and a floor."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np

from shadowplay import colour
from shadowplay.art import library
from shadowplay.art.paths import Outline, straight_line
from shadowplay.art.prop import metres
from shadowplay.art.svg import Drawing, Part, Ramp, read
from shadowplay.picture.flats import Flat, Steady, View
from shadowplay.picture.ink import coverage
from shadowplay.picture.layers import NOWHERE, Layer, Picture, Plane, halved
from shadowplay.picture.light import HOURS, glow
from shadowplay.place.site import Site
from shadowplay.place.weather import falling
from shadowplay.scene import Rgb
from shadowplay.sprites.lighting import Light, lighting
from shadowplay.sprites.paint import PaintedSheet, layer_of, rounded

_FAR = 0.72  # how much of the camera's way the wall shows
_PLANES = {"middle": 0.86, "front": 1.22}
"""The groups of a drawing that stand nearer than the wall, and how much of that way they show."""

_PLAN = "floor"  # the group that shows the floor from above
_LENS = 1.1  # how far away a thing is that is as large as the frame, as a share of its size
_DEEP = 3.2  # how many metres of the floor can be seen
_SILL = 1.35  # how many metres above the floor the windows show the horizon
_LEAN = -0.7  # how many metres aside a beam falls for each, from a lamp on the right
_FALL = 2.2  # how many metres a beam falls behind a window
_GLOOM = (0.2, 0.6)  # how dark it is far from the windows of a day and from the lamps of a night
_CORNER = 0.3  # how dark it is where the wall meets the floor
_BEAM = colour.rgb("#fff0c4")
_COARSE = 8  # light falls off so slowly that every eighth row and column will do


class _Room(NamedTuple):
    """A room before a site: lengths are in metres, rows and columns in pixels."""

    site: Site
    light: Light  # what falls on its wall
    wall: int  # the row where wall and floor meet
    eye: float  # the row of the height of the eye
    lens: float  # how many pixels a metre has at a distance of one metre
    scale: float  # pixels a metre on the stage
    left: float  # where its drawing begins
    wide: float  # after so much it is repeated
    windows: list[Outline]  # from its left end to the right, and up
    # What lights it: how far from its left end, how high above the floor, and how strong.
    lamps: list[tuple[float, float, float]]

    @property
    def rows(self) -> float:
        """Rows of the plan for a metre: about as many as the frame has for it on the stage."""
        return self.scale * (self.site.stage - self.eye) / self.lens * 0.8

    def tile(self, scale: float) -> int:
        """Columns after which a plane of so many pixels a metre is repeated."""
        return max(16, int(self.wide * scale) // 4 * 4)

    def fallen(self, line: Outline, down: Any) -> Outline:
        """The outline of a window where the sun shows it that has fallen so far behind it."""
        aside = _LEAN * self.site.side * down
        return np.stack([line[:, 0] + aside, line[:, 1] - down], 1)


def build(site: Site, card: library.Card, outdoors: Callable[[Site, str], None]) -> None:
    """Lay out an interior: what is outside its windows, the wall, the floor, the furniture."""
    scale = site.size(1.0) * (0.19 if site.width >= site.height else 0.255) / _FAR
    if card.place.outside:
        inside = site.horizon
        site.horizon -= _SILL * _FAR * scale
        outdoors(site, card.place.outside)
        site.horizon, site.water = inside, None
        site.elements += falling(site.scene, site.palette, near=False)
    unit, out = card.place.unit, {role.actor for role in site.scene.cast}
    look = _look(site, card, out)
    drawing, parts = _drawn(_dyed(card.drawing(), look), unit)
    out = out.union(look.get("without", "").split())
    planes: dict[str, list[Part]] = {"": [], _PLAN: [], **{name: [] for name in _PLANES}}
    for part in parts:
        if part.group not in out:  # a room has one stove, one bed
            planes[part.group if part.group in planes else ""].append(part)
    left, light = drawing.left * unit, _light(site)
    holes = [line for part in planes[""] if part.kind == "hole" for line in part.outlines]
    windows = [line - [left, 0] for line in holes]
    if windows and not light.lit:
        lamps = [(*line[[0, len(line) // 2]].mean(0).tolist(), 0.3) for line in windows]
    else:
        lamps = [
            ((anchor.start[0] - drawing.left) * unit, -anchor.start[1] * unit, anchor.radius * unit)
            for name, anchor in drawing.anchors.items()
            if name.startswith("lamp")
        ]
    wall = int(min(site.horizon, site.stage - 0.05 * site.height)) // 2 * 2
    eye = site.stage - (site.stage - wall) / (1 - _FAR)
    wide = drawing.wide * unit
    room = _Room(site, light, wall, eye, _LENS * site.unit, scale, left, wide, windows, lamps)
    tones = [colour.rgb(_dyed(code, look)) for code in card.place.floor]
    floor = Floor(_plan(room, tones, planes[_PLAN]), room)
    site.elements += [*_plane(room, planes[""], _FAR), floor, *_beams(room)]
    if light.lit:
        site.elements += _glows(room)
    for name, depth in _PLANES.items():
        nearer = site.elements if depth < 1 else site.nearest
        nearer += _plane(room, planes[name], depth)
    site.ground = np.full(site.period("floor"), site.stage, np.float32)


def _look(site: Site, card: library.Card, cast: set[str]) -> dict[str, str]:
    """One of a room's looks, with its own of the furniture that is in the cast, if one has it."""
    looks = card.place.looks or [{}]
    own = [look for look in looks if cast.isdisjoint(look.get("without", "").split())] or looks
    return own[int(site.dice("look").integers(len(own)))]


def _dyed(text: str, look: dict[str, str]) -> str:
    """A drawing in which some colours are others."""
    return re.sub("#[0-9a-f]{6}", lambda code: look.get(code[0], code[0]), text)


@lru_cache(maxsize=8)
def _drawn(text: str, unit: float) -> tuple[Drawing, list[Part]]:
    """A room's drawing, and its parts in metres."""
    drawing = read(text)
    return drawing, [metres(part, unit) for part in drawing.parts]


def _light(site: Site) -> Light:
    """What falls on the wall: the hour's light, or that of lamps."""
    scene, palette = site.scene, site.palette
    light = lighting(site.light, site.width * 0.5, site.horizon * 0.5)
    coloured = light.grey == 1.0
    dim = 1 - 0.12 * site.key.veiled * (not site.lit)
    red, green, blue = HOURS[scene.time].wall
    return light._replace(
        ink=colour.mix(palette.ink, colour.rgb("#3a241a"), 0.6),
        share=0.94 if coloured else 0.8,
        air=(red * dim, green * dim, blue * dim) if coloured else light.air,
        haze=(palette.haze, 0.03),
        edge=max(1.0, site.unit / 960 * 2.0),
    )


def _plane(room: _Room, parts: list[Part], depth: float) -> list[Flat]:
    """Parts that stand in one plane, repeated beyond both sides of the frame.

    There is no layer if there are none, or all are below the frame, as before somebody large.
    """
    site, light, scale = room.site, room.light, room.scale * depth
    foot = int(room.eye + (site.stage - room.eye) * depth) // 2 * 2
    tile = room.tile(scale)
    way = np.asarray([tile / room.wide, -scale])
    # The camera rises and sinks: the wall goes on above the frame.
    most = max((float(line[:, 1].max()) for part in parts for line in part.outlines), default=0.0)
    top = max(-(site.height // 8 * 2), int(foot - most * scale) // 2 * 2 - 2)
    origin = (round(room.left * way[0]), top - foot)
    high = (foot + 4 if depth == _FAR else site.height) - top
    if high <= 0 or not parts:
        return []

    def painted() -> Layer:
        sheet = PaintedSheet(tile, high)
        last = "light" if light.lit else None  # what shines is not in the dark
        for part in parts:
            if part.kind != last:
                sheet.paint(part, way, light, origin)
        if depth != _FAR:
            sheet.rim(light, 0.8, wraps=True)
        spots = [(x * way[0], foot - top - y * scale, size) for x, y, size in room.lamps]
        _darken(sheet, spots, (13 * scale, 11 * scale), foot - top, lit=light.lit)
        for part in parts:
            if part.kind == last:
                sheet.paint(part, way, light, origin)
        blur = site.blur(depth)
        return layer_of(sheet.planes, sheet.alpha, 0, top, wraps=True, blur=blur)

    return [Flat(site.later(painted), depth)]


def _darken(
    sheet: PaintedSheet,
    spots: list[tuple[float, float, float]],
    reach: tuple[float, float],
    foot: float,
    *,
    lit: bool,
) -> None:
    """Let a sheet be dark and blue but near what lights it, and darker still at the wall's `foot`.

    `spots` are columns, rows and sizes of windows or, if it is `lit`, of lamps, and `reach` is how
    many pixels aside, and up and down, the light of one of size 1 reaches.
    """
    (high, wide), (across, down) = sheet.alpha.shape, reach
    rows = np.arange(0, high, _COARSE, dtype=np.float32)[:, None]
    columns = np.arange(0, wide, _COARSE, dtype=np.float32)[None]
    level = np.zeros((rows.size, columns.size), np.float32)
    for x, y, size in spots:
        aside = np.abs(columns - np.float32(x))
        aside = np.minimum(aside, wide - aside) / np.float32(across * size)
        above = (rows - np.float32(y)) / np.float32(down * size)
        fall = np.maximum(0, 1 - aside * aside - above * above)
        level += fall * fall
    shade = np.maximum(0, 1 - np.abs(rows - np.float32(foot)) / np.float32(0.08 * down))
    gloom = np.float32(_GLOOM[lit]) * (1 - np.minimum(level, 1))
    gloom += (1 - gloom) * shade * shade * np.float32(_CORNER)
    dark = np.asarray(cv2.resize(gloom, (wide, high)), np.float32)
    # Some rows at a time stay in the processor's cache.
    for first in range(0, high, _COARSE * 4):
        part = slice(first, first + _COARSE * 4)
        luma, u, v = (plane[part] for plane in sheet.planes)
        alpha, share = sheet.alpha[part], dark[part]
        grey, light = alpha * 128, luma - alpha * 16
        u += (light * np.float32(0.08) - (u - grey) * np.float32(0.4)) * share
        v -= (light * np.float32(0.05) + (v - grey) * np.float32(0.4)) * share
        luma -= light * share


def _plan(room: _Room, tones: list[Rgb], parts: list[Part]) -> PaintedSheet:
    """The floor from above, as windows or lamps light it: its first row is at the wall."""
    wide, high = room.tile(room.scale), int(_DEEP * room.rows) // 2 * 2
    ramp = Ramp((0, 0), (0, -0.75 * _DEEP), tuple(zip((0.0, 1.0), tones, strict=True)))
    left, right = room.left, room.left + room.wide
    corners = [(left, 0), (right, 0), (right, -_DEEP), (left, -_DEEP), (left, 0)]
    across, down, sheet = wide / room.wide, room.rows, PaintedSheet(wide, high)
    for part in (Part("", "", "", [straight_line(np.asarray(corners))], ramp), *parts):
        sheet.paint(part, np.asarray([across, -down]), room.light, (round(left * across), 0))
    spots = [(x * across, 0.55 * down, size) for x, _, size in room.lamps]
    _darken(sheet, spots, (12 * across, 13 * down), 0, lit=room.light.lit)
    if not room.light.lit:
        _sun(room, sheet)
    return sheet


def _sun(room: _Room, plan: PaintedSheet) -> None:
    """Let the sun fall through the windows on a floor."""
    wide, mask = plan.alpha.shape[1], np.zeros(plan.alpha.shape, np.uint8)
    strength = HOURS[room.site.scene.time].sun * (1 - room.site.key.veiled)
    for line in room.windows:
        # The higher a point of a window, the farther from the wall its light falls.
        far = line[:, 1] * 0.85
        spot = np.stack([room.fallen(line, far)[:, 0] * (wide / room.wide), far * room.rows], 1)
        _fill(mask, spot)
    soft = np.asarray(cv2.blur(mask, (max(3, wide // 160), 3)), np.float32)
    soft *= np.float32(strength / 255)
    y, u, v = plan.planes
    y += np.minimum((y - 16) * soft, 0.8 * np.maximum(0, 236 - y))
    u -= 7 * soft
    v += 3 * soft


def _fill(mask: Plane, shape: Outline) -> None:
    """Fill an outline in a mask that goes on at its other side."""
    high, wide = mask.shape
    for turn in (-wide, 0, wide):
        np.maximum(mask, coverage([shape + np.asarray([turn, 0])], wide, high), out=mask)


def _beams(room: _Room) -> list[Flat]:
    """The sun's beams from the windows down to the floor, fading on their way."""
    site, scale = room.site, room.scale * _FAR
    share = HOURS[site.scene.time].beams * (1 - 1.4 * site.key.veiled)
    if share <= 0 or not room.windows:
        return []
    wide, high = room.tile(scale), site.height
    way, foot = np.asarray([wide / room.wide, -scale]), np.asarray([0, room.wall])

    def painted() -> Layer:
        mask, panes = np.zeros((2, high, wide), np.uint8)
        for line in room.windows:
            pane, end = (room.fallen(line, down) * way + foot for down in (0.0, _FALL))
            hull = cv2.convexHull(np.concatenate([pane, end]).astype(np.float32))[:, 0]
            _fill(panes, pane)
            _fill(mask, straight_line(np.asarray([*hull, hull[0]], np.float64)))
        soft = np.asarray(cv2.blur(mask, (max(3, wide // 60), 9)), np.float32)
        soft *= 1 - np.float32(0.7 / 255) * panes  # what is outside stays clear
        rows = np.arange(high, dtype=np.float32)[:, None] - np.float32(room.wall - 2.4 * scale)
        fade = np.clip(1 - rows / np.float32((_FALL + 1.4) * scale), 0, 1)
        alpha = soft * fade * np.float32(share / 255)
        planes = [alpha * np.float32(level) for level in colour.yuv(_BEAM)]
        return layer_of(planes, alpha, 0, 0, wraps=True)

    return [Flat(site.later(painted), _FAR)]


class Floor(Steady):
    """A floor in perspective: each row of the frame shows the plan at one distance."""

    def __init__(self, plan: PaintedSheet, room: _Room) -> None:
        self._room, self._size = room, plan.alpha.shape[1]
        # Laid out as often as the farthest row shows it, and once more.
        turns = int(room.site.width / (_FAR * room.scale * room.wide)) + 2
        planes = (plan.planes[0], *map(halved, plan.planes[1:]))
        self._planes = [np.tile(rounded(plane), turns) for plane in planes]

    def state(self, t: float, view: View) -> object:
        """Where the camera is."""
        return round(view.x * 4), round(view.y * 4)

    def cover(self, t: float, view: View) -> int:
        """The row from which it hides all: where the wall ends."""
        room = self._room
        return math.ceil((room.eye + (room.wall - room.eye) * self._rise(view)) / 2) * 2

    def _rise(self, view: View) -> float:
        """How much higher the eye is than at the start."""
        return 1 + view.y / (self._room.site.stage - self._room.eye)

    def rows(self, t: float, view: View) -> tuple[float, float]:
        """The row where the wall ends, and one behind the frame."""
        return self.cover(t, view), NOWHERE

    def draw(self, picture: Picture, t: float, view: View, floor: int, top: int = 0) -> None:
        """Lay it over the rows below the wall."""
        room, middle, first = self._room, picture.width / 2, max(top, self.cover(t, view))
        last = min(picture.height, (floor + 1) // 2 * 2)
        if first >= last:
            return
        rows = np.arange(first, last, dtype=np.float32) + np.float32(0.5 - room.eye)
        # Pixels of the plan for one of the frame in each row, and how far that is from the wall.
        size = rows * np.float32(room.scale / (room.site.stage - room.eye) / self._rise(view))
        far = np.float32(room.lens / (_FAR * room.scale)) - np.float32(room.lens) / size
        density = self._size / room.wide
        wide, down = np.float32(density) / size[:, None], far[:, None] * np.float32(room.rows)
        columns = np.arange(picture.width, dtype=np.float32) + np.float32(0.5 - middle)
        least = float(columns[0] * wide[0, 0])
        start = (middle / _FAR + view.x) / room.scale * density
        aside = (start + least) % self._size - least
        for slot, plane, step in zip(picture, self._planes, (1, 2, 2), strict=True):
            across = columns[::step] * (wide[::step] / np.float32(step))
            across += np.float32(aside / step)
            at = np.repeat(down[::step] / np.float32(step), across.shape[1], 1)
            here = slot[first // step : last // step]
            cv2.remap(plane, across, at, cv2.INTER_LINEAR, here, cv2.BORDER_REPLICATE)


def _glows(room: _Room) -> Iterator[Flat]:
    """The glow of the lamps on a wall."""
    scale = room.scale * _FAR
    tile = room.tile(scale)
    for x, y, size in room.lamps:
        shine = glow(int(6 * size * scale) // 8 * 8 + 8, room.light.lamp, 0.42)
        yield Flat(shine.at(x * tile / room.wide, room.wall - y * scale, tile), _FAR)
