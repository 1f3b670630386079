"""The wheel, built, installed and used outside of the checkout."""

import os
import shutil
import signal
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import httpx2
import pytest

from vitascope import __version__

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    shutil.which("uv") is None, reason="uv builds the wheel; scripts/test-install brings it"
)


def run(*command, cwd):
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run("uv", "build", "--quiet", "--wheel", "--python", sys.executable, "-o", folder, cwd=ROOT)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The `bin` folder of a new environment with the wheel and the project's pins."""
    folder = tmp_path_factory.mktemp("installed")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = folder / "pins.txt"
    pins.write_text("\n".join(settings["tool"]["uv"]["constraint-dependencies"]), encoding="utf-8")
    run("uv", "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    programs = folder / "venv" / "bin"
    run(
        *("uv", "pip", "install", "--quiet", "--python", programs / "python"),
        *("--constraint", pins, wheel),
        cwd=folder,
    )
    return programs


def test_everything_the_program_reads_at_run_time_is_inside(wheel):
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = ROOT / "src"
    expected = {
        str(path.relative_to(source))
        for package in ("shadowplay", "vitascope")
        for path in (source / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert inside == expected
    assert {
        "shadowplay/words/lexicon.toml",
        "shadowplay/py.typed",
        "vitascope/py.typed",
        "vitascope/store/migrations/env.py",
        "vitascope/store/migrations/script.py.mako",
        "vitascope/store/migrations/versions/0001_first_light.py",
    } <= inside


def test_the_metadata_has_licence_and_version(wheel):
    with zipfile.ZipFile(wheel) as archive:
        info = f"vitascope-{__version__}.dist-info"
        metadata = archive.read(f"{info}/METADATA").decode()
        names = set(archive.namelist())
    assert f"\nVersion: {__version__}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= names


def test_the_installed_program_knows_its_version(installed, tmp_path):
    assert run(installed / "vitascope", "--version", cwd=tmp_path).strip() == __version__


def test_the_installed_server_makes_a_film(installed, tmp_path):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    with (
        (tmp_path / "log").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [installed / "vitascope", "serve", "--port", "0", "--data-dir", tmp_path / "data"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        try:
            line = server.stdout.readline()
            assert line.startswith("Vitascope is ready on http://127.0.0.1:"), log_of(tmp_path)
            make_a_film(line.split()[-1])
        finally:
            server.terminate()
    assert server.returncode in {0, -signal.SIGTERM}, log_of(tmp_path)


def make_a_film(address):
    with httpx2.Client(base_url=f"{address}/v1", timeout=120) as client:
        created = client.post("/videos", json={"prompt": "A fox", "resolution": "360x640"})
        assert created.status_code == 200, created.text
        path = f"/videos/{created.json()['id']}"
        for _ in range(4):
            video = client.get(path, headers={"prefer": "wait=60"}).json()
            if video["status"] in {"completed", "failed"}:
                break
        assert (video["status"], video["error"]) == ("completed", None)
        film = client.get(f"{path}/content")
        assert film.status_code == 200
        assert film.content[4:8] == b"ftyp"


def log_of(folder):
    return (folder / "log").read_text(encoding="utf-8")
