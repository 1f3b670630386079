"""Marks: where one member of the cast is at every moment, and how much room it takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from shadowplay.art import library
from shadowplay.art.actors import Actor, Grip, Guise
from shadowplay.art.prop import Prop
from shadowplay.art.treads import ease
from shadowplay.colour import Floats
from shadowplay.names import is_puppet
from shadowplay.picture.camera import Travel
from shadowplay.picture.flats import View
from shadowplay.scene import Action, Role
from shadowplay.sprites import going
from shadowplay.sprites.changes import Change, State

_LYING = 0.66  # the height of one who sits


class Box(NamedTuple):
    """What an action needs of room, in actor units, y up."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From the hindmost to the foremost point."""
        return max(0.05, self.right - self.left)

    @property
    def height(self) -> float:
        """From the lowest to the highest point."""
        return max(0.05, self.top - self.bottom)

    @property
    def middle(self) -> tuple[float, float]:
        """Halfway between its edges."""
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    @property
    def long(self) -> bool:
        """Whether it is as long as high, as animals and vehicles are."""
        return self.width > 0.85 * self.height

    def room(self, action: Action) -> float:
        """The height that it is given room for: one who lies is no larger than one who sits."""
        return max(self.height, _LYING) if action == "lie" else self.height


_ENDLESS = 6.0
"""Heights of a figure from which on a part goes on beyond the frame: a cable. A lamp's may, too."""


def box_of(actor: Actor, action: Action) -> Box:
    """The room an action takes, found by looking at a few moments of it."""
    low, high = np.full(2, 1e9), np.full(2, -1e9)
    slow = max(1.0, actor.beats(action)[0]) if action == "jump" else 1.0  # a whale takes seconds
    for t in (0.0, 0.17, 0.39, 0.61, 0.83, 1.21):
        for shape in actor.pose(action, t * slow, 0):
            left, right = shape.points.min(axis=0), shape.points.max(axis=0)
            (wide, tall), beam = right - left, shape.coat and shape.coat.name == "beam"
            if isinstance(actor, Prop) or wide < (tall if beam else _ENDLESS):
                low, high = np.minimum(low, left), np.maximum(high, right)
    return Box(*low.tolist(), *high.tolist())


def lead_of(roles: list[Role]) -> Role:
    """The first that is alive or moves; a building or a lantern when there is nothing else."""
    figures = [role for role in roles if not library.has(role.actor)]
    moves = (r for r in figures if r.actor != "lantern" and not library.facts(r.actor).scenery)
    return next(moves, next(iter(figures), roles[0]))


_WADE = 0.5
"""How much of its height is under water when one swims or wades that lives on the ground."""

_SHALLOW, _FORD = 0.07, 0.24
"""How much of its height is in the water of one who stands or sits in it near the shore, and of one
who goes through."""


def hung_of(role: Role, actor: Actor, where: str, box: Box) -> float:
    """How far above its ground, or below the water's face, one stands, in actor units."""
    if isinstance(actor, Prop):
        return actor.lift if where == "ground" else 0.0
    on_land = actor.home_for(role.action) == "ground" and not library.facts(role.actor).scenery
    bound = role.to and role.relation != "follow"
    wades = where == "water" and on_land and not (bound or is_puppet(role.actor))
    going = _FORD if role.place == "shallow" else _WADE
    deep = going if actor.speed(role.action) else _SHALLOW
    return -deep * box.height if wades else 0.0


class Leap(NamedTuple):
    """A leap over, or through, a thing that one comes to on its way."""

    at: float  # the second at which it is above the thing's middle
    every: float  # seconds after which it comes to the thing again
    half: float  # seconds from there until it is on the ground
    touch: float  # the second of its jump's cycle at which it is on the ground
    flight: float  # seconds from there on that it is in the air in half of a usual jump
    high: float  # pixels that its jump is to be higher
    how: Action  # what it does meanwhile

    def age(self, t: float) -> float:
        """Seconds since it was above the thing, less than 0 before that."""
        return (t - self.at + self.every / 2) % self.every - self.every / 2


