"""Cosmos3-Nano: every task it offers, from weights on disk to exact frames and joint sound."""

import json

import numpy as np
import pytest
import vsmodels
from vsmodels import SIZE, film_of, shot

from vitascope.engines.diffusers.cards import card_named
from vitascope.shot import Size

CARD = "cosmos3-nano"

# Diffusers' sound tokenizer is built with torch's old weight norm.
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A film of one second that moves and sounds."""
    return vsmodels.moving_film(tmp_path_factory.mktemp("source") / "film.mp4")


@pytest.fixture
def wish(source, tmp_path):
    """What a shot of each task is asked with."""
    return {
        "create": {},
        "image": {"reference": vsmodels.still(tmp_path / "still.png")},
        "characters": {"characters": (vsmodels.character(tmp_path / "mossy.png"),)},
        "remix": {"task": "remix", "source": source},
        "extend": {"task": "extend", "source": source},
    }


@pytest.mark.parametrize("task", sorted(card_named(CARD).operations))
def test_every_task_gives_frames_and_sound_of_exact_length(warm, wish, task):
    wanted = shot(**wish[task])

    film = film_of(warm(CARD), wanted)

    assert film.frames.shape == (wanted.frame_count, SIZE.height, SIZE.width, 3)
    assert film.sound.shape == (2, wanted.sample_count)
    assert np.abs(film.sound).max() > 0.01
    assert film.talk.of("denoise")[-1] == 1.0
    assert CARD in film.notes[0]


def test_a_seed_says_what_is_drawn_and_heard(warm):
    one = film_of(warm(CARD), shot(seed=11))
    again = film_of(warm(CARD), shot(seed=11))
    other = film_of(warm(CARD), shot(seed=12))

    assert np.array_equal(one.frames, again.frames)
    assert np.array_equal(one.sound, again.sound)
    assert not np.array_equal(one.frames, other.frames)
    assert not np.array_equal(one.sound, other.sound)


@pytest.mark.parametrize("task", ["image", "characters"])
def test_a_first_frame_changes_all_that_follows(warm, wish, task):
    plain = film_of(warm(CARD), shot())
    begun = film_of(warm(CARD), shot(**wish[task]))

    assert not np.array_equal(plain.frames[-1], begun.frames[-1])
    assert not np.array_equal(plain.sound, begun.sound)


def test_an_extension_goes_on_from_the_films_last_frames(warm, wish, tmp_path):
    one = film_of(warm(CARD), shot(**wish["extend"]))
    still = vsmodels.moving_film(tmp_path / "slow.mp4", frames=96)
    other = film_of(warm(CARD), shot(task="extend", source=still))
    plain = film_of(warm(CARD), shot())

    assert not np.array_equal(one.frames, plain.frames)
    assert not np.array_equal(one.frames, other.frames)
    assert one.talk.of("decode")[-1] == 1.0
    assert len(one.talk.of("decode")) == 4  # 5 frames taken over and 8 new ones are 13


def test_what_is_not_wanted_changes_the_film(warm):
    plain = film_of(warm(CARD), shot(frames=2))
    without = film_of(warm(CARD), shot(frames=2, negative_prompt="herons"))

    assert not np.array_equal(plain.frames, without.frames)


def test_progress_rises_step_by_step_and_frame_by_frame(warm):
    film = film_of(warm(CARD), shot(frames=12, num_inference_steps=4))

    assert film.talk.of("denoise") == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert film.talk.of("decode") == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("size", ["720x1280", "1792x1024", "256x254"])
def test_frames_have_the_size_that_was_asked_for(warm, size):
    film = film_of(warm(CARD, steps=1, render_scale=0.05), shot(size=Size.parse(size), frames=2))

    assert film.frames.shape[2:0:-1] == Size.parse(size)


def test_a_long_film_is_chained_and_its_sound_is_whole(warm):
    engine = warm(CARD, steps=1, render_scale=0.25)
    wanted = shot(frames=card_named(CARD).max_frames + 3)

    film = film_of(engine, wanted)

    assert len(film.frames) == wanted.frame_count
    assert film.sound.shape == (2, wanted.sample_count)
    assert "2 parts" in film.notes[0]


def test_weights_that_ask_for_the_guardrail_are_drawn_without_it(tiny):
    index = json.loads((tiny(CARD) / "model_index.json").read_text("utf-8"))

    assert index["enable_safety_checker"] is True
    assert card_named(CARD).loading == {"enable_safety_checker": False}


@pytest.mark.parametrize("plan", ["fp8", "group"])
def test_tighter_memory_plans_draw_as_well(warm, plan):
    film = film_of(warm(CARD, memory=plan), shot(frames=2))

    assert film.frames.shape[0] == 2
    assert f"'{plan}'" in film.notes[0]
