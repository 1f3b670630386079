"""A backup made by the page's own commands brings everything back: films, and jobs that wait."""

import gzip
import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from postgres_server import _binary, new_database
from server_process import Server

from vitascope.jobs import durable

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
        values = {"DATA": self.data, "STORAGE": self.storage, "DATABASE": self.database or ""}
        if self.database:
            url = sa.make_url(self.database)
            bare = url.set(password=None).render_as_string(hide_password=False)
            values |= {"DATABASE_WITHOUT_PASSWORD": bare, "PGPASSWORD": url.password}
        return values

    @contextmanager
    def server(self, workers):
        """Serving from here, with so many workers, until the block ends."""
        environment = {"VITASCOPE_STORAGE": str(self.storage)}
        if self.database:
            environment["VITASCOPE_DATABASE"] = self.database
        server = Server(self.data, "--workers", str(workers), environment=environment, bars=True)
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
        durable.upgrade(lost)
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
        assert {path.stat().st_mode & 0o077 for path in (backup, *backup.rglob("*"))} == {0}
        later = server.create(**SCENE)["id"]
    before.destroy()

    follow(f"restore {kind}", BACKUP=backup, **after.variables)
    with after.server(1) as server:
        assert digest(server, finished) == seen
        server.wait_until(waiting, "completed")
        # The same request with the same seed: the same film.
        assert digest(server, waiting) == seen
        assert server.http.get(f"{server.url}/v1/videos/{later}").status_code == 404

        # A film that only the database has is reported as missing.
        shutil.rmtree(after.storage)
        answer = server.http.get(f"{server.url}/v1/videos/{finished}/content")
        assert answer.status_code == 404
        assert answer.json()["error"]["message"]
        assert server.http.delete(f"{server.url}/v1/videos/{finished}").status_code == 200


@pytest.fixture
def old_place(tmp_path):
    """A database that names films, and a folder that has one of them."""
    data = tmp_path / "data"
    (data / "files").mkdir(parents=True)
    sample = ROOT / "tests" / "data" / "database-0.1" / "vitascope.db.gz"
    (data / "vitascope.db").write_bytes(gzip.decompress(sample.read_bytes()))
    with closing(sqlite3.connect(data / "vitascope.db")) as connection:
        query = "SELECT assets FROM videos WHERE status = 'completed'"
        keys = [json.loads(row[0])["video"]["key"] for row in connection.execute(query)]
    film = data / "files" / keys[0]
    film.parent.mkdir(parents=True)
    film.write_bytes(b"a film")
    return data


def back_up(tmp_path, *words, **variables):
    """Run the program, without the page; what it came to."""
    return subprocess.run(
        [str(ROOT / "deploy/backup"), *words, str(tmp_path / "backup")],
        env={**os.environ, **{name: str(value) for name, value in variables.items()}},
        capture_output=True,
        text=True,
        check=False,
    )


def test_films_that_are_missing_one_by_one_are_reported(old_place, tmp_path):
    done = back_up(tmp_path, VITASCOPE_DATA_DIR=old_place)
    assert done.returncode == 0, done.stderr
    assert "files were not in the storage" in done.stderr
    [film] = (path for path in (tmp_path / "backup" / "files").rglob("*") if path.is_file())
    assert film.read_bytes() == b"a film"


@pytest.mark.parametrize("fault", ["no folder", "another folder", "unreadable", "bucket", "none"])
def test_a_backup_without_the_films_fails_and_leaves_nothing(fault, old_place, tmp_path):
    variables = {"VITASCOPE_DATA_DIR": old_place}
    if fault == "no folder":
        shutil.rmtree(old_place / "files")
    elif fault == "another folder":
        (tmp_path / "empty").mkdir()
        variables["VITASCOPE_STORAGE"] = (tmp_path / "empty").as_uri()
    elif fault == "unreadable":
        # Root can read everything, but not a loop of links.
        (old_place / "files" / "loop").symlink_to("loop")
    elif fault == "bucket":
        variables["VITASCOPE_STORAGE"] = "s3://films"
    else:
        variables["VITASCOPE_DATABASE"] = f"sqlite:///{tmp_path / 'none.db'}"
    done = back_up(tmp_path, **variables)
    assert done.returncode != 0
    assert done.stderr.startswith("backup: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "backup").exists()


def test_the_database_alone_is_saved_when_that_is_said(old_place, tmp_path):
    shutil.rmtree(old_place / "files")
    done = back_up(
        tmp_path, "--database-only", VITASCOPE_DATA_DIR=old_place, VITASCOPE_STORAGE="s3://films"
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "backup").iterdir()] == ["vitascope.db"]


def test_no_password_is_in_an_argument(tmp_path):
    """A program named `pg_dump` shows what it is given."""
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "pg_dump"
    fake.write_text('#!/bin/sh\necho "$* and $PGPASSWORD" >"$SEEN"; exit 1\n')
    fake.chmod(0o755)
    (tmp_path / "films").mkdir()
    seen = tmp_path / "seen"
    for url in (
        "postgresql://me:p%40ss@h/v?sslmode=require",
        "postgresql://me@h/v?password=p%40ss",
    ):
        done = back_up(
            tmp_path,
            PATH=f"{fake.parent}:{os.environ['PATH']}",
            SEEN=seen,
            VITASCOPE_STORAGE=tmp_path / "films",
            VITASCOPE_DATABASE=url,
        )
        assert done.returncode != 0
        arguments, _, password = seen.read_text("utf-8").strip().partition(" and ")
        assert password == "p@ss"
        assert "me@h/v" in arguments
        assert "p%40ss" not in arguments + done.stderr
        shutil.rmtree(tmp_path / "backup.unfinished")
