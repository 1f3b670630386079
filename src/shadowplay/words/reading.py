"""Reading: what a prompt says, word by word, before anything is filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from shadowplay.art import library
from shadowplay.names import unquoted, words_of
from shadowplay.words import bonds
from shadowplay.words.boarding import board
from shadowplay.words.chain import Chain
from shadowplay.words.lexicon import WORDS, Entry, entry
from shadowplay.words.matching import matches_of
from shadowplay.words.named import FIRST, VAGUE, Named, Reading, seen_of
from shadowplay.words.phrases import Match

_MANY = "9"
"""How many a crowd or a herd is."""

_REACH = 4
"""How many words a number, a colour or a "no" reaches forward."""

_SHOULDER = re.compile(r"\bover (?:\w+ ){0,2}\w+['’]s? shoulder", re.IGNORECASE)
"""A view, and not a place, whoever's shoulder it is."""


def read(prompt: str, names: Sequence[str] = ()) -> Reading:
    """Read a prompt in which `names` are those of characters."""
    words = words_of(_SHOULDER.sub("over the shoulder", unquoted(prompt)), names)
    matches, unknown = matches_of(words)
    reading = Reading(unknown=unknown)
    _Reader(reading).read(matches)
    board(reading, matches)
    return reading


_NATURE = frozenset({"falling", "setting", "time", "sky", "sky_part", "wind", "fog"})
"""Kinds of words that do what they do by themselves."""

_VERBS = frozenset({"deed", "action", "verb"})

_SMALL = frozenset({"filler", "not", "in", "count", "colour", "relation"})
"""Kinds of words that are not what a "no" means."""


