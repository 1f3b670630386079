"""Where the feet of figures are."""

from shadowplay.art.boned import BonedFigure
from shadowplay.art.treads import Build, Foothold, build_of


def feet(actor: BonedFigure, action: str, t: float, variant: int = 0) -> list[Foothold]:
    """Where the feet are at `t` seconds, in the units of `pose`; none of what has no gait."""
    build = build_of(variant)
    steps = treads(actor, action, (t / actor.cycle(action) + build.phase) % 1.0, build)
    return [step._replace(x=step.x * build.size, y=step.y * build.size) for step in steps]


def treads(actor: BonedFigure, action: str, phase: float, build: Build) -> list[Foothold]:
    """Of several, the feet of all."""
    steps = []
    for one in actor._members(action, build):
        for step in treads(one.figure, one.action, phase, build):
            steps.append(step._replace(x=step.x * one.wide + one.aside, y=step.y * one.high))
    return steps or (actor.tread(action, phase, build) if "order" in actor._actions[action] else [])