@lru_cache(maxsize=1024)
def _anchor(actor: Actor, means: str, action: Action, t: float, variant: int) -> Grip | None:
    """Where an anchor is: who holds things is asked for that many times a frame."""
    return actor.anchor(means, action, t, variant)


_TAKES = 0.2  # seconds in which what somebody takes comes to the hand
_KNOWN = 400
"""How many states a figure keeps: clouds ask for those of a second or two again and again."""


@dataclass(slots=True)
class Figure:
    """One member of the cast on its mark."""

    role: Role
    actor: Actor
    variant: int
    scale: float  # pixels per actor unit
    x: float  # where its origin is in the frame at the scene's start
    row: float  # the row of its origin, for those that do not stand on the ground
    box: Box
    # How far it stands below the ground line, in pixels; negative is farther away.
    sink: float = 0.0
    grounded: bool = True  # its feet follow the ground line
    depth: float = 1.0  # parallax of its plane
    speed: float = 0.0  # pixels a second over the world, to the right when positive
    span: float = 0.0  # the way after which one that left the frame comes in again
    afloat: bool = False  # it stands in water that mirrors it
    fade: float = 0.0  # how much of the haze is on it
    sway: float = 0.0  # how far it rises and sinks by itself, in pixels
    entrance: float = 0.0  # seconds after which it comes in; 0 if it was always there
    lift: float = 0.0  # how far it is above its ground or water line, in pixels
    # How fast it goes up, in pixels a second, until it is `peak` pixels higher; or down.
    climb: float = 0.0
    peak: float = 0.0
    side: str = "all"  # which side of a prop this is: "back", "front" or "all"
    order: float = 0.0  # of those in one plane, the larger are drawn later
    # From when it does what, and with which speed; nothing for its role's action alone.
    acts: tuple[tuple[float, Action, float], ...] = ()
    # How far its origin is above its feet while it flies, in pixels, if it also stands.
    aloft: float = 0.0
    changes: list[Change] = field(default_factory=list)  # what deeds do to it
    holder: Figure | None = None  # in whose hand it is, or hangs, from the second `joins` on
    grip: tuple[float, float] = (0.0, 0.0)  # where that hand is, in its own units
    joins: float = 0.0
    grasp: str = "grip"  # the anchor of its holder that it is at
    leap: Leap | None = None  # what it leaps over on its way
    radius: float = 0.0  # in its own units, of what rolls as far as it goes
    # What its hands are at: pixels right of and above its origin.
    work: tuple[float, float] = (0.0, 0.0)
    # From when it has its arms at what, if that is not always the same.
    looks: list[tuple[float, Actor]] = field(default_factory=list)
    # Its states at some times, from when it is on the stage on.
    known: dict[float, State] | None = field(default=None, init=False, compare=False)

    @property
    def facing(self) -> float:
        """1 to the right, -1 to the left; a thing that is in a hand turns with that."""
        held = self.holder if self.joins <= 0 and self.is_thing else None
        return -1.0 if (held or self).role.leftward else 1.0

    @property
    def is_thing(self) -> bool:
        """Whether it is a prop, and no actor."""
        return isinstance(self.actor, Prop)

    @property
    def metre(self) -> float:
        """How many pixels a metre is long where it stands."""
        return self.scale / self.actor.height

    @property
    def pixels_high(self) -> float:
        """Its height in pixels."""
        return self.box.height * self.scale

    @property
    def pixels_wide(self) -> float:
        """Its width in pixels."""
        return self.box.width * self.scale

    @property
    def in_air(self) -> bool:
        """Whether it is neither on the ground nor afloat."""
        return not (self.grounded or self.afloat)

    def column(self, x: float) -> float:
        """The column of what is so far ahead of its origin, in its own units."""
        return self.x + x * self.scale * self.facing

    @property
    def middle(self) -> float:
        """The column of its middle; who sets it moves the figure there."""
        return self.column(self.box.middle[0])

    @middle.setter
    def middle(self, column: float) -> None:
        self.x = column - self.box.middle[0] * self.scale * self.facing

    def take(self, action: Action) -> None:
        """Let it do something else, for which it needs other room."""
        self.role, self.box = replace(self.role, action=action), box_of(self.actor, action)

    def face(self, *, leftward: bool) -> None:
        """Let it look to the left or to the right, about its origin."""
        self.role = replace(self.role, leftward=leftward)

    def guise(self, more: Guise) -> None:
        """Let it have this besides in all that its arms do."""
        self.actor = self.actor.guised(more)
        self.looks = [(start, actor.guised(more)) for start, actor in self.looks]

    def hasten(self, times: float) -> None:
        """Let it go so many times as fast in all that it does."""
        self.speed *= times
        self.acts = tuple((start, action, speed * times) for start, action, speed in self.acts)

    @property
    def reach(self) -> float:
        """How far from its origin it is seen at most, in pixels across."""
        return self.scale * max(self.box.right, -self.box.left, 0.3)

    def across(self, t: float, view: View) -> float:
        """Where its origin is in the frame at a time."""
        if self.holder is not None and t >= self.joins:
            return self.holder.across(t, view) + self.carried(self.holder, t)[0]
        x = self.x + self.way(t) - self.depth * view.x
        if self.span and not -self.reach < x < self.span - self.reach:
            x = (x + self.reach) % self.span - self.reach
        return x + self.state(t).right if self.changes else x

    def way(self, t: float) -> float:
        """How far it has gone at a time by its own speed, in pixels to the right."""
        if not self.acts:
            return self.speed * max(0.0, t - self.entrance)
        ends = [*(start for start, _, _ in self.acts[1:]), math.inf]
        return sum(
            speed * max(0.0, min(t, end) - start)
            for (start, _, speed), end in zip(self.acts, ends, strict=True)
        )

    @property
    def rate(self) -> float:
        """How many times as fast as by itself it goes on the ground."""
        usual = self.actor.speed(self.role.action) * self.scale
        return abs(self.speed) / usual if self.grounded and self.speed and usual else 1.0

    def doing(self, t: float) -> Action:
        """What it does at a time."""
        return going.acting(self, t)[-1][0]

    def look(self, t: float) -> tuple[Actor, Actor, float]:
        """Itself with its arms before the last change by a time and after it, and when that was."""
        looks = self.looks or [(0.0, self.actor)]
        past = [looks[0], *(one for one in looks[1:] if t >= one[0])][-2:]
        return past[0][1], past[-1][1], past[-1][0] if len(past) > 1 else 0.0

    def clock(self, t: float) -> float:
        """Where it is in the cycle of what it does at a time, in seconds."""
        return going.clock(self, t, self.doing(t))

    def state(self, t: float) -> State:
        """What deeds have made of it at a time."""
        if self.known is not None and t in self.known:
            return self.known[t]
        state = State()
        for change in self.changes:
            change.apply(state, t)
        if self.holder is not None and t >= self.joins:
            state.turn += self.holder.hand(t, self.grasp)[2] if self.grasp == "grip" else 0.0
            state.turn += self.holder.state(t).turn
        if self.radius:
            flat = self.box.width / self.box.height
            state.roll(self.way(t), self.radius * self.scale, flat, self.facing)
        if self.known is not None:
            if len(self.known) > _KNOWN:
                self.known.clear()
            self.known[t] = state
        return state

    def hand(self, t: float, means: str = "grip") -> tuple[float, float, float]:
        """Where it holds things, or has its mouth, in its own units; degrees they are turned."""
        action = self.doing(t)
        if found := _anchor(going.performer(self, t), means, action, self.clock(t), self.variant):
            return found
        if place := self.actor.place(means):
            return *place.start, 0.0
        if self.actor.home_for(action) == "air" and means in ("grip", "claws"):
            return 0.0, 0.7 * self.box.bottom, 0.0  # its claws
        return 0.8 * self.box.right, self.box.middle[1], 0.0

    def offset(self, x: float, y: float, turn: float = 0.0) -> tuple[float, float]:
        """A point in its own units as pixels right of and above its origin, turned forward."""
        c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        return (x * c + y * s) * self.scale * self.facing, (y * c - x * s) * self.scale

    def carried(self, holder: Figure, t: float) -> tuple[float, float]:
        """How far its origin is right of and above that of its holder at a time, in pixels."""
        state, thing = self.state(t), holder.actor
        at = thing.tip if isinstance(thing, Prop) else holder.hand(t, self.grasp)[:2]
        right, up = holder.offset(*at, holder.state(t).turn)
        own = _anchor(going.performer(self, t), "held", self.doing(t), self.clock(t), self.variant)
        across, above = self.offset(*(own[:2] if own else self.grip), state.turn)
        return right - across + state.right, up - above + state.up

    def lifted(self, t: float) -> float:
        """How far it is above its ground or water line at a time, in pixels."""
        if self.holder is not None and t >= self.joins:
            return self.holder.lifted(t) + self.carried(self.holder, t)[1]
        up = self.state(t).up if self.changes else 0.0
        up += self.aloft if self.acts and self.doing(t) == "fly" else 0.0
        if self.leap:
            share = self.leap.age(t) / self.leap.half
            up += self.leap.high * max(0.0, 1 - share * share)
        gone = self.climb * max(0.0, t - self.entrance)
        return self.lift + up + min(self.peak, max(-self.peak, gone))

    def down(self, t: float, view: View) -> float:
        """The row of the origin of one that flies or floats."""
        bob = math.sin(t * 0.9 + self.variant * 1.9) * self.sway
        return self.row - self.lifted(t) + bob + self.depth * view.y * 0.6 + self._risen(t)

    def come_in(self, width: int, at: float) -> None:
        """Start outside the frame: walk in from behind, or be raised like a puppet."""
        self.entrance = at
        reach = self.scale * max(self.box.right, -self.box.left) + 8
        if self.speed:
            self.x = -reach if self.speed > 0 else width + reach
            self.x -= self.variant * self.scale * self.box.width * 0.9 * self.facing
            self.span = 0.0

    def _risen(self, t: float) -> float:
        """How far below its mark one is that is being raised into the frame."""
        if not self.entrance or self.speed:
            return 0.0
        share = min(1.0, max(0.0, (t - self.entrance) / 1.4))
        share = 1 - math.pow(1 - share, 3)
        return (1 - share) * (self.pixels_high * 1.1 + 40)


