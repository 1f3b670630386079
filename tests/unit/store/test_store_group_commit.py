"""Items that arrive at once are committed together, and fail alone."""

import asyncio
import contextlib
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from vitascope.store.group_commit import GroupCommitter
from vitascope.store.tables import job_log

pytestmark = pytest.mark.anyio


class Recorder:
    """Writes items into a table. It can be made to wait, to refuse an item and to fail."""

    def __init__(self):
        self.groups = []
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def write(self, connection, items):
        self.groups.append(list(items))
        self.begun.set()
        assert self.go_on.wait(30)
        taken = [item for item in items if item != "refused"]
        if taken:
            connection.execute(
                sa.insert(job_log),
                [
                    {"video_id": None if x == "broken" else x, "at": 0.0, "message": x}
                    for x in taken
                ],
            )
        if "away" in items:
            raise OperationalError("SELECT 1", {}, Exception("the server closed the connection"))
        return [LookupError(item) if item == "refused" else f"wrote {item}" for item in items]


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
async def committer(engine, recorder):
    opened = GroupCommitter(engine, recorder.write)
    yield opened
    recorder.go_on.set()
    await asyncio.to_thread(opened.close)


@pytest.fixture
def lines(engine):
    async def read():
        async with engine.connect() as connection:
            return set((await connection.execute(sa.select(job_log.c.message))).scalars())

    return read


async def held_up(committer, recorder, first="first"):
    """A committer that is busy with one item, whose task is returned."""
    recorder.go_on.clear()
    task = asyncio.create_task(committer.submit(first))
    assert await asyncio.to_thread(recorder.begun.wait, 30)
    return task


async def test_what_is_reported_as_written_is_committed(committer, lines):
    assert await committer.submit("a") == "wrote a"
    assert await lines() == {"a"}


async def test_what_comes_meanwhile_is_one_group(committer, recorder, lines):
    first = await held_up(committer, recorder)
    others = [asyncio.create_task(committer.submit(str(number))) for number in range(5)]
    await asyncio.sleep(0)
    assert await lines() == set()
    recorder.go_on.set()
    assert await asyncio.gather(first, *others) == [
        "wrote first",
        *(f"wrote {number}" for number in range(5)),
    ]
    assert recorder.groups == [["first"], ["0", "1", "2", "3", "4"]]


async def test_a_group_has_an_end(committer, recorder):
    first = await held_up(committer, recorder)
    others = [asyncio.create_task(committer.submit(str(number))) for number in range(100)]
    await asyncio.sleep(0)
    recorder.go_on.set()
    await asyncio.gather(first, *others)
    assert [len(group) for group in recorder.groups] == [1, 64, 36]


async def together(committer, recorder, *items):
    first = await held_up(committer, recorder)
    tasks = [asyncio.create_task(committer.submit(item)) for item in items]
    await asyncio.sleep(0)
    recorder.go_on.set()
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_refusal_is_for_its_item_alone(committer, recorder, lines):
    ends = await together(committer, recorder, "a", "refused", "b")
    assert (ends[0], ends[2]) == ("wrote a", "wrote b")
    assert isinstance(ends[1], LookupError)
    assert await lines() == {"first", "a", "b"}


async def test_an_item_that_breaks_the_transaction_fails_alone(committer, recorder, lines):
    ends = await together(committer, recorder, "a", "broken", "b")
    assert (ends[0], ends[2]) == ("wrote a", "wrote b")
    assert isinstance(ends[1], IntegrityError)
    assert await lines() == {"first", "a", "b"}


async def test_a_database_that_is_away_is_not_asked_for_each_item(committer, recorder, lines):
    ends = await together(committer, recorder, "a", "away", "b")
    assert all(isinstance(end, OperationalError) for end in ends)
    assert await lines() == {"first"}
    assert len(recorder.groups) == 2
    assert await committer.submit("later") == "wrote later"


async def test_who_gives_up_before_the_turn_has_nothing_written(committer, recorder, lines):
    first = await held_up(committer, recorder)
    waiting = asyncio.create_task(committer.submit("unwanted"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    recorder.go_on.set()
    await first
    assert await lines() == {"first"}


async def test_who_gives_up_while_it_is_written_learns_the_outcome(committer, recorder, lines):
    first = await held_up(committer, recorder)
    first.cancel()
    await asyncio.sleep(0)
    recorder.go_on.set()
    assert await first == "wrote first"
    assert await lines() == {"first"}


async def test_who_gives_up_twice_hurts_no_other_of_the_group(committer, recorder, lines):
    first = await held_up(committer, recorder)
    for _ in range(2):
        first.cancel()
        await asyncio.sleep(0)
    recorder.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await committer.submit("next") == "wrote next"
    assert await lines() == {"first", "next"}


async def test_the_committer_recovers_from_a_database_that_was_read_only(engine, recorder, lines):
    """A connection keeps what it was opened for; so does this one, until it is replaced."""
    read_only = True

    def open_for_reading(connection, _record):
        with contextlib.closing(connection.cursor()) as cursor:
            if read_only and engine.dialect.name == "sqlite":
                cursor.execute("PRAGMA query_only=ON")
            elif read_only:
                cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
                connection.commit()

    committer = GroupCommitter(engine, recorder.write)
    sa.event.listen(sa.Pool, "connect", open_for_reading)
    try:
        for _ in range(2):
            with pytest.raises(DBAPIError, match=r"read-?only"):
                await committer.submit("too early")
        read_only = False
        assert await committer.submit("in time") == "wrote in time"
        assert await lines() == {"in time"}
    finally:
        sa.event.remove(sa.Pool, "connect", open_for_reading)
        await asyncio.to_thread(committer.close)
