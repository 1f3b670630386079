"""`vitascope models pull` from a fake hub: what is fetched, and why something is not."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fake_hub import fake_hub

from vitascope.engines.diffusers.cards import card_named

CARD = card_named("ltx-2.5")
NEEDED = {
    "model_index.json": json.dumps(
        {
            "_class_name": "LTX2Pipeline",
            "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
            "transformer": ["diffusers", "LTX2VideoTransformer3DModel"],
            "safety_checker": [None, None],
        }
    ).encode(),
    "scheduler/scheduler_config.json": b'{"a": 1}',
    "transformer/config.json": b"{}",
    "transformer/model.safetensors.index.json": b'{"b": 2}',
    "transformer/model-00001-of-00002.safetensors": b"one",
    "transformer/model-00002-of-00002.safetensors": b"two",
    "latent_upsampler/model.safetensors": b"larger",
}
NOT_NEEDED = {
    "README.md": b"About",
    "ltx-2.5-original.safetensors": b"the same once more",
    "transformer/model.fp16.safetensors": b"half",
    "transformer/pytorch_model.bin": b"pickled",
    "transformer/pytorch_model.bin.index.json": b'{"c": 3}',
    "safety_checker/model.safetensors": b"not loaded",
    "samples/fox.mp4": b"film",
}


@pytest.fixture
def hub():
    with fake_hub(CARD.source, {**NEEDED, **NOT_NEEDED}) as ours:
        yield ours


@pytest.fixture
def vitascope(hub, tmp_path):
    """Runs `vitascope …` as a process that knows this hub alone, and an empty cache."""
    home = tmp_path / "huggingface"

    def run(*words, **more):
        environment = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(home),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "VITASCOPE_DATA_DIR": str(tmp_path / "data"),
        }
        return subprocess.run(
            [sys.executable, "-m", "vitascope.cli.main", *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, **environment, **more},
        )

    return run


def sentence(process):
    """What a command that failed says, after whatever progress it showed."""
    assert process.returncode == 1, process
    assert "Traceback" not in process.stderr
    last = process.stderr.strip().splitlines()[-1]
    assert last.startswith("vitascope: ")
    return last.removeprefix("vitascope: ")


def test_what_the_pipeline_needs_is_fetched_once(vitascope, hub):
    first = vitascope("models", "pull", "ltx-2.5")

    assert first.returncode == 0, first.stderr
    assert set(hub.fetched) == set(NEEDED)
    assert f"Limits: {CARD.territory}" in " ".join(first.stdout.split())
    folder = re.search(r"The weights are at (\S+)", first.stdout)[1]
    assert {path: Path(folder, path).read_bytes() for path in NEEDED} == NEEDED

    hub.fetched.clear()
    again = vitascope("models", "pull", "ltx-2.5")
    assert (again.returncode, hub.fetched) == (0, [])
    shown = vitascope("models", "show", "ltx-2.5", HF_HUB_OFFLINE="1").stdout
    assert re.search(rf"here +{re.escape(folder)}", shown)


def test_a_modular_pipeline_has_an_index_of_its_own(vitascope, hub):
    card = card_named("minimax-h3")
    spec = {"pretrained_model_name_or_path": card.source}
    index = {
        "_class_name": card.pipeline,
        "transformer": ["diffusers", "MiniMaxH3Transformer3DModel", spec],
        "transformer_ref": ["diffusers", "MiniMaxH3Transformer3DModel", spec],
        "vae": [None, None, spec],
    }
    needed = {
        card.index: json.dumps(index).encode(),
        "transformer/model.safetensors": b"one",
        "vae/model.safetensors": b"two",
    }
    hub.repository = card.source
    hub.files = {**needed, "transformer_ref/model.safetensors": b"more", "FL2VA/a.bin": b"old"}
    [adapter] = card.distillation.files.values()
    missing = sentence(vitascope("models", "pull", card.name))
    assert f"The hub has no model {card.distillation.source}" in missing
    hub.others = {card.distillation.source: {adapter: b"three"}}

    process = vitascope("models", "pull", card.name)

    assert process.returncode == 0, process.stderr
    assert set(hub.fetched) == {*needed, adapter}
    folder = re.search(r"The weights are at (\S+)", process.stdout)[1]
    shown = vitascope("models", "show", card.name, HF_HUB_OFFLINE="1").stdout
    assert re.search(rf"here +{re.escape(folder)}", shown)
    assert "European Union" in shown


def test_the_engine_finds_what_was_fetched_and_misses_what_was_not(vitascope, hub, tmp_path):
    look = (
        "from vitascope.engines.diffusers import hub\n"
        "from vitascope.engines.diffusers.cards import card_named\n"
        "from vitascope.errors import JobError\n"
        "try: print(hub.located(card_named('ltx-2.5')))\n"
        "except JobError as error: print(error.code, error)\n"
    )
    environment = {**os.environ, "HF_HOME": str(tmp_path / "huggingface"), "HF_HUB_OFFLINE": "1"}

    def located():
        command = [sys.executable, "-c", look]
        return subprocess.check_output(command, env=environment, text=True).strip()

    assert located().startswith("model_not_found The weights of ltx-2.5")
    fetched = vitascope("models", "pull", "ltx-2.5").stdout
    folder = located()
    assert folder in fetched
    Path(folder, "transformer/model-00002-of-00002.safetensors").unlink()
    assert located().endswith("with: vitascope models pull ltx-2.5")


def test_a_configured_model_is_fetched_from_its_own_source(vitascope, hub, tmp_path):
    hub.repository = "someone/finetune"
    path = tmp_path / "vitascope.toml"
    path.write_text(
        "[models.mine]\nengine = 'diffusers'\ncard = 'ltx-2.5'\nsource = 'someone/finetune'\n",
        encoding="utf-8",
    )
    process = vitascope("models", "pull", "mine", "--config", str(path))
    assert process.returncode == 0, process.stderr
    assert "models--someone--finetune" in process.stdout


@pytest.mark.parametrize("suffix", ["gguf", "safetensors"])
def test_weights_that_a_single_file_replaces_are_not_fetched(vitascope, hub, tmp_path, suffix):
    path = tmp_path / "vitascope.toml"
    file = tmp_path / f"denoiser.{suffix}"
    path.write_text(
        "[models.mine]\nengine = 'diffusers'\ncard = 'ltx-2.5'\n"
        f"transformer_file = {json.dumps(str(file))}\n",
        encoding="utf-8",
    )

    process = vitascope("models", "pull", "mine", "--config", str(path))

    assert process.returncode == 0, process.stderr
    replaced = {name for name in NEEDED if name.startswith("transformer/model")}
    assert len(replaced) == 3  # two files and their index
    assert set(hub.fetched) == set(NEEDED) - replaced
    again = vitascope("models", "pull", "ltx-2.5")
    assert again.returncode == 0, again.stderr
    assert set(hub.fetched) == set(NEEDED)  # without the file, the rest is fetched


def test_files_that_the_configuration_names_are_fetched(vitascope, hub, tmp_path):
    path = tmp_path / "vitascope.toml"
    (tmp_path / "here.onnx").write_bytes(b"local")
    path.write_text(
        "[models.mine]\nengine = 'diffusers'\ncard = 'ltx-2.5'\n"
        "[models.mine.interpolator]\nsource = 'someone/rife-onnx'\nfile = 'rife.onnx'\n"
        f"[models.mine.upscaler]\nsource = {json.dumps(str(tmp_path / 'here.onnx'))}\n"
        "[[models.mine.loras]]\nsource = 'someone/loras'\nfile = 'ink.safetensors'\n",
        encoding="utf-8",
    )
    hub.others = {"someone/loras": {"ink.safetensors": b"ink"}, "someone/rife-onnx": {}}

    missing = sentence(vitascope("models", "pull", "mine", "--config", str(path)))
    hub.others["someone/rife-onnx"]["rife.onnx"] = b"between"
    process = vitascope("models", "pull", "mine", "--config", str(path))

    assert missing.startswith("The hub has no someone/rife-onnx/rife.onnx")
    assert process.returncode == 0, process.stderr
    assert {"rife.onnx", "ink.safetensors"} <= set(hub.fetched)


def test_a_gated_model_says_where_to_accept_its_licence(vitascope, hub):
    hub.gated = True

    message = sentence(vitascope("models", "pull", "ltx-2.5"))
    assert f"Accept it at https://huggingface.co/{CARD.source}, set HF_TOKEN" in message

    accepted = vitascope("models", "pull", "ltx-2.5", HF_TOKEN=hub.token)
    assert accepted.returncode == 0, accepted.stderr


def test_a_model_that_the_hub_does_not_know(vitascope):
    message = sentence(vitascope("models", "pull", "ltx-2.5", "--source", "someone/else"))
    assert message.startswith("The hub has no model someone/else")


def test_a_repository_in_another_layout(vitascope, hub):
    del hub.files["model_index.json"]
    message = sentence(vitascope("models", "pull", "ltx-2.5"))
    assert "has no model_index.json: it is not in the layout of diffusers" in message


def test_a_disk_that_is_too_small_is_reported_before_anything_large_is_fetched(vitascope, hub):
    hub.size = 2**60
    message = sentence(vitascope("models", "pull", "ltx-2.5"))
    assert "take 6442450944.0 GiB more" in message
    assert "set HF_HOME" in message
    assert hub.fetched == ["model_index.json"]


@pytest.mark.parametrize(
    ("status", "variables", "reason"),
    [
        (401, {"HF_TOKEN": "hf_old"}, "the hub answered with status 401: is HF_TOKEN right?"),
        (None, {"HF_HUB_OFFLINE": "1"}, "the hub can't be reached"),
    ],
)
def test_a_hub_that_does_not_answer_well(vitascope, hub, status, variables, reason):
    hub.refusal = status
    message = sentence(vitascope("models", "pull", "ltx-2.5", **variables))
    assert f"could not be fetched ({reason}" in message
    assert "try again later with: vitascope models pull ltx-2.5" in message


def test_a_hub_that_does_not_answer_at_all(vitascope, hub):
    """Both at once: the hub's client waits for half a minute before it gives up."""
    hub.refusal = 500
    elsewhere = {"HF_ENDPOINT": "http://127.0.0.1:1"}

    def pulled(variables):
        return sentence(vitascope("models", "pull", "ltx-2.5", **variables))

    with ThreadPoolExecutor() as both:
        for message in both.map(pulled, ({}, elsewhere)):
            assert "could not be fetched (the hub can't be reached or has an error" in message
            assert "try again later with: vitascope models pull ltx-2.5" in message


