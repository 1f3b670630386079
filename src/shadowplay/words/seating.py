"""Seating: who sits has a seat, what is worked on lies on a table, who climbs or plays is there."""

from __future__ import annotations

from itertools import pairwise

from shadowplay.art import library
from shadowplay.art.cast import extent
from shadowplay.deeds import VERBS
from shadowplay.scene import CLIMBING
from shadowplay.words.named import Done, Named, Reading, leave_out, poses_on
from shadowplay.words.timing import GOING


def seat(reading: Reading) -> None:
    """Give a chair to those who sit at a thing that has no seat, such as a desk.

    Those who talk at a table sit, and have cups on it.
    """
    _lay_out(reading)
    _push_off(reading)
    things = {role.actor: role for role in reading.roles if not role.relation}
    setting = reading.said.get("setting")
    indoors = setting is not None and bool(library.place(setting).floor)
    for role in list(reading.roles):
        lit = role.relation == "beside" and "light" in role.other.means
        rests = (role.relation == "at" or lit) and role.other.rests
        small = things.get(role.to) if rests else None
        done = [one.verb for one in reading.deeds if one.who == role.actor]
        if small and done and role.is_person:  # a dog eats on the floor
            plucks = not indoors and any(VERBS[verb].plucks for verb in done)
            lies = plucks and setting is not None  # "picks up a coin in a street"
            below = (plucks and small.facts.grows) or ("" if lies else "table")
            for one in [one for one in reading.deeds if one.what == small.actor]:
                one.verb = one.verb if below else "pick_off_ground"
            if below:
                small.put("on", below)
                role.put("at", below)
                reading.roles += [] if below in things else [Named(below, lent=True)]
        means = role.other.means
        round_it = role.relation == "around" and "on" in means
        if _is_seated(role, reading):
            role.action = "sit"
        at = (role.relation == "at" or round_it) and role.action == "sit" and library.has(role.to)
        # Nobody has a chair at a campfire.
        if at and not role.is_thing and means.isdisjoint(("at", "light")):
            reading.roles.append(Named("chair", role.count, relation="at", to=role.to, joined=True))
            role.put("on", "chair")


_SEATED = frozenset({"", "mouth", "head", "table", "between"})
"""What hands come to, of those who sit at a table, or feed or pet an animal from their seat."""


def _is_seated(role: Named, reading: Reading) -> bool:
    """Whether nothing is said of one on a seat, or at a table, that nobody does sitting."""
    there = [one for one in role.other.anchors.values() if one["is"] == role.relation]
    seats = any((*one.get("poses", ()), "")[0] in _LOW for one in there)
    anchors = role.other.anchors if role.relation == "at" else {}
    table = anchors.get("top") if "under" in anchors else None
    seats |= table is not None and (*table.get("poses", ()), "")[0] in _LOW - {"sleep"}
    tunes = {one.to for one in reading.roles if one.facts.music}
    rests = not role.acts and role.action in ("", "stand" if role.actor in tunes else "")
    deeds = [deed for deed in reading.deeds if deed.who == role.actor]
    verbs = [deed.facts for deed in deeds]
    busy = any(verb.touch not in _SEATED or verb.there for verb in verbs)
    busy |= any(_needs_room(deed, role.to) for deed in deeds)
    return bool(rests and seats and not busy and role.is_person)


def get_up(reading: Reading) -> None:
    """Let who sits, and then does what nobody does sitting, get up first and do that elsewhere."""
    for one in [role for role in reading.roles if role.lives and role.count == 1]:
        deeds = [deed for deed in reading.deeds if deed.who == one.actor]
        said = next((deed for deed in deeds if deed.verb == "stand_up"), None)
        turns = [turn for turn, _, action in one.acts if turn and action in GOING]
        turns += [deed.turn for deed in deeds if deed.turn and _needs_room(deed, one.to)]
        place = _seat_of(one, deeds, said)
        if not place or not (turns or (said and one.is_person)):
            continue
        if place == "chair" != one.to:
            at = one.to if (one.action, one.relation) == ("sit", "at") else ""
            reading.roles.append(Named("chair", relation="at" if at else "", to=at))
        one.relation = one.to = one.action = ""
        one.acts = [act for act in one.acts if act[2] != "jump"]
        leaves = said or Done("", min(turns), who=one.actor)
        leaves.verb, leaves.what = "leave_seat", place
        reading.deeds += [] if said else [leaves]


