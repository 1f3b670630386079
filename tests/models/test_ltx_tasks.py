"""LTX-2.5 does every operation: lengths, sizes and sound exact, and each input put to use."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace

import av
import model_fixtures
import numpy as np
import pytest
import tiny_ltx
import torch
from safetensors.torch import load_file, save_file

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.engines.diffusers.families.ltx.pictures import encoded
from vitascope.engines.diffusers.families.ltx.sound import SoundCoder
from vitascope.engines.native import Fit, Rect, to_native
from vitascope.errors import JobError
from vitascope.jobs.make import make
from vitascope.jobs.order import SOURCE, Order
from vitascope.media.decode import frames as frames_of
from vitascope.media.sound import samples
from vitascope.spec import Asset, Input, Size

CARD = "ltx-2.5"
FULL = [1000.0, 993.75, 987.5, 981.25, 975.0, 909.375, 725.0, 421.875]
SECOND = [909.375, 725.0, 421.875]

_FIT = Fit(model_fixtures.SIZE, Size(96, 64), Rect(0, 0, 96, 64))
"""How the tests' films lie in what is drawn of them."""


@pytest.fixture(scope="module")
def engine(warm):
    return warm(CARD, steps=None)


@pytest.fixture
def source(tmp_path):
    """A film of two seconds to go on from."""
    return model_fixtures.moving_film(tmp_path / "source.mp4", frames=48)


@pytest.fixture(scope="module")
def short_windows(tiny):
    """An engine that draws 41 frames at a time at most, 25 of them taken over."""
    engine = Diffusers(model_fixtures.settings(CARD, tiny(CARD)))
    loaded = engine.loaded
    loaded.card = loaded.card.model_copy(update={"max_frames": 41})
    return engine


@contextmanager
def seen(engine):
    """What the transformer is called with, call by call."""
    calls = []
    transformer = engine.loaded.pipelines.base.transformer
    hook = transformer.register_forward_hook(
        lambda _module, _arguments, named, _made: calls.append(named), with_kwargs=True
    )
    try:
        yield calls
    finally:
        hook.remove()


def levels(calls):
    return [round(float(call["sigma"].max()), 3) for call in calls]


def assert_exact(film, frames, size=model_fixtures.SIZE):
    assert film.frames.shape == (frames, size.height, size.width, 3)
    assert film.sound.shape == (2, frames * 2000)
    assert np.isfinite(film.sound).all()
    assert np.abs(film.sound).max() <= 1
    assert film.sound.std() > 1e-3  # it is the model's, not silence
    return film


def test_a_film_from_a_prompt_has_its_own_sound(engine):
    with seen(engine) as calls:
        film = assert_exact(model_fixtures.film_of(engine, model_fixtures.small_job(frames=24)), 24)
    assert levels(calls) == pytest.approx([*FULL, *SECOND])  # unbent by the scheduler
    assert all(call["hidden_states"].shape[0] == 1 for call in calls)  # no guidance
    assert film.talk.of("denoise") == sorted(film.talk.of("denoise"))
    assert film.talk.of("denoise")[-1] == film.talk.of("decode")[-1] == 1


def test_a_seed_gives_the_same_film_again_and_another_one_another(engine):
    one, same, other = (
        model_fixtures.film_of(engine, model_fixtures.small_job(frames=9, seed=seed))
        for seed in (5, 5, 6)
    )
    assert (one.frames == same.frames).all()
    assert (one.sound == same.sound).all()
    assert (one.frames != other.frames).any()
    assert (one.sound != other.sound).any()


@pytest.mark.parametrize("size", [Size(176, 98), Size(90, 160)])
def test_a_size_that_no_latents_have_is_exact(engine, size):
    assert_exact(
        model_fixtures.film_of(engine, model_fixtures.small_job(size=size, frames=10)), 10, size
    )


