"""Who is held, how long, and who is let go."""

import asyncio
import time

import pytest
from sqlalchemy.exc import OperationalError
from sweeps import for_all

from vitascope.api.services import waiting as module
from vitascope.api.services.waiting import LONGEST_WAIT, WaitingRoom, requested_wait

HELPER = {"x-stainless-poll-helper": "true"}


@for_all(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"prefer": ""}, 0),
        ({"prefer": "wait=5"}, 5),
        ({"prefer": "wait=0.25"}, 0.25),
        ({"prefer": 'Wait = "5"'}, 5),
        ({"prefer": "respond-async, wait=5"}, 5),
        ({"prefer": "wait=5; until=done, handling=lenient"}, 5),
        ({"prefer": "wait=1000"}, LONGEST_WAIT),
        ({"prefer": "wait=inf"}, LONGEST_WAIT),
        ({"prefer": "wait"}, 0),
        ({"prefer": "wait=soon"}, 0),
        ({"prefer": "wait=-5"}, 0),
        ({"prefer": "wait=nan"}, 0),
        ({"prefer": "await=5"}, 0),
        (HELPER, LONGEST_WAIT),
        ({"x-stainless-poll-helper": "True"}, LONGEST_WAIT),
        ({"x-stainless-poll-helper": "false"}, 0),
        (HELPER | {"x-stainless-read-timeout": "600"}, LONGEST_WAIT),
        (HELPER | {"x-stainless-read-timeout": "10"}, 5),
        (HELPER | {"x-stainless-timeout": "8"}, 4),
        (HELPER | {"x-stainless-timeout": "8", "x-stainless-read-timeout": "600"}, 4),
        (HELPER | {"x-stainless-read-timeout": "0"}, 0),
        (HELPER | {"x-stainless-read-timeout": "NOT_GIVEN"}, LONGEST_WAIT),
        (HELPER | {"x-stainless-read-timeout": "-1"}, LONGEST_WAIT),
        ({"prefer": "wait=50", "x-stainless-read-timeout": "20"}, 10),
        ({"x-stainless-read-timeout": "600"}, 0),
    ],
)
def test_how_long_a_client_wants_to_be_held(headers, seconds):
    assert requested_wait(headers) == seconds


pytestmark = pytest.mark.anyio


class FakeVideos:
    """Stands for the repository: which videos are finished is set by the test."""

    def __init__(self):
        self.finished = set()
        self.asked = []
        self.outage = False

    async def finished_among(self, ids):
        self.asked.append(sorted(ids))
        if self.outage:
            self.outage = False
            raise OperationalError("SELECT", {}, Exception("gone"))
        return self.finished & set(ids)


@pytest.fixture
def videos():
    return FakeVideos()


@pytest.fixture
def room(videos):
    return WaitingRoom(videos)


async def stays():
    """A client that says nothing more and stays."""
    await asyncio.Event().wait()


async def leaves():
    return {"type": "http.disconnect"}


async def held(coroutine):
    began = time.monotonic()
    await asyncio.wait_for(coroutine, 5)
    return time.monotonic() - began


async def test_the_finish_is_the_end_of_the_wait(room, videos):
    waiting = asyncio.create_task(held(room.wait("v", 4, stays)))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    videos.finished.add("v")
    assert 0.1 <= await waiting < 2


async def test_the_time_is_up(room):
    assert 0.1 <= await held(room.wait("v", 0.1, stays)) < 2


async def test_a_client_that_left_is_not_held(room):
    assert await held(room.wait("v", 4, leaves)) < 2


async def test_a_body_that_still_comes_is_no_leaving(room):
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        if messages:
            return messages.pop()
        return await stays()

    assert 0.1 <= await held(room.wait("v", 0.1, receive)) < 2


async def test_closing_lets_everyone_go_and_holds_no_one_any_more(room):
    waiting = [asyncio.create_task(held(room.wait(name, 4, stays))) for name in "abc"]
    await asyncio.sleep(0.02)
    room.close()
    assert max(await asyncio.gather(*waiting)) < 2
    assert await held(room.wait("d", 4, stays)) < 0.5


async def test_any_number_of_waiters_cost_one_query_at_a_time(room, videos):
    waiting = [asyncio.create_task(room.wait(f"v{i % 3}", 4, stays)) for i in range(60)]
    await asyncio.sleep(0.2)
    assert 1 <= len(videos.asked) <= 7
    assert videos.asked[-1] == ["v0", "v1", "v2"]
    videos.finished |= {"v0", "v2"}
    asked = len(videos.asked)
    while videos.asked[-1] != ["v1"]:
        assert len(videos.asked) < asked + 3
        await asyncio.sleep(0.01)
    assert sum(task.done() for task in waiting) == 40
    videos.finished.add("v1")
    await asyncio.wait_for(asyncio.gather(*waiting), 5)


async def test_nobody_waiting_costs_no_query(room, videos):
    await room.wait("v", 0.01, stays)
    await asyncio.sleep(0.1)
    asked = len(videos.asked)
    await asyncio.sleep(0.1)
    assert len(videos.asked) == asked
    videos.finished.add("w")
    assert await held(room.wait("w", 4, stays)) < 2


async def test_an_outage_of_the_database_holds_on(room, videos, monkeypatch):
    monkeypatch.setattr(module, "_LOOK_EVERY", 0.01)
    videos.outage = True
    videos.finished.add("v")
    assert await held(room.wait("v", 4, stays)) < 4
    assert len(videos.asked) == 2
