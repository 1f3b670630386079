"""One project fills the queue; the first jobs of other projects must not wait for all of it."""

import asyncio
import time

import pytest
from installation import Installation
from waiting import wait_for

from vitascope.store.database import open_database
from vitascope.store.keys import Keys

FLOOD = 500
LATE = 3
"""Projects that create a job after the flood."""


@pytest.fixture
def keys(installation):
    """The key of each project, that of the flooding project first."""

    async def make():
        database = open_database(installation.backing.database)
        try:
            return [(await Keys(database).create(f"project-{n}"))[1] for n in range(1 + LATE)]
        finally:
            await database.dispose()

    made = asyncio.run(make())
    server = installation.server
    wait_for(lambda: server.http.get("/videos").status_code == 401, "the server to require keys")
    return made


def test_a_flood_of_one_project_delays_no_other_project(installation, check_jobs, keys):
    flood = [installation.create("instant", key=keys[0]) for _ in range(FLOOD)]
    late = [installation.create("instant", key=key) for key in keys[1:]]
    since = time.time()
    installation.wait_until_idle()
    before = max(begun_before(installation, job, flood) for job in late)
    note = f"the others' first jobs waited for {before} of the {FLOOD}"
    counted = check_jobs("flood of one project", since=since, note=note)

    assert counted.completed == FLOOD + LATE
    # The next project is drawn at random of four: the probability that three of them are passed
    # over forty times in a row is one in thirty thousand.
    assert before <= 40


def begun_before(installation: Installation, job: str, flood: list[str]) -> int:
    """How many of the flood began after the job was created and before it began."""
    journal = installation.journal()
    begun = {e["video_id"]: e["at"] for e in journal if e["status"] == "in_progress"}
    created = installation.row(job)["created_at"]
    return sum(created < begun[one] < begun[job] for one in flood)
