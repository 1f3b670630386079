"""The prop box: the props of a troupe, painted in the scene's light, and what their lamps light."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from shadowplay.art.prop import Prop
from shadowplay.picture.layers import Layer, Picture
from shadowplay.picture.light import glow
from shadowplay.picture.palette import LitScene
from shadowplay.sprites.changes import State
from shadowplay.sprites.lighting import light_on
from shadowplay.sprites.marks import Figure
from shadowplay.sprites.paint import PaintedProp

_FLAT = 0.24  # how high a pool of light on the ground is, as a share of its width


class PlacedLamp(NamedTuple):
    """A lamp in the frame: whose it is, where it and the ground below are, and its reach."""

    owner: int
    x: float
    y: float
    ground: float
    reach: float
    level: float


class LampLight(NamedTuple):
    """The light of a lamp at a place: the way to it, right and down, and how strong it is."""

    across: float
    down: float
    level: float


class PropBox:
    """The props among a troupe's figures, by their index."""

    def __init__(self, lit: LitScene, figures: Sequence[Figure]) -> None:
        self._unit = lit.scene.size.unit
        self._lit = lit.dark
        self._figures = {k: f for k, f in enumerate(figures) if isinstance(f.actor, Prop)}
        self._painted: dict[int, PaintedProp] = {}
        self._dark: dict[int, PaintedProp] = {}
        self._shadows: dict[int, Layer | None] = {}
        self._mirrors: dict[int, Layer] = {}
        self._lamps: list[PlacedLamp] = []
        self._tone = lit.palette.lamp
        same: dict[tuple[object, ...], PaintedProp] = {}
        for k, figure in self._figures.items():
            role = figure.role
            deeds = {name for change in figure.changes for name in change.party.tracks}
            opens = "open" in deeds
            mark: tuple[object, ...] = (
                role.actor,
                figure.scale,
                figure.facing,
                round(figure.x),
                opens,
            )
            assert isinstance(figure.actor, Prop)
            made = figure.actor.lettered(role.text)
            # Words are not read in a mirror.
            way = 1.0 if role.text and made.board else figure.facing
            light = light_on(lit, figure)._replace(medium=made.medium)
            mark = (*mark, light.tint)
            if mark not in same:
                same[mark] = PaintedProp(made, figure.scale, way, light, opens=opens)
            self._painted[k] = same[mark]
            if "light" in deeds:
                dark = light._replace(lit=False, out=True)
                self._dark[k] = PaintedProp(made, figure.scale, way, dark)
            if figure.grounded and not figure.lift and figure.side != "front":
                self._shadows[k] = same[mark].shadow()

    def __contains__(self, k: int) -> bool:
        """Whether the figure of that index is a prop."""
        return k in self._figures

    def shade(self, picture: Picture, k: int, x: float, row: float) -> None:
        """Lay the shadow of a prop on the ground."""
        shadow = self._shadows.get(k)
        if shadow is not None:
            shadow.draw(picture, x, row)

    def draw(self, picture: Picture, k: int, t: float, x: float, row: float, state: State) -> None:
        """Draw a prop, or the side of it that this figure is."""
        painted = self._dark[k] if k in self._dark and state.light < 0.5 else self._painted[k]
        painted.draw(picture, self._figures[k].side, t, x, row, state.open)

    def mirror(self, picture: Picture, k: int, x: float, row: float, squeeze: float) -> None:
        """Draw a prop where the water's mirror will find it."""
        if self._figures[k].side == "front":
            return
        if k not in self._mirrors:
            self._mirrors[k] = self._painted[k].mirrored(squeeze)
        self._mirrors[k].draw(picture, x, row)

    def light(self, placed: Sequence[tuple[int, float, float]], others: list[PlacedLamp]) -> None:
        """Note where the lamps are in a frame: props with their columns and rows, and others."""
        self._lamps = others
        for k, x, row in placed:
            figure = self._figures.get(k)
            if figure is None or not isinstance(figure.actor, Prop) or figure.side == "front":
                continue
            lamp = figure.actor.lamp
            if lamp is not None and (self._lit or lamp.always):
                across = x + lamp.at[0] * figure.scale * figure.facing
                down = row - lamp.at[1] * figure.scale
                level = 1.0 if self._lit else 0.4
                reach = lamp.reach * figure.scale
                self._lamps.append(PlacedLamp(k, across, down, row, reach, level))

    def spill(self, picture: Picture) -> None:
        """Lay the lamps' light on the ground; the higher a lamp, the broader and the weaker."""
        for lamp in self._lamps:
            high = max(0.0, lamp.ground - lamp.y)
            level = 0.62 * lamp.level * lamp.reach / (lamp.reach + 0.5 * high)
            reach = min(1.1 * lamp.reach + 0.5 * high, 0.5 * self._unit)
            radius, strength = int(reach) // 8 * 8, round(min(0.6, level) * 16) / 16
            if radius > 8 and strength > 0:
                halo = glow(radius, self._tone, strength, 1.5, _FLAT)
                halo.draw(picture, lamp.x, lamp.ground)

    def lamp_near(self, x: float, y: float, but: int) -> LampLight | None:
        """The strongest light at a place of the frame of a lamp that is not this figure's own."""
        best: LampLight | None = None
        for lamp in self._lamps:
            right, low = lamp.x - x, lamp.y - y
            far = math.sqrt(right * right + low * low)
            level = max(0.0, 1 - far / (2.2 * lamp.reach)) * lamp.level
            if lamp.owner != but and level > 0.08 and (best is None or level > best.level):
                best = LampLight(right / max(far, 1.0), low / max(far, 1.0), level)
        return best

    def shine(self, picture: Picture, k: int, t: float, x: float, row: float, unit: float) -> None:
        """Add the glow of a prop's lamp."""
        if k in self._figures and self._figures[k].side != "front":
            self._painted[k].shine(picture, t, x, row, unit)
