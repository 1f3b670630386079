"""Repositories on a database of the test's own, and quick ways to fill it."""

import itertools

import pytest
from job_fixtures import a_video

from vitascope.spec import Asset
from vitascope.store.live_previews import LivePreviews
from vitascope.store.videos import Videos


@pytest.fixture
def videos(engine):
    return Videos(engine)


@pytest.fixture
def live_previews(engine):
    return LivePreviews(engine)


@pytest.fixture
def add(engine, videos):
    """Adds a queued video and returns it; every call a second later than the one before."""
    clock = itertools.count(1000)

    async def add_one(*, now=None, parents=(), **changes):
        moment = next(clock) if now is None else now
        video = a_video(now=moment, **changes)
        async with engine.begin() as connection:
            await connection.run_sync(videos.add, (video, parents))
        return video

    return add_one


@pytest.fixture
def asset():
    return Asset(key="videos/x/1/video.mp4", size=10, digest="ab", media_type="video/mp4")
