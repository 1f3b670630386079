"""Timing: when what a prompt says happens, and what the cast does before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter
from typing import cast

from shadowplay.art import library
from shadowplay.art.cast import CAST, extent
from shadowplay.deeds import PARTIES, VERBS, Party, Verb, begins
from shadowplay.names import is_puppet
from shadowplay.scene import Action, Deed, Role
from shadowplay.words.defaults import DEFAULTS
from shadowplay.words.named import Done, Named, poses_on

LOW = ("sit", "perch", "lie", "kneel")
GOING = frozenset({"walk", "run", "jump", "dance"})

LEAVING = 0.9  # seconds before a deed in which one gets up from a seat and goes to where it is done
_BEGUN = 0.4  # seconds that a change has gone on at the beginning of a film that shows it under way
_SMALL = 0.5  # metres below which what falls drops


def fitting(wanted: Action, actions: Sequence[Action], place: str | None = None) -> Action:
    """The nearest thing to a wanted action that one can do."""
    if place == "sky" and "fly" in actions:
        return "fly"
    return next((action for action in DEFAULTS.instead[wanted] if action in actions), actions[0])


def deeds_of(
    done: Sequence[Done], named: Sequence[Named], roles: Sequence[Role], *, under: bool
) -> tuple[Deed, ...]:
    """What happens to a cast, with its moments, in order of time; `under` water if said."""
    cast_names = {role.actor for role in roles}
    found = []
    for one in done:
        verb = one.facts.instead((under, one.facts.under))
        lead = roles[0].actor if roles else ""
        who, what, whom = (
            name if name in cast_names else "" for name in (one.who, one.what, one.whom)
        )
        if verb.changes and not what:
            what = who or ("" if one.what else lead)
            who = "" if what == who else who
        if not verb.changes and not who:
            who = lead
        small = what and not is_puppet(what) and extent(what) < _SMALL
        verb = verb.instead((small, verb.small))
        verb = _done_by(who, verb) if who else verb
        others = {other.verb for other in done if other.what == what and other is not one}
        beside = [(old in others, new) for old, new in verb.beside.items()]
        verb = verb.instead((not what, verb.without), *beside)
        flames = any(how.get("kind") == "flicker" for how in library.facts(what).motion.values())
        if verb.name == "burn" and flames and not who:
            continue  # a candle that burns is no blaze
        alone = who == what and not (verb.mutual and who)
        if verb.name == "firework" or ((who or what) and not alone):
            start = one.since + begins(*_turn(one.turn, one.since, done, named))
            start = min(start, one.since - _BEGUN) if one.begun else start
            found.append(Deed(verb.name, start, who, what, whom))
    return tuple(sorted(found, key=lambda deed: deed.start))


def _done_by(who: str, verb: Verb) -> Verb:
    """What fliers, loose things, vehicles or animals on the ground do instead."""
    animal = not (library.facts(who).person or is_puppet(who))
    flies = "fly" in CAST[who].actions or (library.has(who) and not verb.uses)
    return verb.instead(
        (CAST[who].home == "air" or (animal and flies), verb.flier),
        (library.facts(who).crewed, verb.wheels if verb.wheels in VERBS else ""),
        (animal, verb.beast),
    )


def _turn(turn: int, since: float, done: Sequence[Done], named: Sequence[Named]) -> tuple[int, int]:
    """A turn and how many there are in its step of the script."""
    turns = {one.turn for one in done if one.since == since}
    turns |= {at for role in named for at, second, _ in role.acts if second == since}
    return turn - min(turns, default=0) * (len(turns) > 1), max(turns | {turn}, default=0) + 1


def acted(roles: Sequence[Role], named: Sequence[Named], deeds: Sequence[Deed]) -> tuple[Role, ...]:
    """The cast with what each does before and after deeds, and later."""
    own = {one.actor: one for one in reversed(named)}
    return tuple(_acted(role, own.get(role.actor), named, deeds) for role in roles)


def resting(roles: Sequence[Role], named: Sequence[Named]) -> tuple[Role, ...]:
    """The cast, of whom those of whom nothing is said stay where the first does."""
    still = bool(roles) and roles[0].stays
    told = {one.actor for one in named if one.action or one.acts}
    return tuple(
        replace(role, action=fitting("stand", CAST[role.actor].actions))
        if still and role.action == "walk" and not role.acts and role.actor not in told
        else role
        for role in roles
    )


def manned(roles: Sequence[Role], named: Sequence[Named]) -> tuple[Role, ...]:
    """The cast, with nobody in what others move, or in a boat that lies still or is full."""
    crews = {one.actor for one in named if one.crew}
    filled = {role.to for role in roles if role.relation == "in"}
    pushed = {role.to for role in roles if role.relation == "push"}
    pushed |= {role.actor for role in roles if role.relation == "carry"}
    still = {role.actor for role in roles if role.action == "stand" and not role.acts} | filled
    still &= {role.actor for role in roles if CAST[role.actor].home == "water"}
    return tuple(
        replace(role, crew=0) if role.actor in (still | pushed) - crews else role for role in roles
    )


def swimming(role: Role) -> Role:
    """One of those who walk on the ground as it is under water."""
    actor = CAST[role.actor]
    if "swim" not in actor.actions or not library.facts(role.actor).person:
        return role
    swim: Action = "swim"
    acts = tuple((start, swim, goes) for start, _, goes in role.acts)
    return replace(role, action=swim, acts=acts)


def _acted(role: Role, own: Named | None, named: Sequence[Named], deeds: Sequence[Deed]) -> Role:
    actions = CAST[role.actor].actions
    events: list[tuple[float, Action, bool]] = [
        (since + begins(*_turn(turn, since, [], named)), fitting(cast(Action, does), actions), True)
        for turn, since, does in (own.acts if own else ())
        if does != "stand" or role.action not in LOW  # who sits and waits does not get up
    ]
    swims = role.action == "swim" and library.facts(role.actor).person
    lies = swims or (role.action in LOW and own is not None and own.action)  # "a kneeling camel"
    taking = [
        (deed, party)
        for deed in deeds
        for name in PARTIES
        if getattr(deed, name) == role.actor
        and (party := VERBS[deed.verb].parties.get(name))
        and (name == "who" or not lies or party.before or party.after != "stand")
    ]
    initial: tuple[Action, bool] = (role.action, True)
    for leaves in [deed for deed, _ in taking if deed.verb == "leave_seat"]:
        sits: Action = "perch" if "perch" in poses_on(leaves.what) else "sit"
        initial = fitting(sits, actions), False
        events.append((leaves.start - LEAVING, fitting("stand", actions), False))
    for deed, party in _upright(taking):
        before, after = _poses(party, actions, role)
        verb = VERBS[deed.verb]
        plain = not (verb.touch or verb.uses or verb.at or verb.bond or party.tracks)
        moves = role.relation in ("push", "pull")
        moves |= bool(plain and own and own.action in GOING | {"fly"})
        after = None if moves and not before and after == "stand" else after  # who laughs
        rests = role.relation in ("on", "in", "at") and before in (None, "stand")
        on_it = role.to and role.to == VERBS[deed.verb].on  # who races on skis runs off none
        if rests and (role.action in LOW or (after is None and library.has(role.to))):
            if role.action in ("walk", "run"):
                role, initial = replace(role, action="stand"), ("stand", True)
            continue  # who is on a seat stays there
        if not events and before:
            initial = (before, party.travels)
        elif not events and after and (on_it or not (own and own.action)):
            initial = (after, party.travels)
        elif before:
            events.append((deed.start - 0.5, before, party.travels))
        if after:
            events.append((deed.start + party.until, after, party.travels))
    if not events and initial == (role.action, True):
        return role
    acts = ((0.0, *initial), *sorted(events, key=itemgetter(0)))
    soars = any("soar" in party.tracks for _, party in taking)
    return replace(role, action=_mark(role, acts, soars=soars), acts=acts)


def _upright(taking: Sequence[tuple[Deed, Party]]) -> Sequence[tuple[Deed, Party]]:
    """Those deeds by which one stands or sits: none before one gets up from a seat."""
    up = max((deed.start for deed, _ in taking if deed.verb == "leave_seat"), default=0.0)
    taking = [one for one in taking if one[0].start >= up and one[0].verb != "leave_seat"]
    if any(party.before == "lie" for _, party in taking):
        # A baby that sleeps does not stand up because its mother speaks to it.
        taking = [(one, party) for one, party in taking if party.before]
    return taking


def _mark(role: Role, acts: tuple[tuple[float, Action, bool], ...], *, soars: bool) -> Action:
    """The action for which one is given its place: at rest for those who never go on."""
    actions = CAST[role.actor].actions
    if soars and "stand" in actions:
        return "stand"
    if any(goes for _, _, goes in acts):
        return acts[0][1]
    always = acts[0][1] if len({action for _, action, _ in acts}) == 1 else role.action
    return always if always in LOW else fitting("stand", actions)


def _poses(
    party: Party, actions: Sequence[Action], role: Role
) -> tuple[Action | None, Action | None]:
    """What one does before and after; who sleeps on too short a seat sits."""
    seat = CAST[role.to] if role.relation == "on" and {"sit", "perch"} & poses_on(role.to) else None
    upright = seat is not None and extent(role.to) < 0.75 * extent(role.actor) and "sit" in actions
    before, after = (
        "sit" if upright and one == "lie" else one for one in (party.before, party.after)
    )
    return (
        fitting(before, actions) if before else None,
        fitting(after, actions) if after else None,
    )
