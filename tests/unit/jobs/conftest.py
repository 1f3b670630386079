"""Repositories, blobs and settings that one worker would have, on real files."""

import pytest
from job_fixtures import a_video

from vitascope import config
from vitascope.spec import Asset
from vitascope.store.blobs import Blobs
from vitascope.store.live_previews import LivePreviews
from vitascope.store.records import JobLog
from vitascope.store.videos import Videos


@pytest.fixture
def make_settings(tmp_path, database_url):
    def make(**overrides):
        return config.load(database=database_url, data_dir=tmp_path / "data", **overrides)

    return make


@pytest.fixture
def videos(engine):
    return Videos(engine)


@pytest.fixture
def live_previews(engine):
    return LivePreviews(engine)


@pytest.fixture
def job_log(engine):
    return JobLog(engine)


@pytest.fixture
def blobs(tmp_path):
    return Blobs.open(str(tmp_path / "files"))


@pytest.fixture
def keys_of(blobs):
    """The keys of all stored files."""

    async def keys():
        return sorted([blob.key async for blob in blobs.list()])

    return keys


@pytest.fixture
def put(blobs, tmp_path):
    async def put_bytes(key, content=b"stored"):
        path = tmp_path / "upload"
        path.write_bytes(content)
        await blobs.put_file(key, path, "application/octet-stream")

    return put_bytes


@pytest.fixture
def add(engine, videos):
    """Adds a queued video without any job."""

    async def add_one(*, now=1000.0, **changes):
        video = a_video(now=now, **changes)
        async with engine.begin() as connection:
            await connection.run_sync(videos.add, (video, ()))
        return video

    return add_one


@pytest.fixture
def asset_of():
    """The asset that a video's first attempt would store."""
    return lambda video: Asset(f"videos/{video.id}/1/video.mp4", 6, "ab", "video/mp4")
