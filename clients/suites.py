"""The official SDKs' own test suites, as their registries serve them."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from clients import tally
from clients.machine import CACHE, fetch, require, run
from clients.tally import Tally

Pins = Mapping[str, Any]

_PYTEST = ("tests/api_resources/test_videos.py", "-n", "2", "-p", "no:cacheprovider")


def openai_python(pins: Pins, url: str) -> tuple[Tally, str]:
    """`tests/api_resources/test_videos.py` out of openai-python's source distribution."""
    require("uv")
    folder = _once(f"openai-python-{pins['version']}", lambda new: _unpack_python(pins, new))
    done = run(
        [str(folder / "venv/bin/python"), "-m", "pytest", *_PYTEST],
        cwd=folder / f"openai-{pins['version']}",
        extra={"TEST_API_BASE_URL": url},
    )
    return tally.of_pytest(done.stdout), done.stdout


def openai_go(pins: Pins, url: str) -> tuple[Tally, str]:
    """`video_test.go` out of openai-go's module."""
    return _go_suite("openai-go", pins, url, ".", "TestVideo")


def openai_cli(pins: Pins, url: str) -> tuple[Tally, str]:
    """`pkg/cmd/video_test.go` out of the official command's module."""
    return _go_suite("openai-cli", pins, url, "./pkg/cmd", "TestVideos")


def _go_suite(name: str, pins: Pins, url: str, package: str, tests: str) -> tuple[Tally, str]:
    require("go")
    folder = _once(f"{name}-{pins['version']}", lambda new: _unpack_go(pins, new, package))
    # Without -count=1, go answers with the result it had from another server.
    command = ["go", "test", "-json", "-count=1", "-run", tests, package]
    module = folder / f"{pins['module']}@v{pins['version']}"
    done = run(command, cwd=module, extra={"TEST_API_BASE_URL": url})
    return tally.of_go(done.stdout), done.stdout


def _once(name: str, make: Callable[[Path], None]) -> Path:
    """A work folder that is made the first time and found the next."""
    folder = CACHE / name
    if not folder.exists():
        new = CACHE / f"{name}.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        make(new)
        new.rename(folder)
    return folder


def _unpack_python(pins: Pins, folder: Path) -> None:
    sdist, own = f"openai=={pins['version']}", str(folder / "venv/bin/python")
    fetch(
        "uv",
        "venv",
        "--no-config",
        "--quiet",
        "--seed",
        "--python",
        sys.executable,
        str(folder / "venv"),
    )
    fetch("uv", "pip", "install", "--no-config", "--quiet", "--python", own, sdist, *pins["with"])
    download = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "openai"]
    fetch(own, *download, "--dest", str(folder), sdist)
    with tarfile.open(folder / f"openai-{pins['version']}.tar.gz") as archive:
        archive.extractall(folder, filter="data")


def _unpack_go(pins: Pins, folder: Path, package: str) -> None:
    """Unpack the module's own archive: in Go's cache, nothing can be built."""
    module = f"{pins['module']}@v{pins['version']}"
    fetch("go", "mod", "download", module, cwd=folder)
    told = json.loads(run(["go", "mod", "download", "-json", module], cwd=folder).stdout)
    with ZipFile(told["Zip"]) as archive:
        archive.extractall(folder)
    # Fetches and builds what the tests need, and no more.
    fetch("go", "test", "-c", "-o", os.devnull, package, cwd=folder / module)
