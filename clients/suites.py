"""The official SDKs' own test suites, as their registries serve them."""

from __future__ import annotations

import json
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from clients import tally
from clients.machine import CACHE, Broken, fetch, install, require, requirements, run
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
    own = install(folder / "venv", "client-python-suite")
    text = requirements("client-python-suite").read_text(encoding="utf-8")
    entry = re.search(r"^openai==(.*\\\n)*.*", text, re.MULTILINE)
    assert entry, "openai has no entry"
    (folder / "sdist.txt").write_text(entry[0], encoding="utf-8")
    # In the environment's own build backend: an isolated one would be any version, without a hash.
    download = ("-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation")
    chosen = ("--no-binary", "openai", "--require-hashes", "--requirement", "sdist.txt")
    fetch(own, *download, *chosen, cwd=folder)
    with tarfile.open(folder / f"openai-{pins['version']}.tar.gz") as archive:
        archive.extractall(folder, filter="data")


def check_sum(pins: Pins, found: str) -> None:
    """Compare a module's hash with the pinned one.

    Raises:
        Broken: they differ.
    """
    if pins.get("sum", found) != found:
        raise Broken(f"{pins['module']} has the hash {found}, expected is {pins['sum']}")


def _unpack_go(pins: Pins, folder: Path, package: str) -> None:
    """Unpack the module's own archive: in Go's cache, nothing can be built."""
    module = f"{pins['module']}@v{pins['version']}"
    fetch("go", "mod", "download", module, cwd=folder)
    found = json.loads(run(["go", "mod", "download", "-json", module], cwd=folder).stdout)
    check_sum(pins, found["Sum"])
    with ZipFile(found["Zip"]) as archive:
        archive.extractall(folder)
    # Downloads and builds only what the tests need; the module's go.sum has the hashes.
    fetch("go", "test", "-c", "-o", os.devnull, package, cwd=folder / module)
