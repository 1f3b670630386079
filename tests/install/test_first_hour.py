"""A newcomer's first commands, on a PATH without the project's tools."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vitascope import __version__

ROOT = Path(__file__).parents[2]
# What the scripts call besides Python and what they install.
SYSTEM_TOOLS = ("bash", "dirname", "env", "sed")
NEEDED = ("src", "scripts", "requirements", "pyproject.toml", "README.md", "LICENSE", "NOTICE")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout without its environment; compiled files come along."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name)
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """Variables with a PATH that has Python and system tools only."""
    programs = tmp_path_factory.mktemp("programs")
    (programs / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    for tool in SYSTEM_TOOLS:
        (programs / tool).symlink_to(shutil.which(tool))
    steering = ("VITASCOPE_", "UV_PROJECT_ENVIRONMENT", "VIRTUAL_ENV", "PYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    # Compiling all packages takes longer than these tests, which import few of them.
    return {**kept, "PATH": str(programs), "UV_COMPILE_BYTECODE": "0"}


def run(*command, cwd, env):
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_a_file_with_another_hash_is_refused(checkout, bare, tmp_path):
    pins = checkout / "requirements" / "run.txt"
    right = pins.read_text("utf-8")
    # All hashes of one package, so that none of its files fits.
    entry = re.search(r"^docstring-parser==(?:.*\\\n)+.*", right, re.MULTILINE)[0]
    pins.write_text(right.replace(entry, re.sub(r"sha256:\w{8}", "sha256:" + "0" * 8, entry)))
    refused = run(checkout / "scripts/vitascope", "--version", cwd=tmp_path, env=bare)
    pins.write_text(right)
    assert refused.returncode != 0
    assert re.search(r"docstring.parser", refused.stderr)
    assert "hash" in refused.stderr.lower()


def test_the_script_runs_from_any_folder(checkout, bare, tmp_path):
    done = run(checkout / "scripts/vitascope", "--version", cwd=tmp_path, env=bare)
    assert (done.returncode, done.stdout) == (0, f"{__version__}\n"), done.stderr
    # Relative paths are relative to the caller's folder.
    (tmp_path / "vitascope.toml").write_text('colour = "blue"\n')
    words = ["models", "list", "--config", "vitascope.toml"]
    refused = run(checkout / "scripts/vitascope", *words, cwd=tmp_path, env=bare)
    assert refused.returncode == 1
    assert "colour" in refused.stderr


def test_it_can_be_installed_as_a_tool(checkout, bare, tmp_path):
    readme = (ROOT / "README.md").read_text("utf-8")
    [line] = re.findall(r"^(uv tool install [^#\n]+?) *#", readme, re.MULTILINE)
    uv = next(checkout.glob(".cache/uv-*/bin/uv"))
    folders = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    done = run(uv, *line.split()[1:], cwd=checkout, env={**bare, **folders})
    assert done.returncode == 0, done.stderr
    env = {**bare, "PATH": str(tmp_path / "bin")}
    done = run(tmp_path / "bin" / "vitascope", "--version", cwd=tmp_path, env=env)
    assert (done.returncode, done.stdout) == (0, f"{__version__}\n"), done.stderr


def test_the_demo_names_the_script_of_its_checkout(monkeypatch, tmp_path):
    from vitascope.cli.demo import _command

    monkeypatch.chdir(ROOT)
    assert _command() == "scripts/vitascope"
    monkeypatch.chdir(ROOT / "docs")
    assert _command() == "../scripts/vitascope"
