"""One video from claim to publication, with a fake child, on a real database and real files."""

import asyncio
import hashlib
import logging
import sys
import time

import pytest
from film_checks import picture
from msgspec.structs import replace
from PIL import Image
from sqlalchemy.exc import OperationalError
from video_fixtures import moving_video

from vitascope import retry
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.upstream.settings import UpstreamSettings
from vitascope.errors import JobError
from vitascope.jobs import children, decoding
from vitascope.jobs import render as render_module
from vitascope.jobs.order import (
    FILES,
    NO_ROOM,
    SOURCE,
    Done,
    Failed,
    Note,
    Preview,
    Progress,
    Ready,
)
from vitascope.jobs.prepare import Uploads
from vitascope.jobs.render import MAX_ATTEMPTS, MAX_CRASHES, Outcome, Renderer
from vitascope.jobs.supervisor import EngineCrashed
from vitascope.model_settings import ModelSettings
from vitascope.spec import Asset, Input, Sampling, Size
from vitascope.video import MAX_PREVIEW_BYTES

DATABASES = ["sqlite"]  # tests/unit/store tests the repositories on both, the cluster PostgreSQL
pytestmark = pytest.mark.anyio


SHADOWPLAY = ModelSettings()
WAN = DiffusersSettings(card="wan2.2-ti2v-5b")
LTX = DiffusersSettings(card="ltx-2.5")
GATED = DiffusersSettings(card="gated")
BROKEN = UpstreamSettings(url="http://127.0.0.1:9/v1", flavour="sglang")


class FakeChild:
    """Stands for the engine's process: what its next order does is set by the test."""

    acts: list  # both are set anew for every test
    made: list

    def __init__(self, model, *, stall_timeout, environment):
        self.model = model
        self.pid = self.memory = None
        self.stall_timeout = stall_timeout
        self.environment = environment
        self.busy = False
        self.orders = []
        self.kills = self.stops = 0
        FakeChild.made.append(self)

    async def warm_up(self):
        if self.model == BROKEN:
            raise EngineCrashed("It did not start.")
        if self.model == GATED:
            raise JobError("model_gated", "Accept the licence.")
        self.pid = 1

    async def perform(self, order):
        self.orders.append(order)
        act = FakeChild.acts.pop(0) if len(FakeChild.acts) > 1 else FakeChild.acts[0]
        self.busy = True
        async for event in act(order):
            self.busy = not isinstance(event, Done | Failed)
            yield event

    async def stop(self):
        self.stops += 1
        self.busy = False

    async def kill(self):
        self.kills += 1
        self.busy = False
        self.pid = None
        return 0


async def draws(order):
    """Draw well: every file holds its own name."""
    yield Progress("draw", 1, 2)
    for name in FILES.values():
        order.path(name).write_text(name, encoding="utf-8")
    yield Done(dict(FILES), size=order.spec.size, frames=96, fps=order.spec.fps, scripted=True)


async def crashes(order):
    yield Progress("draw", 1, 2)
    raise EngineCrashed("The engine's process ended with signal SIGSEGV.")


async def hangs(order):
    yield Progress("draw", 1, 2)
    await asyncio.sleep(60)


@pytest.fixture(autouse=True)
def child(monkeypatch):
    monkeypatch.setattr(FakeChild, "acts", [draws], raising=False)
    monkeypatch.setattr(FakeChild, "made", [], raising=False)
    monkeypatch.setattr(children, "EngineChild", FakeChild)
    return FakeChild


@pytest.fixture
def make_renderer(make_settings, videos, job_log, blobs, tmp_path):
    def make(**options):
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        return Renderer(
            make_settings(report_seconds=0.01, **options), videos, job_log, blobs, scratch
        )

    return make


@pytest.fixture
def renderer(make_renderer):
    return make_renderer()


async def until(condition):
    deadline = time.monotonic() + 10
    while not await condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.005)


