"""What LTX is given to go on from is still there, number for number, in what it draws."""

from __future__ import annotations

import model_fixtures
import numpy as np
import pytest
import torch

from vitascope.engines.diffusers.engine import Diffusers
from vitascope.engines.diffusers.families import ltx
from vitascope.engines.diffusers.families.ltx.denoise import denoise
from vitascope.engines.diffusers.families.ltx.pictures import decoded, encoded
from vitascope.engines.diffusers.families.ltx.sound import SoundCoder
from vitascope.engines.diffusers.request import Request
from vitascope.spec import Size

SIZE = Size(96, 64)
KNOWN = 25


@pytest.fixture(scope="module", params=["standard", "high"])
def loaded(request, warm):
    loaded = warm("ltx-2.5", steps=None, quality=request.param).loaded
    loaded.watch(model_fixtures.Talk(), 0, 1)
    return loaded


@pytest.fixture(scope="module")
def known():
    """Twenty-five frames of a square on its way, and a tone that grows."""
    frames = np.full((KNOWN, SIZE.height, SIZE.width, 3), (40, 60, 90), np.uint8)
    for number, frame in enumerate(frames):
        frame[20:44, 2 * number : 2 * number + 24] = (220, 180, 60)
    ticks = np.arange(KNOWN * 2000) / 48_000
    tone = (0.3 * ticks * np.sin(2 * np.pi * 440 * ticks)).astype(np.float32)
    return frames, np.stack((tone, tone))


def request(**options):
    asked = {"prompt": "A square", "negative_prompt": None, "size": SIZE, "frames": 57, "seed": 3}
    asked |= {"steps": 8, "guidance_scale": 1.0, "task": "extend"}
    return Request(**{**asked, **options})


def test_known_frames_and_sound_come_back_as_they_went_in(loaded, known, monkeypatch):
    latents = []

    def listening(*arguments):
        latents.append(denoise(*arguments))
        return latents[-1]

    monkeypatch.setattr(ltx, "denoise", listening)
    frames, sound = known
    drawn = ltx.draw(request(known=frames, known_sound=sound), loaded)
    pictures = np.concatenate(list(drawn.pictures)).astype(int)
    assert pictures.shape == (57, SIZE.height, SIZE.width, 3)

    # The latents of what was known are untouched by the noise around them ...
    pipe = loaded.pipelines.base
    given = encoded(pipe, frames)
    torch.testing.assert_close(latents[0].pictures[:, :, : given.shape[2]], given)
    coder = SoundCoder(pipe)
    pinned = coder.encode_known(sound)
    vae = pipe.audio_vae
    held = pipe._normalize_audio_latents(
        pipe._pack_audio_latents(latents[0].sound), vae.latents_mean, vae.latents_std
    )
    torch.testing.assert_close(held[:, : pinned.shape[1]], pinned)
    assert (held[:, pinned.shape[1]] - pinned[:, -1]).abs().max() > 0.1  # what follows is drawn

    # ... so that the seam is where the given film's own frames and sound would end.
    through = np.concatenate(list(decoded(pipe, given, lambda *_: None))).astype(int)
    assert np.abs(pictures[:KNOWN] - through).mean() < 0.5
    assert np.abs(pictures[KNOWN : 2 * KNOWN] - through).mean() > 10
    sound = coder.decode(latents[0].sound[:, :, : pinned.shape[1]])
    second = 40_000  # the vocoder looks ahead a little
    np.testing.assert_allclose(drawn.sound[:, :second], sound[:, :second], atol=1e-3)


def test_what_is_drawn_after_known_sound_depends_on_it(loaded, known):
    frames, sound = known
    one = ltx.draw(request(known=frames, known_sound=sound), loaded)
    other = ltx.draw(request(known=frames, known_sound=-0.5 * sound[:, ::-1]), loaded)
    after = KNOWN * 2000 + 4000
    assert np.abs(one.sound[:, after:] - other.sound[:, after:]).max() > 1e-4


def test_silent_films_are_gone_on_from_without_a_pin(loaded, known):
    drawn = ltx.draw(request(known=known[0]), loaded)
    assert np.concatenate(list(drawn.pictures)).shape[0] == 57
    assert drawn.sound.shape[1] > 56 * 2000 - 3000


def test_weights_in_sixteen_bits_go_on_too(tiny, tmp_path):
    settings = model_fixtures.settings("ltx-2.5", tiny("ltx-2.5"), dtype="bfloat16", quality="high")
    engine = Diffusers(settings)
    source = model_fixtures.moving_film(tmp_path / "source.mp4", frames=30)
    for task in ("extend", "edit"):
        film = model_fixtures.film_of(
            engine, model_fixtures.small_job(task=task, source=source, frames=30)
        )
        assert film.frames.shape[0] == 30
        assert film.sound.shape == (2, 60_000)
        assert film.sound.dtype == np.float32
