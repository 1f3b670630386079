"""Every guard on a video's row, on a real database."""

import asyncio
import re

import msgspec
import pytest
from msgspec.structs import replace

from vitascope.spec import CharacterInput, FrameRate, Input, Lora, Sampling, Step
from vitascope.store.search import VideoFilter, VideoSearch
from vitascope.store.statements import GET_VIDEO_WITH_POSITION, MAX_POSITION
from vitascope.store.tables import videos as table
from vitascope.video import MAX_SEED, new_id

pytestmark = pytest.mark.anyio


async def publish(
    videos,
    video,
    asset,
    *,
    attempt=1,
    spec=None,
    now=50.0,
    expires_at=None,
):
    return await videos.publish(
        video.id,
        attempt=attempt,
        assets={"video": asset},
        spec=spec or video.spec,
        now=now,
        expires_at=expires_at,
    )


async def complete(videos, video, asset, **wish):
    await videos.begin_attempt(video.id, now=wish.pop("started", 10.0))
    assert await publish(videos, video, asset, **wish)


async def report(videos, video, *, attempt=1, progress=10, phase="draw", eta=None, preview=None):
    return await videos.report(
        video.id, attempt=attempt, progress=progress, phase=phase, eta=eta, preview=preview
    )


async def fail(videos, video, **wish):
    return await videos.fail(
        video.id, code="engine_crashed", message="It crashed.", now=60.0, **wish
    )


async def test_what_was_added_comes_back_whole(videos, add, asset):
    added = await add(
        project="studio",
        prompt="Ein Fuchs 🦊\n\x00"[:-1],
        seed=MAX_SEED,
        sampling=Sampling(guidance_scale=4.5, negative_prompt="rain"),
        inputs=(Input("first_frame", asset), Input("keyframe", asset, at=1.5)),
        characters=(CharacterInput("char_1", "Rex", ("#aabbcc",), asset),),
        loras=(Lora("paper"),),
        fps=FrameRate(30_000, 1001),
        history=(Step("create", "A fox"),),
        other_prompts=("A fox",),
        remixed_from_video_id="video_0",
        now=1234.5,
    )
    assert added.status == "queued"
    assert (added.progress, added.attempt, added.crashes) == (0, 0, 0)
    assert await videos.get(added.id, project="studio") == added
    assert await videos.find(added.id) == added


async def test_a_film_is_found_by_the_prompts_of_all_its_parts(add, engine):
    first = await add(prompt='A "fox"\nin snow', other_prompts=("It naps",))
    drawn = await add(prompt="Make it night", other_prompts=(*first.prompts, "It wakes"))
    alone = await add(prompt="Sepia")
    search = VideoSearch(engine)
    for text, found in (
        ('a "FOX"\nin', [drawn, first]),
        ("it naps", [drawn, first]),
        ("wakes", [drawn]),
        ("sepia", [alone]),
        ('","', []),
    ):
        page, _ = await search.page(VideoFilter(text=text), project="default", limit=9)
        assert {one.id for one in page} == {one.id for one in found}, text


async def test_each_field_is_read_from_its_own_column(videos, add, asset):
    added = await add(
        project="studio",
        queue="other",
        priority=3,
        status="failed",
        started_at=4.5,
        completed_at=5.5,
        expires_at=6.5,
        progress=7,
        phase="draw",
        eta=8.5,
        error_code="code",
        error_message="Message.",
        remixed_from_video_id="video_0",
        attempt=9,
        crashes=10,
        assets={"video": asset},
    )
    assert await videos.get(added.id, project="studio") == added
    assert await videos.get_with_position(added.id, project="studio") == (added, 0)
    assert await videos.page(project="studio", after=None, limit=9, newest_first=True) == (
        [added],
        False,
    )


