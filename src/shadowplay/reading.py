"""Reading: what a prompt says, word by word, before anything is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shadowplay import bonds
from shadowplay.art import library
from shadowplay.boarding import board
from shadowplay.chain import Chain
from shadowplay.lexicon import WORDS, Entry, entry
from shadowplay.matching import Match, matches_of
from shadowplay.named import Named, Reading
from shadowplay.names import unquoted, words_of

_MANY = 9
"""How many a crowd or a herd is."""

_REACH = 4
"""How many words a number, a colour or a "no" reaches forward."""


def read(prompt: str, names: Sequence[str] = ()) -> Reading:
    """Read a prompt in which `names` are those of characters."""
    words = words_of(unquoted(prompt), names)
    matches, unknown = matches_of(words)
    reading = Reading(unknown=unknown)
    _Reader(reading).read(matches)
    board(reading, matches)
    _leave_to_the_wall(reading)
    return reading


def _leave_to_the_wall(reading: Reading) -> None:
    """Draw nothing twice: a room's own wall shows its windows, unless somebody is at one."""
    shown = library.place(reading.said.get("setting", "")).shows
    used = {role.to for role in reading.roles if role.relation != "with"}
    used |= {deed.what for deed in reading.deeds}
    left = {
        role.actor
        for role in reading.roles
        if role.actor in shown and not (role.relation or role.colour or role.actor in used)
    }
    reading.roles[:] = [role for role in reading.roles if role.actor not in left]
    for role in reading.roles:
        if role.to in left:
            role.relation = role.to = ""


_NATURE = frozenset({"falling", "setting", "time", "sky", "sky_part", "wind", "fog"})
"""Kinds of words that do what they do by themselves."""

