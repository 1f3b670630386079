"""On a GPU, which is a fake one here: every card draws by every plan what it draws on the CPU.

But for the plans in 8 bits: torchao can't quantise the fake's tensors.
"""

import numpy as np
import pytest
import tiny_ltx
import torch
from diffusers import WanTransformer3DModel
from diffusers.utils.torch_utils import TorchDeviceBackend
from fake_gpu import NAME, at_home, fake_gpu
from model_fixtures import KNOWN_WARNINGS, film_of, settings, small_job
from torch.utils._python_dispatch import _disable_current_modes

from vitascope.engines.diffusers import kernels, loaded
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.spec import Size

CARD = "wan2.2-ti2v-5b"
OFFERED = [
    (card, task)
    for card in names()
    # Distilled weights, and VACE's large ones, have the pipelines of those without the word.
    if not card.endswith(("-distill", "-14b"))
    for task in sorted(card_named(card).operations)
]
CHANGING = [(card, task) for card, task in OFFERED if task in {"image", "extend"}]
OURS = {"dtype": None}
SHORTEST = ("hunyuanvideo-1.5", "remix")
SMALL = {"frames": 5, "size": Size(128, 96)}
"""Of more latents than one, in every direction."""

pytestmark = [
    pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a real GPU"),
    *KNOWN_WARNINGS,
]


@pytest.fixture
def on_gpu(tiny, monkeypatch):
    """Draws a job with an engine that is loaded on the fake GPU, in the card's own precision."""
    load, keep = loaded.load, loaded.memory.keep

    def read(*given):
        with _disable_current_modes():  # it is read into main memory
            return load(*given)

    def kept(pipelines, plan, device):
        for name, part in pipelines.base.components.items():
            text = plan.plan == "text" and name.startswith("text_encoder")
            if isinstance(part, torch.nn.Module) and (text or plan.plan == "group"):
                at_home(part)
        keep(pipelines, plan, device)

    monkeypatch.setattr(loaded, "load", read)
    monkeypatch.setattr(loaded.memory, "keep", kept)
    TorchDeviceBackend._detect_device_type.cache_clear()  # what diffusers found before

    def draw(card, job, **options):
        source = options.pop("source", None) or tiny(card)
        model = settings(card, source, **{**OURS, "device": "cuda:0", "compile": False, **options})
        with fake_gpu(monkeypatch):
            return film_of(Diffusers(model), job)

    yield draw
    TorchDeviceBackend._detect_device_type.cache_clear()


@pytest.fixture
def assert_draws_alike(on_gpu, drawn, options):
    """By a plan, the GPU draws of a card's task what the CPU draws, and says so."""

    def check(card, task, plan):
        job = small_job(**{**options[task], **SMALL})
        # In bfloat16 its convolutions take the CPU minutes; a remix, which is short, shows it.
        slow = card.startswith("hunyuanvideo") and (card, task) != SHORTEST
        precision = {"dtype": "float32"} if slow else OURS

        film = on_gpu(card, job, memory=plan, **precision)

        expected = drawn(card, job, **precision)
        assert np.abs(film.frames.astype(int) - expected.frames).max() <= 4  # of 255
        assert np.abs(film.sound - expected.sound).max() < 0.001
        assert f"'{plan}' on cuda:0" in film.notes[0]

    return check


@pytest.mark.parametrize(("card", "task"), OFFERED)
def test_parts_are_brought_to_the_gpu_before_they_are_used(assert_draws_alike, card, task):
    assert_draws_alike(card, task, "model")


@pytest.mark.parametrize(("card", "task"), CHANGING)
def test_layers_are_brought_to_the_gpu_before_they_are_used(assert_draws_alike, card, task):
    """By streams, ahead of their turn, in the order that the run before had."""
    assert_draws_alike(card, task, "group")


@pytest.mark.parametrize("card", ["wan2.2-ti2v-5b", "kandinsky-6-lite", "ltx-2.5"])
def test_the_text_encoder_is_brought_to_the_gpu_layer_by_layer(assert_draws_alike, card):
    assert_draws_alike(card, "create", "text")


@pytest.mark.parametrize("plan", ["none", "model", "group"])
def test_adapters_are_where_the_weights_are(on_gpu, tiny, options, tmp_path, plan):
    for part in tiny("ltx-2.5").iterdir():
        (tmp_path / part.name).symlink_to(part)
    tiny_ltx.write_adapter(tmp_path / "loras" / "edit.safetensors")
    job = small_job(**options["edit"])

    film = on_gpu("ltx-2.5", job, memory=plan, source=tmp_path)

    plain = film_of(Diffusers(settings("ltx-2.5", tmp_path, **OURS)), job)
    bare = on_gpu("ltx-2.5", job, memory=plan)
    assert np.abs(film.frames.astype(int) - plain.frames).max() <= 4
    assert np.abs(film.frames.astype(int) - bare.frames).max() > 4


def test_what_stays_on_the_gpu(assert_draws_alike):
    assert_draws_alike("ltx-2.5", "create", "none")


@pytest.mark.parametrize(("plan", "compiled"), [("none", True), ("model", True), ("group", False)])
def test_blocks_are_compiled_where_their_weights_stay(on_gpu, monkeypatch, plan, compiled):
    """Only asked for here: what would be compiled are kernels of a GPU."""
    asked = []
    monkeypatch.setattr(
        WanTransformer3DModel,
        "compile_repeated_blocks",
        lambda _part, **options: asked.append(options),
    )

    on_gpu(CARD, small_job(frames=1), memory=plan, compile=None)

    assert asked == [{"fullgraph": False}] * compiled


def test_without_a_compiler_blocks_are_drawn_as_they_are(on_gpu, monkeypatch, caplog):
    monkeypatch.setattr(kernels, "missing_build_tool", lambda: "C compiler")

    film = on_gpu(CARD, small_job(frames=1), compile=None)

    assert len(film.frames) == 1
    assert "no C compiler" in caplog.text


def test_the_fake_refuses_mixtures(monkeypatch):
    """Else nothing of the above is worth anything."""
    with fake_gpu(monkeypatch):
        there, here = torch.ones(3, device="cuda:0"), torch.ones(3)

        assert (there + torch.tensor(1.0)).device.type == "cuda"
        assert (there.cpu() + here).tolist() == [2, 2, 2]
        with pytest.raises(RuntimeError, match=NAME):
            there + here


@pytest.mark.parametrize("plan", ["auto", "model", "group"])
def test_the_gpu_is_found_and_the_plan_that_fits_it(on_gpu, plan):
    film = on_gpu(CARD, small_job(frames=2), memory=plan, device=None)

    assert "on cuda," in film.notes[0]
    assert f"'{'none' if plan == 'auto' else plan}'" in film.notes[0]
