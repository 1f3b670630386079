"""Few steps by adapters: fused into the weights, with the schedule that they were made for."""

import shutil

import model_fixtures
import numpy as np
import pytest
import tiny_models
import torch
from model_fixtures import film_of, small_job
from safetensors.torch import load_file, save_file

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.errors import JobError

CARDS = ["wan2.2-ti2v-5b", "wan2.2-t2v-a14b", "wan2.2-i2v-a14b", "wan2.1-vace-14b"]
LAYER = "blocks.1.attn1.to_v"


def base_of(engine):
    return engine.loaded.pipelines.base


def parts_of(engine):
    return {
        name: getattr(base_of(engine), name)
        for name in card_named(engine.loaded.card.name).distillation.files
    }


@pytest.mark.parametrize("card", CARDS)
def test_every_denoiser_has_its_own_adapter(tiny, warm, card):
    adapted = parts_of(warm(card))
    bare = parts_of(Diffusers(model_fixtures.settings(card, tiny(card), distilled=True)))

    for name, part in adapted.items():
        adapter = load_file(tiny(card) / "distilled" / f"{name}.safetensors")
        place = "diffusion_model.blocks.1.self_attn.v"
        up, down = adapter[f"{place}.lora_up.weight"], adapter[f"{place}.lora_down.weight"]
        added = up @ down * adapter[f"{place}.alpha"] / 2
        plain = bare[name].get_submodule(LAYER).weight
        assert torch.allclose(part.get_submodule(LAYER).weight, plain + added, atol=1e-5)
        assert not any("lora" in name for name, _ in part.named_parameters())


def test_four_steps_are_those_that_the_adapters_were_made_for(tiny):
    engine = Diffusers(model_fixtures.settings("wan2.2-t2v-a14b", tiny("wan2.2-t2v-a14b"), steps=4))
    seen = {"transformer": [], "transformer_2": []}
    for name, part in parts_of(engine).items():
        part.register_forward_pre_hook(
            lambda _part, _given, named, name=name: seen[name].append(named["timestep"].item()),
            with_kwargs=True,
        )

    film_of(engine, small_job())

    assert seen["transformer"] == pytest.approx([999, 937], abs=1)
    assert seen["transformer_2"] == pytest.approx([833, 625], abs=1)


@pytest.mark.parametrize("plan", ["none", "8bit", "model", "group"])
def test_they_are_used_with_every_memory_plan(tiny, plan):
    """In the type that real weights have, of which the plan 8bit stores one byte."""
    card, options = "wan2.2-t2v-a14b", {"dtype": "bfloat16", "memory": plan}
    adapted = Diffusers(model_fixtures.settings(card, tiny(card), **options))
    bare = Diffusers(model_fixtures.settings(card, tiny(card), distilled=True, **options))

    assert not np.array_equal(
        film_of(adapted, small_job()).frames, film_of(bare, small_job()).frames
    )


def test_a_negative_prompt_without_guidance_is_reported(warm):
    engine = warm("wan2.2-ti2v-5b")
    one = film_of(engine, small_job())
    other = film_of(engine, small_job(negative_prompt="Rain"))
    guided = film_of(engine, small_job(negative_prompt="Rain", guidance_scale=4.0))

    assert np.array_equal(one.frames, other.frames)
    assert any("negative prompt has no effect" in note for note in other.notes)
    assert not any("negative prompt" in note for note in (*one.notes, *guided.notes))


def lora(layout):
    """A LoRA for one layer of Wan, by names as some trainers write them, and what it adds."""
    torch.manual_seed(3)
    down, up = torch.randn(2, 24), torch.randn(24, 2) / 4
    bias = torch.randn(24)
    theirs, ours = "blocks.1.self_attn.v", "blocks.1.attn1.to_v"
    match layout:
        case "lora_up/down":
            name = f"diffusion_model.{theirs}"
            weights = {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up}
        case "lora_A/B":
            name = f"diffusion_model.{theirs}"
            weights = {f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}
        case "diff_b":
            name = f"diffusion_model.{theirs}"
            weights = {f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}
            weights[f"{name}.diff_b"] = bias
            weights["diffusion_model.blocks.1.norm3.diff"] = torch.zeros(24)
        case "kohya":
            name = "lora_unet_" + theirs.replace(".", "_")
            weights = {f"{name}.lora_down.weight": down, f"{name}.lora_up.weight": up}
            weights[f"{name}.alpha"] = torch.tensor(2.0)
        case "diffusers":
            name = f"transformer.{ours}"
            weights = {f"{name}.lora_A.weight": down, f"{name}.lora_B.weight": up}
    return weights, up @ down, bias if layout == "diff_b" else torch.zeros(24)


@pytest.mark.parametrize("layout", ["lora_up/down", "lora_A/B", "diff_b", "kohya", "diffusers"])
def test_every_layout_of_keys_is_fused(tiny, weights, layout):
    given, added, bias = lora(layout)
    file = weights / "distilled" / "transformer.safetensors"
    file.parent.mkdir()
    save_file(given, file)

    fused = base_of(Diffusers(model_fixtures.settings(CARDS[0], weights)))
    layer = fused.transformer.get_submodule(LAYER)

    bare = base_of(Diffusers(model_fixtures.settings(CARDS[0], weights, distilled=True)))
    plain = bare.transformer.get_submodule(LAYER)
    assert torch.allclose(layer.weight, plain.weight + added, atol=1e-5)
    assert torch.allclose(layer.bias, plain.bias + bias, atol=1e-5)


