"""Turns: work that few may do at once, shared fairly among projects."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from vitascope.errors import TooManyRequests


class Turns:
    """Gives turns, one at a time to each project; who waits longest among the projects is next.

    Args:
        at_once: how many turns there are.
        waiting: how many requests of one project may wait; more are refused.
        what: the things that are made, for the refusal.
    """

    def __init__(self, *, at_once: int, waiting: int, what: str) -> None:
        self._free = at_once
        self._most = waiting
        self._what = what
        self._busy: set[str] = set()
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, project: str) -> AsyncIterator[None]:
        """Wait for a turn, and hold it while the context lasts.

        Raises:
            TooManyRequests: too many requests of the project wait already.
        """
        await self._take(project)
        try:
            yield
        finally:
            self._give_back(project)

    async def _take(self, project: str) -> None:
        if self._free and project not in self._busy:
            self._begin(project)
            return
        line = self._lines.get(project, deque())
        if len(line) >= self._most:
            raise TooManyRequests(
                f"This project has {len(line)} {self._what} waiting already, which is the most it "
                "may have. Send the request again once one of them is finished.",
                code="rate_limit_exceeded",
                headers={"retry-after": "5"},
            )
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(mine)
        self._lines[project] = line
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():  # it was given in the same moment
                self._give_back(project)
            else:
                line.remove(mine)
                self._forget_if_empty(project)
            raise

    def _begin(self, project: str) -> None:
        self._free -= 1
        self._busy.add(project)

    def _give_back(self, project: str) -> None:
        self._free += 1
        self._busy.discard(project)
        for other, line in self._lines.items():
            if other not in self._busy:
                self._begin(other)
                line.popleft().set_result(None)
                # Behind all others: the lines are kept in the order of their last turns.
                self._lines[other] = self._lines.pop(other)
                self._forget_if_empty(other)
                return

    def _forget_if_empty(self, project: str) -> None:
        if not self._lines[project]:
            del self._lines[project]
