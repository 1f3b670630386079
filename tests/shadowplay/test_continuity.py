"""From frame to frame: feet go as far as their figure does, and nobody jumps from pose to pose."""

import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
from staged import stage
from sweeps import sampled

from shadowplay.art.boned import BonedFigure
from shadowplay.art.cast import Cast
from shadowplay.performance import Performance
from shadowplay.shot import Size
from shadowplay.sprites.going import clock, performer
from shadowplay.sprites.marks import Figure, placed_at

SIZE = Size(320, 180)
FRAME = 1 / 24
ON_FOOT = {"walk", "run", "stand", "sit", "kneel", "lie"}

PROMPTS = (
    "a woman whispers to a man in a garden",
    "seven penguins walk over the ice",
    "four sheep walk over a meadow",
    "a woman sits down in a garden",
    "a boy gives a ball to a girl",
    "a man comes into a garden",
    "a man kisses a woman on a square",
    "a knight kneels down before a king",
    "a dog chases a cat through the park",
    "a mother and a child walk in a park",
    "a boy catches a ball",
    "two friends meet in a street",
    "a man sits on a sofa, then he gets up and sweeps the floor",
    "a girl brushes her teeth, then she mops the floor",
)

DOCS = Path(__file__).parents[2] / "docs"
GALLERY = tomllib.loads((DOCS / "gallery/prompts.toml").read_text("utf-8"))
ALL = (*PROMPTS, *(prompt for chapter in GALLERY["chapter"] for prompt in chapter["prompts"]))


def slid(film: Performance, figure: Figure, t: float) -> float:
    """How far its feet and the ground go apart in a frame, in its heights."""
    action, until = figure.doing(t), t + FRAME
    ground = next(e._ground for e in film.elements if hasattr(e, "_ground"))
    (x, _), (after, _) = (placed_at(figure, s, film.camera.at(s), ground) for s in (t, until))
    way = film.camera.at(until).x - film.camera.at(t).x
    gone = after - x + way * figure.depth
    stride = figure.actor.speed(action) * figure.scale * figure.facing
    steps = stride * (clock(figure, until, action) - clock(figure, t, action))
    return abs(gone - steps) / figure.pixels_high


def rows(figure: Figure, t: float) -> tuple[float, float]:
    """How low and how high its pose is at a time, in its units."""
    shapes = performer(figure, t).pose(figure.doing(t), figure.clock(t), figure.variant)
    points = np.concatenate([shape.points for shape in shapes])[:, 1]
    return float(points.min()), float(points.max())


@pytest.mark.parametrize("prompt", sampled(ALL, every=9))
def test_nobody_slides_over_the_ground_or_jumps_from_pose_to_pose(prompt: str) -> None:
    film = Performance(stage(prompt, 7, SIZE), Cast({}))
    alive = [
        figure
        for figure in film.blocking.figures
        if isinstance(figure.actor, BonedFigure) and figure.grounded and figure.depth >= 1
    ]
    for figure, k in itertools.product(alive, range(95)):
        t = k * FRAME
        on_foot = {figure.doing(s) for s in (t, t + FRAME)} <= ON_FOOT
        carried = figure.holder or figure.climb or figure.role.relation in ("on", "in")
        if carried or not on_foot:
            continue
        assert slid(film, figure, t) < 0.015, (figure.role.actor, t)
        (low, high), (_, after) = rows(figure, t), rows(figure, t + FRAME)
        assert figure.doing(t) == "run" or abs(after - high) < 0.12, (figure.role.actor, t)
        assert figure.doing(t) not in ("walk", "run") or low > -0.1, (figure.role.actor, t)
