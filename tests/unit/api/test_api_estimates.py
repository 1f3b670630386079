"""How long a video takes yet, and when it is worth asking again."""

import time

import pytest
from job_fixtures import a_video

from vitascope.api.services.estimates import Estimates

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
    return a_video(now=time.time(), **changes)


@pytest.fixture
def videos():
    return FakeVideos()


class FakeLine:
    """Stands for the line: two other projects' jobs are before each, and so many rounds."""

    rounds = 0.0

    async def jobs_before(self, _video, own):
        return own + 2

    async def rounds_before(self, _video, before):
        return None if self.rounds is None else self.rounds + before - 2


@pytest.fixture
def line():
    return FakeLine()


@pytest.fixture
def pace(videos, line):
    return Estimates(videos, line)


async def test_a_video_that_is_next_takes_as_long_as_recent_ones_of_its_model(pace):
    assert (await pace.outlook(video(), own_before=0)).seconds == 2.0
    assert (await pace.outlook(video(seconds=8), own_before=0)).seconds == 4.0


async def test_those_before_it_count_like_itself(pace, line):
    line.rounds = 2.5
    outlook = await pace.outlook(video(), own_before=4)
    assert (outlook.position, outlook.seconds) == (7, (2.5 + 4 + 1) * 2.0)
    assert outlook.to_wire() == {"queue_position": 7, "eta_seconds": 15, "paused": False}
    assert outlook.poll_after_ms == 10_000


async def test_without_a_worker_only_the_place_is_known(pace, line):
    line.rounds = None
    outlook = await pace.outlook(video(), own_before=0)
    assert outlook.to_wire() == {"queue_position": 3, "eta_seconds": None, "paused": False}
    assert outlook.poll_after_ms == 1000


async def test_what_was_spent_already_counts(pace):
    begun = video(status="in_progress", started_at=time.time() - 1.5)
    outlook = await pace.outlook(begun, own_before=0)
    assert outlook.position is None
    assert outlook.seconds == pytest.approx(0.5, abs=0.2)


async def test_its_own_progress_tells_better(pace, videos):
    known = video(status="in_progress", started_at=time.time() - 100, eta=time.time() + 3)
    outlook = await pace.outlook(known, own_before=0)
    assert outlook.seconds == pytest.approx(3, abs=0.2)
    assert videos.asked == 0


async def test_nothing_known_is_a_second(pace):
    for status in ("queued", "in_progress"):
        outlook = await pace.outlook(video(model="new", status=status), own_before=0)
        assert (outlook.seconds, outlook.poll_after_ms) == (None, 1000)


@pytest.mark.parametrize(("left", "milliseconds"), [(-5, 100), (0.01, 100), (3600, 10_000)])
async def test_it_is_never_too_soon_nor_too_late(pace, left, milliseconds):
    begun = video(status="in_progress", eta=time.time() + left)
    outlook = await pace.outlook(begun, own_before=0)
    assert outlook.poll_after_ms == milliseconds
    assert outlook.to_wire()["eta_seconds"] >= 0


async def test_recent_videos_are_looked_at_once_in_a_while(pace, videos):
    for _ in range(5):
        await pace.outlook(video(), own_before=0)
    assert videos.asked == 1
