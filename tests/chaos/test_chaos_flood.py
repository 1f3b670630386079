"""One project floods the queue; the first jobs of others must not wait for its end."""

import asyncio
import time

import pytest
from installation import Installation
from waiting import wait_for

from vitascope.store.database import open_database
from vitascope.store.keys import Keys

FLOOD = 500
LATE = 3
"""Projects that come when the flood is in."""


@pytest.fixture
def keys(place):
    """The key of each project, the flooding one first."""

    async def make():
        database = open_database(place.backing.database)
        try:
            return [(await Keys(database).create(f"project-{n}"))[1] for n in range(1 + LATE)]
        finally:
            await database.dispose()

    made = asyncio.run(make())
    wait_for(lambda: place.server.http.get("/videos").status_code == 401, "keys to be asked for")
    return made


def test_a_flood_of_one_project_holds_nobody_else_up(place, verdict, keys):
    flood = [place.create("A sketch", key=keys[0]) for _ in range(FLOOD)]
    late = [place.create("A sketch", key=key) for key in keys[1:]]
    over = time.time()
    place.settle()
    before = max(begun_before(place, job, flood) for job in late)
    note = f"the others' first jobs waited for {before} of the {FLOOD}"
    counted = verdict("flood of one project", since=over, note=note)

    assert counted.completed == FLOOD + LATE
    # Whose turn it is, is drawn by lot among four projects: that three of them are passed over
    # forty times in a row is a chance of one in thirty thousand.
    assert before <= 40


def begun_before(place: Installation, job: str, flood: list[str]) -> int:
    """How many of the flood were begun after the job was created and before it was begun."""
    begun = {e["video_id"]: e["at"] for e in place.journal() if e["status"] == "in_progress"}
    created = place.row(job)["created_at"]
    return sum(created < begun[one] < begun[job] for one in flood)
