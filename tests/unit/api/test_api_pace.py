"""When it is worth asking again."""

import time

import pytest

from vitascope.api.pace import Pace
from vitascope.video import Video

pytestmark = pytest.mark.anyio


class FakeVideos:
    """Stands for the repository: what recent videos took is set by the test."""

    def __init__(self):
        self.rates = {"sora-2": 0.5}
        self.asked = 0

    async def seconds_per_second(self):
        self.asked += 1
        return self.rates


def video(**changes):
    wish = {
        "id": "video_1",
        "project": "default",
        "task": "create",
        "status": "queued",
        "model": "sora-2",
        "prompt": "A fox",
        "size": "720x1280",
        "seconds": 4,
        "seed": 1,
        "created_at": time.time(),
    }
    return Video(**{**wish, **changes})


@pytest.fixture
def videos():
    return FakeVideos()


@pytest.fixture
def pace(videos):
    return Pace(videos)


async def test_a_queued_video_takes_as_long_as_recent_ones_of_its_model(pace):
    assert await pace.poll_after_ms(video()) == pytest.approx(2000, abs=200)
    assert await pace.poll_after_ms(video(seconds=8)) == pytest.approx(4000, abs=200)


async def test_what_was_spent_already_counts(pace):
    begun = video(status="in_progress", started_at=time.time() - 1.5)
    assert await pace.poll_after_ms(begun) == pytest.approx(500, abs=200)


async def test_its_own_progress_tells_better(pace, videos):
    known = video(status="in_progress", started_at=time.time() - 100, eta=time.time() + 3)
    assert await pace.poll_after_ms(known) == pytest.approx(3000, abs=200)
    assert videos.asked == 0


async def test_nothing_known_is_a_second(pace):
    assert await pace.poll_after_ms(video(model="new")) == 1000


@pytest.mark.parametrize(("left", "milliseconds"), [(-5, 100), (0.01, 100), (3600, 10_000)])
async def test_it_is_never_too_soon_nor_too_late(pace, left, milliseconds):
    assert await pace.poll_after_ms(video(eta=time.time() + left)) == milliseconds


async def test_recent_videos_are_looked_at_once_in_a_while(pace, videos):
    for _ in range(5):
        await pace.poll_after_ms(video())
    assert videos.asked == 1
