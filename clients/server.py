"""A server of our own for the clients to talk to."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clients.machine import ROOT, Broken, environment

SCENES = "scenes"
"""A model whose films show what their prompts and sources say."""

_READY = "Vitascope is ready on "
_START_SECONDS = 180.0
_SETTINGS = {
    "VITASCOPE_WEBHOOKS__ALLOW_PRIVATE": "true",  # programs receive some on loopback
    # Clients look at answers and files, not at pictures: the cheap engine of the tests will do.
    "PYTHONPATH": str(ROOT / "tests" / "support" / "plugins"),
    "VITASCOPE_MODELS": json.dumps(
        {
            "sora-2": {"engine": "bars"},
            "sora-2-pro": {"engine": "bars"},
            SCENES: {"engine": "shadowplay"},
        }
    ),
}


@contextmanager
def serving(folder: Path, *flags: str) -> Iterator[str]:
    """Serve on a data folder; gives the address without `/v1`.

    Raises:
        Broken: the server did not start.
    """
    output, log = folder.with_suffix(".out"), folder.with_suffix(".log")
    command = [sys.executable, "-m", "vitascope.cli.main", "serve", "--port", "0"]
    with output.open("wb") as stdout, log.open("wb") as stderr:
        process = subprocess.Popen(
            [*command, "--data-dir", str(folder), *flags],
            env=environment() | _SETTINGS,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
        )
    try:
        yield _address(process, output, log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(process: subprocess.Popen[bytes], output: Path, log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        line = output.read_text(encoding="utf-8")
        if line.endswith("\n"):
            return line.removeprefix(_READY).strip()
        time.sleep(0.05)
    raise Broken(f"The server did not start:\n{log.read_text(encoding='utf-8')}")
