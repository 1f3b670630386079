"""Memory plans on real layers, and what happens when memory runs out in the middle of a job."""

import time
from functools import cache, partial
from types import SimpleNamespace
from typing import ClassVar

import model_fixtures
import numpy as np
import pytest
import torch
from bench.trace_models import SIZES
from model_fixtures import film_of, small_job

from bench import trace_memory
from vitascope.engines.diffusers import loaded
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.engines.diffusers.memory import choose, quantise
from vitascope.engines.heartbeat import heartbeat
from vitascope.errors import JobError, JobStopped

CARD = "wan2.2-ti2v-5b"


def _engine(tiny, **options):
    """With guidance: two runs of the denoiser a step."""
    return Diffusers(model_fixtures.settings(CARD, tiny(CARD), quality="high", **options))


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


@pytest.mark.parametrize("plan", ["text", "8bit", "8bit-model", "group"])
def test_a_plan_draws_what_was_asked(tiny, plan):
    film = film_of(_engine(tiny, memory=plan, dtype="bfloat16"), small_job(frames=5))

    assert film.frames.shape[0] == 5
    assert plan in film.notes[0]


def test_weights_kept_in_eight_bits_take_half_the_room(tiny):
    def size(engine):
        part = engine.loaded.pipelines.transformers[0]
        layers = [layer for layer in part.blocks.modules() if isinstance(layer, torch.nn.Linear)]
        weights = (getattr(layer.weight, "qdata", layer.weight) for layer in layers)
        return sum(weight.nbytes for weight in weights)

    whole = size(_engine(tiny, memory="none", dtype="bfloat16"))
    half = size(_engine(tiny, memory="8bit", dtype="bfloat16"))

    assert half == whole / 2


class Block(torch.nn.Module):
    """A block with a layer of usual size, one that float8 can't do, and an adapter's."""

    def __init__(self):
        super().__init__()
        self.usual, self.odd, self.lora_A = (torch.nn.Linear(n, n) for n in (32, 24, 32))


class Denoiser(torch.nn.Module):
    _repeated_blocks: ClassVar = ["Block"]

    def __init__(self):
        super().__init__()
        self.blocks, self.proj_out = torch.nn.ModuleList([Block()]), torch.nn.Linear(32, 32)


@pytest.mark.parametrize(
    ("chip", "kinds"),
    [
        ((8, 6), ["Int8Tensor", "Int8Tensor", "Parameter", "Parameter"]),
        ((8, 9), ["Float8Tensor", "Parameter", "Parameter", "Parameter"]),
        ((9, 0), ["Float8Tensor", "Parameter", "Parameter", "Parameter"]),
    ],
)
def test_eight_bits_are_those_that_the_gpu_multiplies(monkeypatch, chip, kinds):
    """The kinds alone: float8 is not multiplied here."""
    monkeypatch.setattr("vitascope.engines.diffusers.device.chip_of", lambda _device: chip)
    monkeypatch.setattr(
        "torchao.quantization.quant_api._check_hardware_support", lambda _granularity: None
    )
    part = Denoiser().to(torch.bfloat16)

    quantise(SimpleNamespace(transformers=[part]), torch.device("cpu"))

    [block] = part.blocks
    layers = (block.usual, block.odd, block.lora_A, part.proj_out)
    assert [type(layer.weight).__name__ for layer in layers] == kinds


def test_the_plan_follows_the_free_memory(tiny):
    model = model_fixtures.settings(CARD, tiny(CARD))

    roomy = Diffusers(model, free_gib=lambda _: 80.0)
    tight = Diffusers(model, free_gib=lambda _: 10.0)

    assert roomy.loaded.plan.plan == "none"
    assert tight.loaded.plan.plan == "group"


@pytest.mark.parametrize("after", [0, 1, 3])
def test_out_of_memory_steps_down_once_and_draws_the_same_film(tiny, monkeypatch, after):
    from diffusers import WanTransformer3DModel

    engine = _engine(tiny, memory="text", dtype="bfloat16")
    expected = film_of(_engine(tiny, memory="model", dtype="bfloat16"), small_job())
    FakeGpu(monkeypatch, WanTransformer3DModel, 1, after=after)

    film = film_of(engine, small_job())

    assert engine.loaded.plan.plan == "model"
    assert any("memory plan 'model'" in note for note in film.talk.notes)
    assert np.array_equal(film.frames, expected.frames)


