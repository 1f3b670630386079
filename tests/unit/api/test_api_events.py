import asyncio
import json
import time

import pytest
import sqlalchemy as sa

from vitascope.api.app import open_services
from vitascope.store.keys import Keys

pytestmark = pytest.mark.anyio


async def next_events(stream, *kinds):
    """The next events up to one of each of these kinds: kind, id and data of each."""
    found, missing = [], list(kinds)
    while missing:
        event = await stream.next(5.0)
        assert event, f"{missing} did not come after {found}"
        lines = dict(line.split(": ", 1) for line in event.decode().splitlines() if line)
        found.append((lines["event"], int(lines["id"]), json.loads(lines["data"])))
        if lines["event"] in missing:
            missing.remove(lines["event"])
    return found


async def test_what_happens_to_a_video_is_an_event(services, create, complete):
    async with services.events.listen("default", None) as stream:
        [(kind, _, ready)] = await next_events(stream, "ready")
        assert (kind, ready) == ("ready", {"unfinished": []})

        video = await create()
        [(_, _, queued)] = await next_events(stream, "video")
        assert queued | video == queued
        assert (queued["status"], queued["queue_position"], queued["phase"]) == ("queued", 1, None)

        claimed = await services.videos.begin_attempt(video["id"], now=time.time())
        await services.videos.report(
            video["id"], attempt=claimed.attempt, progress=40, phase="draw", eta=None
        )
        running = {"progress": 0}
        while running["progress"] == 0:  # the attempt's event may come before its report
            [(_, _, running)] = await next_events(stream, "video")
        state = running["status"], running["progress"], running["phase"], running["preview"]
        assert state == ("in_progress", 40, "draw", False)
        await services.videos.report(
            video["id"],
            attempt=claimed.attempt,
            progress=40,
            phase="draw",
            eta=None,
            preview=b"a picture",
        )
        [(_, _, running)] = await next_events(stream, "video")
        assert (running["progress"], running["preview"]) == (40, True)
        await complete(video["id"])
        [(_, _, done)] = await next_events(stream, "video")
        assert (done["status"], done["preview"]) == ("completed", False)
        assert "queue_position" not in done


async def test_a_stream_that_broke_off_hears_what_it_missed(services, create, complete):
    before = await create()
    async with services.events.listen("default", None) as stream:
        events = await next_events(stream, "ready")
        assert events[-1][2] == {"unfinished": [before["id"]]}
    since = events[-1][1] / 1000
    await complete(before["id"])
    waiting = await create()
    # `complete` says that it ended in 1970; ended by a cancel it is now.
    cancelled = await create()
    await services.queue.cancel(cancelled["id"])
    async with services.events.listen("default", since) as stream:
        events = await next_events(stream, "ready")
    heard = {data["id"]: data["status"] for kind, _, data in events if kind == "video"}
    assert heard == {waiting["id"]: "queued", cancelled["id"]: "failed"}
    assert events[-1][2] == {"unfinished": [waiting["id"]]}


async def test_a_deleted_video_is_an_event(services, create):
    video = await create()
    async with services.events.listen("default", None) as stream:
        await next_events(stream, "ready")
        await services.queue.cancel(video["id"])
        await services.videos.delete(video["id"], project="default")
        [(kind, _, data)] = await next_events(stream, "deleted")
        assert (kind, data) == ("deleted", {"id": video["id"]})


async def test_other_projects_hear_nothing(services, create):
    async with services.events.listen("other", None) as stream:
        await next_events(stream, "ready")
        await create()
        assert await stream.next(1.2) == b""


async def test_a_listener_that_falls_behind_and_all_at_shutdown_are_let_go(services):
    async with services.events.listen("default", None) as stream:
        for _ in range(2000):
            stream.put(b"event")
        assert await stream.next(1.0) is None
    async with services.events.listen("default", None) as stream:
        services.events.close()
        assert await stream.next(1.0) is None
    async with services.events.listen("default", None) as stream:
        assert await stream.next(1.0) is None


async def test_closing_ends_queries_before_it_closes_their_connections(make_settings):
    services = open_services(make_settings())
    async with services.database.connect() as connection:
        await connection.execute(sa.text("SELECT 1"))
    pool = services.database.pool
    async with services.events.listen("default", None):
        probing = asyncio.create_task(services.readiness.trouble())
        for _ in range(10_000):
            if pool.checkedout() or probing.done():
                break
            await asyncio.sleep(0)
        await services.close()
        assert (pool.checkedout(), pool.checkedin()) == (0, 0)
    await asyncio.gather(probing, return_exceptions=True)


async def test_a_stream_needs_a_key(client, services):
    await Keys(services.database).create("ours")
    assert (await client.get("/v1/events")).status_code == 401