def keys(video, attempt):
    return sorted(f"videos/{video.id}/{attempt}/{name}" for name in FILES.values())


async def render(renderer, video):
    outcome = await renderer.draw(video.id)
    await renderer.publish(video.id, outcome)
    return outcome


class TestSuccess:
    async def test_the_files_are_stored_and_published(
        self, renderer, videos, add, keys_of, blobs, tmp_path
    ):
        video = await add()
        await render(renderer, video)
        done = await videos.find(video.id)
        assert (done.status, done.progress, done.attempt) == ("completed", 100, 1)
        assert done.expires_at is None
        assert await keys_of() == keys(video, 1)
        types = {name: asset.media_type for name, asset in done.assets.items()}
        assert types == {
            "video": "video/mp4",
            "thumbnail": "image/webp",
            "spritesheet": "image/jpeg",
        }
        for variant, asset in done.assets.items():
            content = FILES[variant].encode()
            assert asset.size == len(content)
            assert asset.digest == hashlib.sha256(content).hexdigest()
            chunks = await blobs.stream(asset.key, start=0, end=asset.size)
            assert b"".join([bytes(chunk) async for chunk in chunks]) == content
        assert list((tmp_path / "scratch").iterdir()) == []

    async def test_the_child_receives_the_specification_as_it_is(self, renderer, add, child):
        video = await add(
            prompt="A whale",
            size="1280x720",
            seconds=8,
            seed=42,
            sampling=Sampling(negative_prompt="rain", guidance_scale=4.5),
        )
        await renderer.draw(video.id)
        [engine] = child.made
        [order] = engine.orders
        assert engine.model == SHADOWPLAY
        assert order.spec == video.spec

    @pytest.mark.thorough
    async def test_an_input_is_there_when_drawing_begins(self, renderer, add, child, put, asset_of):
        async def looks(order):
            with Image.open(order.job().first_frame) as image:
                seen.append((image.format, image.size))
            async for event in draws(order):
                yield event

        seen = []
        child.acts = [looks]
        asset = replace(asset_of(await add()), key="videos/x/input_reference")
        await put(asset.key, picture((64, 48), "WEBP"))
        await render(renderer, await add(inputs=(Input("first_frame", asset),)))
        assert seen == [("PNG", (64, 48))]

    async def test_previews_are_kept_until_the_end(
        self, renderer, videos, live_previews, add, child
    ):
        async def shows(order):
            yield Preview(b"first")
            yield Preview(b"x" * (MAX_PREVIEW_BYTES + 1))  # too large, so it is dropped
            await until(seen(b"first"))
            yield Preview(b"second")
            await until(seen(b"second"))
            async for event in draws(order):
                yield event

        def seen(jpeg):
            async def look():
                return await live_previews.get(video.id, project="default") == jpeg

            return look

        child.acts = [shows]
        video = await add()
        await render(renderer, video)
        assert (await videos.find(video.id)).status == "completed"
        assert await live_previews.get(video.id, project="default") is None

    async def test_progress_phase_and_eta_are_written_while_it_draws(
        self, renderer, videos, add, child
    ):
        async def waits(order):
            yield Progress("draw", 1, 1)
            await seen.wait()
            async for event in draws(order):
                yield event

        seen = asyncio.Event()
        child.acts = [waits]
        video = await add()
        drawing = asyncio.create_task(renderer.draw(video.id))

        async def reported():
            row = await videos.find(video.id)
            return row.status == "in_progress" and row.progress >= 40

        await until(reported)
        row = await videos.find(video.id)
        assert row.phase == "draw"
        assert row.progress < 60
        assert row.eta == pytest.approx(time.time(), abs=30)
        seen.set()
        await drawing

    async def test_notes_end_up_in_the_jobs_log(self, renderer, add, child, job_log):
        async def remarks(order):
            yield Note("No idea what a flurble is.")
            async for event in draws(order):
                yield event

        child.acts = [remarks]
        video = await add()
        await render(renderer, video)
        log = await job_log.read(video.id)
        assert [text for _at, text in log] == ["No idea what a flurble is."]

    async def test_retention_counts_from_completion(self, make_renderer, videos, add):
        video = await add()
        await render(make_renderer(retention_hours=2), video)
        done = await videos.find(video.id)
        assert done.expires_at == pytest.approx(done.completed_at + 7200)

    async def test_one_child_serves_job_after_job(self, renderer, add, child):
        for _ in range(2):
            await render(renderer, await add())
        assert len(child.made) == 1
        assert child.made[0].kills == 0