def test_out_of_memory_while_decoding_decodes_the_same_latents_in_tiles(tiny, monkeypatch):
    engine = _engine(tiny, memory="model")
    pipelines = engine.loaded.pipelines
    expected = film_of(engine, small_job(frames=12))
    runs = []
    pipelines.base.transformer.register_forward_pre_hook(lambda *_: runs.append(1))
    FakeGpu(monkeypatch, type(pipelines.base.vae.decoder), 1, after=2)

    film = film_of(engine, small_job(frames=12))

    assert engine.loaded.pipelines is pipelines  # nothing was loaded again
    assert len(runs) == 4  # two steps under guidance: nothing was denoised again
    assert pipelines.base.vae.use_tiling
    assert any("decoded in tiles" in note for note in film.talk.notes)
    assert np.array_equal(film.frames[:5], expected.frames[:5])
    assert np.abs(film.frames.astype(int) - expected.frames).max() <= 2


def test_out_of_memory_while_decoding_in_tiles_steps_down(tiny, monkeypatch):
    engine = _engine(tiny, memory="model")
    plans = engine.loaded._plans
    engine.loaded._plans = [plan for plan in plans if not plan.plan.startswith("8bit")]
    engine.loaded.pipelines.base.vae.enable_tiling()
    expected = film_of(engine, small_job(frames=12))
    FakeGpu(monkeypatch, type(engine.loaded.pipelines.base.vae.decoder), 1, after=2)

    film = film_of(engine, small_job(frames=12))

    assert engine.loaded.plan.plan == "group"
    assert film.frames.shape == expected.frames.shape
    assert np.array_equal(film.frames[:5], expected.frames[:5])
    assert np.abs(film.frames.astype(int) - expected.frames).max() <= 2


FREE = {"wan2.2-t2v-a14b": 78.0, "hunyuanvideo-1.5": 78.0, "kandinsky-6-lite": 24.0}


@pytest.mark.parametrize("card", FREE)
def test_the_default_film_fits_by_the_traced_peaks(card):
    """On 80 GB, HunyuanVideo 1.5 and both experts of A14B stay on the GPU."""
    plan = choose(card_named(card).plans, "auto", FREE[card])

    traced = card_named(card).sizes
    held = sum(traced.weights.values())
    if plan.plan == "text":
        held -= sum(size for name, size in traced.weights.items() if name.startswith("text"))
    decode = traced.decode_tiled if plan.tiling else traced.decode
    assert plan.plan in {"none", "text"}
    assert plan.gib == pytest.approx(held + max(traced.denoise, decode) + 1, abs=0.1)
    assert plan.gib < FREE[card]


def test_the_text_encoder_alone_streams_by_the_plan_text(tiny):
    base = _engine(tiny, memory="text").loaded.pipelines.base

    hooked = {
        name
        for name in ("text_encoder", "transformer", "vae")
        if any(hasattr(m, "_diffusers_hook") for m in getattr(base, name).modules())
    }
    assert hooked == {"text_encoder"}


@pytest.mark.parametrize("card", names())
@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")
def test_weights_of_the_card_are_those_that_are_traced(card):
    sizes, table = SIZES[card], card_named(card).sizes

    assert set(table.weights) == sizes.parts.keys() | sizes.stated.keys()
    assert {one for one in table.computed if one in table.weights} == sizes.stated.keys()
    for name, make in sizes.parts.items():
        dtype = sizes.dtypes.get(name, torch.bfloat16)
        assert weights_gib(make, dtype) == pytest.approx(table.weights[name], abs=0.02)


@cache
def weights_gib(make, dtype):
    """Of a component, which several cards may share."""
    return trace_memory.weights_gib(trace_memory.built(make, dtype))


def test_peaks_of_a_card_are_those_that_are_traced():
    card, sizes = card_named("kandinsky-6-lite"), SIZES["kandinsky-6-lite"]
    latents = sizes.window(card)
    vae, denoiser = (
        trace_memory.built(sizes.parts[name], torch.bfloat16) for name in ("vae", "transformer")
    )

    peaks = [
        trace_memory.peak(denoiser, sizes.denoise, latents),
        trace_memory.peak(vae, sizes.decode, latents),
    ]
    vae.enable_tiling()
    peaks.append(trace_memory.peak(vae, sizes.decode, latents))
    table = card.sizes
    assert peaks == pytest.approx([table.denoise, table.decode, table.decode_tiled], abs=0.02)


