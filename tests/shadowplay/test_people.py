"""People: told apart by their outlines, dressed as the prompt says, with hands that hold."""

import itertools
import math

import cv2
import numpy as np
import pytest
from staged import stage
from sweeps import for_all

from shadowplay.acting.stage import Troupe
from shadowplay.art import library
from shadowplay.art.actors import Guise
from shadowplay.art.cast import ACTORS, CAST
from shadowplay.art.treads import build_of, settled
from shadowplay.colour import luma
from shadowplay.deeds import VERBS
from shadowplay.performance import Performance
from shadowplay.scene import Rgb
from shadowplay.shot import Size
from shadowplay.words.lexicon import SAID_OF
from shadowplay.words.reading import read

PEOPLE = sorted(name for name in ACTORS if library.facts(name).person)
NEAR, FAR = -1, 0
"""Which of the shapes is the near arm, drawn last, and which the far one, drawn first."""


def mask(name, action="walk"):
    """What of a square its outlines cover; a unit is a hundred pixels."""
    return seen(name, action).any(axis=2)


def seen(name, action="walk"):
    """A square with its outlines in their first colours; a unit is a hundred pixels."""
    drawn = np.zeros((160, 200, 3), np.uint8)
    for shape in ACTORS[name].pose(action, 0.2):
        points = np.stack([100 + shape.points[:, 0] * 100, 140 - shape.points[:, 1] * 100], 1)
        own = shape.coat.colours[0] if shape.coat and shape.coat.colours else Rgb(30, 30, 30)
        cv2.fillPoly(drawn, [np.round(points).astype(np.int32)], shape.paint or own)
    return drawn


def test_people_are_told_apart_by_their_outlines_or_their_clothes():
    groups = {"person", "child", "family"}  # of several kinds, one of which they look like
    walkers = [name for name in PEOPLE if "walk" in ACTORS[name].actions]
    pictures = {name: seen(name) for name in walkers if name not in groups}
    bodies = {name: picture.max(axis=2) for name, picture in pictures.items()}
    for one, other in itertools.combinations(pictures, 2):
        covered = cv2.countNonZero(bodies[one] | bodies[other])
        difference = cv2.absdiff(pictures[one], pictures[other])
        alike = cv2.countNonZero(cv2.inRange(difference, (0, 0, 0), (40, 40, 40)))
        assert bodies[one].size - alike > 0.03 * covered, (one, other)


def test_those_of_a_group_look_different():
    kinds = [ACTORS["person"].pose("walk", 0.0, variant) for variant in range(4)]
    assert len({tuple(len(shape.points) for shape in kind) for kind in kinds}) == 4


@pytest.mark.parametrize("name", ["man", "woman", "boy", "knight", "robot"])
def test_who_lies_is_longer_than_high_and_who_kneels_is_low(name):
    lying = np.argwhere(mask(name, "lie"))
    high, wide = np.ptp(lying, axis=0)
    assert wide > 1.5 * high
    assert np.ptp(np.argwhere(mask(name, "kneel"))[:, 0]) < 0.9 * np.ptp(
        np.argwhere(mask(name, "stand"))[:, 0]
    )


def test_who_lies_is_no_larger_than_who_sits():
    lying, sitting = (
        Performance(stage(f"a pirate {does} on the beach", 3, Size(320, 180)), CAST)
        for does in ("sleeps", "sits")
    )
    sizes = [film.blocking.figures[0].scale for film in (lying, sitting)]
    assert sizes[0] < 1.1 * sizes[1]


@pytest.mark.parametrize(
    ("prompt", "actor", "colour"),
    [
        ("a woman in a red dress walks", "woman", "#c8281e"),
        ("a woman wearing a blue gown", "woman", "#2f62c0"),
        ("a man with a yellow jacket", "man", "#f2c230"),
        ("a man in a green uniform", "man", "#3f8f4a"),
    ],
)
def test_clothes_have_the_colour_of_the_prompt(prompt, actor, colour):
    assert [(role.actor, role.colour) for role in read(prompt).roles] == [(actor, colour)]
    assert any(shape.tint for shape in ACTORS[actor].pose("stand", 0.0))


