"""Few steps by adapters: fused into the weights, with the schedule that they were made for."""

import shutil

import numpy as np
import pytest
import torch
import vsmodels
import vstiny
from safetensors.torch import load_file
from vsmodels import film_of, shot

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.errors import JobError

CARDS = ["wan2.2-ti2v-5b", "wan2.2-t2v-a14b", "wan2.2-i2v-a14b", "wan2.1-vace-14b"]
LAYER = "blocks.1.attn1.to_v"


def base_of(engine):
    return engine._studio.rig.pipelines.base


def parts_of(engine):
    return {
        name: getattr(base_of(engine), name)
        for name in card_named(engine._studio.card.name).distillation.files
    }


@pytest.mark.parametrize("card", CARDS)
def test_every_denoiser_wears_its_own_adapter(tiny, warm, card):
    worn = parts_of(warm(card))
    bare = parts_of(Diffusers(vsmodels.settings(card, tiny(card), distilled=True)))

    for name, part in worn.items():
        adapter = load_file(tiny(card) / "distilled" / f"{name}.safetensors")
        place = "diffusion_model.blocks.1.self_attn.v"
        up, down = adapter[f"{place}.lora_up.weight"], adapter[f"{place}.lora_down.weight"]
        added = up @ down * adapter[f"{place}.alpha"] / 2
        plain = bare[name].get_submodule(LAYER).weight
        assert torch.allclose(part.get_submodule(LAYER).weight, plain + added, atol=1e-5)
        assert not any("lora" in name for name, _ in part.named_parameters())
    assert base_of(warm(card)).scheduler.config.flow_shift == 5.0


def test_four_steps_are_those_that_the_adapters_were_made_for(tiny):
    engine = Diffusers(vsmodels.settings("wan2.2-t2v-a14b", tiny("wan2.2-t2v-a14b"), steps=4))
    seen = {"transformer": [], "transformer_2": []}
    for name, part in parts_of(engine).items():
        part.register_forward_pre_hook(
            lambda _part, _given, named, name=name: seen[name].append(named["timestep"].item()),
            with_kwargs=True,
        )

    film_of(engine, shot())

    assert seen["transformer"] == pytest.approx([999, 937], abs=1)
    assert seen["transformer_2"] == pytest.approx([833, 625], abs=1)


@pytest.mark.parametrize("plan", ["none", "fp8", "model", "group"])
def test_they_are_worn_by_every_memory_plan(tiny, plan):
    """In the type that real weights have, of which fp8 stores one byte."""
    card, wish = "wan2.2-t2v-a14b", {"dtype": "bfloat16", "memory": plan}
    worn = Diffusers(vsmodels.settings(card, tiny(card), **wish))
    bare = Diffusers(vsmodels.settings(card, tiny(card), distilled=True, **wish))

    assert not np.array_equal(film_of(worn, shot()).frames, film_of(bare, shot()).frames)


def test_a_negative_prompt_without_guidance_is_told_of(warm):
    engine = warm("wan2.2-ti2v-5b")
    one = film_of(engine, shot())
    other = film_of(engine, shot(negative_prompt="Rain"))
    guided = film_of(engine, shot(negative_prompt="Rain", guidance_scale=4.0))

    assert np.array_equal(one.frames, other.frames)
    assert any("negative prompt has no effect" in note for note in other.notes)
    assert not any("negative prompt" in note for note in (*one.notes, *guided.notes))


@pytest.fixture
def weights(tiny, tmp_path):
    """A copy of weights with no adapters beside them."""
    away = shutil.ignore_patterns("distilled")
    return shutil.copytree(tiny(CARDS[0]), tmp_path / "weights", ignore=away)


def test_the_high_tier_needs_none(weights):
    engine = Diffusers(vsmodels.settings(CARDS[0], weights, quality="high"))

    assert base_of(engine).scheduler.config.flow_shift == 3.0
    assert film_of(engine, shot()).frames.shape[0] == 8


def test_adapters_that_are_missing_say_how_to_fetch_them(weights, monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(JobError, match="vitascope models pull") as caught:
        Diffusers(vsmodels.settings(CARDS[0], weights))

    assert caught.value.code == "model_not_found"
    assert "quality" in caught.value.message


def test_an_adapter_of_another_model_says_so(weights):
    vstiny.write_adapter(weights / "distilled" / "transformer.safetensors", width=36)

    with pytest.raises(JobError, match=r"distilled/transformer\.safetensors.*can't be") as caught:
        Diffusers(vsmodels.settings(CARDS[0], weights))

    assert caught.value.code == "model_damaged"
