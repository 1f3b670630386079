"""Handling: figures hold, push, pull and climb things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shadowplay.acting.biting import HATTED, MOUTHFUL, bite, is_beast
from shadowplay.acting.towing import is_dragged
from shadowplay.art import library
from shadowplay.art.actors import Actor, Guise
from shadowplay.art.prop import Prop
from shadowplay.deeds import Verb
from shadowplay.scene import Action, Role
from shadowplay.sprites.marks import Figure, box_of
from shadowplay.words.timing import fitting

_LINE = (1.34, 1.57)
"""Where a kite's line ends: so far behind and below it, in its own units."""

_NEAR, _CHIN, _NAPE = 0.1, 0.84, 0.5
"""How far before its middle one who is carried touches the hand, in its heights; how high what one
has in its arms is at most, likewise; and how far ahead a cub's nape is, in what is before it."""

_RESTING = frozenset({"stand", "sit", "perch", "kneel"})
"""Actions of those who are over a small thing with it in the hand."""

_LONG, _HITCH = 0.5, 0.85
"""How long a tow rope is, in heights of what pulls; where a shaft ends on one without hands."""

_CLIMB, _STEEP = 8.0, 0.7
"""Seconds that it takes to climb to a top, and metres a second that nobody exceeds."""

_STEPS = 0.75
"""The part of stairs' width on which their steps are, and one stands at the top."""

_ARRIVES, _SLOWEST = 3.0, 0.5
"""Seconds that one takes to what it goes to, and how slow it becomes for that."""


def move(group: list[Figure], target: Figure, cast: Sequence[Figure], *, ahead: bool) -> None:
    """Let figures push a thing before them, or pull it behind them, with all that lies on it."""
    stiff, mark = isinstance(target.actor, Prop), target.x
    arms = (target.actor.arms if isinstance(target.actor, Prop) else "") or "push"
    roped = not ahead and (is_dragged(target) or not stiff)
    target.role = replace(target.role, leftward=group[0].role.leftward)
    # The last one of a group has it.
    for figure in sorted(group, key=lambda one: one.x * one.facing, reverse=not ahead):
        use(figure, arms if ahead else "pull" if stiff else "leash")
        end = target.box.left if ahead else target.box.right
        hand = (figure.box.right if ahead else _HITCH * figure.box.left) * figure.scale
        if ahead or library.facts(figure.role.actor).person:
            hand = figure.hand(0.0)[0] * figure.scale
        hand -= _LONG * figure.pixels_high if roped else 0.0
        way = hand - end * target.scale
        target.x = figure.x + figure.facing * way
        stand_with(target, figure)
        target.speed, target.depth, target.fade = figure.speed, figure.depth, figure.fade
    for thing in cast:
        on = (thing.role.to, thing.role.relation) == (target.role.actor, "on")
        if on and isinstance(thing.actor, Prop):
            thing.x, thing.speed = thing.x + target.x - mark, target.speed
            thing.row, thing.sink = target.row, target.sink


def climb(figure: Figure, target: Figure, aside: float, most: float, *, down: bool) -> None:
    """Let a figure go up before a thing, to the place on it, almost to its top, or down from there.

    `most` is how many pixels above the ground its head may be.
    """
    place = target.actor.place("on")
    top = place.start[1] if place is not None else 0.85 * target.box.top
    middle = middle_of(target)
    if place is not None and not isinstance(target.actor, Prop):  # a tower has a beam, too
        middle = target.x + place.at(0.5)[0] * target.scale * target.facing
    put_middle(figure, middle + aside * figure.box.width * figure.scale)
    use(figure, "climb")
    figure.speed = 0.0
    stand_with(figure, target)
    figure.order = target.order + 0.3
    figure.depth, figure.fade = target.depth, target.fade
    high = max(0.0, min(top * target.scale, most - 1.05 * figure.box.top * figure.scale))
    figure.lift = target.lift + 0.1 * high - foot(figure)
    figure.peak = 0.9 * high
    figure.climb = min(high / _CLIMB, _STEEP * figure.scale / figure.actor.height)
    if down:
        figure.lift, figure.climb = figure.lift + figure.peak, -figure.climb