class _Reader:
    """Goes through the matches once and remembers what still waits for its noun.

    Of each kind of words, a method `_read_KIND` says what they do; `_say` is for the others.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._roles = reading.roles
        self._waiting: dict[str, tuple[str, int]] = {}
        """By kind, a value that waits for its noun, and where it is."""
        self._lately = self._text = ""
        self._previous: Match | None = None
        self._following: Match | None = None
        self._subject_at = -99
        self._has = self._acted = False
        self._fronted: tuple[str, str] | None = None
        self._group: list[Named] = []
        self._joins = False
        self._compared = -99
        self._focuses = False
        self._chain = Chain(reading)

    def read(self, matches: list[Match]) -> None:
        """Give every match to the step for its kind."""
        around = zip([None, *matches], matches, [*matches[1:], None], strict=False)
        for self._previous, match, self._following in around:
            kind = match.entry.kind
            if kind not in _SMALL and self._waits("not", match):
                self._reading.removed.add(match.entry.value)
                del self._waiting["not"]
                continue
            if match.first and kind != "turn":
                self._read_gap(match)
                self._chain.clause()
                self._acted = False
            if not self._is_compared(match):
                getattr(self, f"_read_{kind}", self._say)(match)
            self._acted |= kind in _VERBS
            self._lately = self._lately if kind == "filler" else kind
        self._colour_behind()
        if self._text:
            self._roles.append(Named("sign", text=self._text))
        self._chain.finish()

    def _wait(self, match: Match) -> None:
        self._waiting[match.entry.kind] = (match.entry.value, match.at)

    _read_not = _read_count = _read_colour = _wait

    def _read_gap(self, match: Match) -> None:
        """Let nothing wait any longer for a noun that is unknown, or that another clause has."""
        self._waiting = {k: v for k, v in self._waiting.items() if k not in ("relation", "bond")}

    def _read_verb(self, match: Match) -> None:
        """Let those who do something unknown to a thing have it in the hand, or stand at it."""
        behind = self._following
        if behind is not None and behind.words[-1] in WORDS["determiners"]:
            self._read_action(replace(match, entry=Entry("action", "stand")))
            self._waiting["bond"] = ("with:stand at:stand", match.at)

    def _waits(self, kind: str, match: Match, reach: int = _REACH) -> str:
        """What of a kind waits near before a match, or nothing."""
        value, at = self._waiting.get(kind, ("", -99))
        return value or kind if match.at - at <= reach else ""

    def _take(self, kind: str, match: Match, reach: int = _REACH) -> str:
        """What of a kind waits near before a match, or nothing; it waits no more."""
        value = self._waits(kind, match, reach)
        self._waiting.pop(kind, None)
        return value

    def _colour_behind(self) -> None:
        """A last colour that no noun took belongs to the subject before it."""
        colour, at = self._waiting.get("colour", ("", -99))
        if self._roles and not self._roles[-1].colour and 0 < at - self._subject_at <= _REACH:
            self._roles[-1].colour = colour

    def _is_compared(self, match: Match) -> bool:
        """Whether a noun is only what something is like: "like a rocket" is no rocket."""
        near = match.at - self._compared in (0, 1)
        return near and match.entry.kind in ("subject", "many", "stranger")

    def _read_in(self, match: Match) -> None:
        self._waiting.pop("bond", None)
        if bond := bonds.bond_of(match.words):
            self._waiting["bond"] = (bond, match.at)

    def _read_simile(self, match: Match) -> None:
        self._compared = match.end

    def _read_stranger(self, match: Match) -> None:
        """Stand a paper cut-out with the noun on it where the thing would stand."""
        self._read_subject(replace(match, entry=Entry("subject", "cutout")))
        self._roles[-1].text = match.entry.value

    def _read_lettering(self, match: Match) -> None:
        """Write a quotation on the sign before it, on the next one, or on one of its own."""
        last = self._roles[-1] if self._roles else None
        if last is not None and library.facts(last.actor).lettering is not None and not last.text:
            last.text = match.entry.value
        else:
            self._text = match.entry.value

    def _read_turn(self, match: Match) -> None:
        self._chain.turn("after" if match.entry.kind == "after" else "then")

    _read_after = _read_turn

    def _read_deed(self, match: Match) -> None:
        """Something happens to those before, or to what follows at once ("a burning house")."""
        head, attribute = self._head(match).kind, match.words[-1].endswith(("ing", "ed"))
        told = self._previous is not None and self._previous.words[-1] in WORDS["determiners"]
        if told and head and not attribute:
            return  # "an open window"
        if self._falls(match) or (attribute and head in _NATURE):
            return  # "snow falls" and "the rising sun" are weather and hours
        self._read_in(match)
        named = attribute and head == "subject"
        self._chain.deed(match, self._group, before=named)
        self._joins = False

    def _falls(self, match: Match) -> bool:
        """Whether weather or an hour does a verb: "night falls", "snow is falling"."""
        before = self._previous
        if before and before.end == match.at and before.entry.kind in _NATURE:
            return True
        return self._lately == "falling" and match.entry.value in ("fall", "drop", "land")

    def _read_filler(self, match: Match) -> None:
        if match.words[0] in ("from", "off") and "carry" in self._waits("bond", match):
            self._read_gap(match)
            self._chain.clause()
        before = self._previous.words[-1] if self._previous else ""
        if match.words == ("of",) and before in WORDS["likenesses"]:
            self._compared = match.end + 1
        self._chain.pronoun(match)
        self._joins = self._joins or match.words == ("and",)

    def _read_relation(self, match: Match) -> None:
        if match.words == ("before",):
            self._chain.turn("before")
        self._wait(match)
        self._has = match.words == ("with",)
        if bonds.bond_of(match.words):
            self._read_in(match)

    def _read_bearing(self, match: Match) -> None:
        """Put what is carried onto a head or a back."""
        last = self._roles[-1] if self._roles else None
        if last is not None and last.relation in ("with", "carry"):
            last.relation = match.entry.value

    def _relate(self, named: Named, match: Match) -> None:
        """Let those before stand to this one as the words between say."""
        relation = self._take("relation", match, _REACH + 1).replace("into", "in")
        bond = self._take("bond", match, _REACH + 1)
        means = library.facts(named.actor).means
        if relation == "in" and "in" not in means and "on" in means:
            relation = "on"  # one word in some languages
        if self._handle(named, bond, relation) or self._lies(named, relation):
            return
        joins, self._joins = self._joins and not self._begins(), False
        named.joined = joins
        if relation:
            if not self._group:
                self._fronted = (relation, named.actor)
            for other in self._group:
                if not other.relation and other.actor != named.actor:
                    other.relation, other.to = relation, named.actor
            self._group = [named] if self._fronted is None or self._group else []
            return
        if self._fronted is not None:
            named.relation, named.to = self._fronted
            self._fronted = None
        near_one = self._group[0].actor if joins and len(self._group) == 1 else ""
        if any(one.relation == "between" and one.to == near_one for one in self._roles):
            named.relation, named.to = "opposite", near_one
        self._group = [*self._group, named] if joins else [named]

    def _lies(self, named: Named, relation: str) -> bool:
        """Put onto a thing what it is "with", if things can be on it; whether it is with any."""
        last = self._roles[-1] if self._roles else named
        lie = library.has(last.actor) and library.has(named.actor)
        if self._joins and lie and last.relation == "on":
            named.relation, named.to = last.relation, last.to  # "with a vase and a cup"
        holders = [one for one in self._group if not library.facts(one.actor).scenery]
        if relation != "with" or not all(library.has(one.actor) for one in holders):
            return False
        if holders and "on" in library.facts(holders[-1].actor).means:
            named.relation, named.to = "on", holders[-1].actor
        self._group = [*self._group, named]
        return True

    def _begins(self) -> bool:
        """Begin a clause at a noun that acts, as in "a dog barks and a cat sleeps"; whether."""
        behind = self._following
        begins = self._acted and behind is not None and behind.entry.kind in _VERBS
        if begins:
            self._chain.clause()
        return begins

    def _handle(self, named: Named, bond: str, relation: str) -> bool:
        """Bind those before to a thing that they handle; whether they do."""
        doers = [one for one in self._group if not library.has(one.actor)]
        if not doers and relation == "with" and library.facts(named.actor).means & {"grip"}:
            doers = [one for one in self._roles if library.facts(one.actor).person][-1:]
        if not doers or self._joins:
            return False
        holds = relation == "with" or "with" in bond
        name = library.held(named.actor) if holds else named.actor
        found = bonds.bound(bond or ("with" if relation == "with" else ""), relation, name)
        if found is None:
            return False
        place, action = found
        held = {one.to for one in self._roles if one.relation in ("with", "carry")}
        doers = [one for one in doers if one.actor not in held] or doers
        for one in doers:
            one.action = action or one.action
        named.actor = name
        if place in ("with", "carry"):
            # The thing keeps to them, so that they can still be on a bench.
            named.relation, named.to = place, doers[-1].actor
            named.count = named.count or doers[-1].count
            return True
        for one in doers:
            if not one.relation and one.actor != name:
                one.relation, one.to = place, name
        if place in ("in", "on") and not library.has(name):
            named.action = named.action or "walk"
        self._group = [named]
        return True

    def _read_many(self, match: Match) -> None:
        self._waiting.setdefault("count", (_MANY, match.at))
        self._read_subject(match)

    def _read_subject(self, match: Match) -> None:
        name = match.entry.value
        if self._head(match).kind == "setting" and library.facts(name).scenery:
            # The birches of "in a birch wood" are in the wood, and nobody is in a birch.
            colour = self._take("colour", match)
            if many := library.facts(name).grove:
                self._roles.append(Named(name, many, colour))
            return
        told, _ = self._waiting.get("relation", ("", 0))
        if told in ("in", "through") and library.facts(name).inside:
            self._say(replace(match, entry=Entry("setting", library.facts(name).inside)))
            return
        beasts = [one for one in self._roles if not library.has(one.actor)]
        if match.words[-1] in WORDS["parents"] and beasts:
            name = name if library.facts(beasts[-1].actor).person else beasts[-1].actor
        count = self._take("count", match)
        if self._wears(name):
            self._dress(match)
            return
        named = Named(name, int(count or not match.plural), self._take("colour", match))
        if self._text and library.facts(name).lettering is not None:
            named.text, self._text = self._text, ""
        doers = self._group
        self._relate(named, match)
        if self._chain.named(named, match, told) and self._group == [named]:
            self._group = doers
        self._roles.append(named)
        if self._focuses:
            self._reading.said["focus"] = named.actor
            self._focuses = False
        self._subject_at = match.at

    def _wears(self, name: str) -> bool:
        """Whether those before are dressed in a thing: "a woman in a red dress"."""
        worn = library.facts(name).worn
        if not worn or "relation" not in self._waiting or not self._group:
            return False
        dressed = self._waiting["relation"][0] == "in" or self._has
        return dressed and all(library.facts(one.actor).person for one in self._group)

    def _dress(self, match: Match) -> None:
        """Put those before into clothes of a colour, or put a hat on them."""
        worn = library.facts(match.entry.value).worn
        if worn == "clothes":
            self._read_cloth(match)
        else:
            self._read_gap(match)
            colour = self._take("colour", match)
            for one in self._group:
                one.wears = (worn, colour)

    def _read_action(self, match: Match) -> None:
        if self._chain.action(match, self._group, again=self._joins):
            return
        idle = [role for role in self._roles if not role.action]
        if not idle:
            self._reading.action = self._reading.action or match.entry.value
        for role in idle:
            role.action = match.entry.value
        self._read_in(match)

    def _read_place(self, match: Match) -> None:
        if self._roles:
            self._roles[-1].place = match.entry.value
        else:
            self._say(match)
        for word in match.words:
            part = entry((word,)) or entry((word.rstrip("s"),))
            if part is not None and part.kind == "setting":
                self._reading.said.setdefault("setting", part.value)

    def _read_sky_part(self, match: Match) -> None:
        if colour := self._take("colour", match):
            self._reading.said["accent"] = colour

    def _read_cloth(self, match: Match) -> None:
        self._read_gap(match)
        colour = self._take("colour", match)
        if colour and self._roles:
            self._roles[-1].dye(match.entry.value, colour)

    def _head(self, match: Match) -> Entry:
        """What the phrase right behind one stands for, if there is one."""
        behind = self._following
        return behind.entry if behind and behind.at == match.end else Entry("", "")

    def _say(self, match: Match) -> None:
        kind, value = match.entry
        said = self._reading.said
        head = self._head(match)
        if kind == "setting" and head.kind == "subject":
            said.setdefault(kind, value)  # "at the kitchen table" is at the table
            return
        if kind == head.kind == "setting" and head.value not in VAGUE:
            return  # a jungle river is a river
        relation = ""
        if kind not in FIRST:
            relation, _ = self._waiting.pop("relation", ("", 0))
            self._waiting.pop("bond", None)
        if kind == "setting" and relation == "over":
            # Who floats over a city is in the air.
            for role in self._group:
                role.place = role.place or ("sky" if role.action == "swim" else "")
        if kind == "setting":
            value = seen_of(value, relation)
        colour = self._take("colour", match, 2 if kind == "setting" else _REACH)
        moons = self._take("count", match) if match.words[-1] in ("moon", "moons") else ""
        if moons:
            said["moons"] = moons
        elif colour and kind in ("time", "setting"):
            said["accent" if kind == "time" else "earth"] = colour
        if kind == "time" and not set(match.words).isdisjoint(WORDS["heavenly"]):
            said.setdefault("sky", "clear")  # who names the moon wants to see it
        self._focuses = kind == "close" and match.words[-1] == "of"
        done = not relation and self._lately in ("deed", "action")
        self._reading.say(kind, value, located=bool(relation), done=done)
