"""Boarding: people get into what they ride or sail, and get the tools of what they do."""

from __future__ import annotations

from collections.abc import Iterator

from shadowplay.art import library
from shadowplay.art.cast import CAST, extent
from shadowplay.deeds import VERBS, Verb
from shadowplay.words.lexicon import WORDS
from shadowplay.words.named import Done, Named, Reading, leave_out
from shadowplay.words.phrases import Match
from shadowplay.words.seating import climb_up_to, play_on, push_the_seat, seat
from shadowplay.words.timing import lives, poses_on

_SEATS = ("bicycle", "motorcycle", "scooter", "horse", "donkey", "camel", "elephant", "bull")
"""Figures on which somebody sits who falls off."""

_ASTRIDE = {("witch", "broom"): "broom_rider", ("gondola", "rowboat"): "gondola"}
"""Who is drawn together with what one is on."""

_ARMFUL = 1.7
"""Metres of the largest thing that one loads in one's arms."""


def board(reading: Reading, matches: list[Match]) -> None:
    """Put people into or onto what they ride, sail or sit on; tools into their hands."""
    for role in [x for x in reading.roles if x.to == "umbrella" and x.relation in ("under", "in")]:
        role.relation = "with" if "grip" in library.facts(role.actor).means else role.relation
    for first, link, second in _carried(matches):
        person, mount = first.entry.value, second.entry.value
        many = any(role.count != 1 for role in reading.roles if role.actor == person)
        leaps = any(VERBS[one.verb].meets for one in reading.deeds if one.who in (person, mount))
        drawn = mount == "horse" and (many or leaps or person == "rider")
        carrier = mount if library.facts(mount).crewed else "rider" if drawn else ""
        carrier = _ASTRIDE.get((person, mount), carrier)
        # "a cowboy rides a horse": the drawing of the one who rides shows what carries it.
        rides = library.facts(person).crewed and link.entry.kind == "in"
        boards = rides or person == "rider" or library.facts(person).person
        sits = link.entry.kind == "relation" and bool(poses_on(mount))  # "a woman in a gondola"
        sits |= link.entry.kind == "filler" and CAST[mount].home != "water"  # "their boat rocking"
        if boards and carrier and person != mount and not sits and second.at - first.at <= 7:
            _merge(reading, person, mount, carrier)
            sailor = {"harbour", "lake"} & set(library.facts(person).place) == {"harbour"}
            if sailor and CAST[mount].home == "water":
                reading.said.setdefault("hint", "sea")
    for role in [role for role in reading.roles if role.relation == "on"]:
        if library.facts(role.to).crewed and library.facts(role.actor).person:
            role.count = next(one.count for one in reading.roles if one.actor == role.to)
            _merge(reading, role.actor, role.to, role.to)  # "a ferry carries tourists"
    _lie_still(reading.roles)
    _mount(reading)
    _embark(reading, matches)
    _tumble(reading)
    climb_up_to(reading)
    _go_where_it_is_done(reading)
    _put_in(reading)
    _harness(reading)
    _own_lights(reading)
    _equip(reading)
    seat(reading)
    push_the_seat(reading.roles)
    if any(match.entry == ("action", "run") for match in matches):
        _gather(reading.roles)
        play_on(reading)


def _lie_still(roles: list[Named]) -> None:
    """Let a boat lie still below those who do something else in it than sail."""
    carry = {role.to for role in roles if role.relation == "in"}
    for boat in [x for x in roles if x.actor in carry and CAST[x.actor].home == "water"]:
        boat.action = boat.action or "stand"


def _mount(reading: Reading) -> None:
    """Let people sit on the animals that they are on, which go where they would have gone."""
    for one in reading.roles:
        mount = next((role for role in reading.roles if role.actor == one.to), None)
        if mount is None or one.relation != "on" or not library.facts(one.actor).person:
            continue
        carries = "on" in library.facts(mount.actor).means and lives(mount.actor)
        if carries and one.action in ("", "walk", "run", "jump"):
            mount.action, one.action = mount.action or one.action or "walk", "perch"


