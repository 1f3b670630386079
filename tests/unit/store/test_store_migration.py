"""Rows that earlier versions wrote stay readable, as what they meant."""

import json

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from vitascope.spec import CharacterInput, FrameRate, Sampling, Size, Step
from vitascope.store import schema
from vitascope.store.database import open_database, prepare_sqlite, sync_url
from vitascope.store.usage import Usage, deviations, usage_of
from vitascope.store.videos import Videos

pytestmark = pytest.mark.anyio

JSON = {"assets", "inputs", "options", "script"}
PICTURE = {"key": "videos/a/input_reference", "size": 3, "digest": "00", "media_type": "image/png"}
FILM = {"key": "videos/b/source", "size": 9, "digest": "11", "media_type": "video/mp4"}
CUTOUT = {"key": "videos/c/character-0", "size": 5, "digest": "22", "media_type": "image/png"}
ROW = {
    "project": "studio",
    "status": "completed",
    "model": "sora-2",
    "prompt": "Ein Fuchs 🦊",
    "size": "1280x720",
    "seconds": 8.0,
    "seed": 2**53 - 1,
    "created_at": 1.5,
    "extensions": 0,
    "assets": {"video": {**FILM, "key": "videos/a/1/video.mp4"}},
}
OLD = {
    "video_a": {
        "task": "create",
        "script": [["create", "Ein Fuchs 🦊", 0.0]],
        "options": {"guidance_scale": 4.5, "negative_prompt": "rain"},
        "inputs": {"input_reference": PICTURE},
    },
    "video_b": {
        "task": "extend",
        "extensions": 1,
        "script": [["create", "A fox", 0.0], ["extend", "Ein Fuchs 🦊", 4.0]],
        "options": {"added_seconds": 4},
        "inputs": {"source": FILM, "source_thumbnail": PICTURE},
    },
    "video_c": {
        "task": "create",
        "script": [["create", "Ein Fuchs 🦊", 0.0]],
        "options": {"characters": [{"id": "char_1", "name": "Fuchs", "palette": ["#aabbcc"]}]},
        "inputs": {"character-0": CUTOUT},
    },
    "video_d": {
        "task": "edit",
        "seconds": 7.25,
        "script": None,
        "options": {},
        "inputs": {"upload": FILM},
    },
}
UPLOADS = {
    "files": {"filename": "a.png", "purpose": "vision", "content": json.dumps(PICTURE)},
    "characters": {"name": "Fuchs", "cutouts": json.dumps([CUTOUT]), "palette": "[]"},
}


@pytest.fixture
def old_database(empty_database_url):
    """A database at the schema before the job specification, with a row of each kind."""
    config = Config()
    migrations = schema.Path(schema.__file__).parent / "migrations"
    config.set_main_option("script_location", str(migrations))
    config.set_main_option("path_separator", "os")
    url = sync_url(empty_database_url)
    if url.drivername.startswith("sqlite"):
        schema.Path(url.database).parent.mkdir()
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        for video_id, row in OLD.items():
            fields = {"id": video_id, **ROW, **row}
            values = {
                name: json.dumps(value) if name in JSON else value for name, value in fields.items()
            }
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(sa.text(f"INSERT INTO videos ({names}) VALUES ({marks})"), values)
        for table, more in UPLOADS.items():
            values = {"id": "x", "project": "studio", "created_at": 1.5, **more}
            names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
            connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), values)
    engine.dispose()
    return empty_database_url


async def test_rows_of_earlier_versions_become_specifications(old_database):
    schema.upgrade(old_database)
    database = open_database(old_database)
    rows = {video_id: await Videos(database).find(video_id) for video_id in OLD}
    await database.dispose()
    created, extended, cast, edited = (rows[video_id].spec for video_id in OLD)
    assert rows["video_a"].to_wire()["seconds"] == "8"
    assert rows["video_a"].assets["video"].key == "videos/a/1/video.mp4"
    assert (created.prompt, created.seed, created.model) == ("Ein Fuchs 🦊", 2**53 - 1, "sora-2")
    assert (created.size, created.frames, created.fps) == (Size(1280, 720), 192, FrameRate(24))
    assert created.sampling == Sampling(guidance_scale=4.5, negative_prompt="rain")
    assert [(one.role, one.asset.key) for one in created.inputs] == [
        ("first_frame", "videos/a/input_reference")
    ]
    assert created.history == ()
    assert [rows[each].other_prompts for each in OLD] == [(), ("A fox",), (), ()]
    assert (extended.task, extended.extensions) == ("extend", 1)
    assert (extended.start, extended.frames) == (96, 192)
    assert extended.history == (Step("create", "A fox"),)
    assert [one.role for one in extended.inputs] == ["source_video", "source_thumbnail"]
    [fox] = cast.characters
    assert isinstance(fox, CharacterInput)
    assert (fox.id, fox.name, fox.palette, fox.cutout.key) == (
        "char_1",
        "Fuchs",
        ("#aabbcc",),
        "videos/c/character-0",
    )
    assert cast.inputs == ()
    assert (edited.frames, edited.history) == (174, None)
    assert rows["video_d"].to_wire()["seconds"] == "7.25"
    assert [one.role for one in edited.inputs] == ["uploaded_video"]


async def test_the_bytes_of_earlier_rows_are_counted(old_database):
    schema.upgrade(old_database)
    database = open_database(old_database)
    async with database.begin() as connection:
        rows = (await connection.execute(sa.text("SELECT id, stored_bytes FROM videos"))).all()
        used = await connection.run_sync(usage_of, "studio")
        missing = await connection.run_sync(deviations)
    await database.dispose()
    # The film of 9 bytes, and what a later job needs: a first frame of 3, a character of 5.
    assert dict(map(tuple, rows)) == {"video_a": 12, "video_b": 9, "video_c": 14, "video_d": 9}
    assert used == Usage(12 + 9 + 14 + 9 + 3 + 5, 2)  # and the files of the other tables
    assert missing == []


async def test_the_model_and_length_of_a_row_can_be_asked_for_in_sql(old_database):
    schema.upgrade(old_database)
    database = open_database(old_database)
    async with database.begin() as connection:
        await connection.execute(sa.text("UPDATE videos SET started_at = 10, completed_at = 14"))
    rates = await Videos(database).seconds_per_second()
    await database.dispose()
    assert rates == {"sora-2": pytest.approx(16 / 31.25)}