class TestUploads:
    """What was sent is read in real decoding processes; the engine gets what they made."""

    @pytest.fixture
    def uploaded(self, put, add, tmp_path):
        async def add_one(role="uploaded_video", content=None, **changes):
            if content is None:
                film = moving_video(tmp_path / "a.mkv", size=(322, 192), seconds=1.0, fps=30)
                content = film.read_bytes()
            asset = Asset(f"uploads/{role}", len(content), "ab", "video/x-matroska")
            await put(asset.key, content)
            return await add(inputs=(Input(role, asset),), **changes)

        return add_one

    async def test_an_edit_gets_a_film_in_the_output_profile(self, renderer, child, uploaded):
        async def looks(order):
            seen.append(order.job().source.read_bytes()[4:8])
            seen.append(order.path("input-0").exists())
            async for event in draws(order):
                yield event

        seen = []
        child.acts = [looks]
        outcome = await renderer.draw((await uploaded(task="edit")).id)
        [order] = child.made[0].orders
        assert (order.spec.size, order.spec.frames) == (Size(322, 192), 30)
        assert [one.role for one in order.spec.inputs] == ["source_video"]
        assert seen == [b"ftyp", False], "and what was uploaded is gone"
        assert outcome.error_code is None

    @pytest.mark.thorough
    async def test_what_decoding_changes_is_in_the_jobs_log(
        self, renderer, child, uploaded, job_log, tmp_path
    ):
        film = moving_video(tmp_path / "b.mkv", size=(320, 192), seconds=1.0, fps=20)
        child.acts = [draws]
        video = await uploaded(task="edit", content=film.read_bytes())
        assert (await renderer.draw(video.id)).error_code is None
        assert any("frames a second" in text for _, text in await job_log.read(video.id))

    @pytest.mark.thorough
    async def test_a_job_is_drawn_while_anothers_upload_is_decoded(
        self, renderer, child, uploaded, add, monkeypatch
    ):
        async def decode(uploads):
            await go_on.wait()
            async for event in real(uploads):
                yield event

        go_on, real = asyncio.Event(), Uploads.decode
        monkeypatch.setattr(Uploads, "decode", decode)
        child.acts = [draws, draws]
        first, second = await uploaded(task="edit"), await add()
        waiting = asyncio.create_task(renderer.draw(first.id))
        while not renderer.is_preparing(first.id):  # noqa: ASYNC110 - no event says so
            await asyncio.sleep(0.01)
        assert (await renderer.draw(second.id)).error_code is None
        assert renderer.is_preparing(first.id)
        go_on.set()
        assert (await waiting).error_code is None
        assert not renderer.is_preparing(first.id)

    @pytest.mark.thorough
    async def test_an_extension_gets_its_previews_too(self, renderer, child, uploaded):
        async def looks(order):
            for role in ("source_thumbnail", "source_spritesheet"):
                with Image.open(order.input(role)) as image:
                    seen.append(image.format)
            assert order.path(SOURCE).is_file()
            async for event in draws(order):
                yield event

        seen = []
        child.acts = [looks]
        await renderer.draw((await uploaded(task="extend", seconds=4)).id)
        [order] = child.made[0].orders
        roles = ["source_video", "source_thumbnail", "source_spritesheet"]
        assert [one.role for one in order.spec.inputs] == roles
        assert seen == ["WEBP", "JPEG"]

    @pytest.mark.parametrize(
        ("role", "code"),
        [
            ("uploaded_video", "invalid_video"),
            ("first_frame", "invalid_image"),
            ("keyframe", "invalid_image"),
        ],
    )
    async def test_what_is_none_fails_at_once_and_leaves_the_engine_warm(
        self, renderer, child, uploaded, role, code
    ):
        outcome = await renderer.draw((await uploaded(role, b"junk" * 99, task="edit")).id)
        assert (outcome.error_code, outcome.attempt) == (code, 1)
        assert all(one.orders == [] and one.kills == 0 for one in child.made)

    @pytest.mark.thorough
    async def test_a_film_that_costs_too_much_fails_with_the_numbers(
        self, make_renderer, uploaded, videos
    ):
        video = await uploaded(task="edit")
        await render(make_renderer(uploads={"pixels": 1_000_000}), video)
        failed = await videos.find(video.id)
        assert (failed.status, failed.error_code) == ("failed", "video_too_costly")
        assert "0.001 billion pixels" in failed.error_message

    @pytest.fixture
    def killed(self, monkeypatch, tmp_path):
        """Have the first decoding processes killed as they begin."""

        def kill(times):
            program = f"""
import os, pathlib, runpy, sys
count = len(list(pathlib.Path({str(tmp_path)!r}).glob("killed-*")))
if count < {times}:
    pathlib.Path({str(tmp_path)!r}, f"killed-{{count}}").touch()
    os.kill(os.getpid(), 9)
sys.argv = ["decoder"]
runpy.run_module("vitascope.jobs.decoder", run_name="__main__")
"""
            monkeypatch.setattr(decoding, "_COMMAND", (sys.executable, "-c", program))

        return kill

    @pytest.mark.thorough
    async def test_a_killed_decoder_is_tried_again(self, renderer, uploaded, videos, killed):
        killed(1)
        video = await uploaded(task="edit")
        await render(renderer, video)
        done = await videos.find(video.id)
        assert (done.status, done.attempt) == ("completed", 2)

    async def test_three_killed_decoders_are_enough_and_no_fault_of_the_engine(
        self, renderer, uploaded, videos, killed
    ):
        killed(MAX_CRASHES)
        video = await uploaded(task="edit")
        await render(renderer, video)
        failed = await videos.find(video.id)
        assert (failed.error_code, failed.crashes) == ("processing_error", MAX_CRASHES)
        assert "Reading the upload was stopped 3 times" in failed.error_message
        assert "short of memory" in failed.error_message