def _embark(reading: Reading, matches: list[Match]) -> None:
    """Give a boat or a car to people who row, sail or drive and name none: "a man rows"."""
    roles, said = reading.roles, {match.words[0] for match in matches}
    carried = any(library.facts(one.actor).crewed or library.has(one.to) for one in roles)
    drives = not (carried or said.isdisjoint(WORDS["driving"]))
    for role in [one for one in roles if one.action == "sail" or drives][:1]:
        if library.facts(role.actor).person and not role.relation:
            carrier = "sailboat" if said.isdisjoint(WORDS["rowing"]) else "rowboat"
            roles.append(Named(carrier := "car" if drives else carrier))
            _merge(reading, role.actor, carrier, carrier)


def _tumble(reading: Reading) -> None:
    """Let who falls off a thing be on it first; a bicycle has a rider of its own while it goes."""
    falls = {deed.what or deed.who: deed for deed in reading.deeds if deed.verb == "fall_from"}
    fallen = {name: deed for name, deed in falls.items() if not library.has(name)}
    for role in reading.roles:
        seat = role.actor in _SEATS or "on" in library.facts(role.actor).means
        for one in [one for one in reading.roles if seat and one.actor in fallen]:
            if one.actor != role.actor and one.to in ("", role.actor) and role.to != one.actor:
                role.action, one.action = "stand", "perch"
                one.relation, one.to = "on", role.actor
                fallen[one.actor].verb = "fall_off"


def _gather(roles: list[Named]) -> None:
    """Let several animals that play with a thing have it between them, and not one in its mouth."""
    for thing in roles:
        for one in roles if thing.relation == "with" and library.has(thing.actor) else ():
            animal = not (library.facts(one.actor).person or library.has(one.actor))
            if animal and one.actor == thing.to and one.count != 1 and not one.relation:
                one.relation, one.to = "around", thing.actor
                thing.relation = thing.to = ""


def _carried(matches: list[Match]) -> Iterator[tuple[Match, Match, Match]]:
    """Each subject with the words behind it that carry, the last of them, and the next subject."""
    first = link = thing = None
    for match in matches:
        if _carries(match) or (match.comma and match.words[0] in WORDS["whose"]):
            link = match
        elif match.entry.kind in ("relation", "gap"):
            link = None  # who drives past a bus is not in it, nor who is on stilts
        elif match.entry.kind == "deed" and VERBS[match.entry.value].touch:
            first = None  # who mends a part on a motorcycle does not ride it
        elif match.entry.kind == "subject":
            if first and link and (link.entry.kind == "in" or not thing):
                yield first, link, match
            thing = first and library.has(match.entry.value)
            first, link = first if thing else match, None  # "with a bag rides a bicycle"


def _carries(match: Match) -> bool:
    """Whether a word stands between a person and what carries it."""
    kind, value = match.entry
    return kind == "in" or (kind == "relation" and value in ("on", "onto", "in"))


def _merge(reading: Reading, person: str, mount: str, carrier: str) -> None:
    people = [role for role in reading.roles if role.actor == person]
    joined = next((role for role in reading.roles if role.actor == mount), None)
    if not people or joined is None:
        return
    joined.actor = carrier
    joined.colour = joined.colour or people[0].colour
    hat, dye, coat = library.facts(person).aboard
    joined.wears = people[0].wears or ((hat, dye) if hat else joined.wears)
    joined.clothes = {"outfit": coat} | joined.clothes if coat else joined.clothes
    joined.count = max(people[0].count, 1) if people[0].count else 0
    if carrier == "rider":
        joined.action = people[0].action if people[0].action in ("run", "walk") else joined.action
    elif joined.action in ("sit", "walk", "stand"):
        joined.action = ""
    reading.roles.remove(people[0])
    reading.rename(person, carrier)
    reading.rename(mount, carrier)


def _put_in(reading: Reading) -> None:
    """Put the one to whom a deed is done into what is named behind: "washes a dog in a bathtub"."""
    roles = {role.actor: role for role in reading.roles}
    for deed in reading.deeds:
        who, named, objects = roles.get(deed.who), list(roles), (deed.what, deed.whom)
        living = [name for name in objects if name in roles and not library.has(name)]
        if who is None or not living:
            continue
        what, inside = roles[living[0]], who.to
        near = VERBS[deed.verb].apart and library.facts(who.actor).person and not who.relation
        if near and what.relation == "in" and CAST[what.to].home == "water":
            who.relation, who.to = "in", what.to  # nobody is on the water beside a boat
            who.action = what.action = "sit" if "sit" in poses_on(what.to) else what.action
        if VERBS[deed.verb].mutual or who.relation != "in":
            continue
        if who is what or what.relation or named.index(inside) < named.index(what.actor):
            continue
        what.relation, what.to = "in", inside
        who.relation = who.to = ""
        if inside in objects:
            deed.what, deed.whom = what.actor, ""