@pytest.mark.parametrize(
    ("prompt", "actor", "wears"),
    [
        ("a boy wearing a crown runs", "boy", ("crown", None)),
        ("a woman in a red hat", "woman", ("hat", Rgb(200, 40, 30))),
        ("two robots with green hats dance", "robot", ("hat", Rgb(63, 143, 74))),
        ("three people with a red hat", "person", ("hat", Rgb(200, 40, 30))),
    ],
)
def test_hats_are_worn_on_heads(prompt, actor, wears):
    scene = stage(prompt, 3, Size(320, 180))
    assert [(role.actor, role.wears) for role in scene.cast] == [(actor, wears)]
    for figure in Performance(scene, CAST).blocking.figures:
        action, variant = figure.role.action, figure.variant
        shapes = figure.actor.pose(action, 0.3, variant)
        hats = [shape for shape in shapes if shape.paint == (wears[1] or Rgb(216, 168, 56))]
        assert hats
        assert min(hat.points[:, 1].min() for hat in hats) > 0.65
        assert max(hat.points[:, 1].max() for hat in hats) > 0.85


@for_all("prompt", [
    "a nurse cycles to work", "a maid rides a bicycle", "a nurse rides a scooter",
    "newlyweds drive a convertible", "an old couple on a motorcycle", "a couple rides a tandem",
    "a gondolier rows a boat", "a gondolier steers a red boat",
])  # fmt: skip
def test_all_who_ride_or_drive_can_be_drawn(prompt):
    figure = Performance(stage(prompt, 3, Size(320, 180)), CAST).blocking.figures[0]
    assert figure.actor.pose(figure.role.action, 0.3, figure.variant)


def test_a_hat_that_is_held_is_in_the_hand():
    assert {role.actor: role.relation for role in read("a man holding a hat").roles} == {
        "man": "",
        "hat": "with",
    }


@pytest.mark.parametrize(
    ("prompt", "who", "what", "arm"),
    [
        ("a woman reads a book", "woman", "book", NEAR),
        ("a man plays the guitar", "man", "guitar", FAR),
        ("a girl walks with a red umbrella", "girl", "umbrella", NEAR),
        ("a boy carries a bucket", "boy", "bucket", NEAR),
        ("a woman plays the violin", "woman", "violin", FAR),
        ("a man plays the trumpet on a bench", "man", "trumpet", NEAR),
    ],
)
def test_hands_are_where_they_hold_things(prompt, who, what, arm):
    figures = Performance(stage(prompt, 3, Size(320, 180)), CAST).blocking.figures
    holder = next(f for f in figures if f.role.actor == who)
    thing = next(f for f in figures if f.role.actor == what)
    grip = next(place for place in thing.actor.places.values() if place.means == "grip").start
    across = (thing.x + thing.facing * grip[0] * thing.scale - holder.x) * holder.facing
    up = thing.lift + grip[1] * thing.scale - holder.lift
    at = np.asarray([across, up]) / holder.scale
    drawn = holder.actor.pose(holder.role.action, 0.0)[arm].points
    assert np.sqrt(((drawn - at) ** 2).sum(1)).min() < 0.06


def test_a_violin_is_held_across_and_stands_upright_alone():
    violin = CAST["violin"]
    assert violin.size[0] < violin.size[1]
    wide, high = violin.in_hand.size
    assert wide > 1.3 * high
    figures = Performance(stage("a woman plays the violin", 3, Size(320, 180)), CAST).blocking
    held = next(f for f in figures.figures if f.role.actor == "violin")
    assert held.actor.size == violin.in_hand.size
    assert held.box.width > held.box.height


def test_witches_fly_on_brooms_and_men_kneel_before_queens():
    assert [role.actor for role in read("a witch rides a broom at night").roles] == ["broom_rider"]
    assert ACTORS["broom_rider"].home_for("fly") == "air"
    scene = stage("a man kneels before a queen", 1, Size(320, 180))
    assert [(deed.verb, deed.who, deed.what) for deed in scene.deeds] == [
        ("kneel_before", "man", "queen")
    ]
    man = next(f for f in Performance(scene, CAST).blocking.figures if f.role.actor == "man")
    assert man.doing(3.5) == "kneel"


def test_whoever_is_at_an_instrument_moves_its_hands():
    figures = Performance(stage("a woman plays the piano", 3, Size(320, 180)), CAST).blocking
    woman = next(f for f in figures.figures if f.role.actor == "woman")
    assert woman.role.action == "perch"
    arms = [woman.actor.pose("perch", t)[-1].points for t in (0.0, 0.1, 0.2)]
    still = [ACTORS["woman"].pose("perch", t)[-1].points for t in (0.0, 0.1, 0.2)]
    assert max(np.abs(arms[0] - arm).max() for arm in arms[1:]) > 0.01
    assert max(np.abs(still[0] - arm).max() for arm in still[1:]) < 0.01