class TestTwice:
    async def test_publishing_twice_is_harmless(self, renderer, videos, add, keys_of):
        video = await add()
        outcome = await render(renderer, video)
        before = await videos.find(video.id)
        await renderer.publish(video.id, outcome)
        assert await videos.find(video.id) == before
        assert await keys_of() == keys(video, 1)

    async def test_drawing_what_is_finished_does_nothing(self, renderer, add, child):
        video = await add()
        await render(renderer, video)
        assert await renderer.draw(video.id) == Outcome()
        assert len(child.made[0].orders) == 1

    async def test_drawing_again_after_a_death_makes_files_of_its_own(
        self, renderer, videos, add, keys_of
    ):
        video = await add()
        await renderer.draw(video.id)  # and then the worker died
        await render(renderer, video)
        done = await videos.find(video.id)
        assert (done.status, done.attempt) == ("completed", 2)
        assert {asset.key for asset in done.assets.values()} == set(keys(video, 2))
        assert await keys_of() == keys(video, 2)

    async def test_an_outcome_that_was_overtaken_publishes_nothing_and_cleans_up(
        self, renderer, videos, add, keys_of
    ):
        video = await add()
        stale = await renderer.draw(video.id)
        current = await renderer.draw(video.id)
        await renderer.publish(video.id, stale)
        assert (await videos.find(video.id)).status == "in_progress"
        assert await keys_of() == keys(video, 2)
        await renderer.publish(video.id, current)
        assert (await videos.find(video.id)).status == "completed"
        await renderer.publish(video.id, stale)
        assert await keys_of() == keys(video, 2)

    async def test_a_video_deleted_meanwhile_leaves_no_files(self, renderer, videos, add, keys_of):
        video = await add()
        outcome = await renderer.draw(video.id)
        await videos.fail(video.id, code="cancelled", message="By hand.", now=1.0)
        await videos.delete(video.id, project="default")
        await renderer.publish(video.id, outcome)
        assert await keys_of() == []