def stand_with(figure: Figure, other: Figure) -> None:
    """Put a figure on the line of another, on the ground, on water or in the air."""
    figure.grounded, figure.afloat = other.grounded, other.afloat
    figure.row, figure.sink = other.row, other.sink


def walk_up(figure: Figure, target: Figure, *, down: bool) -> None:
    """Let a figure walk up a flight of stairs, which rises as it is drawn, or down."""
    use(figure, "walk")
    box, high = target.box, target.box.top * target.scale
    way = _STEPS * box.width * target.scale
    seconds = max(_ARRIVES, way / (figure.actor.speed("walk") * figure.scale))
    figure.role = replace(
        figure.role,
        leftward=target.role.leftward != down,
        acts=((0.0, "walk", True), (seconds, "stand", False)),
    )
    stand_with(figure, target)
    figure.order = target.order + 0.3
    start = box.left + (_STEPS * box.width if down else 0.0)
    put_middle(figure, target.x + target.facing * start * target.scale)
    figure.speed = way / seconds * figure.facing
    figure.lift, figure.peak = target.lift + (high if down else 0.0) - foot(figure), high
    figure.climb = high / seconds * (-1 if down else 1)


def rest(figure: Figure, poses: tuple[Action, ...] = ()) -> None:
    """Stop one who walks, and let it do what a place is for."""
    now = figure.role.action
    sits = now == "sit" and "perch" in poses
    waves = now == "wave" and poses[:1] not in ((), ("stand",))
    if waves:
        use(figure, "wave")
    if sits or waves or now in ("walk", "run") or (now not in poses and now in ("stand", "fly")):
        wanted = (pose for pose in (*poses, "stand", "sit") if pose in figure.actor.actions)
        action: Action = next(wanted, figure.actor.actions[0])
        figure.role = replace(figure.role, action=action)
        figure.box = box_of(figure.actor, action)
    if figure.role.acts and figure.role.acts[0][2]:  # nor does it go first and rest then
        first: tuple[float, Action, bool] = (0.0, figure.role.action, False)
        figure.role = replace(figure.role, acts=(first, *figure.role.acts[1:]))
    figure.speed = 0.0


def move_on(figure: Figure, relation: str, target: Figure, width: int) -> None:
    """Let a figure go from another, or through a frame of so many pixels up to it."""
    if relation == "away" and figure.speed:
        wide = span_of([target])
        aside = 0.2 * wide + figure.variant * min(span_of([figure]), 0.3 * wide)
        put_middle(figure, middle_of(target) + aside * figure.facing)
    elif relation == "toward" and figure.grounded:
        _arrive(figure, target, width)


def _arrive(figure: Figure, target: Figure, width: int) -> None:
    """Let a figure go through the frame and stand before another."""
    if not figure.speed or "stand" not in figure.actor.actions:
        return
    wide = span_of([figure])
    apart = min(wide, 0.4 * width / figure.role.count)
    edge = 0.5 * width - figure.facing * (0.5 * width - 0.6 * wide - figure.variant * apart)
    if (middle_of(figure) - edge) * figure.facing > 0:
        put_middle(figure, edge)
    way = abs(middle_of(target) - middle_of(figure))
    behind = (figure.role.count - 1 - figure.variant) * apart
    way = max(0.4 * way, way - (wide + span_of([target])) / 2 - behind)
    slower = min(1.0, max(_SLOWEST, way / (_ARRIVES * abs(figure.speed))))
    figure.speed *= slower
    first: tuple[float, Action, bool] = (0.0, figure.role.action, True)
    stop = way / abs(figure.speed)
    stays_seated = library.facts(figure.role.actor).crewed
    at_rest: Action = figure.role.action if stays_seated else "stand"
    figure.role = replace(figure.role, acts=(first, (stop, at_rest, False)))


