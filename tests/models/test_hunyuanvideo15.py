"""HunyuanVideo 1.5: first and known frames, and steps that nobody calls back from."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from model_fixtures import film_of, small_job

from vitascope.engines.diffusers.families import hunyuanvideo15
from vitascope.engines.diffusers.request import Request
from vitascope.engines.diffusers.vae import to_tensor
from vitascope.spec import Size

CARD = "hunyuanvideo-1.5"


@pytest.mark.parametrize("guidance", [6.0, 1.0])
def test_progress_rises_by_steps_though_the_pipeline_calls_nobody_back(warm, guidance):
    job = small_job(frames=2, num_inference_steps=4, guidance_scale=guidance)

    film = film_of(warm(CARD), job)

    assert film.talk.of("denoise") == [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.fixture
def asked():
    """Thirteen known frames, and eight to come."""
    return Request(
        prompt="rain",
        negative_prompt=None,
        size=Size(96, 64),
        frames=21,
        seed=5,
        steps=2,
        guidance_scale=6.0,
        task="extend",
        known=np.random.default_rng(3).integers(0, 256, (13, 64, 96, 3), dtype=np.uint8),
    )


def test_known_frames_are_in_the_latents_as_they_were_given(warm, asked, monkeypatch):
    loaded = warm(CARD).loaded
    vae = loaded.pipelines.base.vae

    latents = _latents(loaded, asked, monkeypatch)

    with torch.no_grad():
        known = vae.encode(to_tensor(asked.known)).latent_dist.mode() * vae.config.scaling_factor
    assert latents.shape[2] == 6
    assert torch.allclose(latents[:, :, :4], known, atol=1e-4)


def _latents(loaded, asked, monkeypatch):
    """What the pipeline gave for a request, before it is decoded."""
    seen = []

    def keep(_pipe, latents, _progress):
        seen.append(latents)
        return iter(())

    monkeypatch.setattr(hunyuanvideo15, "decoded_whole", keep)
    hunyuanvideo15.draw(asked, loaded)
    return seen[0]


@pytest.fixture
def seen_by(monkeypatch):
    """What the denoiser gets for a request, by step."""

    def given(loaded, request):
        denoiser = loaded.pipelines.base.transformer
        calls, forward = [], denoiser.forward

        def keep(**inputs):
            calls.append(inputs)
            return forward(**inputs)

        monkeypatch.setattr(denoiser, "forward", keep)
        latents = _latents(loaded, request, monkeypatch)
        return calls, latents

    return given


def _encoded(loaded, frames):
    vae = loaded.pipelines.base.vae
    with torch.no_grad():
        return vae.encode(to_tensor(frames)).latent_dist.mode() * vae.config.scaling_factor


def test_a_first_frame_is_beside_the_latents_and_its_size_is_kept(warm, asked, seen_by):
    loaded = warm("hunyuanvideo-1.5-i2v").loaded
    begun = replace(asked, task="image", image=asked.known[:1], known=None)

    calls, latents = seen_by(loaded, begun)

    inputs = calls[0]["hidden_states"]
    assert latents.shape == (1, 4, 6, 4, 6)  # 96 x 64, which is none of the model's own sizes
    assert inputs.shape[1] == 9
    assert torch.allclose(inputs[:, 4:8, :1], _encoded(loaded, begun.image), atol=1e-4)
    assert not inputs[:, 4:, 1:].any()
    assert (inputs[:, 8, 0] == 1).all()
    assert calls[0]["image_embeds"].any()


def test_an_extension_begins_with_the_first_known_frame_and_pins_all(warm, asked, seen_by):
    loaded = warm("hunyuanvideo-1.5-i2v").loaded

    calls, latents = seen_by(loaded, asked)

    first = calls[0]["hidden_states"][:, 4:8, :1]
    assert torch.allclose(first, _encoded(loaded, asked.known[:1]), atol=1e-4)
    assert torch.allclose(latents[:, :, :4], _encoded(loaded, asked.known), atol=1e-4)


def test_a_remix_begins_with_the_films_first_frame(warm, asked, seen_by):
    loaded = warm("hunyuanvideo-1.5-i2v").loaded
    again = replace(asked, task="remix", film=asked.known, known=None)

    calls, _ = seen_by(loaded, again)

    first = calls[0]["hidden_states"][:, 4:8, :1]
    assert torch.allclose(first, _encoded(loaded, asked.known[:1]), atol=1e-4)


def test_distilled_weights_draw_without_guidance_and_know_the_next_level(warm, asked, seen_by):
    loaded = warm("hunyuanvideo-1.5-i2v-distill").loaded
    begun = replace(asked, image=asked.known[:1], known=None, steps=3, guidance_scale=1.0)

    calls, _ = seen_by(loaded, begun)

    assert len(calls) == 3
    levels = [float(call["timestep"][0]) for call in calls]
    assert [float(call["timestep_r"][0]) for call in calls] == [*levels[1:], 0.0]
