"""Conformance mode, for tests only: the rules that the official SDKs' own test suites need.

The suites use a video and a character of fixed ids, delete the video repeatedly, and upload a line
of text as a video. Workers render the video like any other.
"""

from __future__ import annotations

import asyncio
import logging
import time

from vitascope.api.services.container import Services
from vitascope.config import Settings
from vitascope.errors import ConfigError
from vitascope.spec import DEFAULT_FPS, RenderSpec, Size
from vitascope.store.characters import StoredCharacter
from vitascope.store.keys import DEFAULT_PROJECT
from vitascope.video import (
    DEFAULT_MODEL,
    DEFAULT_SECONDS,
    DEFAULT_SIZE,
    new_id,
)

VIDEO_ID = "video_123"
CHARACTER_ID = "char_123"


def undeletable(settings: Settings, video_id: str) -> bool:
    """Whether a delete is answered with success and changes nothing."""
    return settings.conformance and video_id == VIDEO_ID


def without_pictures(name: str, *, project: str, character_id: str = "") -> StoredCharacter:
    """A character that can be retrieved but not drawn."""
    return StoredCharacter(
        id=character_id or new_id("char"),
        project=project,
        name=name,
        created_at=time.time(),
        cutouts=(),
        palette=(),
    )


_PROMPT = "A fox runs through a snowy forest at dusk"
_RENDER_TIMEOUT = 120.0

log = logging.getLogger(__name__)


async def make_fixtures(services: Services) -> None:
    """Make the video and the character that are missing, and wait for them.

    Raises:
        ConfigError: no worker has rendered the video.
    """
    log.warning(
        "CONFORMANCE MODE, FOR TESTS ONLY: %s and %s can't be deleted, and uploads that can't be "
        "decoded are accepted",
        VIDEO_ID,
        CHARACTER_ID,
    )
    if await services.characters.get(CHARACTER_ID, project=DEFAULT_PROJECT) is None:
        character = without_pictures("Fox", project=DEFAULT_PROJECT, character_id=CHARACTER_ID)
        await services.characters.add(character)
    await _make_film(services)


async def _make_film(services: Services) -> None:
    video = await services.videos.get(VIDEO_ID, project=DEFAULT_PROJECT)
    if video is None:
        video = await services.queue.submit(_SPEC, project=DEFAULT_PROJECT, video_id=VIDEO_ID)
    deadline = time.monotonic() + _RENDER_TIMEOUT
    while video is not None and not video.finished and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        video = await services.videos.get(VIDEO_ID, project=DEFAULT_PROJECT)
    if video is None or video.status != "completed":
        raise ConfigError(
            f"--conformance needs {VIDEO_ID} to be drawn, and no worker has done it. Give it a "
            "worker, and a data folder of its own."
        )


_SPEC = RenderSpec(
    prompt=_PROMPT,
    model=DEFAULT_MODEL,
    seed=1,
    size=Size.parse(DEFAULT_SIZE),
    frames=DEFAULT_FPS.frames_in(int(DEFAULT_SECONDS)),
)
