"""Whether hands are at what they hold, give and put somewhere."""

import math

import cv2
import numpy as np
import pytest
from staged import stage
from sweeps import for_all

from shadowplay.acting.giving import with_arms
from shadowplay.art.actors import Guise
from shadowplay.art.cast import Cast
from shadowplay.performance import Performance
from shadowplay.picture.flats import View
from shadowplay.shot import Size

SIZE = Size(640, 360)


def spot(figure, t, means="grip"):
    right, up = figure.offset(*figure.hand(t, means)[:2])
    return figure.x + figure.state(t).right + right, figure.lift + up


@pytest.mark.parametrize(
    ("prompt", "doer", "other"),
    [
        ("a nurse gives a lantern to a sailor on a pier", "nurse", "sailor"),
        ("a boy hands a cake to his grandmother in the garden", "boy", "old_woman"),
        ("a witch brings a pumpkin to a king in the rain", "witch", "king"),
    ],
)
def test_who_gives_reaches_to_the_hands_of_who_gets_it_and_then_lets_go(prompt, doer, other):
    figures = Performance(stage(prompt, 5, SIZE), Cast({})).blocking.figures
    who, whom = (next(f for f in figures if f.role.actor == name) for name in (doer, other))
    assert math.dist(spot(who, 2.1), spot(whom, 2.1)) < 0.3 * whom.pixels_high
    assert [who.look(t)[1].guise.arms for t in (1.9, 3.0)] == ["catch", ""]
    assert whom.look(0.2)[1].guise.arms == ""


@pytest.mark.parametrize(
    ("prompt", "doer", "thing", "taker", "count"),
    [
        ("a clown hands out balls to the boys", "clown", "ball", "boy", 3),
        ("a queen gives cookies to two monks in a garden", "queen", "cookie", "monk", 2),
    ],
)
def test_each_of_several_gets_one_after_the_other(prompt, doer, thing, taker, count):
    figures = Performance(stage(prompt, 5, SIZE), Cast({})).blocking.figures
    who = next(f for f in figures if f.role.actor == doer)
    takers = sorted((f for f in figures if f.role.actor == taker), key=lambda f: f.x * who.facing)
    things = [f for f in figures if f.role.actor == thing]
    assert (len(takers), len(things)) == (count, count)
    given = []
    for one in takers:
        gaps = {}
        for t in (1.75, 2.65, 3.55):
            for what in things:
                right, up = what.offset(*what.grip)
                at = what.across(t, View()) + right, what.lifted(t) + up
                gaps[t] = min(gaps.get(t, 1e9), math.dist(spot(one, t), at))
        given.append([t for t, gap in gaps.items() if gap < 0.15 * one.pixels_high])
    assert [times[0] for times in given] == [1.75, 2.65, 3.55][:count]
    assert who.state(3.9).right * who.facing > who.state(1.7).right * who.facing


@pytest.mark.parametrize(
    ("prompt", "doer", "thing"),
    [
        ("a chef puts a pie into a brick oven", "chef", "pie"),
        ("a girl puts a cup on a table", "girl", "cup"),
        ("a monk places a book on a shelf", "monk", "book"),
    ],
)
def test_who_puts_a_thing_somewhere_has_the_hands_at_it_until_it_is_there(prompt, doer, thing):
    figures = Performance(stage(prompt, 5, SIZE), Cast({})).blocking.figures
    who, what = (next(f for f in figures if f.role.actor == name) for name in (doer, thing))
    for t in (0.5, 1.5, 2.2, 2.3, 2.4):
        right, up = what.offset(*what.grip)
        at = what.across(t, View()) + right, what.lifted(t) + up
        assert math.dist(spot(who, t), at) < 0.2 * who.pixels_high, t


@pytest.mark.parametrize(
    ("prompt", "doer"),
    [("a farmer sweeps the yard", "farmer"), ("a woman carries a parcel in a park", "woman")],
)
def test_both_hands_are_on_what_needs_both_and_the_near_arm_is_before_it(prompt, doer):
    film = Performance(stage(prompt, 5, SIZE), Cast({}))
    thing = next(f for f in film.blocking.figures if f.holder)
    drawn = with_arms(film.blocking.figures, film.scene.deeds)
    body, arm = (k for k, one in enumerate(drawn) if one.role.actor == doer)
    assert body < drawn.index(thing) < arm
    assert drawn[arm].actor.guise.part == "arm"
    one, held = drawn[body], drawn[body].role.action
    here, there = (one.actor.guised(Guise(far=far)).pose(held, 0.3) for far in (None, (0.1, -0.1)))
    moved = [np.abs(a.points - b.points).max() for a, b in zip(here, there, strict=True)]
    assert max(moved) > 0.02


