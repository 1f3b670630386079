"""The event stream: what changes among a project's videos, for browsers that show them.

One task looks at the database twice a second while there are listeners, for any number of streams
and wherever the workers are. An event is encoded once and given to every stream of its project.
The id of an event is the moment (unix milliseconds) up to which everything has been sent, so that
a stream that broke off goes on from there, also after a restart of the server.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from vitascope.api.services.estimates import Estimates
from vitascope.api.services.waiting import end
from vitascope.store.live_previews import LivePreviews
from vitascope.store.search import VideoSearch
from vitascope.video import Video

_LOOK_EVERY = 0.5
_SLACK_SECONDS = 5.0
"""How far clocks of API servers may differ, and how late a transaction may become visible."""
_BACKLOG = 1000
"""Events that a stream may be behind; a slower one is ended, and goes on from its last event."""

log = logging.getLogger(__name__)


class Stream:
    """One listener's events, encoded."""

    def __init__(self, since: float | None) -> None:
        self.since = since
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(_BACKLOG)
        self.ended = False

    def put(self, event: bytes) -> None:
        """Add an event, or end the stream if too many wait."""
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Let the listener go; events that it has not taken are dropped."""
        self.ended = True
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    async def next(self, seconds: float) -> bytes | None:
        """The next event; empty if there is none for so long, None at the end."""
        try:
            async with asyncio.timeout(seconds):  # `wait_for` would make a task for each stream
                return await self._waiting.get()
        except TimeoutError:
            return b""


@dataclass(slots=True)
class _Project:
    """What is known of a project that is listened to."""

    streams: list[Stream] = field(default_factory=list)
    joining: list[Stream] = field(default_factory=list)
    last_sent: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    """What was last sent of each video that may still change."""
    latest: dict[str, bytes] = field(default_factory=dict)
    """The last event of each unfinished video."""


class Events:
    """Sends listeners the events of videos."""

    def __init__(self, search: VideoSearch, estimates: Estimates, previews: LivePreviews) -> None:
        self._search = search
        self._estimates = estimates
        self._previews = previews
        self._projects: dict[str, _Project] = {}
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def listen(self, project: str, since: float | None) -> AsyncIterator[Stream]:
        """A stream of the project's events for as long as the context lasts.

        Args:
            project: whose videos.
            since: videos that were finished after this moment (unix seconds) are sent first.
        """
        stream = Stream(since)
        if self._closed:
            stream.end()
        else:
            self._projects.setdefault(project, _Project()).joining.append(stream)
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
        try:
            yield stream
        finally:
            stream.ended = True

    def close(self) -> None:
        """Let everyone go; for shutdown."""
        self._closed = True
        if self._looking is not None:
            self._looking.cancel()
        for known in self._projects.values():
            for stream in (*known.streams, *known.joining):
                stream.end()

    async def ended(self) -> None:
        """Return when no query is running; after `close`."""
        await end(self._looking)

    async def _look(self) -> None:
        while not self._closed and self._still_listened():
            for project, known in list(self._projects.items()):
                try:
                    await self._tell(project, known)
                except SQLAlchemyError as error:
                    log.warning("The database can't be reached: %s", type(error).__name__)
            await asyncio.sleep(_LOOK_EVERY)

    def _still_listened(self) -> bool:
        for project, known in list(self._projects.items()):
            known.streams = [stream for stream in known.streams if not stream.ended]
            known.joining = [stream for stream in known.joining if not stream.ended]
            if not known.streams and not known.joining:
                del self._projects[project]
        return bool(self._projects)

    async def _tell(self, project: str, known: _Project) -> None:
        """One look: what is new goes to every stream, and those that join catch up."""
        now = time.time()
        found = await self._search.moving(project, created_since=now - 2 * _SLACK_SECONDS)
        gone = known.latest.keys() - {video.id for video in found}
        ended = await self._search.among(gone) if gone else {}
        events = [
            _event("deleted", now, {"id": video_id}) for video_id in sorted(gone - ended.keys())
        ]
        for video_id in gone:
            known.last_sent.pop(video_id, None)
            known.latest.pop(video_id, None)
        events += await self._news((*found, *ended.values()), known, now)
        known.last_sent = {
            video.id: known.last_sent[video.id] for video in (*found, *ended.values())
        }
        for stream in known.streams:
            for event in events:
                stream.put(event)
        await self._catch_up(project, known, now)

    async def _news(self, videos: Iterable[Video], known: _Project, now: float) -> list[bytes]:
        """The events of those that have changed since they were last sent."""
        videos = sorted(videos, key=lambda video: (video.queue, video.priority, video.id))
        running = [video.id for video in videos if video.status == "in_progress"]
        previewed = await self._previews.among(running) if running else set()
        before: dict[str, int] = {}
        events = []
        for video in videos:
            shown: dict[str, Any] = {"phase": video.phase, "preview": video.id in previewed}
            if not video.finished:
                own_before = before.get(video.queue, 0)
                before[video.queue] = own_before + (video.status == "queued")
                outlook = await self._estimates.outlook(video, own_before=own_before)
                shown |= outlook.to_wire()
            eta = shown.get("eta_seconds")
            state = (
                *(video.status, video.progress, video.phase, shown["preview"]),
                shown.get("queue_position"),
                *(video.paused, video.starred, video.tags, video.spec),
                None if eta is None else round((now + eta) / 2),
            )
            if known.last_sent.get(video.id) == state:
                continue
            known.last_sent[video.id] = state
            event = _event("video", now, {**video.to_wire(), **shown})
            events.append(event)
            if video.finished:
                known.latest.pop(video.id, None)
            else:
                known.latest[video.id] = event
        return events

    async def _catch_up(self, project: str, known: _Project, now: float) -> None:
        """Send new listeners what they missed and what is unfinished now."""
        joining, known.joining = known.joining, []
        moments = [stream.since for stream in joining if stream.since is not None]
        missed: list[tuple[float, bytes]] = []
        if moments:
            earliest = min(moments) - _SLACK_SECONDS
            for video in await self._search.finished_since(project, earliest):
                wire = {**video.to_wire(), "phase": None, "preview": False}
                missed.append((video.completed_at or 0.0, _event("video", now, wire)))
        ready = _event("ready", now, {"unfinished": sorted(known.latest)})
        for stream in joining:
            if stream.since is not None:
                for finished_at, event in missed:
                    if finished_at >= stream.since - _SLACK_SECONDS:
                        stream.put(event)
            for event in (*known.latest.values(), ready):
                stream.put(event)
        known.streams += joining


def _event(kind: str, moment: float, data: dict[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {int(moment * 1000)}\nevent: {kind}\ndata: {text}\n\n".encode()