async def test_a_list_shows_each_video_as_it_is_now(engine, videos, add, asset):
    async def listed():
        page = await VideoSearch(engine).listed_page(
            VideoFilter(), project="default", after=None, limit=9, newest_first=False
        )
        found = msgspec.json.decode(page.json)
        assert page.ids == [one["id"] for one in found]
        return found

    added = [await add() for _ in range(3)]
    long = await add(prompt='"é\n' * 5000)
    await complete(videos, added[0], asset)
    await fail(videos, added[1])
    before = await listed()
    assert before == [(await videos.find(one.id)).to_wire() for one in (*added, long)]
    assert [one["status"] for one in before] == ["completed", "failed", "queued", "queued"]
    async with engine.begin() as connection:
        changes = {"starred": True, "tags": ("a", "b"), "completed_at": 1234.9, "progress": 9}
        await connection.execute(table.update().values(**changes))
    after = await listed()
    assert after == [(await videos.find(one.id)).to_wire() for one in (*added, long)]
    assert [(one["starred"], one["tags"]) for one in after] == [(True, ["a", "b"])] * 4


async def test_a_row_rolled_back_was_never_there(engine, videos, add):
    first = await add()
    with pytest.raises(RuntimeError, match="no"):
        async with engine.begin() as connection:
            await connection.execute(table.delete())
            raise RuntimeError("no")
    assert await videos.find(first.id) == first


async def test_a_project_sees_its_own_videos_only(videos, add, asset):
    video = await add(project="ours")
    await complete(videos, video, asset)
    assert await videos.get(video.id, project="theirs") is None
    assert await videos.page(project="theirs", after=None, limit=10, newest_first=True) == (
        [],
        False,
    )
    assert await videos.delete(video.id, project="theirs") is None
    assert await videos.get(video.id, project="ours") is not None


class TestPage:
    @pytest.fixture
    async def five(self, add):
        for _ in range(2):
            await add(project="other")
        return [(await add()).id for _ in range(5)]

    @staticmethod
    async def ids(videos, **wish):
        page, more = await videos.page(**{"project": "default", "after": None, **wish})
        return [video.id for video in page], more

    @pytest.mark.parametrize("newest_first", [True, False])
    async def test_pages_follow_each_other_without_gap(self, videos, five, newest_first):
        expected = five[::-1] if newest_first else five
        found, cursor, more, pages = [], None, True, 0
        while more:
            page, more = await self.ids(videos, after=cursor, limit=2, newest_first=newest_first)
            found += page
            cursor = page[-1]
            pages += 1
        assert found == expected
        assert pages == 3

    async def test_a_page_that_is_just_full_is_the_last(self, videos, five):
        assert await self.ids(videos, limit=5, newest_first=True) == (five[::-1], False)
        assert (await self.ids(videos, limit=4, newest_first=True))[1] is True

    async def test_a_cursor_keeps_its_place_when_its_video_is_deleted(self, videos, five, asset):
        await complete(videos, await videos.find(five[2]), asset)
        await videos.delete(five[2], project="default")
        after = {"after": five[2], "limit": 5}
        assert await self.ids(videos, newest_first=True, **after) == (five[1::-1], False)
        assert await self.ids(videos, newest_first=False, **after) == (five[3:], False)

    async def test_a_cursor_that_never_was_an_id_finds_nothing(self, videos, five):
        for cursor in ("nonsense", "video_", "zzzz", "0"):
            for newest_first in (True, False):
                assert await self.ids(videos, after=cursor, limit=5, newest_first=newest_first) == (
                    [],
                    False,
                )

    async def test_a_foreign_id_that_has_a_row_is_a_cursor(self, videos, add):
        # Rows brought along from elsewhere may have ids of another form.
        await add(id="video_00")
        later = await add()
        assert await self.ids(videos, after="video_00", limit=5, newest_first=False) == (
            [later.id],
            False,
        )

    async def test_the_end_is_an_empty_page(self, videos, five):
        assert await self.ids(videos, after=five[0], limit=5, newest_first=True) == ([], False)


class TestDelete:
    async def test_only_finished_videos_can_be_deleted(self, videos, add, asset):
        video = await add()
        assert await videos.delete(video.id, project="default") is None
        await videos.begin_attempt(video.id, now=1)
        assert await videos.delete(video.id, project="default") is None
        await publish(videos, video, asset)
        deleted = await videos.delete(video.id, project="default")
        assert deleted.assets == {"video": asset}
        assert await videos.find(video.id) is None
        assert await videos.delete(video.id, project="default") is None

    async def test_a_failed_video_can_be_deleted(self, videos, add):
        video = await add()
        await fail(videos, video)
        assert (await videos.delete(video.id, project="default")).status == "failed"


