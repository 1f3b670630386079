"""Handling: figures hold and climb things, and go up and down stairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shadowplay.acting.biting import HATTED, MOUTHFUL, bite, is_beast
from shadowplay.acting.reacting import LASTING
from shadowplay.art import library
from shadowplay.art.actors import Guise
from shadowplay.art.prop import Prop
from shadowplay.scene import Action
from shadowplay.sprites.marks import Figure, box_of
from shadowplay.words.timing import fitting

_CARRIED = 0.1  # how far before its middle one who is carried touches the hand, in its heights
_CHIN = 0.84  # how high what one has in its arms is at most, likewise
_NAPE = 0.5  # how far ahead a cub's nape is, in what is before it
_CLIMB, _STEEP = 8.0, 0.7  # seconds up to a top, and metres a second that nobody exceeds
_STEPS = 0.75  # the part of stairs' width on which their steps are, and one stands at the top
_ARRIVES = 3.0  # seconds that one takes at least to what it goes to
_SLOWEST = 0.5  # how slow it becomes for that


def arms_for(thing: Figure) -> str:
    """The table of arms of those who have a thing, or are at it."""
    return thing.actor.arms if isinstance(thing.actor, Prop) else ""


def climb(figure: Figure, target: Figure, aside: float, most: float, *, down: bool) -> None:
    """Let a figure go up before a thing, to the place on it, almost to its top, or down from there.

    `most` is how many pixels above the ground its head may be.
    """
    place = target.actor.place("on")
    top = place.start[1] if place else 0.85 * target.box.top
    # A tower has a beam, too.
    middle = target.column(place.at(0.5)[0]) if place and not target.is_thing else target.middle
    figure.middle = middle + aside * figure.pixels_wide
    use(figure, "climb")
    stand_with(figure, target)
    figure.depth, figure.fade, figure.order = target.depth, target.fade, target.order + 0.3
    high = max(0.0, min(top * target.scale, most - 1.05 * figure.box.top * figure.scale))
    figure.lift, figure.peak = target.lift + 0.1 * high - foot(figure), 0.9 * high
    figure.speed, figure.climb = 0.0, min(high / _CLIMB, _STEEP * figure.metre)
    if down:
        figure.lift, figure.climb = figure.lift + figure.peak, -figure.climb


def walk_up(figure: Figure, target: Figure, *, down: bool) -> None:
    """Let a figure walk up a flight of stairs, which rises as it is drawn, or down."""
    use(figure, "walk")
    high, way = target.box.top * target.scale, _STEPS * target.pixels_wide
    seconds = max(_ARRIVES, way / (figure.actor.speed("walk") * figure.scale))
    figure.role = replace(
        figure.role,
        leftward=target.role.leftward != down,
        acts=((0.0, "walk", True), (seconds, "stand", False)),
    )
    stand_with(figure, target)
    figure.order = target.order + 0.3
    figure.middle = target.column(target.box.left + (_STEPS * target.box.width if down else 0.0))
    figure.speed = way / seconds * figure.facing
    figure.lift, figure.peak = target.lift + (high if down else 0.0) - foot(figure), high
    figure.climb = high / seconds * (-1 if down else 1)


def stand_with(figure: Figure, other: Figure) -> None:
    """Put a figure on the line of another, on the ground, on water or in the air."""
    figure.grounded, figure.afloat = other.grounded, other.afloat
    figure.row, figure.sink = other.row, other.sink


def rest(figure: Figure, poses: tuple[Action, ...] = ()) -> None:
    """Stop one who walks, and let it do what a place is for."""
    now = figure.role.action
    sits = now == "sit" and "perch" in poses
    waves = now == "wave" and poses[:1] not in ((), ("stand",))
    if waves:
        use(figure, "wave")
    if sits or waves or now in ("walk", "run") or (now not in poses and now in ("stand", "fly")):
        wanted = (pose for pose in (*poses, "stand", "sit") if pose in figure.actor.actions)
        figure.take(next(wanted, figure.actor.actions[0]))
    if figure.role.acts and figure.role.acts[0][2]:  # nor does it go first and rest then
        first: tuple[float, Action, bool] = (0.0, figure.role.action, False)
        figure.role = replace(figure.role, acts=(first, *figure.role.acts[1:]))
    figure.speed = 0.0


def arrive(figure: Figure, target: Figure, width: int) -> None:
    """Let a figure go through a frame of so many pixels and stand before another."""
    wide = figure.pixels_wide
    apart = min(wide, 0.4 * width / figure.role.count)
    edge = 0.5 * width - figure.facing * (0.5 * width - 0.6 * wide - figure.variant * apart)
    if (figure.middle - edge) * figure.facing > 0:
        figure.middle = edge
    way = abs(target.middle - figure.middle)
    behind = (figure.role.count - 1 - figure.variant) * apart
    way = max(0.4 * way, way - (wide + target.pixels_wide) / 2 - behind)
    figure.speed *= min(1.0, max(_SLOWEST, way / (_ARRIVES * abs(figure.speed))))
    seated = library.facts(figure.role.actor).crewed
    at_rest: Action = figure.role.action if seated else "stand"
    goes, stops = (0.0, figure.role.action, True), (way / abs(figure.speed), at_rest, False)
    figure.role = replace(figure.role, acts=(goes, stops))


def hold(
    group: list[Figure], others: list[Figure], cast: Sequence[Figure], *, always: bool, place: str
) -> None:
    """Put things into the hands (or mouths) of figures.

    Args:
        group: the things, or those who hold them.
        others: those who hold them, or the things.
        cast: all figures, of whom some may be held already.
        always: things without a grip are held by their middles; else they stay.
        place: "head", "back" or "shoulders" for things that are carried there; else in
            the hand.
    """
    things, hands = (group, others) if group[0].is_thing or always else (others, group)
    for k, thing in enumerate(things):
        hand, grip = hands[k % len(hands)], thing.actor.place("grip")
        on_line = thing.actor.anchor("held", thing.role.action, 0.0)  # a kite
        if hand.is_thing or on_line or (thing.is_thing and not (grip or always)):
            continue
        if thing.is_thing:
            # Several in one hand are a fan.
            fan = k // len(hands) - (len(things) - 1) // len(hands) / 2
            kind = library.first(thing.role.actor)
            held = [x.role.actor for x in cast if x.holder is hand and x not in things]
            fan += sum(library.first(name) == kind for name in held)
            _grasp(thing, hand, place, fan)
        else:
            _bear(thing, hand)
        stand_with(thing, hand)
        thing.holder, thing.order = hand, hand.order + 0.05
        thing.speed, thing.depth = hand.speed, hand.depth
        _load(thing, hand, place)


def _grasp(thing: Figure, hand: Figure, place: str, fan: float) -> None:
    """Let somebody hold a thing by its grip or, as it has none, in both arms."""
    grip = thing.actor.place("grip")
    if isinstance(thing.actor, Prop) and grip:
        thing.actor = thing.actor.in_hand
        thing.box = box_of(thing.actor, "stand")
    use(hand, (arms_for(thing) or "hold") if grip else "embrace")
    gx, gy = grip.start if grip else (0.0, 0.5 * thing.box.top)
    x, y, _ = hand.hand(0.0)
    if not grip:  # it does not cover the face
        gy = max(gy, thing.box.top - (_CHIN - y) * hand.actor.height)
    thing.scale = hand.metre
    if is_beast(hand):
        held = place in ("with", "carry", "over")
        bitten = bite(thing, hand, MOUTHFUL if held else HATTED)
        gx, gy = bitten if held else (gx, gy)
    thing.face(leftward=hand.role.leftward)
    gx -= 0.5 * fan * thing.box.width * hand.facing
    if hand.grounded and not hand.lift:
        # A long thing is held nearer to its foot, so that it does not dip into the ground.
        gy = min(gy, y * hand.actor.height)
    thing.x = hand.x + (x * hand.scale - gx * thing.scale) * hand.facing
    thing.lift = hand.lift + y * hand.scale - gy * thing.scale
    thing.grip = (gx, gy)


def _bear(one: Figure, carrier: Figure) -> None:
    """Let somebody sit on another's arm, or be held by the middle, or a cub by its nape."""
    one.take(fitting("perch", one.actor.actions))
    one.face(leftward=carrier.role.leftward)
    use(carrier, "cradle")
    one.scale = carrier.metre * one.actor.height
    one.grip = (_CARRIED, 0.0 if one.role.action == "perch" else 0.4 * one.box.top)
    if is_beast(carrier):
        one.grip = (_NAPE * one.box.right, 0.95 * one.box.top)


