"""All figures keep the promises of `actors.py`: outlines, rhythm, feet that do not skate."""

import functools
import itertools

import numpy as np
import pytest
from footholds import feet
from sweeps import for_all, sampled

from shadowplay.art import library
from shadowplay.art.actors import Guise, Shape
from shadowplay.art.boned import BonedFigure
from shadowplay.art.cast import ACTORS

FRAME = 1 / 24


def tried(actor: BonedFigure) -> list[str]:
    """Its actions; of those who only wear something else than another, the first and two more."""
    said = library.figures()[actor.name].said
    dressed = said.get("like") and len(said.get("art", [])) > 1 and said.get("person")
    shown = {actor.actions[0], "stand", "perch"} if dressed else {*actor.actions}
    return [action for action in actor.actions if action in shown]


CASES = [(actor, action) for actor in ACTORS.values() for action in tried(actor)]


@functools.cache
def walkers() -> list[tuple[BonedFigure, str]]:
    """The cases with feet; to find them out takes a second."""
    return [(actor, action) for actor, action in CASES if feet(actor, action, 0.0)]


def vertices(actor: BonedFigure, action: str, t: float, variant: int = 0) -> np.ndarray:
    return np.concatenate([shape.points for shape in actor.pose(action, t, variant)])


def test_the_cast_is_complete() -> None:
    assert len(ACTORS) >= 95
    assert set(ACTORS) == set(library.figures())
    assert all(name == actor.name for name, actor in ACTORS.items())


@pytest.mark.parametrize("part", sampled(range(6), every=6))
def test_outlines_are_closed_finite_and_of_actor_size(part: int) -> None:
    for (actor, action), t in itertools.product(CASES[part::6], (0.0, 0.37, 1.3)):
        shapes = actor.pose(action, t)
        facts = library.facts(actor.name)
        most = 400 if facts.scenery or facts.deck else 130 * max(1, len(facts.of))
        assert len(shapes) <= most
        for shape in shapes:
            assert shape.points.dtype == np.float32
            assert shape.points.ndim == 2
            assert shape.points.shape[1] == 2
            assert 3 <= len(shape.points) <= 512
            assert -1 <= shape.tone <= 1
            assert 0 <= shape.light <= 1
        points = np.concatenate([shape.points for shape in shapes])
        assert np.isfinite(points).all()
        low, high = points.min(0), points.max(0)
        assert high[1] - low[1] > 0.15
        assert (np.abs([low, high]) < LONG.get(actor.name, 2.0)).all()


def test_a_bicycle_that_stands_has_no_rider() -> None:
    assert vertices(ACTORS["bicycle"], "stand", 0.0)[:, 1].max() < 0.65
    for name in ("bicycle", "scooter", "motorcycle"):  # nor has one that is pushed
        pushed = ACTORS[name].guised(Guise(crew=0))
        assert vertices(pushed, "drive", 0.0)[:, 1].max() < 0.8, name


def test_each_of_two_riders_has_a_head_of_its_own():
    both = ACTORS["bicycle"].guised(Guise(rider="woman boy"))
    for k, name in enumerate(("woman", "boy")):
        one = ACTORS["bicycle"].guised(Guise(rider=name))
        assert len(both.pose("drive", 0.0, k)) == len(one.pose("drive", 0.0, k)), name


def test_a_group_of_several_kinds_has_one_at_the_wheel():
    groups = [card for card in library.figures().values() if card.said.get("kinds")]
    assert len(groups) > 2
    for card in groups:
        for vehicle in ("bicycle", "camper_van"):
            driven = ACTORS[vehicle].guised(Guise(rider=card.name, crew=3))
            assert len(driven.pose("drive", 0.0)) > 3, card.name


LONG = {
    **dict.fromkeys(("crocodile", "baby_crocodile"), 4.5),
    "cable_car": 6.0,
    "chinese_dragon": 3.0,
    "frog": 2.3,
    "speedboat": 2.1,
}
"""Half the length of those that are much longer than high."""