def hold(group: list[Figure], others: list[Figure], *, always: bool, place: str = "") -> None:
    """Put things into the hands (or mouths) of figures.

    Args:
        group: the things, or those who hold them.
        others: those who hold them, or the things.
        always: things without a grip are held by their middles; else they stay.
        place: "head", "back" or "shoulders" for things that are carried there.
    """
    things, hands = group, others
    if not (isinstance(things[0].actor, Prop) or always):
        things, hands = others, group
    for k, thing in enumerate(things):
        hand = hands[k % len(hands)]
        on_line = thing.actor.anchor("held", thing.role.action, 0.0)  # a kite
        if isinstance(hand.actor, Prop) or on_line:
            continue
        if not isinstance(thing.actor, Prop):
            _bear(thing, hand)
            _load(thing, hand, place)
            continue
        grip = thing.actor.place("grip")
        if grip is None and not always:
            continue
        if grip is not None:
            thing.actor = thing.actor.in_hand
            thing.box = box_of(thing.actor, "stand")
        use(hand, (thing.actor.arms or "hold") if grip is not None else "embrace")
        gx, gy = grip.start if grip is not None else (0.0, 0.5 * thing.box.top)
        x, y, _ = hand.hand(0.0)
        if grip is None:  # it does not cover the face
            gy = max(gy, thing.box.top - (_CHIN - y) * hand.actor.height)
        thing.scale = hand.scale / hand.actor.height
        if is_beast(hand):
            held = place in ("with", "carry", "over")
            bitten = bite(thing, hand, MOUTHFUL if held else HATTED)
            gx, gy = bitten if held else (gx, gy)
        thing.role = replace(thing.role, leftward=hand.role.leftward)
        # Several in one hand are a fan.
        same = k // len(hands) - (len(things) - 1) // len(hands) / 2
        gx -= 0.5 * same * thing.box.width * hand.facing
        if hand.grounded and not hand.lift:
            # A long thing is held nearer to its foot, so that it does not dip into the ground.
            gy = min(gy, y * hand.actor.height)
        thing.x = hand.x + (x * hand.scale - gx * thing.scale) * hand.facing
        thing.lift = hand.lift + y * hand.scale - gy * thing.scale
        thing.holder, thing.grip = hand, (gx, gy)
        stand_with(thing, hand)
        thing.order, thing.speed, thing.depth = hand.order + 0.05, hand.speed, hand.depth
        _load(thing, hand, place)


def _load(one: Figure, carrier: Figure, place: str) -> None:
    """Put what somebody holds onto the head, the back or the shoulders, if it has that anchor."""
    if carrier.actor.anchor(place, carrier.role.action, 0.0) is None:
        return
    use(carrier, f"on_{place}")
    one.grasp = place
    box, rests = one.box, isinstance(one.actor, Prop)
    if place == "back":
        one.grip = (box.right, 0.6 * box.top)
    else:
        one.grip = (box.middle[0], box.bottom) if rests else (0.0, 0.0)
    beast = not (rests or library.facts(one.role.actor).person)  # a lamb lies about the neck
    if place == "shoulders" and beast:
        one.grip = (box.middle[0], 0.55 * box.top)
    small = not (rests or beast) and one.pixels_high < 0.45 * carrier.pixels_high
    if place == "shoulders" and small:  # a fairy sits on one of them
        one.grip = (0.07 * carrier.pixels_high / one.scale, 0.0)
    front = place == "head" or (place == "shoulders" and (beast or small))
    one.order = carrier.order + (0.05 if front else -0.05)


def _bear(one: Figure, carrier: Figure) -> None:
    """Let somebody sit on another's arm, or be held by the middle."""
    action = fitting("perch", one.actor.actions)
    one.role = replace(one.role, action=action, leftward=carrier.role.leftward)
    one.box = box_of(one.actor, action)
    use(carrier, "cradle")
    one.scale = carrier.scale / carrier.actor.height * one.actor.height
    one.holder, one.grip = carrier, (_NEAR, 0.0 if action == "perch" else 0.4 * one.box.top)
    if is_beast(carrier):  # a cub, by its nape
        one.grip = (_NAPE * one.box.right, 0.95 * one.box.top)
    stand_with(one, carrier)
    one.order, one.speed, one.depth = carrier.order + 0.05, carrier.speed, carrier.depth


