"""The real thing: `vitascope serve` in a process of its own, and what a test may ask of it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import process_tree
from openai import OpenAI
from waiting import wait_for

READY = "Vitascope is ready on "
UNFINISHED = ("queued", "in_progress")
Json = dict[str, Any]


def run_cli(*arguments: str, seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Run the `vitascope` command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "vitascope.cli.main", *arguments],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


class Server:
    """One `serve` on a data folder; can be killed and started again on the same folder.

    Attributes:
        url: where it listens, without `/v1`.
        http: a plain client whose base URL is the API's.
    """

    def __init__(
        self, data_dir: Path, *flags: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.data_dir = data_dir
        self.url = ""
        self.http = httpx2.Client(trust_env=False, timeout=60)
        self._flags = flags
        self._environment = environment or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._output = data_dir.with_name(f"{data_dir.name}.out")
        self._log = data_dir.with_name(f"{data_dir.name}.log")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """What the server and its workers said on stderr since it was made."""
        return self._log.read_text("utf-8")

    @property
    def output(self) -> str:
        """What the server said on stdout since it was started."""
        return self._output.read_text("utf-8")

    def start(self) -> None:
        """Start and return when the ready line is out."""
        command = [sys.executable, "-m", "vitascope.cli.main", "serve", "--port", "0"]
        command += ["--data-dir", str(self.data_dir), *self._flags]
        with self._output.open("wb") as output, self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                env={**os.environ, **self._environment},
            )
        line = wait_for(self._first_line, "the ready line", every=0.01)
        assert line.startswith(READY), f"{line!r}\n{self.log}"
        self.url = line.removeprefix(READY).strip()
        self.http.base_url = f"{self.url}/v1"

    def _first_line(self) -> str:
        assert self._process is not None
        assert self._process.poll() is None, f"the server ended:\n{self.log}"
        line, newline, _ = self.output.partition("\n")
        return line + newline if newline else ""

    def stop(self, signum: int = signal.SIGTERM, *, seconds: float = 20.0) -> int:
        """Ask it to end and wait; the exit status."""
        assert self._process is not None
        self._process.send_signal(signum)
        return self._process.wait(seconds)

    def kill(self) -> list[int]:
        """Kill the API's process alone; the pids of those that ran below it."""
        assert self._process is not None
        family = self.family()
        self._process.kill()
        self._process.wait()
        return family

    def close(self) -> None:
        """End everything, however things stand."""
        self.http.close()
        if self._process is None:
            return
        family = self.family()
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(20)
        finally:
            for pid in [self._process.pid, *family]:
                if process_tree.alive(pid) and (pid == self.pid or self._is_ours(pid)):
                    process_tree.kill(pid)
            self._process.wait()

    def _is_ours(self, pid: int) -> bool:
        return "vitascope.jobs" in process_tree.command_of(pid)

    def family(self) -> list[int]:
        """Every process below the API's."""
        return process_tree.below(self.pid)

    def workers(self) -> list[int]:
        """The worker processes."""
        return [pid for pid in self.family() if process_tree.WORKER in process_tree.command_of(pid)]

    def engine_children(self) -> list[int]:
        """The processes that draw."""
        commands = {pid: process_tree.command_of(pid) for pid in self.family()}
        return [pid for pid, line in commands.items() if process_tree.ENGINE_CHILD in line]

    def warm_child(self) -> int:
        """The process that draws, once there is one."""
        return wait_for(self.engine_children, "an engine's process")[0]

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The server's SQLite file; what is written is committed."""
        path = self.data_dir / "vitascope.db"
        with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def row(self, video_id: str) -> Json:
        """A video's row as it is now; empty if there is none."""
        with self.database() as connection:
            row = connection.execute("SELECT * FROM videos WHERE id = ?", (video_id,)).fetchone()
        return dict(row) if row else {}

    def spec(self, video_id: str) -> Json:
        """A video's job specification as it is stored."""
        spec: Json = json.loads(self.row(video_id)["spec"])
        return spec

    def change_spec(self, video_id: str, **changes: object) -> None:
        """Write other values into a stored job specification."""
        spec = {**self.spec(video_id), **changes}
        with self.database() as connection:
            connection.execute(
                "UPDATE videos SET spec = ? WHERE id = ?", (json.dumps(spec), video_id)
            )

    def stored(self, video_id: str) -> set[str]:
        """Names of the stored files of a video, below its folder."""
        folder = self.data_dir / "files" / "videos" / video_id
        return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}

    def scratch(self) -> list[Path]:
        """Every file and every job's folder in the scratch space."""
        base = self.data_dir / "tmp"
        rooms = set(base.iterdir()) if base.exists() else set()
        return [path for path in base.rglob("*") if path not in rooms]

    def openai(self, **options: Any) -> OpenAI:
        """The official client, for this server."""
        return OpenAI(base_url=f"{self.url}/v1", api_key="any", **options)

    def create(self, prompt: str = "A heron in the mist", **fields: Any) -> Json:
        """Create a video from JSON and return it."""
        response = self.http.post("/videos", json={"prompt": prompt, **fields})
        assert response.status_code == 200, response.text
        return dict(response.json())

    def create_slow(self) -> Json:
        """Create a video that takes long enough to look at it, or do something to it, meanwhile."""
        return self.create("A slow river in the hills", seconds="20", size="1920x1080")

    def retrieve(self, video_id: str) -> Json:
        """A video as the API tells it."""
        response = self.http.get(f"/videos/{video_id}")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def cancel(self, video_id: str) -> Json:
        """Call a video off."""
        response = self.http.post(f"/videos/{video_id}/cancel")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def wait_until(self, video_id: str, *statuses: str, seconds: float = 120.0) -> Json:
        """Wait until a video has one of these statuses and return it."""

        def look() -> Json | None:
            video = self.retrieve(video_id)
            assert video["status"] in (*UNFINISHED, *statuses), video
            return video if video["status"] in statuses else None

        return wait_for(look, f"{video_id} to be {' or '.join(statuses)}", seconds=seconds)

    def rendered(self, prompt: str = "A heron in the mist", **fields: Any) -> Json:
        """Create a video and wait until it is completed."""
        return self.wait_until(self.create(prompt, **fields)["id"], "completed")

    def download(self, video_id: str, **query: str) -> httpx2.Response:
        """A video's content, read to its end."""
        return self.http.get(f"/videos/{video_id}/content", params=query)