_LOW = frozenset({"sit", "perch", "sleep"})


def _seat_of(one: Named, deeds: list[Done], said: Done | None) -> str:
    """What one sits or lies on at first, or nothing."""
    if one.relation == "on" and library.has(one.to):
        return one.to if poses_on(one.to) & _LOW and "splash" not in [x.verb for x in deeds] else ""
    sits = one.action == "sit" or any(deed.facts.sits for deed in deeds if not deed.turn)
    first = [deed.facts for deed in deeds if not deed.turn]
    sits |= said is not None and said.turn > 0 and all(verb.bond or verb.uses for verb in first)
    sits &= one.is_person and one.relation in ("", "at")
    return "chair" if sits else ""


def _needs_room(deed: Done, seat: str) -> bool:
    """Whether nobody does a deed on a seat, or at the table before it."""
    verb, who = deed.facts, deed.facts.parties.get("who")
    tracks = who.tracks.keys() if who else set()
    goes = bool(tracks & {"ahead", "near", "aside", "round"}) and "soar" not in tracks
    there = verb.at not in ("", "table", "easel", seat) or verb.place or verb.touch == "ground"
    thing = library.has(deed.what) and "grip" not in library.facts(deed.what).means
    goes |= who is not None and who.arms == "balance"
    return not verb.sits and bool(goes or there or (thing and deed.what != seat))


def _lay_out(reading: Reading) -> None:
    """Lay on a table what a verb sets on it, and seat the other party of the doer there, too."""
    for deed in reading.deeds:
        sets, touch = deed.facts.sets, deed.facts.touch
        seated = sets or touch == "between"
        for doer in [one for one in reading.roles if one.actor == deed.who and seated]:
            laid = any((one.to, one.relation) == (doer.to, "on") for one in reading.roles)
            means = doer.other.means
            fence = not (deed.facts.sits or "at" in means)
            laid |= deed.what == doer.to and fence  # that is hammered itself
            if doer.relation == "at" and "on" in means and not (laid or touch == "between"):
                own = [one for one in reading.roles if one.actor in (deed.who, deed.what)]
                each = sum(one.count for one in own if one.lives)
                many = deed.facts.many or (each if touch == "table" else 2)
                reading.roles.append(Named(sets, many, relation="on", to=doer.to))
            for one in reading.roles if deed.facts.mutual and doer.relation == "at" else ():
                if one.actor == deed.what:  # "plays chess with a boy"
                    one.relation, one.to, one.action = "at", doer.to, doer.action


def _push_off(reading: Reading) -> None:
    """Put who pushes a thing off another onto that, with the thing."""
    for deed in [one for one in reading.deeds if one.verb == "push_off"]:
        for one in [one for one in reading.roles if one.actor == deed.who]:
            if one.relation in ("push", "pull"):
                deed.what, deed.whom = one.to, deed.what
        for one in reading.roles:
            if one.actor in (deed.who, deed.what) and not one.is_person:
                one.relation, one.to, one.action = "on", deed.whom, "stand"