def test_guidance_is_given_where_it_is_asked_for(engine):
    with seen(engine) as calls:
        job = model_fixtures.small_job(
            guidance_scale=3.0, negative_prompt="blurred", num_inference_steps=2
        )
        assert_exact(model_fixtures.film_of(engine, job), 8)
    assert [call["hidden_states"].shape[0] for call in calls] == [2, 2, 1, 1, 1]


def test_a_negative_prompt_that_changes_nothing_is_reported(engine):
    film = model_fixtures.film_of(engine, model_fixtures.small_job(negative_prompt="blurred"))
    assert any("guidance_scale" in note for note in film.talk.notes)


def test_a_film_is_drawn_at_half_the_size_and_then_its_detail(engine):
    with seen(engine) as calls:
        film = assert_exact(model_fixtures.film_of(engine, model_fixtures.small_job(frames=9)), 9)
    assert levels(calls) == pytest.approx([*FULL, *SECOND])
    # 96x64, where 96 is no multiple of 64: drawn as 64x32, doubled, and cut to 96x64.
    assert [(call["width"], call["height"]) for call in calls] == [(2, 1)] * 8 + [(3, 2)] * 3
    shares = film.talk.of("denoise")
    assert shares == sorted(shares)
    assert shares[8] == shares[9] == pytest.approx(0.35)  # eight small steps, then three large


def test_drafts_are_drawn_in_one_pass(warm):
    engine = warm(CARD, steps=None, quality="draft")
    with seen(engine) as calls:
        assert_exact(model_fixtures.film_of(engine, model_fixtures.small_job(frames=9)), 9)
    assert levels(calls) == pytest.approx(FULL)