class TestClaim:
    async def test_every_claim_is_a_new_attempt(self, videos, add):
        video = await add()
        first = await videos.begin_attempt(video.id, now=100.0)
        assert (first.status, first.attempt, first.started_at) == ("in_progress", 1, 100.0)
        second = await videos.begin_attempt(video.id, now=200.0)
        assert (second.attempt, second.started_at) == (2, 100.0)

    async def test_claims_at_once_get_different_attempts(self, videos, add):
        video = await add()
        claims = await asyncio.gather(*(videos.begin_attempt(video.id, now=1) for _ in range(6)))
        assert sorted(claim.attempt for claim in claims) == [1, 2, 3, 4, 5, 6]

    async def test_a_finished_or_missing_video_is_not_claimed(self, videos, add, asset):
        done, failed = await add(), await add()
        await complete(videos, done, asset)
        await fail(videos, failed)
        for video_id in (done.id, failed.id, "video_none"):
            assert await videos.begin_attempt(video_id, now=1) is None

    async def test_progress_stays_when_a_new_attempt_begins(self, videos, add):
        video = await add()
        await videos.begin_attempt(video.id, now=1)
        await report(videos, video, progress=70)
        assert (await videos.begin_attempt(video.id, now=2)).progress == 70


class TestReport:
    async def test_progress_never_goes_back_but_phase_and_eta_are_the_last(self, videos, add):
        video = await add()
        await videos.begin_attempt(video.id, now=1)
        assert await report(videos, video, progress=40, phase="draw", eta=99.0)
        assert await report(videos, video, progress=20, phase="encode", eta=88.0)
        found = await videos.find(video.id)
        assert (found.progress, found.phase, found.eta) == (40, "encode", 88.0)

    async def test_reports_of_an_overtaken_attempt_change_nothing(self, videos, add):
        video = await add()
        await videos.begin_attempt(video.id, now=1)
        await videos.begin_attempt(video.id, now=2)
        assert not await report(videos, video, attempt=1, progress=90)
        assert (await videos.find(video.id)).progress == 0
        assert await report(videos, video, attempt=2, progress=5)

    async def test_a_cancelled_deleted_or_queued_video_takes_no_report(self, videos, add):
        queued, cancelled = await add(), await add()
        assert not await report(videos, queued, attempt=0)
        await videos.begin_attempt(cancelled.id, now=1)
        await fail(videos, cancelled)
        assert not await report(videos, cancelled)
        await videos.delete(cancelled.id, project="default")
        assert not await report(videos, cancelled)


class TestPreview:
    async def test_the_last_one_is_kept_for_the_project_until_the_end(
        self, videos, live_previews, add, asset
    ):
        done, failed, other = await add(), await add(), await add()
        for video in (done, failed, other):
            await videos.begin_attempt(video.id, now=1)
            assert await report(videos, video, preview=b"first")
        assert await report(videos, done, preview=b"\x00\xff")
        assert await report(videos, done)  # keeps it
        assert await live_previews.get(done.id, project="default") == b"\x00\xff"
        assert await live_previews.get(done.id, project="another") is None
        await publish(videos, done, asset)
        await fail(videos, failed)
        for video, left in ((done, None), (failed, None), (other, b"first")):
            assert await live_previews.get(video.id, project="default") == left

    async def test_an_attempt_that_is_over_adds_none(self, videos, live_previews, add):
        video = await add()
        await videos.begin_attempt(video.id, now=1)
        await videos.begin_attempt(video.id, now=2)
        assert not await report(videos, video, attempt=1, preview=b"old")
        await fail(videos, video)
        assert not await report(videos, video, attempt=2, preview=b"late")
        assert await live_previews.get(video.id, project="default") is None


