"""Cues: what the picture does that can be heard, as events on the scene's clock."""

from __future__ import annotations

import math

from shadowplay.actors.figure import Figure as Acting
from shadowplay.art import library
from shadowplay.art.prop import Prop
from shadowplay.deeds import VERBS
from shadowplay.defaults import DEFAULTS
from shadowplay.flats import View
from shadowplay.incidents import CYCLE, Incident
from shadowplay.lightning import Lightning
from shadowplay.marks import Figure
from shadowplay.performance import Performance
from shadowplay.sound import SoundEvent

_LEAD_IN = 6.0
"""Seconds before the start whose events may still ring on."""


def events(film: Performance, start: float, seconds: float) -> list[SoundEvent]:
    """What can be heard of a stretch of a film, in order of time."""
    begin, end = max(0.0, start - _LEAD_IN), start + seconds
    found: list[SoundEvent] = []
    for figure in film.blocking.figures:
        found += _rhythm(film, figure, begin, end)
        found += _calls(film, figure, begin, end)
    found += _deeds(film, begin, end)
    for element in film.elements:
        if isinstance(element, Lightning):
            found += [
                SoundEvent(at + 0.9, "thunder", 0.8, 0.0) for at in element.strikes(begin, end)
            ]
        elif isinstance(element, Incident):
            found += _incidents(element, begin, end)
    return sorted(found)


def _kind(film: Performance, figure: Figure) -> str:
    if isinstance(figure.actor, Prop):
        return figure.actor.sound
    kind = "step" if figure.actor.home == "ground" else ""
    if isinstance(figure.actor, Acting):
        kind = figure.actor.sound_of(figure.role.action) or kind
    if kind in ("step", "paw") and film.scene.setting == "snowfield":
        return "snow_step"
    if figure.role.action == "swim" and kind in ("step", "snow_step"):
        return "swash"
    if kind == "hoof" and figure.role.action == "fly":
        return "wing"
    return kind


def _rhythm(film: Performance, figure: Figure, begin: float, end: float) -> list[SoundEvent]:
    """Footfalls, wing beats and the like, at the moments the pose has them."""
    kind, period, first = _beat(film, figure)
    if period <= 0 or not kind:
        return []
    strength = min(1.0, 0.35 + 0.9 * figure.scale * figure.box.height / film.scene.size.height)
    strength /= math.sqrt(len(film.blocking.figures))
    count = math.ceil((begin - first) / period)
    found = []
    while (at := first + count * period) < end:
        pan = _pan(film, figure, at)
        if at >= begin and abs(pan) < 1.4:
            found.append(SoundEvent(at, kind, strength, max(-1.0, min(1.0, pan))))
        count += 1
    return found


def _beat(film: Performance, figure: Figure) -> tuple[str, float, float]:
    """What is heard of a figure, its period and its first moment; a period of 0 for nothing."""
    actor, action = figure.role.actor, figure.role.action
    drone = library.facts(actor).drone
    if drone is not None and action != "jump":
        kind, period = drone
        moves = action not in DEFAULTS.still
        return (kind, period, 0.37 * figure.variant % period) if moves else ("", 0.0, 0.0)
    period, first = figure.actor.beats(action, figure.variant)
    kind = _kind(film, figure)
    if action == "swim" and period <= 0:
        period = 1.5
    if kind == "hoof" and action == "run":
        # A run is heard stride by stride: its three beats are in one sound.
        kind = "gallop"
    return kind, period / figure.rate, first / figure.rate


def _pan(film: Performance, figure: Figure, at: float) -> float:
    view: View = film.camera.at(at)
    return 2 * figure.across(at, view) / film.scene.size.width - 1


def _calls(film: Performance, figure: Figure, begin: float, end: float) -> list[SoundEvent]:
    call = library.facts(figure.role.actor).call
    if call is None or figure.variant:
        return []
    kind, gap = call
    found = []
    for k in range(int(begin / gap), int(end / gap) + 1):
        at = k * gap + 0.6 + 0.35 * gap * (math.sin(k * 12.9898 + film.scene.seed % 97) * 0.5 + 0.5)
        if begin <= at < end:
            pan = max(-1.0, min(1.0, _pan(film, figure, at)))
            found.append(SoundEvent(at, kind, 0.5, pan))
    return found


def _deeds(film: Performance, begin: float, end: float) -> list[SoundEvent]:
    """What is heard of deeds, where the one to whom they happen is."""
    found = []
    for deed in film.scene.deeds:
        about = [f for f in film.blocking.figures if f.role.actor in (deed.what or deed.who,)]
        for late, kind, strength in VERBS[deed.verb].sounds:
            at = deed.start + late
            if begin <= at < end:
                pan = _pan(film, about[0], at) if about else 0.0
                found.append(SoundEvent(at, kind, strength, max(-1.0, min(1.0, pan))))
    return found


def _incidents(element: Incident, begin: float, end: float) -> list[SoundEvent]:
    heard = {"fish": "splash", "star": "sparkle", "birds": "flutter"}
    found = []
    for cycle in range(int(begin / CYCLE), int(end / CYCLE) + 1):
        name, at = element.kind(cycle)
        if name in heard and begin <= at < end:
            found.append(SoundEvent(at, heard[name], 0.3, 0.3))
    return found