def face(name, expression, part):
    """The corners of a part of somebody's face, y up."""
    figure = ACTORS[name].guised(Guise(expression=expression))
    found = [piece for piece in figure._rig.pieces if piece.part.label == part]
    corners = figure._rig.bent(figure._pose("stand", 0.0, build_of(0)))
    return np.concatenate([corners[piece.points] for piece in found])


@pytest.mark.parametrize("name", ["woman", "boy", "king"])
def test_eyes_are_shut_in_sleep_and_the_mouth_of_the_sad_is_turned_down(name):
    assert np.ptp(face(name, "", "eye")[:, 1]) > 1
    assert np.ptp(face(name, "asleep", "eye")[:, 1]) < 0.4
    for expression, way in (("", 1), ("happy", 1), ("sad", -1), ("angry", -1)):
        x, y = face(name, expression, "mouth").T
        ends = y[np.argmin(x)] + y[np.argmax(x)]
        assert (ends - y.min() - y.max()) * way > 0, expression


@for_all(
    ("prompt", "shown"),
    [
        ("a sad boy sits in a meadow", ["sad"]),
        ("two happy women and a man", ["happy", ""]),
        ("an old man looks surprised", ["surprised"]),
        ("a girl and a boy are scared", ["scared", "scared"]),
        ("a woman waves", [""]),
        ("a grumpy old man walks through the park", ["angry"]),
        ("a bored student sits in a classroom", ["weary"]),
        ("an embarrassed girl stands in a street", ["shy"]),
        ("a confused king looks at a map", ["puzzled", ""]),
        ("a disgusted woman stands in a kitchen", ["disgusted"]),
        ("a boy stands at a door nervously", ["worried", ""]),
    ],
)
def test_faces_show_what_the_words_say(prompt, shown):
    assert [role.expression for role in read(prompt).roles] == shown


def test_faces_show_what_is_done_and_what_the_words_say_without_it():
    def shown(prompt):
        figures = Performance(stage(prompt, 3, Size(320, 180)), CAST).blocking.figures
        return [figure.actor.guise.expression for figure in figures]

    assert shown("a woman sleeps in a meadow") == ["asleep"]
    assert set(shown("a man chases a woman")) == {"intent", "scared"}
    assert shown("a sad woman stands in a meadow") == ["sad"]
    assert "angry" in shown("an angry boy throws a stone into a lake")  # words before deeds
    assert shown("an angry man sleeps in a meadow") == ["asleep"]
    used = {p.expression for verb in VERBS.values() for p in verb.parties.values()}
    known = set(library.figures()["person"].said["expression"])
    assert used | set(SAID_OF["expression"].values()) <= known | {""}


def test_who_has_the_eyes_open_blinks_whatever_the_face_shows_and_a_beard_moves_with_the_mouth():
    def poses(face, name="old_man", arms=""):
        one = ACTORS[name].guised(Guise(arms, face))
        return [one._pose("stand", t / 90, build_of(0)) for t in range(90)]

    for face in ("", "sad", "angry", "happy"):
        assert min(pose["eye.h"] for pose in poses(face)) < -0.9, face
        assert max(pose["eye.h"] for pose in poses(face)) > -0.3, face
    for face in ("asleep", "crying", "laughing"):
        assert {pose["eye.h"] for pose in poses(face)} == {-1.0}, face
        assert len({pose["lash.y"] for pose in poses(face)}) == 1, face
    sad, plain = (np.mean([p["head"] for p in poses(face, arms="think")]) for face in ("sad", ""))
    assert sad < plain - 4  # also over what its arms say
    for name in ("old_man", "lumberjack", "dwarf", "man"):
        rig = ACTORS[name]._outfit(1 if name == "man" else 0).rig
        on = [piece.bone for piece in rig.pieces if piece.part.group == "hair"]
        assert {"mouth", "gape"} <= {*on}, name


def test_who_waits_or_thinks_on_a_seat_does_not_get_up():
    for prompt in ("an old woman sits on a bench and waits", "a boy sits in a park and waits"):
        role = stage(prompt, 2, Size(320, 180)).cast[0]
        assert {action for _, action, _ in role.acts} | {role.action} <= {"sit", "perch"}, prompt


