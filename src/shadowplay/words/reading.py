"""Reading: what a prompt says, word by word, before anything is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shadowplay.art import library
from shadowplay.art.cast import CAST
from shadowplay.deeds import VERBS
from shadowplay.names import unquoted, words_of
from shadowplay.words.boarding import board
from shadowplay.words.defaults import DEFAULTS
from shadowplay.words.doers import NATURE, VERBAL, Sentence
from shadowplay.words.lexicon import LIKE, SAID_OF, TABLES, WORDS, Entry, entry, hat_of, variants
from shadowplay.words.matching import matches_of
from shadowplay.words.named import EXTREME, FIRST, Named, Reading
from shadowplay.words.phrases import BEFORE_NOUN, NOTHING, NOUNS, SUBJECTS, Match, workplace
from shadowplay.words.places import seen_of
from shadowplay.words.relations import REACH, Relating, bond_of
from shadowplay.words.rewording import in_plain_english, shortened


def read(prompt: str, names: Sequence[str] = (), *, after: bool = False) -> Reading:
    """Read a prompt in which `names` are those of characters, before or `after` what turns."""
    words = words_of(shortened(unquoted(prompt)), names)
    matches, unknown = matches_of(in_plain_english(words, after=after))
    reading = Reading(unknown=unknown)
    _Reader(reading).read(matches)
    if (work := workplace(words)) and reading.said.get("hint", "room") == "room":
        reading.said["hint"] = work
    board(reading, matches)
    return reading


_LIKENED = NOUNS | NATURE | {"many", "hint", "wonder", "waves", "cloth", "style"}
"""Kinds of nouns that are not drawn where something is only like them, or about them."""

_SMALL = frozenset({"filler", "not", "in", "count", "colour", "relation"})
"""Kinds of words that are not what a "no" means."""


class _Reader(Relating):
    """Goes through the matches once and remembers what still waits for its noun.

    Of each kind of words, a method `_read_KIND` says what they do; `_say` is for the others.
    """

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._lately = self._text = ""
        self._subject_at = -99
        self._has = self._focuses = self._compared = self._again = False

    def read(self, matches: list[Match]) -> None:
        """Give every match to the step for its kind."""
        sentence = Sentence(matches)
        self._doers, self._begins = sentence.found, sentence.begins
        around = zip([NOTHING, *matches], matches, [*matches[1:], NOTHING], strict=False)
        for self._previous, match, self._following in around:
            kind = match.kind
            if kind not in _SMALL and self._take("not", match):
                self._reading.removed.add(match.value)
                continue
            if match.first:
                self._begin(match)
            if self._is_passed_over(match) or self._is_compared(match):
                continue
            if kind in VERBAL and not self._is_attribute(match):
                self._group = self._doers_of(match)
                if self._group and not self._acted:
                    self._waiting.pop("relation", None)  # "a boy with long hair opens a box"
            self._describe(match)
            getattr(self, f"_read_{kind}", self._say)(match)
            if kind == "gap" or match.last in (*WORDS["features"], "hair"):
                self._waiting.pop("colour", None)  # a collar's
            self._acted, self._has = self._acted or kind in VERBAL, self._has and kind not in VERBAL
            self._lately = self._lately if kind in BEFORE_NOUN else kind
        colour, at = self._waiting.get("colour", ("", -99))
        if self._roles and 0 < at - self._subject_at <= REACH:
            self._roles[-1].colour = colour  # that no noun took
        if self._text:
            self._roles.append(Named("sign", text=self._text))
        self._chain.finish()

    def _begin(self, match: Match) -> None:
        """Begin a clause."""
        self._again = match.word in ("and", "then", "before")
        if match.kind != "turn":
            self._read_gap(match)
            self._chain.clause()
            self._acted = self._acted and match.word in ("and", "before")

    def _is_passed_over(self, match: Match) -> bool:
        """Whether nobody does a verb; of whose face does something, the camera is near."""
        if self._doers.get(match.at) != "look":
            return self._is_done_by_others(match) or self._is_mere(match)
        if not self._acted:
            self._reading.said.setdefault("close", "words")
            for one in self._group:
                one.action = "stand"
        return True

    def _wait(self, match: Match) -> None:
        self._waiting[match.kind] = (match.value, match.end - 1)

    _read_not = _read_count = _read_colour = _wait

    def _describe(self, match: Match) -> None:
        """Note a size, a way and what a face shows: of the noun behind, or of those before."""
        for one in self._group if match.kind == "side" else ():
            one.side = match.value
        if match.ends("determiners"):
            self._told = (match.last, match.at)
        self._note_hour(match)
        self._waiting |= {
            kind: (known[match.words], match.at)
            for kind, known in SAID_OF.items()
            if match.words in known and kind != "expression"
        }
        if (face := SAID_OF["expression"].get(match.words)) is None:
            return
        attribute = self._previous.kind in ("count", "colour")
        attribute |= self._previous.ends("determiners")
        if attribute or not self._group:
            self._waiting["expression"] = (face, match.at)
        group = [one for one in self._group if one.lives]
        for one in () if attribute else group or [x for x in self._roles if x.lives][-1:]:
            one.expression = face

    def _read_verb(self, match: Match) -> None:
        """Let those who do something unknown to a thing have it in the hand, or stand at it."""
        behind, who = self._following, self._group[-1].actor if self._group else ""
        if library.facts(who).crewed:
            return  # it goes on its way
        head, told = self._head(match), WORDS["determiners"]
        object_told = behind.word in told or head.kind == "subject"  # "grates cheese"
        if object_told or (library.facts(who).person and head.value not in WORDS["paths"]):
            self._read_action(replace(match, entry=Entry("action", "stand")))
        if object_told:
            deed = replace(match, entry=Entry("deed", "handle"))
            self._chain.deed(deed, self._group, before=False)
            self._waiting["bond"] = (VERBS["handle"].bond, match.at)

    def _is_compared(self, match: Match) -> bool:
        """Whether a word is of what one is only like, or about: "a book about red dragons"."""
        named = self._compared and match.kind in _LIKENED
        told, behind = match.kind in BEFORE_NOUN, self._following
        told &= match.last not in (*WORDS["prepositions"], *WORDS["joints"])
        more = behind.words == ("and",) and behind.at not in self._begins
        self._compared &= more if named else told  # "about ships and the sea"
        return named or self._compared

    def _read_in(self, match: Match) -> None:
        if not self._is_attribute(match):  # "carries her sleeping son"
            self._waiting.pop("bond", None)
        if bond := bond_of(match.words):
            self._waiting["bond"] = (bond, match.at)

    def _read_simile(self, _: Match) -> None:
        self._compared = True

    def _read_stranger(self, match: Match) -> None:
        """Stand a paper cut-out with the noun on it where the thing would stand."""
        if self._roles and self._waits("relation", match):
            return  # "a boy with a gizmo" is seen without it
        self._read_subject(replace(match, entry=Entry("subject", "cutout")))
        self._roles[-1].text = match.value

    def _read_lettering(self, match: Match) -> None:
        """Write a quotation on the sign before it, on the next one, or on one of its own."""
        behind, last = self._head(match), self._roles[-1:]
        boards = [one for one in last if one.facts.lettering and not one.text]
        own = behind.kind == "subject" and library.facts(behind.value).lettering
        if boards and not own:
            boards[0].text = match.value
        else:
            self._text = match.value

    def _read_turn(self, match: Match) -> None:
        self._chain.turn("after" if match.kind == "after" else "then")

    _read_after = _read_turn

    def _read_deed(self, match: Match) -> None:
        """Something happens to those before, or to what follows at once ("a burning house")."""
        head, attribute = self._head(match).kind, match.last.endswith(("ing", "ed"))
        told = self._previous.ends("determiners") and len(match.words) == 1
        if told and (head or self._waits("relation", match)) and not attribute:
            return  # "an open window", "under the sink"
        verb, done = VERBS[match.value], match.last.endswith("ed")
        done &= self._is_attribute(match) and not verb.changes
        behind = self._following  # "the rising sun" is an hour, "crying in the rain" is done
        nature = head in NATURE and not behind.begins("prepositions")
        if attribute and (done or (nature and (match.first or self._lately not in SUBJECTS))):
            return  # "painted ponies" are painted by nobody, but "a man raking leaves" does that
        acts = CAST[self._group[-1].actor].actions if self._group else ()
        if verb.wheels in acts and "sit" not in acts:
            self._read_action(replace(match, entry=Entry("action", verb.wheels)))
            return
        self._reading.said = {**verb.says, **self._reading.said}
        self._read_in(match)
        others, before = self._doers.get(match.at) == "others", self._is_attribute(match)
        self._group = [] if others else self._group
        self._group = self._chain.deed(match, self._group, before=before, others=others)
        if match.last in ("it", "them"):
            self._waiting.pop("bond", None)  # "passes it to a girl"
        self._joins = False

    def _read_filler(self, match: Match) -> None:
        before = self._previous.last
        likeness = before in WORDS["likenesses"] and self._lately in SUBJECTS
        self._compared |= match.words == ("about",) or (likeness and match.words == ("of",))
        if not self._stands_to(match) and not self._owns(match):
            self._chain.pronoun(match)
        if match.word in (*WORDS["they"], "it"):
            self._meant = self._chain.meant(match.word, again=self._again)
        elif match.word in ("who", "that", "which") and self._lately in SUBJECTS:
            self._group = self._roles[-1:]  # "chases a thief who is carrying a bag"
        leaves = match.words == ("from",) or (match.words == ("of",) and before == "out")
        carries = before == "out" and any(one.relation == "carry" for one in self._roles)
        if leaves and (carries or self._lately in VERBAL):
            self._waiting["relation"] = ("from", match.at)
        if match.words == ("off",) and (who := [x for x in self._roles if x.relation == "push"]):
            self._chain.deed(replace(match, entry=Entry("deed", "push_off")), who, before=False)
        self._joins = self._joins or match.words == ("and",)
        if match.at in self._begins:
            self._chain.clause()
            self._apart = True

    def _read_relation(self, match: Match) -> None:
        if match.words == ("before",):
            self._chain.turn("before")
        if self._roles and match.value in ("into", "onto", "toward", "away"):
            to = self._roles[-1].actor
            self._group = [one for one in self._roles if one.to == to] or self._group
        way = {"onto": "jump_onto", "to": f"go_{match.value}"}.get(match.word, "")
        if way in VERBS and self._chain.leap(way, match, self._group):
            self._waiting |= {"bond": (VERBS[way].bond, match.at)} if VERBS[way].bond else {}
            return
        rests = match.value in ("on", "in", "under")  # something is done where it is
        if self._roles and (match.begins("bearing") or rests):
            last, before = self._roles[-1], self._previous
            held = match.begins("bearing") or self._chain.is_still(last, made=False)
            if self._at.get(before.at) is last and last.lives and held:
                self._group = [last]  # "greets a queen holding a rose", "feeds a frog on a stone"
                self._chain.clause()
        self._wait(match)
        self._has = match.words in (("with",), ("and", "its"))
        if bond_of(match.words):
            self._read_in(match)

    def _read_many(self, match: Match) -> None:
        self._waiting["count"] = (self._waits("count", match) or "9", match.at)  # a crowd, a herd
        self._read_subject(match)

    def _read_subject(self, match: Match) -> None:
        name = match.value
        if self._head(match).kind == "setting" and library.facts(name).scenery:
            # The birches of "in a birch wood" are in the wood, and nobody is in a birch.
            grove = Named(name, library.facts(name).grove, self._take("colour", match))
            self._roles += [grove] if grove.count else []
            return
        told, _ = self._waiting.get("relation", ("", 0))
        inside = library.facts(name).inside if told in ("in", "through") else ""
        if within := inside or self._deck_of(match, told):
            self._say(replace(match, entry=Entry("setting", within)))
            return
        name, parent = self._kin(match)
        count = self._take("count", match)
        if self._wears(name):
            self._dress(match)
            return
        one = not match.plural and not match.ends("groups")  # a family is three
        named = Named(name, int(count or one), self._take("colour", match))
        named.expression = self._take("expression", match)
        if match.trade:
            trade, anywhere = library.facts(match.trade), library.facts("person").place
            named.wears = trade.aboard[:2] if trade.aboard[0] else None
            named.clothes = {"shirt": trade.aboard[2]} if trade.aboard[2] else {}
            works = trade.place[0] if trade.place != anywhere else "room"
            self._reading.said.setdefault("hint", works)
        named.action = self._take("action", match, 3)
        named.grow(float(self._take("size", match, 3) or 1))
        if (build := self._take("build", match, 3)) and library.facts(name).person:
            named.clothes[build] = ""
        if library.facts(name).lettering is not None:
            named.text, self._text = self._text, ""
        self._cast(named, match, told, parent if not told or self._has else "")
        if named.relation == "with" and named.size > EXTREME[1]:
            named.relation = "beside"  # a giant strawberry is in nobody's hand
        if self._focuses:
            self._reading.said["focus"], self._focuses = named.actor, False
        self._subject_at = match.at

    def _wears(self, name: str) -> bool:
        """Whether those before are dressed in a thing: "a woman in a red dress"."""
        worn = library.facts(name).worn
        dressed = self._waiting.get("relation", ("", 0))[0] == "in" or self._has
        if not worn or not dressed or not self._group:
            return False
        who = [one.facts for one in self._group]
        return all(one.person or "head" in one.means for one in who)

    def _dress(self, match: Match) -> None:
        """Put those before into clothes of a colour, or put a hat on them."""
        worn = library.facts(match.value).worn
        if worn == "clothes":
            garment = TABLES["cloth"].get(match.words[-1:], "outfit")
            self._read_cloth(replace(match, entry=Entry("cloth", garment)))
        else:
            last, (_, at) = self._roles[-1], self._waiting.get("relation", ("", 99))
            near = last.is_person and at - self._subject_at <= 2
            colour, alone = self._take("colour", match), last in self._group and not match.plural
            for one in [last] if alone or (near and last not in self._group) else self._group:
                one.wears = (hat_of(match.words, worn), colour)

    def _read_action(self, match: Match) -> None:
        if self._is_attribute(match) and not library.has(self._head(match).value):
            self._waiting["action"] = (match.value, match.at)
            return
        self._read_in(match)
        if self._chain.action(match, self._group, again=self._joins):
            return
        free = [one for one in self._group or self._roles if not one.is_held]
        idle = [one for one in free if one.action in ("", "stand")]
        if not idle:
            self._reading.action = self._reading.action or match.value
        for role in idle:
            role.action = match.value

    def _read_place(self, match: Match) -> None:
        if self._roles and match.kind == "place":
            self._roles[-1].place = match.value
        else:
            self._say(match)
        for word in match.words:
            part = entry((word,)) or entry((word.rstrip("s"),))
            if part is not None and part.kind == "setting":
                self._reading.said.setdefault("setting", part.value)

    _read_waves = _read_place

    def _read_sky_part(self, match: Match) -> None:
        if colour := self._take("colour", match):
            self._reading.said["accent"] = colour

    def _read_cloth(self, match: Match) -> None:
        """Dye the garment of the one before, or let it be a thing if something is done to it."""
        thing = next((LIKE[form] for form, _ in variants(match.words[-1:]) if form in LIKE), "")
        related = self._waiting.get("relation", ("", 0))[0]
        bare = all(one.is_thing for one in self._roles)  # nobody wears it
        done = self._lately in VERBAL or "bond" in self._waiting or bare
        if thing and not (self._has or related == "in") and (done or related in WORDS["lying"]):
            self._read_subject(replace(match, entry=Entry("subject", thing)))
            return
        colour = self._take("colour", match)
        if self._roles:
            self._roles[-1].dye(match.value, colour)

    def _say(self, match: Match) -> None:
        (kind, value), said, head = match.entry, self._reading.said, self._head(match)
        if kind in ("setting", "hint") and head.kind == "subject":
            self._reading.handled |= kind not in said  # where else they are, counts for more
            said.setdefault(kind, value)  # "at the kitchen table" is at the table
        if (kind in ("setting", "hint") and head.kind == "subject") or self._is_part(match, head):
            return
        relation, of_next = "", head.kind in ("colour", "setting", "subject")
        if kind not in FIRST and not (of_next and kind in NATURE):  # "on a dusty planet"
            relation, _ = self._waiting.pop("relation", ("", 0))
            self._waiting.pop("bond", None)
        if kind == "setting":
            if relation == "into" and value in DEFAULTS.waters:
                self._chain.leap("splash", match, self._group)
            # Who floats over a city is in the air.
            for role in self._group if relation == "over" else ():
                role.place = role.place or ("sky" if role.action == "swim" else "")
            value = seen_of(value, relation)
        colour = self._take("colour", match, 2 if kind == "setting" else REACH)
        if match.last == "moons" and (moons := self._take("count", match)):
            said["moons"] = moons
        elif colour and kind in ("time", "setting"):
            said["accent" if kind == "time" else "earth"] = colour
        if kind == "time" and not set(match.words).isdisjoint(WORDS["heavenly"]):
            said.setdefault("sky", "clear")  # who names the moon wants to see it
        self._focuses = kind == "close" and match.last == "of"
        told = match.words[:1] in TABLES["relation"]  # "around the ring"
        done = not (relation or told) and self._lately in ("deed", "action")
        self._reading.say(kind, value, located=bool(relation), done=done)