_HAVING = frozenset((word,) for word in ("with", "mit", "avec", "con", "com"))
"""Words before a hat that is worn; one that is held stands behind other words."""

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
        self._lately = ""
        self._previous: Match | None = None
        self._following: Match | None = None
        self._subject_at = -99
        self._relation: tuple[str, int] | None = None
        self._has = False
        self._fronted: tuple[str, str] | None = None
        self._bond: tuple[str, int] | None = None
        self._group: list[Named] = []
        self._joins = False
        self._text = ""
        self._compared = -99
        self._focuses = False
        self._chain = Chain(reading)

    def read(self, matches: list[Match]) -> None:
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
            "deed": self._deed,
            "turn": self._turn,
            "after": self._turn_back,
            "lettering": self._letter,
            "stranger": self._stranger,
            "simile": self._compare,
        }
        for k, match in enumerate(matches):
            self._previous = matches[k - 1] if k else None
            self._following = matches[k + 1] if k + 1 < len(matches) else None
            if self._is_negated(match):
                self._reading.removed.add(match.entry.value)
                self._negated = None
                continue
            if not self._is_compared(match):
                steps.get(match.entry.kind, self._say)(match)
            self._lately = self._lately if match.entry.kind == "filler" else match.entry.kind
        self._colour_behind()
        if self._text:
            self._roles.append(Named("sign", text=self._text))
        self._chain.finish()

    def _colour_behind(self) -> None:
        """A last colour that no noun took belongs to the subject before it."""
        roles = self._reading.roles
        if self._colour is None or not roles or roles[-1].colour:
            return
        if 0 < self._colour[1] - self._subject_at <= _REACH:
            roles[-1].colour = self._colour[0]

    def _is_negated(self, match: Match) -> bool:
        kind = match.entry.kind
        if self._negated is None or kind in _SMALL:
            return False
        return match.at - self._negated <= _REACH

    def _is_compared(self, match: Match) -> bool:
        """Whether a noun is only what something is like: "like a rocket" is no rocket."""
        nouns = ("subject", "many", "stranger")
        return match.entry.kind in nouns and match.at - self._compared in (0, 1)

    def _near(self, at: int, match: Match) -> bool:
        return match.at - at <= _REACH

    def _take_bond(self, match: Match) -> None:
        bond = bonds.bond_of(match.words)
        self._bond = (bond, match.at) if bond else None

    def _compare(self, match: Match) -> None:
        self._compared = match.at + len(match.words)

    def _stranger(self, match: Match) -> None:
        """Stand a paper cut-out with the noun on it where the thing would stand."""
        self._subject(replace(match, entry=Entry("subject", "cutout")))
        self._roles[-1].text = match.entry.value

    def _letter(self, match: Match) -> None:
        """Write a quotation on the sign before it, on the next one, or on one of its own."""
        last = self._roles[-1] if self._roles else None
        if last is not None and library.facts(last.actor).lettering is not None and not last.text:
            last.text = match.entry.value
        else:
            self._text = match.entry.value

    def _turn(self, match: Match) -> None:
        self._chain.turn()

    def _turn_back(self, match: Match) -> None:
        self._chain.turn_back(match.at)

    def _deed(self, match: Match) -> None:
        """Something happens to those before, or to what follows at once ("a burning house")."""
        behind = self._following
        if behind is not None and match.at + len(match.words) != behind.at:
            behind = None
        attribute = match.words[-1].endswith("ing")
        if self._falls(match) or (attribute and behind and behind.entry.kind in _NATURE):
            return  # "snow falls" and "the rising sun" are weather and hours
        self._take_bond(match)
        named = attribute and behind is not None and behind.entry.kind == "subject"
        self._chain.deed(match, self._group, before=named)
        self._joins = False

    def _falls(self, match: Match) -> bool:
        """Whether weather or an hour does a verb: "night falls", "snow is falling"."""
        before = self._previous
        adjoins = before is not None and before.at + len(before.words) == match.at
        if before is not None and adjoins and before.entry.kind in _NATURE:
            return True
        return self._lately == "falling" and match.entry.value in ("fall", "drop", "land")

    def _fill(self, match: Match) -> None:
        self._chain.pronoun(match)
        self._joins = self._joins or match.words in (("and",), ("und",), ("et",), ("y",), ("e",))

    def _take_relation(self, match: Match) -> None:
        if match.words == ("before",):
            self._chain.before(match.at)
        self._relation = (match.entry.value, match.at)
        self._has = match.words in _HAVING
        if bonds.bond_of(match.words):
            self._take_bond(match)

    def _relate(self, named: Named, match: Match) -> None:
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
        self, named: Named, bond: tuple[str, int] | None, relation: str, match: Match
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

    def _not(self, match: Match) -> None:
        self._negated = match.at

    def _take_count(self, match: Match) -> None:
        self._count = (int(match.entry.value), match.at)

    def _take_colour(self, match: Match) -> None:
        self._colour = (match.entry.value, match.at)

    def _colour_for(self, match: Match) -> str:
        colour, self._colour = self._colour, None
        return colour[0] if colour is not None and self._near(colour[1], match) else ""

    def _many(self, match: Match) -> None:
        self._count = self._count or (_MANY, match.at)
        self._subject(match)

    def _attribute(self, match: Match) -> bool:
        """Whether a noun says what grows or stands in the place named right behind it.

        The birches of "in a birch wood" are in the wood, and nobody is in a birch.
        """
        behind = self._following
        if behind is None or behind.entry.kind != "setting":
            return False
        return behind.at == match.at + len(match.words) and library.facts(match.entry.value).scenery

    def _subject(self, match: Match) -> None:
        if self._attribute(match):
            name, colour = match.entry.value, self._colour_for(match)
            if many := library.facts(name).grove:
                self._roles.append(Named(name, many, colour))
            return
        count, self._count = self._count, None
        many = 0 if match.plural else 1
        if count is not None and self._near(count[1], match):
            many = count[0]
        elif match.words[-1] in WORDS["same_plural"] and match.at == 0:
            many = 0
        if self._wears(match.entry.value):
            self._dress(match)
            return
        named = Named(match.entry.value, many, self._colour_for(match))
        if self._text and library.facts(named.actor).lettering is not None:
            named.text, self._text = self._text, ""
        doers = self._group
        told = self._relation[0] if self._relation is not None else ""
        self._relate(named, match)
        if self._chain.named(named, match, told) and self._group == [named]:
            self._group = doers
        self._reading.roles.append(named)
        if self._focuses:
            self._reading.said["focus"] = named.actor
            self._focuses = False
        self._subject_at = match.at

    def _wears(self, name: str) -> bool:
        """Whether those before are dressed in a thing: "a woman in a red dress"."""
        worn = library.facts(name).worn
        if not worn or self._relation is None or not self._group:
            return False
        dressed = self._relation[0] == "in" or (worn != "clothes" and self._has)
        return dressed and all(library.facts(one.actor).person for one in self._group)

    def _dress(self, match: Match) -> None:
        """Put those before into clothes of a colour, or put a hat on them."""
        self._relation = None
        worn = library.facts(match.entry.value).worn
        if worn == "clothes":
            self._cloth(match)
            return
        colour = self._colour_for(match)
        for one in self._group:
            one.wears = (worn, colour)

    def _action(self, match: Match) -> None:
        if self._chain.action(match, self._group, again=self._joins):
            return
        idle = [role for role in self._reading.roles if not role.action]
        if not idle:
            self._reading.action = self._reading.action or match.entry.value
        for role in idle:
            role.action = match.entry.value
        self._take_bond(match)

    def _place(self, match: Match) -> None:
        if self._reading.roles:
            self._reading.roles[-1].place = match.entry.value
        else:
            self._say(match)
        for word in match.words:
            part = entry((word,)) or entry((word.rstrip("s"),))
            if part is not None and part.kind == "setting":
                self._reading.said.setdefault("setting", part.value)

    def _sky_part(self, match: Match) -> None:
        colour = self._colour_for(match)
        if colour:
            self._reading.said["accent"] = colour

    def _cloth(self, match: Match) -> None:
        colour = self._colour_for(match)
        if colour and self._reading.roles:
            self._reading.roles[-1].dye(match.entry.value, colour)

    def _say(self, match: Match) -> None:
        kind, value = match.entry
        said = self._reading.said
        if kind == "setting" and self._relation and self._relation[0] == "over":
            # Who floats over a city is in the air.
            for role in self._group:
                role.place = role.place or ("sky" if role.action == "swim" else "")
        self._relation = self._bond = None
        colour = self._colour_for(match)
        if colour and kind == "time":
            said["accent"] = colour
        self._focuses = kind == "close" and match.words[-1] == "of"
        if kind in ("mood", "style", "close", "wide", "side", "angle"):
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
