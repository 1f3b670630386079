"""The machine: which toolchains it has, running their commands, and retrying downloads."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache" / "clients"

_PAUSES = (5.0, 20.0)
"""Seconds between the three tries at a registry."""
_MINUTES_A_COMMAND = 15
_FOREIGN = ("OPENAI_", "VITASCOPE_", "TEST_API_")
_REFUSED = re.compile(r"\b(403|404|410) (Forbidden|Not Found|Gone)\b")

# Command, how to ask its version, and the oldest that works.
_TOOLCHAINS = {
    "go": (("go", "version"), (1, 26)),
    "java": (("mvn", "--version"), (3, 6)),
    "node": (("node", "--version"), (20,)),
    "npm": (("npm", "--version"), (9,)),
    "uv": (("uv", "--version"), (0, 5)),
}


class LeftOut(Exception):
    """A client can't be run on this machine; says why."""


class Broken(Exception):
    """A client could not be made ready or did not run to its end; says what happened."""


def require(*toolchains: str) -> None:
    """Make sure that the machine has these.

    Raises:
        LeftOut: it lacks one.
    """
    for name in toolchains:
        command, oldest = _TOOLCHAINS[name]
        required = ".".join(map(str, oldest))
        if shutil.which(command[0]) is None:
            raise LeftOut(f"needs {command[0]} {required} or newer, which this machine lacks")
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        numbers = re.search(r"\d+(\.\d+)+", output)
        found = tuple(int(part) for part in numbers[0].split(".")) if numbers else ()
        if found < oldest:
            raise LeftOut(
                f"needs {command[0]} {required} or newer; this is {output.strip()[:40]!r}"
            )


def fetch(*command: str, cwd: Path = ROOT) -> None:
    """Run a command that downloads: three times, if need be, with pauses.

    Raises:
        LeftOut: the registry says that it does not serve this.
        Broken: it did not work any time.
    """
    for pause in (*_PAUSES, None):
        done = run(command, cwd=cwd)
        if done.returncode == 0:
            return
        if _REFUSED.search(done.stdout):
            raise LeftOut(f"the registry refuses it: {_gist(done.stdout)}")
        if pause is not None:
            time.sleep(pause)
    raise Broken(f"{' '.join(command)} failed:\n{_gist(done.stdout, lines=20)}")


def requirements(name: str) -> Path:
    """The list of a client's Python packages, with their hashes; `scripts/pin` writes it."""
    return ROOT / "requirements" / f"{name}.txt"


def install(environment: Path, name: str) -> str:
    """Make a virtual environment with the packages of a list; returns its Python.

    Raises:
        LeftOut: the registry says that it does not serve them.
        Broken: it did not work, for example because a file has another hash.
    """
    own = str(environment / "bin/python")
    quiet = ("--no-config", "--quiet")
    fetch("uv", "venv", *quiet, "--clear", "--python", sys.executable, str(environment))
    # The lists are complete.
    pip = ("uv", "pip", "install", *quiet, "--no-deps", "--python", own)
    fetch(*pip, "--no-build", "--require-hashes", "--requirement", str(requirements(name)))
    return own


def run(
    command: Sequence[str], *, cwd: Path, extra: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its stdout is all that it said.

    Raises:
        Broken: it did not end in time.
    """
    try:
        return subprocess.run(
            command,
            cwd=cwd,
            env=environment() | dict(extra or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_MINUTES_A_COMMAND * 60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Broken(f"{' '.join(command)} took over {_MINUTES_A_COMMAND} minutes") from None


def environment() -> dict[str, str]:
    """This process's variables, less those that would steer a client or a server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    kept.pop("VIRTUAL_ENV", None)
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # each run would compile a client's packages again
    return kept | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


def _gist(output: str, *, lines: int = 1) -> str:
    said = [line.strip() for line in output.splitlines() if line.strip()]
    return "\n".join(said[-lines:])