class TestPublish:
    async def test_it_completes_the_row(self, videos, add, asset):
        video = await add()
        await videos.begin_attempt(video.id, now=10)
        await report(videos, video, progress=60, eta=20.0)
        assert await publish(videos, video, asset, now=30.0, expires_at=90.0)
        found = await videos.find(video.id)
        assert (found.status, found.progress) == ("completed", 100)
        assert (found.completed_at, found.expires_at) == (30.0, 90.0)
        assert (found.phase, found.eta) == (None, None)
        assert found.assets == {"video": asset}

    async def test_only_the_current_attempt_publishes(self, videos, add, asset):
        video = await add()
        await videos.begin_attempt(video.id, now=1)
        await videos.begin_attempt(video.id, now=2)
        assert not await publish(videos, video, asset, attempt=1)
        assert (await videos.find(video.id)).status == "in_progress"
        assert await publish(videos, video, asset, attempt=2)

    async def test_a_second_time_and_after_an_end_it_does_nothing(self, videos, add, asset):
        done, cancelled = await add(), await add()
        await complete(videos, done, asset, now=30.0)
        assert not await publish(videos, done, asset, now=40.0)
        assert (await videos.find(done.id)).completed_at == 30.0
        await videos.begin_attempt(cancelled.id, now=1)
        await fail(videos, cancelled)
        assert not await publish(videos, cancelled, asset)
        assert (await videos.find(cancelled.id)).status == "failed"


class TestFail:
    async def test_it_tells_why_and_keeps_the_progress(self, videos, add):
        video = await add()
        await videos.begin_attempt(video.id, now=1)
        await report(videos, video, progress=33, eta=5.0)
        failed = await fail(videos, video)
        assert (failed.status, failed.progress, failed.completed_at) == ("failed", 33, 60.0)
        assert (failed.error_code, failed.error_message) == ("engine_crashed", "It crashed.")
        assert (failed.phase, failed.eta) == (None, None)

    async def test_a_queued_video_can_fail(self, videos, add):
        assert (await fail(videos, await add())).status == "failed"

    async def test_an_overtaken_attempt_can_not_fail_the_video(self, videos, add):
        video = await add()
        await videos.begin_attempt(video.id, now=1)
        await videos.begin_attempt(video.id, now=2)
        assert await fail(videos, video, attempt=1) is None
        assert (await fail(videos, video, attempt=2)).status == "failed"

    async def test_what_is_finished_stays_as_it_is(self, videos, add, asset):
        done, failed = await add(), await add()
        await complete(videos, done, asset)
        assert await fail(videos, done) is None
        assert (await videos.find(done.id)).status == "completed"
        await videos.fail(failed.id, code="cancelled", message="By hand.", now=1)
        assert await fail(videos, failed) is None
        assert (await videos.find(failed.id)).error_code == "cancelled"


class TestCrashes:
    async def test_they_are_counted_over_attempts(self, videos, add):
        video = await add()
        for count in (1, 2, 3):
            claimed = await videos.begin_attempt(video.id, now=1)
            assert await videos.note_crash(video.id, attempt=claimed.attempt) == count

    async def test_an_overtaken_attempt_counts_nothing(self, videos, add):
        video = await add()
        await videos.begin_attempt(video.id, now=1)
        await videos.begin_attempt(video.id, now=2)
        assert await videos.note_crash(video.id, attempt=1) is None
        assert (await videos.find(video.id)).crashes == 0


async def test_finished_among_counts_the_gone_as_finished(videos, add, asset):
    queued, running, done, failed = [await add() for _ in range(4)]
    await videos.begin_attempt(running.id, now=1)
    await complete(videos, done, asset)
    await fail(videos, failed)
    gone = new_id("video")
    ids = [queued.id, running.id, done.id, failed.id, gone]
    assert await videos.finished_among(ids) == {done.id, failed.id, gone}
    assert await videos.finished_among([]) == set()


async def test_unfinished_finds_what_was_created_before(videos, add, asset):
    old, done, young = await add(now=100), await add(now=100), await add(now=300)
    await complete(videos, done, asset)
    assert await videos.unfinished(created_before=200) == [old.id]
    assert set(await videos.unfinished(created_before=301)) == {old.id, young.id}


async def test_expired_are_those_past_their_moment_whose_files_are_still_there(videos, add, asset):
    past, just, later, never = [await add() for _ in range(4)]
    for video, moment in ((past, 90.0), (just, 100.0), (later, 110.0), (never, None)):
        await complete(videos, video, asset, expires_at=moment)
    assert {v.id for v in await videos.expired(now=100.0)} == {past.id, just.id}
    assert len(await videos.expired(now=1000.0, limit=2)) == 2
    await videos.clear_assets(past.id)
    assert {v.id for v in await videos.expired(now=100.0)} == {just.id}
    remembered = await videos.find(past.id)
    assert (remembered.status, remembered.assets) == ("completed", {})


