"""Where the feet of figures are."""

from shadowplay.art.boned import BonedFigure, Together
from shadowplay.art.treads import Build, Foothold, build_of


def feet(actor: BonedFigure, action: str, t: float, variant: int = 0) -> list[Foothold]:
    """Where the feet are at `t` seconds, in the units of `pose`; none of what has no gait."""
    build = build_of(variant)
    steps = treads(actor, action, (t / actor.cycle(action) + build.phase) % 1.0, build)
    return [step._replace(x=step.x * build.size, y=step.y * build.size) for step in steps]


def treads(actor: BonedFigure, action: str, phase: float, build: Build) -> list[Foothold]:
    """Of several, the feet of all."""
    if isinstance(actor, Together):
        steps = []
        for member, how in actor._each(action):
            (wide, high), (aside, _) = actor._placed(member, how)
            steps += [
                step._replace(x=step.x * float(wide) + float(aside), y=step.y * float(high))
                for step in treads(member, how.get("does", action), phase, build)
            ]
        return steps
    if actor._kinds:
        return treads(actor._kind(build), action, phase, build)
    return actor.tread(action, phase, build) if "order" in actor._actions[action] else []