def test_adapters_are_fetched_for_weights_in_a_folder_too(vitascope, hub, tmp_path):
    card = card_named("wan2.2-t2v-a14b")
    (tmp_path / "weights").mkdir()
    needed = {name: name.encode() for name in card.distillation.files.values()}
    hub.others = {card.distillation.source: {**needed, "more.safetensors": b"another"}}

    process = vitascope("models", "pull", card.name, "--source", str(tmp_path / "weights"))

    assert process.returncode == 0, process.stderr
    assert sorted(hub.fetched) == sorted(needed)
    assert card.distillation.source in process.stdout


def test_the_kernels_of_the_gpus_are_fetched_and_a_failure_is_reported(monkeypatch):
    from diffusers.models import attention_dispatch as dispatch

    from vitascope.engines.diffusers.kernels import fetch_kernels

    def fetch(backend):
        if backend.value == "sage_hub":
            raise ValueError("not published by a trusted publisher\nmore")

    monkeypatch.setattr(dispatch, "_maybe_download_kernel_for_backend", fetch)
    masked = card_named("hunyuanvideo-1.5")

    assert list(fetch_kernels(CARD, [])) == list(fetch_kernels(CARD, [(7, 5)])) == []
    assert list(fetch_kernels(masked, [(8, 9), (9, 0)])) == [
        "The attention kernel sage_hub can't be downloaded (not published by a trusted publisher): "
        "a slower one is used.",
        "The attention kernel flash_varlen_hub is installed.",
        "The attention kernel _flash_3_hub is installed.",
        "The attention kernel _flash_3_varlen_hub is installed.",
    ]
