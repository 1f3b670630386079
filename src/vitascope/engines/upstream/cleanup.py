"""Deletes the upstream job and the files of an engine process that was killed.

A cancelled job's engine process is killed and can't clean up after itself. So each has a small
second process, which reads the open job's URL from a pipe. When the pipe closes, for any
reason, it deletes the upstream job, which stops it if the server supports that, and then the folder
with the films. It runs in a process group of its own, because the engine's whole group is killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

_SECONDS = 10.0


class Cleanup:
    """The engine's handle on its cleanup process.

    Attributes:
        folder: temporary files, which the process deletes.
        process: the process.
    """

    def __init__(self, key_variable: str | None) -> None:
        """Start the process.

        Args:
            key_variable: the environment variable that holds the server's key.
        """
        self.folder = Path(mkdtemp(prefix="vitascope-upstream-"))
        command = [sys.executable, "-m", __name__, str(self.folder), key_variable or ""]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    def watch(self, address: str | None) -> None:
        """Set the URL of the job to delete if this process dies; None if no job is open."""
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):  # rendering works without the cleanup process
                self.process.stdin.write(f"{address or ''}\n".encode())

    def close(self) -> None:
        """Close the pipe and wait until the process has cleaned up."""
        self.process.communicate()


def _clean_up(lines: Iterable[str], folder: Path, key: str | None) -> None:
    """Read lines to their end, then delete the job at the last line's URL and the folder."""
    address = ""
    for line in lines:
        address = line.strip()
    if address:
        import httpx2  # imported late, because it takes most of this process's memory

        headers = {"authorization": f"Bearer {key}"} if key else {}
        with suppress(httpx2.HTTPError):
            httpx2.delete(address, headers=headers, timeout=_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Run as `python -m vitascope.engines.upstream.cleanup FOLDER KEY_VARIABLE`."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends when the pipe closes
    _, folder, variable = sys.argv
    _clean_up(sys.stdin, Path(folder), os.environ.get(variable) if variable else None)


if __name__ == "__main__":
    main()
