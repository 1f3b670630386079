"""The stage: draws the cast in the scene's light, with shadows, reflections and lamps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.acting.biting import is_beast
from shadowplay.art.actors import Shape
from shadowplay.art.garments import SHADES
from shadowplay.art.puppets import Puppet
from shadowplay.colour import Floats, Yuv
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import Picture, Plane, tint
from shadowplay.picture.light import glow, hour_of, model
from shadowplay.picture.palette import LitScene
from shadowplay.sprites import matte
from shadowplay.sprites.changes import State
from shadowplay.sprites.dyes import Dyes
from shadowplay.sprites.lighting import lighting
from shadowplay.sprites.marks import Figure, placed_at
from shadowplay.sprites.outlines import SHADOW_STEP, Outlines, runs, shadow_of
from shadowplay.sprites.poses import Pose, Poses
from shadowplay.sprites.propbox import LampLight, PlacedLamp, PropBox
from shadowplay.sprites.sprite import Sprite

_PANELLED = frozenset({"balloon", "kite"})
"""Actors of cloth, which a fire behind it makes lighter."""

_BEAM = 0.45
"""Wide shapes with less light of their own than this are light in the air, as all beams are."""


_PANE = 0.45
"""What shines so strongly in the dark is a pane or a lamp, which is glass by day."""

_DETAIL = 0.14
"""Shapes smaller than this share of their figure are details."""

_SOFT = 0.022
"""How soft the edges of shade on an animal are, in its heights; half that on others."""
_FOLD = colour.rgb(SHADES["shade"][0]), SHADES["shade"][1]
_GLASS = colour.rgb("#6f8ea2")
_BURNS = frozenset({"flame", "fire"})
"""Layers of figures that are no glass, and shine by day."""


_SEEN, _LIP = 10, 40.0
"""The levels by which a body differs from water, and by which water is lighter about it."""

_DEEP = 0.024
"""How deep a body in the water is seen, as a share of a square as large as the frame."""


class _Placed(NamedTuple):
    """A figure in a frame: its index, its pose, and the column and row of its origin."""

    number: int
    figure: Figure
    pose: Pose
    x: float
    row: float


class Troupe(Element):
    """Those of the cast that share a place in the order of planes."""

    def __init__(self, lit: LitScene, figures: list[Figure], ground: Floats | None) -> None:
        self._scene, self._key, self._lit = lit.scene, lit.key, lit.dark
        self._figures = figures
        for figure in figures:
            figure.known = {}
        self._ground = ground
        self._unit = lit.scene.size.unit
        self._dyes = Dyes(lit, figures)
        self._puppets = {
            k: self._sprite(lit, figure, figure.actor)
            for k, figure in enumerate(figures)
            if isinstance(figure.actor, Puppet)
        }
        self._props = PropBox(lit, figures)
        self._poses = Poses(self._solids, self._shines)
        self._states: list[State] = []
        self._sizes: dict[tuple[int, int], list[bool]] = {}
        self._broken: dict[int, matte.Matte] = {}

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw shadows first, then the figures from back to front."""
        placed = []
        self._states = [figure.state(t) for figure in self._figures]
        for k, figure in enumerate(self._figures):
            x, row = self.place(figure, t, view)
            reach = figure.scale * max(figure.box.right, -figure.box.left) + 8
            if -reach < x < picture.width + reach:
                pose = self._poses.pose(k, figure, t, keeps=self._keeps(k, self._states[k]))
                placed.append(_Placed(k, figure, pose, x, row))
        for k, figure, pose, x, row in placed:
            x, row = x + self._states[k].rolled[0], row + self._states[k].rolled[1]
            if self._states[k].seen < 0.5 or self._states[k].broken >= 0 or self._states[k].wet:
                continue
            if k in self._props:
                self._props.shade(picture, k, x, row)
            elif not figure.grounded or figure.actor.guise.part:
                continue  # an arm is drawn twice
            elif figure.depth > 0.5 and figure.lifted(t) < 1:
                self._shadow(picture, figure, pose, x, row)
        shining = [one for one in placed if self._states[one.number].light > 0.3]
        self._props.light(
            [(k, x, row) for k, _, _, x, row in shining],
            [lamp for one in shining for lamp in self._lamps_of(one)],
        )
        self._props.spill(picture)
        self._figures_of(picture, t, placed)

    def _lamps_of(self, one: _Placed) -> list[PlacedLamp]:
        """The panes, lamps and fires of a figure that stands on the ground, in the dark."""
        figure, lamps = one.figure, []
        if not self._lit or one.number in self._puppets or figure.afloat or figure.depth < 0.5:
            return []
        for shape in one.pose.shapes:
            if shape.light > _PANE:
                low, high = shape.points.min(axis=0), shape.points.max(axis=0)
                x, y = ((low + high) / 2 * figure.scale).tolist()
                size = float((high - low).max()) * figure.scale
                at = one.x + x * figure.facing
                lamps.append(PlacedLamp(one.number, at, one.row - y, one.row, 2.6 * size, 0.7))
        return lamps[:: max(1, len(lamps) // 3)] if figure.grounded else []

    def _keeps(self, k: int, state: State) -> bool:
        """Whether a figure looks the same in a pose whenever it takes it."""
        return not (k in self._puppets or k in self._props or state.light < 1)

    def _figures_of(self, picture: Picture, t: float, placed: list[_Placed]) -> None:
        """Draw figures and props from back to front, and then the glow of lamps."""
        for one in placed:
            k, figure, _, x, row = one
            state = self._states[k]
            line = row + figure.lifted(t)
            line = state.wet or line
            wet = figure.afloat or bool(state.wet)
            cut = wet or (state.sunk > 0 and state.broken < 0)
            deep = _DEEP * self._unit if wet else 0.0
            above = picture.above(line + deep) if cut else picture
            bare = _rows(picture, line, deep) if wet else None
            water = [part.copy() for part in bare or ()]
            if state.bends:
                self._bent(above, one, t, line)
            else:
                self._plain(above, one, t)
            if bare is not None:
                _immerse(bare, water, t)
        for k, _, _, x, row in placed:
            state = self._states[k]
            if state.light > 0 and state.seen > 0.5 and state.broken < 0:
                self._props.shine(picture, k, t, x, row, self._unit)

    def _plain(self, picture: Picture, one: _Placed, t: float) -> None:
        """Draw a figure or a prop as it is."""
        k, figure, pose, x, row = one
        if k in self._props:
            self._props.draw(picture, k, t, x, row, self._states[k])
            return
        if k in self._puppets:
            self._puppets[k].draw(picture, figure, t, x, row)
            return
        shapes, shining, light = pose.shapes, pose.shining, self._states[k].light
        if light < 1:
            shapes = [shape._replace(light=shape.light * light) for shape in shapes]
            shining = [shape for shape in shapes if self._shines(k, shape)]
        middle = row - figure.box.middle[1] * figure.scale
        lamp = self._props.lamp_near(x, middle, k)
        layer = None if lamp else self._poses.layer(k, figure, pose)
        if layer is not None:
            layer.draw(picture, x, row)
        else:
            self._solids(picture, k, shapes, x, row, lamp)
        if shining:
            outlines = Outlines(shining, figure, x, row)
            for n, shape in enumerate(shining):
                self._lamp(picture, k, shape, outlines, n)

    def _bent(self, picture: Picture, one: _Placed, t: float, line: float) -> None:
        """Draw what deeds have turned, bent, faded or broken."""
        k, figure, pose, x, row = one
        state = self._states[k]
        if state.seen <= 0:
            return
        whole = self._broken.get(k) or pose.matte
        if whole is None:
            box, scale = figure.box, figure.scale
            room = 0.3 * max(box.width, box.height) * scale + 10
            edges = sorted((box.left * scale * figure.facing, box.right * scale * figure.facing))
            whole = pose.matte = matte.matte_of(
                lambda part, at, low: self._plain(part, _Placed(k, figure, pose, at, low), t),
                (edges[0] - room, -box.top * scale - room, edges[1] + room,
                 -box.bottom * scale + 0.3 * room),
            )  # fmt: skip
        if state.broken >= 0:
            if k not in self._broken:
                whole = self._broken[k] = matte.shattered(whole, self._scene.seed + k)
            matte.pieces(picture, whole, state, x, row, line + 0.02 * self._unit)
            return
        fallen = 0.0 if figure.radius else abs(math.sin(math.radians(state.turn)))
        up = 0.3 * figure.box.width * figure.scale * fallen * fallen if state.turn > 40 else 0.0
        down = state.sunk * figure.box.height * figure.scale
        matte.lay(picture, whole, state, figure.facing, x, row + down - up)

    def _sprite(self, lit: LitScene, figure: Figure, puppet: Puppet) -> Sprite:
        middle = figure.row - figure.box.middle[1] * figure.scale
        light = lighting(lit, figure.x, middle)
        return Sprite(puppet, figure, light, self._unit / 960 * 2.6)

    def place(self, figure: Figure, t: float, view: View) -> tuple[float, float]:
        """Where a figure's origin is in the frame at a time, in pixels."""
        return placed_at(figure, t, view, self._ground)

    def _is_cloth(self, k: int, shape: Shape) -> bool:
        """Whether a shape is a panel of cloth, which light shines through without a glow."""
        return shape.tint and self._figures[k].role.actor in _PANELLED

    def _lit_cloth(self, k: int, shape: Shape) -> Yuv:
        """The cloth's own tone, lightened in proportion to the light behind it."""
        own, lamp = self._dyes.tone(k, shape), colour.yuv(self._dyes.lamp)
        return Yuv(*(round(a + (b - a) * shape.light) for a, b in zip(own, lamp, strict=True)))

    def _shines(self, k: int, shape: Shape) -> bool:
        """Whether a shape has its own light, and no cloth before it."""
        return shape.light > 0 and not self._is_cloth(k, shape)

    def _solids(
        self, picture: Picture, k: int, shapes: Sequence[Shape], x: float, row: float,
        lamp: LampLight | None = None,
    ) -> None:  # fmt: skip
        """Draw all of a figure but what shines by itself; a lamp may be near."""
        solid = [shape for shape in shapes if not self._shines(k, shape)]
        if not solid:
            return
        outlines, whole = Outlines(solid, self._figures[k], x, row), 0
        furred, high = is_beast(self._figures[k]), self._figures[k].pixels_high
        soft = round(_SOFT * high * (1 if furred else 0.5)) + 1
        for n, shape in enumerate(solid):
            cloth = self._is_cloth(k, shape)
            tone = self._lit_cloth(k, shape) if cloth else self._dyes.tone(k, shape)
            shade = shape.coat and shape.coat.shade
            fur = furred and shape.coat and (shade or shape.coat.name in SHADES)
            hair = shade and shape.coat and shape.coat.name.startswith("hair")
            if fur or ((hair or shade == _FOLD) and self._large(k, n, solid)):
                outlines.blend(picture, n, whole, tone, soft)
                continue
            outlines.fill(picture, n, tone)
            whole = whole if shade else n
        large = [n for n in range(len(solid)) if self._large(k, n, solid)]
        self._model(picture, k, outlines, large, lamp)

    def _large(self, k: int, n: int, shapes: Sequence[Shape]) -> bool:
        """Whether a shape is more than a detail, such as an eye, that lies within the others."""
        mark = (k, len(shapes))
        if mark not in self._sizes:
            box = self._figures[k].box
            least = _DETAIL * min(box.height, box.width)
            self._sizes[mark] = [float(np.ptp(s.points, axis=0).max()) > least for s in shapes]
        return self._sizes[mark][n]

    def _model(
        self, picture: Picture, k: int, outlines: Outlines, modelled: list[int],
        lamp: LampLight | None,
    ) -> None:  # fmt: skip
        """Let the sun and a lamp model a figure's form."""
        figure, box = self._figures[k], outlines.box(picture, modelled)
        if box is None:
            return
        left, top, right, bottom = box
        mask: Plane = np.zeros((bottom - top, right - left), np.uint8)
        placed = outlines.moved(-left, -top)
        for n in modelled:
            placed.fill_luma(mask, n, 255)
        hour, light = hour_of(self._scene), self._dyes.lights[k]
        large = figure.pixels_high > self._unit * 0.2
        edge = self._unit / 960 * (2.3 if large else 1.6)
        round_ = 0.2 * min(figure.box.height, figure.box.width) * figure.scale
        clear = 1 - 0.6 * self._key.veiled
        lamps = [(light.toward, light.rim[0], hour.relief * clear, hour.rim * clear)]
        if lamp is not None:
            lamps.append(((lamp.across, lamp.down), light.lamp, lamp.level, lamp.level))
        for toward, tone, relief, rim in lamps:
            model(
                picture, mask, (left, top), toward, colour.yuv(tone),
                relief=relief, rim=rim, edge=edge, round_=round_,
            )  # fmt: skip

    def _lamp(self, picture: Picture, k: int, shape: Shape, outlines: Outlines, n: int) -> None:
        """A shape with its own light, and its glow in the dark."""
        lamp = self._dyes.lamp
        (left, top), (right, bottom) = outlines.bounds(n)
        name, wide = shape.coat and shape.coat.name, right - left > 0.4 * self._figures[k].scale
        if name == "beam" or (wide and shape.light < _BEAM):
            self._beam(picture, outlines, n, colour.yuv(lamp), shape.light)
            return
        if self._lit:
            size = max(max(right - left, bottom - top) * 2.2, self._unit * 0.03)
            radius = int(min(size, self._unit * 0.3)) // 8 * 8 + 8
            strength = round(0.42 * min(1.0, shape.light), 1)
            glow(radius, lamp, strength).draw(picture, (left + right) / 2, (top + bottom) / 2)
        if not self._lit and shape.light > _PANE and name not in _BURNS:
            glass = self._dyes.lights[k].tone(_GLASS)
            outlines.fill(picture, n, colour.yuv(glass))
            return
        level = shape.light if self._lit else 0.55 * shape.light
        cloth = shape.tint or self._figures[k].role.actor in _PANELLED
        paper = self._dyes.own(k, shape._replace(tint=cloth))
        tone = colour.mix(paper, lamp, min(1.0, 1.15 * math.pow(level, 0.75)))
        outlines.fill(picture, n, colour.yuv(tone))

    def _beam(self, picture: Picture, outlines: Outlines, n: int, tone: Yuv, light: float) -> None:
        """Light in the air: what is behind it shows through."""
        (left, top), (right, bottom) = outlines.bounds(n)
        columns = slice(max(0, int(left) // 2 * 2), max(0, int(right) // 2 * 2 + 2))
        rows = slice(max(0, int(top) // 2 * 2 - 8), max(0, int(bottom) // 2 * 2 + 10))
        luma = picture.y[rows, columns]
        if not luma.size:
            return
        strength = min(0.8, (2.4 if self._lit else 0.7) * light)
        mask: Plane = np.zeros(luma.shape, np.uint8)
        outlines.moved(-columns.start, -rows.start).fill_luma(mask, n, round(255 * strength))
        across = np.arange(luma.shape[1], dtype=np.float32) + np.float32(columns.start)
        way = np.abs(across - np.float32(outlines.x)) / np.float32(right - left)
        fade = exact.power(np.clip(1 - way, 0, 1), 0.7)
        mask = (cv2.blur(mask, (5, 9)) * fade).astype(np.uint8)
        tint(picture, mask, columns.start, rows.start, tone)

    def _shadow(self, picture: Picture, figure: Figure, pose: Pose, x: float, row: float) -> None:
        """Lay the outline on the ground, away from the lamp, and the dark under it."""
        away = -1.0 if self._key.x > x else 1.0
        if away not in pose.shadows:
            lean = away * figure.scale * 0.55 * hour_of(self._scene).shadow
            flat = np.asarray([[figure.scale * figure.facing, 0], [lean, figure.scale * 0.16]])
            outlines = Outlines(pose.shapes, figure, 0.0, 0.0, flat / SHADOW_STEP)
            low = np.concatenate([shape.points for shape in pose.shapes])
            low = low[low[:, 1] < 0.06 * figure.box.height, 0] * figure.scale * figure.facing
            feet = runs(low, 0.1 * figure.pixels_high)
            pose.shadows[away] = shadow_of(outlines, feet, 0.62 - 0.34 * self._key.veiled)
        pose.shadows[away].lay(picture, x, row)

    def mirror(
        self, picture: Picture, t: float, view: View, horizon: float, squeeze: float
    ) -> None:
        """Draw those afloat where the water's mirror will find them."""
        for k, figure in enumerate(self._figures):
            if not figure.afloat:
                continue
            x, row = self.place(figure, t, view)
            foot = horizon - squeeze * (row + 2 * figure.lift - horizon)
            # What is under water has no mirror image.
            part = picture.above(foot + squeeze * figure.lift)
            if k in self._props:
                self._props.mirror(part, k, x, foot, squeeze)
                continue
            if k in self._puppets:
                self._puppets[k].draw(part, figure, t, x, foot, squeeze)
                continue
            keeps = self._keeps(k, figure.state(t))
            shapes = self._poses.pose(k, figure, t, keeps=keeps).shapes
            flat = np.asarray([[figure.scale * figure.facing, 0], [0, -figure.scale * squeeze]])
            outlines = Outlines(shapes, figure, x, foot, flat)
            for n, shape in enumerate(shapes):
                lamp = shape.light > 0
                tone = colour.yuv(self._dyes.lamp) if lamp else self._dyes.tone(k, shape)
                outlines.fill(part, n, tone)


def _rows(picture: Picture, line: float, deep: float) -> Picture:
    """The rows of a picture about a waterline, above which half as much is as under it."""
    top = max(0, min(picture.height, int(line - deep / 2) // 2 * 2))
    return picture.part(0, top, picture.width, max(top, picture.above(line + deep).height))


def _immerse(drawn: Picture, water: Sequence[Plane], t: float) -> None:
    """Let the water ripple along a body that was drawn over it, and hide more of it with depth."""
    rows, columns = drawn.y.shape
    if rows < 4:
        return
    across = np.arange(columns, dtype=np.float32) / np.float32(rows)
    ripple = exact.sin(across * np.float32(1.7) + np.float32(2.1 * t))
    ripple += exact.sin(across * np.float32(3.1) - np.float32(2.9 * t))
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    under = down - np.float32(0.33) - ripple[None] * np.float32(0.08)
    hidden = np.where(under > 0, np.clip(np.float32(0.45) + under * 1.2, 0, 1), np.float32(0))
    # Where the body goes through the surface, that is raised and catches the light.
    lip = (cv2.absdiff(drawn.y, water[0]) > _SEEN) * np.clip(1 - np.abs(under) * 12, 0, 1)
    for plane, own, share in zip(
        drawn, water, (hidden, *[cv2.resize(hidden, drawn.u.shape[::-1])] * 2), strict=True
    ):
        np.copyto(plane, np.rint(plane * (1 - share) + own * share).astype(np.uint8))
    cv2.add(drawn.y, (lip * _LIP).astype(np.uint8), drawn.y)
