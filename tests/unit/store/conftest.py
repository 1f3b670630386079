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

    async def add_one(*, project="default", now=None, **changes):
        wish = {"prompt": "A fox", "model": "sora-2", "size": "720x1280", "seconds": 4, "seed": 7}
        request = VideoRequest(**{**wish, **changes})
        async with engine.begin() as connection:
            return await videos.add(
                connection, request, project=project, now=next(clock) if now is None else now
            )

    return add_one


@pytest.fixture
def asset():
    return Asset(key="videos/x/1/video.mp4", size=10, digest="ab", media_type="video/mp4")
