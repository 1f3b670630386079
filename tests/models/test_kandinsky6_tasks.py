"""Kandinsky 6 Lite: every task it offers, from weights on disk to exact frames and joint sound."""

import numpy as np
import pytest
import vsmodels
from vsmodels import SIZE, film_of, shot

from vitascope.engines.diffusers.cards import card_named

CARD = "kandinsky-6-lite"


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
    assert film.talk.of("denoise")[-1] == film.talk.of("decode")[-1] == 1.0
    assert CARD in film.notes[0]


def test_a_seed_says_what_is_drawn_and_heard(warm):
    one = film_of(warm(CARD), shot(seed=11))
    again = film_of(warm(CARD), shot(seed=11))
    other = film_of(warm(CARD), shot(seed=12))

    assert np.array_equal(one.frames, again.frames)
    assert np.array_equal(one.sound, again.sound)
    assert not np.array_equal(one.frames, other.frames)
    assert not np.array_equal(one.sound, other.sound)


@pytest.mark.parametrize("task", ["image", "characters", "extend"])
def test_a_first_frame_changes_all_that_follows(warm, wish, task):
    plain = film_of(warm(CARD), shot())
    begun = film_of(warm(CARD), shot(**wish[task]))

    assert not np.array_equal(plain.frames[-1], begun.frames[-1])
    assert not np.array_equal(plain.sound, begun.sound)


def test_an_extension_goes_on_from_the_films_last_frame(warm, wish, tmp_path):
    still = vsmodels.moving_film(tmp_path / "slow.mp4", frames=96)

    one = film_of(warm(CARD), shot(**wish["extend"]))
    other = film_of(warm(CARD), shot(task="extend", source=still))

    assert not np.array_equal(one.frames, other.frames)


def test_prompt_negative_prompt_and_guidance_are_heeded(warm):
    plain = film_of(warm(CARD), shot(frames=2))
    wishes = {"prompt": "A fox."}, {"negative_prompt": "herons"}, {"guidance_scale": 9.0}

    for wish in wishes:
        assert not np.array_equal(plain.frames, film_of(warm(CARD), shot(frames=2, **wish)).frames)


def test_progress_rises_step_by_step(warm):
    film = film_of(warm(CARD), shot(frames=2, num_inference_steps=4))

    assert film.talk.of("denoise") == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_long_film_is_chained_and_its_sound_is_whole(warm):
    engine = warm(CARD, steps=1, render_scale=0.25)
    wanted = shot(frames=card_named(CARD).max_frames + 3)

    film = film_of(engine, wanted)

    assert len(film.frames) == wanted.frame_count
    assert film.sound.shape == (2, wanted.sample_count)
    assert "2 parts" in film.notes[0]


@pytest.mark.parametrize("plan", ["fp8", "group"])
def test_tighter_memory_plans_draw_as_well(warm, plan):
    film = film_of(warm(CARD, memory=plan), shot(frames=2))

    assert film.frames.shape[0] == 2
    assert f"'{plan}'" in film.notes[0]
