"""Boarding: people get into what they ride or sail."""

from __future__ import annotations

import math
from collections.abc import Iterator

from shadowplay.art import library
from shadowplay.art.cast import CAST, extent
from shadowplay.art.upright import DRESSED, PREFIX, beast_of
from shadowplay.deeds import VERBS
from shadowplay.words.defaults import DEFAULTS
from shadowplay.words.equipping import equip, go_where_it_is_done
from shadowplay.words.lexicon import WORDS, Entry
from shadowplay.words.named import Done, Named, Reading, poses_on
from shadowplay.words.phrases import Match
from shadowplay.words.seating import climb_up_to, get_up, keep_goal, play_on, push_the_seat, seat

_SADDLES = ("bicycle", "motorcycle", "scooter")  # vehicles off which their riders fall
_GROWN, _SMALL = 1.4, 0.78  # of a rider below so many metres the bicycle is so many times as large
_LOAD = 0.4  # how many metres long what an animal has on its back is, and not in its mouth
_CARRY = [("relation", value) for value in ("on", "onto", "in")]  # between one and what carries it

_ASTRIDE = {("witch", "broom"): "broom_rider", ("gondola", "rowboat"): "gondola"}
"""Who is drawn together with what one is on."""


def board(reading: Reading, matches: list[Match]) -> None:
    """Put people into or onto what they ride, sail or sit on; tools into their hands."""
    lying = _lie_in_boats(reading)
    _stand_up(reading, matches)
    for role in [x for x in reading.roles if x.to == "umbrella" and x.relation in ("under", "in")]:
        role.relation = "with"
    for first, link, second in _carried(matches):
        person, mount = first.value, second.value
        many = any(role.count != 1 for role in reading.roles if role.actor == person)
        leaps = any(one.facts.meets for one in reading.deeds if one.who in (person, mount))
        drawn = mount == "horse" and (many or leaps or person == "rider")
        carrier = mount if library.facts(mount).crewed else "rider" if drawn else ""
        carrier = _ASTRIDE.get((person, mount), carrier)
        # "a cowboy rides a horse": the drawing of the one who rides shows what carries it.
        rides = library.facts(person).crewed and link.kind == "in"
        boards = rides or person == "rider" or library.facts(person).person
        sits = link.kind == "relation" and bool(poses_on(mount, link.value))
        sits |= link.kind == "filler" or person in lying  # "their boat rocking"
        if boards and carrier and person != mount and not sits and second.at - first.at <= 9:
            _merge(reading, person, mount, carrier)
            if {"harbour", "lake"} & set(library.facts(person).place) == {"harbour"}:  # a sailor
                reading.said.setdefault("hint", "sea")
    _let_go(reading)
    atop = any(match.words == ("atop",) for match in matches)  # on the roof of a car
    for role in list(reading.roles):
        one, other = role.facts, role.other
        rests = (atop or role.action in DEFAULTS.still) and "on" in other.means
        rests |= bool(poses_on(role.to, "on"))  # on a pickup's load
        if role.relation == "on" and one.person and other.crewed and not rests:
            _merge(reading, role.actor, role.to, role.to)  # "a ferry carries tourists"
        if role.relation == "with" and one.mates and other.person:
            role.relation, role.crew = "", max(1, role.crew)  # "a taxi with two passengers"
            _merge(reading, role.to, role.actor, role.actor)
            role.to = ""
    carry = {role.to for role in reading.roles if role.relation == "in"}
    for boat in [x for x in reading.roles if x.actor in carry and x.home == "water"]:
        boat.action = "stand"  # it lies still below those in it
    _mount(reading)
    _load(reading.roles)
    _embark(reading, matches)
    _tumble(reading)
    climb_up_to(reading)
    go_where_it_is_done(reading)
    _join_aboard(reading)
    _harness(reading)
    get_up(reading)
    keep_goal(reading)
    equip(reading)
    if any(match.entry == ("action", "run") for match in matches):
        _gather(reading, matches)
        play_on(reading)
    seat(reading)
    push_the_seat(reading.roles)


def _let_go(reading: Reading) -> None:
    """Let only the thing go where somebody throws or gives it: "kicks a ball into a goal".

    Who throws it, or looks, over a fence stands behind that.
    """
    verbs = [(one, one.facts) for one in reading.deeds]
    goals = {(x.who, x.whom) for x, verb in verbs if verb.passes or "whom" in verb.parties}
    ways = [(x.who, verb.parties["who"].tracks) for x, verb in verbs if "who" in verb.parties]
    moved = {who for who, tracks in ways if not {"ahead", "rise", "soar"}.isdisjoint(tracks)}
    for one in reading.roles:
        if (one.actor, one.to) in goals and one.relation in ("at", "in", "on"):
            one.free()
        stands = one.lives and one.home == "ground" and one.actor not in moved
        if one.relation == "over" and stands and one.action in ("", *DEFAULTS.still):
            one.relation = "behind"


