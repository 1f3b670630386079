"""Giving: who hands something over reaches there with it, and who gets it holds it then."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import product

from shadowplay.acting.handling import middle_of, use
from shadowplay.acting.reaching import KICKED, PAST, Spot, bent, hand, resting_place, toe
from shadowplay.art import library
from shadowplay.art.actors import Guise
from shadowplay.deeds import VERBS, Party
from shadowplay.scene import Deed
from shadowplay.sprites.changes import State
from shadowplay.sprites.marks import Figure

_LARGE, _BROAD, _APART = 0.14, 0.2, 0.26
"""How large a thing is, in its holder's heights, that an arm is seen before, and that both hands
are on; metres between two hands on a long one."""

_READY, _LETS_GO = 0.6, 0.15
"""Seconds before something is handed over at which hands go there, and after it until they leave.
"""

_NEARER = 0.12  # how far before what is broad the hands of the doer are at most, in its heights

_JUGGLE = 1.5  # seconds from which a thing is in a juggler's hand until it is there again

_NEXT, _EARLIER, _TURN, _ROW = "give_each", 1.0, 0.9, 0.6
"""The verb where several get something, seconds that the first gets it earlier and that each
takes, and how far apart they stand, in the giver's heights."""

Groups = Mapping[str, list[Figure]]


def passed(
    deed: Deed, thing: Figure, party: Party, groups: Groups, frame: tuple[float, float]
) -> Callable[[float, float], Spot] | None:
    """The way of a thing from the doer's hand to another's, or far ahead, in a frame of a size."""
    who = groups.get("who")
    if "orbit" in party.tracks and who:
        return _orbit(thing, who[0])
    held = bool(thing.holder) and not library.facts(thing.role.actor).scenery
    if "pass" not in party.tracks or not (who and (held or thing.is_thing)):
        return None
    doer, end = who[0], toe if party.end in KICKED else hand
    goal, joins = _goal(deed, thing, party, groups, frame[0]), deed.start + party.joins

    def way(t: float, share: float) -> Spot:
        if t >= joins or (thing.holder is not doer and 0 < thing.joins <= t):
            return 0.0, 0.0  # it is in the hand, or another has it by now
        (right, up), here = thing.offset(*thing.grip), end(doer, t)
        own = (thing.x + thing.way(t) + right, thing.lift + up)
        if thing.holder and t >= thing.joins:
            own = hand(thing.holder, t, thing.grasp)
        right, up = (a + (b - a) * share for a, b in zip(here, goal(t), strict=True))
        return right - own[0], up - own[1] + party.arc * frame[1] * 4 * share * (1 - share)

    return way


def _goal(
    deed: Deed, thing: Figure, party: Party, groups: Groups, width: float
) -> Callable[[float], Spot]:
    """Where a thing goes, by the time."""
    doer, whom, there = groups["who"][0], groups.get("whom"), VERBS[deed.verb].there
    worn = library.facts(thing.role.actor).worn if there else ""
    means = "grip" if party.end == "goal" else party.end
    means = {"": means, "clothes": "shoulders"}.get(worn, "head")
    end = toe if party.end in KICKED else hand
    last = partial(hand, means=means) if means in ("head", "shoulders", "on", "grip") else end
    ahead = doer.x + doer.facing * (0.3 * doer.pixels_high if there else 0.5 * width)
    if whom and party.end == "past":
        ahead, whom = middle_of(*whom) + PAST * doer.pixels_high * doer.facing, None
    ahead = min(max(ahead, 0.08 * width), 0.92 * width)
    return resting_place(whom[0], thing, last) if whom else lambda t: (ahead, 0.0)


def _orbit(thing: Figure, doer: Figure) -> Callable[[float, float], tuple[float, float]]:
    """The way of a thing that is juggled: up from the hand, to the other one, and back."""
    high = doer.pixels_high
    thing.grip = thing.box.middle  # it turns about that in the air
    across, first = -0.09 * high * doer.facing, thing.variant / max(1, thing.role.count)

    def way(t: float, share: float) -> tuple[float, float]:
        turn = 2 * ((t / _JUGGLE + first) % 1.0)
        gone = min(turn, 2 - turn)
        up = (2.4 if turn < 1 else 1.5) * gone * (1 - gone)
        return across * gone, high * up

    return way


def one_by_one(deed: Deed, figures: Sequence[Figure]) -> list[tuple[Deed, tuple[Figure, ...]]]:
    """A deed for each of several who get something, one after the other; they stand in a row."""
    verb, who = VERBS[deed.verb], [f for f in figures if f.role.actor == deed.who]
    things = [f for f in figures if f.role.actor == deed.what and f.holder in who]
    row = [f for f in figures if f.role.actor == deed.whom and f.role.relation == ""]
    given = "what" in verb.parties and verb.parties["what"].end == "given" and len(who) == 1
    if not (given and len(things) == len(row) > 1):
        return [(deed, ())]
    ahead, middle = who[0].facing, middle_of(*row)
    for k, taker in enumerate(row):
        taker.middle = middle + (k - (len(row) - 1) / 2) * _ROW * who[0].pixels_high * ahead
    who[0].order = max(one.order for one in row) + 0.1
    starts = [deed.start - _EARLIER + _TURN * k for k in range(len(row))]
    turns = [deed._replace(verb=_NEXT, start=start) for start in starts]
    return [(turn, (things[k], row[k])) for k, turn in enumerate(turns)]


