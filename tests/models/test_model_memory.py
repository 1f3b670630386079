"""Memory plans on real layers, and what happens when memory runs out in the middle of a job."""

import numpy as np
import pytest
import torch
import vsmodels
from vsmodels import film_of, shot

from vitascope.engines.diffusers.engine import Diffusers
from vitascope.errors import JobError

CARD = "wan2.2-ti2v-5b"


def _engine(tiny, **wish):
    """With guidance: two runs of the denoiser a step."""
    return Diffusers(vsmodels.settings(CARD, tiny(CARD), quality="high", **wish))


class FakeGpu:
    """Says that it is full, so many times, when a denoiser or a decoder is run."""

    def __init__(self, monkeypatch, kind, times, *, after=0):
        self._left, self._spared = times, after
        stock = kind.forward

        def forward(module, *arguments, **named):
            self._count()
            return stock(module, *arguments, **named)

        monkeypatch.setattr(kind, "forward", forward)

    def _count(self):
        if self._spared:
            self._spared -= 1
        elif self._left:
            self._left -= 1
            raise torch.OutOfMemoryError("fake: out of memory")


@pytest.mark.parametrize("plan", ["fp8", "group"])
def test_a_plan_draws_what_was_asked(tiny, plan):
    film = film_of(_engine(tiny, memory=plan, dtype="bfloat16"), shot(frames=5))

    assert film.frames.shape[0] == 5
    assert plan in film.notes[0]


def test_weights_kept_in_eight_bits_take_half_the_room(tiny):
    def size(engine):
        part = engine.loaded.pipelines.transformers[0]
        layers = [layer for layer in part.blocks.modules() if isinstance(layer, torch.nn.Linear)]
        return sum(layer.weight.nbytes for layer in layers)

    whole = size(_engine(tiny, memory="none", dtype="bfloat16"))
    half = size(_engine(tiny, memory="fp8", dtype="bfloat16"))

    assert half == whole / 2


def test_the_plan_follows_the_free_memory(tiny):
    model = vsmodels.settings(CARD, tiny(CARD))

    roomy = Diffusers(model, free_gib=lambda _: 80.0)
    tight = Diffusers(model, free_gib=lambda _: 10.0)

    assert roomy.loaded.plan.plan == "none"
    assert tight.loaded.plan.plan == "group"


@pytest.mark.parametrize("after", [0, 1, 3])
def test_out_of_memory_steps_down_once_and_draws_the_same_film(tiny, monkeypatch, after):
    from diffusers import WanTransformer3DModel

    engine = _engine(tiny, memory="fp8", dtype="bfloat16")
    expected = film_of(_engine(tiny, memory="model", dtype="bfloat16"), shot())
    FakeGpu(monkeypatch, WanTransformer3DModel, 1, after=after)

    film = film_of(engine, shot())

    assert engine.loaded.plan.plan == "model"
    assert any("memory plan 'model'" in note for note in film.talk.notes)
    assert np.array_equal(film.frames, expected.frames)


def test_out_of_memory_while_decoding_goes_on_where_it_was(tiny, monkeypatch):
    engine = _engine(tiny, memory="model")
    expected = film_of(engine, shot(frames=12))
    FakeGpu(monkeypatch, type(engine.loaded.pipelines.base.vae.decoder), 1, after=2)

    film = film_of(engine, shot(frames=12))

    assert engine.loaded.plan.plan == "group"
    assert film.frames.shape == expected.frames.shape
    assert np.array_equal(film.frames[:5], expected.frames[:5])
    assert np.abs(film.frames.astype(int) - expected.frames).max() <= 2


def test_out_of_memory_twice_fails_with_advice_and_the_engine_lives(tiny, monkeypatch):
    from diffusers import WanTransformer3DModel

    engine = _engine(tiny, memory="fp8", dtype="bfloat16")
    FakeGpu(monkeypatch, WanTransformer3DModel, 2)

    with pytest.raises(JobError, match="smaller size") as caught:
        film_of(engine, shot(frames=2))

    assert caught.value.code == "out_of_memory"
    assert len(film_of(engine, shot(frames=2)).frames) == 2


def test_out_of_memory_by_the_tightest_plan_fails_at_once(tiny, monkeypatch):
    from diffusers import WanTransformer3DModel

    FakeGpu(monkeypatch, WanTransformer3DModel, 1)  # before hooks take hold of what it replaces
    engine = _engine(tiny, memory="group")

    with pytest.raises(JobError) as caught:
        film_of(engine, shot(frames=2))

    assert caught.value.code == "out_of_memory"
    assert len(film_of(engine, shot(frames=2)).frames) == 2


def test_another_error_is_not_taken_for_want_of_memory(tiny, monkeypatch):
    engine = _engine(tiny)

    def broken(*_, **__):
        raise RuntimeError("a kernel failed")

    monkeypatch.setattr(engine.loaded, "call", broken)
    with pytest.raises(RuntimeError, match="kernel"):
        film_of(engine, shot(frames=2))
