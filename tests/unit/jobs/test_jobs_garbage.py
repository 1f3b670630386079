"""What a crash at an unlucky moment left behind is put right, and nothing else is touched."""

import asyncio
import logging
import os
import time

import pytest
from sqlalchemy.exc import OperationalError

from vitascope.jobs.garbage import UNOWNED_AGE, GarbageCollector

pytestmark = pytest.mark.anyio


@pytest.fixture
def alive():
    """The ids of which the durable engine says that their job goes on."""
    return set()


@pytest.fixture
def asked():
    return []


@pytest.fixture
def sweep(videos, job_log, blobs, alive, asked):
    def alive_among(ids):
        asked.append(ids)
        return alive & set(ids)

    return GarbageCollector(videos, job_log, blobs, alive_among=alive_among)


async def always():
    return True


@pytest.fixture
def age(tmp_path):
    """Makes a stored file older than any upload takes."""

    def make_old(key, seconds=UNOWNED_AGE + 60):
        moment = time.time() - seconds
        os.utime(tmp_path / "files" / key, (moment, moment))

    return make_old


async def finish(videos, video, asset_of, *, expires_at=None, attempt=1):
    await videos.begin_attempt(video.id, now=1.0)
    await publish(videos, video, asset_of(video), expires_at=expires_at, attempt=attempt)


async def publish(videos, video, asset, *, attempt=1, **options):
    assert await videos.publish(
        video.id,
        attempt=attempt,
        assets={"video": asset},
        spec=video.spec,
        now=2.0,
        **options,
    )


class TestExpiry:
    async def test_files_past_their_retention_go_and_the_row_stays(
        self, sweep, videos, add, put, keys_of, asset_of
    ):
        past, kept = await add(), await add()
        for video, moment in ((past, time.time() - 1), (kept, time.time() + 60)):
            await finish(videos, video, asset_of, expires_at=moment)
            await put(f"videos/{video.id}/1/video.mp4")
            await put(f"videos/{video.id}/input_reference")
        await sweep.expire()
        assert await keys_of() == [
            f"videos/{kept.id}/1/video.mp4",
            f"videos/{kept.id}/input_reference",
        ]
        row = await videos.find(past.id)
        assert (row.status, row.assets) == ("completed", {})
        assert (await videos.find(kept.id)).assets

    async def test_it_can_be_repeated(self, sweep, videos, add, asset_of):
        video = await add()
        await finish(videos, video, asset_of, expires_at=1.0)
        await sweep.expire()
        await sweep.expire()
        assert await videos.expired(now=time.time()) == []


class TestLostJobs:
    async def test_a_video_without_a_job_is_ended_with_a_reason(self, sweep, videos, add, alive):
        lost, running = await add(), await add()
        await videos.begin_attempt(lost.id, now=1.0)
        alive.add(running.id)
        await sweep.fail_lost_jobs()
        ended = await videos.find(lost.id)
        assert (ended.status, ended.error_code) == ("failed", "processing_error")
        assert ended.error_message == "The server lost track of this video. Create it again."
        assert (await videos.find(running.id)).status == "queued"

    async def test_a_young_video_is_left_alone(self, sweep, videos, add, asked):
        video = await add(now=time.time() - 30)
        await sweep.fail_lost_jobs()
        assert (await videos.find(video.id)).status == "queued"
        assert asked == []

    async def test_a_video_that_finished_meanwhile_stays_finished(
        self, videos, job_log, blobs, add, asset_of
    ):
        video = await add()
        await videos.begin_attempt(video.id, now=1.0)
        loop = asyncio.get_running_loop()

        def finishes_while_asked(_ids):
            done = publish(videos, video, asset_of(video), expires_at=None)
            asyncio.run_coroutine_threadsafe(done, loop).result(5)
            return []

        await GarbageCollector(
            videos, job_log, blobs, alive_among=finishes_while_asked
        ).fail_lost_jobs()
        assert (await videos.find(video.id)).status == "completed"