def _harness(reading: Reading) -> None:
    """Let a horse pull what horses draw, such as a coach, if nobody pulls it."""
    turned = [one for one in reading.deeds if one.verb in ("turn_into", "transform")]
    pulled = {name for deed in turned for name in (deed.what, deed.whom)}
    ropes = {one.actor: one.to for one in reading.roles if one.relation == "pull"}  # drawn as such
    reading.roles[:] = [x for x in reading.roles if x.actor != "rope_coil" or x.to not in ropes]
    for thing in [x for x in reading.roles if x.actor not in pulled | set(ropes.values())]:
        team = library.facts(thing.actor).team
        free = (one for one in reading.roles if one.actor == team and not one.relation)
        if team and (horse := next(free, None) or Named(team)):
            riders = [one for one in reading.roles if one.to == thing.actor]
            horse.relation, horse.to = "pull", thing.actor
            goes = [x for x in (horse, thing, *riders) if x.action in ("walk", "run", "perch")]
            horse.action = goes[0].action.replace("perch", "walk") if goes else horse.action
            reading.roles += [] if horse in reading.roles else [horse]
            for one in riders:
                one.action = "stand" if one in goes else one.action
                thing.relation = thing.to = ""


def _equip(reading: Reading) -> None:
    """Give doers the tools of their deeds, or what these are done at, if the prompt names none."""
    roles = reading.roles
    for deed in reading.deeds:
        doer = next((role for role in roles if role.actor == deed.who), None)
        verb = _with_what(deed, doer, roles)
        if verb.makes and _made(deed.what, verb):
            _lay_down(deed, verb, roles)
        if doer is None or not (verb.wild or library.facts(doer.actor).person):
            continue
        if verb.sits and not doer.action:
            doer.action = "sit"
        if (verb.meets or (verb.alone and verb.grows)) and verb.at and not deed.what:
            roles.append(Named(verb.at))
            deed.what = verb.at
        _put_to_work(deed, doer, roles)
        if verb.passes:
            _pass(deed, verb, roles)
        given = next((one for one in roles if one.actor == deed.what), None)
        if given is not None and verb.below:
            roles.append(Named(verb.below, relation="under", to=deed.what))
        if given is not None and verb.seats and not given.relation and lives(given.actor):
            given.relation, given.to = "on", verb.seats
            roles.append(Named(verb.seats))
        if given is not None and library.has(given.actor) and (verb.there or deed.whom):
            _go_there(deed, doer, given, roles)


def _with_what(deed: Done, doer: Named | None, roles: list[Named]) -> Verb:
    """The verb of a deed, which may be another with a tool or at a thing."""
    deed.verb = VERBS[deed.verb].by.get(deed.who, deed.verb)
    if VERBS[deed.verb].makes and deed.whom and doer is not None:
        drawn = deed.whom if doer.to == deed.what else deed.what
        if doer.to == deed.what or (doer.to == deed.whom and VERBS[deed.verb].at == "easel"):
            leave_out(drawn, roles)  # "draws a cat on a board" draws no living one
            deed.what, deed.whom = doer.to, ""
    held = [one.actor for one in roles if one.to == deed.who and one.relation in ("with", "carry")]
    whom = "somebody" if deed.whom and lives(deed.whom) else deed.whom
    loose = [one.actor for one in roles if VERBS[deed.verb].mutual and not one.relation]
    near = (*held, doer.to if doer else "", deed.what, whom, *loose)
    deed.verb = next(filter(None, map(VERBS[deed.verb].by.get, near)), deed.verb)
    if VERBS[deed.verb].mutual and doer is not None and doer.count != 1 and deed.what != deed.who:
        deed.whom = deed.whom or deed.who  # "throw snowballs at each other"
    if VERBS[deed.verb].alone and doer is not None and doer.to in (deed.what, deed.whom):
        deed.what = deed.whom = ""
        doer.to = "" if VERBS[deed.verb].on else doer.to  # who is on a cradle is at no window
        doer.relation = "at" if doer.to else ""
    if VERBS[deed.verb].follows and doer is not None and doer.relation == "between":
        doer.relation = doer.to = ""  # "chases a ball between cars"
    return VERBS[deed.verb]