def _load(one: Figure, carrier: Figure, place: str) -> None:
    """Put what somebody holds onto the head, the back or the shoulders, if it has that anchor."""
    if carrier.actor.anchor(place, carrier.role.action, 0.0) is None:
        return
    use(carrier, f"on_{place}")
    box, neck = one.box, place == "shoulders"
    beast = not (one.is_thing or library.facts(one.role.actor).person)
    one.grasp, one.grip = place, (box.middle[0], box.bottom) if one.is_thing else (0.0, 0.0)
    if place == "back":
        one.grip = (box.right, 0.6 * box.top)
    elif neck and beast:  # a lamb lies about the neck
        one.grip = (box.middle[0], 0.55 * box.top)
    front = place == "head" or (neck and beast)
    one.order = carrier.order + (0.05 if front else -0.05)


def use(figure: Figure, arms: str, expression: str = "") -> None:
    """Let a figure hold its arms as a table of its drawing says, such as `read`, and its face."""
    face = expression if expression in LASTING else figure.role.expression or expression
    figure.actor = figure.actor.guised(Guise(arms=arms, expression=face))


def foot(figure: Figure) -> float:
    """How far the lowest point of a flyer is above its origin, in pixels; others stand on it."""
    return figure.box.bottom * figure.scale if figure.actor.home == "air" else 0.0


