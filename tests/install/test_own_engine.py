"""The engine of docs/engines.md, installed as a package, renders in a real server."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from server_process import Server

ROOT = Path(__file__).parents[2]
FILES = ("pyproject.toml", "vitascope_bar/__init__.py", "vitascope_bar/drawing.py", "models.toml")

pytestmark = pytest.mark.skipif(
    shutil.which("uv") is None, reason="uv installs the package; scripts/test-install brings it"
)


@pytest.fixture
def written(tmp_path):
    """The page's code blocks as files."""
    page = (ROOT / "docs" / "engines.md").read_text("utf-8")
    blocks = re.findall(r"^```(?:toml|python)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    for name, block in zip(FILES, blocks, strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(block, "utf-8")
    return tmp_path


@pytest.fixture
def server(written):
    """A server that finds the installed package."""
    command = ["uv", "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    command += ["--target", written / "installed", written]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (written / "vitascope_bar").rename(written / "gone")  # only the installed one is there
    found = {"PYTHONPATH": str(written / "installed")}
    server = Server(written / "data", "--config", str(written / "models.toml"), environment=found)
    server.start()
    yield server
    server.close()


def test_the_engine_of_the_page_renders(server, tmp_path):
    video = server.rendered("A bar", model="bar", resolution="320x184", seconds="4")
    film = tmp_path / "film.mp4"
    film.write_bytes(server.download(video["id"]).content)

    with av.open(film) as opened:
        lights = [frame.to_ndarray()[: frame.height] for frame in opened.decode(video=0)]
        sound = opened.streams.audio[0]
        assert sound.duration * sound.time_base == 4
    places = [float(np.flatnonzero(light.mean(axis=0) > 100).mean()) for light in lights]
    assert places == pytest.approx([n * 304 / 95 + 7.5 for n in range(96)], abs=2)
    assert lights[0][92, 8] == pytest.approx(180, abs=6)  # the table's own key is heeded
    listed = server.http.get("/models").json()["data"]
    assert "bar" in [model["id"] for model in listed]
