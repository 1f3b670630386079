"""The waiting room: requests that are held until their video is finished."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Receive

from vitascope.api.services.hangup import left
from vitascope.store.videos import Videos

LONGEST_WAIT = 60.0
_LOOK_EVERY = 0.04

log = logging.getLogger(__name__)


def requested_wait(headers: Mapping[str, str]) -> float:
    """How many seconds the client wants to be held: 0 for none.

    `Prefer: wait=N` (RFC 7240) says so openly. The SDKs' poll helpers mark their requests and
    would come again at once, so they are held too. Never longer than half of the read timeout
    that the SDK tells, so that no answer comes too late.
    """
    if headers.get("x-stainless-poll-helper", "").lower() == "true":
        wish = LONGEST_WAIT
    else:
        wish = _preferred(headers.get("prefer", ""))
    return min(wish, LONGEST_WAIT, _read_timeout(headers) / 2)


def _preferred(prefer: str) -> float:
    for preference in prefer.replace(";", ",").split(","):
        name, _, value = preference.strip().partition("=")
        if name.strip().lower() == "wait":
            return _seconds(value.strip().strip('"'), otherwise=0.0)
    return 0.0


def _read_timeout(headers: Mapping[str, str]) -> float:
    told = [
        _seconds(headers[name], otherwise=float("inf"))
        for name in ("x-stainless-read-timeout", "x-stainless-timeout")
        if name in headers
    ]
    return min(told, default=float("inf"))


def _seconds(text: str, *, otherwise: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if value >= 0 else otherwise


class WaitingRoom:
    """Holds any number of requests with one query every few hundredths of a second.

    The database is asked, not the worker: so it works the same with workers on other hosts.
    """

    def __init__(self, videos: Videos) -> None:
        self._videos = videos
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._looking: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()

    async def wait(self, video_id: str, seconds: float, receive: Receive) -> None:
        """Return when the video is finished, the time is up, the client left or the room closes."""
        if self._closed.is_set():
            return
        finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[video_id].add(finished)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        others: set[asyncio.Future[Any]] = {
            asyncio.create_task(left(receive)),
            asyncio.create_task(self._closed.wait()),
        }
        try:
            await asyncio.wait(
                others | {finished}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in others:
                task.cancel()
            self._waiting[video_id].discard(finished)
            if not self._waiting[video_id]:
                del self._waiting[video_id]

    def close(self) -> None:
        """Let everyone go; for shutdown."""
        self._closed.set()

    async def _look(self) -> None:
        """Ask about all that is waited for, as long as anyone waits."""
        while self._waiting:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                finished = await self._videos.finished_among(list(self._waiting))
            except SQLAlchemyError as error:
                log.warning("The database can't be reached: %s", type(error).__name__)
                await asyncio.sleep(1.0)
                continue
            for video_id in finished:
                for future in self._waiting.get(video_id, ()):
                    if not future.done():
                        future.set_result(None)