def placed_at(figure: Figure, t: float, view: View, ground: Floats | None) -> tuple[float, float]:
    """Where a figure's origin is in the frame at a time, in pixels; `ground` has rows by column."""
    if figure.holder is None or (share := ease(1 + (t - figure.joins) / _TAKES)) == 0:
        return _free(figure, t, view, ground)
    x, row = placed_at(figure.holder, t, view, ground)
    right, up = figure.carried(figure.holder, max(t, figure.joins))
    own, there = _free(figure, t, view, ground) if share < 1 else (x, row), (x + right, row - up)
    return own[0] + (there[0] - own[0]) * share, own[1] + (there[1] - own[1]) * share


def _free(figure: Figure, t: float, view: View, ground: Floats | None) -> tuple[float, float]:
    """Where a figure's origin is that nobody holds."""
    x = figure.across(t, view)
    if not figure.grounded or ground is None:
        return x, figure.down(t, view)
    if figure.depth < 1:
        return x, figure.row - figure.lifted(t) + figure.depth * view.y
    column = x + view.x
    whole, count = math.floor(column), len(ground)
    here, there = float(ground[whole % count]), float(ground[(whole + 1) % count])
    row = here + (there - here) * (column - whole)
    return x, row + figure.sink + view.y - figure.lifted(t)


@dataclass(slots=True)
class Blocking:
    """The whole cast on its marks, back to front, and the way the camera takes with it."""

    figures: list[Figure]
    travel: Travel | None


FEW = 5  # a group of more than these stands in ranks


def lead_where(lead: Figure) -> str:
    """On which part of the stage a figure is."""
    if lead.grounded:
        return "ground"
    return "water" if lead.afloat else "sky"
