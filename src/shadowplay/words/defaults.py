"""Defaults: what a prompt implies where it is silent, from `defaults.toml`."""

from __future__ import annotations

import msgspec

from shadowplay.scene import Action, Falling, Mood, Sky, TimeOfDay
from shadowplay.tables import load


class Wardrobe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What some wear in a weather, and in places, when the prompt says nothing of clothes."""

    who: frozenset[str]
    places: frozenset[str]
    clothes: tuple[str, ...]
    hat: str


class _Defaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    anywhere: tuple[str, ...]
    any_hour: tuple[TimeOfDay, ...]
    still: frozenset[Action]
    vague: frozenset[str]
    homes: frozenset[str]
    streets: frozenset[str]
    waters: frozenset[str]
    wet: frozenset[str]
    snowless: frozenset[str]
    airless: tuple[str, ...]
    upright: frozenset[str]
    wintry: frozenset[str]
    haze: dict[str, float]
    palettes: dict[str, str]
    light: dict[TimeOfDay, dict[str, str]]
    places: dict[str, tuple[str, ...]]
    look_hours: dict[str, TimeOfDay]
    deed_hours: dict[str, tuple[TimeOfDay, ...]]
    mood_hours: dict[Mood, tuple[TimeOfDay, ...]]
    falling_hours: dict[Falling, tuple[TimeOfDay, ...]]
    instead: dict[str, tuple[Action, ...]]
    things: dict[str, str]
    weather: dict[str, dict[str, str]]
    skies: dict[str, Sky]
    wardrobe: dict[Falling, Wardrobe]


DEFAULTS = load("words/defaults.toml", _Defaults)
