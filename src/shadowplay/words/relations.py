"""Relations: how the subjects that a prompt names stand to one another."""

from __future__ import annotations

from shadowplay.art import library
from shadowplay.art.cast import CAST, extent, lives
from shadowplay.deeds import VERBS
from shadowplay.words import pronouns
from shadowplay.words.chain import Chain
from shadowplay.words.defaults import DEFAULTS
from shadowplay.words.doers import VERBAL, Doers
from shadowplay.words.lexicon import BONDS, LEXICON, TABLES, WORDS, Entry, variants
from shadowplay.words.named import Named, Reading, give, poses_on
from shadowplay.words.phrases import NOTHING, Match, describes

REACH = 4
"""How many words a number, a colour or a "no" reaches forward."""

_LARGE = 3.9
"""How many metres high is too high for a bridge's footway: a train."""

_YOUNG = 0.6
"""How high the young of an animal is at most beside it."""

_MEANT = VERBAL | {"relation", "in", "time"}
"""Kinds of words behind a pronoun that stands by itself."""

_LOOSE = frozenset({"", "on", "in", "at", "with"})
"""Relations that yield to the one that a verb asks for: "on" in "plays on a piano"."""

_ANYWAY = {"carry": "with", "climb": "on", "descend": "", "push": "", "pull": "", "around": ""}
"""Relations that need no anchor, and the word that may stand before the thing."""


