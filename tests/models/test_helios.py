"""Helios: chunks that follow one another, its pyramid of steps, and the noise between sizes."""

import model_fixtures
import numpy as np
import pytest
import tiny_cards
import torch
from model_fixtures import film_of, small_job

from vitascope.engines.diffusers.families.helios import CHUNK, HeliosSmoothPipeline

CARD = "helios"

# Diffusers' scheduler for Helios gives numpy tensors to count between.
pytestmark = pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")


def test_a_picture_is_the_first_frame_and_what_follows_goes_on_from_it(warm, options):
    plain = film_of(warm(CARD), small_job())
    begun = film_of(warm(CARD), small_job(**options["image"]))

    corners = begun.frames[0, [10, 10, -10, -10], [10, -10, 10, -10]].astype(int)
    message = [(200, 30, 30), (30, 180, 40), (30, 50, 210), (230, 220, 60)]
    assert np.abs(corners - message).max() < 40
    assert not np.array_equal(plain.frames[:-1], begun.frames[1:])


def test_an_extension_goes_on_from_the_films_last_chunk(warm, options, tmp_path):
    other = model_fixtures.moving_film(tmp_path / "other.mp4", frames=40)
    one = film_of(warm(CARD), small_job(**options["extend"]))
    elsewhere = film_of(warm(CARD), small_job(task="extend", source=other))
    plain = film_of(warm(CARD), small_job())

    assert not np.array_equal(one.frames, plain.frames)
    assert not np.array_equal(one.frames, elsewhere.frames)


def test_a_film_shorter_than_a_chunk_is_extended_from_its_last_picture(warm, tmp_path):
    short = model_fixtures.moving_film(tmp_path / "short.mp4", frames=CHUNK - 9)

    film = film_of(warm(CARD), small_job(task="extend", source=short))

    assert len(film.frames) == 8


@pytest.mark.parametrize("frames", [32 * 2 + 1, 32 * 3])
def test_chunks_follow_one_another_and_progress_counts_all_their_steps(warm, frames):
    film = film_of(warm(CARD, steps=3), small_job(frames=frames))

    chunks = -(-frames // CHUNK)
    denoised, decoded = film.talk.of("denoise"), film.talk.of("decode")
    assert len(film.frames) == frames
    assert len(denoised) == 1 + 3 * (chunks + 1)  # the first chunk takes twice as many
    assert denoised == sorted(set(denoised))
    assert denoised[-1] == decoded[-1] == 1.0
    assert len(decoded) == chunks


def test_steps_are_spread_over_the_pyramid(warm):
    film = film_of(warm(CARD), small_job(frames=2, num_inference_steps=5))

    assert len(film.talk.of("denoise")) == 1 + 2 * 5


def test_a_negative_prompt_that_changes_nothing_is_said(warm):
    silent = film_of(warm(CARD), small_job(frames=2, negative_prompt="herons"))
    guided = film_of(warm(CARD), small_job(frames=2, negative_prompt="herons", guidance_scale=4.0))

    assert any("negative prompt" in note for note in silent.talk.notes)
    assert not guided.talk.notes
    assert not np.array_equal(silent.frames, guided.frames)


def test_noise_between_sizes_has_the_covariance_that_the_weights_know():
    pipe = HeliosSmoothPipeline(**tiny_cards.helios().components)
    gamma = pipe.scheduler.config.gamma
    generator = torch.Generator("cpu").manual_seed(1)

    noise = pipe.sample_block_noise(1, 16, 9, 64, 64, (1, 2, 2), torch.device("cpu"), generator)

    assert noise.shape == (1, 16, 9, 64, 64)
    blocks = noise.reshape(-1, 32, 2, 32, 2).permute(0, 1, 3, 2, 4).reshape(-1, 4)
    expected = torch.eye(4) * (1 + gamma) - gamma
    assert torch.allclose(torch.cov(blocks.T), expected, atol=0.02)