@pytest.fixture
def full(tiny, tmp_path):
    """Weights with the undistilled transformer, and the distilled one as an adapter."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for part in tiny(CARD).iterdir():
        (folder / part.name).symlink_to(part)
    quality = card_named(CARD).quality["high"]
    shutil.copytree(tiny(CARD) / "transformer", folder / quality.parts["transformer"])
    weights = folder / quality.parts["transformer"] / "diffusion_pytorch_model.safetensors"
    save_file({name: value * 1.01 for name, value in load_file(weights).items()}, weights)
    tiny_ltx.write_adapter(folder / quality.adapters["refine"])
    return folder


def test_high_quality_draws_with_the_full_weights_and_refines_with_the_distilled(full, monkeypatch):
    engine = Diffusers(model_fixtures.settings(CARD, full, quality="high"))
    transformer = engine.loaded.pipelines.base.transformer
    given = load_file(full / "transformer_full" / "diffusion_pytorch_model.safetensors")
    assert torch.equal(transformer.proj_in.weight, given["proj_in.weight"])
    refined, calls = [], []

    def watch(module, _arguments, named):
        layer = module.transformer_blocks[0].attn1.to_q
        refined.append(not layer.disable_adapters)
        calls.append(named)

    hook = transformer.register_forward_pre_hook(watch, with_kwargs=True)
    film = assert_exact(model_fixtures.film_of(engine, model_fixtures.small_job(frames=9)), 9)
    hook.remove()

    assert refined[-3:] == [True] * 3
    assert not any(refined[:-3])
    assert levels(calls[-3:]) == pytest.approx(SECOND)
    assert len(calls) > 3 + 2  # guidance of several kinds: more than one run a step
    assert not engine.loaded.notes
    assert film.talk.of("denoise")[-1] == 1


def test_high_quality_without_the_full_weights_is_drawn_as_standard(warm):
    engine = warm(CARD, steps=None, quality="high")
    with seen(engine) as calls:
        film = assert_exact(model_fixtures.film_of(engine, model_fixtures.small_job(frames=9)), 9)
    assert levels(calls) == pytest.approx([*FULL, *SECOND])
    assert any("transformer_full" in note and "--quality high" in note for note in film.notes)


def test_two_passes_need_an_upsampler(tiny, tmp_path):
    folder = tmp_path / "weights"
    folder.mkdir()
    for part in tiny(CARD).iterdir():
        if part.name != "latent_upsampler":
            (folder / part.name).symlink_to(part)
    engine = Diffusers(model_fixtures.settings(CARD, folder, quality="high"))
    with seen(engine) as calls:
        assert_exact(model_fixtures.film_of(engine, model_fixtures.small_job()), 8)
    assert [(call["width"], call["height"]) for call in calls] == [(3, 2)] * 2


@pytest.mark.parametrize("quality", ["standard", "high"])
def test_a_picture_is_the_first_frame(warm, tmp_path, quality):
    engine = warm(CARD, steps=None, quality=quality)
    reference = model_fixtures.still(tmp_path / "still.png")
    with seen(engine) as calls:
        assert_exact(
            model_fixtures.film_of(engine, model_fixtures.small_job(first_frame=reference)), 8
        )
    for call in calls:  # the first latent frame is without noise, all others are not
        cells = call["width"] * call["height"]
        assert (call["timestep"][:, :cells] == 0).all()
        assert (call["timestep"][:, cells:] > 0).all()
    first = [call["hidden_states"][:, : call["width"] * call["height"]] for call in calls]
    assert all((one == last).all() for one, last in zip(first[-3:], first[-2:], strict=False))


def test_characters_without_an_adapter_stand_in_the_first_frame(engine, tmp_path):
    characters = (model_fixtures.character(tmp_path / "mossy.png"),)
    with seen(engine) as calls:
        film = assert_exact(
            model_fixtures.film_of(engine, model_fixtures.small_job(characters=characters)), 8
        )
    assert (calls[-1]["timestep"][:, :6] == 0).all()
    assert any("Mossy" in note and "first frame" in note for note in film.talk.notes)


@pytest.mark.parametrize("quality", ["standard", "high"])
def test_an_extension_goes_on_with_picture_and_sound(warm, source, quality):
    engine = warm(CARD, steps=None, quality=quality)
    with seen(engine) as calls:
        assert_exact(
            model_fixtures.film_of(
                engine, model_fixtures.small_job(task="extend", source=source, frames=24)
            ),
            24,
        )
    for call in calls:
        cells = call["width"] * call["height"]
        assert call["num_frames"] == 7  # 25 + 24 frames
        assert (call["timestep"][:, : 4 * cells] == 0).all()
        assert (call["timestep"][:, 4 * cells :] > 0).all()
        assert (call["audio_timestep"][:, :26] == 0).all()
        assert (call["audio_timestep"][:, 26:] > 0).all()


def test_a_silent_or_short_film_is_extended_too(engine, tmp_path):
    source = model_fixtures.moving_film(tmp_path / "short.mp4", frames=5)
    assert_exact(
        model_fixtures.film_of(
            engine, model_fixtures.small_job(task="extend", source=source, frames=8)
        ),
        8,
    )


def test_an_edit_starts_from_the_film_and_its_sound(engine, source, tmp_path):
    hiss = np.random.default_rng(0).normal(0, 0.2, (2, 48 * 2000)).clip(-1, 1).astype(np.float32)
    flat = np.full((48, 128, 192, 3), 90, np.uint8)
    other = model_fixtures.written(
        model_fixtures.Film(flat, hiss, [], model_fixtures.Talk()), tmp_path / "other.mp4"
    )
    with seen(engine) as calls:
        for film in (source, other):
            assert_exact(
                model_fixtures.film_of(
                    engine, model_fixtures.small_job(task="edit", source=film, frames=48)
                ),
                48,
            )
    assert levels(calls) == pytest.approx([*SECOND, *SECOND])
    # One seed, one noise: what the two differ by at first are their films, faint as they are.
    left = 1 - SECOND[0] / 1000
    pipe = engine.loaded.pipelines.base
    one, two = (latents_of(pipe, film) for film in (source, other))
    for name, this, that in zip(("hidden_states", "audio_hidden_states"), one, two, strict=True):
        apart = calls[0][name] - calls[3][name]
        job = left * (this - that)
        assert job.abs().max() > 0.02
        assert (apart[:, : job.shape[1]] - job).abs().max() < 0.05 * job.abs().max()


def latents_of(pipe, film):
    """A film's pictures and sound as the transformer would see them without noise."""
    native = np.stack([to_native(frame, _FIT) for frame in frames_of(film)])
    native = np.concatenate((native, native[-1:]))  # 49 frames are a length of the model's
    statistics = pipe.vae.latents_mean, pipe.vae.latents_std
    pictures = pipe._pack_latents(pipe._normalize_latents(encoded(pipe, native), *statistics))
    sound = np.concatenate([*samples(film, 48 * 2000)], axis=1)
    return pictures, SoundCoder(pipe).encode_known(sound)