class TestOrphans:
    async def test_old_files_without_a_row_go_with_their_log(
        self, sweep, put, keys_of, job_log, age
    ):
        await put("videos/video_gone/1/video.mp4")
        await put("videos/video_gone/input_reference")
        age("videos/video_gone/1/video.mp4")
        age("videos/video_gone/input_reference")
        await job_log.add("video_gone", ["It was drawn."])
        await sweep.remove_unowned()
        assert await keys_of() == []
        assert await job_log.read("video_gone") == []

    async def test_files_of_a_row_and_young_files_stay(
        self, sweep, add, put, keys_of, job_log, age
    ):
        video = await add()
        kept = [
            f"videos/{video.id}/1/video.mp4",
            "videos/video_uploading/input_reference",
            "elsewhere/x",
        ]
        for key in kept:
            await put(key)
        age(kept[0])
        age(kept[1], UNOWNED_AGE - 60)
        age(kept[2])
        await job_log.add(video.id, ["It was drawn."])
        await sweep.remove_unowned()
        assert set(await keys_of()) == set(kept)
        assert await job_log.read(video.id)

    async def test_what_overtaken_attempts_left_goes_and_the_published_one_stays(
        self, sweep, videos, add, put, keys_of, age, asset_of
    ):
        done, failed, running = await add(), await add(), await add()
        for video in (done, failed, running):
            await videos.begin_attempt(video.id, now=1.0)
        await finish(videos, done, asset_of, attempt=2)
        await videos.fail(failed.id, code="cancelled", message="By hand.", now=1.0)
        keys = [f"videos/{done.id}/{name}" for name in ("1/video.mp4", "2/video.mp4", "upload")]
        keys += [f"videos/{failed.id}/{name}" for name in ("1/video.mp4", "input_reference")]
        keys += [f"videos/{running.id}/{name}" for name in ("1/video.mp4", "source")]
        for key in keys:
            await put(key)
            age(key)
        await sweep.remove_unowned()
        gone = {keys[0], keys[2], keys[3]}
        assert await keys_of() == sorted(set(keys) - gone)

    async def test_fragments_of_files_go_once_they_are_old(self, sweep, add, put, age, tmp_path):
        key = f"videos/{(await add()).id}/1/video.mp4"
        for name in ("#1", "#2", "#x"):
            await put(key)
            (tmp_path / "files" / key).rename(tmp_path / "files" / (key + name))
        age(key + "#1")
        age(key + "#x")
        await sweep.remove_unowned()
        folder = (tmp_path / "files" / key).parent
        assert sorted(path.name for path in folder.iterdir()) == ["video.mp4#2", "video.mp4#x"]

    async def test_an_empty_store_is_no_error(self, sweep, keys_of):
        await sweep.remove_unowned()
        assert await keys_of() == []


async def test_an_outage_puts_the_sweep_off_and_does_not_end_it(
    sweep, videos, add, asset_of, monkeypatch, caplog
):
    video = await add()
    await finish(videos, video, asset_of, expires_at=1.0)
    real, calls, thrice = videos.expired, [], asyncio.Event()

    async def expired(**options):
        calls.append(options)
        if len(calls) == 1:
            raise OperationalError("SELECT", {}, Exception("password=secret"))
        if len(calls) == 3:
            thrice.set()
        return await real(**options)

    monkeypatch.setattr(videos, "expired", expired)
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(sweep.run(every=0.01, on_duty=always))
        await asyncio.wait_for(thrice.wait(), 10)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert "is repeated" in caplog.text
    assert "secret" not in caplog.text
    assert (await videos.find(video.id)).assets == {}


async def test_orphans_of_other_kinds_go_and_owned_ones_stay(
    videos, job_log, blobs, put, keys_of, age
):
    class Known:
        async def existing_among(self, ids):
            return {"file-known"} & set(ids)

    for key in ("files/file-known", "files/file-orphan", "characters/char_orphan/subject.png"):
        await put(key)
        age(key)
    owners = {"files": Known(), "characters": Known()}
    await GarbageCollector(videos, job_log, blobs, alive_among=set, owners=owners).remove_unowned()
    assert await keys_of() == ["files/file-known"]


async def test_only_the_worker_on_duty_sweeps(videos, job_log, blobs, add, asset_of):
    video = await add()
    await finish(videos, video, asset_of, expires_at=1.0)
    answers, forgotten, ten_times = [False] * 9 + [True], [], asyncio.Event()
    assets_before = []

    async def on_duty():
        assets_before.append((await videos.find(video.id)).assets)
        return answers.pop(0) if answers else False

    def forget_finished():
        forgotten.append(len(assets_before))

    async def chore():
        forgotten.append("chore")
        ten_times.set()

    sweep = GarbageCollector(
        videos,
        job_log,
        blobs,
        alive_among=set,
        forget_finished=forget_finished,
        chores=[chore],
    )
    running = asyncio.create_task(sweep.run(every=0.001, on_duty=on_duty))
    await asyncio.wait_for(ten_times.wait(), 10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert all(assets_before[:10])
    assert forgotten == [10, "chore"]
    assert (await videos.find(video.id)).assets == {}