def kite(role: Role, actor: Actor, lead: Figure, scale: float, ground: float) -> Figure:
    """A kite ahead of the figure on the ground that holds its line; the line's end is in the hand.

    `scale` is in pixels per unit of the kite.
    """
    use(lead, "catch")
    right, up = lead.offset(*lead.hand(0.0)[:2])
    return Figure(
        role=replace(role, leftward=lead.facing > 0, count=1),
        actor=actor,
        variant=0,
        scale=scale,
        x=lead.x + right + lead.facing * _LINE[0] * scale,
        row=ground - up - _LINE[1] * scale,
        box=box_of(actor, role.action),
        grounded=False,
        speed=lead.speed,
        holder=lead,
        grip=(_LINE[0], -_LINE[1]),
    )


def use(figure: Figure, arms: str, expression: str = "") -> None:
    """Let a figure hold its arms as a table of its drawing says, such as `read`, and its face."""
    figure.actor = figure.actor.guised(Guise(arms=arms, expression=expression))


def foot(figure: Figure) -> float:
    """How far the lowest point of a flyer is above its origin, in pixels; others stand on it."""
    return figure.box.bottom * figure.scale if figure.actor.home == "air" else 0.0


def middle_of(*figures: Figure) -> float:
    """The column of the middle of figures."""
    middles = [f.x + f.box.middle[0] * f.scale * f.facing for f in figures]
    return sum(middles) / len(middles)


def put_middle(figure: Figure, column: float) -> None:
    """Put a figure so that its middle is in a column."""
    figure.x = column - figure.box.middle[0] * figure.scale * figure.facing


def bring(group: Sequence[Figure], column: float) -> None:
    """Move a group so that its middle is in a column."""
    moved = column - middle_of(*group) if group else 0.0
    for figure in group:
        figure.x += moved


def span_of(group: Sequence[Figure]) -> float:
    """From the first to the last column of a group, in pixels."""
    middles = [middle_of(figure) for figure in group]
    return max(middles) - min(middles) + max(f.box.width * f.scale for f in group)


def halves(figure: Figure) -> list[Figure]:
    """A prop that somebody can be in, as its back and its front."""
    if not isinstance(figure.actor, Prop) or not figure.actor.split:
        return [figure]
    return [
        replace(figure, side="back", changes=[]),
        replace(figure, side="front", order=figure.order + 0.2, changes=[]),
    ]


def shares(group: list[Figure], relation: str, other: list[Figure]) -> bool:
    """Whether figures hold what they are over, as friends who talk over a cup of tea."""
    if relation != "over" or group[0].role.action not in _RESTING:
        return False
    if not (isinstance(other[0].actor, Prop) and other[0].actor.place("grip")):
        return False
    for figure in group:
        figure.role = replace(figure.role, relation="", to="")
    return True


def work(group: list[Figure], at: Figure | None) -> None:
    """Let those who are at a thing move their arms as it asks."""
    if at is not None and isinstance(at.actor, Prop):
        for figure in group:
            use(figure, at.actor.arms)


def is_played(thing: Figure, verb: Verb, figures: list[Figure]) -> bool:
    """Whether somebody holds a thing that a verb is about, or is at it."""
    if not isinstance(thing.actor, Prop) or thing.actor.arms not in verb.handled:
        return False
    at = any((f.role.to, f.role.relation) == (thing.role.actor, "at") for f in figures)
    hand = thing.holder is not None and not isinstance(thing.holder.actor, Prop)
    return thing.side != "front" and (hand or at)


def things_under(who: list[Figure], figures: list[Figure]) -> list[Figure]:
    """The things that figures are on, which go where they go: a sledge."""
    used = {figure.role.to for figure in who if figure.role.relation == "on"}
    return [f for f in figures if f.role.actor in used and isinstance(f.actor, Prop)]


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
    own = middle_of(figure)
    figure.role = replace(figure.role, leftward=not figure.role.leftward)
    figure.speed = -figure.speed
    figure.acts = tuple((start, action, -speed) for start, action, speed in figure.acts)
    figure.x += own - middle_of(figure)