def test_a_remix_starts_from_the_old_film_with_more_noise(engine, source):
    with seen(engine) as calls:
        job = model_fixtures.small_job(task="remix", source=source, frames=24)
        remix = assert_exact(model_fixtures.film_of(engine, job), 24)
        fresh = model_fixtures.film_of(engine, replace(job, source=None))
    assert levels(calls) == pytest.approx([*FULL[4:], *FULL, *SECOND])
    assert (remix.frames != fresh.frames).any()
    assert any("seed" in note for note in fresh.notes)


@pytest.mark.parametrize("task", ["create", "edit", "extend"])
def test_what_is_longer_than_a_window_is_chained(short_windows, source, task):
    film = None if task == "create" else source
    with seen(short_windows) as calls:
        job = model_fixtures.small_job(task=task, source=film, frames=48)
        assert_exact(model_fixtures.film_of(short_windows, job), 48)
    assert {call["num_frames"] for call in calls} <= {5, 6}
    later = calls[-1]
    assert (later["timestep"][:, : 4 * 6] == 0).all()
    assert (later["audio_timestep"][:, :26] == 0).all()


def test_a_film_goes_through_the_encoder_as_it_is(engine, source, tmp_path):
    assert source == tmp_path / SOURCE  # where a worker puts it
    stored = Input("source_video", Asset("", 0, "", ""))
    spec = model_fixtures.small_job(task="edit", frames=48).spec.with_inputs([stored])
    done = make(Order(spec, str(tmp_path)), engine, model_fixtures.Talk())
    assert (done.size, done.frames) == (model_fixtures.SIZE, 48)
    made = tmp_path / done.files["video"]
    assert sum(1 for _ in frames_of(made)) == 48
    with av.open(made) as film:
        (sound,) = film.streams.audio
        assert (sound.rate, sound.layout.name) == (48_000, "stereo")


@pytest.fixture(scope="module")
def with_adapters(tiny, tmp_path_factory):
    """An engine whose weights have random in-context adapters beside them."""
    pytest.importorskip("peft")
    folder = tmp_path_factory.mktemp("adapted")
    for part in tiny(CARD).iterdir():
        (folder / part.name).symlink_to(part)
    for purpose in ("edit", "reference"):
        tiny_ltx.write_adapter(folder / "loras" / f"{purpose}.safetensors")
    return Diffusers(model_fixtures.settings(CARD, folder))


def test_an_adapter_draws_characters_after_a_reference_sheet(with_adapters, tmp_path):
    characters = (model_fixtures.character(tmp_path / "mossy.png"),)
    job = model_fixtures.small_job(characters=characters)
    with seen(with_adapters) as calls:
        film = assert_exact(model_fixtures.film_of(with_adapters, job), 8)
    for call in calls[:-3]:  # in the first pass; the second draws detail without the sheet
        assert call["hidden_states"].shape[1] == 2 * (2 + 2)  # nine frames, and nine of the sheet
        assert (call["timestep"][:, 4:] == 0).all()
    assert [call["hidden_states"].shape[1] for call in calls[-3:]] == [6 * 2] * 3
    assert not film.talk.notes
    plain = model_fixtures.film_of(with_adapters, replace(job, characters=()))
    transformer = with_adapters.loaded.pipelines.base.transformer
    assert transformer.transformer_blocks[0].attn1.to_q.disable_adapters
    assert (plain.frames != film.frames).any()


