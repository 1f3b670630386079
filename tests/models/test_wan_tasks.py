"""Every task of every Wan card, from weights on disk to frames and sound of exact length."""

import numpy as np
import pytest
import vsmodels
from vsmodels import SIZE, film_of, shot

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.shot import Size

CARDS = ["wan2.2-ti2v-5b", "wan2.2-t2v-a14b", "wan2.2-i2v-a14b", "wan2.1-vace-1.3b"]
TASKS = ["create", "image", "characters", "remix", "edit", "extend"]
OFFERED = [(card, task) for card in CARDS for task in TASKS if task in card_named(card).operations]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A film of one second that moves and sounds."""
    return vsmodels.moving_film(tmp_path_factory.mktemp("source") / "film.mp4")


@pytest.fixture
def wish(source, tmp_path):
    """What a shot of each task is asked with."""
    still = vsmodels.still(tmp_path / "still.png")
    mossy = vsmodels.character(tmp_path / "mossy.png")
    return {
        "create": {},
        "image": {"reference": still},
        "characters": {"characters": (mossy,)},
        "remix": {"task": "remix", "source": source},
        "edit": {"task": "edit", "source": source, "frames": 24},
        "extend": {"task": "extend", "source": source},
    }


@pytest.mark.parametrize(("card", "task"), OFFERED)
def test_every_task_gives_frames_and_sound_of_exact_length(warm, wish, card, task):
    wanted = shot(**wish[task])

    film = film_of(warm(card), wanted)

    assert film.frames.shape == (wanted.frame_count, SIZE.height, SIZE.width, 3)
    assert film.sound.shape == (2, wanted.sample_count)
    assert np.abs(film.sound).max() > 0.01
    assert film.talk.of("denoise")[-1] == 1.0
    assert card in film.notes[0]


@pytest.mark.parametrize("card", ["wan2.2-ti2v-5b", "wan2.1-vace-1.3b"])
def test_a_seed_says_what_is_drawn(warm, card):
    one = film_of(warm(card), shot(seed=11))
    again = film_of(warm(card), shot(seed=11))
    other = film_of(warm(card), shot(seed=12))

    assert np.array_equal(one.frames, again.frames)
    assert np.array_equal(one.sound, again.sound)
    assert not np.array_equal(one.frames, other.frames)


@pytest.mark.parametrize("size", ["720x1280", "1792x1024", "1920x1080", "256x254"])
def test_frames_have_the_size_that_was_asked_for(warm, size):
    engine = warm("wan2.2-ti2v-5b", steps=1, render_scale=0.05)

    film = film_of(engine, shot(size=Size.parse(size), frames=2))

    assert film.frames.shape[2:0:-1] == Size.parse(size)


def test_steps_and_guidance_of_the_request_come_before_the_tables(warm):
    engine = warm("wan2.2-t2v-a14b")

    few = film_of(engine, shot(frames=2))
    more = film_of(engine, shot(frames=2, num_inference_steps=4))
    guided = film_of(engine, shot(frames=2, guidance_scale=9.0))

    assert len(few.talk.of("denoise")) == 1 + 2
    assert len(more.talk.of("denoise")) == 1 + 4
    assert not np.array_equal(few.frames, guided.frames)


def test_what_is_not_wanted_changes_the_film(warm):
    engine = warm("wan2.2-ti2v-5b", quality="high")

    plain = film_of(engine, shot(frames=2))
    without = film_of(engine, shot(frames=2, negative_prompt="herons"))

    assert not np.array_equal(plain.frames, without.frames)


def test_progress_rises_step_by_step_and_frame_by_frame(warm):
    film = film_of(warm("wan2.2-ti2v-5b"), shot(frames=12))

    denoised, decoded = film.talk.of("denoise"), film.talk.of("decode")

    assert denoised == [0.0, 0.5, 1.0]
    assert decoded == [0.25, 0.5, 0.75, 1.0]


def test_a_prompt_is_rewritten_for_the_model_and_the_log_says_how(tiny):
    louder = {"command": ["tr", "a-z", "A-Z"]}
    engine = Diffusers(vsmodels.settings("wan2.2-ti2v-5b", tiny("wan2.2-ti2v-5b"), expand=louder))
    capitals = shot(frames=2, prompt="A HERON IN THE MIST")

    rewritten = film_of(engine, shot(frames=2))

    assert any("A HERON IN THE MIST" in note for note in rewritten.talk.notes)
    assert np.array_equal(rewritten.frames, film_of(engine, capitals).frames)
