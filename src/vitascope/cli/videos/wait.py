"""Waits until a video is finished and shows a progress bar on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from vitascope.cli.videos.client import Api
from vitascope.cli.videos.output import decode
from vitascope.cli.videos.request import Request

UNFINISHED = ("queued", "in_progress")
_LONG_POLL = 0.5
_MAX_PAUSE = 5.0

Video = dict[str, Any]


class Stopped(KeyboardInterrupt):
    """The user pressed Ctrl-C; the video is still being rendered."""


def wait_for(
    api: Api,
    video: Video,
    console: Console,
    sleep: Callable[[float], None],
) -> httpx2.Response | None:
    """Wait until a video is finished.

    Args:
        api: the API that renders it.
        video: its last known state.
        console: shows the bar if it is a terminal.
        sleep: waits for a number of seconds.

    Returns:
        The last response; None if the video was already finished.

    Raises:
        Stopped: the user pressed Ctrl-C.
    """
    retrieve = Request(
        "GET",
        f"/videos/{quote(str(video['id']), safe='')}",
        headers={"Prefer": f"wait={_LONG_POLL}"},
    )
    response = None
    try:
        with _bar(console) as bar:
            task = bar.add_task("Queued", total=100)
            while video["status"] in UNFINISHED:
                started = time.monotonic()
                response = api.send(retrieve)
                video = decode(response.text)
                _update(bar, task, video)
                took = time.monotonic() - started
                # A server that supports `Prefer: wait` has already waited that long.
                if video["status"] in UNFINISHED and took < _LONG_POLL:
                    sleep(_pause(response))
    except KeyboardInterrupt:
        raise Stopped from None
    return response


def _pause(response: httpx2.Response) -> float:
    """Seconds until the next request, as the server advises."""
    advice = response.headers.get("openai-poll-after-ms", "")
    return min(_MAX_PAUSE, int(advice) / 1000) if advice.isdecimal() else 1.0


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=40),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        disable=not console.is_terminal,
    )


_DESCRIPTIONS = {
    "queued": "Queued",
    "in_progress": "Rendering",
    "completed": "Rendered",
    "failed": "Failed",
}


def _update(bar: Progress, task: TaskID, video: Video) -> None:
    description = _DESCRIPTIONS.get(video["status"], str(video["status"]))
    bar.update(task, description=description, completed=video.get("progress") or 0)