def test_people_go_a_little_too_far_and_settle_and_sit_in_different_ways():
    way = [settled(k / 100) for k in range(101)]
    assert way[0] == 0 and way[-1] == pytest.approx(1.0) and 1.05 < max(way) < 1.1
    woman = ACTORS["woman"]
    sits = [woman._pose("perch", 0.0, build_of(0, look))["fore.n"] for look in range(4)]
    assert len({*sits}) == 4
    hands = [woman.anchor("grip", "perch", t / 4)[:2] for t in range(17)]
    assert np.ptp(hands, axis=0).max() > 0.01  # nobody sits quite still
    hair = woman._outfit(2).rig  # long
    ends = [hair.bent(woman._pose("run", k / 8, build_of(0, 2))) for k in range(8)]
    locks = [n for n, piece in enumerate(hair.pieces) if "sway" in piece.part.bones]
    assert locks and np.ptp([end[hair.pieces[locks[0]].points][-1] for end in ends]) > 0.5


@for_all(
    ("prompt", "worn"),
    [
        ("a woman walks through falling snow", {"overcoat", "scarf"}),
        ("a boy stands in a snowfield", {"overcoat", "scarf"}),
        ("a woman walks through the rain", set()),
        ("a woman in a red dress in the snow", set()),
        ("a knight in the snow", set()),
        ("a woman sits in a room while it snows", set()),
    ],
)
def test_who_is_out_in_the_snow_is_dressed_for_it_if_no_clothes_are_named(prompt, worn):
    scene = stage(prompt, 3, Size(320, 180))
    figures = Performance(scene, CAST).blocking.figures
    one = next(one for one in figures if library.facts(one.role.actor).person)
    role = one.role
    assert {garment for garment, _ in role.clothes} == worn
    assert bool(role.wears) == bool(worn)
    names = {part.name.partition("~")[2] for part in one.actor._drawing.parts}
    assert ("overcoat" in names) == bool(worn)


@for_all(
    ("prompt", "seed"),
    [
        ("two women talk", 1),
        ("three fishermen on a beach", 2),
        ("two men play chess", 3),
        ("four people in the rain", 4),
        ("three girls run", 5),
        ("two boxers fight", 6),
    ],
)
def test_nobody_looks_like_who_is_beside(prompt, seed):
    film = Performance(stage(prompt, seed, Size(320, 180)), CAST)
    (troupe,) = (one for one in film.elements if isinstance(one, Troupe))
    worn = []
    for k, one in enumerate(film.blocking.figures):
        if not library.facts(one.role.actor).person:
            continue
        shapes = one.actor.pose(one.role.action, 0.0, one.variant)
        named = {shape.coat.name: shape for shape in shapes if shape.coat}
        tones = {name: troupe._dyes.own(k, named[name]) for name in ("head", "hair")}
        worn.append((tones, sum(len(shape.points) for shape in shapes)))
    assert len(worn) > 1
    for (own, outline), (other, beside) in itertools.pairwise(worn):
        assert all(math.dist(own[name], other[name]) > 20 for name in own)
        assert outline != beside


@pytest.mark.parametrize("seed", range(4))
def test_hair_is_darker_than_the_skin(seed):
    film = Performance(stage("nine people stand on a beach", seed, Size(320, 180)), CAST)
    (troupe,) = (one for one in film.elements if isinstance(one, Troupe))
    worn = [one for one in troupe._dyes._picked if "hair" in one]
    assert len(worn) == 9
    assert all(luma(one["hair"]) < 0.9 * luma(one["head"]) for one in worn)


def test_those_who_stand_hold_their_arms_in_different_ways_unless_these_are_at_something():
    def hands(name, arms=""):
        figure = CAST[name].guised(Guise(arms=arms))
        found = (figure.guised(Guise(look=k)).anchor("grip", "stand", 0.0) for k in range(6))
        return {(round(x, 2), round(y, 2)) for x, y, _ in found}

    for name in ("man", "woman", "boy", "girl"):
        assert len(hands(name)) == 6
        assert len(hands(name, "strum")) <= 3  # a look may have broader shoulders
    assert len(hands("old_man")) == 1


