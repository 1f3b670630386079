"""Interiors: places from art/settings, a wall drawn as SVG with holes for windows, and a floor."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from shadowplay import colour
from shadowplay.art import library
from shadowplay.art.ink import coverage
from shadowplay.art.paint import Light, PaintedSheet, layer_of
from shadowplay.art.paths import straight_line
from shadowplay.art.prop import metres
from shadowplay.art.svg import Drawing, Part, read
from shadowplay.cels import Cel
from shadowplay.flats import Flat
from shadowplay.light import glow, of_one_colour
from shadowplay.scene import TimeOfDay
from shadowplay.sprite import lighting
from shadowplay.terrain.site import Glow, Glows, Site
from shadowplay.weather import falling

_FAR = 0.72
"""How much of the camera's way the wall shows."""

_SHARES: dict[TimeOfDay, float] = {
    "dawn": 0.64, "day": 0.66, "golden": 0.52, "dusk": 0.42, "night": 0.38,
}  # fmt: skip
"""How much of its own colours a wall shows against the light of its windows."""

_WARM = (1.18, 0.98, 0.74)
"""The light of lamps, as shares of white."""


def build(site: Site, card: library.Card, outside: Any) -> None:
    """Lay out an interior: what is outside its windows, the wall, the floor."""
    said = card.said
    if outside is not None:
        outside(site)
        site.water = None
        site.elements += falling(site.scene, site.palette, near=False)
    drawing = read(card.drawing())
    unit = float(said.get("unit", 0.01))
    parts = [metres(part, unit) for part in drawing.parts]
    scale = site.unit * (0.18 if site.width >= site.height else 0.215)
    floor = int(site.horizon) // 2 * 2
    light = _light(site)
    tile = max(16, int(drawing.wide * unit * scale) // 4 * 4)
    turns = max(1, math.ceil(1.45 * site.width / tile))
    way = np.asarray([tile / (drawing.wide * unit), -scale])
    origin = (round(drawing.left * unit * way[0]), -floor)
    sheet = PaintedSheet(tile, floor)
    for part in parts:
        sheet.paint(part, way, light, origin)
    sheet.rim(light, 0.7, wraps=True)
    # The camera rises and sinks: the wall goes on above the frame. A layer that hides what is
    # behind it does so down to the frame's last row.
    more = site.height // 8 * 2
    beyond = ((more, site.height + more - floor), (0, 0))
    planes = [np.pad(np.tile(plane, (1, turns)), beyond, "edge") for plane in sheet.planes]
    alpha = np.pad(np.tile(sheet.alpha, (1, turns)), beyond, "edge")
    wall = layer_of(planes, alpha, 0, -more, wraps=True)
    site.elements.append(Flat(wall, _FAR))
    _floor(site, said, floor, light)
    _pools(site, [part for part in parts if part.kind == "hole"], way, origin, tile, turns)
    if light.lit:
        glows = _glows(site, light, drawing, unit, way, floor)
        site.elements.append(Glows(glows, _FAR, tile))
    site.ground = np.full(site.period("floor"), site.stage, np.float32)


def _light(site: Site) -> Light:
    """What falls on the wall: the hour's light, or that of lamps."""
    scene, palette = site.scene, site.palette
    air = lighting(scene, palette, site.key, site.width * 0.5, site.horizon * 0.5)
    lit = site.lit
    ink = colour.mix(palette.ink, palette.mid, 0.2)
    return Light(
        ink=colour.mix(ink, colour.rgb("#2a1a12"), 0.35) if lit else ink,
        share=_SHARES[scene.time],
        air=_WARM if lit and air.grey == 1.0 else air.air,
        haze=(palette.haze, 0.05),
        grey=air.grey,
        rim=air.rim,
        toward=air.toward,
        lamp=palette.lamp,
        lit=lit,
        edge=max(1.0, site.unit / 960 * 2.3),
        lean=0.0,
        shade=0.0,
    )


def _floor(site: Site, said: dict[str, Any], top: int, light: Light) -> None:
    """The floor up to the camera, with boards across it."""
    far, near = (light.tone(colour.rgb(code)) for code in said["floor"])
    near = colour.mix(near, light.ink, 0.45)
    cel = Cel(site.period("floor"), site.height, top, [(top, far), (site.height, near)])
    wide, low = cel.width + 4.0, float(site.height + 4)
    cel.cut(np.asarray([(-4, top), (wide, top), (wide, low), (-4, low)], np.float32))
    if said.get("boards", True):
        row, gap = top + 3.0, 5.0 * site.unit / 960
        while row < site.height:
            thick = max(1.0, gap * 0.09)
            line = [(-4, row), (wide, row), (wide, row + thick), (-4, row + thick)]
            share = (row - top) / max(1.0, site.height - top)
            tone = colour.mix(colour.mix(far, near, share), light.ink, 0.4)
            cel.paint(np.asarray(line, np.float32), tone)
            row += gap
            gap *= 1.45
    site.elements.append(Flat(cel.bake(), 1.0))


def _pools(
    site: Site,
    windows: list[Part],
    way: np.ndarray,
    origin: tuple[int, int],
    tile: int,
    turns: int,
) -> None:
    """The light of windows on the floor."""
    strength = (1 - site.key.veiled) * {"night": 0.12, "dusk": 0.2}.get(site.scene.time, 0.34)
    if not windows or strength < 0.05:
        return
    top = int(site.horizon) // 2 * 2
    high = (site.height - top) // 2 * 2
    lean = -0.4 if site.key.x > site.width / 2 else 0.4
    mask = np.zeros((high, tile), np.uint8)
    for part in windows:
        points = np.concatenate(part.outlines) * way
        left, right = float(points[:, 0].min()), float(points[:, 0].max())
        start, end = 0.12 * high, 0.8 * high
        shift = lean * high
        corners = np.asarray(
            [
                (left, start),
                (right, start),
                (right + shift + 0.2 * (right - left), end),
                (left + shift - 0.2 * (right - left), end),
                (left, start),
            ]
        ) - [origin[0], 0]
        line = straight_line(corners)
        for turn in (-tile, 0, tile):
            moved = line + np.asarray([turn, 0])
            np.maximum(mask, coverage([moved], tile, high), out=mask)
    fade = np.linspace(1, 0.25, high, dtype=np.float32)[:, None] * np.float32(strength)
    alpha = np.tile((mask * fade).astype(np.uint8), (1, turns))
    tone = colour.mix(site.palette.glow, site.palette.key, 0.4)
    layer = of_one_colour(tone, alpha, top=top, wraps=True)
    site.elements.append(Flat(layer, _FAR))


def _glows(
    site: Site, light: Light, drawing: Drawing, unit: float, way: np.ndarray, floor: int
) -> list[Glow]:
    """The glow of the lamps on a wall."""
    glows: list[Glow] = []
    for name, anchor in drawing.anchors.items():
        if name.startswith("lamp"):
            x, y = anchor.start
            reach = max(anchor.radius * unit * 5 * -way[1], 0.05 * site.unit)
            at = ((x - drawing.left) * unit * float(way[0]), floor - y * unit * float(way[1]))
            glows.append((glow(int(reach) // 8 * 8 + 8, light.lamp, 0.4), *at))
    return glows


def builder(card: library.Card, outside: Any) -> Any:
    """What builds the interior of a card."""
    return partial(build, card=card, outside=outside)
