"""Whether hands are at what they hold, give and put somewhere."""

import math

import numpy as np
import pytest
from staged import stage

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
