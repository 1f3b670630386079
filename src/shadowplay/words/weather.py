"""Weather: hour, sky, weather and palette of a scene, as the prompt says or the seed picks."""

from __future__ import annotations

from typing import TypeVar, cast

from shadowplay.art import library
from shadowplay.dice import dice
from shadowplay.picture import palette
from shadowplay.scene import Falling, Mood, Sky, TimeOfDay
from shadowplay.words.defaults import DEFAULTS

T = TypeVar("T")

_INDOORS = 0.3  # how much of the fog is in a room


def choose(seed: int, name: str, options: tuple[T, ...]) -> T:
    """What the seed picks of several options."""
    return options[int(dice(seed, name).integers(len(options)))]


def time_of(
    said: dict[str, str], hours: tuple[TimeOfDay, ...], mood: Mood, seed: int, removed: set[str]
) -> TimeOfDay:
    """The hour."""
    looks = filter(None, map(said.get, ("style", "wonder")))
    of_look = next((DEFAULTS.look_hours[one] for one in looks if one in DEFAULTS.look_hours), None)
    if named := said.get("time") or of_look:
        return cast(TimeOfDay, named)
    moods = DEFAULTS.mood_hours.get(mood) if "mood" in said else None
    options = hours or moods or DEFAULTS.any_hour
    if not hours:
        options = DEFAULTS.falling_hours.get(cast(Falling, said.get("falling")), options)
    options = tuple(name for name in options if name not in removed) or options
    return choose(seed, "time", options)


def falling_of(said: dict[str, str], setting: str) -> Falling:
    """What falls from the sky: indoors, it is seen through the windows."""
    place = library.place(setting)
    if not (place.weather or place.outside):
        return "none"
    named = said.get("falling")
    if named:
        return cast(Falling, named)
    return "rain" if said.get("sky") == "storm" and setting != "clouds" else "none"


_THICK = 0.65  # fog from which on the sky is grey


def sky_of(said: dict[str, str], falling: Falling, mood: Mood, seed: int) -> Sky:
    """The state of the sky."""
    if named := said.get("sky") or (said.get("wonder") and "clear"):
        return cast(Sky, named)
    fog = "fog" if float(said.get("fog", 0)) > _THICK else ""
    implied = (DEFAULTS.skies[one] for one in (fog, falling, mood) if one in DEFAULTS.skies)
    usual: tuple[Sky, ...] = ("clear", "clear", "cloudy", "clear")
    return next(implied, choose(seed, "sky", usual))


def wind_of(said: dict[str, str], sky: Sky, seed: int) -> float:
    """The wind, from -1 to 1."""
    strength = float(said.get("wind") or (0.7 if sky == "storm" else 0.18))
    return strength if dice(seed, "wind").random() < 0.6 else -strength


_MORNING_MIST = 0.25  # the fog that lies on open land at dawn


def fog_of(said: dict[str, str], setting: str, time: TimeOfDay, seed: int) -> float:
    """The fog, from 0 to 1."""
    place = library.place(setting)
    if "fog" in said:
        return float(said["fog"]) * (_INDOORS if place.floor else 1.0)
    if time == "dawn" and place.open_sky and place.weather:
        return _MORNING_MIST
    if setting in DEFAULTS.haze:
        return DEFAULTS.haze[setting]
    return 0.0 if dice(seed, "fog").random() < 0.8 else 0.2


def palette_of(
    said: dict[str, str], setting: str, time: TimeOfDay, sky: Sky, falling: Falling, seed: int
) -> str:
    """The name of the palette."""
    style = said.get("style")
    if style:
        return style
    for told, name in DEFAULTS.light.get(time, {}).items():
        if told in (sky, falling, setting):
            return name
    if setting in DEFAULTS.palettes and not ("accent" in said and setting in DEFAULTS.airless):
        return DEFAULTS.palettes[setting]
    return palette.pick(seed, time)
