"""Repositories on a database of the test's own, and quick ways to fill it."""

import itertools

import pytest
import sqlalchemy as sa
from job_fixtures import a_video

from vitascope.spec import Asset
from vitascope.store.database import sync_url
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
async def thousands(engine, videos, database_url):
    """Adds 42 videos of each of 50 projects, of which one waits, and lets PostgreSQL count them.

    On an empty table all plans cost the same, and the choice depends on what autovacuum saw.
    """
    states = ("queued", *["completed"] * 41)
    projects = ("p", *(f"other-{number}" for number in range(49)))
    rows = [
        (a_video(project=project, status=status, now=moment), ())
        for moment, (project, status) in enumerate(itertools.product(projects, states), start=1000)
    ]
    async with engine.begin() as connection:
        await connection.run_sync(videos.add, *rows)
    if engine.dialect.name == "postgresql":
        apart = sa.create_engine(sync_url(database_url), isolation_level="AUTOCOMMIT")
        with apart.connect() as connection:
            # Other tests leave their database with large, mostly empty indexes.
            connection.exec_driver_sql("VACUUM FULL videos")
            connection.exec_driver_sql("VACUUM ANALYZE videos")
        apart.dispose()


@pytest.fixture
def asset():
    return Asset(key="videos/x/1/video.mp4", size=10, digest="ab", media_type="video/mp4")
