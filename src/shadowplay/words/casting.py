"""Casting: the roles of those whom a prompt names."""

from __future__ import annotations

from typing import cast

from shadowplay.art import library
from shadowplay.art.cast import CAST, extent
from shadowplay.colour import rgb
from shadowplay.scene import MOST, SIDES, Action, Role
from shadowplay.words import timing
from shadowplay.words.defaults import DEFAULTS
from shadowplay.words.named import Named, poses_on

_NEAR = ("beside", "behind", "before")  # relations to a vehicle of those who stay with it


def roles_of(figures: list[Named], action: str, setting: str, leftward: bool) -> tuple[Role, ...]:
    """The cast; those of whom nothing is said do as the first does."""
    roles: list[Role] = []
    staying = {one.to for one in figures if one.relation in ("around", "toward")}
    low = {one.actor for one in figures if one.action in timing.LOW}
    for one in figures:
        still = one.other.crewed or one.to in low
        parked = one.relation in _NEAR and still and not one.action
        staying |= {one.actor, one.to} if parked or one.relation in SIDES else set()
    for named in figures:
        wanted = action
        alike = named.home == figures[0].home and named.relation != "at"
        if roles and not named.action and alike:
            dry = roles[0].action == "swim" and named.is_person
            still = (dry or roles[0].action in timing.LOW) and not named.joined
            wanted = action or ("stand" if still else roles[0].action)
        homes = named.home, CAST[named.to].home if named.to else ""
        goes = named.relation == "follow" and homes == ("water", "ground")
        if goes or any((one.relation, one.to) == ("away", named.actor) for one in figures):
            wanted = wanted or timing.fitting("walk", named.actions)
        if named.actor in staying:
            wanted = action or "stand"
        left = named.side == "left" if named.side else leftward
        roles.append(_role(named, wanted, setting, left))
    return tuple(roles)


def _role(named: Named, action: str, setting: str, leftward: bool) -> Role:
    actions = named.actions
    wanted = named.action or action
    place = named.place or None
    if setting == "rooftops" and named.home == "ground" and not place:
        place = "roof"
    if wanted == "swim" and wanted not in actions and setting in DEFAULTS.wet:
        place = "sky" if setting == "underwater" else "water"
    beast = named.lives and not named.is_person
    if wanted == "fly" and wanted not in actions and beast and named.relation != "around":
        place = "sky"
    lands = beast and named.home == "air" and named.relation == "on"
    wanted = wanted or ("stand" if lands and poses_on(named.to) else "")
    layers = library.settings()[setting].said.get("layer", ())
    shore = setting in DEFAULTS.wet or any(one.get("shore") for one in layers)
    dry = "walk" in actions and not shore
    if named.home == "water" and (wanted or actions[0]) in ("swim", "glide"):
        wanted = "walk" if dry else "swim"  # ducks on a road, and swans that glide on a lake
    tone = named.colour or named.facts.colour
    wide = named.is_thing and extent(named.actor) > 1.8  # metres: all are in the frame
    return Role(
        actor=named.actor,
        count=min(MOST, named.count or 3, 5 if wide and named.count == 9 else MOST),
        action=timing.fitting(cast(Action, wanted or actions[0]), actions, place),
        colour=rgb(tone) if tone else None,
        wears=(named.wears[0], rgb(named.wears[1]) if named.wears[1] else None)
        if named.wears
        else None,
        rider=named.rider,
        crew=max(1, named.crew),
        clothes=tuple((one, rgb(code) if code else None) for one, code in named.clothes.items()),
        leftward=leftward,
        place=cast("None", place),
        relation=named.relation,
        to=named.to,
        text=named.text,
        expression=named.expression,
        size=named.size,
        lent=named.lent,
    )
