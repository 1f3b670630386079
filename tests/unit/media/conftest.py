"""Fixtures of the media room's tests."""

import threading
from fractions import Fraction
from pathlib import Path

import pytest
from films import SMALL, clip, small_job

from vitascope.media.encode import encode
from vitascope.spec import Size


@pytest.fixture
def drawn(tmp_path):
    """Make a film in the output profile: `drawn("a.mp4", seconds=2, first=24)`."""

    def make(
        name: str,
        *,
        seconds: int = 1,
        size: Size = SMALL,
        first: int = 0,
        frames: int | None = None,
        fps: Fraction = Fraction(24),
    ) -> Path:
        job = small_job(seconds, size, frames, fps)
        encode(clip(job, first=first), job, tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def no_thread_left():
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before
