"""Equipping: people get the tools of what they do, and stand where it is done."""

from __future__ import annotations

from shadowplay.art import library
from shadowplay.art.cast import extent, lives
from shadowplay.deeds import VERBS, Verb
from shadowplay.words.lexicon import WORDS
from shadowplay.words.named import Done, Named, Reading, leave_out


def equip(reading: Reading) -> None:
    """Give doers the tools of their deeds, or what these are done at, if the prompt names none."""
    roles = reading.roles
    for deed in reading.deeds:
        doer = next((role for role in roles if role.actor == deed.who), None)
        verb = _with_what(deed, doer, roles)
        fed = doer is not None and _feed(deed, verb, doer, roles)
        if verb.makes and not fed:
            _lay_down(deed, verb, roles)
        if doer is None or not (verb.wild or doer.is_person):
            continue
        gets_up = ("leave_seat", doer.actor) in [(one.verb, one.who) for one in reading.deeds]
        if verb.sits and not (doer.action or gets_up):
            doer.action = "sit"
        if (verb.meets or (verb.alone and verb.grows)) and verb.at and not deed.what:
            roles.append(Named(verb.at))
            deed.what = verb.at
        _fit_egg(deed, doer, reading)
        _put_to_work(deed, doer, reading)
        if verb.passes:
            _pass(deed, verb, roles)
        given = next((one for one in roles if one.actor == deed.what), None)
        if given is not None and verb.below:
            roles.append(Named(verb.below, relation="under", to=deed.what))
        if given is not None and verb.seats and not given.relation and given.lives:
            given.put("on", verb.seats)
            roles.append(Named(verb.seats))
        if given is not None and given.is_thing and (verb.there or deed.whom):
            _go_there(deed, doer, given, roles)
            ends = verb.parties["what"].end if "what" in verb.parties else ""
            takers = [x.count or 3 for x in roles if x.actor == deed.whom and x.lives]
            given.count = min(sum(takers), 3) if takers and ends == "given" else given.count


def _feed(deed: Done, verb: Verb, doer: Named, roles: list[Named]) -> bool:
    """Let an animal be at the bowl that it eats or drinks from, and on the same table; whether."""
    eats = "who" in verb.parties and verb.parties["who"].arms in ("eat", "drink")
    eats &= doer.lives and not doer.is_person
    for one in [x for x in roles if eats and x.actor in WORDS["bowls"]]:
        for drink in {deed.what, deed.whom} - {one.actor}:
            leave_out(drink, roles)  # it is in the bowl
        deed.what, deed.whom = one.actor, ""
        doer.put("at", one.actor)
        one.free()
        return True
    return False


def _fit_egg(deed: Done, doer: Named, reading: Reading) -> None:
    """Let a young one come out of an egg that is as large as it."""
    for egg in [one for one in reading.roles if one.actor == deed.what == "egg"]:
        if deed.verb.startswith("hatch_"):
            reading.rename(doer.actor, library.young().get(doer.actor, doer.actor))
            egg.size = max(1.0, 0.6 * extent(doer.actor) / extent("egg"))


def _with_what(deed: Done, doer: Named | None, roles: list[Named]) -> Verb:
    """The verb of a deed, which may be another with a tool or at a thing."""
    deed.verb = deed.facts.by.get(deed.who, deed.verb)
    for pot in [x for x in roles if x.actor == deed.what == deed.facts.at]:
        if library.has(deed.whom) and "on" in library.facts(deed.whom).means:  # over a fire
            pot.relation, pot.to, deed.whom = "on", deed.whom, ""
    if deed.facts.makes and deed.whom and doer is not None:
        drawn = deed.whom if doer.to == deed.what else deed.what
        if doer.to == deed.what or (doer.to == deed.whom and deed.facts.at == "easel"):
            leave_out(drawn, roles)  # "draws a cat on a board" draws no living one
            deed.what, deed.whom = doer.to, ""
    held = [one.actor for one in roles if one.to == deed.who and one.relation in ("with", "carry")]
    whom = "somebody" if deed.whom and lives(deed.whom) else deed.whom
    loose = [one.actor for one in roles if deed.facts.mutual and not one.relation]
    near = (*held, doer.to if doer else "", deed.what, whom, *loose)
    people = all(library.facts(x).person for x in (deed.what, deed.whom) if x and lives(x))
    ways = [VERBS[way] for way in map(deed.facts.by.get, near) if way]
    fits = [way for way in ways if (people or not way.alike) and (deed.who or not way.uses)]
    deed.verb = fits[0].name if fits else deed.verb
    if deed.facts.at == "easel" and library.facts(deed.what).scenery:
        deed.what = ""  # a painter before a tower paints a picture of it
    if deed.facts.mutual and doer is not None and (doer.relation, doer.to) == ("on", deed.what):
        deed.what = deed.who  # who argue on a balcony do not argue with that
    if deed.facts.mutual and doer is not None and doer.count != 1 and deed.what != deed.who:
        deed.whom = deed.who  # "throw snowballs at each other"
    if deed.facts.alone and doer is not None and doer.to in (deed.what, deed.whom):
        deed.what = deed.whom = ""
        doer.to = "" if deed.facts.on else doer.to  # who is on a cradle is at no window
        doer.relation = "at" if doer.to else ""
    if deed.facts.follows and doer is not None and doer.relation == "between":
        doer.free()  # "chases a ball between cars"
    return deed.facts


