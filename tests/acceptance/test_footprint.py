"""The API process loads no codec and no engine and needs little memory; it starts without setup."""

from __future__ import annotations

import re
import subprocess
import sys

import process_tree
import pytest
from film_checks import picture
from server_process import READY, Server

HEAVY = (
    *("av", "cv2", "numpy", "PIL", "torch", "diffusers", "huggingface_hub", "shadowplay", "mcp"),
    "vitascope.media",
    *(f"vitascope.engines.{name}.engine" for name in ("diffusers", "upstream")),
)
MODELS = """
[models.real]
engine = "diffusers"
card = "ltx-2.5"
[models.farm]
engine = "upstream"
url = "http://gpu-box:30000/v1"
flavour = "sglang"
"""
PROBE = """
import sys
from pathlib import Path
from vitascope import config
from vitascope.cli import serve
from vitascope.api.app import build_app, open_services
from vitascope.engines.registry import capabilities_by_name
settings = config.load(Path(sys.argv[2]), data_dir=Path(sys.argv[1]))
build_app(open_services(settings, capabilities_by_name(settings)))
print("\\n".join(sys.modules))
"""


def test_the_api_imports_neither_codecs_nor_engines(new_data_dir, tmp_path):
    """Not even to list the capabilities of models of every engine."""
    (tmp_path / "vitascope.toml").write_text(MODELS, encoding="utf-8")
    probed = subprocess.run(
        [sys.executable, "-c", PROBE, str(new_data_dir()), str(tmp_path / "vitascope.toml")],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(probed.stdout.split())
    assert "vitascope.api.routes.videos" in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.fixture(scope="module")
def used(make_server):
    """A server that has handled every kind of request."""
    server = make_server(bars=True)
    http = server.http
    video_id = server.rendered("A barn owl")["id"]
    server.create_slow()  # so that the others wait
    for number in range(50):
        server.create(f"Heron {number}")
        http.get("/videos", params={"limit": 100})
    form = {"prompt": "A heron"}
    files = {"input_reference": ("first.png", picture((1920, 1080)))}
    for _ in range(5):
        assert http.post("/videos", data=form, files=files).status_code == 200
    for variant in ("video", "thumbnail", "spritesheet"):
        assert server.download(video_id, variant=variant).status_code == 200
    assert http.get(f"/videos/{video_id}/frame", params={"at": 1}).status_code == 200
    agent = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepting = {"accept": "application/json, text/event-stream"}
    answered = http.post(f"{server.url}/mcp", json=agent, headers=accepting)
    assert "create_video" in answered.text
    assert http.get(f"{server.url}/metrics").status_code == 200
    assert http.get(f"{server.url}/openapi.json").status_code == 200
    for video in http.get("/videos", params={"limit": 100}).json()["data"]:
        http.post(f"/videos/{video['id']}/cancel")
    server.rendered("A barn owl again")
    return server


def test_the_api_stays_below_150_megabytes(used):
    assert process_tree.memory(used.pid)["VmRSS"] < 150_000_000


def test_the_running_api_has_no_library_of_pictures_mapped(used):
    libraries = process_tree.loaded_libraries(used.pid)

    assert "libpython" in libraries or "python" in libraries
    assert not re.search(r"libav|/av/|cv2|numpy|PIL|torch", libraries)
    # The engine process has them: the check itself works.
    assert re.search(r"libav.*|/av/", process_tree.loaded_libraries(used.engine_process()))


def test_serve_needs_nothing(tmp_path):
    """An empty folder without configuration gets a database and a worker.

    tests/install/test_wheel.py renders a film with such a server.
    """
    server = Server(tmp_path / "new" / "folder" / "data")
    server.data_dir.parent.mkdir(parents=True)
    try:
        server.start()
        assert server.http.get(f"{server.url}/healthz").json() == {"status": "ok"}
        server.engine_process()
        ready = server.http.get(f"{server.url}/readyz").json()
        about = server.http.get(f"{server.url}/").json()
    finally:
        server.close()

    assert (ready["status"], ready["workers"]) == ("ok", 1)
    assert ready["free_bytes"] > ready["reserved_bytes"] > 0
    assert (about["name"], about["api"]) == ("vitascope", "/v1")
    assert server.output == f"{READY}{server.url}\n"