class Relating:
    """Who was named last, and which words wait for the noun that they relate those to."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._roles = reading.roles
        self._waiting: dict[str, tuple[str, int]] = {}
        """By kind, a value that waits for its noun, and where it is."""
        self._previous = self._following = NOTHING
        self._fronted: tuple[str, str] | None = None
        self._group: list[Named] = []
        self._meant: list[Named] = []
        """Whom a pronoun means that the next verb is of."""
        self._doers: dict[int, Doers] = {}
        """By where each verb is, who does it; and where "and" begins a clause."""
        self._begins: set[int] = set()
        self._at: dict[int, Named] = {}
        """By where each noun is, whom it named."""
        self._joins = self._apart = self._acted = False
        self._chain = Chain(reading)
        self._told = ("", -99)
        """The last article or possessive, and where it is."""
        self._called: dict[str, tuple[str, ...]] = {}

    def _read_gap(self, match: Match) -> None:
        """Let nothing wait any longer for a noun that is unknown, or that another clause has."""
        self._waiting = {k: v for k, v in self._waiting.items() if k not in ("relation", "bond")}

    def _waits(self, kind: str, match: Match, reach: int = REACH) -> str:
        """What of a kind waits near before a match, or nothing."""
        value, at = self._waiting.get(kind, ("", -99))
        return value or kind if match.at - at <= reach else ""

    def _take(self, kind: str, match: Match, reach: int = REACH) -> str:
        """What of a kind waits near before a match, or nothing; it waits no more."""
        value = self._waits(kind, match, reach)
        self._waiting.pop(kind, None)
        return value

    def _stands_to(self, match: Match) -> bool:
        """Put those before where a pronoun says: "behind it", "pushes her"; whether it does."""
        relation, word = self._waits("relation", match, 3), match.word
        bond = "" if self._previous.kind == "deed" else self._waits("bond", match, 1)
        if not (relation or bond) or word not in (*WORDS["whose"], "it", "him", "them"):
            return False
        flies = (relation, word) == ("before", "it") and self._head(match).kind in VERBAL
        if flies or self._owns(match):  # "before it flies off"
            return False
        names = {one.actor for one in self._group}
        names |= {x.actor for x in self._roles if (x.relation, x.to in names) == ("follow", True)}
        others = self._chain.meant(word, names)[-1:]
        bound_now = bool(bond and others) and self._handle(others[0], bond, "")
        for one in self._group if others and not bound_now else ():
            if not one.relation:
                one.put(relation.replace("at", "beside"), others[0].actor)
        return True

    def _owns(self, match: Match) -> bool:
        """Whether a pronoun says whose the noun behind is: "in his small shop", "her sick son"."""
        behind = self._following
        if behind.first or behind.comma or not match.begins("whose"):
            return False
        ends = behind.kind in _MEANT and not self._is_attribute(behind)
        near = behind.at <= match.end + (0 if behind.kind in _MEANT else 2)
        last = behind.last in (*WORDS["parts"], *WORDS["determiners"])
        return near and not (ends or last or behind.word in (*WORDS["joints"], "and"))

    def _relate(self, named: Named, match: Match) -> None:
        """Let those before stand to this one as the words between say."""
        told = self._take("relation", match, REACH + 1)
        relation = self._chain.worked(named.actor, told) or self._fitting(told, named.actor)
        bond = self._take("bond", match, REACH + 1)
        if relation == "led" and self._group:
            named.put("follow", self._group[-1].actor)
            return
        if self._handle(named, bond, relation) or self._lies(named, relation):
            return
        last = self._roles[-1] if self._roles else named
        if relation == "on" and last.relation == "carry" and "lie" in poses_on(named.actor):
            # "Two carry a man on a stretcher": that is what they have in their hands.
            held, last.action = library.held(named.actor), "lie"
            named.actor, (_, bearer) = held, (last.relation, last.to)
            last.put("on", held)
            named.put("carry", bearer)
            return
        if told == "from" and not relation and named.lives:  # "hides from a dog"
            return
        joins = self._joins and not self._apart
        again = self._apart and self._told[0] == "the"  # "and the man sings"
        again |= self._called.get(named.actor, match.words) != match.words  # "and grandpa"
        named.joined = self._joins and not (again and named.count == 1)
        self._joins = self._apart = False
        if relation:
            self._group = self._nearest(relation, named) or self._group
            for other in self._group:
                if not other.relation and other.actor != named.actor:
                    other.put(_loosely(relation, other, named), named.actor)
            self._fronted = self._fronted if self._group else (relation, named.actor)
            self._group = [named] if self._group else []
            return
        if self._fronted:
            (named.relation, named.to), self._fronted = self._fronted, None
        near_one = ("between", self._group[0].actor if joins and len(self._group) == 1 else "")
        if any((one.relation, one.to) == near_one for one in self._roles):
            named.put("opposite", near_one[1])
        self._group = [*self._group, named] if joins else [named]

    def _nearest(self, relation: str, named: Named) -> list[Named]:
        """Those on a seat or a balcony to whom something is done, and a boat with people in it."""
        last, there = self._roles[-1:], named.facts
        own = [one.facts for one in last]
        seat = bool({"on": poses_on(named.actor), "at": "on" in there.means}.get(relation))
        still = seat and any(x.person for x in own) and self._chain.is_still(last[0], made=True)
        joins = relation == "with" and there.person and bool(own)
        if joins and not (own[0].person or own[0].crewed):  # "flies a kite with her father"
            return [one for one in self._roles if one.is_person][-1:]
        return last if still or (joins and own[0].crewed) else []

    def _note_hour(self, match: Match) -> None:
        """Note the hour that the name of a place says: "a night market"."""
        hours = [TABLES["time"].get((word,)) for word in match.words]
        if match.kind == "setting" and any(hours):
            self._reading.said.setdefault("time", next(filter(None, hours)))

    def _deck_of(self, match: Match, told: str) -> str:
        """The place of those who are on a ship, or go over a bridge, if they are not too large.

        A bridge of which more is said, such as "stone bridge", is shown whole.
        """
        name = match.value
        bridge = library.has(name)
        over = told in ("on", "onto") or (told in ("over", "across") and bridge)
        over &= not bridge or len(match.words) == 1
        grounded = any(one.home == "ground" for one in self._roles[-1:])
        grounded &= all(extent(one.actor) < _LARGE for one in self._roles)
        return library.facts(name).deck if over and grounded else ""

    def _cast(self, named: Named, match: Match, told: str, parent: str) -> None:
        """Add a subject. Young are smaller than their parent, and follow it if they do no more."""
        doers = self._group
        if parent:
            named.put("follow", parent)
            named.size *= min(1.0, _YOUNG * CAST[parent].height / CAST[named.actor].height)
        else:
            self._relate(named, match)
        if self._chain.named(named, match, told):
            self._group = doers if self._group == [named] else self._group
            if named.relation == "follow":
                named.free()
        self._roles.append(named)
        self._at[match.at] = named
        if match.turned:
            self._group = [named]
            self._chain.clause()

    def _kin(self, match: Match) -> tuple[str, str]:
        """The figure of a noun, and the one before whose young it is, or nothing."""
        whose = self._told[0] if match.at - self._told[1] <= REACH else ""
        name, parent = pronouns.kin(match, match.value, self._roles, whose)
        verb = self._chain.verb()
        apart = self._apart or not self._joins
        peer = apart and name in self._called and match.ends("peers")
        if peer and not (verb and (verb.mutual or verb.same)):
            return library.SECOND + name, ""  # "brings a stone to its mate"
        does = apart and not (verb or {"relation", "bond"} & self._waiting.keys())
        if not (verb and verb.mutual):
            name = pronouns.other(match, name, whose, self._called, does=does)
        look = self._waits("colour", match), float(self._waits("size", match, 3) or 0)
        return pronouns.with_look(name, *look, whose, self._roles), parent

    def _is_attribute(self, match: Match) -> bool:
        """Whether a verb is said of the noun right behind it: "a kneeling soldier"."""
        return self._doers.get(match.at) == "attribute"

    def _doers_of(self, match: Match) -> list[Named]:
        """Who does a verb: those who are its subjects, or else who did the last one."""
        who = self._doers.get(match.at, ())
        if isinstance(who, str):
            meant, self._meant = self._meant, []
            return meant or self._chain.doers or self._group
        return [self._at[at] for at in who if at in self._at] or self._group

    def _is_mere(self, match: Match) -> bool:
        """Whether a verb only says which thing or trade it is that something is done to."""
        before, bare = self._previous, not match.word.endswith(("s", "ing", "ed"))
        if self._acted and match.kind == "action" and self._is_attribute(match):
            return library.has(self._head(match).value)  # "a rolling chair"
        noun = before.end == match.at and before.kind == "subject"
        does = bare and noun and match.kind in VERBAL
        return does and self._chain.is_still(self._roles[-1], made=True)

    def _is_done_by_others(self, match: Match) -> bool:
        """Whether a verb or relation is of none of the cast, nor is anything done to them."""
        if self._doers.get(match.at) != "others":
            return False
        verb = VERBS[match.value] if match.kind == "deed" else None
        return verb is None or bool(verb.parties)

    def _read_bearing(self, match: Match) -> None:
        """Put what is carried, or an animal, onto a head or a back."""
        for last in self._roles[-1:]:
            beasts = [one for one in self._roles[:-1] if "on" in one.facts.means]
            if last.relation in ("with", "carry"):
                last.relation = match.value
            elif beasts:
                last.put("on", beasts[-1].actor)

    def _head(self, match: Match) -> Entry:
        """What the phrase right behind one stands for, if there is one."""
        behind = self._following
        return behind.entry if behind.at == match.end else NOTHING.entry

    def _is_part(self, match: Match, head: Entry) -> bool:
        """Whether a word only says more of the next one, or names a roof that nobody is on."""
        kind, value = match.entry
        roof = value == "rooftops" and match.ends("coverings")
        off = roof and self._waits("relation", match) not in ("on", "across", "over", "between")
        event = kind == "event" and head.kind in ("subject", "cloth", "stranger")
        if off or event or describes(match, head):  # "a wedding dress"
            return True
        if kind != "setting" or head.kind != "setting":
            return False
        place = library.place(value)  # a jungle river is a river, but a London street is London
        parts = DEFAULTS.vague | (DEFAULTS.streets if place.town else set())
        return bool(place.floor) or head.value not in parts

    def _fitting(self, relation: str, name: str) -> str:
        """What a word for a relation means with one whom it is to."""
        means = library.facts(name).means
        if {"at": CAST[name].home == "air", "with": library.facts(name).scenery}.get(relation):
            return ""  # "looks up at a plane", "an island with a willow"
        verb = self._chain.verb()
        if relation == "over" and verb and verb.mutual and library.has(name):
            return "around"  # "fight over a bone"
        if relation == "outside":
            return "" if library.facts(name).scenery else "before"
        if relation == "from":
            carries = any(one.relation == "carry" for one in self._roles)
            if carries or any(one.moves_on for one in self._group):
                return "away"
            return next((x for x in ("on", "in", "at") if x in means and not lives(name)), "")
        hat = library.facts(name).worn not in ("", "clothes")
        hat |= verb is not None and verb.is_work and not verb.beast
        people = self._group and all(hat or one.is_person for one in self._group)
        rests = bool(library.facts(name).rests) and "on" not in means
        within = relation in ("in", "into") and not poses_on(name)
        held = within or (rests and relation in ("on", "onto"))
        if people and held and "grip" in means:
            return "with"  # "catches it on a plate", "in a pan"
        if relation in ("in", "into") and "in" not in means:  # one word in some languages
            looks = relation == "into" and all(one.action == "stand" for one in self._group)
            relation = ("beside" if looks else "on") if "on" in means else relation
        if relation == "over" and library.has(name):
            crawl = {deed.who for deed in self._reading.deeds if deed.verb == "crawl"}
            walks = any(one.action in ("walk", "run") or one.actor in crawl for one in self._group)
            return "across" if walks else relation  # a bridge, a log
        if relation == "over" and lives(name):  # "watches over her cubs"
            return "beside" if all(x.home == "ground" for x in self._group) else "over"
        return relation.replace("to", "") if relation in ("into", "onto") else relation

    def _lies(self, named: Named, relation: str) -> bool:
        """Put onto a thing what it is "with", if one can be on it, but nobody onto a fire."""
        last = self._roles[-1] if self._roles else named
        lie = last.is_thing and named.is_thing
        if self._joins and lie and last.relation == "on":
            named.put(last.relation, last.to)  # "with a vase and a cup"
        holders = [one for one in self._group if not one.facts.scenery]
        if relation != "with" or not all(one.is_thing for one in holders):
            return False
        means = holders[-1].facts.means if holders else set()
        if "on" in means and not (named.lives and "light" in means):
            named.put("on", holders[-1].actor)
        return True

    def _handle(self, named: Named, bond: str, relation: str) -> bool:
        """Bind those before to a thing that they handle; whether they do."""
        doers = [one for one in self._group if not one.is_thing]
        people = [one for one in self._roles if one.is_person]
        stiff = bool(doers) and named.is_thing and not doers[-1].lives
        aside = not doers or (stiff and bool(people))  # a boat has nothing in its hand
        aside |= bool(people) and people[-1] not in doers and self._roles[-1] is people[-1]
        aside |= any((x.relation, x.to) == ("on", y.actor) for x in people[-1:] for y in doers[-1:])
        handy = "grip" in library.facts(library.held(named.actor)).means
        if aside and relation == "with" and handy:
            doers = [one for one in doers if one.is_person] or people[-1:]
        if not doers or (self._joins and not relation):
            return False
        if relation == "with" and "carry" in bond and pronouns.bears(doers[-1], named.actor):
            named.relation, named.to, named.action = "on", doers[-1].actor, "perch"
            return True
        holds = relation == "with" or "with" in bond
        drags = bond.startswith("pull") and library.facts(library.held(named.actor)).used
        name = library.held(named.actor) if holds or drags else named.actor
        ways = (bond, "with" if relation == "with" else "")  # "chops wood with an axe"
        found = next(filter(None, (bound(way, relation, name) for way in ways)), None)
        if found is None:
            return False
        place, action = _by_hand(*found, doers[-1].actor, name)
        held = {one.to for one in self._roles if one.relation in ("with", "carry")}
        doers = [one for one in doers if one.actor not in held] or doers
        for one in doers:
            one.action = action or one.action
        named.actor = name
        if place in ("with", "carry"):
            # The thing keeps to them, so that they can still be on a bench.
            give(named, place, doers, bond)
            named.count = named.count or doers[-1].count
            return True
        for one in doers:
            if not one.relation and one.actor != name:
                one.put(place, name)
        if place in ("in", "on") and not library.has(name):
            named.action = named.action or ("fly" if CAST[name].actions[0] == "fly" else "walk")
        self._group = [named]
        return True


def _loosely(relation: str, one: Named, other: Named) -> str:
    """A relation; nothing is "on" a vehicle without a place for it, nor anybody on a person."""
    means, crewed = other.facts.means, other.facts.crewed
    lies = crewed and one.is_thing and "on" not in means
    people = one.is_person and other.is_person
    return "beside" if relation == "on" and (lies or people) else relation


def _by_hand(place: str, action: str, doer: str, thing: str) -> tuple[str, str]:
    """How a doer is bound to a thing, and what it does: what is small is held, and not dragged."""
    facts, person = library.facts(thing), library.facts(doer).person
    small = library.has(thing) and "grip" in facts.means and (bool(facts.rests) or not person)
    if place == "pull" and small:
        return "with", "stand" if person else action
    return "carry" if place == "pull" and pronouns.preys(doer, thing) else place, action


def bond_of(words: tuple[str, ...]) -> str:
    """The relations that a verb asks for, or nothing."""
    for form, _ in variants(words):
        if form in BONDS:
            return BONDS[form]
        known = LEXICON.get(form)
        if known is not None and known.kind == "deed" and (bond := VERBS[known.value].bond):
            return bond
    return ""


def bound(bond: str, relation: str, name: str) -> tuple[str, str] | None:
    """The relation and action of one who does a verb to a thing, by the relations it asks for."""
    means = library.facts(name).means
    options = [(place, action) for place, _, action in (o.partition(":") for o in bond.split())]
    for place, action in options:
        if place in ("follow", "bear"):
            if lives(name):
                return place.replace("bear", "carry"), action  # cattle are driven, and carriages
        elif place in _ANYWAY:
            given = action == "stand" and library.facts(name).person  # who gets it
            if relation in ("", _ANYWAY[place]) and not (place == "carry" and given):
                return place, action
        elif place == "with":
            # A figure's grip is its hand, not where others hold it.
            if relation in _LOOSE and "grip" in means and library.has(name):
                return place, action
        elif relation in _LOOSE and place in means:
            return place, action
    return options[-1] if options and not relation and library.has(name) else None