def _lay_down(deed: Done, verb: Verb, roles: list[Named]) -> None:
    """Lay what is worked on, a boot on an anvil, where that is done, or leave it out; no place."""
    stands = verb.grows or deed.what == verb.at or library.facts(deed.what).means & {"at", "on"}
    if deed.what != "cutout" and (stands or not library.has(deed.what)):
        return
    small, at = "grip" in library.facts(deed.what).means, verb.at
    if not (small and {"on", "in"} & library.facts(at).means == {"on"}):  # no soup in a pot
        leave_out(deed.what, roles)
        return
    for one in roles:
        if one.actor == deed.what:
            one.put("on", at)
        elif one.to == deed.what:
            one.free()
    deed.what = ""


def go_where_it_is_done(reading: Reading) -> None:
    """Set deeds in their usual places; who skips stones on a lake is on its shore."""
    for verb, who in ((deed.facts, deed.who) for deed in reading.deeds):
        if verb.place and (library.facts(who).person or verb.beast in ("", verb.name)):
            reading.said.setdefault("hint", verb.place)
            if verb.place == "snow_slope" and reading.said.get("setting") in ("hill", "mountains"):
                reading.said["setting"] = verb.place  # nobody skis on grass
        for doer in reading.roles if verb.passes or verb.place else ():
            if doer.actor == who and doer.place == "water":
                doer.place = ""


_NEARBY = frozenset(
    {"between", "under", "beside", "behind", "before", "past", "around", "toward", "away"}
)
"""Relations to what a doer has no hand or foot on."""


def _put_to_work(deed: Done, doer: Named, reading: Reading) -> None:
    """Give a doer a tool, and what the deed is done at; on that lies what the doer makes."""
    verb, roles = deed.facts, reading.roles
    # "skis on skis": they are under the doer; "makes a latte for a girl": nothing is done to her.
    for_whom = verb.sets and deed.what and not verb.mutual and lives(deed.what)
    deed.what = "" if deed.what == verb.on or for_whom else deed.what
    for one in [role for role in roles if verb.grows and role.actor == deed.whom]:
        if one.to == doer.actor:
            leave_out(deed.what, roles)  # "pours wine into a glass": all is in the glass
            deed.what, deed.whom = deed.whom, ""
    things = [role for role in roles if role.is_thing]
    grown = next((one for one in roles if verb.grows and one.actor == deed.what), None)
    made = grown if grown in things else None
    beside = verb.apart and not (verb.mutual or verb.touch == "at")
    named = roles if verb.grows or beside else things
    _stand_at(deed, doer, verb)
    above = verb.on if verb.touch else ""
    free = made or verb.passes or above or all(one.actor != deed.what for one in named)
    if verb.pulls and not doer.to:
        roles.append(Named(verb.pulls))
        doer.relation = "push" if doer.is_person else "pull"
        doer.to = verb.pulls
    kinds = [one.actor for one in things if not one.relation and one.actor.endswith(f"_{verb.on}")]
    kinds += [one.actor for one in things if verb.touch in one.facts.means]
    own = kinds[0] if kinds else ""  # a tower's balcony, or a flower
    free = free and (doer.to in ("", own) or doer.relation in _NEARBY)
    if (place := own or verb.at or verb.on) and free:
        if all(thing.actor != place for thing in things):
            roles.append(Named(place, verb.many or (doer.count if verb.on else 1)))
            roles[-1].relation, roles[-1].to = doer.relation, doer.to  # on a swing under a tree
        doer.put("at" if verb.at else "on", place)
        for thing in [one for one in things if (one.actor, one.to) == (place, doer.actor)]:
            thing.free()  # "drinks from a flower": it is in nobody's hand
    if made is not None and doer.to not in ("", made.actor, made.to):
        made.put("on", doer.to)
    _give_tool(deed, doer, things, reading)


