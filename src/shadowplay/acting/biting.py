"""Biting: animals have a mouth and paws in place of hands, for what they hold, eat or play with."""

from __future__ import annotations

from shadowplay.acting.sizes import resize
from shadowplay.art import library
from shadowplay.art.cast import lives
from shadowplay.deeds import Party, Track, Verb
from shadowplay.sprites.changes import Change
from shadowplay.sprites.marks import Figure

MOUTHFUL, HATTED, _COMPACT = 0.6, 0.65, 2.2
"""How large what an animal holds, or its hat, is at most, in its heights; compact things count as
so many times as large."""

_SLENDER, _STAFF, _LEVEL = 1.6, 2.4, 84.0
"""How many times as long as broad is what an animal has across its teeth, and a stick; degrees that
it is turned if it is upright in a hand."""

_MIDDLE, _REAR, _HANDLE = 0.36, 0.25, 0.8
"""Where the mouth is on a stick, and on other things, in their lengths; how high a handle is."""

_MOUTHS = frozenset({"eat", "drink", "sniff", "lick", "nuzzle"})
"""Tables of arms of those whose mouths get to what they are at, if these are animals."""

PAWS = {"pat": (0.2, 0.03), "claw": (0.7, 0.12), "gnaw": (0.3, -0.04)}
"""Verbs of animals whose paws or teeth get there: how high these are, and how far before it the
nose, in their heights."""

_TOY, _BOWL = 0.7, 0.55  # how high a toy is at most, and what one eats from, likewise
_CROWN, _NEARER = 1.5, 1.4
"""How high a tree is at most from which one eats, likewise, and how much larger both are seen."""


def is_beast(figure: Figure) -> bool:
    """Whether it is an animal as it is, which has a mouth in place of hands."""
    return lives(figure.role.actor) and not library.facts(figure.role.actor).person


def works_with(verb: Verb, who: list[Figure]) -> str:
    """Where on a thing doers work, or their mouths come, as `touch` takes it."""
    if not (who and is_beast(who[0]) and "who" in verb.parties):
        return verb.touch
    mouth = "teeth" if verb.parties["who"].arms in _MOUTHS else ""
    return verb.name if verb.name in PAWS else verb.touch or mouth


def taken(thing: Figure, holder: Figure) -> tuple[float, float]:
    """Where a thing is held by one that takes it."""
    if holder.is_thing and not lives(thing.role.actor):
        return thing.box.middle[0], thing.box.top  # it hangs
    if lives(thing.role.actor) and is_beast(holder):
        return thing.box.middle[0], 0.92 * thing.box.top  # by its back
    if not thing.is_thing or thing.holder or not is_beast(holder):
        return thing.hand(0.0, "mouth")[:2]
    thing.order = max(thing.order, holder.order + 0.05)
    return bite(thing, holder)


def bite(thing: Figure, animal: Figure, most: float = MOUTHFUL) -> tuple[float, float]:
    """Let a thing be as large as an animal can hold; where its mouth is when it lies across that.

    `most` is its size in the animal's heights.
    """
    wide, high = thing.box.width, thing.box.height
    most *= max(animal.pixels_high, 0.5 * animal.pixels_wide)
    most *= 4.0 if thing.actor.wide else 1.0  # a vine
    thing.scale = min(thing.scale, most / max(wide, high, _COMPACT * min(wide, high)))
    grip = thing.actor.place("grip")
    hand, mouth = (animal.hand(0.0, means) for means in ("grip", "mouth"))  # of a monkey
    hangs = grip is not None and grip.start[1] > _HANDLE * thing.box.top
    if grip and (hand != mouth or hangs or thing.actor.home == "air"):
        return grip.start
    slender, low = max(wide, high) / min(wide, high), min(thing.box.bottom, 0.0)
    share = _MIDDLE if slender > _STAFF else _REAR
    if slender > _SLENDER and high > wide:
        thing.changes.append(Change(Party({"turn": Track(((0.0, _LEVEL),))})))
        return thing.box.middle[0], low + share * high
    return thing.box.left + share * wide, thing.box.middle[1]


def suit(who: list[Figure], thing: Figure, where: str) -> str:
    """Let what animals play with or eat from be as large as they can reach; where they reach it."""
    high = who[0].pixels_high
    if where == "pat" or (where == "teeth" and thing.actor.place("grip")):
        own = max(thing.pixels_high, thing.pixels_wide / 1.3)
        resize(thing, min(1.0, (_TOY if where == "pat" else _BOWL) * high / own))
    plant = library.facts(thing.role.actor).scenery and thing.actor.home == "ground"
    if plant and where in ("teeth", "gnaw"):
        most = _CROWN if where == "teeth" else 2 * _CROWN
        low = min(1.0, most * high / thing.pixels_high)
        for figure in (thing, *who):  # a tree whose leaves are in reach, and is seen as large
            resize(figure, min(1 / low, _NEARER) * (low if figure is thing else 1.0))
    # A person's hand, or the mouth of an animal.
    return "hand" if where == "teeth" and lives(thing.role.actor) else where
