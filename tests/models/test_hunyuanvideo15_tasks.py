"""HunyuanVideo 1.5: every task it offers, from weights on disk to exact frames and sound."""

import numpy as np
import pytest
import torch
import vsmodels
from vsmodels import SIZE, film_of, shot

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.families import hunyuanvideo15
from vitascope.engines.diffusers.request import Request
from vitascope.engines.diffusers.wanvae import to_tensor
from vitascope.shot import Size

CARD = "hunyuanvideo-1.5"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A film of one second that moves and sounds."""
    return vsmodels.moving_film(tmp_path_factory.mktemp("source") / "film.mp4")


@pytest.fixture
def wish(source):
    """What a shot of each task is asked with."""
    return {
        "create": {},
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


def test_a_seed_says_what_is_drawn(warm):
    one = film_of(warm(CARD), shot(seed=11))
    again = film_of(warm(CARD), shot(seed=11))
    other = film_of(warm(CARD), shot(seed=12))

    assert np.array_equal(one.frames, again.frames)
    assert np.array_equal(one.sound, again.sound)
    assert not np.array_equal(one.frames, other.frames)


def test_prompt_negative_prompt_and_guidance_are_heeded(warm):
    plain = film_of(warm(CARD), shot(frames=2))
    wishes = {"prompt": 'A "sign".'}, {"negative_prompt": "herons"}, {"guidance_scale": 9.0}

    for wish in wishes:
        assert not np.array_equal(plain.frames, film_of(warm(CARD), shot(frames=2, **wish)).frames)


@pytest.mark.parametrize("guidance", [6.0, 1.0])
def test_progress_rises_by_steps_though_the_pipeline_calls_nobody_back(warm, guidance):
    wanted = shot(frames=2, num_inference_steps=4, guidance_scale=guidance)

    film = film_of(warm(CARD), wanted)

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
    rig = warm(CARD)._studio.rig
    vae = rig.pipelines.base.vae

    latents = _latents(rig, asked, monkeypatch)

    with torch.no_grad():
        known = vae.encode(to_tensor(asked.known)).latent_dist.mode() * vae.config.scaling_factor
    assert latents.shape[2] == 6
    assert torch.allclose(latents[:, :, :4], known, atol=1e-4)


def _latents(rig, asked, monkeypatch):
    """What the pipeline gave for a request, before it is decoded."""
    seen = []

    def keep(_pipe, latents, _progress):
        seen.append(latents)
        return iter(())

    monkeypatch.setattr(hunyuanvideo15, "decoded", keep)
    hunyuanvideo15.draw(asked, rig)
    return seen[0]


def test_an_extension_depends_on_the_films_last_frames(warm, wish, tmp_path):
    slow = vsmodels.moving_film(tmp_path / "slow.mp4", frames=96)

    one = film_of(warm(CARD), shot(**wish["extend"]))
    other = film_of(warm(CARD), shot(task="extend", source=slow))

    assert not np.array_equal(one.frames, other.frames)


def test_a_long_film_is_chained(warm):
    engine = warm(CARD, steps=1, render_scale=0.1)
    wanted = shot(frames=card_named(CARD).max_frames + 3)

    film = film_of(engine, wanted)

    assert len(film.frames) == wanted.frame_count
    assert "2 parts" in film.notes[0]


@pytest.mark.parametrize("plan", ["fp8", "group"])
def test_tighter_memory_plans_draw_as_well(warm, plan):
    film = film_of(warm(CARD, memory=plan), shot(frames=2))

    assert film.frames.shape[0] == 2
    assert f"'{plan}'" in film.notes[0]
