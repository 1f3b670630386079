"""HunyuanVideo 1.5: known frames in the latents, and steps that nobody calls back from."""

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