class TestOvertaken:
    @pytest.fixture
    def drawing(self, renderer, add, child, videos):
        """A video whose child draws for ever, and the task that waits for it."""

        async def begin():
            child.acts = [hangs]
            video = await add()
            task = asyncio.create_task(renderer.draw(video.id))

            async def begun():
                return bool(child.made and child.made[0].orders)

            await until(begun)
            return video, task

        return begin

    async def test_cancelling_stops_the_child(self, drawing, videos, child):
        video, task = await drawing()
        await videos.fail(video.id, code="cancelled", message="By hand.", now=1.0)
        assert await asyncio.wait_for(task, 5) == Outcome()
        assert (child.made[0].stops, child.made[0].kills) == (1, 0)
        assert (await videos.find(video.id)).error_code == "cancelled"

    async def test_another_workers_claim_stops_the_child(self, drawing, videos, child):
        video, task = await drawing()
        await videos.begin_attempt(video.id, now=1.0)
        assert await asyncio.wait_for(task, 5) == Outcome()
        assert (child.made[0].stops, child.made[0].kills) == (1, 0)
        row = await videos.find(video.id)
        assert (row.status, row.attempt, row.crashes) == ("in_progress", 2, 0)

    async def test_a_task_that_is_cancelled_kills_the_child(self, drawing, child, tmp_path):
        _video, task = await drawing()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert child.made[0].kills == 1
        assert list((tmp_path / "scratch").iterdir()) == []

    async def test_a_crash_after_another_worker_took_over_does_not_take_it_back(
        self, renderer, add, child, videos
    ):
        async def crashes_too_late(order):
            await videos.begin_attempt(video.id, now=1.0)
            raise EngineCrashed("It was killed.")
            yield

        child.acts = [crashes_too_late]
        video = await add()
        assert await asyncio.wait_for(renderer.draw(video.id), 5) == Outcome()
        row = await videos.find(video.id)
        assert (row.status, row.attempt, row.crashes) == ("in_progress", 2, 0)


