"""`scripts/test --fast` runs a sample of these tests: reading, poses and short films."""

from pathlib import Path

import pytest

SAMPLE = ("actors_rig", "cues", "engine", "reading", "retouch_reading")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        in_sample = item.path.stem.removeprefix("test_") in SAMPLE
        if item.path.parent == Path(__file__).parent and not in_sample:
            item.add_marker(pytest.mark.thorough)