def _lay_down(deed: Done, verb: Verb, roles: list[Named]) -> None:
    """Lay what is worked on where that is done, a boot on an anvil, or leave it out."""
    small, plank = "grip" in library.facts(deed.what).means, library.facts(deed.whom)
    at = deed.whom if library.has(deed.whom) and "on" in plank.means else verb.at
    if not (small and {"on", "in"} & library.facts(at).means == {"on"}):  # no soup in a pot
        leave_out(deed.what, roles)
        return
    for one in roles:
        if one.actor == deed.what:
            one.relation, one.to = "on", at
        elif one.to == deed.what:
            one.relation = one.to = ""
    deed.what = ""


def _go_where_it_is_done(reading: Reading) -> None:
    """Set deeds in their usual places; who skips stones on a lake is on its shore."""
    for verb, who in ((VERBS[deed.verb], deed.who) for deed in reading.deeds):
        if verb.place:
            reading.said.setdefault("hint", verb.place)
        for doer in reading.roles if verb.passes or verb.place else ():
            if doer.actor == who and doer.place == "water":
                doer.place = ""


_NEARBY = frozenset({"under", "beside", "behind", "before", "past", "around", "toward", "away"})
"""Relations to what a doer has no hand or foot on."""


def _put_to_work(deed: Done, doer: Named, roles: list[Named]) -> None:
    """Give a doer a tool, and what the deed is done at; on that lies what the doer makes."""
    verb = VERBS[deed.verb]
    # "skis on skis": they are under the doer, and nothing is done to them.
    deed.what = "" if deed.what == verb.on else deed.what
    for one in [role for role in roles if verb.grows and role.actor == deed.whom]:
        held = verb.touch == "over" and one.to == doer.actor
        if held or (doer.to, doer.relation) == (one.actor, "in"):
            leave_out(deed.what, roles)  # "pours wine into a glass": all is in the glass
            deed.what, deed.whom, one.relation, one.to = deed.whom, "", "", ""
    things = [role for role in roles if library.has(role.actor)]
    grown = next((one for one in roles if verb.grows and one.actor == deed.what), None)
    if grown is not None and grown.relation == "in" and "stand" in poses_on(grown.to):
        doer.relation, doer.to = grown.relation, grown.to  # "plants a tree inside a glass dome"
    made = grown if grown in things else None
    beside = verb.apart and not (verb.mutual or verb.touch == "at")
    named = roles if verb.grows or beside else things
    _stand_at(deed, doer, verb)
    above = verb.on if verb.touch else ""
    free = made or verb.passes or above or all(one.actor != deed.what for one in named)
    if verb.pulls and not doer.to:
        roles.append(Named(verb.pulls))
        doer.relation = "push" if library.facts(doer.actor).person else "pull"
        doer.to = verb.pulls
    kinds = [one.actor for one in things if not one.relation and one.actor.endswith(f"_{verb.on}")]
    own = kinds[0] if kinds and verb.on else ""  # a tower's balcony
    if (place := verb.at or own or verb.on) and free and (not doer.to or doer.relation in _NEARBY):
        if all(thing.actor != place for thing in things):
            roles.append(Named(place, verb.many or (doer.count if verb.on else 1)))
            roles[-1].relation, roles[-1].to = doer.relation, doer.to  # on a swing under a tree
        doer.relation, doer.to = "at" if verb.at else "on", place
        for thing in [one for one in things if (one.actor, one.to) == (place, doer.actor)]:
            thing.relation = thing.to = ""  # "drinks from a flower": it is in nobody's hand
    if made is not None and doer.to not in ("", made.actor, made.to):
        made.relation, made.to = "on", doer.to
    _give_tool(deed, doer, things, roles)


