"""The whole API on a real database and real files, spoken to without a socket."""

import pytest
from api_client import client_for, opened

from vitascope import config
from vitascope.api.app import build_app
from vitascope.video import Asset


@pytest.fixture
def make_settings(tmp_path, database_url):
    def make(**overrides):
        settings = config.load(database=database_url, data_dir=tmp_path / "data", **overrides)
        (settings.scratch_dir / "uploads").mkdir(parents=True)
        return settings

    return make


@pytest.fixture
async def services(make_settings):
    async with opened(make_settings()) as ours:
        yield ours


@pytest.fixture
async def client(services):
    async with client_for(build_app(services)) as ours:
        yield ours


@pytest.fixture
def create(client):
    """Creates a video and returns its JSON."""

    async def create_one(**overrides):
        response = await client.post("/v1/videos", json={"prompt": "A fox", **overrides})
        assert response.status_code == 200, response.text
        return response.json()

    return create_one


@pytest.fixture
def complete(services, tmp_path):
    """Does a worker's part: stores one file and publishes it as the video."""

    async def complete_one(video_id, content=b"0123456789", *, expires_at=None):
        video = await services.videos.begin_attempt(video_id, now=1.0)
        path = tmp_path / "video.mp4"
        path.write_bytes(content)
        asset = Asset(f"videos/{video_id}/1/video.mp4", len(content), "ab" * 32, "video/mp4")
        await services.blobs.put_file(asset.key, path, asset.media_type)
        assert await services.videos.publish(
            video_id,
            attempt=video.attempt,
            assets={"video": asset},
            spec=video.spec,
            now=2.0,
            expires_at=expires_at,
        )
        return asset

    return complete_one
