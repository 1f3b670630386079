"""The README's way from nothing to a film by a real model, with tiny weights from a fake hub."""

import os
import subprocess
import sys

import pytest
from fake_hub import fake_hub
from server_process import Server

from vitascope.engines.diffusers.cards import card_named

NAME = "wan2.2-ti2v-5b"
TABLE = f"""
[models.sora-2-pro]
engine = "diffusers"
card = "{NAME}"
device = "cpu"
dtype = "float32"
quality = "draft"
steps = 2
render_scale = 0.1
"""

# The official client's farewell to the hosted service.
pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")


@pytest.fixture
def environment(tmp_path):
    return {"HF_HOME": str(tmp_path / "huggingface"), "HF_HUB_OFFLINE": "1"}


def run(environment, *words):
    """A command's exit status and all that it said."""
    process = subprocess.run(
        [sys.executable, "-m", "vitascope.cli.main", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )
    return process.returncode, process.stdout


def test_from_nothing_to_a_film(tiny, tmp_path, environment):
    configuration = tmp_path / "vitascope.toml"
    configuration.write_text(TABLE, "utf-8")
    options = [f"--config={configuration}", f"--data-dir={tmp_path / 'data'}"]

    status, message = run(environment, "doctor", *options)
    assert status == 1
    assert "vitascope models pull sora-2-pro" in message

    folder = tiny(NAME)
    weights = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    card = card_named(NAME)
    adapter = weights.pop("distilled/transformer.safetensors")
    with fake_hub(card.source, weights) as hub:
        hub.others = {card.distillation.source: {card.distillation.files["transformer"]: adapter}}
        online = {**environment, "HF_HUB_OFFLINE": "0", "HF_ENDPOINT": hub.url}
        status, message = run(online, "models", "pull", NAME)
    assert status == 0, message

    status, message = run(environment, "doctor", *options)
    assert status == 0, message
    assert "on cpu, as configured" in message

    server = Server(tmp_path / "data", "--config", str(configuration), environment=environment)
    try:
        server.start()
        client = server.openai()
        abilities = client.models.retrieve("sora-2-pro").vitascope
        film = client.videos.create_and_poll(
            model="sora-2-pro", prompt="A fox", size="1280x720", seconds="4", timeout=180
        )
        content = client.videos.download_content(film.id).read()
        log = server.log
    finally:
        server.close()

    assert abilities["licence"] == "Apache-2.0"
    assert film.status == "completed", (film.error, log)
    assert (film.size, film.seconds) == ("1280x720", "4")
    assert content[4:8] == b"ftyp"
