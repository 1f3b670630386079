"""Spots: where on those to whom something happens a cloud rises from, at a moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from msgspec import structs

from shadowplay.acting.reaching import crossings
from shadowplay.art import library
from shadowplay.art.actors import Actor
from shadowplay.art.prop import Prop
from shadowplay.deeds import SPECKS, VERBS, Cloud, Verb, begins
from shadowplay.picture.flats import View
from shadowplay.scene import Scene
from shadowplay.shot import Size
from shadowplay.sprites.marks import Figure

Base = tuple[float, float, float, float, float]
Place = Callable[[Figure, float, View], tuple[float, float]]
_Point = tuple[float, float]

LOW = ("foot", "ground", "surface", "ahead", "rear")  # where ground or water is below a cloud
_TOUCH = 0.09  # how far apart those are at most who touch, in the doer's heights
_BLOW = 0.16  # seconds of a blow
_TRIES = 8  # steps to where two lines are nearest
_EVER = 6.0  # seconds before the film for which what always smokes or burns has done so


class Emitter(NamedTuple):
    """A cloud about figures: about the middle between two, or, without any, in the air.

    It comes again `every` so many seconds; 0 for never. If it has a `goal`, its specks fly there.
    """

    cloud: Cloud
    start: float
    figures: tuple[Figure, ...]
    number: int
    every: float = 0.0
    goal: Figure | None = None

    @property
    def lasts(self) -> float:
        """Seconds from its first speck to its last."""
        return self.cloud.end - self.cloud.start


def by_themselves(figures: list[Figure], emitters: list[Emitter]) -> list[Emitter]:
    """Emitters, and those of all who move, who are used, or who always smoke or burn."""
    for verb in VERBS.values():
        for figure in figures:
            start, every = begins(0, 1), 0.0
            on_land = verb.moves in ("run", "drive")
            moves = figure.role.action == verb.moves and figure.afloat != on_land
            if moves and verb.moves == "jump":  # each beat is when it leaves the water or is back
                every, start = figure.actor.beats("jump", figure.variant)
            elif not (_is_played(figure, verb, figures) or (moves and figure.speed)):
                continue
            emitters += [Emitter(x, start, (figure,), len(emitters), every) for x in verb.clouds]
    for figure in figures:
        if known := library.facts(figure.role.actor).cloud:
            cloud = Cloud(known[0], "who", "vent", -_EVER)
            emitters.append(Emitter(cloud, 0.0, (figure,), len(emitters)))
    return emitters


def _is_played(thing: Figure, verb: Verb, figures: list[Figure]) -> bool:
    """Whether somebody holds a thing that a verb is about, or is at it."""
    if not isinstance(thing.actor, Prop) or thing.actor.arms not in verb.handled:
        return False
    at = any((f.role.to, f.role.relation) == (thing.role.actor, "at") for f in figures)
    held = thing.holder is not None and not thing.holder.is_thing
    return thing.side != "front" and (held or at)


def on_ground(emitters: list[Emitter], scene: Scene) -> list[Emitter]:
    """Let what rises from the ground be what that is made of: nothing does from a room's floor."""
    place = library.place(scene.setting)
    dry = "dry" if place.sound == "dry" or scene.earth else ""
    soil = "leaves" if scene.falling == "leaves" else dry
    ground = "room" if place.floor else "snow" if scene.snowed else "wet" if scene.wet else soil
    made: list[Emitter] = []
    for one in emitters:
        where = SPECKS[one.cloud.kind].where if one.cloud.at in LOW else {}
        if kind := where.get(ground, one.cloud.kind):
            made.append(one._replace(cloud=structs.replace(one.cloud, kind=kind)))
    return made