def _lie_in_boats(reading: Reading) -> set[str]:
    """Let those who rest lie in a boat, and others stand on it. Returns those who lie."""
    lying = {one.who for one in reading.deeds if one.verb in ("sleep", "haul_in")}
    lying |= {role.actor for role in reading.roles if role.action == "lie"}
    for role in [x for x in reading.roles if x.relation == "on" and CAST[x.to].home == "water"]:
        rests = role.actor in lying or (role.action in DEFAULTS.still and not role.is_person)
        role.relation = "in" if rests and "in" in role.other.means else "on"
    return lying


def _stand_up(reading: Reading, matches: list[Match]) -> None:
    """Let animals that do what only people can do stand on two legs, and in the matches, too.

    Those with wings are figures of their own.
    """
    for role in [role for role in reading.roles if "wings" in role.clothes]:
        if library.figure(winged := library.WINGED + role.actor):
            reading.rename(role.actor, winged)
    drivers = [one for one, link, other in _carried(matches) if _is_driven(link, other)]
    worn = {one.value: DRESSED + one.trade for one in matches if one.trade}  # "a bear chef"
    busy = {match.value for match in drivers} | worn.keys()
    for role in [role for role in reading.roles if library.figure(PREFIX + role.actor)]:
        seat = role.other  # a saddle, but not a car's roof
        aboard = role.relation == "on" and seat.crewed and "on" not in seat.means
        stands = role.actor.startswith(PREFIX)  # as another one of its name
        if stands or not (aboard or role.actor in busy or _works(role, reading)):
            continue
        upright = PREFIX + role.actor + worn.get(role.actor, "")
        for match in matches:
            if match.entry == ("subject", role.actor):
                match.entry = Entry("subject", upright)
        reading.rename(role.actor, upright)


def _is_driven(link: Match, thing: Match) -> bool:
    facts = library.facts(thing.value)
    inside = link.value == "in" and "in" not in facts.means  # not on a truck's load
    rows = not set(WORDS["rowing"]).isdisjoint(link.words)
    drives = rows or (CAST[thing.value].home == "ground" and link.kind == "in")
    return facts.crewed and (drives or inside)


def _works(role: Named, reading: Reading) -> bool:
    """Whether an animal dances, plays music, or does a deed that only people can do."""
    verbs = [deed.facts for deed in reading.deeds if deed.who == role.actor]
    held = [one.actor for one in reading.roles if (one.relation, one.to) == ("with", role.actor)]
    held += [role.to] * (role.relation == "at")
    plays = role.action == "dance" or any(library.facts(one).music for one in held)
    return plays or any(verb.is_work and not verb.beast for verb in verbs)


def _mount(reading: Reading) -> None:
    """Let people sit on the animals that they are on, which go where they would have gone."""
    beasts = {x.actor: x for x in reading.roles if x.lives}
    for one in [x for x in reading.roles if x.relation == "on" and x.is_person]:
        mount = beasts.get(one.to) if "on" in one.other.means else None
        if mount and one.action in ("", "walk", "run", "jump"):
            mount.action, one.action = mount.action or "walk", "perch"


def _load(roles: list[Named]) -> None:
    """Lay what pack animals carry on their backs, under which they walk."""
    beasts = {one.actor: one for one in roles if one.actor in WORDS["pack_animals"]}
    for one in roles:
        big = one.is_thing and extent(one.actor) > _LOAD
        if big and one.to in beasts and one.relation == "with":
            one.relation, beasts[one.to].action = "on", "walk"


def _embark(reading: Reading, matches: list[Match]) -> None:
    """Give a boat or a car to people who row, sail or drive and name none: "a man rows"."""
    roles, said = reading.roles, {match.word for match in matches}
    carried = any(one.facts.crewed or library.has(one.to) for one in roles)
    drives = not (carried or said.isdisjoint(WORDS["driving"]))
    for role in [one for one in roles if one.action == "sail" or drives][:1]:
        if role.is_person and not role.relation:
            boat = "sailboat" if said.isdisjoint(WORDS["rowing"]) else "rowboat"
            roles.append(Named(carrier := "car" if drives else boat))
            _merge(reading, role.actor, carrier, carrier)


def _tumble(reading: Reading) -> None:
    """Let who falls off a thing be on it first; a bicycle has a rider of its own while it goes."""
    falls = {one.what or one.who: one for one in reading.deeds if one.verb == "fall_from"}
    seats = [x for x in reading.roles if x.actor in _SADDLES or "on" in x.facts.means]
    for under in seats:
        for one in [x for x in reading.roles if x.actor in falls and not x.is_thing]:
            under.action, one.action = "stand", "perch"
            one.put("on", under.actor)
            falls[one.actor].verb = "fall_off"


