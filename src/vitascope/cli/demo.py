"""`vitascope demo`: starts a server, renders a prompt through its API and saves the film."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx2
from cyclopts import Parameter
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from vitascope.errors import VitascopeError

PROMPT = "A fox runs through a snowy forest at dusk, the camera tracking it, wind in the trees"
_READY = "Vitascope is ready on "
_NEXT_STEPS = """\
[bold]Serve it:[/]  {command} serve
[bold]Use it:[/]    pip install openai

[dim]from openai import OpenAI
client = OpenAI(base_url="http://127.0.0.1:8000/v1", api_key="any")
video = client.videos.create_and_poll(prompt="A whale at night")
client.videos.download_content(video.id).write_to_file("whale.mp4")[/]"""


class DemoError(VitascopeError):
    """The demo failed; the text says at which step."""


def demo(
    prompt: str = PROMPT,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("demo.mp4"),
    size: str = "1280x720",
    seconds: str = "4",
) -> None:
    """Start a server, render a prompt through its API, and write the film to a file.

    Args:
        prompt: What to show.
        output: Where to write the MP4.
        size: Width x height.
        seconds: Length: 4, 8, 12, 16 or 20.
    """
    console = Console(stderr=True)
    with _server() as address, httpx2.Client(base_url=f"{address}/v1", timeout=120) as client:
        video = _render(client, console, {"prompt": prompt, "size": size, "seconds": seconds})
        with client.stream("GET", f"/videos/{video['id']}/content") as response:
            _check(response)
            with output.open("wb") as file:
                for chunk in response.iter_bytes():
                    file.write(chunk)
    console.print(f"[bold green]Done:[/] {output} ({size}, {seconds} s)")
    steps = _NEXT_STEPS.format(command=_command())
    console.print(Panel(steps, title="Next steps", expand=False))


def _command() -> str:
    """The command line for `vitascope`; in a checkout its script, which needs no PATH."""
    script = Path(__file__).parents[3] / "scripts" / "vitascope"
    if script.is_file():
        return os.path.relpath(script)
    own = Path(sys.executable).with_name("vitascope")
    return "vitascope" if shutil.which("vitascope") == str(own) else str(own)


@contextmanager
def _server() -> Iterator[str]:
    """A server with a temporary data folder; yields its address."""
    with tempfile.TemporaryDirectory(prefix="vitascope-demo-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "vitascope.cli.main", "serve", "--port=0", "--data-dir", folder],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield _address(process)
        finally:
            process.terminate()
            process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    line = process.stdout.readline() if process.stdout else ""
    if not line.startswith(_READY):
        _out, errors = process.communicate()
        raise DemoError(f"The server did not start.\n{errors.strip()}")
    return line.removeprefix(_READY).strip()


def _render(client: httpx2.Client, console: Console, request: dict[str, str]) -> dict[str, Any]:
    video = _check(client.post("/videos", json=request)).json()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=40),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Rendering", total=100)
        while video["status"] in {"queued", "in_progress"}:
            headers = {"Prefer": "wait=0.2"}
            video = _check(client.get(f"/videos/{video['id']}", headers=headers)).json()
            bar.update(task, completed=video["progress"])
    if video["status"] == "failed":
        raise DemoError(video["error"]["message"])
    return dict(video)


def _check(response: httpx2.Response) -> httpx2.Response:
    if response.status_code != 200:
        response.read()
        raise DemoError(response.json()["error"]["message"])
    return response