class Spots:
    """The places of clouds in a frame."""

    def __init__(self, size: Size, place: Place) -> None:
        """Look at a frame; `place` says where a figure's origin is in it at a time."""
        self._size, self._place = size, place
        self._apart: set[tuple[int, float]] = set()

    def base(self, one: Emitter, t: float, view: View, k: int) -> Base | None:
        """The place that a speck rises from, and its owner's width and height.

        The last number is 1 if its owner looks to the right, else -1. There is no place while those
        do not touch who are to meet, or where no window is.
        """
        width, height = self._size
        if not one.figures:
            row = (0.72 if one.cloud.at == "low" else 0.3) * height
            return 0.5 * width, row, width, float(height), 1.0
        at, figures, met = one.cloud.at, one.figures, None
        doer = figures[0].holder or figures[0]
        if at == "blow" or (at == "tip" and any(doer.work)):
            if (one.number, t) in self._apart:
                return None
            met = self._touch(figures, t, view)
            if met is None or (at == "blow" and self._touch(figures, t - _BLOW, view)):
                self._apart.add((one.number, t))
                return None
        spots = [self._spot(figure, at, t, view, k) for figure in figures]
        x, y, wide, high = (sum(parts) / len(spots) for parts in zip(*spots, strict=True))
        if at == "middle":  # between two, halfway between the sides that they turn to each other
            sides = [[x + way * wide / 2 for x, _, wide, _ in spots] for way in (-1, 1)]
            x = (max(sides[0]) + min(sides[1])) / 2
        x, y = (met.real, met.imag) if met else (x, y)
        return x, y, wide, high, figures[0].facing

    def goal(self, one: Emitter, t: float, view: View) -> tuple[float, float] | None:
        """The middle of whoever its specks fly to."""
        return self._spot(one.goal, "middle", t, view, 0)[:2] if one.goal else None

    def _touch(self, figures: tuple[Figure, ...], t: float, view: View) -> complex | None:
        """Where two blades cross, or a tool or a hand is at what it works on; None if nowhere."""
        lines = []
        for figure in figures:
            actor, palm = figure.actor, figure.hand(t)[:2]
            points = (figure.grip, actor.tip) if isinstance(actor, Prop) else (palm, palm)
            turned = [figure.offset(*point, figure.state(t).turn) for point in points]
            at = complex(*self._place(figure, t, view))
            lines.append([at + complex(right, -up) for right, up in turned])
        doer = figures[0].holder or figures[0]
        if len(lines) < 2:
            at = complex(*self._place(doer, t, view)) + complex(doer.work[0], -doer.work[1])
            lines = [lines[0][1:] * 2, [at, at]]
        one = other = lines[0][1]
        for _ in range(_TRIES):
            other = _nearest(one, *lines[1])
            one = _nearest(other, *lines[0])
        return (one + other) / 2 if abs(one - other) < _TOUCH * doer.pixels_high else None

    def _spot(
        self, figure: Figure, at: str, t: float, view: View, k: int
    ) -> tuple[float, float, float, float]:
        x, row = self._place(figure, t, view)
        state = figure.state(t)
        box, scale, facing = figure.box, figure.scale, figure.facing
        # What burns in a hand is no larger than that.
        owner = figure if at in ("body", "roof", "top") else figure.holder or figure
        wide, high = owner.pixels_wide, owner.pixels_high
        middle = x + box.middle[0] * scale * facing
        top = row - box.top * scale * state.tall
        bottom = row + figure.lifted(t) if figure.afloat else row - box.bottom * scale
        line = bottom + (state.up if at in ("ground", "ahead") else 0.0)
        actor, ahead, point = figure.actor, 0.5 * facing * high, None
        if at == "vent":
            point = known.cloud[1:] if (known := library.facts(figure.role.actor)).cloud else None
        elif at == "roof":
            x_own = box.left + (0.06 + 0.88 * ((k + 1) * 0.618 % 1)) * box.width
            point = x_own, _ridge(actor, figure.variant, x_own)
        elif isinstance(actor, Prop):
            lamp = actor.lamp.at if at == "light" and actor.lamp else None
            foot = (figure.grip[0], box.bottom) if at == "foot" and figure.holder else lamp
            point = actor.tip if at == "tip" else foot
        elif at == "window" and (panes := _windows(actor, figure.variant)):
            point = panes[k % len(panes)]
        elif at in ("hand", "mouth"):
            point = figure.hand(t, "grip" if at == "hand" else at)[:2]
        if point is not None:
            right, up = figure.offset(*point, state.turn)
            if at in ("roof", "window"):  # each is at its own place
                wide, high = 0.0, min(high, 0.6 * wide)
            return x + right, row - up * state.tall, wide, high
        ways = dict.fromkeys(("foot", "below", "ground"), (middle, line)) | {
            "top": (middle, top + 0.08 * box.height * scale),
            "above": (middle, top),
            "surface": (middle, state.wet or row + figure.lifted(t)),
            "rear": (middle - facing * 0.46 * wide, line),
            "tail": (middle - facing * 0.44 * wide, (top + bottom) / 2),
            "face": (middle + facing * 0.46 * wide, row + figure.lifted(t)),
            "ahead": (x + figure.work[0] if any(figure.work) else middle + ahead, line),
            "work": (x + figure.work[0], row - figure.work[1]),
            "canvas": (middle, top + 0.38 * (bottom - top)),
        }
        across, down = ways.get(at, (middle, (top + bottom) / 2))
        if at == "canvas":
            wide, high = 0.42 * wide, 0.3 * high
        return across, down, wide, high


@lru_cache(maxsize=512)
def _ridge(actor: Actor, variant: int, x: float) -> float:
    """How high the upper edge of something is at a column, in its units."""
    return max(crossings(actor, actor.actions[0], variant, x, 0), default=0.0)


@lru_cache(maxsize=64)
def _windows(actor: Actor, variant: int) -> list[_Point]:
    """The sills of a building's windows, in its units."""
    panes = [
        shape.points for shape in actor.pose(actor.actions[0], 0.0, variant) if shape.light > 0
    ]
    return [(float(one[:, 0].mean()), float(one[:, 1].min())) for one in panes]


def _nearest(place: complex, start: complex, end: complex) -> complex:
    """The place on a line that is nearest to another place."""
    way = end - start
    share = ((place - start) * way.conjugate()).real / (abs(way) * abs(way) or 1.0)
    return start + way * min(1.0, max(0.0, share))
