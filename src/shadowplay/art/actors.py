"""Actors: outlines as data, so that stage, sound and tests can all read them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shadowplay.scene import Action, Rgb

Points = NDArray[np.float32]
Home = Literal["ground", "air", "water"]
Grip = tuple[float, float, float]
"""A place in actor units, and how many degrees what is held there is turned forward."""


class Coat(NamedTuple):
    """What a shape is made of."""

    name: str  # what is alike in a figure, such as its skin
    garments: tuple[str, ...]  # the words for it, of those in the lexicon's `[cloth]`
    colours: tuple[Rgb, ...]  # by day; one is picked for each figure; none: the silhouette's own
    shade: tuple[Rgb, float] | None = None  # a colour that is mixed into it, and how much of that


class Shape(NamedTuple):
    """One closed outline of a pose."""

    # Shape (n, 2); actor units: x forward (the actor faces right), y up, the origin on the ground
    # (or water line, or, for flyers, the body's centre); 1.0 is the actor's own height (for flyers
    # and swimmers, its body length).
    points: Points
    tone: float = 0.0  # 0 is the silhouette's own colour, 1 the sky's haze, less than 0 is darker
    light: float = 0.0  # how strongly it shines with its own light (windows, lamps, fire)
    tint: bool = False  # it takes the role's colour when the prompt gives one (a sail, a coat)
    paint: Rgb | None = None  # a colour of its own, such as a collar's, or None
    coat: Coat | None = None  # what it is made of, or None


class Place(NamedTuple):
    """An anchor, in actor units (a prop's are metres): a point, or a line from `start` to `end`."""

    start: tuple[float, float]
    end: tuple[float, float]
    radius: float
    means: str  # what it is for, one of `Means` of `prop.py`
    poses: tuple[Action, ...] = ()  # what figures do there when the prompt says nothing

    def at(self, along: float) -> tuple[float, float]:
        """A point of it, `along` from 0 to 1."""
        (a, b), (c, d) = self.start, self.end
        return a + (c - a) * along, b + (d - b) * along

    @property
    def length(self) -> float:
        """How long it is from left to right, in metres."""
        return abs(self.end[0] - self.start[0])


class Guise(NamedTuple):
    """What sets a figure apart from others of its drawing."""

    arms: str = ""  # the table of its arms, such as "hold", or "free" of what they did
    expression: str = ""  # the table of its face
    look: int = 0  # which of its looks its first member has; the next have others
    hat: tuple[str, Rgb | None] | None = None  # one in place of its own, and its colour
    clad: frozenset[str] = frozenset()  # garments that it does not always wear, such as a scarf
    rider: str = ""  # the animal that rides or drives it, or empty
    crew: int | None = None  # how many are in it, or on it; None is one
    lean: Mapping[str, float] = {}  # degrees added to its joints, for what it has its arms at
    beat: Mapping[str, float] = {}  # what is added to its pose at this moment of a deed
    # Itself as it was, its action, a time, and how much of that is in its pose still.
    before: tuple[Actor, Action, float, float] | None = None
    part: str = ""  # the one layer of it that is drawn, or empty for all
    far: tuple[float, float] | None = None  # how far ahead and above the other hand is, in heights


class Actor(ABC):
    """One of the cast: a silhouette told by its outline, and its own rhythm."""

    name: str
    height: float  # in metres, of flyers and swimmers the length: for scale between actors
    home: Home
    actions: tuple[Action, ...]  # what it can do; the first is what it does when nothing is said
    sound: str = ""  # what its beats sound like, if its drawing says so
    arms: str = ""  # of a thing, the table of arms of who has it
    lift: float = 0.0  # of a thing, how far above the ground it hangs, in metres
    wide: bool = False  # it is a thing that may be wider in the frame than others
    guise = Guise()

    @abstractmethod
    def pose(self, action: Action, t: float, variant: int = 0) -> Sequence[Shape]:
        """The outlines at `t` seconds, back to front. Same arguments, same outlines.

        `variant` sets apart the members of a group: phase, small differences of build.
        """

    def speed(self, action: Action) -> float:
        """Travel in actor units a second, such that feet do not skate; 0 when it stays."""
        return 0.0

    def beats(self, action: Action, variant: int = 0) -> tuple[float, float]:
        """Period and first moment, in seconds, of its audible rhythm (footfall, wing beat).

        (0, 0) when it makes none. Footfalls happen in `pose` at just these moments.
        """
        return 0.0, 0.0

    @property
    def places(self) -> Mapping[str, Place]:
        """Where others can hold on to it, by the names of its anchors."""
        return {}

    def place(self, means: str) -> Place | None:
        """The first anchor for something."""
        return next((place for place in self.places.values() if place.means == means), None)

    def home_for(self, action: Action) -> Home:
        """Where the origin lies in an action."""
        return self.home

    def sound_of(self, action: Action) -> str:
        """What the beats of an action sound like, if its drawing says so."""
        return self.sound

    def anchor(self, means: str, action: Action, t: float, variant: int = 0) -> Grip | None:
        """Where its hand ("grip") or its mouth is at a time, if its drawing says so."""
        return None

    def guised(self, more: Guise) -> Actor:
        """The same actor in another guise, if its drawing can; what `more` leaves empty stays."""
        return self

    def sized(self, times: float) -> Actor:
        """The same actor so many times as large; its own units stay as they are."""
        large = copy(self)
        large.height = self.height * times
        return large
