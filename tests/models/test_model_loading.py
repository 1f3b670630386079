"""Weights that are missing, damaged or another model's: a clear failure, and no crash."""

import json
import shutil

import model_fixtures
import pytest

from vitascope.engines.diffusers import hub
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.errors import JobError

CARD = "wan2.2-ti2v-5b"
MINIMAX = pytest.param("minimax-h3", marks=model_fixtures.KNOWN_WARNINGS)


@pytest.fixture
def card():
    """Whose weights are spoilt, unless a test names another's."""
    return CARD


@pytest.fixture
def weights(tiny, tmp_path, card):
    """A copy of tiny weights, to be spoilt."""
    return shutil.copytree(tiny(card), tmp_path / "weights")


def _failure(folder, card=CARD, **options):
    with pytest.raises(JobError) as caught:
        Diffusers(model_fixtures.settings(card, folder, **options))
    return caught.value


def test_a_folder_that_is_not_there_is_named(tmp_path):
    error = _failure(tmp_path / "nowhere")

    assert error.code == "model_not_found"
    assert str(tmp_path / "nowhere") in error.message


def test_weights_that_were_never_fetched_say_how_to_fetch_them(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

    error = _failure("Wan-AI/Never-Fetched")

    assert error.code == "model_not_found"
    assert "vitascope models pull wan2.2-ti2v-5b" in error.message


def test_another_models_weights_are_recognised_by_their_class(tiny):
    error = _failure(tiny("wan2.1-vace-1.3b"))

    assert error.code == "model_mismatch"
    assert "WanVACEPipeline" in error.message
    assert "WanPipeline" in error.message


@pytest.mark.parametrize("card", [CARD, MINIMAX])
def test_the_right_class_with_wrong_shapes_is_a_mismatch(weights, card):
    config = weights / "transformer" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"num_attention_heads": 4}))

    assert _failure(weights, card).code == "model_mismatch"


NEEDED = (
    "transformer/config.json",
    "transformer/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors",
    "tokenizer/tokenizer.json",
)
NEEDED_BY = {
    CARD: (
        *NEEDED,
        "model_index.json",
        "vae/diffusion_pytorch_model.safetensors",
        "vae/config.json",
        "scheduler/scheduler_config.json",
    ),
    "minimax-h3": (
        *NEEDED,
        "modular_model_index.json",
        "processor/processor_config.json",
        "audio_vae/config.json",
        "audio_scheduler/scheduler_config.json",
    ),
}


@pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")  # MiniMax-H3's sound
@pytest.mark.parametrize(
    ("card", "missing"), [(card, name) for card, names in NEEDED_BY.items() for name in names]
)
def test_a_missing_file_is_damage(weights, card, missing):
    (weights / missing).unlink()

    error = _failure(weights, card)

    assert error.code == "model_damaged", error.message
    assert f"models pull {card}" in error.message


@pytest.mark.parametrize("part", ["transformer/diffusion_pytorch_model", "text_encoder/model"])
@pytest.mark.parametrize("left", [0, 5, 100, -1])
def test_a_file_that_is_cut_off_is_named(weights, part, left):
    file = weights / f"{part}.safetensors"
    file.write_bytes(file.read_bytes()[:left])

    error = _failure(weights)

    assert error.code == "model_damaged"
    assert f"{part}.safetensors" in error.message


def test_a_shard_that_is_missing_is_named(weights):
    folder = weights / "transformer"
    (folder / "diffusion_pytorch_model.safetensors").rename(
        folder / "diffusion_pytorch_model-00001-of-00002.safetensors"
    )
    index = {"weight_map": {"a": "diffusion_pytorch_model-00002-of-00002.safetensors"}}
    (folder / "diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))

    error = _failure(weights)

    assert error.code == "model_damaged"
    assert "00002-of-00002" in error.message


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_an_index_that_cannot_be_read_is_damage(weights, text):
    (weights / "model_index.json").write_text(text)

    assert _failure(weights).code == "model_damaged"


def test_a_device_that_is_not_there_is_said_so(tiny):
    error = _failure(tiny(CARD), device="cuda:7")

    assert error.code == "device_unavailable"
    assert "cuda:7" in error.message


def test_an_attention_backend_that_is_not_there_is_said_so(tiny):
    error = _failure(tiny(CARD), attention="sage")

    assert error.code == "attention_unavailable"


def test_a_local_folder_is_its_own_place(tiny):
    assert hub.located(card_named(CARD), str(tiny(CARD))) == tiny(CARD)
    assert hub.fetched(card_named(CARD), str(tiny(CARD))) == tiny(CARD)


def test_a_hub_that_cannot_be_reached_is_said_so(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(JobError) as caught:
        hub.fetched(card_named(CARD), "Wan-AI/Never-Fetched")

    assert caught.value.code == "model_unavailable"


@pytest.mark.parametrize("card", ["ltx-2.5"])
def test_a_part_that_the_card_leaves_out_is_not_missed(weights, card):
    """LTX's enhancer of prompts, of which the index of some weights says where it is."""
    index = weights / "model_index.json"
    content = json.loads(index.read_text("utf-8"))
    content["prompt_enhancer"] = ["transformers", "Gemma4ForConditionalGeneration"]
    index.write_text(json.dumps(content), "utf-8")

    loaded = Diffusers(model_fixtures.settings(card, weights)).loaded

    assert loaded.pipelines.base.prompt_enhancer is None