def _give_tool(deed: Done, doer: Named, things: list[Named], reading: Reading) -> None:
    """Give a doer what the verb uses, or what that is poured from, unless it has a tool for it."""
    verb, roles = deed.facts, reading.roles
    again = [one for one in reading.deeds if one.who == deed.who and one.turn != deed.turn]
    busy = {deed.what} | {name for one in again for name in (one.what, one.facts.uses)}
    busy -= {verb.uses}
    tools = [one for one in things if one.to == doer.actor and one.actor not in busy]
    has = "with" in verb.bond and any(one.actor == deed.what for one in things)
    has = has and "grip" in library.facts(deed.what).means
    for own in [x for x in things if x.actor == verb.uses != deed.what and not x.relation]:
        own.relation, own.to, own.count, has = "with", doer.actor, doer.count, True
    if verb.uses and not (has or tools):
        tool = (verb.touch == "over" and library.facts(deed.what).poured) or verb.uses
        while any(x.lent and (x.actor, x.relation) == (tool, "with") for x in roles):
            tool = library.SECOND + tool  # one for each
        roles.append(Named(tool, doer.count, relation="with", to=doer.actor, lent=True))
    others = {deed.what, deed.whom} - {doer.actor, *(one.to for one in things)}
    for one in [one.actor for one in roles if verb.alike and one.actor in others]:
        roles += [Named(verb.alike, relation="with", to=one)] if lives(one) else []


def _stand_at(deed: Done, doer: Named, verb: Verb) -> None:
    """Let a doer stand at what is worked on, and not on it, nor "with" whom it plays."""
    worked = (deed.what, deed.whom, verb.at) if verb.touch or verb.sets else ()
    counter = doer.relation == "behind" and verb.at and "on" in doer.other.means
    if counter or (doer.relation in ("on", "over") and doer.to in worked):
        doer.relation = "at"  # "hammers a nail into a plank", "slices fish behind a counter"
    company = doer.relation == "with" and lives(doer.to)
    if company and verb.at and (verb.makes or (verb.mutual and doer.to == deed.what)):
        doer.free()


def _go_there(deed: Done, doer: Named, thing: Named, roles: list[Named]) -> None:
    """Let a doer who takes a thing from another, or puts it there, stand at that one."""
    for one in roles:
        if one.actor == deed.whom and (one.relation, one.to) == ("carry", doer.actor):
            one.free()  # "gives a woman a gift" carries no woman
            thing.put("with", doer.actor)
        if doer.relation == "across" and one.actor in (doer.to, deed.whom):
            one.relation = "opposite" if one.actor == deed.whom else "between"
            one.to = doer.actor  # "throws a rope to a man across a gap"
    if doer.relation == "across":
        doer.free()
    grip = "grip" in thing.facts.means
    fastens = deed.verb == "handle" and grip and not lives(deed.whom)
    if deed.facts.there or fastens:  # "ties a rope to a post"
        thing.relation, thing.to, thing.count = "with" if grip else "carry", doer.actor, 1
        at = library.has(deed.whom)
        doer.put(*(("at", deed.whom) if at else ("", "")))


def _pass(deed: Done, verb: Verb, roles: list[Named]) -> None:
    """Let a thing go from the doer to the other, unless the prompt names one that can be held."""
    for role in roles if verb.many else ():  # "juggles torches"
        if role.actor == deed.what:
            role.count = max(role.count, verb.many)
            role.put("with", deed.who)
    thing, lives = verb.passes, not library.has(deed.what)
    if not lives and (verb.there or "grip" in library.facts(deed.what).means):
        return
    deed.what, deed.whom = thing, deed.what if lives else ""
    if all(role.actor != thing for role in roles):
        held = ("with", deed.who) if verb.many else ("", "")
        roles.append(Named(thing, verb.many or 1, relation=held[0], to=held[1]))