class TestFailure:
    async def test_a_job_that_can_not_be_done_fails_at_once(
        self, renderer, videos, add, child, keys_of
    ):
        async def refuses(order):
            yield Failed("invalid_image", "The picture can't be read.")

        child.acts = [refuses]
        video = await add()
        await render(renderer, video)
        failed = await videos.find(video.id)
        assert (failed.status, failed.error_code) == ("failed", "invalid_image")
        assert failed.error_message == "The picture can't be read."
        assert failed.attempt == 1
        assert child.made[0].kills == 0

    async def test_a_crash_is_tried_again(self, renderer, videos, add, child, job_log, keys_of):
        child.acts = [crashes, draws]
        video = await add()
        await render(renderer, video)
        done = await videos.find(video.id)
        assert (done.status, done.attempt, done.crashes) == ("completed", 2, 1)
        assert [text for _at, text in await job_log.read(video.id)] == [
            "The engine's process ended with signal SIGSEGV."
        ]
        assert child.made[0].kills == 1
        assert await keys_of() == keys(video, 2)

    async def test_three_crashes_are_enough(self, renderer, videos, add, child):
        child.acts = [crashes]
        video = await add()
        await render(renderer, video)
        failed = await videos.find(video.id)
        assert (failed.status, failed.error_code) == ("failed", "engine_crashed")
        assert failed.crashes == len(child.made[0].orders) == MAX_CRASHES
        assert "crashed 3 times" in failed.error_message
        assert "tell the server's operator" in failed.error_message

    async def test_crashes_are_counted_over_workers(self, make_renderer, videos, add, child):
        child.acts = [crashes, crashes, hangs]
        video = await add()
        task = asyncio.create_task(make_renderer().draw(video.id))

        async def third():
            return bool(child.made) and len(child.made[0].orders) == 3

        await until(third)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        child.acts = [crashes]
        await render(make_renderer(), video)
        failed = await videos.find(video.id)
        assert (failed.error_code, failed.crashes) == ("engine_crashed", MAX_CRASHES)
        assert len(child.made[1].orders) == 1

    async def test_a_model_without_memory_tries_again_without_the_others(
        self, renderer, videos, add, child
    ):
        async def lacks_memory(order):
            yield Failed("out_of_memory", "The device ran out of memory.")

        await renderer.warm_up([WAN])
        child.acts = [lacks_memory, draws]
        video = await add()
        await render(renderer, video)
        assert (await videos.find(video.id)).status == "completed"
        assert [(one.model, one.kills) for one in child.made] == [(WAN, 1), (SHADOWPLAY, 1)]

        child.acts = [lacks_memory]
        video = await add()
        await render(renderer, video)
        failed = await videos.find(video.id)
        assert (failed.error_code, failed.attempt) == ("out_of_memory", 1)

    async def test_a_strange_event_is_a_crash(self, renderer, videos, add, child):
        async def starts_over(order):
            yield Ready()

        async def leaves(order):
            return
            yield

        child.acts = [starts_over, leaves, draws]
        video = await add()
        await render(renderer, video)
        assert (await videos.find(video.id)).crashes == 2

    async def test_a_job_that_takes_too_long_fails(self, make_renderer, videos, add, child):
        child.acts = [hangs]
        video = await add()
        await render(make_renderer(job_timeout_seconds=0.05), video)
        failed = await videos.find(video.id)
        assert (failed.status, failed.error_code) == ("failed", "timed_out")
        assert "within 0.05 seconds" in failed.error_message
        assert child.made[0].kills == 1

    async def test_an_input_that_is_gone_is_reported(self, renderer, videos, add, child, asset_of):
        gone = replace(asset_of(await add()), key="videos/gone/input_reference")
        video = await add(inputs=(Input("first_frame", gone),))
        await render(renderer, video)
        assert (await videos.find(video.id)).error_code == "input_missing"
        assert child.made == []

    async def test_a_model_that_is_not_configured_any_more_is_reported(self, renderer, videos, add):
        video = await add(model="last-years")
        await render(renderer, video)
        failed = await videos.find(video.id)
        assert failed.error_code == "model_not_found"
        assert "'last-years'" in failed.error_message

    async def test_a_video_begun_again_and_again_is_given_up(self, renderer, videos, add, child):
        video = await add()
        for _ in range(MAX_ATTEMPTS):
            await videos.begin_attempt(video.id, now=1.0)
        await render(renderer, video)
        assert (await videos.find(video.id)).error_code == "too_many_attempts"
        assert child.made == []

    async def test_a_failure_removes_what_its_attempts_stored(
        self, renderer, videos, add, child, keys_of
    ):
        async def refuses(order):
            yield Failed("invalid_image", "No.")

        video = await add()
        await renderer.draw(video.id)  # stored, and then the worker died
        assert await keys_of() == keys(video, 1)
        child.acts = [refuses]
        await render(renderer, video)
        assert await keys_of() == []

    async def test_an_overtaken_failure_fails_nothing(self, renderer, videos, add, child):
        async def refuses(order):
            yield Failed("invalid_image", "No.")

        child.acts = [refuses]
        video = await add()
        outcome = await renderer.draw(video.id)
        await videos.begin_attempt(video.id, now=1.0)
        await renderer.publish(video.id, outcome)
        assert (await videos.find(video.id)).status == "in_progress"

    async def test_giving_up_says_where_the_cause_is_found(self, renderer, videos, add):
        video = await add()
        await videos.begin_attempt(video.id, now=1.0)
        await renderer.give_up(video.id)
        failed = await videos.find(video.id)
        assert (failed.status, failed.error_code) == ("failed", "processing_error")
        assert "worker's log" in failed.error_message


