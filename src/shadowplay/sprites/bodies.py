"""Bodies: what a stage asks of those it draws, whatever they are made of, and their lamps."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from shadowplay.art.actors import Shape
from shadowplay.art.prop import Prop
from shadowplay.picture.layers import Layer, Picture
from shadowplay.picture.light import glow, hour_of
from shadowplay.picture.palette import LitScene
from shadowplay.sprites.changes import State
from shadowplay.sprites.going import performer
from shadowplay.sprites.lighting import Light
from shadowplay.sprites.marks import Figure
from shadowplay.sprites.matte import Matte
from shadowplay.sprites.outlines import Shadow, shadow_of
from shadowplay.sprites.paint import PaintedProp

_FLAT = 0.24  # how high a pool of light on the ground is, as a share of its width


@dataclass(slots=True)
class Pose:
    """One pose of one figure."""

    shapes: Sequence[Shape]  # its outlines
    solid: Sequence[Shape] = ()  # those of them that shine by nothing of their own
    shining: Sequence[Shape] = ()  # those of them that shine by themselves
    lasts: bool = False  # it is seen in three frames or more, so that its picture is kept
    # Its shadows, by the side of the lamp, as far as they were asked for.
    shadows: dict[float, Shadow] = field(default_factory=dict)
    layer: Layer | None = None  # its picture about its origin, once it was asked for
    matte: Matte | None = None  # the figure in this pose cut free, once it was asked for


class Lamp(NamedTuple):
    """A lamp in the frame: whose it is, where it and the ground below are, and its reach."""

    owner: Figure
    x: float
    y: float
    ground: float
    reach: float
    level: float


LampLight = tuple[tuple[float, float], float]
"""The way to a lamp, right and down, of length 1, and how strong its light is."""


class Lamps:
    """The lamps of a troupe.

    Attributes:
        hung: where they are in a frame.
    """

    def __init__(self, lit: LitScene) -> None:
        self._unit, self._tone = lit.scene.size.unit, lit.palette.lamp
        self.hung: list[Lamp] = []

    def spill(self, picture: Picture) -> None:
        """Lay the lamps' light on the ground; the higher a lamp, the broader and the weaker."""
        for lamp in self.hung:
            high = max(0.0, lamp.ground - lamp.y)
            level = 0.62 * lamp.level * lamp.reach / (lamp.reach + 0.5 * high)
            reach = min(1.1 * lamp.reach + 0.5 * high, 0.5 * self._unit)
            radius, strength = int(reach) // 8 * 8, round(min(0.6, level) * 16) / 16
            if radius > 8 and strength > 0:
                halo = glow(radius, self._tone, strength, 1.5, _FLAT)
                halo.draw(picture, lamp.x, lamp.ground)

    def near(self, x: float, y: float, figure: Figure) -> LampLight | None:
        """The strongest light at a place of the frame of a lamp that is not a figure's own."""
        best, toward = 0.08, (0.0, 0.0)
        for lamp in self.hung:
            right, low = lamp.x - x, lamp.y - y
            far = math.sqrt(right * right + low * low)
            level = max(0.0, 1 - far / (2.2 * lamp.reach)) * lamp.level
            if lamp.owner is not figure and level > best:
                best, toward = level, (right / max(far, 1.0), low / max(far, 1.0))
        return (toward, best) if any(toward) else None


class Seen(NamedTuple):
    """How one of the cast is seen in a frame."""

    t: float  # the time on the scene's clock
    x: float  # x, row: where its origin is, in pixels
    row: float
    state: State  # what deeds have made of it
    pose: Pose  # its outlines


