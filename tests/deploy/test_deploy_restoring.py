"""A backup made by the page's own commands brings everything back: films, and jobs that wait."""

import hashlib
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from vspostgres import _binary, new_database
from vsserver import Server

from vitascope.store import schema

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "deploying.md").read_text("utf-8")
SCENE = {"prompt": "A whale swims under the moon", "seconds": "4", "seed": 7}


def commands(title):
    """The block of the page whose fence says this."""
    blocks = re.findall(rf"^```sh {title}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 1, title
    return blocks[0]


def follow(title, **variables):
    # PostgreSQL's programs of the server's own version.
    path = f"{Path(_binary('pg_dump')).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-eu", "-c", commands(title)],
        cwd=ROOT,
        env={**os.environ, "PATH": path, **{name: str(value) for name, value in variables.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def digest(server, video_id):
    return hashlib.sha256(server.download(video_id).content).hexdigest()


class Place:
    """Where one installation keeps what it remembers, by either way of keeping it."""

    def __init__(self, folder, database):
        self.data = folder / "data"
        self.storage = folder / "films" if database else self.data / "files"
        self.database = database

    @property
    def variables(self):
        return {"DATA": self.data, "STORAGE": self.storage, "DATABASE": self.database or ""}

    @contextmanager
    def server(self, workers):
        """Serving from here, with so many workers, until the block ends."""
        environment = {"VITASCOPE_STORAGE": str(self.storage)}
        if self.database:
            environment["VITASCOPE_DATABASE"] = self.database
        server = Server(self.data, "--workers", str(workers), environment=environment)
        server.start()
        try:
            yield server
            server.stop()
        finally:
            server.close()

    def destroy(self):
        shutil.rmtree(self.data)
        shutil.rmtree(self.storage, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


@pytest.fixture
def places(kind, request, tmp_path):
    """The place that is lost, and the one that everything comes back to."""
    if kind == "sqlite":
        yield Place(tmp_path / "one", None), Place(tmp_path / "one", None)
        return
    server = request.getfixturevalue("postgres_url")
    with new_database(server) as lost, new_database(server) as empty:
        schema.upgrade(lost)
        yield Place(tmp_path / "one", lost), Place(tmp_path / "two", empty)


def test_a_restored_server_has_every_film_and_draws_what_waited(kind, places, tmp_path):
    before, after = places
    before.data.parent.mkdir()
    after.data.parent.mkdir(exist_ok=True)
    backup = tmp_path / "backup"
    with before.server(1) as server:
        finished = server.rendered(**SCENE)["id"]
        seen = digest(server, finished)
    with before.server(0) as server:
        waiting = server.create(**SCENE)["id"]
        follow(f"backup {kind}", BACKUP=backup, **before.variables)
        later = server.create(**SCENE)["id"]
    before.destroy()

    follow(f"restore {kind}", BACKUP=backup, **after.variables)
    with after.server(1) as server:
        assert digest(server, finished) == seen
        server.wait_until(waiting, "completed")
        # The same request with the same seed: the same film.
        assert digest(server, waiting) == seen
        assert server.http.get(f"{server.url}/v1/videos/{later}").status_code == 404


def test_a_film_that_only_the_database_remembers_is_told_as_missing(tmp_path):
    place = Place(tmp_path, None)
    with place.server(1) as server:
        video = server.rendered(**SCENE)["id"]
    shutil.rmtree(place.storage)
    with place.server(0) as server:
        answer = server.http.get(f"{server.url}/v1/videos/{video}/content")
        assert answer.status_code == 404
        assert answer.json()["error"]["message"]
        assert server.http.delete(f"{server.url}/v1/videos/{video}").status_code == 200


def test_a_backup_that_fails_leaves_nothing_that_looks_like_one(tmp_path):
    done = subprocess.run(
        [str(ROOT / "deploy/backup"), str(tmp_path / "backup")],
        env={**os.environ, "VITASCOPE_DATABASE": f"sqlite:///{tmp_path / 'none.db'}"},
        capture_output=True,
        check=False,
    )
    assert done.returncode != 0
    assert not (tmp_path / "backup").exists()
