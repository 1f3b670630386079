"""Small transactions that come at once are committed together, and fail alone."""

import asyncio
import contextlib
import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from vitascope.store.tables import job_log
from vitascope.store.writer import Writer

pytestmark = pytest.mark.anyio


class Scribe:
    """Writes lines into a table; can be held up, and refuses what it is told to refuse."""

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
def scribe():
    return Scribe()


@pytest.fixture
async def writer(engine, scribe):
    opened = Writer(engine, scribe.write)
    yield opened
    scribe.go_on.set()
    await asyncio.to_thread(opened.close)


@pytest.fixture
def lines(engine):
    async def read():
        async with engine.connect() as connection:
            return set((await connection.execute(sa.select(job_log.c.message))).scalars())

    return read


async def held_up(writer, scribe, first="first"):
    """A writer that is busy with one item, whose task is returned."""
    scribe.go_on.clear()
    task = asyncio.create_task(writer.submit(first))
    assert await asyncio.to_thread(scribe.begun.wait, 30)
    return task


async def test_what_is_told_as_written_is_committed(writer, lines):
    assert await writer.submit("a") == "wrote a"
    assert await lines() == {"a"}


async def test_what_comes_meanwhile_is_one_group(writer, scribe, lines):
    first = await held_up(writer, scribe)
    others = [asyncio.create_task(writer.submit(str(number))) for number in range(5)]
    await asyncio.sleep(0)
    assert await lines() == set()
    scribe.go_on.set()
    assert await asyncio.gather(first, *others) == [
        "wrote first",
        *(f"wrote {number}" for number in range(5)),
    ]
    assert scribe.groups == [["first"], ["0", "1", "2", "3", "4"]]


async def test_a_group_has_an_end(writer, scribe):
    first = await held_up(writer, scribe)
    others = [asyncio.create_task(writer.submit(str(number))) for number in range(100)]
    await asyncio.sleep(0)
    scribe.go_on.set()
    await asyncio.gather(first, *others)
    assert [len(group) for group in scribe.groups] == [1, 64, 36]


async def together(writer, scribe, *items):
    first = await held_up(writer, scribe)
    tasks = [asyncio.create_task(writer.submit(item)) for item in items]
    await asyncio.sleep(0)
    scribe.go_on.set()
    await first
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_refusal_is_for_its_item_alone(writer, scribe, lines):
    ends = await together(writer, scribe, "a", "refused", "b")
    assert (ends[0], ends[2]) == ("wrote a", "wrote b")
    assert isinstance(ends[1], LookupError)
    assert await lines() == {"first", "a", "b"}


async def test_an_item_that_breaks_the_transaction_fails_alone(writer, scribe, lines):
    ends = await together(writer, scribe, "a", "broken", "b")
    assert (ends[0], ends[2]) == ("wrote a", "wrote b")
    assert isinstance(ends[1], IntegrityError)
    assert await lines() == {"first", "a", "b"}


async def test_a_database_that_is_away_is_not_asked_for_each_item(writer, scribe, lines):
    ends = await together(writer, scribe, "a", "away", "b")
    assert all(isinstance(end, OperationalError) for end in ends)
    assert await lines() == {"first"}
    assert len(scribe.groups) == 2
    assert await writer.submit("later") == "wrote later"


async def test_who_gives_up_before_the_turn_has_nothing_written(writer, scribe, lines):
    first = await held_up(writer, scribe)
    waiting = asyncio.create_task(writer.submit("unwanted"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    scribe.go_on.set()
    await first
    assert await lines() == {"first"}


async def test_who_gives_up_while_it_is_written_learns_the_outcome(writer, scribe, lines):
    first = await held_up(writer, scribe)
    first.cancel()
    await asyncio.sleep(0)
    scribe.go_on.set()
    assert await first == "wrote first"
    assert await lines() == {"first"}


async def test_who_gives_up_twice_hurts_no_other_of_the_group(writer, scribe, lines):
    first = await held_up(writer, scribe)
    for _ in range(2):
        first.cancel()
        await asyncio.sleep(0)
    scribe.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await writer.submit("next") == "wrote next"
    assert await lines() == {"first", "next"}


async def test_the_writer_recovers_from_a_database_that_could_only_be_read(engine, scribe, lines):
    """A connection keeps what it was opened for; so does this one, until it is replaced."""
    read_only = True

    def open_for_reading(connection, _record):
        with contextlib.closing(connection.cursor()) as cursor:
            if read_only and engine.dialect.name == "sqlite":
                cursor.execute("PRAGMA query_only=ON")
            elif read_only:
                cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
                connection.commit()

    writer = Writer(engine, scribe.write)
    sa.event.listen(writer._engine, "connect", open_for_reading)
    try:
        for _ in range(2):
            with pytest.raises(DBAPIError, match=r"read-?only"):
                await writer.submit("too early")
        read_only = False
        assert await writer.submit("in time") == "wrote in time"
        assert await lines() == {"in time"}
    finally:
        await asyncio.to_thread(writer.close)
