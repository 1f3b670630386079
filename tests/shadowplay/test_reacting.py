"""Reacting: people wind up for deeds, and bodies and faces answer to them."""

import pytest
from staged import stage
from sweeps import for_all

from shadowplay.acting.reacting import _GESTURES, _STEPS, _STOOPING, _TONES
from shadowplay.art import library
from shadowplay.art.boned import plain
from shadowplay.art.cast import Cast
from shadowplay.art.treads import Build
from shadowplay.deeds import VERBS
from shadowplay.performance import Performance
from shadowplay.shot import Size
from shadowplay.sprites.going import performer

SIZE = Size(256, 144)


def figures_of(prompt):
    film = Performance(stage(prompt, 2, SIZE), Cast({}))
    return {figure.role.actor: figure for figure in film.blocking.figures}


def pose_of(figure, t):
    actor, action = performer(figure, t), figure.doing(t)
    return actor._pose(action, figure.clock(t) / actor.cycle(action) % 1.0, Build())


def spine(figure, t):
    pose = pose_of(figure, t)
    return pose["hips"] + pose["chest"]


def test_reactions_name_what_there_is():
    said = library.figures()["person"].said
    assert not _TONES.keys() - VERBS.keys() - said["action"].keys()
    assert said["arms"].keys() >= _GESTURES
    assert VERBS.keys() >= _STOOPING
    assert set().union(*_STEPS.values()) == {*_TONES.values(), "plain", "work"}
    assert all({"plain", "still"} <= own.keys() for own in _STEPS.values())
    of_people = [tones for part, tones in _STEPS.items() if part != "beast"]
    steps = [step for tones in of_people for own in tones.values() for step in own]
    assert set().union(*steps) == {"at", "face", "arms", "bones"}
    assert {step["face"] for step in steps if "face" in step} <= said["expression"].keys()
    assert {step["arms"] for step in steps if "arms" in step} <= said["arms"].keys()
    said = library.figures()["dog"].said
    steps = [step for own in _STEPS["beast"].values() for step in own]
    assert {step["face"] for step in steps if "face" in step} <= said["expression"].keys()
    assert {step["arms"] for step in steps if "arms" in step} <= said["arms"].keys()


@for_all(
    ("prompt", "doer"),
    [
        ("a woman pours tea", "woman"),
        ("a farmer digs a hole", "farmer"),
        ("a girl gives a boy an apple", "girl"),
        ("a man shouts at a woman", "man"),
        ("a boy opens a box", "boy"),
    ],
)
def test_the_doer_leans_back_before_a_deed_and_forward_into_it(prompt, doer):
    figure = figures_of(prompt)[doer]
    looks = [actor.guise.beat.get("chest", 0.0) for _, actor in figure.looks]
    assert max(looks) > 2
    assert min(looks) < -8
    assert looks.index(max(looks[:3])) < looks.index(min(looks))


@for_all(
    ("prompt", "who", "before", "after"),
    [
        ("a man shouts at a woman", "woman", "surprised", "scared"),
        ("a girl gives a boy an apple", "boy", "surprised", "happy"),
        ("a farmer digs a hole", "farmer", "effort", "happy"),
        ("a house burns and a girl watches", "girl", "", "scared"),
    ],
)
def test_a_face_changes_with_the_deed(prompt, who, before, after):
    faces = [actor.guise.expression for _, actor in figures_of(prompt)[who].looks]
    assert before in faces
    assert after in faces[faces.index(before) :]


@for_all(
    ("prompt", "verb", "other"),
    [
        ("a nun prays in a garden", "pray", ""),
        ("two boys look for a ball in the grass", "search", ""),
        ("a queen looks around in the forest", "look_round", ""),
        ("a sailor gazes up at the moon", "look_up", ""),
        ("a woman on a roof shouts for help", "call_out", ""),
        ("a pirate surrenders to a knight", "surrender", "knight"),
        ("a boy says sorry to a girl", "apologise", "girl"),
        ("a grandfather scolds a girl", "scold", "girl"),
    ],
)
def test_what_one_does_with_the_whole_body_is_a_deed(prompt, verb, other):
    scene = stage(prompt, 2, SIZE)
    assert [(deed.verb, deed.what) for deed in scene.deeds] == [(verb, other)]
    figure = figures_of(prompt)[scene.deeds[0].who]
    assert {actor.guise.arms for _, actor in figure.looks} == {"", VERBS[verb].parties["who"].arms}


@for_all(
    ("prompt", "other", "arms"),
    [
        ("a pirate tells a nun a story", "nun", {"think", "answer", "nod"}),
        ("a monk films a king", "king", {"pose", "wave", "cheer"}),
        ("a nun throws a stick to a wolf", "wolf", {"catch"}),
        ("a skeleton scares a nun", "nun", {"startled"}),
        ("a queen strokes a horse", "horse", {"nuzzle", "wag"}),
        ("a monk points at a bear", "bear", {"turn_head", "look", "wag"}),
    ],
)
def test_whoever_something_is_done_to_answers_with_more_than_a_face(prompt, other, arms):
    assert arms <= {actor.guise.arms for _, actor in figures_of(prompt)[other].looks}


def test_who_is_thrown_something_leaps_for_it():
    wolf = figures_of("a nun throws a ball to a wolf")["wolf"]
    assert max(wolf.state(1.0 + t / 10).up for t in range(20)) > 0.1 * wolf.pixels_high


def test_who_sees_a_fire_steps_back_with_raised_hands():
    girl = figures_of("a house burns and a girl watches")["girl"]
    assert spine(girl, 1.8) > spine(girl, 0.2) + 5
    assert "startled" in {actor.guise.arms for _, actor in girl.looks}


def test_who_sees_a_dance_claps():
    mother = figures_of("a girl dances while her mother watches")["woman"]
    assert "clap" in {actor.guise.arms for _, actor in mother.looks}


def test_who_hugs_a_child_bends_down_to_it_and_not_to_a_grown_up():
    def lowest(prompt, doer):
        figure = figures_of(prompt)[doer]
        return min(pose_of(figure, t)["y"] for t in (1.5, 2.0, 2.5))

    assert lowest("a queen hugs a boy", "queen") < -12
    assert lowest("a queen kisses a girl", "queen") < -12
    assert lowest("a boy hugs a nun", "nun") < -12
    assert lowest("a queen hugs a king", "queen") > -8


def test_a_gesture_is_made_only_when_its_moment_comes():
    man = figures_of("a man points at a star")["man"]
    assert pose_of(man, 0.1)["upper.n"] < 20 < 80 < pose_of(man, 2.0)["upper.n"]


def test_a_face_that_the_prompt_names_stays():
    figure = figures_of("a sad man opens a box")["man"]
    assert {actor.guise.expression for _, actor in figure.looks} == {"sad"}


def test_who_has_no_part_in_anything_takes_no_steps():
    assert not figures_of("a man stands in a field")["man"].looks
    assert plain("youth").guise.beat == pytest.approx({})
