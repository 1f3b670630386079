"""Rate: how many `POST /v1/videos` a second are taken for good, beside bare inserts."""

from __future__ import annotations

import time
from dataclasses import replace
from statistics import median

import sqlalchemy as sa

from bench import process, report
from bench.load import Load, put_on
from bench.plan import Plan
from bench.scale_seed import postgres
from vitascope.jobs import durable
from vitascope.spec import RenderSpec, Size
from vitascope.store.database import open_database, prepare_sqlite, sync_url
from vitascope.store.videos import Videos
from vitascope.video import Video, new_id

_CONNECTIONS = 32
_P99_MS = 100
_TYPICAL_ANSWER = 0.02
_AT_LEAST = {"SQLite": 200, "PostgreSQL": 400}
_BODY = '{"prompt": "Fox number # runs through the snow", "seconds": "4"}'
_BARE = "one row a transaction"


def measure(plan: Plan) -> list[report.Row]:
    """Create as fast as the server takes it; nothing is drawn."""
    folder = plan.scratch / "rate"
    folder.mkdir(parents=True)
    rows = _measure(plan, "SQLite", f"sqlite:///{folder / 'rate.db'}")
    with postgres(folder, None) as server:
        rows += _measure(plan, "PostgreSQL", server)
    return rows


def _measure(plan: Plan, name: str, database: str) -> list[report.Row]:
    """Flat out, paced, and bare, in turns, after one short turn of each to warm up."""
    durable.upgrade(database)
    least = _AT_LEAST[name]
    # So long that all connections together ask for a little more than the least rate.
    pause = _CONNECTIONS / (least * 1.15) - _TYPICAL_ANSWER
    flat: list[Load] = []
    paced: list[Load] = []
    bare: list[float] = []
    with process.vitascope(plan.scratch / "rate" / name, workers=0, database=database) as server:
        for number in range(plan.rounds + 1):
            seconds = plan.load_seconds if number else plan.load_seconds / 4
            flat.append(_load(server.port, seconds, 0.0))
            paced.append(_load(server.port, seconds, pause))
            bare.append(_inserts_a_second(database, seconds))
    rate = median(load.per_second for load in flat[1:])
    pace = median(load.per_second for load in paced[1:])
    return [
        report.above(f"POST on {name}, {_CONNECTIONS} connections at once", rate, least, "/s"),
        # As many as it can take: how long they then wait is reported, and nothing demanded of it.
        replace(
            report.below(f"POST on {name}, the same, p99", _p99(flat[1:]), _P99_MS, "ms"),
            holds=None,
        ),
        report.below(f"POST on {name}, p99 at {pace:.0f}/s", _p99(paced[1:]), _P99_MS, "ms"),
        report.beside(
            f"POST on {name}, beside bare inserts", rate, _BARE, median(bare[1:]), "requests/s"
        ),
    ]


def _load(port: int, seconds: float, pause: float) -> Load:
    return put_on(
        port, "/v1/videos", seconds=seconds, connections=_CONNECTIONS, pause=pause, body=_BODY
    )


def _p99(loads: list[Load]) -> float:
    return median(load.p99 for load in loads)


def _inserts_a_second(database: str, seconds: float) -> float:
    """The bare alternative: rows of videos, each durable before the next."""
    engine = sa.create_engine(sync_url(database), poolclass=sa.StaticPool)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)
    rows = Videos(open_database(database))
    made, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        spec = RenderSpec(
            prompt=f"Fox number {made}",
            model="sora-2",
            size=Size(720, 1280),
            frames=96,
            seed=made,
        )
        video = Video(
            id=new_id("video"), project="bare", spec=spec, created_at=time.time(), queue="bare"
        )
        with engine.begin() as connection:
            rows.add(connection, (video, ()))
        made += 1
    took = time.perf_counter() - began
    engine.dispose()
    return made / took
