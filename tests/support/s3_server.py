"""A real S3 server, versitygw, that tests start, stop and restart on the same data."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

import httpx2
import pytest
from process_tree import ends_with_parent, free_port
from waiting import wait_for

ROOT = Path(__file__).parents[2]
KEY = "vitascope-tests"
SECRET = "another-secret-of-the-tests"
_HEALTH = "/health"
_NO_GO = 3


class S3:
    """One server, on loopback by default, with the key `KEY` and the secret `SECRET`.

    Attributes:
        port: the same after a restart.
        url: the endpoint.
        folder: the objects as files, at BUCKET/KEY.
        log: the file with the server's log.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._home = Path(tempfile.mkdtemp(prefix="vitascope-s3-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = self._home / "objects"
        self.folder.mkdir()
        (self._home / "metadata").mkdir()
        self.log = self._home / "log"
        self.port = free_port()
        self._address = f"{host}:{self.port}"
        self.url = f"http://{self._address}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables with which a process finds the server."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ALLOW_HTTP": "true",
        }

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start on the same data and port; returns when it answers."""
        command = [
            *(versitygw(), "--access", KEY, "--secret", SECRET, "--quiet"),
            *("--port", self._address, "--health", _HEALTH),
            # Some file systems have no extended attributes.
            *("posix", "--sidecar", str(self._home / "metadata"), str(self.folder)),
        ]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ends_with_parent(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_for(self._answers, "the S3 server", every=0.02)

    def _answers(self) -> bool:
        assert self.running, self.log.read_text("utf-8")
        try:
            return httpx2.get(f"{self.url}{_HEALTH}", trust_env=False).is_success
        except httpx2.TransportError:
            return False

    def stop(self, signum: int = signal.SIGKILL, *, seconds: float = 20.0) -> None:
        """End it with SIGKILL, or with another signal."""
        assert self._process is not None
        self._process.send_signal(signum)
        self._process.wait(seconds)

    def new_bucket(self) -> str:
        """Create an empty bucket; returns its `s3://` address."""
        name = f"test-{uuid.uuid4().hex[:12]}"
        (self.folder / name).mkdir()
        return f"s3://{name}"

    def close(self) -> None:
        """Stop it if it runs, and remove its data."""
        if self.running:
            self.stop()
        shutil.rmtree(self._home)


def versitygw() -> str:
    """The program's path; builds it first if needed.

    Skips the test, with the reason, where it can't be built because Go is missing.
    """
    built = subprocess.run(
        [str(ROOT / "scripts/lib/s3-server")], capture_output=True, text=True, check=False
    )
    if built.returncode == _NO_GO:
        pytest.skip(built.stderr.strip())
    assert built.returncode == 0, built.stderr
    return built.stdout.strip()