@for_all(
    ("actor", "action"),
    [c for c in CASES if c[0].home == "ground" and c[1] in ("stand", "walk")],
)
def test_standing_figures_stand_on_the_ground_and_are_one_unit_high(
    actor: BonedFigure, action: str
) -> None:
    dark = [s.points for s in actor.pose(action, 0.4) if s.tone < 0.5]
    points = np.concatenate(dark)
    assert points[:, 1].min() == pytest.approx(0.0, abs=0.03)
    # These are drawn to the height of their riders.
    ridden = actor.name in {"bicycle", "motorcycle", "scooter"}
    # A large head with antennae on it, a plume, a club, a pointed cap.
    most = {"alien": 1.45, "jousting_knight": 1.3, "ogre": 1.35, "dwarf": 1.3}.get(actor.name, 1.25)
    assert (0.5 if ridden else 0.8) < points[:, 1].max() < most


@pytest.mark.parametrize("part", sampled(range(3), every=3))
def test_poses_repeat_and_are_the_same_for_the_same_arguments(part: int) -> None:
    for (actor, action), variant in itertools.product(CASES[part::3], (0, 3)):
        pose = vertices(actor, action, 0.7, variant)
        again = vertices(actor, action, 0.7, variant)
        later = vertices(actor, action, 0.7 + actor.cycle(action), variant)
        assert (pose == again).all(), (actor.name, action)
        assert np.abs(pose - later).max() < 1e-3, (actor.name, action)


def leap(before: Shape, after: Shape) -> float:
    """How far a vertex goes; smoke and sparks do not count, they are born and die."""
    size = min(np.ptp(before.points, axis=0).max(), np.ptp(after.points, axis=0).max())
    if before.tone >= 0.5 or size < 0.05:
        return 0.0
    return float(np.linalg.norm(after.points - before.points, axis=1).max())


@pytest.mark.parametrize("part", sampled(range(15), every=15))
def test_nothing_jumps_from_frame_to_frame(part: int) -> None:
    for actor, action in CASES[part::15]:
        steps = min(round(actor.cycle(action) * 24) + 2, 80)
        frames = [actor.pose(action, i * FRAME) for i in range(steps)]
        for before, after in itertools.pairwise(frames):
            moves = [leap(a, b) for a, b in zip(before, after, strict=True)]
            small = actor.home == "ground" and actor.height < 0.6
            most = 0.6 if small or flaps(actor, action) else 0.5 if rolls(actor) else 0.3
            most *= 1.3 if library.facts(actor.name).parents else 1.0  # the young are quick
            assert max(moves) < LIVELY.get(actor.name, most), (actor.name, action)


def rolls(actor: BonedFigure) -> bool:
    """Whether it has wheels: after a cycle each spoke may have taken another's place."""
    return "roll" in library.figures()[actor.name].said


def flaps(actor: BonedFigure, action: str) -> bool:
    """Whether it beats wings: those of small flyers are faster than a film can follow."""
    said = library.figures()[actor.name].said
    return "flap" in said.get("action", {}).get(action, {})


LIVELY = {
    "helicopter": 1.3, "monster_truck": 0.6, "anteater": 0.31, "capybara": 0.36, "koala": 0.33,
    "toddler": 0.34,
}  # fmt: skip
"""Rotors are faster than a film can follow, and large heads and ears go farther."""


@for_all(
    ("actor", "action"),
    [c for c in CASES if (c[0].name, c[1]) not in {("bicycle", "stand"), ("rocket", "stand")}],
)
def test_something_is_always_alive(actor: BonedFigure, action: str) -> None:
    poses = [actor.pose(action, t * actor.cycle(action)) for t in (0.0, 0.1, 0.3)]
    frames = [np.concatenate([shape.points for shape in pose]) for pose in poses]
    lights = [np.array([shape.light for shape in pose]) for pose in poses]
    moved = max(np.abs(frames[0] - frame).max() for frame in frames[1:])
    assert max(moved, *(np.abs(lights[0] - light).max() for light in lights[1:])) > 1e-3