class Body(ABC):
    """One of the cast as it is drawn in the light of its scene.

    Attributes:
        figure: whom it shows.
        broken: its pieces, once it breaks.
    """

    def __init__(self, lit: LitScene, figure: Figure) -> None:
        self.figure = figure
        self.broken: Matte | None = None
        self._key, self._night = lit.key, lit.dark
        self._hour, self._unit = hour_of(lit.scene), lit.scene.size.unit

    def pose(self, t: float, state: State) -> Pose:
        """Its pose at a time, in which it is in a state."""
        figure = self.figure
        shapes = performer(figure, t).pose(figure.doing(t), figure.clock(t), figure.variant)
        return Pose(shapes)

    @abstractmethod
    def draw(self, picture: Picture, one: Seen) -> None:
        """Draw it as it is seen."""

    @abstractmethod
    def mirror(self, picture: Picture, one: Seen, squeeze: float) -> None:
        """Draw it where the water's mirror will find it, `squeeze` times as high."""

    def shade(self, picture: Picture, one: Seen) -> None:
        """Lay its outline on the ground, away from the lamp, and the dark under it."""
        figure, away, pose = self.figure, -1.0 if self._key.x > one.x else 1.0, one.pose
        stands = figure.grounded and figure.depth > 0.5 and figure.lifted(one.t) < 1
        if figure.actor.guise.part or not stands:  # an arm is drawn twice
            return
        if away not in pose.shadows:
            lean = away * figure.scale * 0.55 * self._hour.shadow
            dark = 0.62 - 0.34 * self._key.veiled
            pose.shadows[away] = shadow_of(figure, pose.shapes, lean, dark)
        pose.shadows[away].lay(picture, one.x, one.row)

    def lamps(self, one: Seen) -> list[Lamp]:
        """What of it lights what is near."""
        return []

    def shine(self, picture: Picture, one: Seen) -> None:  # noqa: B027 - most have no glow
        """Add the glow of its lamp."""


class PropBody(Body):
    """A prop, or the side of it that a figure is, painted in the scene's light."""

    def __init__(
        self, lit: LitScene, figure: Figure, light: Light, known: dict[object, PaintedProp]
    ) -> None:
        """Paint it, or take what was painted for the like of it, which `known` keeps."""
        super().__init__(lit, figure)
        assert isinstance(figure.actor, Prop)
        deeds = {name for change in figure.changes for name in change.party.tracks}
        opens, role = "open" in deeds, figure.role
        self._prop = made = figure.actor.lettered(role.text)
        # Words are not read in a mirror.
        way = 1.0 if role.text and made.board else figure.facing
        light = light._replace(medium=made.medium)
        mark = role.actor, figure.scale, figure.facing, round(figure.x), opens, light.tint
        if mark not in known:
            known[mark] = PaintedProp(made, figure.scale, way, light, opens=opens)
        self._lit, self._dark = known[mark], known[mark]
        if "light" in deeds:
            dark = light._replace(lit=False, out=True)
            self._dark = PaintedProp(made, figure.scale, way, dark)
        self._first = figure.side != "front"  # of the two sides of one thing
        casts = figure.grounded and not figure.lift and self._first
        self._shadow = self._lit.shadow() if casts else None
        self._mirrored: Layer | None = None

    def draw(self, picture: Picture, one: Seen) -> None:
        """Draw it, its lamps lit or out."""
        painted = self._dark if one.state.light < 0.5 else self._lit
        painted.draw(picture, self.figure.side, one.t, one.x, one.row, one.state.open)

    def mirror(self, picture: Picture, one: Seen, squeeze: float) -> None:
        """Draw its silhouette."""
        if self._first:
            self._mirrored = self._mirrored or self._lit.mirrored(squeeze)
            self._mirrored.draw(picture, one.x, one.row)

    def shade(self, picture: Picture, one: Seen) -> None:
        """Lay its shadow on the ground."""
        if self._shadow is not None:
            self._shadow.draw(picture, one.x, one.row)

    def lamps(self, one: Seen) -> list[Lamp]:
        """Its lamp, if that is lit at this hour."""
        lamp, figure = self._prop.lamp, self.figure
        if lamp is None or not self._first or not (self._night or lamp.always):
            return []
        across, down = lamp.at[0] * figure.scale * figure.facing, lamp.at[1] * figure.scale
        level = 1.0 if self._night else 0.4
        reach, ground = lamp.reach * figure.scale, one.row
        return [Lamp(figure, one.x + across, ground - down, ground, reach, level)]

    def shine(self, picture: Picture, one: Seen) -> None:
        """Add the glow of its lamp."""
        if self._first:
            self._lit.shine(picture, one.t, one.x, one.row, self._unit)