def middle_of(*figures: Figure) -> float:
    """The column of the middle of figures."""
    return sum(figure.middle for figure in figures) / len(figures)


def bring(group: Sequence[Figure], column: float) -> None:
    """Move a group so that its middle is in a column."""
    moved = column - middle_of(*group) if group else 0.0
    for figure in group:
        figure.x += moved


def span_of(group: Sequence[Figure]) -> float:
    """From the first to the last column of a group, in pixels."""
    middles = [figure.middle for figure in group]
    return max(middles) - min(middles) + max(figure.pixels_wide for figure in group)


def ends_of(figures: Sequence[Figure]) -> tuple[float, float]:
    """The first and the last column of figures."""
    halves = [(figure.middle, figure.pixels_wide / 2) for figure in figures]
    return min(at - half for at, half in halves), max(at + half for at, half in halves)


def things_under(who: list[Figure], figures: list[Figure]) -> list[Figure]:
    """The things that figures are on, which go where they go: a sledge."""
    used = {figure.role.to for figure in who if figure.role.relation == "on"}
    return [f for f in figures if f.role.actor in used and f.is_thing]


def bring_along(who: list[Figure], figures: list[Figure], mark: float, size: float) -> None:
    """Let what those have who were at a mark, and of a size, go with them: a camera's tripod."""
    doer, share = who[0], who[0].scale / size
    for figure in figures:
        own = (figure.role.to, figure.role.relation) == (doer.role.actor, "with")
        if own or any(figure.holder is one for one in who):
            figure.scale *= share
            figure.x = doer.x + (figure.x - mark) * share


def turn_round(figure: Figure) -> None:
    """Let a figure look the other way where it stands."""
    middle = figure.middle
    figure.face(leftward=not figure.role.leftward)
    figure.hasten(-1)
    figure.middle = middle