def hand_over(deed: Deed, groups: Groups, width: float) -> None:
    """Let a doer go so near, and bend, that its hands are where a thing comes to, or comes from."""
    who, things, whom = (groups.get(party, []) for party in ("who", "what", "whom"))
    party, moves = VERBS[deed.verb].parties.get("what"), who[0].changes if who else []
    if not (things and party and party.end in ("given", "on") and moves):
        return
    doer, thing, keys = who[0], things[0], party.tracks["pass"].keys
    since, until = (deed.start + keys[k][0] for k in (-2, -1))
    aim = _goal(deed, thing, party, groups, width)(until)
    looks = doer.looks or [(0.0, doer.actor)]
    free, doer.looks = doer.actor.guised(Guise(arms="free")), []
    if keys[-1][1] == 0:  # it has the thing from then on
        free, looks[-1] = doer.actor, (looks[-1][0], free)
    use(doer, "catch")
    tip = hand(doer, 0.0)
    doer.actor = doer.actor.guised(Guise(lean=bent(doer, None, (tip[0], aim[1]), until)))
    x, y, _ = doer.hand(until)
    half = min(0.5 * thing.pixels_wide, _NEARER * doer.scale) * doer.facing
    gone = State()
    for move in moves[:-1]:
        move.apply(gone, until)
    way = aim[0] - half - doer.x - gone.right - doer.offset(x, y)[0]  # the near side of the broad
    near = moves[-1].party.tracks.get("near")
    if near:
        moves[-1].units["near"] = (way / near.keys[-1][1], 0.0)
    elif not doer.climb and doer.role.relation != "on":
        doer.x += way
    doer.looks = [*looks, (since - _READY, doer.actor), (until + _LETS_GO, free)]
    doer.actor = free
    for taker in whom if VERBS[deed.verb].parties.get("whom") else ():
        ready, plain = taker.actor, taker.actor.guised(Guise(arms="free"))
        use(taker, thing.actor.arms or "hold")
        taker.actor = taker.actor if taker.hand(until)[0] > _NEARER else ready
        taker.looks = [(0.0, plain), (since - _READY, ready), (until, taker.actor)]


def _held(
    figures: Sequence[Figure], deeds: Sequence[Deed]
) -> Iterator[tuple[int, Figure, int, Figure]]:
    """The things in hands, and those who have them or get them, with the numbers of both."""
    gets = {deed.what: deed.whom for deed in deeds if deed.whom}
    for (k, thing), (n, one) in product(enumerate(figures), repeat=2):
        has = one is thing.holder or gets.get(thing.role.actor) == one.role.actor
        if has and thing.holder and thing.grasp == "grip" and not one.is_thing:
            yield k, thing, n, one


def _size(thing: Figure, one: Figure) -> float:
    """How large a thing is, in the heights of who holds it."""
    return max(thing.box.width, thing.box.height) * thing.scale / one.scale


def use_both_hands(figures: Sequence[Figure], deeds: Sequence[Deed]) -> None:
    """Let the other hand of those who have, or get, something come to what needs both."""
    for _, thing, _, one in _held(figures, deeds):
        if _size(thing, one) < _BROAD:
            continue
        (x, y), share = _far_grip(thing), thing.scale / one.scale
        one.guise(Guise(far=((x - thing.grip[0]) * share, (y - thing.grip[1]) * share)))


def with_arms(figures: Sequence[Figure], deeds: Sequence[Deed]) -> list[Figure]:
    """Figures, and once more the near arms of those who have, or get, something large before it."""
    last: dict[int, int] = {}
    for k, thing, n, one in _held(figures, deeds):
        if _size(thing, one) > _LARGE and library.facts(one.role.actor).person:
            last[n] = max(k, n, last.get(n, 0))
    drawn = list(figures)
    for n, k in sorted(reversed(last.items()), key=lambda one: -one[1]):
        arm = replace(figures[n])
        arm.guise(Guise(part="arm"))
        drawn.insert(k + 1, arm)
    return drawn


def _far_grip(thing: Figure) -> tuple[float, float]:
    """Where the other hand holds a thing: farther along a long one, at the far side of others."""
    if place := thing.actor.place("far"):
        return place.start
    box, (x, y) = thing.box, thing.grip
    tip = thing.actor.place("tip")
    across, up = (a - b for a, b in zip(tip.start if tip else box.middle, (x, y), strict=True))
    if max(box.width, box.height) > 2 * min(box.width, box.height):
        far = _APART / max(math.hypot(across, up), _APART)
        return x + far * across, y + far * up
    return box.right - 0.1 * box.width, y
