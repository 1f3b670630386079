"""The parts of the LTX family that can be looked at by themselves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from transformers.audio_utils import mel_filter_bank, spectrogram

from vitascope.engines.diffusers.families.ltx import conditions, pictures
from vitascope.engines.diffusers.families.ltx.sound import SoundCoder, resampled
from vitascope.engines.native import CharacterImage
from vitascope.spec import Size


@pytest.fixture(scope="module")
def pipe(warm):
    return warm("ltx-2.5").loaded.pipelines.base


@pytest.fixture(scope="module")
def coder(pipe):
    return SoundCoder(pipe)


def noise(seconds, seed=0):
    samples = round(seconds * 48_000)
    return np.random.default_rng(seed).normal(0, 0.1, (2, samples)).astype(np.float32)


def test_the_mel_spectrogram_is_the_one_of_training(coder):
    sound = resampled(noise(1.0), 48_000, 16_000)
    bank = mel_filter_bank(513, 64, 0.0, 8000.0, 16_000, norm="slaney", mel_scale="slaney")
    window = torch.hann_window(1024).numpy()
    expected = [
        spectrogram(
            channel,
            window,
            1024,
            160,
            1024,
            power=1.0,
            mel_filters=bank,
            log_mel="log",
            mel_floor=1e-5,
        ).T
        for channel in sound
    ]
    mel = coder._mel(torch.from_numpy(sound)).numpy()
    np.testing.assert_allclose(mel, np.stack(expected)[None], atol=1e-4)


def test_a_tone_survives_another_rate_in_place():
    ticks = np.arange(48_000) / 48_000
    tone = np.sin(2 * np.pi * 440 * ticks).astype(np.float32)[None]
    back = resampled(resampled(tone, 48_000, 16_000), 16_000, 48_000)
    assert back.shape == (2, 48_000)
    np.testing.assert_allclose(back[0, 2000:-2000], tone[0, 2000:-2000], atol=1e-3)


def test_known_latents_are_those_that_no_later_sound_can_change(coder, pipe):
    known = noise(25 / 24)
    pinned = coder.encode_known(known)

    def followed_by(seed):
        whole = coder.encode(np.concatenate((known, noise(1.0, seed)), axis=1))
        packed = pipe._pack_audio_latents(whole)
        vae = pipe.audio_vae
        return pipe._normalize_audio_latents(packed, vae.latents_mean, vae.latents_std)

    count = pinned.shape[1]
    assert count == 26  # of 27, the last of which hears what follows
    torch.testing.assert_close(followed_by(1)[:, :count], pinned)
    one, other = followed_by(1)[:, count], followed_by(2)[:, count]
    assert (one - other).abs().max() > 1e-3


def test_sound_latents_are_as_many_as_the_pipeline_draws(coder):
    assert coder.length_for(313 / 24) == 326
    for frames in (9, 25, 33):
        length = coder.length_for(frames / 24)
        assert coder.encode_to(noise(frames / 24), length).shape == (1, 1, length, 16)
    assert coder.encode_to(noise(0.5), 40).shape[2] == 40


def smooth_latents(length):
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn((1, 8, length + 4, 2, 3), generator=generator)
    return torch.nn.functional.avg_pool3d(latents, (5, 1, 1), stride=1) * 2


def test_a_long_film_is_decoded_in_windows_without_a_jump(pipe):
    latents = smooth_latents(24)
    message = []
    windowed = np.concatenate(
        list(pictures.decoded(pipe, latents, lambda done, total: message.append((done, total))))
    ).astype(int)
    with torch.inference_mode():
        whole = pictures._pictures(pipe.vae.decode(latents, return_dict=False)[0][0]).astype(int)
    assert message == [(17, 24), (24, 24)]
    assert windowed.shape == whole.shape == (185, 64, 96, 3)
    apart = np.abs(windowed - whole).mean(axis=(1, 2, 3))
    assert apart[:120].max() == 0
    assert apart.max() < 0.3 * whole.std()  # a seam, but a faint one, and faded away soon
    assert apart[-8:].max() < 0.02 * whole.std()
    # Every frame is in its own place: moved by one, the films are far more apart.
    moved = np.abs(windowed[129:-1] - whole[130:]).mean()
    assert apart[129:].mean() < 0.2 * moved


def test_frames_come_before_the_whole_film_is_decoded(pipe):
    message = []
    blocks = pictures.decoded(pipe, smooth_latents(24), lambda *part: message.append(part))
    assert next(blocks).shape == (8, 64, 96, 3)
    assert message == [(17, 24)]


@pytest.mark.parametrize("length", [1, 17, 18, 37, 61])
def test_windows_cover_a_film(length):
    spans = pictures.spans(length)
    assert spans[0][0] == 0
    assert spans[-1][1] == length
    for (_, stop), (start, _) in pairwise(spans):
        assert stop - start == pictures.SHARED


def test_half_the_size_is_a_mean_and_a_multiple_of_32():
    picture = np.zeros((1, 64, 96, 3), np.uint8)
    picture[:, :, 48:] = 200
    half = pictures.halved(picture)
    assert half.shape == (1, 32, 64, 3)  # 96 is drawn out to 128
    assert (half[:, :, :24] == 0).all()
    assert (half[:, :, 24:] == 200).all()


def test_a_reference_sheet_shows_everybody_side_by_side():
    red, green = (np.full((40, 20, 4), colour, np.uint8) for colour in _COLOURS)
    characters = (CharacterImage("Ruby", red), CharacterImage("Fern", green))
    condition = conditions.sheet(characters, Size(96, 64))
    assert len(condition.frames) == 9
    shown = np.asarray(condition.frames[0])
    assert shown.shape == (64, 96, 3)
    assert tuple(shown[32, 24]) == (200, 0, 0)
    assert tuple(shown[32, 72]) == (0, 200, 0)
    assert tuple(shown[0, 48]) == (255, 255, 255)
    assert conditions.sheet_prompt(characters, "They wave.") == (
        "Reference sheet: from left to right Ruby, Fern. Generated video: They wave."
    )


_COLOURS = ((200, 0, 0, 255), (0, 200, 0, 255))
