"""A disk that is nearly full or read-only: what is refused, what still works, what is reported."""

import asyncio
from collections import namedtuple

import pytest
import sqlalchemy as sa
from api_client import client_for, opened

from vitascope.api.app import build_app
from vitascope.api.services import monitoring
from vitascope.api.services.monitoring import DiskSpace, Trial
from vitascope.errors import NoSpace
from vitascope.store.blobs import Blobs

pytestmark = pytest.mark.anyio

Disk = namedtuple("Disk", "total used free")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
CREATES = [
    ("/v1/videos", {"json": {"prompt": "A fox"}}),
    ("/v1/videos/edits", {"json": {"prompt": "A fox", "video": {"id": "video_1"}}}),
    ("/v1/files", {"data": {"purpose": "vision"}, "files": {"file": ("a.png", PNG)}}),
    ("/v1/videos/characters", {"data": {"name": "Foxy"}, "files": {"video": ("a.mp4", PNG)}}),
]


@pytest.fixture
def disk(monkeypatch):
    """The disk that all folders are on, as the test says."""
    sizes = {"total": 100 * 2**30, "free": 50 * 2**30}
    monkeypatch.setattr(monitoring, "_SPACE_SECONDS", 0)
    monkeypatch.setattr(
        monitoring.shutil, "disk_usage", lambda _path: Disk(sizes["total"], 0, sizes["free"])
    )
    return sizes


async def test_below_the_reserve_creates_are_refused_and_deletes_work(
    client, create, complete, disk
):
    video = (await create())["id"]
    await complete(video)
    disk["free"] = 2**30 - 1
    for path, body in CREATES:
        refused = await client.post(path, **body)
        assert refused.status_code == 507, refused.text
        assert refused.headers["x-should-retry"] == "false"
        assert refused.json()["error"]["code"] == "insufficient_storage"
    ready = await client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"].startswith("low on space")
    assert ready.json()["free_bytes"] == 2**30 - 1
    assert (await client.get(f"/v1/videos/{video}/content")).status_code == 200
    assert (await client.delete(f"/v1/videos/{video}")).status_code == 200
    disk["free"] = 2**30
    assert (await client.get("/readyz")).json()["status"] == "ok"
    await create()


async def test_the_reserve_of_a_small_disk_is_a_part_of_it(client, create, disk):
    disk.update(total=20 * 2**20, free=2**20 + 1)
    await create()
    disk["free"] = 2**20 - 1
    assert (await client.post("/v1/videos", json={"prompt": "A fox"})).status_code == 507


def test_the_disk_is_asked_once_for_many_creates(make_settings, disk, monkeypatch):
    settings, now = make_settings(), [1000.0]
    monkeypatch.setattr(monitoring, "_SPACE_SECONDS", 0.1)
    monkeypatch.setattr(monitoring.time, "monotonic", lambda: now[0])
    space = DiskSpace(settings, Blobs.open(settings.storage))
    space.require()
    disk["free"] = 0
    now[0] += 0.09
    space.require()
    assert space.read().free == 0
    with pytest.raises(NoSpace):
        space.require()
    disk["free"] = 2**30
    now[0] += 0.11
    space.require()


async def test_the_reserve_is_the_operators(make_settings, disk):
    disk["free"] = 5
    async with opened(make_settings(min_free_bytes=5)) as services:
        client = client_for(build_app(services))
        assert (await client.post("/v1/videos", json={"prompt": "A fox"})).status_code == 200
        disk["free"] = 4
        assert (await client.post("/v1/videos", json={"prompt": "A fox"})).status_code == 507


class _Full(Exception):
    """What a driver raises on a full disk."""

    sqlite_errorcode = 13
    sqlstate = "53100"


class _ReadOnly(Exception):
    """What a driver raises when nothing can be written."""

    sqlite_errorcode = 8
    sqlstate = "25006"


async def test_on_a_full_disk_the_files_go_first(client, create, complete, services, monkeypatch):
    video = (await create())["id"]
    await complete(video)
    folder = services.blobs.folder / "videos" / video
    real = services.videos.delete

    async def delete(*args, **options):
        if folder.exists():
            raise sa.exc.OperationalError("DELETE", {}, _Full("database or disk is full"))
        return await real(*args, **options)

    monkeypatch.setattr(services.videos, "delete", delete, raising=False)
    assert (await client.delete(f"/v1/videos/{video}")).status_code == 200
    assert (await client.get(f"/v1/videos/{video}")).status_code == 404


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (sa.exc.OperationalError("INSERT", {}, _Full("full")), 507),
        (sa.exc.OperationalError("INSERT", {}, _ReadOnly("read-only")), 503),
        (OSError(28, "No space left on device"), 507),
        (OSError(30, "Read-only file system"), 503),
        (OSError(2, "No such file"), 500),
    ],
)
async def test_a_disk_that_takes_nothing_is_answered_507_or_503(
    client, services, monkeypatch, error, status
):
    async def submit(*_args, **_options):
        raise error

    monkeypatch.setattr(services.queue, "submit", submit)
    answer = await client.post("/v1/videos", json={"prompt": "A fox"})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["type"] == "server_error"


async def test_a_store_that_cannot_be_written_to_is_not_ready(client, services):
    services.blobs.folder.rmdir()
    services.blobs.folder.write_bytes(b"This is no folder.")
    ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["status"] == "the store can't be written to"


async def test_a_database_that_can_only_be_read_is_not_ready(make_settings):
    async with opened(make_settings()) as services:

        def read_only(connection, _record):
            cursor = connection.cursor()
            if services.database.dialect.name == "sqlite":
                cursor.execute("PRAGMA query_only=ON")
            else:
                cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
                connection.commit()
            cursor.close()

        sa.event.listen(services.database.sync_engine, "connect", read_only)
        ready = await client_for(build_app(services)).get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["status"] == "the database can't be written to"


async def test_one_trial_serves_all_who_ask():
    begun, go_on = [], asyncio.Event()

    async def attempt():
        begun.append(1)
        await go_on.wait()

    trial = Trial(attempt, every=0.0, timeout=0.05)
    assert await asyncio.gather(trial.passes(), trial.passes()) == [False, False]
    go_on.set()
    assert await trial.passes()
    assert len(begun) == 1


async def test_a_prompt_is_stored_once(create, services):
    prompt = "A fox " + "x" * 5000
    video = (await create(prompt=prompt))["id"]
    async with services.database.connect() as connection:
        query = sa.text("SELECT * FROM videos WHERE id = :id")
        row = tuple((await connection.execute(query, {"id": video})).one())
        assert str(row).count(prompt) == 1
