"""LoRAs of the configuration: fused for every film, or put on for the films that ask for them."""

import model_fixtures
import numpy as np
import pytest
import tiny_ltx
import tiny_models
import torch
from model_fixtures import film_of, small_job
from safetensors.torch import load_file

from vitascope.engines.diffusers.engine import Diffusers
from vitascope.errors import JobError
from vitascope.spec import Lora

CARD = "wan2.2-ti2v-5b"
EXPERTS = "wan2.2-t2v-a14b"


@pytest.fixture
def adapter(tmp_path):
    """A LoRA that fits the tiny models of Wan."""
    torch.manual_seed(11)
    tiny_models.write_adapter(tmp_path / "loras" / "paint.safetensors")
    return tmp_path / "loras" / "paint.safetensors"


@pytest.fixture
def engine(tiny, adapter):
    def load(*tables, card=CARD, **options):
        loras = [{"source": str(adapter), **table} for table in tables]
        return Diffusers(
            model_fixtures.settings(card, tiny(card), distilled=True, loras=loras, **options)
        )

    return load


def test_one_without_an_id_is_fused_for_every_film(engine, adapter):
    fused = engine({"scale": 0.5}).loaded.pipelines.base.transformer
    bare = engine().loaded.pipelines.base.transformer

    given = load_file(adapter)
    place = "diffusion_model.blocks.1.self_attn.v"
    up, down = given[f"{place}.lora_up.weight"], given[f"{place}.lora_down.weight"]
    added = 0.5 * up @ down * given[f"{place}.alpha"] / 2
    layer = "blocks.1.attn1.to_v"
    plain = bare.get_submodule(layer).weight
    assert torch.allclose(fused.get_submodule(layer).weight, plain + added, atol=1e-5)
    assert not any("lora" in name for name, _ in fused.named_parameters())


@pytest.mark.parametrize(("card", "plan"), [(CARD, "none"), (CARD, "8bit"), (EXPERTS, "none")])
def test_one_with_an_id_is_used_by_the_films_that_ask_for_it(engine, card, plan):
    targets = ["transformer"] + ["transformer_2"] * (card == EXPERTS)
    loaded = engine(*({"id": "paint", "target": each} for each in targets), card=card, memory=plan)
    bare = film_of(engine(card=card, memory=plan), small_job())

    def drawn(*loras):
        return film_of(loaded, small_job(loras=loras)).frames

    adapted = drawn(Lora("paint"))
    assert not np.array_equal(adapted, bare.frames)
    assert not np.array_equal(drawn(Lora("paint", 0.5)), adapted)
    assert np.array_equal(drawn(), bare.frames)
    assert np.array_equal(drawn(Lora("paint")), adapted)


def test_an_adapter_of_the_card_is_used_with_it(tiny, tmp_path):
    """LTX's adapter for edits is put on for a run, and taken off after it."""
    for part in tiny("ltx-2.5").iterdir():
        (tmp_path / part.name).symlink_to(part)
    tiny_ltx.write_adapter(tmp_path / "loras" / "edit.safetensors")
    tiny_ltx.write_adapter(tmp_path / "loras" / "paint.safetensors")
    lora = {"id": "paint", "source": str(tmp_path / "loras"), "file": "paint.safetensors"}
    engine = Diffusers(model_fixtures.settings("ltx-2.5", tmp_path, loras=[lora]))
    source = model_fixtures.moving_film(tmp_path / "film.mp4", frames=24)
    seen = []
    base = engine.loaded.pipelines.base
    base.transformer.register_forward_pre_hook(lambda *_: seen.append(base.get_active_adapters()))

    film_of(engine, small_job(task="edit", source=source, loras=(Lora("paint"),)))
    film_of(engine, small_job(loras=(Lora("paint"),)))

    assert {frozenset(each) for each in seen} == {
        frozenset({"lora-0", "edit"}),
        frozenset({"lora-0"}),
    }


def test_one_that_the_model_does_not_have_fails_the_job(engine):
    loaded = engine({"id": "paint"})

    with pytest.raises(JobError, match="no LoRA named ink") as caught:
        film_of(loaded, small_job(loras=(Lora("ink"),)))

    assert caught.value.code == "lora_not_found"


@pytest.mark.parametrize(
    ("table", "code", "message"),
    [
        ({"source": "/no/such.safetensors"}, "model_not_found", "is not on this machine"),
        ({"source": "a/b", "file": "c.safetensors"}, "model_not_found", "models pull"),
        ({"target": "transformer_2"}, "model_mismatch", "no transformer_2"),
    ],
)
def test_one_that_cannot_be_used_says_why(engine, table, code, message):
    with pytest.raises(JobError, match=message) as caught:
        engine(table)

    assert caught.value.code == code
