"""Cosmos3-Nano: its steps, its guidance, its guardrail, and how much of a film it takes over."""

import json

import model_fixtures
import numpy as np
import pytest
from model_fixtures import film_of, small_job

from vitascope.engines.diffusers.cards import card_named

CARD = "cosmos3-nano"

# Diffusers' sound tokenizer is built with torch's old weight norm.
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")


def test_an_extension_goes_on_from_the_films_last_frames(warm, options, tmp_path):
    one = film_of(warm(CARD), small_job(**options["extend"]))
    still = model_fixtures.moving_film(tmp_path / "slow.mp4", frames=96)
    other = film_of(warm(CARD), small_job(task="extend", source=still))
    plain = film_of(warm(CARD), small_job())

    assert not np.array_equal(one.frames, plain.frames)
    assert not np.array_equal(one.frames, other.frames)
    assert one.talk.of("decode")[-1] == 1.0
    assert len(one.talk.of("decode")) == 4  # 5 frames taken over and 8 new ones are 13


def test_a_negative_prompt_changes_the_film(warm):
    plain = film_of(warm(CARD), small_job(frames=2))
    without = film_of(warm(CARD), small_job(frames=2, negative_prompt="herons"))

    assert not np.array_equal(plain.frames, without.frames)


def test_progress_rises_step_by_step_and_frame_by_frame(warm):
    film = film_of(warm(CARD), small_job(frames=12, num_inference_steps=4))

    assert film.talk.of("denoise") == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert film.talk.of("decode") == [0.25, 0.5, 0.75, 1.0]


def test_weights_that_ask_for_the_guardrail_are_drawn_without_it(tiny):
    index = json.loads((tiny(CARD) / "model_index.json").read_text("utf-8"))

    assert index["enable_safety_checker"] is True
    assert card_named(CARD).loading == {"enable_safety_checker": False}
