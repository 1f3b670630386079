"""Runs a `videos` command line; every failure becomes a message and an exit status.

Commands that create a video can wait until it is finished, with a progress bar on stderr.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2

from vitascope import __version__
from vitascope.cli.videos.client import DEFAULT_BASE_URL, Api, ApiError
from vitascope.cli.videos.grammar import GLOBALS, PROGRAM, Command, full_name, help_text
from vitascope.cli.videos.output import Display, decode
from vitascope.cli.videos.parse import Invocation, UsageError, parse, read_value
from vitascope.cli.videos.request import Request, build_request
from vitascope.cli.videos.terminal import Terminal, check_writable, is_stdout, save
from vitascope.cli.videos.values import CommandError

if TYPE_CHECKING:  # only commands that wait need it
    from rich.console import Console
    from rich.progress import Progress, TaskID

_UNFINISHED = ("queued", "in_progress")
_LONG_POLL = 0.5
_MAX_PAUSE = 5.0

Video = dict[str, Any]


class _Stopped(KeyboardInterrupt):
    """The user pressed Ctrl-C; the video is still being rendered."""


def run(
    words: Sequence[str],
    terminal: Terminal | None = None,
    transport: httpx2.BaseTransport | None = None,
) -> int:
    """Run a command line and return its exit status.

    Args:
        words: the arguments after the program's name.
        terminal: this process's standard streams by default.
        transport: replaces the network in tests.
    """
    terminal = terminal or Terminal()
    try:
        return _run(words, terminal, transport)
    except UsageError as error:
        terminal.complain(str(error))
        return error.status
    except CommandError as error:
        terminal.complain(str(error))
        return 1
    except BrokenPipeError:
        # The reader of stdout has closed it, so the flush at exit must not fail either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(words: Sequence[str], terminal: Terminal, transport: httpx2.BaseTransport | None) -> int:
    invocation = parse(words)
    if invocation.values.get("version"):
        terminal.print(f"{PROGRAM} version {__version__}")
        return 0
    if invocation.values.get("help") or invocation.command is None:
        terminal.print(help_text(invocation.command))
        return 0
    _apply_environment(invocation, terminal)
    run_ = _Run(invocation.command, invocation.values, terminal)
    request = build_request(invocation.command, invocation, terminal.piped)
    with _open_api(run_, transport) as api:
        try:
            return run_.carry_out(api, request)
        except ApiError as error:
            terminal.complain(str(error))
            run_.display("Error", "-error").show(error.detail)
            return 1
        except _Stopped:
            return 130


def _apply_environment(invocation: Invocation, terminal: Terminal) -> None:
    for flag in GLOBALS:
        name = next((name for name in flag.env if terminal.environ.get(name)), None)
        if name is None or flag.name in invocation.values:
            continue
        try:
            invocation.values[flag.name] = read_value(flag, terminal.environ[name])
        except ValueError as problem:
            raise CommandError(str(problem).replace(f"--{flag.name}", name)) from None


def _open_api(run_: _Run, transport: httpx2.BaseTransport | None) -> Api:
    values = run_.values
    names = {"organization": "OpenAI-Organization", "project": "OpenAI-Project"}
    headers = {header: values[name] for name, header in names.items() if values.get(name)}
    if values.get("api-key"):
        headers["Authorization"] = f"Bearer {values['api-key']}"
    files = [values.get(f"mtls-client-{kind}-file") for kind in ("cert", "key")]
    if any(files) and not all(files):
        raise CommandError("mTLS client certificate and key files must be configured together")
    return Api(
        values.get("base-url") or DEFAULT_BASE_URL,
        headers={"X-Stainless-CLI-Command": full_name(run_.command), **headers},
        certificate=(files[0], files[1]) if files[0] and files[1] else None,
        log=run_.terminal.complain if values.get("debug") else None,
        sleep=run_.terminal.sleep,
        transport=transport,
    )


class _Run:
    """One command with its flags."""

    def __init__(self, command: Command, values: dict[str, Any], terminal: Terminal) -> None:
        self.command = command
        self.values = values
        self.terminal = terminal

    @property
    def output(self) -> str:
        """The value of `--output`; empty if it is not set."""
        return str(self.values.get("output", ""))

    def display(self, title: str, suffix: str = "") -> Display:
        """The display that the flags describe; the suffix `-error` selects those for errors."""
        return Display(
            self.terminal,
            title,
            format=self.values.get(f"format{suffix}", "auto"),
            path=self.values.get(f"transform{suffix}", ""),
            raw_output=bool(self.values.get("raw-output")) and not suffix,
        )

    def carry_out(self, api: Api, request: Request) -> int:
        """Run the command and return the exit status."""
        title = f"videos {self.command.name}"
        if self.command.name == "download-content":
            return self._download(api, request)
        if self.command.name == "list" and self.values.get("format") != "raw":
            return self._list(api, request, self.display(title))
        if self.command.job and any(self.values.get(name) for name in ("wait", "output", "open")):
            return self._make(api, request, self.display(title))
        response = api.send(request)
        self.display(title).show(decode(response.text), response.text)
        return 0

    def _list(self, api: Api, request: Request, display: Display) -> int:
        left = self.values.get("max-items", -1)
        for video in _pages(api, request):
            if left == 0:
                break
            display.show(video)
            left -= 1
            if left == 0:
                break  # before the next page is fetched
        return 0

    def _download(self, api: Api, request: Request) -> int:
        opens = bool(self.values.get("open"))
        output = self.output or (self._file_name() if opens else "")
        with api.stream(request) as response:
            path = save(response, output, self.terminal)
        if path is not None:
            self.terminal.print(f"Wrote output to: {path}")
        return self._open(path) if opens else 0

    def _file_name(self) -> str:
        endings = {"thumbnail": ".webp", "spritesheet": ".jpg"}
        ending = endings.get(self.values.get("variant", ""), ".mp4")
        return Path(self.values["video-id"]).name + ending

    def _make(self, api: Api, request: Request, display: Display) -> int:
        """Send the request and wait until its video is finished."""
        if self.output and not is_stdout(self.output):
            check_writable(self.output)
        response = api.send(request)
        video: Video = decode(response.text)
        response = self._wait(api, video) or response
        video = decode(response.text)
        if not is_stdout(self.output) or video["status"] == "failed":
            display.show(video, response.text)
        if video["status"] == "failed":
            return self._report_failure(video)
        if self.output or self.values.get("open"):
            return self._fetch(api, video)
        return 0

    def _wait(self, api: Api, video: Video) -> httpx2.Response | None:
        from rich.console import Console

        console = Console(file=self.terminal.stderr)
        try:
            return _wait_for(api, video, console, self.terminal.sleep)
        except _Stopped:
            self.terminal.complain(
                f"\n{video['id']} is still being rendered. To wait for it again:\n"
                f"  {PROGRAM} videos retrieve {video['id']} --wait"
            )
            raise

    def _report_failure(self, video: Video) -> int:
        error = video.get("error") or {}
        self.terminal.complain(f"{video['id']} failed: {error.get('message', 'no reason given')}")
        return 1

    def _fetch(self, api: Api, video: Video) -> int:
        identifier = str(video["id"])
        content = Request(
            "GET", f"/videos/{quote(identifier, safe='')}/content", accept="application/binary"
        )
        output = self.output or f"{Path(identifier).name}.mp4"
        with api.stream(content) as response:
            path = save(response, output, self.terminal)
        if path is not None:
            self.terminal.complain(f"Wrote output to: {path}")
        return self._open(path) if self.values.get("open") else 0

    def _open(self, path: Path | None) -> int:
        if path is None:
            self.terminal.complain("Nothing to open: the content went to stdout.")
            return 1
        if not self.terminal.opener(path):
            self.terminal.complain(f"This system has no viewer for {path}.")
            return 1
        return 0


def _pages(api: Api, request: Request) -> Iterator[Video]:
    """All videos of a list, page by page."""
    while True:
        page = decode(api.send(request).text)
        yield from page["data"]
        if not (page["data"] and page["has_more"] and page["last_id"]):
            return
        query = {**request.query, "after": page["last_id"]}
        request = replace(request, query=dict(sorted(query.items())))


def _wait_for(
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
        _Stopped: the user pressed Ctrl-C.
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
            while video["status"] in _UNFINISHED:
                started = time.monotonic()
                response = api.send(retrieve)
                video = decode(response.text)
                _update(bar, task, video)
                took = time.monotonic() - started
                # A server that supports `Prefer: wait` has already waited that long.
                if video["status"] in _UNFINISHED and took < _LONG_POLL:
                    sleep(_pause(response))
    except KeyboardInterrupt:
        raise _Stopped from None
    return response


def _pause(response: httpx2.Response) -> float:
    """Seconds until the next request, as the server advises."""
    advice = response.headers.get("openai-poll-after-ms", "")
    return min(_MAX_PAUSE, int(advice) / 1000) if advice.isdecimal() else 1.0


def _bar(console: Console) -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

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