def test_an_adapter_draws_a_film_again_and_leaves_its_sound(with_adapters, source):
    with seen(with_adapters) as calls:
        job = model_fixtures.small_job(task="edit", source=source, frames=48)
        film = assert_exact(model_fixtures.film_of(with_adapters, job), 48)
    assert [call["hidden_states"].shape[1] for call in calls] == [2 * (7 + 7)] * 2 + [6 * 7] * 3
    np.testing.assert_allclose(film.sound.std(), 0.2 / np.sqrt(2), rtol=0.05)  # the tone


def test_an_adapter_that_does_not_fit_is_reported(tiny, tmp_path):
    pytest.importorskip("peft")
    folder = tmp_path / "weights"
    (folder / "loras").mkdir(parents=True)
    for part in tiny(CARD).iterdir():
        (folder / part.name).symlink_to(part)
    tiny_ltx.write_adapter(folder / "loras" / "reference.safetensors", width=36)
    engine = Diffusers(model_fixtures.settings(CARD, folder))
    characters = (model_fixtures.character(tmp_path / "mossy.png"),)
    with pytest.raises(JobError, match=r"loras/reference\.safetensors.*can't be used"):
        model_fixtures.film_of(engine, model_fixtures.small_job(characters=characters))
    model_fixtures.film_of(engine, model_fixtures.small_job())


class TestUpscaling:
    """A film that is larger than the model draws, with its latents doubled."""

    SIZE = Size(192, 128)

    @pytest.fixture
    def small(self, warm):
        """Draws at 96x64 and doubles the latents, or scales the pictures."""
        return lambda **options: warm(CARD, render_scale=0.5, steps=2, **options)

    @pytest.mark.parametrize("quality", ["draft", "standard"])
    def test_latents_are_doubled_before_they_are_decoded(self, small, quality):
        job = model_fixtures.small_job(size=self.SIZE, frames=9)
        engine = small(upscale=True, quality=quality)
        with seen(engine) as calls:
            film = assert_exact(model_fixtures.film_of(engine, job), 9)
        assert (calls[-1]["width"], calls[-1]["height"]) == (3, 2)  # 96x64
        assert "latents doubled to 192x128" in film.notes[0]
        scaled = model_fixtures.film_of(small(quality=quality), job)
        assert "doubled" not in scaled.notes[0]
        assert detail(film.frames) > 1.2 * detail(scaled.frames)

    def test_an_extension_goes_on_from_frames_of_the_size_that_is_drawn(self, small, tmp_path):
        source = model_fixtures.moving_film(tmp_path / "film.mp4")
        job = model_fixtures.small_job(task="extend", source=source, size=self.SIZE, frames=9)
        engine = small(upscale=True, quality="draft")
        with seen(engine) as calls:
            assert_exact(model_fixtures.film_of(engine, job), 9)
        assert {(call["width"], call["height"]) for call in calls} == {(3, 2)}

    def test_a_film_that_is_drawn_whole_is_not_doubled(self, warm):
        film = model_fixtures.film_of(
            warm(CARD, steps=2, quality="draft", upscale=True, render_scale=1.0),
            model_fixtures.small_job(frames=9),
        )
        assert "doubled" not in film.notes[0]

    def test_weights_without_an_upsampler_say_so(self, tiny, tmp_path):
        for part in tiny(CARD).iterdir():
            if part.name != "latent_upsampler":
                (tmp_path / part.name).symlink_to(part)
        engine = Diffusers(model_fixtures.settings(CARD, tmp_path, upscale=True, render_scale=0.5))
        film = model_fixtures.film_of(engine, model_fixtures.small_job(size=self.SIZE, frames=9))
        assert any("no latent upsampler" in note for note in film.notes)


def detail(frames):
    """How much neighbouring pixels differ."""
    return float(np.abs(np.diff(frames.astype(float), axis=2)).mean())
