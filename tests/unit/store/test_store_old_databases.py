"""A database of an older version is brought up, and every row in it is read as it was.

`tests/data/database-0.1` is the SQLite file that version 0.1.0 left after one video of each kind:
completed (a create, one from a picture, one with a character, one from a file, a remix, an edit, an
extension, an edit of an upload), failed, cancelled, in progress (its server was killed) and queued.
"""

import gzip
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from vitascope.cli.database import prepare
from vitascope.spec import Step
from vitascope.store.characters import Characters
from vitascope.store.database import open_database
from vitascope.store.files import Files
from vitascope.store.keys import Keys
from vitascope.store.records import Lineage
from vitascope.store.usage import deviations, usage_of
from vitascope.store.videos import Videos

pytestmark = pytest.mark.anyio

SAMPLE = Path(__file__).parents[2] / "data" / "database-0.1" / "vitascope.db.gz"
FOX = "A red fox runs through the snow at night"


@pytest.fixture
async def old(tmp_path):
    """The database, brought up to this version."""
    path = tmp_path / "vitascope.db"
    path.write_bytes(gzip.decompress(SAMPLE.read_bytes()))
    prepare(f"sqlite:///{path}")
    opened = open_database(f"sqlite:///{path}")
    yield opened
    await opened.dispose()


async def test_every_row_is_read(old, tmp_path):
    videos = Videos(old)
    found, more = await videos.page(project="default", after=None, limit=100, newest_first=False)
    assert not more
    assert Counter(video.status for video in found) == {
        "completed": 8,
        "failed": 2,
        "in_progress": 1,
        "queued": 1,
    }
    assert Counter(video.spec.task for video in found)["create"] == 7
    by_task = {video.spec.task: video.spec for video in reversed(found)}
    assert found[0].spec.steps == (Step("create", FOX),)
    assert [step.task for step in by_task["extend"].steps] == ["create", "edit", "extend"]
    assert by_task["extend"].steps[0].prompt == FOX
    for video in found:
        assert set(video.to_wire()) >= {"id", "status", "prompt", "error"}
        assert (video.status == "completed") == ("video" in video.assets)
    edges = await Lineage(old).family(found[0].id, project="default")
    assert {edge.relation for edge in edges} == {"remix", "edit", "extension"}
    [file], _ = await Files(old).page(
        project="default", purpose=None, after=None, limit=9, newest_first=True
    )
    assert file.filename == "red.png"
    assert len(await Keys(old).list()) == 2
    assert len(await Characters(old).existing_among(_ids(tmp_path, "characters"))) == 1


def _ids(folder, table):
    with closing(sqlite3.connect(folder / "vitascope.db")) as connection:
        return [row[0] for row in connection.execute(f"SELECT id FROM {table}")]


async def test_what_is_stored_is_counted_as_if_it_were_new(old):
    videos = Videos(old)
    found, _ = await videos.page(project="default", after=None, limit=100, newest_first=False)
    [file], _ = await Files(old).page(
        project="default", purpose=None, after=None, limit=9, newest_first=True
    )
    async with old.connect() as connection:
        usage = await connection.run_sync(usage_of, "default")
    assert usage.files == 2
    cutouts = usage.stored_bytes - file.content.size - sum(video.stored_bytes for video in found)
    assert 1000 < cutouts < 1_000_000
    async with old.connect() as connection:
        assert await connection.run_sync(deviations) == []


async def test_an_old_file_can_shrink(old):
    async with old.connect() as connection:
        assert (await connection.exec_driver_sql("PRAGMA auto_vacuum")).scalar_one() == 2
