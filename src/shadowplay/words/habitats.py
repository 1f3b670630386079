"""Habitats: the places where those of a cast usually are."""

from __future__ import annotations

from collections.abc import Sequence

from shadowplay.art import library
from shadowplay.art.cast import CAST, extent
from shadowplay.art.upright import PREFIX
from shadowplay.names import is_puppet
from shadowplay.words.defaults import DEFAULTS
from shadowplay.words.named import Named

_NEAR = frozenset({"before", "beside", "past", "climb", "descend"})
"""Relations of those who are where that is: "outside a tent"."""

_LARGE = 2.6  # how many metres high or wide what stands out of doors is that is in no room


def habitats(figures: list[Named], *, weather: bool) -> tuple[str, ...]:
    """Where those of a cast usually are, or where what is done can be done.

    A car, a crane, and in rain and snow a bench, say that all are outdoors. The one that is least
    often anywhere else names the places, and the others choose among them.
    """
    options: tuple[str, ...] = ()
    outdoors = any(named.facts.scenery for named in figures)
    near = {one.to for one in figures if one.relation in _NEAR}
    outdoors |= any(
        (one.facts.crewed and (weather or one.home != "air"))
        or (is_out(one) and (weather or one.actor in near or extent(one.actor) > _LARGE))
        for one in figures
    )
    claims = {one.actor: _claim(one, outdoors=outdoors) for one in figures}
    for one in figures:
        inside = one.relation == "in" and "grip" not in one.other.means
        at = claims.get(one.to, 7) < 7 or one.other.scenery
        own, there = one.facts.place, one.other.place
        at &= inside or (one.relation == "at" and (len(own) != 1 or own[0] in there))
        floats = one.to in claims and one.relation in ("in", "on") and CAST[one.to].home == "water"
        if one.to in claims and (at or floats):
            claims[one.to] = 0
    for named in sorted(figures, key=lambda named: claims[named.actor]):
        places = named.facts.place
        outside = tuple(name for name in places if not is_indoors((name,))) if outdoors else ()
        places = outside or places
        options = tuple(name for name in options if name in places) or options or places
    boats = [one.actor for one in figures if one.facts.crewed]
    boats = [one for one in boats if "underwater" not in library.facts(one).place]
    if options == ("underwater",) and any(CAST[one].home == "water" for one in boats):
        options = ("sea",)  # an octopus that attacks a ship
    elif options == ("underwater",) and any(map(_breathes, figures)):
        options = ("river",)  # a bear that catches a salmon
    lead = CAST[figures[0].actor] if figures else None
    action = figures[0].action if figures else ""
    swims = action == "swim" and not figures[0].facts.crewed
    swims |= action == "fly" and figures[0].place == "sky"
    if lead and swims and lead.home == "ground" and "fly" not in lead.actions:
        deep = DEFAULTS.wet - {"beach", "harbour"}
        return tuple(name for name in options if name in deep) or DEFAULTS.places[action]
    return options or DEFAULTS.places.get(action, DEFAULTS.anywhere)


def ashore(figures: list[Named]) -> bool:
    """Whether those who come first stand on the ground: "a girl by the sea"."""
    first = figures[0] if figures else None
    if first is None or is_puppet(first.actor):
        return False
    afloat = first.action in ("swim", "sail", "fly", "drive") or first.place or first.acts
    carried = any(
        "sail" in CAST[name].actions or (name == first.to and CAST[name].home != "ground")
        for name in (named.actor for named in figures if not is_puppet(named.actor))
    )
    stands = first.home == "ground" and not first.is_thing
    return stands and not (afloat or carried)


def is_out(named: Named) -> bool:
    """Whether one is a thing that stands out of doors only, and in nobody's hand."""
    return named.is_thing and not (
        is_held(named) or any(is_indoors((name,)) for name in named.facts.place)
    )


def is_held(named: Named) -> bool:
    """Whether it is in somebody's hand, and does nothing of its own."""
    return named.relation in ("with", "carry")


def _claim(named: Named, *, outdoors: bool) -> float:
    """How sure the place of one is, from 0, which is the surest.

    Water comes before furniture, that before the living, and these before buildings and tools.
    """
    facts, indoors = named.facts, is_indoors(named.facts.place)
    if facts.scenery or (indoors and outdoors):
        return 7
    if named.is_thing:
        if is_held(named) or named.lent or ("grip" in facts.means and not named.relation):
            return 4 if indoors else 6
        wet = bool(facts.place) and DEFAULTS.wet.issuperset(facts.place)
        return 0 if wet else 1 if indoors else 2 if len(facts.place) == 1 else 3
    if named.home == "water":
        return 1 if facts.crewed or named.relation else 0
    flies = named.home == "air"  # over any place
    own = len(facts.place) == 1 and not named.actor.startswith(PREFIX)  # where people work
    return (6 if flies else 2) if own else 6.5 if flies else 4.5 if facts.crewed else 5


def is_indoors(places: Sequence[str]) -> bool:
    """Whether all of these places have walls."""
    return bool(places) and all(library.place(name).floor for name in places)


def is_wet(options: Sequence[str]) -> bool:
    """Whether no snow stays on the ground of any of these places."""
    return all(name in DEFAULTS.wet | DEFAULTS.snowless for name in options)


def _breathes(named: Named) -> bool:
    """Whether one lives in the air, and does not swim or dive now."""
    facts, thing = named.facts, named.is_thing
    ground = named.home != "water" and not (thing or facts.crewed or facts.scenery)
    return ground and named.action != "swim" and "underwater" not in facts.place
