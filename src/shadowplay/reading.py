"""Reading: what a prompt says, word by word, before anything is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shadowplay import bonds
from shadowplay.art import library
from shadowplay.defaults import CARRIERS, PEOPLE
from shadowplay.lexicon import (
    LONGEST,
    SAME_PLURAL,
    Entry,
    entry,
    language_of,
    variants,
)
from shadowplay.names import Word, words_of
from shadowplay.scene import MOST

_MANY = 9
"""How many a crowd or a herd is."""

_REACH = 4
"""How many words a number, a colour or a "no" reaches forward."""


@dataclass(slots=True)
class Named:
    """One subject a prompt names.

    Attributes:
        actor: which figure.
        count: how many, 0 when the prompt gives a plural without a number.
        colour: its colour as `#rrggbb`, or empty.
        action: what it does, or empty.
        place: where it is, or empty.
        relation: how it stands to another subject, or empty.
        to: the `actor` of that other.
        joined: "and" stands between it and the subject before.
    """

    actor: str
    count: int = 1
    colour: str = ""
    action: str = ""
    place: str = ""
    relation: str = ""
    to: str = ""
    joined: bool = False


@dataclass(slots=True)
class Reading:
    """What a prompt says; whatever it is silent about is empty."""

    roles: list[Named] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """By kind (`setting`, `time`, `sky`, `falling`, `wind`, `fog`, `move`, `mood`, `style`,
    `accent`, `close`, `side`): the value."""
    removed: set[str] = field(default_factory=set)
    """Values that the prompt says not to show."""
    action: str = ""
    """An action that no subject claims."""
    unknown: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Match:
    """A phrase of the prompt that the lexicon knows."""

    entry: Entry
    words: tuple[str, ...]
    plural: bool
    at: int


def read(prompt: str, names: Sequence[str] = ()) -> Reading:
    """Read a prompt in which `names` are those of characters."""
    words = words_of(prompt, names)
    reading = Reading()
    matches = _matches(words, reading)
    _Reader(reading).read(matches)
    _board(reading, matches)
    _seat(reading)
    return reading


def _matches(words: list[Word], reading: Reading) -> list[_Match]:
    """The longest known phrases from left to right; the rest goes to `unknown`."""
    found: list[_Match] = []
    language = language_of(words)
    at = 0
    while at < len(words):
        match = _longest(words, at, language)
        if match is None:
            _note_unknown(words[at], reading)
            at += 1
            continue
        found.append(match)
        at += len(match.words)
    return found


def _note_unknown(word: str, reading: Reading) -> None:
    if len(word) > 2 and not word.isdigit() and word not in reading.unknown:
        reading.unknown.append(word)


def _longest(words: list[Word], at: int, language: str) -> _Match | None:
    if words[at].actor:
        return _Match(Entry("subject", words[at].actor), (words[at],), False, at)
    for length in range(min(LONGEST, len(words) - at), 0, -1):
        phrase = tuple(words[at : at + length])
        if any(word.actor for word in phrase):
            continue
        for variant, plural in variants(phrase):
            found = entry(variant, language)
            if found is not None:
                return _Match(found, phrase, plural, at)
    digits = words[at]
    if digits.isdigit() and len(digits) < 5 and int(digits) > 0:
        return _Match(Entry("count", str(min(MOST, int(digits)))), (digits,), False, at)
    return None


_SMALL = frozenset({"filler", "not", "in", "count", "colour", "relation"})
"""Kinds of words that are not what a "no" means."""


class _Reader:
    """Goes through the matches once and remembers what still waits for its noun."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._roles = reading.roles
        self._count: tuple[int, int] | None = None
        self._colour: tuple[str, int] | None = None
        self._negated: int | None = None
        self._subject_at = -99
        self._relation: tuple[str, int] | None = None
        self._fronted: tuple[str, str] | None = None
        self._bond: tuple[str, int] | None = None
        self._group: list[Named] = []
        self._joins = False

    def read(self, matches: list[_Match]) -> None:
        """Give every match to the step for its kind."""
        steps = {
            "subject": self._subject,
            "many": self._many,
            "colour": self._take_colour,
            "count": self._take_count,
            "action": self._action,
            "place": self._place,
            "not": self._not,
            "relation": self._take_relation,
            "sky_part": self._sky_part,
            "cloth": self._cloth,
            "filler": self._fill,
            "in": self._take_bond,
        }
        for match in matches:
            if self._is_negated(match):
                self._reading.removed.add(match.entry.value)
                self._negated = None
                continue
            steps.get(match.entry.kind, self._say)(match)
        self._colour_behind()

    def _colour_behind(self) -> None:
        """A last colour that no noun took belongs to the subject before it."""
        roles = self._reading.roles
        if self._colour is None or not roles or roles[-1].colour:
            return
        if 0 < self._colour[1] - self._subject_at <= _REACH:
            roles[-1].colour = self._colour[0]

    def _is_negated(self, match: _Match) -> bool:
        kind = match.entry.kind
        if self._negated is None or kind in _SMALL:
            return False
        return match.at - self._negated <= _REACH

    def _near(self, at: int, match: _Match) -> bool:
        return match.at - at <= _REACH

    def _take_bond(self, match: _Match) -> None:
        bond = bonds.bond_of(match.words)
        self._bond = (bond, match.at) if bond else None

    def _fill(self, match: _Match) -> None:
        self._joins = self._joins or match.words in (("and",), ("und",), ("et",), ("y",), ("e",))

    def _take_relation(self, match: _Match) -> None:
        self._relation = (match.entry.value, match.at)
        if bonds.bond_of(match.words):
            self._take_bond(match)

    def _relate(self, named: Named, match: _Match) -> None:
        """Let those before stand to this one as the words between say."""
        relation, self._relation = self._relation, None
        bond, self._bond = self._bond, None
        near = relation is not None and match.at - relation[1] <= _REACH + 1
        if self._handle(named, bond, relation[0] if relation and near else "", match):
            return
        joins, self._joins = self._joins, False
        named.joined = joins
        if relation is not None and near:
            if not self._group:
                self._fronted = (relation[0], named.actor)
            for other in self._group:
                if not other.relation and other.actor != named.actor:
                    other.relation, other.to = relation[0], named.actor
            self._group = [named] if self._fronted is None or self._group else []
            return
        if self._fronted is not None:
            named.relation, named.to = self._fronted
            self._fronted = None
        near_one = self._group[0].actor if joins and len(self._group) == 1 else ""
        if any(one.relation == "between" and one.to == near_one for one in self._roles):
            named.relation, named.to = "opposite", near_one
        self._group = [*self._group, named] if joins else [named]

    def _handle(
        self, named: Named, bond: tuple[str, int] | None, relation: str, match: _Match
    ) -> bool:
        """Bind those before to a thing that they handle; whether they do."""
        doers = [one for one in self._group if not library.has(one.actor)]
        if not doers or self._joins:
            return False
        asked = bond[0] if bond is not None and match.at - bond[1] <= _REACH + 1 else ""
        holds = relation == "with" or "with" in asked
        name = library.held(named.actor) if holds else named.actor
        found = bonds.bound(asked or ("with" if relation == "with" else ""), relation, name)
        if found is None:
            return False
        place, action = found
        for one in doers:
            one.action = action or one.action
        named.actor = name
        if place in ("with", "carry"):
            # The thing keeps to them, so that they can still be on a bench.
            named.relation, named.to = place, doers[-1].actor
            return True
        for one in doers:
            if not one.relation and one.actor != name:
                one.relation, one.to = place, name
        if place in ("in", "on") and not library.has(name):
            named.action = named.action or "walk"
        self._group = [named]
        return True

    def _not(self, match: _Match) -> None:
        self._negated = match.at

    def _take_count(self, match: _Match) -> None:
        self._count = (int(match.entry.value), match.at)

    def _take_colour(self, match: _Match) -> None:
        self._colour = (match.entry.value, match.at)

    def _colour_for(self, match: _Match) -> str:
        colour, self._colour = self._colour, None
        return colour[0] if colour is not None and self._near(colour[1], match) else ""

    def _many(self, match: _Match) -> None:
        self._count = self._count or (_MANY, match.at)
        self._subject(match)

    def _subject(self, match: _Match) -> None:
        count, self._count = self._count, None
        many = 0 if match.plural else 1
        if count is not None and self._near(count[1], match):
            many = count[0]
        elif match.words[-1] in SAME_PLURAL and match.at == 0:
            many = 0
        named = Named(match.entry.value, many, self._colour_for(match))
        self._relate(named, match)
        self._reading.roles.append(named)
        self._subject_at = match.at

    def _action(self, match: _Match) -> None:
        idle = [role for role in self._reading.roles if not role.action]
        if not idle:
            self._reading.action = self._reading.action or match.entry.value
        for role in idle:
            role.action = match.entry.value
        self._take_bond(match)

    def _place(self, match: _Match) -> None:
        if self._reading.roles:
            self._reading.roles[-1].place = match.entry.value
        else:
            self._say(match)
        for word in match.words:
            part = entry((word,)) or entry((word.rstrip("s"),))
            if part is not None and part.kind == "setting":
                self._reading.said.setdefault("setting", part.value)

    def _sky_part(self, match: _Match) -> None:
        colour = self._colour_for(match)
        if colour:
            self._reading.said["accent"] = colour

    def _cloth(self, match: _Match) -> None:
        colour = self._colour_for(match)
        if colour and self._reading.roles:
            self._reading.roles[-1].colour = colour

    def _say(self, match: _Match) -> None:
        kind, value = match.entry
        said = self._reading.said
        self._relation = self._bond = None
        colour = self._colour_for(match)
        if colour and kind == "time":
            said["accent"] = colour
        if kind in ("mood", "style", "close", "wide", "side"):
            said.setdefault(kind, value)
        elif kind == "setting":
            said["setting"] = _nearer_setting(said.get("setting"), value)
        elif kind == "time":
            said["time"] = _surer_time(said.get("time"), value)
        else:
            said[kind] = value


