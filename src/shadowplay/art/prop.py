"""A prop: one thing that does not act, drawn from its SVG and described by its TOML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.art import library
from shadowplay.art.actors import Actor, Home, Place, Shape
from shadowplay.art.letters import lettering
from shadowplay.art.paths import Outline, Point, box, oriented
from shadowplay.art.svg import Anchor, Part, Ramp, read
from shadowplay.colour import luma, rgb
from shadowplay.errors import ShadowplayError
from shadowplay.scene import Action

T = TypeVar("T")

_MEDIUM = 0.55
"""How light a part is drawn that takes the prompt's colour just as it is."""

MEANINGS = frozenset({"on", "in", "at", "under", "through", "holds", "light", "grip", "tip"})
"""What an anchor can be for."""

OPENINGS = frozenset({"hinge", "lid", "raise", "slide"})
"""How a leaf or a lid opens."""

_KEYS = frozenset({
    "names", "unit", "home", "place", "sound", "anchors", "motion", "light", "hour", "wide", "lift",
    "held", "open", "arms", "worn", "seat", "rests", "grows", "lettering", "tilt", "call", "used",
    "music", "there", "team", "deck", "steps", "poured",
})  # fmt: skip


class Motion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a group of a drawing moves.

    Attributes:
        kind: `flicker` (a flame on its base), `sway` (bends from its root), `swing` (turns to and
            fro), `spin` (turns round), `bob` (up and down). What opens: `hinge` (a leaf turns about
            an upright side), `lid` (turns by `reach` degrees), `raise` (is `reach` times as high
            when shut), `slide` (moves by `reach` metres).
        pivot: what it turns about, or its base or root, in metres.
        reach: how far: a share of its height (flicker, sway), degrees (swing), metres (bob).
        period: seconds.
        about: the anchor that is the pivot, if it is none of the usual ones.
        after: the share of the opening after which it begins, and is done three tenths later.
    """

    kind: Literal["flicker", "sway", "swing", "spin", "bob", "hinge", "lid", "raise", "slide"]
    pivot: Point
    reach: float = 0.1
    period: float = 2.0
    about: str = ""
    after: float = 0.0

    def moved(self, line: Outline, t: float, span: float) -> Outline:
        """An outline, in metres, at a time; `span` is the height of its group."""
        if self.kind in OPENINGS:
            return self._opened(line, min(max((t - self.after) / 0.3, 0), 1) if self.after else t)
        turn = math.tau * t / self.period
        if self.kind in ("swing", "spin"):
            angle = turn if self.kind == "spin" else math.radians(self.reach) * math.sin(turn)
            return _turned(line, -angle, self.pivot)
        if self.kind == "bob":
            return np.stack([line[:, 0], line[:, 1] + self.reach * math.sin(turn)], 1)
        up = (line[:, 1] - self.pivot[1]) / span
        if self.kind == "sway":
            bend = self.reach * span * (math.sin(turn) + 0.35 * math.sin(2.3 * turn + 1))
            return np.stack([line[:, 0] + bend * up * np.abs(up), line[:, 1]], 1)
        wave = exact.sin(turn - up * 5.2) + 0.6 * exact.sin(1.7 * turn - up * 8.3 + 2.1)
        tall = 1 + 0.8 * self.reach * (math.sin(1.3 * turn) + 0.6 * math.sin(2.9 * turn + 1))
        x = line[:, 0] + self.reach * span * 0.55 * wave * np.maximum(up, 0)
        y = self.pivot[1] + (line[:, 1] - self.pivot[1]) * tall
        return np.stack([x, y], 1)

    def _opened(self, line: Outline, share: float) -> Outline:
        """An outline of a leaf or a lid that is open by a share."""
        if self.kind == "lid":
            return _turned(line, math.radians(self.reach) * share, self.pivot)
        if self.kind == "raise":
            high = self.reach + (1 - self.reach) * share
            return np.stack([line[:, 0], self.pivot[1] + (line[:, 1] - self.pivot[1]) * high], 1)
        if self.kind == "slide":
            return np.stack([line[:, 0] + self.reach * share, line[:, 1]], 1)
        angle, out = math.radians(self.reach or 100.0) * share, line[:, 0] - self.pivot[0]
        # The free side comes nearer, so it is seen a little larger.
        middle = 0.45 * float(line[:, 1].max())
        y = middle + (line[:, 1] - middle) * (1 + 0.28 * math.sin(angle) * np.abs(out))
        return np.stack([self.pivot[0] + out * math.cos(angle), y], 1)


def _turned(line: Outline, angle: float, about: Point) -> Outline:
    c, s = math.cos(angle), math.sin(angle)
    x, y = line[:, 0] - about[0], line[:, 1] - about[1]
    return np.stack([c * x - s * y + about[0], s * x + c * y + about[1]], 1)


def _dyed(parts: list[Part]) -> tuple[list[Part], float]:
    """Parts of which all take the prompt's colour where none is said to, and how light they are."""
    if any(part.kind == "tint" for part in parts):
        return parts, _MEDIUM
    dyed = [part._replace(kind=part.kind or "tint") for part in parts]
    sizes, levels = [1e-6], [_MEDIUM]
    for part in dyed:
        tones = (
            [own for _, own in part.paint.stops] if isinstance(part.paint, Ramp) else [part.paint]
        )
        sizes.append(float(np.ptp(np.concatenate(part.outlines), axis=0).prod()))
        levels.append(sum(map(luma, tones)) / len(tones))
    return dyed, sum(a * b for a, b in zip(sizes, levels, strict=True)) / sum(sizes)


class Lamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The light that a prop gives.

    Attributes:
        reach: metres within which it lights what is there.
        flicker: how much it wavers, 0 to 1.
        always: it is lit by day, too.
    """

    at: Point
    reach: float = 2.0
    flicker: float = 0.0
    always: bool = False


class Board(NamedTuple):
    """Where words are written on a prop, in metres.

    Attributes:
        start: the left end of the middle line of the words.
        end: its right end.
        high: how high they may be.
        part: what all letters have in common; it has no outlines.
        instead: the ids of parts that make room for words.
    """

    start: Point
    end: Point
    high: float
    part: Part
    instead: tuple[str, ...] = ()


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
        self.name, said = card.name, card.said
        if strange := set(said) - _KEYS:
            raise _wrong(self.name, f"has {', '.join(sorted(strange))}, which nothing reads")
        drawing = read(card.drawing())
        if not drawing.parts:
            raise _wrong(self.name, "draws nothing")
        unit = float(said.get("unit", 0.01))
        self.home: Home = said.get("home", "ground")
        self._all, self.medium = _dyed([metres(part, unit) for part in drawing.parts])
        self.parts = [part for part in self._all if not part.group.startswith("held")]
        self.low, self.high = box([line for part in self.parts for line in part.outlines])
        self.lift = float(said.get("lift", 0.0))
        self.wide = bool(said.get("wide", False))
        self.arms: str = said.get("arms", "")
        self._tilt = math.radians(said.get("tilt", 0.0))
        anchors = {
            name: Anchor(_up(one.start, unit), _up(one.end, unit), one.radius * unit)
            for name, one in drawing.anchors.items()
        }
        places: dict[str, Place] = {}
        for name, about in said.get("anchors", {}).items():
            if name not in anchors or about.get("is") not in MEANINGS:
                raise _wrong(self.name, f"has no anchor {name!r} in its SVG, or it is for nothing")
            places[name] = Place(*anchors[name], about["is"], tuple(about.get("poses", ())))
        self.places = places
        self.motions, self.openings = (
            {group: self._motion(group, how, anchors) for group, how in said.get(key, {}).items()}
            for key in ("motion", "open")
        )
        lit = self.place("light")
        self.lamp = (
            self._made(Lamp, "light", {"at": lit.start, **said.get("light", {})}) if lit else None
        )
        self.board = self._board(said.get("lettering"), anchors, unit)

    def _made(self, kind: type[T], key: str, said: dict[str, Any]) -> T:
        try:
            return msgspec.convert(said, kind)
        except msgspec.ValidationError as error:
            raise _wrong(self.name, f"can't use what its TOML says of {key!r}: {error}") from error

    def _board(
        self, about: dict[str, Any] | None, anchors: Mapping[str, Anchor], unit: float
    ) -> Board | None:
        if about is None:
            return None
        line, group = anchors.get(about.get("on", "")), about.get("group", "back")
        if line is None or group not in {part.group for part in self.parts}:
            raise _wrong(self.name, "has lettering on no line, or in no layer, of its SVG")
        kind = "light" if about.get("light") else ""
        part = Part("letter", group, kind, [], rgb(about.get("colour", "#241a12")))
        instead = tuple(about.get("instead", ()))
        return Board(line.start, line.end, about["high"] * unit, part, instead)

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
        last = max(k for k, part in enumerate(self.parts) if part.group == board.part.group) + 1
        words = [board.part._replace(outlines=outlines) for outlines in letters]
        parts = [*self.parts[:last], *words, *self.parts[last:]]
        written.parts = [part for part in parts if part.name not in board.instead]
        return written

    def _motion(self, group: str, how: dict[str, Any], anchors: Mapping[str, Anchor]) -> Motion:
        lines = [line for part in self._all if part.group == group for line in part.outlines]
        if not lines:
            raise _wrong(self.name, f"moves {group!r}, and its SVG has no such layer")
        low, high = box(lines)
        pivot = (float(low[0] + high[0]) / 2, float(low[1]))
        if "about" in how:
            if how["about"] not in anchors:
                raise _wrong(self.name, f"has no anchor {how['about']!r} to move about")
            pivot = anchors[how["about"]].start
        return self._made(Motion, group, {"pivot": pivot, **how})

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
        if grip is None or (not self._tilt and len(parts) == len(self.parts)):
            return self
        turned = copy(self)
        turned.parts = [_tilted(part, self._tilt, grip.start) for part in parts]
        turned.places = {
            name: place._replace(**_ends_turned(place, self._tilt, grip.start))
            for name, place in self.places.items()
        }
        turned.low, turned.high = box([line for part in turned.parts for line in part.outlines])
        return turned

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


_loaded: dict[tuple[str, str], Prop] = {}


def prop(name: str) -> Prop:
    """The prop of a name, read when it is first asked for.

    Raises:
        ShadowplayError: `invalid_art`; its files can't be used.
        KeyError: there is none.
    """
    card = library.cards()[name]
    key = (name, str(card.folder))
    if key not in _loaded:
        _loaded[key] = Prop(card)
    return _loaded[key]


def _wrong(name: str, why: str) -> ShadowplayError:
    return ShadowplayError("invalid_art", f"The prop '{name}' {why}.")


def _up(point: Point, unit: float) -> Point:
    return point[0] * unit, -point[1] * unit


def _tilted(part: Part, angle: float, about: Point) -> Part:
    """A part turned about a point."""
    paint = part.paint
    if isinstance(paint, Ramp):
        paint = paint._replace(**_ends_turned(paint, angle, about))
    lines = [_turned(line, angle, about) for line in part.outlines]
    return part._replace(outlines=lines, paint=paint)


def _ends_turned(line: Place | Ramp, angle: float, about: Point) -> dict[str, Any]:
    start, end = map(tuple, _turned(np.asarray([line.start, line.end]), angle, about).tolist())
    return {"start": start, "end": end}


def metres(part: Part, unit: float) -> Part:
    """A part in metres, y up."""
    scale: NDArray[np.float64] = np.asarray([unit, -unit])
    lines = [line * scale for line in part.outlines]
    if not part.holes:
        lines = oriented(lines)
    paint = part.paint
    if isinstance(paint, Ramp):
        paint = paint._replace(start=_up(paint.start, unit), end=_up(paint.end, unit))
    return part._replace(outlines=lines, paint=paint)
