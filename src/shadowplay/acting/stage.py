"""The stage: draws the cast in the scene's light, with shadows, reflections and lamps."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import exact
from shadowplay.acting.biting import is_beast
from shadowplay.art.puppets import Puppet
from shadowplay.colour import Floats
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import Picture
from shadowplay.picture.palette import LitScene
from shadowplay.sprites import matte
from shadowplay.sprites.bodies import Body, Lamps, PropBody, Seen
from shadowplay.sprites.drawn import Drawn
from shadowplay.sprites.dyes import Dyes
from shadowplay.sprites.marks import Figure, placed_at
from shadowplay.sprites.paint import PaintedProp
from shadowplay.sprites.sprite import Sprite

_SEEN, _LIP = 10, 40.0
"""The levels by which a body differs from water, and by which water is lighter about it."""

_DEEP = 0.024  # how deep a body in the water is seen, as a share of a square as large as the frame


class Troupe(Element):
    """Those of the cast that share a place in the order of planes."""

    def __init__(self, lit: LitScene, figures: list[Figure], ground: Floats | None) -> None:
        self._seed, self._unit = lit.scene.seed, lit.scene.size.unit
        self._figures, self._ground = figures, ground
        self._dyes, self._lamps = Dyes(lit, figures), Lamps(lit)
        painted: dict[object, PaintedProp] = {}
        self._bodies: list[Body] = []
        for k, figure in enumerate(figures):
            figure.known = {}
            if figure.is_thing:
                self._bodies.append(PropBody(lit, figure, self._dyes.lights[k], painted))
            elif isinstance(figure.actor, Puppet):
                self._bodies.append(Sprite(lit, figure))
            else:
                furred = is_beast(figure)
                self._bodies.append(Drawn(lit, k, self._dyes, self._lamps, furred=furred))

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw shadows first, then the figures from back to front, and the glow of lamps."""
        placed = []
        for body in self._bodies:
            one = self._seen(body, t, view)
            if -body.figure.reach - 8 < one.x < picture.width + body.figure.reach + 8:
                placed.append((body, one))
        for body, one in placed:
            right, down = one.state.rolled
            if one.state.whole and not one.state.wet:
                body.shade(picture, one._replace(x=one.x + right, row=one.row + down))
        shining = [(body, one) for body, one in placed if one.state.light > 0.3]
        self._lamps.hung = [lamp for body, one in shining for lamp in body.lamps(one)]
        self._lamps.spill(picture)
        for body, one in placed:
            self._lay(picture, body, one)
        for body, one in placed:
            if one.state.whole and one.state.light > 0:
                body.shine(picture, one)

    def _seen(self, body: Body, t: float, view: View) -> Seen:
        state = body.figure.state(t)
        return Seen(t, *self.place(body.figure, t, view), state, body.pose(t, state))

    def _lay(self, picture: Picture, body: Body, one: Seen) -> None:
        """Lay a figure over a picture, in water up to the water's face."""
        figure, state = body.figure, one.state
        line = state.wet or one.row + figure.lifted(one.t)
        if not (figure.afloat or state.wet):
            sinks = state.sunk > 0 and state.broken < 0
            self._lay_dry(picture.above(line) if sinks else picture, body, one, line)
            return
        deep = _DEEP * self._unit
        above, top = picture.above(line + deep), int(line - deep / 2) // 2 * 2
        top = max(0, min(above.height, top))
        drawn = picture.part(0, top, picture.width, above.height)
        water = Picture(*(plane.copy() for plane in drawn))
        self._lay_dry(above, body, one, line)
        _immerse(drawn, water, one.t)

    def _lay_dry(self, picture: Picture, body: Body, one: Seen, line: float) -> None:
        """Lay a figure over a picture as deeds have turned, bent, faded or broken it."""
        figure, box, scale, state = body.figure, body.figure.box, body.figure.scale, one.state
        if not state.bends:
            body.draw(picture, one)
            return
        if state.seen <= 0:
            return
        whole = body.broken or one.pose.matte
        if whole is None:
            room = 0.3 * max(box.width, box.height) * scale + 10
            edges = sorted((box.left * scale * figure.facing, box.right * scale * figure.facing))
            whole = one.pose.matte = matte.matte_of(
                lambda part, at, low: body.draw(part, one._replace(x=at, row=low)),
                (edges[0] - room, -box.top * scale - room, edges[1] + room,
                 -box.bottom * scale + 0.3 * room),
            )  # fmt: skip
        if state.broken >= 0:
            if body.broken is None:
                seed = self._seed + self._bodies.index(body)
                whole = body.broken = matte.shattered(whole, seed)
            matte.pieces(picture, whole, state, one.x, one.row, line + 0.02 * self._unit)
            return
        fallen = 0.0 if figure.radius else abs(math.sin(math.radians(state.turn)))
        up = 0.3 * box.width * scale * fallen * fallen if state.turn > 40 else 0.0
        down = state.sunk * box.height * scale
        matte.lay(picture, whole, state, figure.facing, one.x, one.row + down - up)

    def place(self, figure: Figure, t: float, view: View) -> tuple[float, float]:
        """Where a figure's origin is in the frame at a time, in pixels."""
        return placed_at(figure, t, view, self._ground)

    def mirror(
        self, picture: Picture, t: float, view: View, horizon: float, squeeze: float
    ) -> None:
        """Draw those afloat where the water's mirror will find them."""
        for body in self._bodies:
            figure = body.figure
            if figure.afloat:
                one = self._seen(body, t, view)
                foot = horizon - squeeze * (one.row + 2 * figure.lift - horizon)
                # What is under water has no mirror image.
                part = picture.above(foot + squeeze * figure.lift)
                body.mirror(part, one._replace(row=foot), squeeze)


def _immerse(drawn: Picture, water: Picture, t: float) -> None:
    """Let the water ripple along a body that was drawn over it, and hide more of it with depth."""
    rows = drawn.height
    first, _, wide, _ = cv2.boundingRect(cv2.absdiff(drawn.y, water.y))
    left, right = max(0, first // 2 * 2 - 4), min(drawn.width, first + wide + 5) // 2 * 2
    if rows < 4 or not wide:
        return
    drawn, water = (one.part(left, 0, right, rows) for one in (drawn, water))
    across = np.arange(left, right, dtype=np.float32) / np.float32(rows)
    ripple = exact.sin(across * np.float32(1.7) + np.float32(2.1 * t))
    ripple += exact.sin(across * np.float32(3.1) - np.float32(2.9 * t))
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    under = down - np.float32(0.33) - ripple[None] * np.float32(0.08)
    hidden = np.where(under > 0, np.clip(np.float32(0.45) + under * 1.2, 0, 1), np.float32(0))
    # Where the body goes through the surface, that is raised and catches the light.
    lip = (cv2.absdiff(drawn.y, water.y) > _SEEN) * np.clip(1 - np.abs(under) * 12, 0, 1)
    small = cv2.resize(hidden, drawn.u.shape[::-1])
    for plane, own, share in zip(drawn, water, (hidden, small, small), strict=True):
        np.copyto(plane, np.rint(plane * (1 - share) + own * share).astype(np.uint8))
    cv2.add(drawn.y, (lip * _LIP).astype(np.uint8), drawn.y)
