"""What turns: a thing is seen as it is before, and then as it is after."""

import av
import numpy as np
import pytest
from staged import stage, turn
from sweeps import for_all

import shadowplay
from shadowplay.names import words_of
from shadowplay.scene import Rgb
from shadowplay.shot import Size, Step
from shadowplay.words.staging import unfold
from shadowplay.words.turning import turned

SIZE = Size(256, 144)


@for_all(
    ("prompt", "before", "after"),
    [
        ("a van turns from white to red", "a white van", "a red van"),
        ("A green pear gradually turned yellow", "a green pear", "a yellow pear"),
        ("the tulip is fading to a soft shade of pink", "the tulip", "the soft pink tulip"),
        ("a girl's scarf changes its colour to blue", "a girl's scarf", "a girl's blue scarf"),
        ("a lily on a pond goes white", "a lily on a pond", "a white lily on a pond"),
        ("a bus rusts by a road", "a bus by a road", "a orange bus by a road"),
        ("the rusting of an iron pot", "the rusting of an pot", "the rusting of an orange pot"),
        ("frost freezes a pond", "frost freezes a pond", "frost freezes a frozen pond"),
        ("the town turns from day to night", "the day town", "the night town"),
        ("bread rises and turns brown", "bread rises and", "brown bread rises and"),
        ("a white cat sits as a red boat beside it turns green",
         "a white cat sits as a red boat beside it", "a white cat sits as a green boat beside it"),
        ("two lilies in a jug wither", "two lilies in a jug wither",
         "two brown lilies in a jug wither"),
        ("the roof of a house turns blue", "the roof of a house", "the blue roof of a house"),
        ("it turns red", "it", "red it"),
        ("foliage turns orange", "trees", "orange trees"),
    ],
)  # fmt: skip
def test_a_change_is_told_as_a_look_before_and_after(prompt, before, after):
    words = words_of(prompt)

    assert " ".join(turned(words, after=False)) == before
    assert " ".join(turned(words, after=True)) == after


@for_all(
    "prompt",
    [
        "a man walks from a white house to a red barn",
        "a boat goes to green islands",
        "a train passes a rusting bridge in freezing rain",
        "a ghost fades away",
        "a girl turns to a boy",
        "a boy grows red tulips",
        "a student goes to night school",
        "a bowl of cream",
        "turns red",
    ],
)
def test_what_turns_nothing_is_left_as_it_is(prompt):
    assert turned(words_of(prompt), after=True) == words_of(prompt)


@for_all(
    ("prompt", "verb"),
    [
        ("a kitten changes from small to big", "grow"),
        ("a balloon goes from large to small", "shrink"),
        ("a torch changes from dim to bright", "light_up"),
        ("a television goes from on to off", "go_out"),
        ("a chunk of chocolate melts", "melt"),
        ("a candle is burning", "burn_low"),
        ("a puddle evaporates on a road", "dry_up"),
        ("two tulips droop", "wilt"),
    ],
)
def test_a_change_of_size_light_or_form_is_a_deed(prompt, verb):
    assert [deed.verb for deed in stage(prompt, 3, SIZE).deeds] == [verb]


def test_only_what_is_named_turns():
    before, after = turn("a horse by a barn turns from brown to pink", 3, SIZE)

    (horse, barn), (then, still) = before.cast, after.cast
    assert horse.colour != then.colour == Rgb(238, 122, 166)
    assert barn == still
    assert (before.setting, before.palette, before.move) == (
        after.setting,
        after.palette,
        after.move,
    )


@pytest.mark.parametrize("step", [1, 2])
def test_what_was_turned_stays_so(step):
    prompts = ["a lake freezes", "a bird flies past", "a boat comes"]
    script = [
        Step("create" if at == 0 else "extend", prompt, 4.0 * at)
        for at, prompt in enumerate(prompts[: step + 1])
    ]

    scenes = unfold(script, 3, SIZE)

    assert [start for start, _ in scenes[:2]] == [0.0, 1.0]
    assert [scene.setting == "frozen_lake" for _, scene in scenes] == [False, *[True] * (step + 1)]


def test_snow_lies_on_a_meadow_that_turns_to_winter():
    before, after = turn("a meadow turns from summer to winter", 3, SIZE)

    assert not before.snowed
    assert after.snowed


@for_all(
    ("prompt", "hours"),
    [
        ("a harbour from late afternoon to night as its windows light up", ("day", "night")),
        ("a day-to-night time lapse of a harbour", ("day", "night")),
        ("a harbour as the windows light up one by one", ("dusk", "night")),
    ],
)
def test_hours_that_pass_are_seen_one_after_the_other(prompt, hours):
    scenes = turn(prompt, 3, SIZE)

    assert tuple(scene.time for scene in scenes) == hours
    assert [scene.cast for scene in scenes] == [(), ()]


def test_a_cloud_that_turns_grey_is_a_sky_that_does():
    before, after = turn("a white cloud turns grey over a meadow", 3, SIZE)

    assert (before.sky, after.sky) == ("cloudy", "overcast")


def test_the_change_is_seen_in_the_film():
    film = shadowplay.film("a white car turns black on a road", size=SIZE, seconds=3, seed=3)
    lumas = [
        frame.to_ndarray(format="gray") for frame in film.frames if isinstance(frame, av.VideoFrame)
    ]
    dark = [float(np.mean(luma[50:125, 60:200] < 60)) for luma in lumas]

    assert dark[0] == pytest.approx(dark[20], abs=0.03)
    assert dark[-1] > dark[0] + 0.1
