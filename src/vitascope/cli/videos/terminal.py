"""What a command uses of its environment: streams, variables, file viewer, and files it saves."""

from __future__ import annotations

import os
import select
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

import httpx2

from vitascope.cli.videos.values import CommandError, file_error

_PIPE_TIMEOUT_MS = 10
_PRIVATE = 0o600
_ENDINGS = {"video/mp4": ".mp4", "image/webp": ".webp", "image/jpeg": ".jpg", "image/png": ".png"}


def open_with_viewer(path: Path) -> bool:
    """Open a file with the system's viewer; returns whether that worked."""
    for opener in ("xdg-open", "open") if sys.platform != "darwin" else ("open",):
        if found := shutil.which(opener):
            return subprocess.run([found, str(path)], check=False).returncode == 0
    return webbrowser.open(path.resolve().as_uri())


@dataclass
class Terminal:
    """The environment of a command.

    Attributes:
        opener: opens a file in a viewer; returns whether that worked.
        sleep: waits for a number of seconds.
    """

    stdin: BinaryIO = field(default_factory=lambda: sys.stdin.buffer)
    stdout: BinaryIO = field(default_factory=lambda: sys.stdout.buffer)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    opener: Callable[[Path], bool] = open_with_viewer
    sleep: Callable[[float], None] = time.sleep

    def print(self, text: str) -> None:
        """Write a line to stdout."""
        self.write(text + "\n")

    def write(self, text: str) -> None:
        """Write text to stdout."""
        self.stdout.write(text.encode("utf-8", errors="replace"))
        self.stdout.flush()

    def complain(self, text: str) -> None:
        """Write a line to stderr."""
        print(text, file=self.stderr, flush=True)

    @property
    def interactive(self) -> bool:
        """Whether stdout is a terminal."""
        return self.stdout.isatty()

    @property
    def coloured(self) -> bool:
        """Whether to colour the text on stdout."""
        forced = self.environ.get("FORCE_COLOR")
        if forced in {"0", "1"}:
            return forced == "1"
        return self.interactive and not self.environ.get("NO_COLOR")

    @property
    def width(self) -> int:
        """The terminal's number of columns, or 80."""
        return shutil.get_terminal_size((80, 24)).columns if self.interactive else 80

    def piped(self) -> bytes:
        """The data piped or redirected to stdin; empty if there is none."""
        return self.stdin.read() if self._has_input() else b""

    def _has_input(self) -> bool:
        status = os.fstat(self.stdin.fileno())
        if stat.S_ISREG(status.st_mode):
            return status.st_size > 0
        if not (stat.S_ISFIFO(status.st_mode) or stat.S_ISSOCK(status.st_mode)):
            return False
        # Some programs pass a pipe as stdin that is never written to and never closed.
        poll = select.poll()
        poll.register(self.stdin.fileno(), select.POLLIN)
        return bool(poll.poll(_PIPE_TIMEOUT_MS))


def is_stdout(output: str) -> bool:
    """Whether a file name stands for stdout."""
    return output in {"-", "/dev/stdout"}


def check_writable(output: str) -> None:
    """Check that a file can be created, before its content is rendered.

    Raises:
        CommandError: the folder does not exist or is not writable.
    """
    folder = Path(output).parent
    if not folder.is_dir():
        raise CommandError(f"open {output}: no such file or directory")
    if not os.access(Path(output) if Path(output).exists() else folder, os.W_OK):
        raise CommandError(f"open {output}: permission denied")


def save(response: httpx2.Response, output: str, terminal: Terminal) -> Path | None:
    """Write a response's body to its destination.

    Args:
        response: a response whose body has not been read.
        output: a path, `-` for stdout, or empty for stdout unless that is a terminal.
        terminal: provides stdout.

    Returns:
        The path of the file; None for stdout.

    Raises:
        CommandError: the file can't be written.
    """
    if is_stdout(output) or (not output and not terminal.interactive):
        for chunk in response.iter_bytes():
            terminal.stdout.write(chunk)
        terminal.stdout.flush()
        return None
    path, descriptor = _create(output) if output else _create_new(response)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in response.iter_bytes():
            file.write(chunk)
    return path


def _create(output: str) -> tuple[Path, int]:
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    except OSError as problem:
        raise file_error(output, problem) from None
    return Path(output), descriptor


def _create_new(response: httpx2.Response) -> tuple[Path, int]:
    """Create a new file in the current folder, named as the server suggests if that is free."""
    name = _server_name(response)
    try:
        return Path(name), os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except OSError:
        stem, ending = Path(name).stem or "file", Path(name).suffix
        if not ending:
            kind = response.headers.get("content-type", "").partition(";")[0]
            ending = _ENDINGS.get(kind, ".bin")
        descriptor, path = tempfile.mkstemp(ending, f"{stem}-", ".")
        return Path(Path(path).name), descriptor


def _server_name(response: httpx2.Response) -> str:
    """The file name in Content-Disposition without folders; empty if there is none."""
    disposition = response.headers.get("content-disposition", "")
    name = disposition.partition("filename=")[2].partition(";")[0].strip().strip('"')
    return Path(name).name
