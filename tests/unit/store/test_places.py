"""Limits that several processes hold together, by locked files."""

import asyncio
import subprocess
import sys

import pytest

from vitascope.store.data_folder import Places

HOLDER = """
import sys
from pathlib import Path
from vitascope.store.data_folder import Places
place = Places(Path(sys.argv[1])).try_take("name", 1)
print("taken" if place else "full", flush=True)
sys.stdin.read()
"""


@pytest.mark.anyio
async def test_places_are_counted_by_name_and_given_back(tmp_path):
    ours, theirs = Places(tmp_path / "places"), Places(tmp_path / "places")
    first, second = ours.try_take("a name/../x", 2), theirs.try_take("a name/../x", 2)
    assert first is not None
    assert second is not None
    assert ours.try_take("a name/../x", 2) is None
    with theirs.try_take("another", 1):
        waiting = asyncio.create_task(ours.take("a name/../x", 2))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        first.close()
        (await asyncio.wait_for(waiting, 5)).close()
    second.close()


def test_the_place_of_a_killed_process_is_free(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout.readline() == b"taken\n"
        assert Places(tmp_path).try_take("name", 1) is None
        process.kill()
        process.wait()
        place = Places(tmp_path).try_take("name", 1)
        assert place is not None
        place.close()
