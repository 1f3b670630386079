"""README's "More than one machine", followed word for word with other addresses.

Two API servers and three workers, of which one each are killed while videos render.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from openai import OpenAI
from postgres_server import new_database
from server_process import READY
from waiting import wait_for

from vitascope.store.database import sync_url

ROOT = Path(__file__).parents[2]
SECTION = re.compile(r"^## More than one machine\n(.*?)^## ", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")


class Machine:
    """A host: a home folder, and one command that runs in the foreground of its shell."""

    def __init__(self, home: Path, script: str) -> None:
        self._output = home / "output"
        home.mkdir()
        shutil.copy(home.parent / "vitascope.toml", home)
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                ["bash", "-euc", script],
                cwd=home,
                env={**_environment(), "XDG_DATA_HOME": str(home / "share")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._output.read_text("utf-8")

    def wait_for_output(self, pattern: str) -> re.Match[str]:
        """Wait until its output matches."""

        def look() -> re.Match[str] | None:
            assert self._process.poll() is None, self.output
            return re.search(pattern, self.output)

        return wait_for(look, pattern)

    def result(self) -> str:
        """Wait for the command to succeed; returns its output."""
        assert self._process.wait(60) == 0, self.output
        return self.output

    def kill(self) -> None:
        """Kill all its processes."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


def _environment() -> dict[str, str]:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": programs}


@pytest.fixture
def database(postgres_url) -> Iterator[str]:
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture
def blocks(database, s3) -> dict[str, str]:
    """The section's code blocks by name, in the README's order, with this test's addresses."""
    section = SECTION.search((ROOT / "README.md").read_text("utf-8"))
    assert section is not None
    found = [text for _language, text in BLOCK.findall(section[1])]
    names = ("configuration", "environment", "once", "api", "worker")
    assert len(found) == len(names)
    key, secret = s3.environment["AWS_ACCESS_KEY_ID"], s3.environment["AWS_SECRET_ACCESS_KEY"]
    addresses = {
        "postgresql://vitascope:a-password@db.example:5432/vitascope": database,
        "s3://videos/vitascope": f"{s3.new_bucket()}/vitascope",
        "AWS_ACCESS_KEY_ID=a-key AWS_SECRET_ACCESS_KEY=a-secret": (
            f"AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}"
        ),
        "http://s3.example:9000": s3.url,
        "--host 0.0.0.0": "--host 127.0.0.1 --port 0",
    }
    for written, here in addresses.items():
        assert sum(text.count(written) for text in found) == 1, written
        found = [text.replace(written, here) for text in found]
    return dict(zip(names, found, strict=True))


@pytest.fixture
def machine(blocks, tmp_path) -> Iterator[Callable[[str], Machine]]:
    """Runs one of the section's commands on another machine."""
    (tmp_path / "vitascope.toml").write_text(blocks["configuration"], "utf-8")
    machines: list[Machine] = []

    def add(command: str) -> Machine:
        script = blocks["environment"] + blocks[command]
        machines.append(Machine(tmp_path / f"machine-{len(machines)}", script))
        return machines[-1]

    yield add
    for each in machines:
        each.close()


@pytest.mark.parametrize("count", [6, pytest.param(30, marks=pytest.mark.nightly)])
def test_films_survive_the_loss_of_a_server_and_a_worker(machine, database, count):
    key = re.search(r"vs-\S+|sk-\S+", machine("once").result())[0]
    apis, workers = [machine("api") for _ in range(2)], [machine("worker") for _ in range(3)]
    urls = [api.wait_for_output(re.escape(READY) + r"(\S+)")[1] for api in apis]
    names = [worker.wait_for_output(r"Worker (\S+) takes jobs")[1] for worker in workers]
    clients = [OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0) for url in urls]
    engine = sa.create_engine(sync_url(database), poolclass=sa.NullPool)

    films = [
        clients[number % 2].videos.create(
            prompt="A sailboat at dawn",
            seconds="4",
            extra_body={"seed": number, "resolution": "640x360"},
        )
        for number in range(count)
    ]

    def busy() -> list[tuple[Machine, str]]:
        pairs = zip(workers, names, strict=True)
        return [pair for pair in pairs if _holds(engine, pair[1], progress=60)]

    # Any worker: the first one may have made its last film when two are completed.
    worker, name = wait_for(
        lambda: busy() if _completed(engine) >= 2 else [], "a worker in the middle of a film"
    )[0]
    worker.kill()
    lost = _holds(engine, name)
    apis[0].kill()
    assert lost, "the worker had no job at the kill"

    wait_for(lambda: _completed(engine) == count, "all films", seconds=300, every=0.1)
    api = clients[1].videos
    assert {video.id for video in api.list(limit=100)} == {film.id for film in films}
    for film in films:
        assert api.retrieve(film.id).status == "completed"
        content = api.download_content(film.id)
        digest = hashlib.sha256(content.read()).hexdigest()
        assert content.response.headers["etag"] == f'"{digest}"'
    again = [row for row in _rows(engine, "SELECT id, attempt FROM videos") if row.attempt > 1]
    assert [row.id for row in again] == lost
    for client in clients:
        client.close()


def _rows(engine: sa.Engine, query: str, **values: object) -> list[sa.Row]:
    with engine.connect() as connection:
        return list(connection.execute(sa.text(query), values))


def _holds(engine: sa.Engine, worker: str, *, progress: int = 100) -> list[str]:
    """The video that a worker renders now, if its progress is not beyond this."""
    rows = _rows(
        engine,
        "SELECT v.id FROM videos v JOIN dbos.workflow_status w ON w.workflow_uuid = v.id "
        "WHERE w.executor_id = :worker AND w.status = 'PENDING' AND v.status = 'in_progress' "
        "AND v.progress <= :progress",
        worker=worker,
        progress=progress,
    )
    return [row.id for row in rows]


def _completed(engine: sa.Engine) -> int:
    return len(_rows(engine, "SELECT id FROM videos WHERE status = 'completed'"))
