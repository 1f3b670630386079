"""No query for videos reads every row, on either database, however it is planned.

Queries for a few of a project's videos do not read all of the project's rows either.
"""

import itertools
import re
import time

import pytest
import sqlalchemy as sa
from sweeps import for_all

from vitascope.store.search import VideoFilter, VideoSearch
from vitascope.store.videos import Videos
from vitascope.video import new_id

pytestmark = pytest.mark.anyio

QUERIES = {
    "list": lambda videos: videos.page(project="p", after=None, limit=20, newest_first=True),
    "next page": lambda videos: videos.page(
        project="p", after=new_id("video"), limit=20, newest_first=False
    ),
    "get": lambda videos: videos.get("video_1", project="p"),
    "retrieve": lambda videos: videos.get_with_position("video_1", project="p"),
    "begin an attempt": lambda videos: videos.begin_attempt("video_1", now=0),
    "count": lambda videos: videos.count_by_status(),
    "wait": lambda videos: videos.finished_among(["video_1"]),
    "expire": lambda videos: videos.expired(now=time.time()),
    "unfinished": lambda videos: videos.unfinished(created_before=time.time()),
}


SEARCHES = {
    "list for clients": lambda search: search.listed_page(
        VideoFilter(), project="p", after=None, limit=20, newest_first=True
    ),
}


def listed(**filters):
    """A query for the list of those that a filter shows."""
    return lambda search: search.page(VideoFilter(**filters), project="p", limit=20)


FEW = {
    "running": listed(status="in_progress"),
    "waiting": listed(status="queued"),
    "failed": listed(status="failed"),
    "with a tag": listed(tag="a"),
    "with a star": listed(starred=True),
    "failed with a tag": listed(status="failed", tag="a"),
    "tags": lambda search: search.tags("p"),
    "first in line": lambda search: search.waiting("p"),
    "what changes": lambda search: search.moving("p", created_since=time.time()),
    "finished lately": lambda search: search.finished_since("p", time.time()),
}
SEARCHES |= FEW
EVERY = {name: (Videos, query) for name, query in QUERIES.items()}
EVERY |= {name: (VideoSearch, query) for name, query in SEARCHES.items()}


@for_all(("repository", "query"), EVERY.values())
@pytest.mark.usefixtures("thousands")
async def test_an_index_leads_to_the_rows(engine, repository, query, monkeypatch):
    few = query in FEW.values()
    for statement, parameters in await executed_by(query, repository, engine, monkeypatch):
        assert await scans(engine, statement, parameters, few=few) == []


async def executed_by(query, repository, engine, monkeypatch):
    """The statements that a query makes."""
    executed = []
    fetch = engine.fetch

    def note(_connection, _cursor, statement, parameters, *_rest):
        executed.append((statement, parameters))

    async def noted(statement, parameters):
        executed.append((statement[engine.dialect.name], parameters))
        return await fetch(statement, parameters)

    monkeypatch.setattr(engine, "fetch", noted)
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    await query(repository(engine))
    sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert executed
    return executed


async def scans(database, statement, parameters, *, few):
    """The steps that read every row or, of a query for few, on SQLite every row of a project.

    PostgreSQL chooses between two indexes by what it counted, SQLite always in the same way.
    """
    async with database.connect() as connection:
        if connection.dialect.name == "sqlite":
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row[3] for row in plan.all()]
            whole = r"SCAN videos(?!.*CONST)" + (r"|.* ix_videos_project_\w+ \(project=\?\)" * few)
            return [step for step in steps if re.match(whole, step)]
        # A table of few rows is read whole if it may be; and a plan is made for all parameters.
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        numbers = itertools.count(1)
        bare = re.sub(r"%\(\w+\)s", lambda _: f"${next(numbers)}", statement)
        plan = await connection.exec_driver_sql(f"EXPLAIN (GENERIC_PLAN) {bare}")
        steps = [row[0] for row in plan.all()]
        return [
            step
            for step, detail in zip(steps, [*steps[1:], ""], strict=True)
            if "Seq Scan on videos" in step or ("pk_videos" in step and "Index Cond" not in detail)
        ]
