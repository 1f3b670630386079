"""Repositories on a database of the test's own, and quick ways to fill it."""

import itertools

import pytest

from vitascope.store.videos import Videos
from vitascope.video import Asset, VideoRequest


@pytest.fixture
def videos(engine):
    return Videos(engine)


@pytest.fixture
def add(engine, videos):
    """Adds a queued video and returns it; every call a second later than the one before."""
    clock = itertools.count(1000)

    async def add_one(*, project="default", now=None, queue="shadowplay", priority=50, **changes):
        wish = {"prompt": "A fox", "model": "sora-2", "size": "720x1280", "seconds": 4, "seed": 7}
        request = VideoRequest(**{**wish, **changes})
        moment = next(clock) if now is None else now
        video = request.queued(project=project, queue=queue, priority=priority, now=moment)
        async with engine.begin() as connection:
            await connection.run_sync(videos.add, (video, request.parents))
        return video

    return add_one


@pytest.fixture
def asset():
    return Asset(key="videos/x/1/video.mp4", size=10, digest="ab", media_type="video/mp4")