@pytest.mark.parametrize(
    ("variant", "part"),
    sampled([pytest.param(v, p) for v in (0, 1, 4) for p in range(4)], every=12),
)
def test_planted_feet_do_not_skate(variant: int, part: int) -> None:
    for actor, action in walkers()[part::4]:
        times = np.arange(0, min(actor.cycle(action), 2.0), 1 / 60)
        tracks = zip(*(feet(actor, action, t, variant) for t in times), strict=True)
        for track in tracks:
            stance: list[float] = []
            for t, foot in zip(times, track, strict=True):
                if not foot.planted:
                    stance = []
                    continue
                stance.append(foot.x + actor.speed(action) * t)
                assert np.ptp(stance) < 0.02, (actor.name, action)
                assert abs(foot.y) < 0.05, (actor.name, action)


@pytest.mark.parametrize("variant", sampled([0, 2], every=2))
@for_all(("actor", "action"), lambda: [c for c in walkers() if c[1] in ("walk", "run")])
def test_beats_fall_on_touchdowns(actor: BonedFigure, action: str, variant: int) -> None:
    period, first = actor.beats(action, variant)
    assert 0 < period <= actor.cycle(action)
    assert 0 <= first < period + 1e-9
    moments = [first + i * period for i in range(round(actor.cycle(action) / period))]
    for moment in (*moments, *actor.footfalls(action, variant)):
        before = feet(actor, action, moment - 1e-4, variant)
        after = feet(actor, action, moment + 1e-4, variant)
        landed = [a.planted and not b.planted for a, b in zip(after, before, strict=True)]
        assert any(landed)


def test_uneven_footfalls_beat_once_a_stride() -> None:
    horse = ACTORS["horse"]
    assert horse.beats("run")[0] == pytest.approx(horse.cycle("run"))
    assert len(horse.footfalls("run")) == 4


def test_a_flyer_at_rest_has_its_origin_under_its_feet() -> None:
    assert ACTORS["crane"].home_for("stand") == "ground"
    assert ACTORS["crane"].home_for("fly") == "air"
    assert ACTORS["owl"].home_for("fly") == "air"
    assert ACTORS["whale"].home_for("swim") == "water"
    assert ACTORS["duck"].home_for("swim") == "water"
    assert ACTORS["duck"].home_for("walk") == "ground"


def test_silent_actions_make_no_beats() -> None:
    assert ACTORS["person"].beats("stand") == (0.0, 0.0)
    assert ACTORS["owl"].beats("fly") == (0.0, 0.0)


@for_all(("actor", "action"), CASES)
def test_members_of_a_group_differ(actor: BonedFigure, action: str) -> None:
    first, second = vertices(actor, action, 0.5, 0), vertices(actor, action, 0.5, 1)
    assert first.shape != second.shape or np.abs(first - second).max() > 0.004


@for_all(("actor", "action"), CASES)
def test_only_what_goes_has_speed(actor: BonedFigure, action: str) -> None:
    speed = actor.speed(action)
    if action in ("walk", "run", "drive"):
        assert speed > 0
    if action in ("stand", "sit", "dance", "jump"):
        assert speed == 0


def test_all_panels_of_a_balloon_brighten_alike():
    for t in np.linspace(0, 9, 24):
        panels = [shape.light for shape in ACTORS["balloon"].pose("fly", t, 0) if shape.tint]
        assert len(panels) > 8
        assert np.ptp(panels) < 1e-9


def test_the_flame_of_a_rocket_stays_on_its_axis():
    for phase in np.linspace(0, 1, 24, endpoint=False):
        shapes = ACTORS["rocket"].pose("fly", 2 * phase, 0)
        body = max(shapes[2:], key=lambda shape: float(np.ptp(shape.points[:, 1]))).points
        tip = body[body[:, 1].argmax()]
        axis = tip - body.mean(0)
        across = np.array([axis[1], -axis[0]]) / np.hypot(*axis)
        for flame in shapes[:2]:
            assert flame.light > 0
            away = (flame.points - tip) @ across
            assert abs(away.max() + away.min()) / 2 < 0.02
            assert (flame.points @ axis).max() < (body @ axis).mean()
