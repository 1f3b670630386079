"""Flats: what stands on the stage one behind the other, and the view the camera has of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from operator import eq
from typing import NamedTuple

from shadowplay.picture.layers import NOWHERE, Layer, Picture

_PACES = (6, 12)
"""How often in a second a slow layer moves on: where steps are not seen they come together."""

_STEP, _SOFT_STEP = 0.7, 2.0
"""How many pixels such a step may be, and one of a layer without sharp edges."""

_FAST = 100
"""From so many pixels a second on, four in a frame, a layer moves by half ones; from twice as many
by whole ones."""

_BANDS = 6
"""Bands of rows in which what stands behind is kept: what moves in one leaves the others alone."""


_MARGIN = 4  # how many rows nearer to where it ends what is kept may be wrong
_WATCHED = 16  # So many seconds of the camera say how fast it is


class View(NamedTuple):
    """Where the camera is at one moment."""

    x: float = 0.0  # how far it has gone to the right, in pixels of the stage plane
    y: float = 0.0  # how far it has risen, in pixels of the stage plane
    zoom: float = 1.0  # how much larger than drawn the picture is shown; 1 or more
    # A further shift of the whole picture in pixels (right, down).
    shake: tuple[float, float] = (0.0, 0.0)


class Element(ABC):
    """Anything that draws itself into a picture at a time."""

    def cover(self, t: float, view: View) -> int:
        """The row from which it hides all that was drawn before it; `NOWHERE` if none."""
        return NOWHERE

    @abstractmethod
    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw; rows from `floor` on will be hidden and may be left out."""


