"""An attempt's files are stored under its own keys, whenever the store is there again."""

import pytest

from vitascope import retry
from vitascope.jobs import artifacts
from vitascope.jobs.artifacts import ArtifactStore
from vitascope.jobs.order import FILES, Done
from vitascope.spec import FrameRate, Size

pytestmark = pytest.mark.anyio

DONE = Done(dict(FILES), size=Size(64, 64), frames=24, fps=FrameRate(24), scripted=True)


class Moody:
    """A store that fails so many times before it does anything."""

    def __init__(self, blobs, failures):
        self._blobs = blobs
        self.failures = failures

    def __getattr__(self, name):
        async def work(*arguments):
            if self.failures > 0:
                self.failures -= 1
                raise OSError(28, "No space left on device")
            return await getattr(self._blobs, name)(*arguments)

        return work


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(retry, "_FIRST_DELAY", 0.001)


@pytest.fixture
def drawn(tmp_path):
    for name in FILES.values():
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def progress(_phase, _done, _total):
    pass


async def test_storing_is_retried_while_the_store_is_unavailable(
    blobs, add, videos, drawn, keys_of
):
    video = await videos.begin_attempt((await add()).id, now=1.0)
    assets = await ArtifactStore(Moody(blobs, 2)).store(video, drawn, DONE, progress)
    assert sorted(asset.key for asset in assets.values()) == await keys_of()
    assert {key.split("/")[2] for key in await keys_of()} == {"1"}


async def test_retries_end_after_some_time(blobs, add, drawn, monkeypatch):
    monkeypatch.setattr(artifacts, "STORE_TIMEOUT", 0.01)
    with pytest.raises(OSError, match="No space"):
        await ArtifactStore(Moody(blobs, 10_000)).store(await add(), drawn, DONE, progress)


async def test_a_failed_removal_delays_nothing(blobs, put, keys_of, caplog):
    await put("videos/v/1/video.mp4")
    await put("videos/v/2/video.mp4")
    await ArtifactStore(Moody(blobs, 1)).remove_attempts("v", [1, 2])
    assert await keys_of() == ["videos/v/1/video.mp4"]
    assert "garbage collection will remove its files" in caplog.text
