"""Reacting: people wind up for a deed; the bodies and faces of people and animals answer to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shadowplay.acting.biting import is_beast
from shadowplay.art.actors import Actor, Guise
from shadowplay.art.boned import BonedFigure
from shadowplay.art.cast import lives
from shadowplay.deeds import VERBS, begins
from shadowplay.scene import Deed
from shadowplay.sprites.marks import Figure
from shadowplay.tables import load, phrases_of
from shadowplay.words.timing import LOW

_SAID = load("reactions.toml", dict[str, Any])
_TONES = {phrase[0]: tone for phrase, tone in phrases_of(_SAID["tone"]).items()}
_GESTURES, LASTING, _STOOPING = (
    set(_SAID[kind][key].replace(",", " ").split())
    for kind, key in (("gesture", "arms"), ("lasting", "faces"), ("stoop", "verbs"))
)
_STEPS: dict[str, dict[str, list[dict[str, Any]]]] = {
    part: _SAID[part] for part in ("doer", "other", "seen", "beast")
}

_LATER = 0.13  # seconds by which each further one of a group is later
_SMALL = 0.15  # how much less tall one is at least to whom another bends, in that one's heights


def react(deeds: Sequence[Deed], figures: Sequence[Figure]) -> None:
    """Let people take the steps of deeds in which they have a part, or see, and animals theirs."""
    roles = {figure.role.actor: figure.role.action for figure in figures}
    shown = [one for one in roles.items() if one[1] in _TONES and one[1] not in VERBS]
    deeds = [*deeds, *(Deed(action, begins(0, 1), actor) for actor, action in shown)]
    busy = {name for deed in deeds for name in (deed.who, deed.what, deed.whom)}
    for figure in figures:
        if not isinstance(figure.actor, BonedFigure) or figure.holder:
            continue
        beast = is_beast(figure)
        steps: list[tuple[float, dict[str, Any]]] = []
        looks, changed = figure.looks or [(0.0, figure.actor)], []
        bent = any(actor.guise.lean for _, actor in looks)
        for deed in deeds:
            name, verb = figure.role.actor, VERBS.get(deed.verb)
            doer = verb and verb.parties.get("who")
            usual = "work" if doer and doer.expression == "effort" else "plain"
            part = "doer" if name == deed.who else "other" if name in (deed.what, deed.whom) else ""
            if part == "other" if beast else part or name not in busy:
                own = _STEPS["beast" if beast else part or "seen"]
                known = own.get(_TONES.get(deed.verb, usual), own["plain"])
                start = deed.start + _LATER * (figure.variant % 4)
                if part and deed.verb in _STOOPING and not bent:
                    known = [_stooped(step, figure, deed, figures) for step in known]
                steps += [(start + step["at"], step) for step in known]
        first = min((one.start for one in deeds if figure.role.actor in one[2:]), default=0.0)
        for t in sorted({start for start, _ in [*looks, *steps]}):
            actor = next((one for start, one in reversed(looks) if start <= t), looks[0][1])
            if actor.guise.arms in _GESTURES and t < first - _LATER:
                actor = actor.guised(Guise(arms="free"))
            step = max((one for one in steps if one[0] <= t), key=lambda one: one[0], default=None)
            changed.append((t, _taking(figure, actor, step[1], t) if step else actor))
        figure.looks = changed if steps else figure.looks


def _taking(figure: Figure, actor: Actor, step: Mapping[str, Any], t: float) -> Actor:
    """Somebody in a step: the whole body of who stands, and the face of who goes."""
    doing, bones = figure.doing(t + _LATER), step["bones"]
    if doing not in ("stand", "hug"):
        bends = doing in LOW and doing != "lie"
        bones = {bone: bones.get(bone, 0.0) for bone in ("chest", "neck", "head") if bends}
    sits = not is_beast(figure) and doing in ("sit", "perch")
    stands = doing == "stand" or (doing == "walk" and figure.role.action == "stand")  # steps back
    free = (stands or sits) and not actor.guise.arms
    stays = figure.role.expression or actor.guise.expression in LASTING
    face = "" if stays else step.get("face", "")
    return actor.guised(
        Guise(arms=step.get("arms", "") if free else "", expression=face, beat=bones)
    )


def _stooped(
    step: dict[str, Any], figure: Figure, deed: Deed, figures: Sequence[Figure]
) -> dict[str, Any]:
    """A step of one who bends to another that is less tall."""
    names = {*deed[2:]} - {figure.role.actor, ""}
    other = next((one for one in figures if one.role.actor in names), figure)
    less = 1 - other.pixels_high / figure.pixels_high if lives(other.role.actor) else 0.0
    if less < _SMALL or step["at"] < -_LATER:
        return step
    bones, low = step["bones"], _SAID["stoop"]["bones"]
    all_bones = sorted(bones.keys() | low.keys())
    return step | {"bones": {b: bones.get(b, 0.0) + less * low.get(b, 0.0) for b in all_bones}}
