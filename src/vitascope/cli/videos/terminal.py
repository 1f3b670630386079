"""The standard streams, the environment and the file viewer of a command."""

from __future__ import annotations

import os
import select
import shutil
import stat
import subprocess
import sys
import time
import webbrowser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

_PIPE_TIMEOUT_MS = 10


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
