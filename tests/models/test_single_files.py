"""Denoisers from single files: GGUF and safetensors, with diffusers' keys or the authors'."""

import json
import re
import shutil

import gguf
import model_fixtures
import numpy as np
import pytest
import torch
from model_fixtures import film_of, small_job
from safetensors.torch import load_file, save_file

from vitascope.engines.diffusers.engine import Diffusers
from vitascope.errors import JobError
from vitascope.spec import Lora

CARD = "wan2.2-ti2v-5b"
AUTHORS = {
    "condition_embedder.time_embedder.linear_1": "time_embedding.0",
    "condition_embedder.time_embedder.linear_2": "time_embedding.2",
    "condition_embedder.text_embedder.linear_1": "text_embedding.0",
    "condition_embedder.text_embedder.linear_2": "text_embedding.2",
    "condition_embedder.time_proj": "time_projection.1",
    "proj_out": "head.head",
    "attn1.to_out.0": "self_attn.o",
    "attn2.to_out.0": "cross_attn.o",
    "attn1.to_": "self_attn.",
    "attn2.to_": "cross_attn.",
    "attn1.": "self_attn.",
    "attn2.": "cross_attn.",
    "ffn.net.0.proj": "ffn.0",
    "ffn.net.2": "ffn.2",
    "norm2": "norm3",
}
"""Wan's own names by those of diffusers."""


def by_the_authors(key):
    for ours, theirs in AUTHORS.items():
        key = key.replace(ours, theirs)
    if key == "scale_shift_table":
        return "head.modulation"
    return key.replace("scale_shift_table", "modulation")


@pytest.fixture
def weights(tiny, tmp_path):
    """A folder without the denoiser's weights, and those weights."""
    folder = shutil.copytree(tiny(CARD), tmp_path / "weights")
    [file] = (folder / "transformer").glob("*.safetensors")
    given = load_file(file)
    file.unlink()
    # A repository may have split the weights; `models pull` fetches none of its files.
    index = {"weight_map": dict.fromkeys(given, "model-00001-of-00002.safetensors")}
    file.with_suffix(".safetensors.index.json").write_text(json.dumps(index), "utf-8")
    return folder, given


@pytest.fixture
def written(weights, tmp_path):
    def write(kind):
        _, given = weights
        if kind == "gguf":
            file = tmp_path / "wan-Q8_0.gguf"
            writer = gguf.GGUFWriter(file, "wan")
            for key, value in given.items():
                array = value.float().numpy()
                small = array.ndim == 2 and array.shape[1] % 32 == 0
                quant = gguf.GGMLQuantizationType.Q8_0 if small else gguf.GGMLQuantizationType.F32
                writer.add_tensor(key, gguf.quants.quantize(array, quant), raw_dtype=quant)
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
            return file
        file = tmp_path / "wan.safetensors"
        name = by_the_authors if kind == "authors" else str
        save_file({name(key): value for key, value in given.items()}, file)
        return file

    return write


def engine(weights, file, **options):
    settings = model_fixtures.settings(CARD, weights[0], transformer_file=str(file), **options)
    return Diffusers(settings)


@pytest.mark.parametrize("kind", ["diffusers", "authors"])
def test_a_safetensors_file_draws_what_the_folder_would(warm, weights, written, kind):
    film = film_of(engine(weights, written(kind)), small_job(frames=2))

    assert np.array_equal(film.frames, film_of(warm(CARD), small_job(frames=2)).frames)


def test_a_gguf_file_draws_with_adapters_kept_active_instead_of_fused(weights, written, tiny):
    file = written("gguf")
    distilled = weights[0] / "distilled"
    lora = {"id": "paint", "source": str(distilled / "transformer.safetensors")}

    loaded = engine(weights, file, loras=[lora], memory="model")
    film = film_of(loaded, small_job(frames=2))
    bare = film_of(engine(weights, file, distilled=True), small_job(frames=2))
    painted = film_of(loaded, small_job(frames=2, loras=(Lora("paint"),)))

    assert loaded.loaded.pipelines.always == {"transformer": 1.0}
    assert not np.array_equal(film.frames, bare.frames)
    assert not np.array_equal(film.frames, painted.frames)


