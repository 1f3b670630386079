"""Places: where a scene is."""

from __future__ import annotations

from collections.abc import Sequence

from shadowplay.art import library
from shadowplay.art.cast import CAST, extent
from shadowplay.art.upright import PREFIX
from shadowplay.names import is_puppet
from shadowplay.words.defaults import DEFAULTS
from shadowplay.words.named import Named, Reading
from shadowplay.words.weather import choose

_NEAR = frozenset({"before", "beside", "past", "climb", "descend"})
"""Relations of those who are in the same place as the thing: "outside a tent"."""

_LARGE = 2.6  # from so many metres on, high or wide, a thing of outdoors is too large for a room


# Relations to a room of those who are outside.
_OUT = frozenset({"outside", "before", "behind", "past", "beside", "toward", "away", "over"})
_UPON = frozenset({"on", "across"})  # to a planet of those who are on its ground


def setting_of(reading: Reading, figures: list[Named], seed: int, *, grounded: bool) -> str:
    """Where a scene is: where the prompt says, or else where its cast usually is."""
    said, removed = reading.said, reading.removed
    named, hint = said.get("setting"), said.get("hint")
    options = _habitats(figures, weather="falling" in said)
    if reading.handled and named in DEFAULTS.homes and _is_indoors((hint,) if hint else options):
        named = None
    if said.get("style") == "neon" and (named is None or named in DEFAULTS.streets):
        return "neon_street"
    if named and named in library.settings() and named not in removed:
        return _named(named, figures, grounded=grounded) if figures else named
    large = any(one.facts.scenery or _is_out(one) for one in figures)
    rooms = tuple(name for name in options if _is_indoors((name,)))
    if hint and not (large and _is_indoors((hint,))):
        options = (rooms if hint == "room" else ()) or (hint,)
    elif "falling" not in said and all(one.facts.rests for one in figures):
        options = rooms or options  # where there is a table to lie on
    if grounded and set(options) <= {"space", "clouds"}:
        options = ("runway",) if figures[0].actor == "plane" else ("desert", "meadow")
    wet = (DEFAULTS.wet | DEFAULTS.snowless).issuperset(options)  # no snow stays on its ground
    if said.get("falling") == "snow" and not (hint or wet or _is_indoors(options)):
        kept = tuple(name for name in options if name in DEFAULTS.wintry)
        town = figures and figures[0].is_person
        sure = kept if "doorstep" in kept or kept == options[:1] == options else ()
        options = sure or ("snowfield", *(kept or (("village", "street") if town else ())))
    if _ashore(figures):  # who has nothing to sail in is on the land
        options = tuple(name for name in options if name != "sea")
    options = tuple(name for name in options if name not in removed) or ("meadow",)
    return choose(seed, "setting", options)


def _named(setting: str, figures: list[Named], *, grounded: bool) -> str:
    """Where those are who are at or in a place that a prompt names."""
    hall, lead = library.place(setting), figures[0].facts
    if setting == "sea" and lead.place == ("underwater",):
        return "underwater"
    enters = hall.outside and hall.sound != "works" and drives(figures[0])
    if enters and (grounded or hall.outside in lead.place):
        return hall.outside  # a bus at a station is in front of it; a plane lands on no hall
    starts = (grounded and lead.crewed) or _ashore(figures)
    return "beach" if setting == "sea" and starts else setting


def drives(named: Named) -> bool:
    """Whether one is a vehicle that goes on land or flies."""
    flies = named.home == "air"
    return named.facts.crewed and (flies or "drive" in named.actions)


def seen_of(place: str, relation: str) -> str:
    """The place in which those are who stand in a relation to one."""
    facts = library.place(place)
    if relation in _OUT and facts.floor:
        return facts.outside or "street"
    return (relation in _UPON and facts.ground) or place


def _habitats(figures: list[Named], *, weather: bool) -> tuple[str, ...]:
    """Where those of a cast usually are, or where what is done can be done.

    A car, a crane, and in rain and snow a bench, say that all are outdoors. The one that is least
    often anywhere else names the places, and the others choose among them.
    """
    options: tuple[str, ...] = ()
    outdoors = any(named.facts.scenery for named in figures)
    near = {one.to for one in figures if one.relation in _NEAR}
    outdoors |= any(
        (one.facts.crewed and (weather or one.home != "air"))
        or (_is_out(one) and (weather or one.actor in near or extent(one.actor) > _LARGE))
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
        outside = tuple(name for name in places if not _is_indoors((name,))) if outdoors else ()
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


def _ashore(figures: list[Named]) -> bool:
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


def _is_out(named: Named) -> bool:
    """Whether one is a thing that stands out of doors only, and in nobody's hand."""
    return named.is_thing and not (
        named.is_held or any(_is_indoors((name,)) for name in named.facts.place)
    )


def _claim(named: Named, *, outdoors: bool) -> float:
    """How sure the place of one is, from 0, which is the surest.

    Water comes before furniture, that before the living, and these before buildings and tools.
    """
    facts, indoors = named.facts, _is_indoors(named.facts.place)
    if facts.scenery or (indoors and outdoors):
        return 7
    if named.is_thing:
        if named.is_held or named.lent or ("grip" in facts.means and not named.relation):
            return 4 if indoors else 6
        wet = bool(facts.place) and DEFAULTS.wet.issuperset(facts.place)
        return 0 if wet else 1 if indoors else 2 if len(facts.place) == 1 else 3
    if named.home == "water":
        return 1 if facts.crewed or named.relation else 0
    flies = named.home == "air"  # over any place
    own = len(facts.place) == 1 and not named.actor.startswith(PREFIX)  # where people work
    return (6 if flies else 2) if own else 6.5 if flies else 4.5 if facts.crewed else 5


def _is_indoors(places: Sequence[str]) -> bool:
    """Whether all of these places have walls."""
    return bool(places) and all(library.place(name).floor for name in places)


def _breathes(named: Named) -> bool:
    """Whether one lives in the air, and does not swim or dive now."""
    facts, thing = named.facts, named.is_thing
    ground = named.home != "water" and not (thing or facts.crewed or facts.scenery)
    return ground and named.action != "swim" and "underwater" not in facts.place