def _gather(reading: Reading, matches: list[Match]) -> None:
    """Let animals that play with a thing pat it, or have it between them, and not in the mouth."""
    roles = {role.actor: role for role in reading.roles}
    plays = any(match.word.startswith("play") for match in matches)
    toys = [one for one in reading.roles if one.relation == "with" and one.is_thing]
    for thing in toys if plays else ():
        one = roles.get(thing.to)
        if one is None or one.is_person:
            continue
        pats = thing.actor in WORDS["patted"]
        if pats:
            reading.deeds.append(Done("pat", who=one.actor, what=thing.actor))
        if one.relation:  # both are on a rug
            thing.put(one.relation, one.to)
        elif pats or one.count != 1:
            one.put("at" if pats else "around", thing.actor)
            thing.free()


def _carried(matches: list[Match]) -> Iterator[tuple[Match, Match, Match]]:
    """Each subject with the words behind it that carry, the last of them, and the next subject."""
    first = link = thing = None
    for match in matches:
        name = match.value
        carries = (match.entry in _CARRY and match.words != ("atop",)) or match.kind == "in"
        carries |= match.word in ("ride", "rode", "drive", "drove")  # "ride bicycles"
        if carries or (match.comma and match.begins("whose")):
            link = match
        elif match.kind in ("relation", "gap", "cloth") or library.facts(name).worn:
            link = None  # who drives past a bus is not in it, nor who is on stilts or in a hat
        elif match.kind == "setting" and link and link.kind == "relation":
            link = None  # nor who waits on a platform for a train
        elif match.kind == "deed" and VERBS[match.value].touch:
            first = None  # who mends a part on a motorcycle does not ride it
        elif match.kind == "subject":
            if first and link and (link.kind == "in" or not thing):
                yield first, link, match
            thing = first and library.has(name)
            first, link = first if thing else match, None  # "with a bag rides a bicycle"


def _merge(reading: Reading, person: str, mount: str, carrier: str) -> None:
    people = [role for role in reading.roles if role.actor == person]
    joined = next((role for role in reading.roles if role.actor == mount), None)
    if not people or joined is None:
        return
    joined.colour = joined.colour or people[0].colour
    hat, dye, coat = library.facts(person).aboard
    joined.wears = people[0].wears or ((hat, dye) if hat not in ("", "own") else joined.wears)
    joined.clothes = {"outfit": coat} | joined.clothes if coat else joined.clothes
    heads = " ".join(library.facts(person).of) or person  # a couple has two
    own = library.facts(person).person and hat in ("", "own")  # a gondolier is drawn already
    head = heads if own else joined.rider
    head = beast_of(person) if person.startswith(PREFIX) else head
    joined.rider = " ".join(dict.fromkeys((*head.split(), *joined.rider.split())))
    _fill(joined, people[0], library.facts(carrier))
    if library.facts(carrier).alone:  # a child's bicycle is small
        joined.size = _SMALL if CAST[person].height < _GROWN else 1.0
    joined.action = people[0].action if people[0].action in ("run", "walk") else joined.action
    beside = reading.roles[: reading.roles.index(people[0])][-1:] if people[0].joined else []
    reading.roles.remove(people[0])
    reading.rename(person, carrier)
    reading.rename(mount, carrier)
    for one in beside:  # "a man and a woman ride a motorcycle"
        _merge(reading, one.actor, carrier, carrier)


def _fill(vehicle: Named, people: Named, facts: library.Facts) -> None:
    """Put people into as many vehicles as there are, or each on one of those that are for one."""
    many = (people.count or 3) * max(1, len(people.facts.of))
    if facts.alone or not vehicle.count:
        vehicle.count = people.count + vehicle.count * (vehicle.crew > 0)
    more = math.ceil(many / (vehicle.count or many))
    vehicle.crew = more if facts.alone else vehicle.crew + more


def _join_aboard(reading: Reading) -> None:
    """Let who serenades somebody in a boat be in it, too, and not on the water beside it."""
    roles = {role.actor: role for role in reading.roles}
    for deed in [one for one in reading.deeds if one.facts.apart]:
        who, what = roles.get(deed.who), roles.get(deed.what)
        if not (who and what) or who.relation or not who.is_person:
            continue
        if what.relation == "in" and CAST[what.to].home == "water":
            who.put("in", what.to)
            who.action = what.action = "sit"


def _harness(reading: Reading) -> None:
    """Let a horse pull what horses draw, such as a coach, if nobody pulls it."""
    turned = [one for one in reading.deeds if one.verb in ("turn_into", "transform")]
    pulled = {name for deed in turned for name in (deed.what, deed.whom)}
    ropes = {one.actor: one.to for one in reading.roles if one.relation == "pull"}  # drawn as such
    reading.roles[:] = [x for x in reading.roles if x.actor != "rope_coil" or x.to not in ropes]
    for thing in [x for x in reading.roles if x.actor not in pulled | set(ropes.values())]:
        if team := thing.facts.team:
            riders = [one for one in reading.roles if one.to == thing.actor]
            horse = Named(team, relation="pull", to=thing.actor)
            goes = [x for x in (horse, thing, *riders) if x.action in ("walk", "run", "perch")]
            horse.action = goes[0].action.replace("perch", "walk") if goes else horse.action
            reading.roles.append(horse)
