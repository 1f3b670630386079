"""The job log keeps sentences in order, apart by job."""

import time

import pytest

from vitascope.store.joblog import JobLog

pytestmark = pytest.mark.anyio


@pytest.fixture
def job_log(engine):
    return JobLog(engine)


async def test_sentences_come_back_in_order_with_their_moment(job_log):
    await job_log.add("video_1", ["First.", "Zweitens: ü."])
    await job_log.add("video_1", ["Last."])
    entries = await job_log.read("video_1")
    assert [message for _at, message in entries] == ["First.", "Zweitens: ü.", "Last."]
    assert all(at == pytest.approx(time.time(), abs=10) for at, _message in entries)


async def test_jobs_do_not_mix_and_are_forgotten_alone(job_log):
    await job_log.add("video_1", ["One."])
    await job_log.add("video_2", ["Two."])
    await job_log.delete("video_1")
    assert await job_log.read("video_1") == []
    assert [message for _at, message in await job_log.read("video_2")] == ["Two."]


async def test_nothing_to_say_is_no_entry(job_log):
    await job_log.add("video_1", [])
    assert await job_log.read("video_1") == []