def test_a_traced_peak_counts_what_is_alive_at_once():
    layers = torch.nn.Sequential(*(torch.nn.Linear(256, 256, bias=False) for _ in range(3)))
    part = layers.to("meta")

    traced = trace_memory.peak(part, lambda layers, given: layers(given), torch.empty(1024, 256))

    one = 1024 * 256 * 4 / 2**30
    assert traced == pytest.approx(2 * one, rel=0.01)  # a layer's input and output, no more


def test_out_of_memory_twice_fails_with_advice_and_the_engine_lives(tiny, monkeypatch):
    from diffusers import WanTransformer3DModel

    engine = _engine(tiny, memory="8bit", dtype="bfloat16")
    FakeGpu(monkeypatch, WanTransformer3DModel, 2)

    with pytest.raises(JobError, match="smaller size") as caught:
        film_of(engine, small_job(frames=2))

    assert caught.value.code == "out_of_memory"
    assert len(film_of(engine, small_job(frames=2)).frames) == 2


def test_out_of_memory_by_the_tightest_plan_fails_at_once(tiny, monkeypatch):
    from diffusers import WanTransformer3DModel

    FakeGpu(monkeypatch, WanTransformer3DModel, 1)  # before hooks take hold of what it replaces
    engine = _engine(tiny, memory="group")

    with pytest.raises(JobError) as caught:
        film_of(engine, small_job(frames=2))

    assert caught.value.code == "out_of_memory"
    assert len(film_of(engine, small_job(frames=2)).frames) == 2


def test_another_error_is_not_taken_for_want_of_memory(tiny, monkeypatch):
    engine = _engine(tiny)

    def broken(*_, **__):
        raise RuntimeError("a kernel failed")

    monkeypatch.setattr(engine.loaded, "call", broken)
    with pytest.raises(RuntimeError, match="kernel"):
        film_of(engine, small_job(frames=2))


def _busy(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_long_step_on_the_processor_reports_that_it_goes_on(tiny, monkeypatch):
    from diffusers import WanTransformer3DModel

    stock = WanTransformer3DModel.forward

    def slow(module, *arguments, **named):
        _busy(0.3)
        return stock(module, *arguments, **named)

    monkeypatch.setattr(WanTransformer3DModel, "forward", slow)
    monkeypatch.setattr(loaded, "heartbeat", partial(heartbeat, every=0.05))
    film = film_of(_engine(tiny), small_job(frames=1))

    shares = film.talk.of("denoise")
    assert len(shares) > len(set(shares))


def test_loading_again_counts_as_loading(tiny, monkeypatch):
    from diffusers import WanTransformer3DModel

    engine = _engine(tiny, memory="text", dtype="bfloat16")
    stock = loaded.load

    def slow(*arguments):
        _busy(0.3)
        return stock(*arguments)

    monkeypatch.setattr(loaded, "load", slow)
    monkeypatch.setattr(loaded, "heartbeat", partial(heartbeat, every=0.05))
    FakeGpu(monkeypatch, WanTransformer3DModel, 1)
    film = film_of(engine, small_job(frames=1))

    assert film.talk.of("load")


def test_a_job_that_is_stopped_leaves_the_model_ready(tiny):
    engine = _engine(tiny)
    expected = film_of(engine, small_job(frames=5))
    pipelines = engine.loaded.pipelines

    class Stopping(model_fixtures.Talk):
        def phase(self, name, done, total):
            super().phase(name, done, total)
            if len(self.of("denoise")) == 2:
                raise JobStopped("Stopped.")

    clip = engine.draw(small_job(frames=5), talk := Stopping())
    with pytest.raises(JobStopped):
        list(clip.frames)
    again = film_of(engine, small_job(frames=5))

    assert len(talk.of("denoise")) == 2  # of three: the second step was not begun
    assert engine.loaded.pipelines is pipelines
    np.testing.assert_array_equal(again.frames, expected.frames)


def test_a_loaded_model_says_what_it_takes(tiny):
    engine = Diffusers(model_fixtures.settings("wan2.2-ti2v-5b", tiny("wan2.2-ti2v-5b")))
    held = engine.memory
    assert (held.device, held.gib) == ("cpu", engine.loaded.plan.gib)
    assert held.device_gib > 1
    needed = engine.loaded.model.needs_memory
    assert (needed.device, needed.plans[0]) == (held.device, held.gib)
