"""Named: what a prompt says of subjects, places and deeds, before anything is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

from shadowplay.art import library
from shadowplay.art.cast import CAST, extent, lives
from shadowplay.art.garments import GARMENTS
from shadowplay.art.upright import PREFIX, beast_of
from shadowplay.deeds import VERBS, Verb
from shadowplay.names import is_puppet
from shadowplay.scene import Action
from shadowplay.words.defaults import DEFAULTS

_AFLOAT = frozenset({"leaves", "petals", "storm_clouds"})  # they fall where nothing else does
_GIANT = 1.1  # metres that a giant thing has at least: a snowball, a mushroom, a pear

EXTREME = (0.5, 1.8)
"""Sizes that are meant of people, too: a little boy is of the usual size, but no giant one."""

FIRST = frozenset({"mood", "style", "close", "wide", "side", "angle"})
"""Kinds of which a prompt's first word counts, and not the last."""


def poses_on(thing: str, relation: str = "") -> frozenset[str]:
    """What one can do on a thing, or in a `relation` to it."""
    anchors = library.facts(thing).anchors.values()
    there = (one for one in anchors if relation in ("", one["is"]))
    return frozenset(pose for one in there for pose in one.get("poses", ()))


@dataclass(slots=True)
class Named:
    """One subject a prompt names; of what it does not say, the value is empty."""

    actor: str  # which figure
    count: int = 1  # how many, 0 when the prompt gives a plural without a number
    colour: str = ""  # as `#rrggbb`
    action: str = ""
    place: str = ""
    relation: str = ""  # how it stands to another subject
    to: str = ""  # the `actor` of that other
    joined: bool = False  # "and" stands between it and the subject before
    text: str = ""  # the words that are written on it
    wears: tuple[str, str] | None = None  # a hat of the art and its colour, which may be empty
    clothes: dict[str, str] = field(default_factory=dict)  # garments of a colour of their own
    expression: str = ""  # what its face shows
    size: float = 1.0  # how many times as large as others of its kind it is
    side: str = ""  # which way it goes
    lent: bool = False  # it is a tool of a deed, and the prompt does not name it
    rider: str = ""  # the animal that rides or drives it
    crew: int = 0  # how many are in it, or on it
    acts: list[tuple[int, float, str]] = field(default_factory=list)
    """What it does later: turn, the second at which its step begins, action."""

    @property
    def facts(self) -> library.Facts:
        """What the art says of it."""
        return library.facts(self.actor)

    @property
    def other(self) -> library.Facts:
        """What the art says of the one that it stands to."""
        return library.facts(self.to)

    @property
    def is_person(self) -> bool:
        """Whether it is a human being."""
        return self.facts.person

    @property
    def is_thing(self) -> bool:
        """Whether it is a prop, and no figure."""
        return library.has(self.actor)

    @property
    def lives(self) -> bool:
        """Whether it is a person or an animal."""
        return lives(self.actor)

    @property
    def home(self) -> str:
        """Whether it belongs on the "ground", on or in "water" or in the "air"."""
        return CAST[self.actor].home

    @property
    def actions(self) -> Sequence[Action]:
        """What it can do; what it does unless the prompt says otherwise comes first."""
        return CAST[self.actor].actions

    @property
    def is_held(self) -> bool:
        """Whether it is in somebody's hand, and does nothing of its own."""
        return self.relation in ("with", "carry")

    @property
    def moves_on(self) -> bool:
        """Whether it moves away from where it is, and does not just jump."""
        actor = CAST[self.actor]
        return (
            self.action in actor.actions and self.action != "jump" and actor.speed(self.action) > 0
        )

    def put(self, relation: str, to: str) -> None:
        """Let it stand to another."""
        self.relation, self.to = relation, to

    def free(self) -> None:
        """Let it stand to no other."""
        self.put("", "")

    def grow(self, times: float) -> None:
        """Draw it so many times as large, if that is meant of its kind."""
        if times in EXTREME or not self.is_person:
            self.size = times
        if times == EXTREME[1]:
            self.size = max(times, _GIANT / extent(self.actor))

    def dye(self, garment: str, colour: str) -> None:
        """Put on one of its garments, or colour all of it if it has no such garment."""
        facts = self.facts
        fits = any(garment in worn for worn in facts.garments.values())
        if "head" in facts.means and not facts.garments:  # an animal
            fits = garment in GARMENTS
        if fits or garment == "wings":
            self.clothes[garment] = colour or self.clothes.get(garment, "")
        else:
            self.colour = colour or self.colour


@dataclass(slots=True)
class Done:
    """One thing that happens."""

    verb: str  # a name in `deeds.toml`
    turn: int = 0  # which of those it is that follow one another
    since: float = 0.0  # the second of the film at which its step of the script begins
    who: str = ""
    what: str = ""  # the one it is done to
    whom: str = ""  # the one who gets it
    mere: bool = False  # it only says what the doer is like, as "giggling" does
    begun: bool = False  # it is under way when the film begins: "a burning house"

    @property
    def facts(self) -> Verb:
        """What `deeds.toml` says of the verb."""
        return VERBS[self.verb]


