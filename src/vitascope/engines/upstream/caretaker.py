"""The caretaker: cleans up behind an engine's process that was killed, as cancelled jobs are.

A killed process can't tidy up. So each has a small second process, which reads from a pipe what is
open: when the pipe closes, whatever the reason, it deletes the upstream job, which stops it where
the server can, and then the folder with the films. It is a process group of its own, for the
engine's is killed as one.
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


class Caretaker:
    """The engine's side.

    Attributes:
        folder: for files that nobody needs once this process is gone.
    """

    def __init__(self, key_variable: str | None) -> None:
        """Start the process.

        Args:
            key_variable: the environment variable that holds the server's key.
        """
        self.folder = Path(mkdtemp(prefix="vitascope-upstream-"))
        command = [sys.executable, "-m", __name__, str(self.folder), key_variable or ""]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    def mind(self, address: str | None) -> None:
        """Say which job is open now; None: no one is."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):  # it does not outlive us, but it need not live
                self._process.stdin.write(f"{address or ''}\n".encode())

    def close(self) -> None:
        """Let it clean up and wait for it."""
        self._process.communicate()


def _keep_house(lines: Iterable[str], folder: Path, key: str | None) -> None:
    """Wait for the end of the lines, then delete the job of the last one and the folder."""
    address = ""
    for line in lines:
        address = line.strip()
    if address:
        import httpx2  # seldom needed, and most of what this process would weigh

        headers = {"authorization": f"Bearer {key}"} if key else {}
        with suppress(httpx2.HTTPError):
            httpx2.delete(address, headers=headers, timeout=_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Run as `python -m vitascope.engines.upstream.caretaker FOLDER KEY_VARIABLE`."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # its end is the pipe's, which is soon
    _, folder, variable = sys.argv
    _keep_house(sys.stdin, Path(folder), os.environ.get(variable) if variable else None)


if __name__ == "__main__":
    main()
