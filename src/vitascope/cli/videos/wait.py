"""Waiting: a video until it is finished, with a live progress bar on stderr."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from vitascope.cli.videos.client import Api
from vitascope.cli.videos.request import Request
from vitascope.cli.videos.show import decode

UNFINISHED = ("queued", "in_progress")
_GLANCE = 0.5
_LONGEST_PAUSE = 5.0

Video = dict[str, Any]


class Stopped(KeyboardInterrupt):
    """The person stopped waiting; the video goes on."""


def wait_for(
    api: Api,
    video: Video,
    console: Console,
    sleep: Callable[[float], None],
) -> httpx2.Response | None:
    """Wait until a video is finished.

    Args:
        api: where it is made.
        video: as it was last seen.
        console: shows the bar if it is a screen.
        sleep: waits for seconds.

    Returns:
        The last look's answer; None if the video was finished from the start.

    Raises:
        Stopped: at Ctrl-C.
    """
    look = Request(
        "GET",
        f"/videos/{quote(str(video['id']), safe='')}",
        headers={"Prefer": f"wait={_GLANCE}"},
    )
    response = None
    try:
        with _bar(console) as bar:
            task = bar.add_task("Waiting in line", total=100)
            while video["status"] in UNFINISHED:
                started = time.monotonic()
                response = api.send(look)
                video = decode(response.text)
                _update(bar, task, video)
                took = time.monotonic() - started
                # A server that does as it is asked was waiting all that time.
                if video["status"] in UNFINISHED and took < _GLANCE:
                    sleep(_pause(response))
    except KeyboardInterrupt:
        raise Stopped from None
    return response


def _pause(response: httpx2.Response) -> float:
    """Seconds until the next look, as the server advises."""
    advice = response.headers.get("openai-poll-after-ms", "")
    return min(_LONGEST_PAUSE, int(advice) / 1000) if advice.isdecimal() else 1.0


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
    "queued": "Waiting in line",
    "in_progress": "Rendering",
    "completed": "Rendered",
    "failed": "Failed",
}


def _update(bar: Progress, task: TaskID, video: Video) -> None:
    description = _DESCRIPTIONS.get(video["status"], str(video["status"]))
    bar.update(task, description=description, completed=video.get("progress") or 0)
