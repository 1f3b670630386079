"""The chain: what a prompt says happens, and in which order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from shadowplay.art import library
from shadowplay.art.cast import lives
from shadowplay.deeds import NEVER, VERBS, Verb
from shadowplay.words.defaults import DEFAULTS
from shadowplay.words.lexicon import WORDS, Entry
from shadowplay.words.named import Done, Named, Reading, poses_on
from shadowplay.words.phrases import Match
from shadowplay.words.pronouns import meant
from shadowplay.words.timing import GOING

_REACH = 6
"""How many words after a verb its object is looked for."""

_BETWEEN = frozenset({"", "with", "in", "into", "on", "onto", "toward", "at"})
"""Relations that may stand between a verb and its object: "fights with", "crashes into"."""


class Chain:
    """Collects deeds and later actions while a prompt is read."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._turn = 0
        self._last: tuple[Done, int] | None = None
        self._length = 1
        self._waiting: Done | None = None
        self.doers: list[Named] = []
        """Those who did the last verb."""
        self._objects: list[Named] = []
        self._turned = ""
        self._mates: list[tuple[Done, str, str]] = []
        """Deeds, and who does them together with whom they are told of."""

    def turn(self, word: str) -> None:
        """Let what follows happen later than what was said, or before it ("after").

        "before" and "after" count if a verb follows and no noun comes between.
        """
        if word == "then" and not self._turned:
            self._turn, self._last = self._turn + 1, None
        self._turned = word

    def clause(self) -> None:
        """Let nouns of another clause take no part in the deed so far."""
        self._last = None

    def verb(self) -> Verb | None:
        """The verb of the deed so far, if one waits for what it is done to."""
        return VERBS[self._last[0].verb] if self._last else None

    def worked(self, thing: str, relation: str) -> str:
        """Where to a thing those are who work by hand "into" it, "onto" it or "on" it, if so."""
        done = self._last[0] if self._last else Done("come")
        verb, means = done.facts, library.facts(thing).means
        hands = verb.touch or verb.uses or verb.there or ":stand" in verb.bond
        there = library.has(thing) or library.facts(thing).crewed
        stands = relation == "on" and there and bool(poses_on(thing))
        tools = bool(verb.touch or verb.uses) and means & {"at", "grip"}
        stands &= not (tools or (verb.there and done.what))
        stands |= verb.grows or verb.alone or bool(verb.on)
        doer = library.facts(done.who).person or library.facts(done.who).crewed
        works = doer and hands and relation in WORDS["worked"] and not stands
        return "" if not works else "at" if library.has(thing) else "beside"

    def is_still(self, one: Named, *, made: bool) -> bool:
        """Whether a deed is done to one who stays where it is, or is `made` by that deed."""
        verb = self.verb()
        if verb is None or one not in self._objects or (verb.makes and not made):
            return False
        goes = "who" in verb.parties and verb.parties["who"].travels
        goes |= verb.mutual and one.is_person
        return not goes or (self._last is not None and self._last[0].whom == one.actor)

    def pronoun(self, match: Match) -> None:
        """Let the verb just before a pronoun be done to whom that means."""
        done, at = self._last or (Done(""), -99)
        if match.at != at + self._length or done.what or not match.begins("them"):
            return
        # What was done to before, and not the tray that a waiter has by trade.
        deeds = self._reading.deeds
        own = {one.actor for one in self._reading.roles if done.who in (one.actor, one.to)}
        told = [one.what for one in deeds if one.what and match.word in ("it", "them")]
        told = [name for name in told if not library.facts(name).person]
        done.what = (told or [one.actor for one in self.meant(match.word, own)] or [""])[-1]
        if done.what and any(one.facts.grows and one.what == done.what for one in deeds):
            done.turn = self._turn = self._turn + 1  # it has to be there first

    def meant(self, word: str, own: Collection[str] = (), *, again: bool = False) -> list[Named]:
        """Whom a pronoun means, without its `own`; if `again`, of those who did the last verb."""
        roles = [one for one in self._reading.roles if one.actor not in own]
        return meant(word, roles, self.doers, again=again)

    def _settle_turn(self) -> None:
        """Make the turn that a "before" or "after" announced, now that a verb has come."""
        turned, self._turned = self._turned, ""
        if turned == "before":
            self._turn += 1
        elif turned == "after":
            for deed in self._reading.deeds:
                deed.turn += 1

    def deed(
        self, match: Match, group: list[Named], *, before: bool, others: bool = False
    ) -> list[Named]:
        """Something happens to `group`, or, if it stands `before` its noun, to that.

        What `others` than the cast do, such as rain, happens to the noun behind it.

        Returns whom the next words are about: who is on stilts that juggles, and not the stilts.
        """
        self._settle_turn()
        verb = VERBS[match.value]
        begun = before and verb.changes
        done = Done(verb.name, self._turn, mere=before and not begun, begun=begun)
        self._reading.deeds.append(done)
        if before:
            self._waiting = done
        else:
            doers = [] if others else group or self._reading.roles[:1]
            doers = self._reading.roles[-1:] if verb.passive else doers
            if doers and match.suffered:
                doers = self._suffer(done, doers[-1], match.suffered)
            if doers:
                done.who = doers[0].actor
                self.doers = doers
                one = verb.passes or verb.there or verb.mutual or verb.changes  # what they have
                one = one or "whom" in verb.parties or verb.bond.startswith(("push", "with carry"))
                if verb.along or not one:
                    does = verb.along or verb.name
                    self._mates += [(done, other.actor, does) for other in doers[1:]]
                goes = match.last.endswith("ing") and doers[0].action in GOING
                if verb.mutual and not goes and (doers[1:] or doers[0].count != 1):
                    done.what = doers[:2][-1].actor  # but "walk along talking"
                    doers[0].count = doers[0].count or 2 * verb.pair
            self._last, self._length = (done, match.at), len(match.words)
            if match.ends("them") and self._length > 1:  # "hands them to a boy"
                self._length -= 1
                self.pronoun(replace(match, words=match.words[-1:], at=match.end - 1))
        self._objects = []
        return group

    def leap(self, verb: str, match: Match, group: list[Named]) -> bool:
        """Let those of a group who jump, or walk, do that from where they are; whether any do."""
        side = VERBS[verb].side
        how = ("walk", "run", "jump", "fly") if side else ("jump",)
        leapers = [one for one in self.doers or group if _does(one) in how]
        for one in leapers:  # "jumps from a chair onto a table", "leaps off a dock into a lake"
            last, one.acts = _does(one), one.acts[:-1]
            one.action = ""
            if not side and verb != "splash":
                one.free()
            way = f"{last}_{side}" if f"{last}_{side}" in VERBS else verb
            self.deed(replace(match, entry=Entry("deed", way)), leapers, before=False)
        return bool(leapers)

    def _suffer(self, done: Done, one: Named, by: str) -> list[Named]:
        """Let a deed be done to one, by somebody if it takes hands; returns by whom."""
        if done.facts.changes:
            return [one]
        done.what = one.actor
        if by == "others":
            return []
        self._reading.roles.append(Named("person"))
        return self._reading.roles[-1:]

    def named(self, named: Named, match: Match, relation: str) -> bool:
        """Let a noun take part in the deed before; whether it is that deed's object."""
        self._turned = self._turned if self._turned == "then" else ""
        if self._waiting is not None:
            self._waiting.who, self._waiting = named.actor, None
        done, at = self._last or (Done("come"), -99)
        worked = not done.what and self.worked(named.actor, relation) == "at"
        near = match.at - at - self._length < _REACH + 3 * (worked or relation == "into")
        if not near or not (worked or relation in _BETWEEN):
            return False
        verb = done.facts
        thing = named.is_thing
        alone = relation == "with" and not (thing or verb.binds or "what" in verb.parties)
        if verb.alone or named.joined or alone:  # "surfs with seals"
            return False
        if verb.there and not (verb.passes or done.what) and relation in (*WORDS["worked"], "in"):
            done.verb = "handle"  # "puts a star on a tree" puts no tree anywhere
        tool = relation == "with" and thing and bool(verb.touch or verb.uses or verb.makes)
        if done.what and named.actor in (verb.on, verb.uses):
            # "lowers a basket on a line from a balcony to a boy"
            tool, self._last = True, (done, match.at)
        over = verb.mutual and bool(done.what) and thing  # "two friends talk over a cup"
        seat = relation == "on" and verb.makes and not verb.touch
        if tool or over or seat or (relation and verb.changes and not done.what):
            return False  # "chops wood with an axe", "combs her hair on a rock", "falls at a gate"
        if not done.what or (done.what == done.who and verb.mutual):
            done.what = named.actor
        elif not done.whom and done.what != named.actor and relation != "with":
            done.whom = named.actor
        else:
            return False
        self._last = (done, match.at)
        self._objects.append(named)
        # "a girl meets a boy": two of one figure.
        named.joined = named.joined or (named.actor == done.who and lives(done.who))
        return True

    def action(self, match: Match, group: list[Named], *, again: bool) -> bool:
        """Take a verb without a timeline; whether it comes later than another of the same doer."""
        self._settle_turn()
        self._last = None
        doers = group or self._reading.roles[:1]
        value = match.value
        stiff = [x for x in doers if x.is_thing and not x.facts.motion]
        if value in DEFAULTS.things and stiff == doers != []:
            instead = Entry("deed", DEFAULTS.things[value])
            self.deed(replace(match, entry=instead), doers, before=False)
        if again and doers and _does(doers[0]) not in ("", value) and not self._turn:
            self._turn += 1
        self.doers = doers or self.doers
        for role in doers if self._turn else ():
            role.acts.append((self._turn, 0.0, value))
        return bool(self._turn and doers)

    def finish(self) -> None:
        """Put each who and what where its verb wants it, and say nothing twice."""
        deeds = self._reading.deeds
        mates = [mate for mate in self._mates if mate[0] in deeds]
        deeds += [replace(done, who=mate, verb=verb) for done, mate, verb in mates]
        self._do_together()
        busy = {one.who for one in deeds if not one.mere}
        busy |= {one.actor for one in self._reading.roles if one.action not in ("", "stand")}
        deeds[:] = [
            one
            for k, one in enumerate(deeds)
            if not (one.mere and one.who in busy)
            and (one.what or (verb := one.facts).makes or verb.changes or not verb.living)
            and not any(
                (one.verb, one.turn, one.who) == (two.verb, two.turn, two.who)
                for two in deeds[k + 1 :]
            )
        ]
        _pass_on(deeds)
        self._take_in_hand()
        for done in self._reading.deeds:
            verb = done.facts
            alone = verb.changes and done.who and not done.what
            verb = verb.instead((alone and lives(done.who), verb.living))
            turns = verb.into if done.what and done.whom else ""
            if done.what:
                verb = _done_to(done, verb)
                aims = [done.whom] if turns else [done.what, done.whom] * (verb.apart > 1)
                for role in self._reading.roles:  # nobody is in what comes of it, or at its aim
                    far = turns or (role.relation, role.actor) == ("at", done.who)
                    role.relation = "" if far and role.to in aims else role.relation
            done.verb = verb.name
            stiff = bool(done.whom) and library.has(done.what)
            if verb.hands and stiff:
                done.what, done.whom = done.whom, done.what  # "feeds bread to ducks"
            gets = "whom" in verb.parties or verb.there or verb.passes or verb.makes or verb.hands
            if gets and library.has(done.whom) and not library.has(done.what):
                self._hand_over(done, verb)
            if verb.changes and not done.what:
                done.what, done.who = done.who, ""

    def _do_together(self) -> None:
        """Let who does alone what takes two do it with another: "a man is hugging"."""
        for done in self._reading.deeds:
            if not done.facts.pair or done.what or not library.facts(done.who).person:
                continue
            done.what = done.who
            for role in [one for one in self._reading.roles if one.actor == done.who]:
                role.count = max(role.count, 2)
            self._reading.rename("couple", "person")

    def _take_in_hand(self) -> None:
        """Let what is passed from one to another be the kind that is held."""
        living = {one.actor for one in self._reading.roles if one.lives}
        for done in self._reading.deeds:
            verb = done.facts
            party, objects = verb.parties.get("what"), (done.what, done.whom)
            passes = party is not None and "pass" in party.tracks and party.joins == NEVER
            for name, other in zip(objects, objects[::-1], strict=True):
                if other in living and (passes or verb.out or verb.hands):
                    self._reading.rename(name, library.held(name))

    def _hand_over(self, done: Done, verb: Verb) -> None:
        """Put a thing into the doer's hand, with which it may do something to the other.

        On a seat sits the doer: "feeds ducks from a bench".
        """
        if not verb.hands:
            done.what, done.whom = done.whom, done.what
            return
        held = library.facts(done.whom).means & {"grip", "on"} != {"on"}
        for role in self._reading.roles:
            if role.actor == done.whom:
                role.put(*(("with", done.who) if held else ("", "")))
            elif role.actor == done.who:
                role.put(*(("", "") if held else ("on", done.whom)))
        done.whom = ""


def _does(one: Named) -> str:
    """What somebody does last, or nothing."""
    return one.acts[-1][2] if one.acts else one.action


def _done_to(done: Done, verb: Verb) -> Verb:
    """What is done instead to one who lives, to a thing, or with another one."""
    facts, alive = library.facts(done.what), lives(done.what)
    gives = "whom" in verb.parties and done.whom  # to whom comes before what
    return verb.instead(
        (done.whom, verb.into),
        (done.what == done.who, verb.same),
        (facts.person and not gives, verb.person),
        (alive, verb.living),
        (not alive and done.whom and not lives(done.whom), verb.out),
        (library.has(done.what) or facts.crewed, verb.thing),
    )


def _pass_on(deeds: list[Done]) -> None:
    """Let what one throws fly to the other who catches it, and be fetched only after that."""
    for thrown in [one for one in deeds if one.verb == "throw"]:
        for other in [one for one in deeds if one.what == thrown.what and one.who != thrown.who]:
            if other.verb in ("catch", "fold"):
                thrown.whom = other.who
                deeds.remove(other)
