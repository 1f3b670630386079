"""Going: what one does at a moment, how far into it one is, and the way from pose to pose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shadowplay.art.actors import Actor, Guise
from shadowplay.art.treads import ease, settled
from shadowplay.scene import Action

if TYPE_CHECKING:
    from shadowplay.sprites.marks import Figure

_STILL = frozenset({"stand", "kneel"})
"""Actions of those who walk where deeds move them; who sits or lies may slide."""

_ALONG = frozenset({"ahead", "near", "aside", "seat", "round"})
"""Tracks that move one along the ground."""

_PASSES = 0.3  # seconds in which one passes from one pose to the next
_UPRIGHT, _LOW = 20.0, 0.05
"""How many degrees one is turned, and how high one is in its heights, who still walks."""

_MOMENT, _STRIDES = 1 / 24, 0.4
"""Seconds by which a pace is told, and the share of its usual one from which one walks."""


def acting(figure: Figure, t: float) -> list[tuple[Action, float]]:
    """What one does at a time, and first what it still does of the pose before, with their shares.

    Who is to be still walks as far as deeds move it.
    """
    if figure.leap and abs(figure.leap.age(t)) < figure.leap.half:
        return [(figure.leap.how, 1.0)]
    before, action, since = figure.role.action, figure.role.action, 0.0
    for start, other, _ in figure.acts:
        if t >= start:
            before, action, since = action if start > 0 else other, other, start
    if action in _STILL and (steps := _steps(figure, t)):
        return [(action, 1.0 - steps), ("walk", steps)]
    share = ease((t - since) / _PASSES) if before != action else 1.0
    return [(before, 1.0 - share), (action, share)] if share < 1 else [(action, 1.0)]


def _steps(figure: Figure, t: float) -> float:
    """How much one walks whom deeds move along the ground, 0 to 1."""
    usual = figure.actor.speed("walk") * figure.scale if "walk" in figure.actor.actions else 0.0
    if not (usual and _moved(figure)) or figure.holder or figure.role.relation == "on":
        return 0.0
    state = figure.state(t)
    if abs(state.turn) > _UPRIGHT or abs(state.up) > _LOW * figure.pixels_high:
        return 0.0
    way = figure.state(t + _MOMENT).right - figure.state(t - _MOMENT).right
    return ease(abs(way) / (2 * _MOMENT * _STRIDES * usual))


def _moved(figure: Figure) -> bool:
    """Whether deeds move one along the ground."""
    tracks = {name for change in figure.changes for name in change.party.tracks}
    return figure.grounded and not figure.climb and not _ALONG.isdisjoint(tracks)


def clock(figure: Figure, t: float, action: Action) -> float:
    """Where one is in the cycle of an action, in seconds: feet and wheels go as far as it does."""
    if figure.leap and action == "jump":
        leap = figure.leap
        return leap.touch - leap.flight * (1 - leap.age(t) / leap.half)
    usual = figure.actor.speed(action) * figure.scale if figure.grounded else 0.0
    goes = figure.speed or any(speed for *_, speed in figure.acts) or _moved(figure)
    if not (usual and goes) or figure.holder:
        return t
    return (figure.way(t) + figure.state(t).right) * figure.facing / usual


def performer(figure: Figure, t: float) -> Actor:
    """Somebody's actor at a time, on the way from one pose, or work of its arms, to the next."""
    poses, (other, actor, since) = acting(figure, t), figure.look(t)
    share = poses[0][1] if len(poses) > 1 else 0.0
    if actor.guise != other.guise:
        share = share or 1.0 - settled((t - since) / _PASSES)
    if share == 0 or {actor.home_for(action) for action, _ in poses} != {"ground"}:
        return actor
    before, whose = poses[0][0], other if t - since < _PASSES else actor
    return actor.guised(Guise(before=(whose, before, clock(figure, t, before), share)))
