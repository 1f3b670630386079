"""MiniMax-H3: our pipeline over diffusers' blocks, its weights, and where it may be used."""

import json
import shutil

import model_fixtures
import numpy as np
import pytest
import torch
from accelerate.hooks import ModelHook, add_hook_to_module
from diffusers import ModularPipeline
from model_fixtures import film_of, small_job
from PIL import Image
from safetensors.torch import load_file

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.engines.diffusers.hub import needed
from vitascope.engines.diffusers.loading import load
from vitascope.errors import JobError

CARD = "minimax-h3"
INDEX = "modular_model_index.json"
RUN = {
    "prompt": "A heron",
    "image": None,
    "width": 64,
    "height": 32,
    "num_frames": 124,
    "num_inference_steps": 3,
}

# Diffusers' sound autoencoder is built with torch's old weight norm.
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")


@pytest.fixture
def weights(tiny, tmp_path):
    """A copy of tiny weights, to be spoilt."""
    return shutil.copytree(tiny(CARD), tmp_path / "weights")


@pytest.fixture
def pipeline(tiny):
    """The pipeline itself."""
    return load(card_named(CARD), model_fixtures.settings(CARD, tiny(CARD)), tiny(CARD)).base


def test_few_steps_are_those_of_the_adapter_at_its_alpha(tiny, warm):
    adapted = warm(CARD, steps=None)
    bare = warm(CARD, distilled=True)
    adapter = load_file(tiny(CARD) / "distilled" / "transformer.safetensors")
    place = "transformer_blocks.1.attn.to_q"
    added = adapter[f"{place}.lora_B.default.weight"] @ adapter[f"{place}.lora_A.default.weight"]
    seen = []
    for part in adapted.loaded.pipelines.transformers:
        part.register_forward_pre_hook(
            lambda _part, _given, named: seen.append(sorted(named["timestep"].tolist())),
            with_kwargs=True,
        )

    film_of(adapted, small_job(frames=2))

    layers = [
        engine.loaded.pipelines.base.transformer.get_submodule(place).weight
        for engine in (adapted, bare)
    ]
    assert torch.allclose(layers[0], layers[1] + 4 / 2 * added, atol=1e-5)
    # Levels of pictures have shift 6, those of sound 3: times run from 0, which is noise.
    for step, time in enumerate((1.0, 0.75, 0.5, 0.25)):
        expected = {1 - shift * time / (1 + (shift - 1) * time) for shift in (6, 3)}
        assert all(any(abs(level - each) < 1e-5 for each in seen[step]) for level in expected)
    assert len(seen) == 4


def _failure(folder, card=CARD):
    with pytest.raises(JobError) as caught:
        Diffusers(model_fixtures.settings(card, folder))
    return caught.value


@pytest.mark.parametrize("options", [{"negative_prompt": "herons"}, {"guidance_scale": 4.0}])
def test_what_distilled_weights_ignore_is_reported(warm, options):
    film = film_of(warm(CARD), small_job(frames=2, **options))

    assert film_of(warm(CARD), small_job(frames=2)).talk.notes == []
    assert any("have no effect" in note for note in film.talk.notes)


def test_progress_rises_step_by_step_and_clip_by_clip(warm):
    film = film_of(warm(CARD), small_job(frames=2, num_inference_steps=4))

    assert film.talk.of("denoise") == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert film.talk.of("decode") == [place / 7 for place in range(1, 8)]  # 124 frames by 17


def test_the_denoiser_runs_once_a_step(pipeline, warm):
    runs = []
    pipeline.transformer.register_forward_hook(lambda *_: runs.append(1))
    loaded = warm(CARD).loaded

    drawn = loaded.call(pipeline, steps=3, generator=loaded.generator(1), **RUN)

    assert len(runs) == 3
    assert drawn.latents.shape == (1, 4, 37, 2, 4)
    assert drawn.audio.shape == (2, 207 * 800)
    assert drawn.audio_rate == 32_000