HUNYUAN = {
    r"^time_embed\.timestep_embedder\.linear_([12])": lambda m: f"time_in.mlp.{2 * int(m[1]) - 2}",
    r"^context_embedder\.time_text_embed\.timestep_embedder\.linear_([12])": lambda m: (
        f"txt_in.t_embedder.mlp.{2 * int(m[1]) - 2}"
    ),
    r"^context_embedder\.time_text_embed\.text_embedder": "txt_in.c_embedder",
    r"^context_embedder\.proj_in": "txt_in.input_embedder",
    r"^context_embedder\.token_refiner\.refiner_blocks": "txt_in.individual_token_refiner.blocks",
    r"^(txt_in.+)\.attn\.to_out\.0": r"\1.self_attn_proj",
    r"^(txt_in.+)\.ff\.net\.0\.proj": r"\1.mlp.fc1",
    r"^(txt_in.+)\.ff\.net\.2": r"\1.mlp.fc2",
    r"^(txt_in.+)\.norm_out\.linear": r"\1.adaLN_modulation.1",
    r"^context_embedder_2\.norm": "byt5_in.layernorm",
    r"^context_embedder_2\.linear_": "byt5_in.fc",
    r"^image_embedder\.norm_in": "vision_in.proj.0",
    r"^image_embedder\.linear_1": "vision_in.proj.1",
    r"^image_embedder\.linear_2": "vision_in.proj.3",
    r"^image_embedder\.norm_out": "vision_in.proj.4",
    r"^x_embedder": "img_in",
    r"^cond_type_embed": "cond_type_embedding",
    r"^transformer_blocks": "double_blocks",
    r"\.norm1_context\.linear": ".txt_mod.linear",
    r"(double_blocks\.\d+)\.norm1\.linear": r"\1.img_mod.linear",
    r"\.attn\.to_add_out": ".txt_attn_proj",
    r"\.attn\.add_([qkv])_proj": r".txt_attn_\1",
    r"\.attn\.norm_added_([qk])": r".txt_attn_\1_norm",
    r"\.attn\.norm_([qk])": r".img_attn_\1_norm",
    r"(double_blocks\.\d+)\.attn\.to_out\.0": r"\1.img_attn_proj",
    r"(double_blocks\.\d+)\.attn\.to_([qkv])": r"\1.img_attn_\2",
    r"\.ff_context\.net\.0\.proj": ".txt_mlp.fc1",
    r"\.ff_context\.net\.2": ".txt_mlp.fc2",
    r"(double_blocks\.\d+)\.ff\.net\.0\.proj": r"\1.img_mlp.fc1",
    r"(double_blocks\.\d+)\.ff\.net\.2": r"\1.img_mlp.fc2",
    r"^norm_out\.linear": "final_layer.adaLN_modulation.1",
    r"^proj_out": "final_layer.linear",
}
"""HunyuanVideo 1.5's own names by those of diffusers."""


def hunyuans(weights):
    """The weights in the authors' layout: one matrix for query, key and value of the refiner, and
    the shift of the last layer before its scale."""
    found = {}
    for key, value in weights.items():
        name = key
        for ours, theirs in HUNYUAN.items():
            name = re.sub(ours, theirs, name)
        if name.startswith("final_layer.adaLN"):
            value = torch.cat(value.chunk(2)[::-1])
        found[name] = value
    for key in [key for key in found if ".attn.to_q." in key]:
        parts = [found.pop(key.replace("to_q", f"to_{part}")) for part in "qkv"]
        found[key.replace("attn.to_q", "self_attn_qkv")] = torch.cat(parts)
    return found


def test_hunyuans_own_layout_draws_what_the_folder_would(warm, tiny, tmp_path):
    card = "hunyuanvideo-1.5"
    folder = shutil.copytree(tiny(card), tmp_path / "weights")
    [stored] = (folder / "transformer").glob("*.safetensors")
    file = tmp_path / "hy1.5_t2v_480p_lightx2v_4step.safetensors"
    theirs = hunyuans(load_file(stored))
    assert not any("attn.to_" in key or "_embedder_" in key for key in theirs)
    save_file({key: value.contiguous() for key, value in theirs.items()}, file)
    stored.unlink()

    given = Diffusers(model_fixtures.settings(card, folder, transformer_file=str(file)))
    film = film_of(given, small_job(frames=2))

    own, plain = (each.loaded.pipelines.base.transformer for each in (given, warm(card)))
    weights = dict(own.named_parameters())
    assert weights.keys() == dict(plain.named_parameters()).keys()
    assert all(torch.equal(weights[name], weight) for name, weight in plain.named_parameters())
    # Sums are rounded otherwise where a matrix was a part of another one.
    other = film_of(warm(card), small_job(frames=2)).frames
    assert np.abs(film.frames.astype(int) - other).max() <= 8


def test_plans_follow_from_the_files_size(weights, written):
    loaded = engine(weights, written("gguf")).loaded

    plans = {plan.plan: plan.gib for plan in reversed(loaded._plans)}
    assert "8bit" not in plans
    assert plans["none"] < loaded.card.plans[0].gib - 9  # the card's 9.3 GiB in 16 bits


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda file: file.unlink(), "model_not_found"),
        (lambda file: file.write_bytes(file.read_bytes()[:200]), "model_damaged"),
        (lambda file: save_file({"proj_out.bias": torch.zeros(24)}, file), "model_mismatch"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(weights, written, spoil, code):
    file = written("diffusers")
    spoil(file)

    with pytest.raises(JobError) as caught:
        engine(weights, file)

    assert caught.value.code == code
    assert str(file) in caught.value.message