@dataclass(slots=True)
class Reading:
    """What a prompt says; whatever it is silent about is empty."""

    roles: list[Named] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """By kind (`setting`, `time`, `sky`, `falling`, `wind`, `fog`, `move`, `mood`, `style`,
    `accent`, `close`, `side`, `event`): the value."""
    removed: set[str] = field(default_factory=set)  # values that the prompt says not to show
    action: str = ""  # one that no subject claims
    unknown: list[str] = field(default_factory=list)
    deeds: list[Done] = field(default_factory=list)
    handled: bool = False  # the setting so far is only what a verb is done to: "waters the flowers"

    def say(self, kind: str, value: str, *, located: bool, done: bool) -> None:
        """Note what is said of a place, where one is `located` or a verb is `done`, or an hour."""
        told = self.said.get(kind)
        if kind == "setting":
            weak = {None, *DEFAULTS.vague, *(DEFAULTS.streets if library.place(value).town else ())}
            keeps = told not in weak and not (located and self.handled)
            keeps |= told is not None and value == "backdrop"  # "with a mountain background"
            keeps = keeps and not (done and value in DEFAULTS.waters)
            self.handled = done and not keeps and value not in DEFAULTS.waters
        elif kind == "time":
            keeps = told not in (None, "day")
        else:
            keeps = told is not None and (kind in FIRST or value in _AFLOAT)
        more = DEFAULTS.weather.get(value, {}) if kind in ("falling", "wet") else {}
        if not keeps:
            self.said |= more | self.said | {kind: more.get(kind, value)}

    def take_part(self, event: Reading) -> None:
        """Add an event's cast where only a crowd is named, or else only what stands about there."""
        self.said = event.said | self.said
        if all((one.actor, one.count) == ("person", 9) for one in self.roles):
            self.roles, self.deeds = event.roles + self.roles, event.deeds + self.deeds
            return
        things = {one.actor for one in event.roles if one.is_thing}
        things |= {one.actor for one in event.roles if one.facts.scenery}
        about = things - {one.actor for one in self.roles}
        self.roles += [one for one in event.roles if one.actor in about and one.to in {"", *about}]

    def rename(self, old: str, new: str) -> None:
        """Let one subject take the place of another."""
        for one in (*self.roles, *self.deeds):
            for name in ("actor", "to") if isinstance(one, Named) else ("who", "what", "whom"):
                if getattr(one, name) == old:
                    setattr(one, name, new)

    def begin(self, second: float) -> None:
        """Let all that happens begin with a step of the script."""
        for deed in self.deeds:
            deed.since = second
        for role in self.roles:
            role.acts = [(turn, second, action) for turn, _, action in role.acts]


def changed(first: Reading, then: Reading) -> Reading:
    """Lay one reading over another."""
    merged = deepcopy(first)
    merged.removed |= then.removed
    merged.action, merged.unknown = then.action or first.action, list(then.unknown)
    merged.deeds += map(replace, then.deeds)
    uprights = {x.actor for x in (*merged.roles, *then.roles) if x.actor.startswith(PREFIX)}
    for upright in sorted(uprights):
        for reading in (merged, then):  # who works in one of them is on two legs in both
            reading.rename(beast_of(upright), upright)
    merged.roles = [role for role in merged.roles if role.actor not in then.removed]
    merged.said = {kind: value for kind, value in merged.said.items() if value not in then.removed}
    merged.removed -= set(then.said.values())
    gone = {"accent", "style"} if {"time", "style"} & then.said.keys() else set()
    gone |= {"sky"} if "falling" in then.said else set()
    merged.said = {kind: value for kind, value in merged.said.items() if kind not in gone}
    merged.said |= then.said
    for deed in merged.deeds:
        # "it explodes" is said of the first that is there.
        if not deed.who and not deed.what and merged.roles:
            deed.what = merged.roles[0].actor
    _recast(merged, then)
    for role in merged.roles if then.action else ():
        role.action = then.action
    return merged


def _recast(merged: Reading, then: Reading) -> None:
    """Let subjects that are named again change, and new ones join.

    When an old and a new one are named and nothing more is said of them ("change the horse to a
    fox"), the new takes its place; but a character who is there stays.
    """
    known = {role.actor: role for role in merged.roles}
    again = [role for role in then.roles if role.actor in known]
    new = [role for role in then.roles if role.actor not in known]
    for role in again:
        _update(known[role.actor], role)
    acts = any(one.action or one.relation or one.joined for one in (*again[:1], *new[:1]))
    if again and new and not (then.deeds or acts or is_puppet(again[0].actor)):
        old = known[again[0].actor]
        merged.rename(old.actor, new[0].actor)
        old.colour = new[0].colour or old.colour
        old.count = new[0].count if new[0].count > 1 else old.count
        old.action = new[0].action or old.action
        new = new[1:]
    merged.roles += new


def _update(role: Named, change: Named) -> None:
    for said in ("colour", "wears", "expression", "action", "place"):
        setattr(role, said, getattr(change, said) or getattr(role, said))
    role.clothes |= change.clothes
    if change.relation:
        role.put(change.relation, change.to)
    role.acts = [*role.acts, *change.acts]
    role.count = change.count if change.count != 1 else role.count


def leave_out(actor: str, roles: list[Named]) -> None:
    """Remove a figure, and what others are to it."""
    roles[:] = [role for role in roles if role.actor != actor]
    for role in roles:
        if role.to == actor:
            role.free()


def give(named: Named, place: str, doers: list[Named], bond: str) -> None:
    """Put a thing into the hand of the last of its doers, or of all if they carry it together."""
    together = bond == "with carry" and named.count == 1 and all(one.is_person for one in doers)
    together &= sum(one.count or 1 for one in doers) > 1
    named.put("carry" if together else place, doers[-1].actor)
    for one in doers[:-1] if together else ():
        one.put("carry", named.actor)