@pytest.mark.parametrize(
    "odd",
    [
        "diffusion_model.blocks.7.norm3.diff",  # the model has two blocks
        "diffusion_model.blocks.1.self_attn.norm_k.diff_m",
        "diffusion_model.blocks.7.self_attn.v.lora_A.weight",
        "diffusion_model.wings.lora_A.weight",
        "transformer.blocks.1.wings.lora_A.weight",
    ],
)
def test_keys_that_fit_nothing_are_named(tiny, weights, odd):
    given, _, _ = lora("diffusers" if odd.startswith("transformer") else "lora_A/B")
    file = weights / "distilled" / "transformer.safetensors"
    file.parent.mkdir()
    shape = (2, 24) if "lora" in odd else (24,)
    extra = {odd: torch.ones(shape)}
    if "lora" in odd:
        extra[odd.replace("lora_A", "lora_B")] = torch.ones(24, 2)
    save_file({**given, **extra}, file)

    with pytest.raises(JobError, match="fit nothing in the model") as caught:
        Diffusers(model_fixtures.settings(CARDS[0], weights))

    assert caught.value.code == "model_damaged"
    assert ".".join(odd.split(".")[1:3]).replace("self_attn", "attn") in caught.value.message


WHOLE = {
    "blocks.1.norm3.diff": "blocks.1.norm2.weight",
    "blocks.1.norm3.diff_b": "blocks.1.norm2.bias",
    "blocks.0.self_attn.norm_k.diff": "blocks.0.attn1.norm_k.weight",
    "blocks.0.ffn.2.diff_b": "blocks.0.ffn.net.2.bias",
    "blocks.1.diff_m": "blocks.1.scale_shift_table",
    "text_embedding.0.diff_b": "condition_embedder.text_embedder.linear_1.bias",
    "time_projection.1.diff_b": "condition_embedder.time_proj.bias",
    "patch_embedding.diff": "patch_embedding.weight",
    "head.head.diff": "proj_out.weight",
    "head.diff_m": "scale_shift_table",
}
"""Differences as in LightX2V's adapters for Wan, and the weights that they change."""


@pytest.mark.parametrize("scale", [None, 0.5])
def test_differences_of_whole_weights_are_added(tiny, weights, scale):
    """By the card's own adapter, or by one that the configuration fuses into every film."""
    bare = base_of(Diffusers(model_fixtures.settings(CARDS[0], weights, distilled=True)))
    own = dict(bare.transformer.named_parameters())
    changes = {name: torch.randn(own[ours].shape) for name, ours in WHOLE.items()}
    given, added, _ = lora("lora_up/down")
    file = weights / "distilled" / "transformer.safetensors"
    file.parent.mkdir()
    picture = {"diffusion_model.blocks.1.cross_attn.norm_k_img.diff": torch.ones(24)}
    save_file({**given, **picture, **{f"diffusion_model.{k}": v for k, v in changes.items()}}, file)
    loras = [{"source": str(file), "scale": scale}] if scale else []

    options = {"distilled": bool(scale), "loras": loras}
    fused = base_of(Diffusers(model_fixtures.settings(CARDS[0], weights, **options)))

    changed = dict(fused.transformer.named_parameters())
    wanted = {ours: changes[name] for name, ours in WHOLE.items()}
    wanted[f"{LAYER}.weight"] = added
    for name, weight in own.items():
        more = wanted.get(name, torch.zeros(())) * (scale or 1)
        assert torch.allclose(changed[name], weight + more, atol=1e-5), name


@pytest.fixture
def weights(tiny, tmp_path):
    """A copy of weights with no adapters beside them."""
    away = shutil.ignore_patterns("distilled")
    return shutil.copytree(tiny(CARDS[0]), tmp_path / "weights", ignore=away)


def test_the_high_tier_needs_none(weights):
    engine = Diffusers(model_fixtures.settings(CARDS[0], weights, quality="high"))

    assert film_of(engine, small_job()).frames.shape[0] == 8
    assert not engine.loaded.notes


@pytest.mark.parametrize("card", CARDS)
def test_without_its_adapters_a_model_draws_by_the_base_schedule(tiny, tmp_path, monkeypatch, card):
    """As the tier `high` does, with guidance; the job's log says so."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    away = shutil.ignore_patterns("distilled")
    weights = shutil.copytree(tiny(card), tmp_path / "weights", ignore=away)
    options = {"first_frame": model_fixtures.still(tmp_path / "still.png")} if "i2v" in card else {}

    film = film_of(Diffusers(model_fixtures.settings(card, weights)), small_job(**options))

    high = film_of(
        Diffusers(model_fixtures.settings(card, weights, quality="high")), small_job(**options)
    )
    assert np.array_equal(film.frames, high.frames)
    [note] = [note for note in film.notes if "adapters for few steps" in note]
    assert f"vitascope models pull {card}" in note


def test_an_adapter_of_another_model_is_refused(weights):
    tiny_models.write_adapter(weights / "distilled" / "transformer.safetensors", width=36)

    with pytest.raises(JobError, match=r"distilled/transformer\.safetensors.*can't be") as caught:
        Diffusers(model_fixtures.settings(CARDS[0], weights))

    assert caught.value.code == "model_damaged"