@for_all(
    ("prompt", "wears", "clothes"),
    [
        ("a plump baker in a straw hat dances", "straw_hat", {"stout"}),
        ("a pregnant nurse walks in a park", "", {"pregnant"}),
        ("two boys with beanies run", "wool_hat", set()),
        ("a frost giant walks", "", {"ice"}),
        ("a cardboard knight fights", "", {"paper"}),
        ("an elderly farmer with a flat cap waves", "flat_cap", {"old"}),
        ("a strong dog runs", "", set()),
        ("a snow queen dances", "", {"ice"}),
    ],
)
def test_words_say_what_bodies_are_like_and_which_hats_they_wear(prompt, wears, clothes):
    lead = read(prompt).roles[0]
    assert (lead.wears or ("",))[0] == wears
    assert set(lead.clothes) == clothes


def clad(name, *words):
    """A figure of whom these words are said."""
    return ACTORS[name].guised(Guise(clad=frozenset(words)))


def test_who_is_of_stone_has_its_colours_all_over_and_keeps_its_eyes():
    for name in ("ogre", "queen", "knight"):
        shapes = clad(name, "stone").pose("stand", 0.0)
        coats = [c for s in shapes if s.coat and s.paint is None for c in s.coat.colours]
        grey = [max(code) - min(code) < 30 for code in coats]
        assert sum(grey) > 0.8 * len(grey) > 10, name
    assert any(
        shape.paint and min(shape.paint) > 235 for shape in clad("ogre", "ice").pose("stand", 0)
    )


def test_bodies_are_as_broad_as_the_words_say_and_the_young_have_no_beards():
    broad = {word: mask_of(clad("man", word)).sum() for word in ("stout", "thin", "strong")}
    assert broad["stout"] > 1.2 * broad["thin"]
    assert broad["strong"] > 1.1 * broad["thin"]
    young = len(clad("wizard", "young").pose("stand", 0.0))
    assert young < len(ACTORS["wizard"].pose("stand", 0.0))


def mask_of(actor):
    """What of a square an actor covers that stands; a unit is a hundred pixels."""
    drawn = np.zeros((160, 200), np.uint8)
    for shape in actor.pose("stand", 0.0):
        points = np.stack([100 + shape.points[:, 0] * 100, 140 - shape.points[:, 1] * 100], 1)
        cv2.fillPoly(drawn, [np.round(points).astype(np.int32)], 255)
    return drawn > 0


def test_children_of_a_family_are_smaller_and_a_couple_wears_two_coats():
    tall = [
        max(s.points[:, 1].max() for s in ACTORS["family"].pose("stand", 0, k)) for k in range(4)
    ]
    assert max(tall[2:]) < 0.8 * min(tall[:2])
    names = {s.coat.name for s in ACTORS["couple"].pose("stand", 0.0) if s.coat}
    assert {"tint", "tint+", "head", "head+"} <= names


def test_fingers_are_about_what_is_in_the_hand_and_one_points():
    sweeps, points, lifts = (
        ACTORS["woman"].guised(Guise(arms=arms)) for arms in ("sweep", "point", "balance")
    )
    drawn = [len(one.draw("stand", 0.0, build_of(0))) for one in (points, sweeps)]
    assert drawn[0] == drawn[1] + 1
    poses = [one._pose("stand", 0.0, build_of(0)) for one in (points, sweeps, lifts)]
    assert [pose["fingers.n.h"] < -0.3 for pose in poses] == [True, True, False]
    assert poses[2]["fingers.n.w"] > 0.2 > poses[1]["fingers.n.w"]


def test_umbrellas_of_a_crowd_have_different_colours():
    film = Performance(stage("a crowd with umbrellas in the rain", 1, Size(320, 180)), CAST)
    troupe = next(one for one in film.elements if isinstance(one, Troupe))
    lights = zip(troupe._figures, troupe._dyes.lights, strict=True)
    assert len({light.tint for figure, light in lights if figure.role.actor == "umbrella"}) > 4


def test_an_animals_hat_is_on_its_head_and_not_of_its_fur():
    for name, hat in (("dog", "wool_hat"), ("cat", "top_hat")):
        worn = ACTORS[name].guised(Guise(hat=(hat, None))).pose("stand", 0.0)
        plain = ACTORS[name].pose("stand", 0.0)
        added = [shape for shape in worn[-12:] if shape.paint == Rgb(148, 60, 66)]
        assert added, name
        top = max(shape.points[:, 1].max() for shape in plain)
        assert min(shape.points[:, 1].min() for shape in added) < top + 0.01, name
