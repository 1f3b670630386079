"""A prop: one thing that does not act, drawn from its SVG and described by its TOML."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cache, partial
from typing import Any, Literal, TypeVar

import msgspec
import numpy as np

from shadowplay import exact
from shadowplay.art import library
from shadowplay.art.actors import Actor, Home, Place, Shape
from shadowplay.art.letters import lettering
from shadowplay.art.paths import Outline, Point, box, oriented, turned, up
from shadowplay.art.svg import Anchor, Part, Ramp, read
from shadowplay.colour import luma, rgb
from shadowplay.errors import ShadowplayError
from shadowplay.scene import Action

Line = TypeVar("Line", Place, Ramp, Anchor)
Way = Callable[[Outline], Outline]
_MEDIUM = 0.55  # how light parts are on the whole that take the prompt's colour, without any
Means = Literal["on", "in", "at", "under", "through", "holds", "light", "grip", "far", "tip", "sip"]
"""What an anchor can be for."""

OPENINGS = frozenset({"hinge", "lid", "raise", "slide"})  # how a leaf or a lid opens


class Motion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a group of a drawing moves."""

    # `flicker` (a flame on its base), `sway` (bends from its root), `swing` (turns to and fro),
    # `spin` (turns round), `bob` (up and down), `glide` (ahead and back). What opens: `hinge` (a
    # leaf turns about an upright side), `lid` (turns by `reach` degrees), `raise` (is `reach` times
    # as high when shut), `slide` (moves by `reach` metres).
    kind: Literal[
        "flicker", "sway", "swing", "spin", "bob", "glide", "hinge", "lid", "raise", "slide"
    ]  # fmt: skip
    reach: float = 0.1  # share of its height (flicker, sway), degrees (swing, hinge, lid) or metres
    period: float = 2.0  # seconds
    about: str = ""  # the anchor that is the pivot, if it is none of the usual ones
    after: float = 0.0  # the share of the opening when it begins; it is done three tenths later
    pivot: Point = (0.0, 0.0)  # what it turns about, or its base or root, in metres

    def moved(self, line: Outline, t: float, span: float) -> Outline:
        """An outline, in metres, at a time; `span` is the height of its group.

        The time of what opens is the share by which it is open.
        """
        share = min(max((t - self.after) / 0.3, 0), 1) if self.after else t
        reach, turn = self.reach, math.tau * t / self.period
        to_and_fro, angle = math.sin(turn), math.radians(reach)
        angles = {"lid": angle * share, "swing": -angle * to_and_fro, "spin": -turn}
        if self.kind in angles:
            return turned(line, cmath.rect(1, angles[self.kind]), self.pivot)
        (x, y), (left, low) = line.T, self.pivot
        high = (y - low) / span
        match self.kind:
            case "slide" | "glide":
                x = x + reach * (share if self.kind == "slide" else to_and_fro)
            case "bob":
                y = y + reach * to_and_fro
            case "raise":
                y = low + (y - low) * (reach + (1 - reach) * share)
            case "hinge":
                angle, out = math.radians(reach or 100.0) * share, x - left
                # The free side comes nearer, so it is seen a little larger.
                middle = 0.45 * float(y.max())
                y = middle + (y - middle) * (1 + 0.28 * math.sin(angle) * np.abs(out))
                x = left + out * math.cos(angle)
            case "sway":
                bend = reach * span * (to_and_fro + 0.35 * math.sin(2.3 * turn + 1))
                x = x + bend * high * np.abs(high)
            case "flicker":
                wave = exact.sin(turn - high * 5.2) + 0.6 * exact.sin(1.7 * turn - high * 8.3 + 2.1)
                tall = 1 + 0.8 * reach * (math.sin(1.3 * turn) + 0.6 * math.sin(2.9 * turn + 1))
                x = x + reach * span * 0.55 * wave * np.maximum(high, 0)
                y = low + (y - low) * tall
        return np.stack([x, y], 1)