@dataclass(frozen=True, slots=True)
class Drawn(Element):
    """An element that a function draws; see `draw` of `Element`."""

    paint: Callable[[Picture, float, View, int], None]

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw."""
        self.paint(picture, t, view, floor)


class Steady(Element):
    """An element that looks the same in many frames one after another.

    Its `draw` takes the first row, too: it leaves all above that alone.
    """

    def state(self, t: float, view: View) -> object:
        """What it looks like depends on, besides what lies behind it; None while it moves."""
        return ()

    def rows(self, t: float, view: View) -> tuple[float, float]:
        """The first row that it can change, and the one behind the last."""
        return 0, NOWHERE

    def pace(self, speed: float) -> int:
        """How often in a second it moves on under a camera so fast; 0 is in every frame."""
        return 0

    @abstractmethod
    def draw(self, picture: Picture, t: float, view: View, floor: int, top: int = 0) -> None:
        """Draw; see `Element`."""


class Held(Element):
    """An element that fills all its rows, from what is behind it; it is kept until it moves on."""

    def pace(self, speed: float) -> int:
        """How often in a second it moves on."""
        return max(_PACES)


class Later:
    """A layer that a second thread makes, while planes that are nearer are laid out."""

    def __init__(self, crew: Executor, make: Callable[[], Layer]) -> None:
        self._make, self._work = make, crew.submit(make)

    def get(self) -> Layer:
        """The layer; if nobody has begun it, it is made here and now."""
        return self._make() if self._work.cancel() else self._work.result()


@dataclass(slots=True)
class Flat(Steady):
    """A painted layer at one depth of the stage."""

    made: Layer | Later  # what is painted, or will be
    parallax: float  # how much of the camera's way it shows: 0 at infinity, 1 at the stage
    drift: float = 0.0  # its own speed to the right in pixels a second (clouds, mist)
    # How far it sinks and rises by itself, in pixels, around as far below where it is painted:
    # above, it would leave the frame's last rows bare.
    bob: float = 0.0
    # How far it moves to and fro by itself, in pixels, and in how many seconds.
    sway: tuple[float, float] = (0.0, 1.0)

    @property
    def layer(self) -> Layer:
        """What is painted."""
        return self.finish()

    def finish(self) -> Layer:
        """See to it that it is painted."""
        if isinstance(self.made, Later):
            self.made = self.made.get()
        return self.made

    def _at(self, t: float, view: View) -> tuple[float, float]:
        x = self.drift * t - self.parallax * view.x
        y = min(self.parallax, 1.6) * view.y
        if self.sway[0]:
            x += self.sway[0] * math.sin(2 * math.pi * t / self.sway[1])
        if self.bob:
            y += self.bob * (1 + math.sin(t * 0.7 + self.parallax * 5))
        return x, y

    def state(self, t: float, view: View) -> object:
        """Where it stands."""
        return self.layer.place(*self._at(t, view))

    def rows(self, t: float, view: View) -> tuple[float, float]:
        """Where its tiles are."""
        y = self._at(t, view)[1]
        return self.layer.rows[0] + y - 2, self.layer.rows[1] + y + 2

    def pace(self, speed: float) -> int:
        """As few steps as nobody sees, so that what lies behind is kept longer."""
        speed = self.parallax * speed + abs(self.drift) + abs(self.bob)
        speed += abs(self.sway[0]) * 2 * math.pi / self.sway[1]
        if speed > _FAST:
            self.layer.coarsen(2 if speed < 2 * _FAST else 4)
        return pace_of(speed, soft=self.layer.soft)

    def cover(self, t: float, view: View) -> int:
        """The row from which the layer is opaque, where it stands now."""
        return self.layer.solid + math.ceil(self._at(t, view)[1])

    def draw(self, picture: Picture, t: float, view: View, floor: int, top: int = 0) -> None:
        """Lay the layer over the picture."""
        self.layer.draw(picture, *self._at(t, view), floor, top)


def pace_of(speed: float, *, soft: bool) -> int:
    """How often in a second to move what goes so many pixels in one; 0 is in every frame."""
    step = _SOFT_STEP if soft else _STEP
    return next((pace for pace in _PACES if speed <= pace * step), 0)


@dataclass(slots=True)
class _Band:
    """Some rows of a stack, and what the plate shows in them."""

    top: int  # its first row
    bottom: int  # the one behind the last
    rows: int = 0  # the row behind the last that the plate holds
    kept: list[tuple[int, object]] = field(default_factory=list)  # those on it, with their states
    # Those that are in the band now, from the hindmost to the first that moves.
    seen: list[tuple[int, object]] = field(default_factory=list)
    same: int = 0  # how many of the hindmost looked as in the frame before
    # The numbers of all steady elements that are in the band now.
    there: set[int] = field(default_factory=set)
    first: int = 0  # the first element that is to be drawn; the plate shows all before it
    after: int = -1  # the element after which the plate is to take the band

    def plan(
        self, states: list[object], rows: list[tuple[float, float]], floors: list[int]
    ) -> None:
        """Find out what is to be drawn, and what of it is to be kept."""
        before, self.seen, moves = self.seen, [], False
        self.there.clear()
        for k, (state, (first, last)) in enumerate(zip(states, rows, strict=True)):
            if first < self.bottom and last > self.top and floors[k] > self.top:
                self.there.add(k)
                moves = moves or state is None
                if not moves:
                    self.seen.append((k, state))
        pairs = zip(self.seen, before, strict=False)
        earlier, self.same = self.same, sum(1 for _ in takewhile(lambda pair: eq(*pair), pairs))
        # What stayed as it was in this frame or the last is likely to stay.
        steady = min(len(self.seen), max(self.same, earlier))
        self.after = self.seen[steady - 1][0] if steady else -1
        self.first, count = 0, len(self.kept)
        if count and self.seen[:count] == self.kept:
            last_kept = self.kept[-1][0]
            if min(floors[last_kept], self.bottom) <= self.rows:
                self.first = last_kept + 1


class Stack:
    """Elements from back to front. The hindmost are composed anew only when one of them changes."""

    def __init__(self, elements: Sequence[Element], camera: Callable[[float], View]) -> None:
        """Prepare to draw elements as a camera sees them."""
        self._elements, self._camera = elements, camera
        speed = _speed(camera)
        self._paces = [one.pace(speed) if isinstance(one, Steady | Held) else 0 for one in elements]
        # A layer that moves in every frame, and that nothing steady is behind of, is not watched.
        watched = list(takewhile(lambda one: isinstance(one, Steady), elements))
        while watched and isinstance(watched[-1], Flat) and not self._paces[len(watched) - 1]:
            watched.pop()
        self._steady = [one for one in watched if isinstance(one, Steady)]
        self._plate: Picture | None = None
        self._bands: list[_Band] = []
        self._held: dict[int, tuple[float, int, Picture]] = {}

    def draw(self, picture: Picture, t: float) -> None:
        """Draw all of them at a moment, leaving out rows that will be hidden."""
        if self._plate is None:
            self._plate = Picture.blank(picture.width, picture.height)
            tall = math.ceil(picture.height / _BANDS / 16) * 16
            tops = range(0, picture.height, tall)
            self._bands = [_Band(top, min(picture.height, top + tall)) for top in tops]
        views = self._views(t)
        floors = self._floors(picture.height, views)
        states = [one.state(*view) for one, view in zip(self._steady, views, strict=False)]
        rows = [one.rows(*view) for one, view in zip(self._steady, views, strict=False)]
        for band in self._bands:
            band.plan(states, rows, floors)
            if band.first:
                picture.take(self._plate, band.rows, band.top)
        for k, one in enumerate(self._steady):
            due = [band for band in self._bands if k >= band.first and k in band.there]
            for top, bottom in _joined(due):
                one.draw(picture, *views[k], min(floors[k], bottom), top)
            for band in due:
                if k == band.after:
                    band.kept = band.seen[: band.seen.index((k, states[k])) + 1]
                    band.rows = min(floors[k], band.bottom)
                    self._plate.take(picture, band.rows, band.top)
        for k in range(len(self._steady), len(self._elements)):
            self._lay(picture, k, t, views[k], floors[k])

    def _lay(
        self, picture: Picture, k: int, t: float, moment: tuple[float, View], floor: int
    ) -> None:
        """Draw an element, or copy what is held; that shows what was behind when it moved on."""
        one = self._elements[k]
        if not isinstance(one, Held):
            one.draw(picture, *moment, floor)
            return
        at, low, kept = self._held.get(k) or (-1.0, 0, Picture.blank(*picture.y.shape[::-1]))
        top = one.cover(*moment)
        if at == moment[0] and floor + _MARGIN <= low:
            picture.take(kept, floor, top)
            return
        low, source = floor + 4 * _MARGIN, picture
        if moment[0] != t:  # a film that begins between two moments, or that has another rate
            source = Picture.blank(picture.width, picture.height)
            for behind, view in zip(self._elements[:k], self._views(moment[0]), strict=False):
                behind.draw(source, *view, picture.height)
        one.draw(source, *moment, low)
        kept.take(source, low, top)
        self._held[k] = moment[0], low, kept
        if source is not picture:
            picture.take(kept, floor, top)

    def _views(self, t: float) -> list[tuple[float, View]]:
        """For each element the last time at which it moved on, and what was seen then."""
        times = [math.floor(t * pace + 0.001) / pace if pace else t for pace in self._paces]
        views = {time: self._camera(time) for time in set(times)}
        return [(time, views[time]) for time in times]

    def _floors(self, height: int, views: Sequence[tuple[float, View]]) -> list[int]:
        """The row from which on each element is hidden."""
        floor, floors = height, []
        for element, view in zip(reversed(self._elements), reversed(views), strict=True):
            floors.append(floor)
            floor = max(0, min(floor, element.cover(*view)))
        return floors[::-1]


def _speed(camera: Callable[[float], View]) -> float:
    """How fast a camera gets in its first seconds, in pixels a second."""
    views = [camera(k / 4) for k in range(_WATCHED * 4)]
    return max(4 * math.hypot(b.x - a.x, b.y - a.y) for a, b in pairwise(views))


def _joined(bands: Sequence[_Band]) -> Iterator[tuple[int, int]]:
    """The first row and the one behind the last of bands; neighbours are one."""
    for k, band in enumerate(bands):
        if k == 0 or bands[k - 1].bottom < band.top:
            top = band.top
        if k + 1 == len(bands) or bands[k + 1].top > band.bottom:
            yield top, band.bottom
