"""Fixtures of the media room's tests."""

import threading
from fractions import Fraction
from pathlib import Path

import pytest
from films import SMALL, clip, shot

from vitascope.media.encode import encode
from vitascope.spec import Size


@pytest.fixture
def drawn(tmp_path):
    """Make a film in the house's form: `drawn("a.mp4", seconds=2, first=24)`."""

    def make(
        name: str,
        *,
        seconds: int = 1,
        size: Size = SMALL,
        first: int = 0,
        frames: int | None = None,
        fps: Fraction = Fraction(24),
    ) -> Path:
        the_shot = shot(seconds, size, frames, fps)
        encode(clip(the_shot, first=first), the_shot, tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def no_thread_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
