"""A real `vitascope serve` process, its data folder, and requests to it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bars_engine
import httpx2
import process_tree
from waiting import wait_for

from vitascope.store.database import open_database
from vitascope.store.keys import Keys

if TYPE_CHECKING:  # takes half a second, and most processes of a run need none
    from openai import OpenAI

READY = "Vitascope is ready on "
_STARTED = 120.0
"""Seconds for a start, which takes three on an idle machine."""
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


class CommandProcess:
    """A `vitascope` command in a process of its own, which can be started again."""

    def __init__(
        self, data_dir: Path, flags: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self.data_dir = data_dir
        self._flags = flags
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data_dir.with_name(f"{data_dir.name}.log")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """The stderr of the command and its processes, over all starts."""
        return self._log.read_text("utf-8")


class Server(CommandProcess):
    """One `serve` on a data folder; can be killed and restarted on the same folder.

    Attributes:
        url: its address, without `/v1`.
        http: a client with the API's base URL.
    """

    def __init__(
        self,
        data_dir: Path,
        *flags: str,
        environment: Mapping[str, str] | None = None,
        bars: bool = False,
    ) -> None:
        """Prepare; `start` starts it.

        Args:
            data_dir: its data folder.
            flags: of `vitascope serve`.
            environment: further variables.
            bars: render with the cheap engine of `bars_engine`.
        """
        own = bars_engine.ENVIRONMENT if bars else {}
        super().__init__(data_dir, flags, {**own, **(environment or {})})
        self.url = ""
        self.http = httpx2.Client(trust_env=False, timeout=60)
        self._bars = bars
        self._output = data_dir.with_name(f"{data_dir.name}.out")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def output(self) -> str:
        """The stdout of the server since its last start."""
        return self._output.read_text("utf-8")

    def start(self, *, port: int = 0) -> None:
        """Start; returns when the ready line has been printed."""
        command = [sys.executable, "-m", "vitascope.cli.main", "serve", "--port", str(port)]
        command += ["--data-dir", str(self.data_dir), *self._flags]
        with self._output.open("wb") as output, self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                env={**os.environ, **self._environment},
            )
        line = wait_for(self._first_line, "the ready line", seconds=_STARTED, every=0.01)
        assert line.startswith(READY), f"{line!r}\n{self.log}"
        self.url = line.removeprefix(READY).strip()
        self.http.base_url = f"{self.url}/v1"

    def _first_line(self) -> str:
        assert self._process is not None
        assert self._process.poll() is None, f"the server ended:\n{self.log}"
        line, newline, _ = self.output.partition("\n")
        return line + newline if newline else ""

    def stop(self, signum: int = signal.SIGTERM, *, seconds: float = 20.0) -> int:
        """Send a signal and wait for the end; returns the exit status."""
        assert self._process is not None
        self._process.send_signal(signum)
        return self._process.wait(seconds)

    def kill(self) -> list[int]:
        """Kill the API process alone; returns its descendants' pids."""
        assert self._process is not None
        descendants = self.descendants()
        self._process.kill()
        self._process.wait()
        return descendants

    def close(self) -> None:
        """End the server and all its descendants."""
        self.http.close()
        if self._process is None:
            return
        descendants = self.descendants()
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(20)
        finally:
            for pid in [self._process.pid, *descendants]:
                if process_tree.alive(pid) and (pid == self.pid or self._is_ours(pid)):
                    process_tree.kill(pid)
            self._process.wait()

    def _is_ours(self, pid: int) -> bool:
        command = process_tree.command_of(pid)
        return "vitascope.jobs" in command or "vitascope.cli.processes" in command

    def descendants(self) -> list[int]:
        """All processes below the API process."""
        return process_tree.descendants(self.pid)

    def workers(self) -> list[int]:
        """The worker processes."""
        return self._running(process_tree.WORKER)

    def engine_processes(self) -> list[int]:
        """The engine processes."""
        return self._running(process_tree.ENGINE_CHILD)

    def _running(self, module: str) -> list[int]:
        return [pid for pid in self.descendants() if module in process_tree.command_of(pid)]

    def engine_process(self) -> int:
        """The engine process; waits until there is one."""
        return wait_for(self.engine_processes, "an engine process")[0]

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """A connection to the server's SQLite file; commits at the end."""
        path = self.data_dir / "vitascope.db"
        with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def row(self, video_id: str) -> Json:
        """A video's row; empty if there is none."""
        with self.database() as connection:
            row = connection.execute("SELECT * FROM videos WHERE id = ?", (video_id,)).fetchone()
        return dict(row) if row else {}

    def make_key(self, project: str) -> str:
        """A new key, as `vitascope keys create` makes it, whose process takes a second to start.

        Returns when a running server requires keys and accepts this one.
        """

        async def make() -> str:
            database = open_database(f"sqlite:///{self.data_dir / 'vitascope.db'}")
            try:
                return (await Keys(database).create(project))[1]
            finally:
                await database.dispose()

        key = asyncio.run(make())
        if self.running:  # it reads the keys once a second
            wait_for(lambda: self._lists("any") == 401 and self._lists(key) == 200, "the key")
        return key

    def _lists(self, key: str) -> int:
        headers = {"authorization": f"Bearer {key}"}
        return self.http.get("/videos", params={"limit": 1}, headers=headers).status_code

    def spec(self, video_id: str) -> Json:
        """A video's stored job specification."""
        spec: Json = json.loads(self.row(video_id)["spec"])
        return spec

    def change_spec(self, video_id: str, **changes: object) -> None:
        """Change values in a stored job specification."""
        spec = {**self.spec(video_id), **changes}
        with self.database() as connection:
            connection.execute(
                "UPDATE videos SET spec = ? WHERE id = ?", (json.dumps(spec), video_id)
            )

    def stored(self, video_id: str) -> set[str]:
        """The stored files of a video, relative to its folder."""
        folder = self.data_dir / "files" / "videos" / video_id
        return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}

    def scratch(self) -> list[Path]:
        """All files and job folders in the scratch space, without the locks of fetches."""
        base = self.data_dir / "tmp"
        locks = base / "places"
        permanent = {*base.glob("*"), *locks.glob("*")}
        while True:
            with suppress(FileNotFoundError):  # a folder was removed meanwhile
                return [path for path in base.rglob("*") if path not in permanent]

    def openai(self, **options: Any) -> OpenAI:
        """The official client, for this server."""
        from openai import OpenAI

        return OpenAI(base_url=f"{self.url}/v1", api_key="any", **options)

    def create(self, prompt: str = "A heron in the mist", **fields: Any) -> Json:
        """Create a video from JSON and return it; without a size the cheap engine's are small."""
        if self._bars and not {"size", "resolution"} & fields.keys():
            fields["resolution"] = "{}x{}".format(*bars_engine.SIZE)
        response = self.http.post("/videos", json={"prompt": prompt, **fields})
        assert response.status_code == 200, response.text
        return dict(response.json())

    def create_slow(self) -> Json:
        """Create a video that renders long enough for a test to act meanwhile."""
        if self._bars:
            return self.create("A slow river in the hills, slow=20")
        return self.create("A slow river in the hills", seconds="20", size="1920x1080")

    def retrieve(self, video_id: str) -> Json:
        """A video, from the API."""
        response = self.http.get(f"/videos/{video_id}")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def cancel(self, video_id: str) -> Json:
        """Cancel a video."""
        response = self.http.post(f"/videos/{video_id}/cancel")
        assert response.status_code == 200, response.text
        return dict(response.json())

    def cancel_unfinished(self) -> None:
        """Cancel all queued and running videos, and wait until their scratch files are gone."""
        videos = self.http.get("/videos", params={"limit": 100}).json()["data"]
        for video in videos:
            if video["status"] in UNFINISHED:
                self.http.post(f"/videos/{video['id']}/cancel")  # may have just finished
        wait_for(lambda: not self.scratch(), "an empty scratch space")

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
        """A video's content."""
        return self.http.get(f"/videos/{video_id}/content", params=query)