async def test_seconds_per_second_is_measured_by_model_on_the_newest(videos, add, asset):
    spans = [("sora-2", 4, 1000.0), ("sora-2", 4, 8.0), ("sora-2", 12, 8.0), ("mine", 4, 2.0)]
    for model, seconds, spent in spans:
        video = await add(model=model, seconds=seconds)
        await complete(videos, video, asset, started=100.0, now=100.0 + spent)
    await fail(videos, await add(model="broken"))
    await videos.begin_attempt((await add(model="running")).id, now=1.0)
    assert await videos.seconds_per_second(among=3) == {"sora-2": 1.0, "mine": 0.5}
    assert (await videos.seconds_per_second())["sora-2"] == pytest.approx(1016 / 20)


async def test_existing_among(videos, add):
    video = await add()
    assert await videos.existing_among([video.id, "video_gone"]) == {video.id}
    assert await videos.existing_among([]) == set()


async def test_any_number_of_ids_can_be_asked_about(database_url, videos, add):
    # More than the database takes as parameters of one statement: 250,000 or 65,535.
    count = 300_000 if database_url.startswith("sqlite") else 70_000
    video = await add()
    crowd = [f"video_{number}" for number in range(count)] + [video.id]
    assert await videos.existing_among(crowd) == {video.id}


async def test_unfinished_videos_are_counted_by_status(videos, add, asset):
    assert await videos.count_by_status() == {}
    for _ in range(3):
        await add()
    await videos.begin_attempt((await add()).id, now=1)
    await complete(videos, await add(), asset)
    assert await videos.count_by_status() == {"queued": 3, "in_progress": 1}


class TestLine:
    async def test_before_a_waiting_video_are_those_of_its_line_that_go_first(self, videos, add):
        first = await add(project="mine")
        await add(project="other")
        await add(project="mine", queue="elsewhere")
        begun = await add(project="mine")
        await videos.begin_attempt(begun.id, now=1.0)
        second = await add(project="mine")
        urgent = await add(project="mine", priority=1)
        idle = await add(project="mine", priority=99)
        places = {}
        for video in (urgent, first, second, idle):
            found, places[video.id] = await videos.get_with_position(video.id, project="mine")
            assert found == video
        assert places == {urgent.id: 0, first.id: 1, second.id: 2, idle.id: 3}

    async def test_only_what_waits_has_a_place(self, videos, add):
        await add()
        begun = await add()
        await videos.begin_attempt(begun.id, now=1.0)
        found, before = await videos.get_with_position(begun.id, project="default")
        assert (found.status, before) == ("in_progress", 0)
        assert await videos.get_with_position(begun.id, project="other") is None
        assert await videos.get_with_position("video_none", project="default") is None

    async def test_a_long_line_is_not_counted_to_its_end(self, videos, add, engine):
        some = [await add(), await add()]
        rows = [(replace(some[0], id=new_id("video")), ()) for _ in range(MAX_POSITION + 20)]
        async with engine.begin() as connection:
            await connection.run_sync(videos.add, *rows)
        _video, before = await videos.get_with_position(rows[-1][0].id, project="default")
        assert before == MAX_POSITION

    @pytest.mark.usefixtures("thousands")
    async def test_a_place_is_found_in_the_index_alone(self, engine):
        async with engine.connect() as connection:
            asked = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
            query = GET_VIDEO_WITH_POSITION[engine.dialect.name]
            named = {"id": "video_1", "project": "default"}
            plan = (await connection.exec_driver_sql(f"{asked} {query}", named)).all()
        text = "\n".join(str(row[-1]) for row in plan)
        alone = re.compile("(?:COVERING INDEX|Index Only Scan using) ix_videos_queued")
        assert len(alone.findall(text)) == 2, text

    async def test_what_waits_and_runs_is_counted_by_queue(self, videos, add):
        for project, queue in (("a", "x"), ("a", "x"), ("b", "x"), ("a", "y")):
            await add(project=project, queue=queue)
        begun = await add(project="a", queue="x")
        await videos.begin_attempt(begun.id, now=1.0)
        assert await videos.queued_by_project() == {"x": {"a": 2, "b": 1}, "y": {"a": 1}}
        assert await videos.running_by_queue() == {"x": 1}
