"""Deeds: verbs with a before, a during and an after, from `deeds.toml`."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from shadowplay.art.treads import keyed
from shadowplay.scene import Action
from shadowplay.tables import load

PARTIES = ("who", "whom", "what")
"""Those who take part: the doer, the one who gets it, and what goes to where its hands are then."""

NEVER = 1e9  # later than any moment of a film, in seconds

_ROOM = 2.0  # seconds from the beginning of the first deed of a chain to that of the last


class Track(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number over time: keys of (seconds after the deed begins, value), eased between."""

    keys: tuple[tuple[float, float], ...]
    every: float = 0.0  # seconds after which it begins again; 0 for never

    def at(self, age: float) -> float:
        """The value so many seconds after the deed begins."""
        return keyed(age % self.every if self.every and age > 0 else age, self.keys)


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a deed is for one of those who take part."""

    tracks: dict[str, Track]  # the numbers that change
    before: Action | None = None  # what it does until the deed begins, or empty
    after: Action | None = None  # what it does from then on, or empty
    until: float = 0.0  # seconds after the deed begins at which `after` follows `before`
    travels: bool = False  # it goes on its way meanwhile
    place: str = ""  # it stands where that other party does
    arc: float = 0.0  # how high it is thrown, in shares of the frame's height
    end: str = ""  # where it goes to: "foot" for along the ground, from foot to foot, or "head"
    bits: str = ""  # "near" or "far" if it goes to pieces, else empty
    arms: str = ""  # how it holds its arms, or its head, all the time: a table of its drawing
    joins: float = NEVER  # seconds after the deed begins from which the doer, or its tool, holds it
    expression: str = ""  # what its face shows: a table of its drawing
    rolls: bool = False  # it turns about its own middle as far as it goes


class Cloud(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An effect of a deed: `kind` of `SPECKS`, at a place `at` of whoever it is `on`."""

    kind: str
    on: str
    at: str
    start: float = msgspec.field(name="from")  # seconds after the deed begins
    end: float = msgspec.field(default=NEVER, name="to")
    goes: str = ""  # the party that its specks fly to


class Sound(NamedTuple):
    """What is heard of a deed."""

    start: float  # seconds after the deed begins
    kind: str
    level: float
    every: float = 0.0  # seconds after which it is heard again; 0 for never


class Specks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a cloud is made of; `deeds.toml` says what the numbers are."""

    sheet: str
    many: int
    life: tuple[float, float]
    size: tuple[float, float]
    tone: tuple[str, ...]
    alpha: tuple[float, float]
    area: tuple[float, float] = (0.0, 0.0)
    speed: tuple[float, float] = (0.0, 0.0)
    way: tuple[float, float] = (90.0, 90.0)
    burst: bool = False
    lit: bool = False
    gravity: float = 0.0
    wind: float = 0.0
    builds: float = 0.0
    pulse: float = 0.0
    back: bool = False
    where: Mapping[str, str] = {}


class Verb(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One verb; `deeds.toml` says what its keys mean."""

    name: str
    words: str
    parties: dict[str, Party]
    clouds: tuple[Cloud, ...] = msgspec.field(name="effects", default=())
    sounds: tuple[Sound, ...] = ()
    changes: bool = False
    mutual: bool = False
    pair: bool = False
    follows: bool = False
    makes: bool = False
    grows: bool = False
    plucks: bool = False
    passive: bool = False
    alone: bool = False
    meets: str = ""
    there: bool = False
    apart: float = 0.0
    without: str = ""
    small: str = ""
    flier: str = ""
    beast: str = ""
    person: str = ""
    thing: str = ""
    out: str = ""
    into: str = ""
    alike: str = ""
    under: str = ""
    by: Mapping[str, str] = {}
    beside: Mapping[str, str] = {}
    says: Mapping[str, str] = {}
    back: bool = False
    living: str = ""
    same: str = ""
    wheels: str = ""
    along: str = ""
    sits: bool = False
    wades: bool = False
    wild: bool = False
    upright: bool = False
    sets: str = ""
    below: str = ""
    hands: bool = False
    bond: str = ""
    uses: str = ""
    pulls: str = ""
    seats: str = ""
    touch: str = ""
    many: int = 0
    at: str = ""
    on: str = ""
    passes: str = ""
    place: str = ""
    handled: tuple[str, ...] = ()
    moves: str = ""
    side: str = ""

    def instead(self, *others: tuple[object, str]) -> "Verb":
        """The verb of the first case that is so, if that has one of its own; or else this verb."""
        return VERBS[next((name for so, name in others if so and name), self.name)]

    @property
    def binds(self) -> bool:
        """Whether its doer, or what it is done with, comes to whom it is done to."""
        tracks = {name for party in self.parties.values() for name in party.tracks}
        joins = any(party.joins < NEVER or party.place for party in self.parties.values())
        ways = self.apart or self.touch or self.follows or self.meets or self.mutual or self.side
        comes = joins or not tracks.isdisjoint({"near", "pass", "orbit", "seat", "round"})
        return bool(ways or comes or self.back or self.there)

    @property
    def is_work(self) -> bool:
        """Whether it takes a person: arms, a tool or a seat, or it says so."""
        arms = "who" in self.parties and self.parties["who"].arms
        return bool(self.upright or self.uses or self.sits or arms)

    @property
    def comes(self) -> float:
        """How far the doer is behind its mark at the start, as a share of the frame's width."""
        ahead = self.parties["who"].tracks.get("ahead") if "who" in self.parties else None
        return max(0.0, -ahead.at(-1.0)) if ahead else 0.0


def _verbs(name: str, said: dict[str, Any]) -> Iterator[Verb]:
    """The verb of a table, or one for each of its `sides`."""
    said, parties = dict(said), {}
    every = said.pop("every", 0.0)
    for party in [party for party in (*PARTIES, "tool") if party in said]:
        table = said.pop(party)
        tracks = {key: keys for key, keys in table.items() if isinstance(keys, list)}
        parties[party] = {key: value for key, value in table.items() if key not in tracks}
        parties[party]["tracks"] = {
            key: {"keys": keys, "every": every} for key, keys in tracks.items()
        }
    for side in said.pop("sides", ("",)):
        own = {"name": f"{name}_{side}" if side else name, "side": side, "parties": parties}
        yield msgspec.convert(said | own, Verb)


_SAID = load("deeds.toml", dict[str, Any])
SPECKS = msgspec.convert(_SAID.pop("effect"), dict[str, Specks])
"""What the effects of verbs are made of, by name."""

VERBS = {verb.name: verb for name, said in _SAID.items() for verb in _verbs(name, said)}


def phrases() -> Iterator[tuple[str, str]]:
    """Every phrase for a deed, with the verb's name."""
    for verb in VERBS.values():
        for phrase in verb.words.split(","):
            if phrase.strip():
                yield " ".join(phrase.split()), verb.name


def begins(turn: int, turns: int) -> float:
    """The second at which the deed of a turn begins, of so many that follow one another.

    It depends on nothing else, so that a film can be carried on; a film of four seconds has room
    for all.
    """
    if turns <= 1:
        return 1.0
    if turns == 2:
        return 0.75 + 0.62 * _ROOM * turn
    return 0.6 + _ROOM * turn / (turns - 1)