class TestOutage:
    @pytest.fixture(autouse=True)
    def brisk(self, monkeypatch):
        monkeypatch.setattr(retry, "_FIRST_DELAY", 0.001)

    async def test_a_film_is_not_drawn_anew_because_the_database_was_away(
        self, renderer, videos, add, child, monkeypatch
    ):
        async def draws_slowly(order):
            yield Progress("draw", 1, 2)
            await back.wait()
            async for event in draws(order):
                yield event

        async def report(*arguments, **options):
            calls.append(arguments)
            if len(calls) < 3:
                raise OperationalError("UPDATE", {}, Exception("gone"))
            back.set()
            return await real(*arguments, **options)

        real, calls, back = videos.report, [], asyncio.Event()
        monkeypatch.setattr(videos, "report", report)
        child.acts = [draws_slowly]
        video = await add()
        await render(renderer, video)
        assert (await videos.find(video.id)).attempt == 1
        assert len(child.made[0].orders) == 1

    async def test_a_job_that_finds_no_room_waits_for_some(self, renderer, videos, add, child):
        async def finds_no_room(order):
            yield Failed(NO_ROOM, "There is no room to draw in: No space left on device.")

        child.acts = [finds_no_room, finds_no_room, draws]
        video = await add()
        await render(renderer, video)
        done = await videos.find(video.id)
        assert (done.status, done.attempt, done.crashes) == ("completed", 1, 0)

    async def test_a_disk_that_stays_full_is_reported(
        self, renderer, videos, add, child, monkeypatch
    ):
        async def finds_no_room(order):
            yield Failed(NO_ROOM, "There is no room to draw in: No space left on device.")

        monkeypatch.setattr(render_module, "STORE_TIMEOUT", 0.01)
        child.acts = [finds_no_room]
        video = await add()
        await render(renderer, video)
        assert (await videos.find(video.id)).error_code == "storage_unavailable"


async def test_what_an_overtaken_attempt_stored_is_removed(
    renderer, videos, add, child, put, keys_of
):
    async def is_overtaken(order):
        await put(f"videos/{video.id}/1/video.mp4")
        await videos.begin_attempt(video.id, now=1.0)
        async for event in hangs(order):
            yield event

    child.acts = [is_overtaken]
    video = await add()
    assert await asyncio.wait_for(renderer.draw(video.id), 5) == Outcome()
    assert await keys_of() == []


async def test_an_engine_that_does_not_start_keeps_no_worker_from_working(renderer, caplog):
    with caplog.at_level(logging.WARNING):
        await renderer.warm_up([GATED, BROKEN, SHADOWPLAY])
    assert "The upstream engine did not start: It did not start." in caplog.text
    assert "The diffusers engine did not start: Accept the licence." in caplog.text


async def test_closing_kills_every_child(renderer, child):
    await renderer.warm_up([WAN, SHADOWPLAY])
    await renderer.close()
    assert [(made.model, made.kills) for made in child.made] == [(SHADOWPLAY, 1), (WAN, 1)]


async def test_only_one_model_with_weights_is_warmed_up(renderer, child):
    await renderer.warm_up([WAN, LTX, SHADOWPLAY, SHADOWPLAY])
    assert [made.model for made in child.made] == [SHADOWPLAY, WAN]