@pytest.mark.parametrize("image", [None, Image.new("RGB", (64, 32), (200, 90, 30))])
def test_picture_and_sound_are_those_of_the_stock_blocks(pipeline, tiny, image):
    workflow, keyframe = ("t2va", {}) if image is None else ("fl2va", {"image": image})
    stock = ModularPipeline.from_pretrained(str(tiny(CARD)), workflow=workflow)
    stock.load_components(dtype=torch.float32)
    asked = {**RUN, **keyframe, "num_inference_steps": 4}  # of which the last is the end
    asked = {name: value for name, value in asked.items() if value is not None}
    state = stock(**asked, generator=torch.Generator().manual_seed(5), output_type="np")

    drawn = pipeline(
        **{**RUN, "image": image},
        generator=torch.Generator().manual_seed(5),
        callback_on_step_end=lambda *_: {},
        callback_on_step_end_tensor_inputs=[],
    )
    film = np.concatenate(list(pipeline.decoded(drawn.latents, lambda *_: None)))

    assert film.shape == (124, 32, 64, 3)
    assert np.abs(film / 255 - state.get("videos")[0]).max() <= 0.5 / 255 + 1e-5
    assert torch.equal(drawn.audio, state.get("audio")[0])
    assert drawn.audio_rate == state.get("sampling_rate") == 32_000


def test_weights_of_mixed_types_draw_as_well(warm, options):
    film = film_of(
        warm(CARD, dtype="bfloat16", memory="8bit"), small_job(frames=2, **options["image"])
    )

    assert film.frames.std() > 1
    assert np.abs(film.sound).max() > 0.01


def test_every_part_is_fetched_before_it_works(pipeline):
    fetched = []

    class Fetch(ModelHook):
        """What brings a part to the device, where one is there at a time."""

        def __init__(self, name):
            self.name = name

        def pre_forward(self, module, *arguments, **named):
            fetched.append(self.name)
            return arguments, named

    for name in pipeline.model_cpu_offload_seq.split("->"):
        add_hook_to_module(getattr(pipeline, name), Fetch(name))
    drawn = pipeline(
        **{**RUN, "image": Image.new("RGB", (64, 32))},
        generator=torch.Generator(),
        callback_on_step_end=lambda *_: {},
        callback_on_step_end_tensor_inputs=[],
    )
    next(pipeline.decoded(drawn.latents, lambda *_: None))

    order = [name for place, name in enumerate(fetched) if [name] != fetched[place - 1 : place]]
    assert order == ["text_encoder", "vae", "transformer", "audio_vae", "vae"]


def test_the_denoiser_for_references_is_neither_fetched_nor_missed(tiny):
    index = json.loads((tiny(CARD) / INDEX).read_text("utf-8"))
    parts = [name for name, kind in index.items() if isinstance(kind, list)]
    names = [INDEX, "FL2VA/model.safetensors", *(f"{part}/config.json" for part in parts)]

    files = needed(card_named(CARD), index, names)

    assert not (tiny(CARD) / "transformer_ref").exists()
    assert set(names) - set(files) == {"FL2VA/model.safetensors", "transformer_ref/config.json"}


def test_the_card_says_where_its_licence_does_not_hold():
    territory = card_named(CARD).territory

    for place in ("European Union", "United Kingdom", "Republic of Korea", "United States"):
        assert place in territory


def test_another_models_weights_are_recognised_by_their_class(weights):
    index = weights / INDEX
    message = json.loads(index.read_text("utf-8")) | {"_class_name": "MiniMaxMusic3ModularPipeline"}
    index.write_text(json.dumps(message), "utf-8")

    error = _failure(weights)

    assert error.code == "model_mismatch"
    assert "MiniMaxMusic3ModularPipeline" in error.message


def test_a_part_that_is_missing_is_named(weights):
    shutil.rmtree(weights / "audio_vae")

    assert "the part audio_vae is missing" in _failure(weights).message


def test_a_file_that_is_cut_off_is_named(weights):
    file = weights / "vae" / "diffusion_pytorch_model.safetensors"
    file.write_bytes(file.read_bytes()[:-1])

    assert "vae/diffusion_pytorch_model.safetensors is cut off" in _failure(weights).message