def push_the_seat(roles: list[Named]) -> None:
    """Let who pushes somebody on a swing push that; who is named besides is in a wheelchair."""
    for role in [one for one in roles if one.relation in ("push", "pull")]:
        free = [one for one in roles if one.count == 1 and one.is_person and not one.relation]
        empty = role.relation == "push" and "sit" in poses_on(role.to)
        for one in free[:1] if empty else ():
            one.relation, one.to, one.action = "on", role.to, "sit"
        for one in roles:
            if one.actor == role.to and one.relation in ("on", "in") and library.has(one.to):
                role.to = one.to
        if any(one["kind"] == "swing" for one in role.other.motion.values()):
            role.action = "stand"  # a swing stays where it is


def settle_down(roles: list[Named], own: str) -> None:
    """Give seats to those who sit in a room and name none: their book's, or the room's own."""
    for one in list(roles):
        seat = own if one.is_person else ""
        for thing in roles if one.is_person else ():
            if thing.to == one.actor and thing.relation == "with":
                seat = thing.facts.seat or seat
        if seat and one.action == "sit" and one.relation not in ("on", "in", "at", "under"):
            roles.append(Named(seat, one.count, relation=one.relation, to=one.to))
            one.put("on", seat)


_KICKS = frozenset({"kick", "football", "shoot"})


def keep_goal(reading: Reading) -> None:
    """Let another kick, towards the keeper in the goal, what that one saves or lets pass."""
    roles, deeds, named = reading.roles, reading.deeds, {one.actor for one in reading.roles}
    people = [one.actor for one in roles if one.is_person]
    saves = [one for one in deeds if one.verb == "save" and one.who in people]
    saves += [one for one in deeds if (one.verb, one.who) == ("catch", "goalkeeper")]
    keeper = saves[0].who if saves and "goalkeeper" not in named else "goalkeeper"
    kicks = [one for one in deeds if one.verb in _KICKS and one.who != keeper]
    goal = saves or (kicks and not named.isdisjoint(("goalkeeper", "soccer_goal")))
    if not goal or reading.said.get("setting") == "ice_sea":  # ice hockey
        return
    others = [one for one in people if one != keeper]
    kicker = next((one.who for one in kicks), [*others, "footballer"][0])
    done = (saves or kicks)[0]
    deeds[:] = [done, *(one for one in deeds if one not in saves and one.verb not in _KICKS)]
    done.verb = "shoot_at_goal" if saves else "shoot_past"
    done.who, done.what, done.whom = kicker, "football", keeper
    for ball in ("ball", "football"):
        leave_out(ball, roles)
    roles += [Named(name) for name in ("soccer_goal", kicker, keeper) if name not in named]
    roles.append(Named("football"))
    for one in [one for one in roles if one.actor in (kicker, keeper, "soccer_goal")]:
        place = ("in", "soccer_goal", "stand") if one.actor == keeper else ("", "", "")
        one.relation, one.to, one.action = place


def climb_up_to(reading: Reading) -> None:
    """Put whom somebody climbs up to on top of what is climbed, and a ladder before a cliff."""
    climbed = {r.actor: r.to for r in reading.roles if r.relation in CLIMBING}
    for way in reading.roles:  # a gangplank onto a ship
        way.relation = "before" if way.facts.steps and way.to else way.relation
    for thing, high in pairwise(one for one in reading.roles if one.actor not in climbed):
        taller = extent(high.actor) > extent(thing.actor)  # and no lamps by a pole
        if thing.actor in climbed.values() and not (thing.relation or high.relation) and taller:
            thing.put("before", high.actor)
    for deed in reading.deeds:
        top = climbed.get(deed.who, "")
        for one in reading.roles if top and top != deed.what else ():
            if one.actor == deed.what:
                one.put("on", top)


def play_on(reading: Reading) -> None:
    """Let who has an instrument play it, and neither run nor make others run."""
    tunes = [one for one in reading.roles if one.facts.music]
    players = {one.to for one in tunes}.union(one.actor for one in reading.roles if one.other.music)
    for role in reading.roles if players else ():
        if role.action == "" or (role.actor in players and role.action == "run"):
            role.action = "" if role.relation == "at" or not role.lives else "stand"