def outlines(figure, t):
    """What is seen of a thing at a time, in pixels right of the frame's edge and up."""
    lines = [line for part in figure.actor.parts for line in part.outlines]
    turn = np.radians(figure.state(t).turn)
    for x, y in ((line[:, 0], line[:, 1]) for line in lines):
        right = (x * np.cos(turn) + y * np.sin(turn)) * figure.scale * figure.facing
        up = (y * np.cos(turn) - x * np.sin(turn)) * figure.scale
        at = figure.across(t, View()) + right, figure.lifted(t) + up
        yield np.stack(at, 1).astype(np.float32)


def gap(one, thing, t):
    x, y = spot(one, t)
    at = float(x + one.way(t)), float(y)
    return -max(cv2.pointPolygonTest(line, at, True) for line in outlines(thing, t))


@for_all(
    ("prompt", "thing", "count"),
    [
        ("two nuns carry a ladder over a hill", "carried_ladder", 2),
        ("a queen and a monk carry a table", "table", 2),
        ("two boys carry a basket", "basket", 2),
        ("four knights carry a coffin", "coffin", 4),
        ("two clowns lift a bench", "bench", 2),
    ],
)
def test_who_carry_one_thing_have_its_two_ends(prompt, thing, count):
    figures = Performance(stage(prompt, 5, SIZE), Cast({})).blocking.figures
    things = [one for one in figures if one.role.actor == thing and one.side != "front"]
    people = sorted((one for one in figures if one.actor.guise.arms), key=lambda one: one.x)
    assert (len(things), len(people)) == (1, count)
    for t in (0.3, 1.7, 3.1):
        assert gap(people[0], things[0], t) < 0.08 * people[0].pixels_high
        assert gap(people[-1], things[0], t) < 0.08 * people[-1].pixels_high
        assert people[0].x < things[0].middle < people[-1].x


@for_all("prompt", ["two nuns clink glasses", "a pirate toasts a queen", "a king toasts a nun"])
def test_glasses_meet_that_are_clinked(prompt):
    figures = Performance(stage(prompt, 5, SIZE), Cast({})).blocking.figures
    one, other = (f for f in figures if f.holder)
    gaps = []
    for t in np.arange(1.0, 3.0, 0.1):
        ends = [(f.across(t, View()), f.lifted(t)) for f in (one, other)]
        gaps.append(math.dist(*ends))
    assert min(gaps) < 0.15 * one.holder.pixels_high


def test_who_lies_on_a_stretcher_goes_along_with_it():
    prompt = "two pirates carry a nun on a stretcher"
    figures = Performance(stage(prompt, 5, SIZE), Cast({})).blocking.figures
    nun, litter = (next(f for f in figures if f.role.actor == x) for x in ("nun", "litter"))
    for t in (0.2, 2.0, 3.8):
        assert nun.lifted(t) - litter.lifted(t) == pytest.approx(
            nun.lifted(0.0) - litter.lifted(0.0), abs=1
        )
        assert abs(nun.across(t, View()) - litter.across(t, View())) < litter.pixels_wide / 2


@for_all(
    ("prompt", "who", "thing"),
    [
        ("two nuns push a car", "nun", "car"),
        ("a clown pushes a big box", "clown", "carton"),
        ("three boys push a piano", "boy", "piano"),
    ],
)
def test_who_push_a_thing_have_their_hands_at_its_end_beside_one_another(prompt, who, thing):
    figures = Performance(stage(prompt, 5, SIZE), Cast({})).blocking.figures
    pushed = next(one for one in figures if one.role.actor == thing)
    people = [one for one in figures if one.role.actor == who]
    first = max(people, key=lambda one: one.x * one.facing)
    back = pushed.middle - pushed.facing * pushed.pixels_wide / 2
    assert abs(spot(first, 0.5)[0] - back) < 0.2 * first.pixels_high + 0.1 * pushed.pixels_wide
    spread = max(one.x for one in people) - min(one.x for one in people)
    assert spread < 0.6 * len(people) * first.pixels_wide


def test_who_is_filmed_at_work_keeps_its_hands_there():
    prompt = "a nun strokes a rabbit while a pirate films her"
    figures = Performance(stage(prompt, 5, SIZE), Cast({})).blocking.figures
    nun, rabbit = (next(f for f in figures if f.role.actor == name) for name in ("nun", "rabbit"))
    assert (rabbit.middle - nun.x) * nun.facing > 0
    assert abs(spot(nun, 1.5)[0] - rabbit.middle) < 0.5 * nun.pixels_high
