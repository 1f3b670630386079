"""Requests that are held until their video is finished, and work that ends with its connection."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.types import Receive

from vitascope.errors import InvalidRequest
from vitascope.store.videos import Videos

LONGEST_WAIT = 60.0
_LOOK_EVERY = 0.04

log = logging.getLogger(__name__)

T = TypeVar("T")


def requested_wait(headers: Mapping[str, str]) -> float:
    """How many seconds to hold the request; 0 for not at all.

    `Prefer: wait=N` (RFC 7240) asks for it. The SDKs' poll helpers would repeat their marked
    requests at once, so these are held, too. The maximum is half of the read timeout that the SDK
    sends, so that no answer comes too late.
    """
    if headers.get("x-stainless-poll-helper", "").lower() == "true":
        seconds = LONGEST_WAIT
    else:
        seconds = preferred_wait(headers)
    return min(seconds, LONGEST_WAIT, _read_timeout(headers) / 2)


def preferred_wait(headers: Mapping[str, str], *, otherwise: float = 0.0) -> float:
    """The seconds that `Prefer: wait=N` asks for; `otherwise` without a number, 0 without it."""
    for preference in headers.get("prefer", "").replace(";", ",").split(","):
        name, _, value = preference.strip().partition("=")
        if name.strip().lower() == "wait":
            return _seconds(value.strip().strip('"'), otherwise=otherwise)
    return 0.0


def _read_timeout(headers: Mapping[str, str]) -> float:
    sent = [
        _seconds(headers[name], otherwise=float("inf"))
        for name in ("x-stainless-read-timeout", "x-stainless-timeout")
        if name in headers
    ]
    return min(sent, default=float("inf"))


def _seconds(text: str, *, otherwise: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if value >= 0 else otherwise


class WaitingRoom:
    """Holds any number of requests with one query every 40 ms.

    It queries the database, so workers may be on other hosts and other processes may serve, too.
    """

    def __init__(self, videos: Videos) -> None:
        self._videos = videos
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._looking: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()

    async def wait(self, video_id: str, seconds: float, receive: Receive) -> None:
        """Return when the video is finished, the time is up, the client left or `close` ran."""
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

    @property
    def closed(self) -> bool:
        """Whether the server is shutting down, so that nobody is held any more."""
        return self._closed.is_set()

    def close(self) -> None:
        """End all waits, for shutdown."""
        self._closed.set()

    async def ended(self) -> None:
        """Return when no query is running; after `close`."""
        await end(self._looking)

    async def _look(self) -> None:
        """Query all awaited videos for as long as there are any."""
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


async def end(task: asyncio.Task[Any] | None) -> None:
    """Cancel a background task, and return when it has given its connection back."""
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do work for a request whose body has been read to its end.

    Raises:
        InvalidRequest: the client left, and the work was cancelled.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(left(request.receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise InvalidRequest("The connection was closed before there was an answer.")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def left(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
