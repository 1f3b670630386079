"""Wan: steps, guidance and prompts of a request and of a model's table have an effect."""

import model_fixtures
import numpy as np
from model_fixtures import film_of, small_job

from vitascope.engines.diffusers.engine import Diffusers


def test_steps_and_guidance_of_the_request_come_before_the_tables(warm):
    engine = warm("wan2.2-t2v-a14b")

    few = film_of(engine, small_job(frames=2))
    more = film_of(engine, small_job(frames=2, num_inference_steps=4))
    guided = film_of(engine, small_job(frames=2, guidance_scale=9.0))

    assert len(few.talk.of("denoise")) == 1 + 2
    assert len(more.talk.of("denoise")) == 1 + 4
    assert not np.array_equal(few.frames, guided.frames)


def test_a_negative_prompt_changes_the_film(warm):
    engine = warm("wan2.2-ti2v-5b", quality="high")

    plain = film_of(engine, small_job(frames=2))
    without = film_of(engine, small_job(frames=2, negative_prompt="herons"))

    assert not np.array_equal(plain.frames, without.frames)


def test_progress_rises_step_by_step_and_frame_by_frame(warm):
    film = film_of(warm("wan2.2-ti2v-5b"), small_job(frames=12))

    denoised, decoded = film.talk.of("denoise"), film.talk.of("decode")

    assert denoised == [0.0, 0.5, 1.0]
    assert decoded == [0.25, 0.5, 0.75, 1.0]


def test_a_prompt_is_rewritten_for_the_model_and_the_log_says_how(tiny):
    louder = {"command": ["tr", "a-z", "A-Z"]}
    engine = Diffusers(
        model_fixtures.settings("wan2.2-ti2v-5b", tiny("wan2.2-ti2v-5b"), expand=louder)
    )
    capitals = small_job(frames=2, prompt="A HERON IN THE MIST")

    rewritten = film_of(engine, small_job(frames=2))

    assert any("A HERON IN THE MIST" in note for note in rewritten.talk.notes)
    assert np.array_equal(rewritten.frames, film_of(engine, capitals).frames)
