"""Cues: what the picture does that can be heard, as events on the scene's clock."""

import math
from collections.abc import Iterator

from shadowplay.art import library
from shadowplay.art.prop import Prop
from shadowplay.deeds import VERBS
from shadowplay.performance import Performance
from shadowplay.place.incidents import Incident
from shadowplay.place.weather import Lightning
from shadowplay.scene import Action, Scene
from shadowplay.sound.synth import SoundEvent
from shadowplay.sprites.marks import Figure
from shadowplay.words.defaults import DEFAULTS

_LEAD_IN = 6.0  # seconds before the start whose events may still ring on

_USES = frozenset({"at", "on", "in", "with", "push", "pull"})
"""How one stands to a thing who uses it."""


def events(film: Performance, start: float, seconds: float) -> list[SoundEvent]:
    """What can be heard of a stretch of a film, in order of time."""
    begin, end = max(0.0, start - _LEAD_IN), start + seconds
    found: list[SoundEvent] = []
    for figure in film.blocking.figures:
        if figure.side != "front":  # the back of a prop is heard for both
            found += _rhythm(film, figure, begin, end)
            found += _calls(film, figure, begin, end)
    found += _deeds(film, begin, end)
    for one in film.elements:
        if isinstance(one, Lightning):
            found += [SoundEvent(at + 0.9, "thunder", 0.8, 0.0) for at in one.strikes(begin, end)]
        elif isinstance(one, Incident):
            found += [SoundEvent(at, kind, 0.3, 0.3) for at, kind in one.heard(begin, end)]
    return sorted(found)


def instrument(scene: Scene) -> str:
    """The instrument that somebody plays in a scene, or empty."""
    played = (library.facts(name).music for name in sorted(_used(scene)))
    return next((name for name in played if name), "")


def _used(scene: Scene) -> set[str]:
    """The things that somebody uses."""
    uses = [role for role in scene.cast if role.relation in _USES]
    return {role.to for role in uses} | {role.actor for role in uses if role.relation == "with"}


def _rhythm(film: Performance, figure: Figure, begin: float, end: float) -> Iterator[SoundEvent]:
    """Footfalls, wing beats and the like, at the moments the pose has them."""
    strength = min(1.0, 0.35 + 0.9 * figure.scale * figure.box.height / film.scene.size.height)
    strength /= math.sqrt(len(film.blocking.figures))
    for action in dict.fromkeys((figure.role.action, *(act for _, act, _ in figure.acts))):
        kind, period, first = _beat(film, figure, action)
        if period <= 0 or not kind:
            continue
        for at in _moments(first, period, begin, end):
            if figure.doing(at) == action and abs(_across(film, figure, at)) < 1.4:
                yield _event(film, figure, at, kind, strength)


def _beat(film: Performance, figure: Figure, action: Action) -> tuple[str, float, float]:
    """What is heard of an action, its period and its first moment; a period of 0 for nothing."""
    name, actor = figure.role.actor, figure.actor
    facts, nothing, first = library.facts(name), ("", 0.0), 0.37 * figure.variant
    if isinstance(actor, Prop):
        used = facts.used if name in _used(film.scene) else None
        kind, period = used or (facts.sound if isinstance(facts.sound, tuple) else nothing)
        return kind, period, first
    if facts.drone is not None and action != "jump":
        kind, period = facts.drone if action not in DEFAULTS.still else nothing
        return kind, period, first % (period or 1.0)
    period, first = actor.beats(action, figure.variant)
    kind = actor.sound_of(action) or ("step" if actor.home == "ground" else "")
    if kind in ("step", "paw") and film.scene.setting == "snowfield":
        kind = "snow_step"
    if action == "swim":
        kind, period = "swash" if kind in ("step", "snow_step") else kind, period or 1.5
    if kind == "hoof":
        # A run is heard stride by stride: its three beats are in one sound.
        kind = {"run": "gallop", "fly": "wing"}.get(action, kind)
    return kind, period / figure.rate, first / figure.rate


def _moments(first: float, period: float, begin: float, end: float) -> list[float]:
    """Those of a series that lie in a stretch; it is one moment if the period is 0."""
    if not period:
        return [first] if begin <= first < end else []
    numbers = range(max(0, int((begin - first) / period)), int((end - first) / period) + 2)
    return [at for k in numbers if begin <= (at := first + k * period) < end]


def _across(film: Performance, figure: Figure, at: float) -> float:
    """Where a figure is then: -1 is the frame's left edge, 1 its right one."""
    return 2 * figure.across(at, film.camera.at(at)) / film.scene.size.width - 1


def _event(
    film: Performance, figure: Figure | None, at: float, kind: str, strength: float
) -> SoundEvent:
    pan = _across(film, figure, at) if figure else 0.0
    return SoundEvent(at, kind, strength, max(-1.0, min(1.0, pan)))


def _calls(film: Performance, figure: Figure, begin: float, end: float) -> Iterator[SoundEvent]:
    """What one of a kind says now and then, if nothing is heard of what it does."""
    call, deeds = library.facts(figure.role.actor).call, film.scene.deeds
    busy = any(deed.who == figure.role.actor and VERBS[deed.verb].sounds for deed in deeds)
    if call is None or figure.variant or busy:
        return
    kind, gap = call
    for k in range(int(begin / gap), int(end / gap) + 1):
        at = k * gap + 0.6 + 0.35 * gap * (math.sin(k * 12.9898 + film.scene.seed % 97) * 0.5 + 0.5)
        if begin <= at < end:
            yield _event(film, figure, at, kind, 0.8)


def _deeds(film: Performance, begin: float, end: float) -> Iterator[SoundEvent]:
    """What is heard of deeds, where the one to whom they happen is."""
    for deed in film.scene.deeds:
        about = (f for f in film.blocking.figures if f.role.actor == (deed.what or deed.who))
        figure, own = next(about, None), library.facts(deed.who).call
        for late, named, strength, period in VERBS[deed.verb].sounds:
            called, _, kind = named.rpartition(":")
            kind = own[0] if called and own else kind
            for at in _moments(deed.start + late, period, begin, end):
                yield _event(film, figure, at, kind, strength)