_VAGUE = frozenset({"meadow", "mountains", "road", "sea"})
"""Settings whose words are often mere parts of another place."""


def _nearer_setting(before: str | None, now: str) -> str:
    """Of two settings, the one that says more: a village in the mountains is a village."""
    if before is None or before in _VAGUE:
        return now
    return before


_BRIGHT = frozenset({"day"})


def _surer_time(before: str | None, now: str) -> str:
    return now if before is None or before in _BRIGHT else before


def _board(reading: Reading, matches: list[_Match]) -> None:
    """Put people into or onto what they ride, drive or sail, and under their umbrellas."""
    for person in PEOPLE & {role.actor for role in reading.roles}:
        _merge(reading, person, "umbrella_walker", "umbrella_walker")
    order = [match for match in matches if match.entry.kind == "subject" or _carries(match)]
    for first, link, second in zip(order, order[1:], order[2:], strict=False):
        if not _carries(link) or _carries(first) or _carries(second):
            continue
        carrier = CARRIERS.get(second.entry.value)
        if first.entry.value in PEOPLE and carrier and second.at - first.at <= 7:
            _merge(reading, first.entry.value, second.entry.value, carrier)


def _carries(match: _Match) -> bool:
    """Whether a word stands between a person and what carries it."""
    kind, value = match.entry
    return kind == "in" or (kind == "relation" and value in ("on", "in"))


def _merge(reading: Reading, person: str, mount: str, carrier: str) -> None:
    people = [role for role in reading.roles if role.actor == person]
    mounts = [role for role in reading.roles if role.actor == mount]
    if not people or not mounts:
        return
    joined = mounts[0]
    joined.actor = carrier
    joined.colour = joined.colour or people[0].colour
    if carrier == "umbrella_walker":
        joined.action = people[0].action
    joined.count = max(people[0].count, 1) if people[0].count else 0
    if carrier == "rider":
        joined.action = people[0].action if people[0].action in ("run", "walk") else joined.action
    elif joined.action in ("sit", "walk", "stand"):
        joined.action = ""
    reading.roles.remove(people[0])


def _seat(reading: Reading) -> None:
    """Give a chair to those who sit at a thing that has no seat, such as a desk."""
    for role in list(reading.roles):
        at = role.relation == "at" and role.action == "sit" and library.has(role.to)
        if at and not library.has(role.actor) and "at" not in library.means(role.to):
            reading.roles.append(Named("chair", role.count, relation="at", to=role.to))
            role.relation, role.to = "on", "chair"