def _dyed(parts: list[Part]) -> tuple[list[Part], float]:
    """The parts, all with the prompt's colour if none is marked; how light those with it are."""
    if not any(part.kind == "tint" for part in parts):
        parts = [part._replace(kind=part.kind or "tint") for part in parts]
    sizes, levels = [1e-6], [_MEDIUM]
    for part in parts:
        if part.kind == "tint":
            ramp = part.paint.stops if isinstance(part.paint, Ramp) else [(0.0, part.paint)]
            sizes.append(float(np.ptp(np.concatenate(part.outlines), axis=0).prod()))
            levels.append(sum(luma(tone) for _, tone in ramp) / len(ramp))
    return parts, sum(a * b for a, b in zip(sizes, levels, strict=True)) / sum(sizes)


class Lamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The light that a prop gives."""

    reach: float = 2.0  # metres within which it lights what is there
    flicker: float = 0.0  # how much it wavers, 0 to 1
    always: bool = False  # it is lit by day, too
    at: Point = (0.0, 0.0)  # where it is, in metres, as the drawing has it


class Board(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where words are written on a prop."""

    on: str  # the anchor that is the middle line of the words
    high: float  # how high they may be, in units of the drawing; in metres in a prop
    group: str = "back"  # the layer that they are the last of
    light: bool = False  # the words shine
    colour: str = "#241a12"
    instead: tuple[str, ...] = ()  # the ids of parts that make room for words
    start: Point = (0.0, 0.0)  # start, end: the ends of that line, in metres, as the drawing has it
    end: Point = (0.0, 0.0)


class Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an anchor is for, and what figures do there when the prompt says nothing."""

    means: Means = msgspec.field(name="is")
    poses: tuple[Any, ...] = ()


class Said(library.Facts, frozen=True, forbid_unknown_fields=True):
    """All that the TOML of a prop may say."""

    anchors: dict[str, Use] = msgspec.field(default_factory=dict)
    motion: dict[str, Motion] = msgspec.field(default_factory=dict)
    open: dict[str, Motion] = msgspec.field(default_factory=dict)  # by group, how it opens
    lettering: Board | None = None
    light: Lamp = Lamp()
    unit: float = 0.01  # metres a unit of the SVG
    home: Home = "ground"
    lift: float = 0.0  # how far above the ground it hangs, in metres
    wide: bool = False  # it may be wider in the frame than other props
    held: tuple[str, ...] = ()  # the figures whose word means it when somebody holds it
    arms: str = ""  # the table of arms of who has it
    tilt: float = 0.0  # degrees that it is turned in the hand


class Prop(Actor):
    """One prop, with one metre as the unit."""

    actions: tuple[Action, ...] = ("stand",)
    height = 1.0
    places: Mapping[str, Place] = {}

    def __init__(self, card: library.Card) -> None:
        """Read the drawing and what is said of it.

        Raises:
            ShadowplayError: `invalid_art`; the drawing or the description can't be used.
        """
        self.name, said = card.name, card.read(Said)
        drawing = read(card.drawing())
        if not drawing.parts:
            raise self._wrong("draws nothing")
        self.home, self.lift, self.wide, self.arms = said.home, said.lift, said.wide, said.arms
        self._all, self.medium = _dyed([metres(part, said.unit) for part in drawing.parts])
        self.parts = [part for part in self._all if not part.group.startswith("held")]
        self.low, self.high = box([line for part in self.parts for line in part.outlines])
        self._turn = cmath.rect(1, math.radians(said.tilt))
        self._anchors = {
            name: Anchor(up(one.start, said.unit), up(one.end, said.unit), one.radius * said.unit)
            for name, one in drawing.anchors.items()
        }
        self.places = {
            name: Place(*self._anchor(name), use.means, use.poses)
            for name, use in said.anchors.items()
        }
        self.motions = {name: self._placed(name, how) for name, how in said.motion.items()}
        self.openings = {name: self._placed(name, how) for name, how in said.open.items()}
        lit = self.place("light")
        self.lamp = msgspec.structs.replace(said.light, at=lit.start) if lit else None
        self.board = said.lettering
        if self.board:
            self._layer(self.board.group)
            line, high = self._anchor(self.board.on), self.board.high * said.unit
            ends = {"start": line.start, "end": line.end}
            self.board = msgspec.structs.replace(self.board, high=high, **ends)

    def _wrong(self, why: str) -> ShadowplayError:
        return ShadowplayError("invalid_art", f"The prop '{self.name}' {why}.")

    def _anchor(self, name: str) -> Anchor:
        if name not in self._anchors:
            raise self._wrong(f"has no anchor {name!r} in its SVG")
        return self._anchors[name]

    def _layer(self, group: str) -> list[Outline]:
        """The outlines of a layer, those of what is held included."""
        lines = [line for part in self._all if part.group == group for line in part.outlines]
        if not lines:
            raise self._wrong(f"has no layer {group!r} in its SVG")
        return lines

    def _placed(self, group: str, motion: Motion) -> Motion:
        """The motion of a layer about its anchor, or else the middle of its foot."""
        low, high = box(self._layer(group))
        foot = (float(low[0] + high[0]) / 2, float(low[1]))
        pivot = self._anchor(motion.about).start if motion.about else foot
        return msgspec.structs.replace(motion, pivot=pivot)

    def sized(self, times: float) -> Prop:
        """The same prop so many times as large."""
        card = library.cards()[self.name]
        unit, lift = card.said.get("unit", 0.01), card.said.get("lift", 0.0)
        return Prop(replace(card, said={**card.said, "unit": unit * times, "lift": lift * times}))

    def lettered(self, text: str) -> Prop:
        """The same prop with words on it, if it has room for some."""
        board = self.board
        if board is None or not text:
            return self
        letters = lettering(text, board.start[0], board.end[0], board.start[1], board.high)
        written = copy(self)
        last = max(k for k, part in enumerate(self.parts) if part.group == board.group) + 1
        letter = Part("letter", board.group, "light" if board.light else "", [], rgb(board.colour))
        words = [letter._replace(outlines=outlines) for outlines in letters]
        parts = [*self.parts[:last], *words, *self.parts[last:]]
        written.parts = [part for part in parts if part.name not in board.instead]
        return written

    @property
    def tip(self) -> Point:
        """Where it does its work, such as the spout of a can; else its farthest corner."""
        place = self.place("tip")
        return place.start if place else (float(self.high[0]), float(self.low[1]))

    @property
    def in_hand(self) -> Prop:
        """The thing as it is held: with its "held", without its "stand", turned about its grip."""
        grip = self.place("grip")
        parts = [part for part in self._all if part.group != "stand"]
        if grip is None or (self._turn == 1 and len(parts) == len(self.parts)):
            return self
        held = copy(self)
        way = partial(turned, size=self._turn, about=grip.start)
        held.parts = [_mapped_part(part, way) for part in parts]
        held.places = {name: _mapped(place, way) for name, place in self.places.items()}
        held.low, held.high = box([line for part in held.parts for line in part.outlines])
        return held

    @property
    def size(self) -> tuple[float, float]:
        """Its width and height in metres."""
        wide, high = (self.high - self.low).tolist()
        return float(wide), float(high)

    @property
    def split(self) -> bool:
        """Whether somebody can stand between its back and its front."""
        return any(part.group == "front" for part in self.parts)

    def pose(self, action: Action, t: float, variant: int = 0) -> Sequence[Shape]:
        """Its box, for those who want to know how large it is."""
        (left, low), (right, high) = self.low.tolist(), self.high.tolist()
        corners = [(left, low), (right, low), (right, high), (left, high)]
        return [Shape(np.asarray(corners, np.float32))]


def prop(name: str) -> Prop:
    """The prop of a name, read when it is first asked for.

    Raises:
        ShadowplayError: `invalid_art`; its files can't be used.
        KeyError: there is none.
    """
    return _read(library.cards()[library.first(name)])


@cache
def _read(card: library.Card) -> Prop:
    return Prop(card)


def _mapped(line: Line, way: Way) -> Line:
    """A line whose ends are put elsewhere."""
    start, end = map(tuple, way(np.asarray([line.start, line.end])).tolist())
    return line._replace(start=start, end=end)


def _mapped_part(part: Part, way: Way) -> Part:
    """A part whose points are put elsewhere."""
    paint = _mapped(part.paint, way) if isinstance(part.paint, Ramp) else part.paint
    return part._replace(outlines=[way(line) for line in part.outlines], paint=paint)


def metres(part: Part, unit: float) -> Part:
    """A part in metres, y up."""
    part = _mapped_part(part, lambda points: points * np.asarray([unit, -unit]))
    return part if part.holes else part._replace(outlines=oriented(part.outlines))
