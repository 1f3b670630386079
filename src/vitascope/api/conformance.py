"""Conformance mode: bends the rules as the official SDKs' own test suites need it, for tests only.

The suites ask for a video and a character of fixed ids, delete the video again and again, and
upload a line of text as a film.
"""

from __future__ import annotations

import time

from vitascope.api.body import Body
from vitascope.api.body.body import Value
from vitascope.config import Settings
from vitascope.store.characters import StoredCharacter
from vitascope.video import new_id

VIDEO_ID = "video_123"
CHARACTER_ID = "char_123"


def undeletable(settings: Settings, video_id: str) -> bool:
    """Whether deleting it is answered with success and left at that."""
    return settings.conformance and video_id == VIDEO_ID


def text_as_file(settings: Settings, body: Body, value: Value) -> Value:
    """A text that stands where a file must be, as one; the official command sends it so."""
    if settings.conformance and isinstance(value, str):
        return body.files.write(value.encode())
    return value


def without_pictures(name: str, *, project: str, character_id: str = "") -> StoredCharacter:
    """A character that can be looked at and can't act."""
    return StoredCharacter(
        id=character_id or new_id("char"),
        project=project,
        name=name,
        created_at=time.time(),
        cutouts=(),
        palette=(),
    )
