"""The fair limiter: which request begins when, with several projects."""

import asyncio

import pytest

from vitascope.errors import TooManyRequests
from vitascope.jobs.cutouts import FairLimiter

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bench():
    ours = Bench()
    yield ours
    await ours.close()


class Bench:
    """Requests that hold their turn until they are let go."""

    def __init__(self):
        self.turns = FairLimiter(at_once=2, waiting=3, what="characters")
        self.begun = []
        self.ends = {}
        self._tasks = {}

    async def ask(self, *names):
        """Ask for turns; a name's first letter is its project."""
        for name in names:
            self.ends[name] = asyncio.Event()
            self._tasks[name] = asyncio.create_task(self._hold(name))
            await asyncio.sleep(0)

    async def _hold(self, name):
        async with self.turns.turn(name[0]):
            self.begun.append(name)
            await self.ends[name].wait()

    async def end(self, name):
        self.ends[name].set()
        await asyncio.wait_for(self._tasks[name], 5)
        await asyncio.sleep(0)

    async def leave(self, name):
        self._tasks[name].cancel()
        await asyncio.gather(self._tasks[name], return_exceptions=True)
        await asyncio.sleep(0)

    async def close(self):
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def test_a_project_has_one_turn_and_leaves_the_other_to_others(bench):
    await bench.ask("a1", "a2", "a3", "b1")
    assert bench.begun == ["a1", "b1"]
    await bench.end("b1")
    assert bench.begun == ["a1", "b1"]
    await bench.end("a1")
    assert bench.begun == ["a1", "b1", "a2"]


async def test_projects_take_turns_whatever_each_has_waiting(bench):
    await bench.ask("a1", "b1", "a2", "a3", "a4", "b2", "c1")
    for name in ("a1", "b1", "a2", "b2", "c1"):
        await bench.end(name)
    assert bench.begun == ["a1", "b1", "a2", "b2", "c1", "a3"]


async def test_more_than_may_wait_are_refused(bench):
    await bench.ask("a1", "a2", "a3", "a4")
    with pytest.raises(TooManyRequests, match="3 characters waiting already") as refusal:
        async with bench.turns.turn("a"):
            pass
    assert refusal.value.headers["retry-after"]
    await bench.ask("b1")
    assert bench.begun == ["a1", "b1"]


async def test_who_leaves_gives_the_place_to_the_next(bench):
    await bench.ask("a1", "a2", "a3")
    await bench.leave("a2")
    await bench.leave("a1")
    assert bench.begun == ["a1", "a3"]
    await bench.end("a3")
    await bench.ask("a4", "b1")
    assert bench.begun == ["a1", "a3", "a4", "b1"]


async def test_who_leaves_in_the_moment_of_the_turn_passes_it_on(bench):
    await bench.ask("a1", "a2", "a3")
    bench.ends["a1"].set()
    await asyncio.sleep(0)  # a1 goes, and a2 has its turn but does not know
    await bench.leave("a2")
    await asyncio.sleep(0)
    assert bench.begun[-1] == "a3"