def _give_tool(deed: Done, doer: Named, things: list[Named], roles: list[Named]) -> None:
    """Give a doer what the verb uses, or what that is poured from, unless it has a tool."""
    verb = VERBS[deed.verb]
    tools = [one for one in things if one.to == doer.actor and one.actor != deed.what]
    has = "with" in verb.bond and any(one.actor == deed.what for one in things)
    has = has and "grip" in library.facts(deed.what).means
    for own in [x for x in things if x.actor == verb.uses != deed.what and not x.relation]:
        own.relation, own.to, own.count, has = "with", doer.actor, doer.count, True
    if verb.uses and not (has or tools):
        tool = (verb.touch == "over" and library.facts(deed.what).poured) or verb.uses
        roles.append(Named(tool, doer.count, relation="with", to=doer.actor))
    others = {deed.what, deed.whom} - {doer.actor, *(one.to for one in things)}
    for one in [one.actor for one in roles if verb.alike and one.actor in others]:
        roles += [Named(verb.alike, relation="with", to=one)] if lives(one) else []


def _stand_at(deed: Done, doer: Named, verb: Verb) -> None:
    """Let a doer stand at what is worked on, and not on it, nor "with" whom it plays."""
    worked = (deed.what, deed.whom, verb.at) if verb.touch or verb.sets else ()
    if doer.relation in ("on", "over") and doer.to in worked:
        doer.relation = "at"  # "hammers a nail into a plank", "shapes a pot on a wheel"
    if verb.mutual and verb.at and (doer.relation, doer.to) == ("with", deed.what):
        doer.relation = doer.to = ""


def _go_there(deed: Done, doer: Named, thing: Named, roles: list[Named]) -> None:
    """Let a doer who takes a thing from another, or puts it there, stand at that one."""
    for one in roles:
        if one.actor == deed.whom and (one.relation, one.to) == ("carry", doer.actor):
            one.relation = one.to = ""  # "gives a woman a gift" carries no woman
            thing.relation, thing.to = "with", doer.actor
        if doer.relation == "across" and one.actor in (doer.to, deed.whom):
            one.relation = "opposite" if one.actor == deed.whom else "between"
            one.to = doer.actor  # "throws a rope to a man across a gap"
    if doer.relation == "across":
        doer.relation = doer.to = ""
    grip = "grip" in library.facts(thing.actor).means
    fastens = deed.verb == "handle" and grip and not lives(deed.whom)
    if VERBS[deed.verb].there or fastens:  # "ties a rope to a post"
        thing.relation, thing.to, thing.count = "with" if grip else "carry", doer.actor, 1
        at = library.has(deed.whom)
        doer.relation, doer.to = ("at", deed.whom) if at else ("", "")


def _own_lights(reading: Reading) -> None:
    """Let a deed to a light on a thing that shines itself be one to that: candles on a cake."""
    for deed in reading.deeds:
        both, party = (deed.what, deed.whom), VERBS[deed.verb].parties.get("what")
        lit = party is not None and "light" in party.tracks
        if lit and all("light" in library.facts(name).means for name in both):
            reading.roles[:] = [role for role in reading.roles if role.actor != deed.what]
            reading.rename(*both)
            deed.whom = ""


def _pass(deed: Done, verb: Verb, roles: list[Named]) -> None:
    """Let a thing go from the doer to the other, unless the prompt names one that can be held."""
    for role in roles if verb.many else ():  # "juggles torches"
        if role.actor == deed.what:
            role.count = max(role.count, verb.many)
            role.relation, role.to = "with", deed.who
    thing, lives = verb.passes, not library.has(deed.what)
    small = verb.there and library.has(deed.what) and extent(deed.what) < _ARMFUL
    if not lives and (small or "grip" in library.facts(deed.what).means):
        return
    deed.what, deed.whom = thing, deed.whom or (deed.what if lives else "")
    if all(role.actor != thing for role in roles):
        held = ("with", deed.who) if verb.many else ("", "")
        roles.append(Named(thing, verb.many or 1, relation=held[0], to=held[1]))


def _made(thing: str, verb: Verb) -> bool:
    """Whether a thing is only what comes of a deed, and no place where it is done."""
    stands = verb.grows or thing == verb.at or library.facts(thing).means & {"at", "on"}
    return thing == "cutout" or (library.has(thing) and not stands)
