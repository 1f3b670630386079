"""The page about scale: what was measured, what was computed from it, and what breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bench.machine import describe
from bench.scale_constants import Constants
from bench.simulate import Scenario, Series, Year, cores, statements_per_second

PAGE = Path("docs/scale.md")
FLAT = 1.3
_INTRODUCTION = """\
# Scale

What an operation costs on a large database, and what a year of a very large installation would
need. The first three tables are **measured**. Everything after them is **computed** from those
figures and from stated assumptions. No installation of that size has been run.
"""
_MEASURED = """\
## Measured: the cost of an operation

Milliseconds of processor time of one call through the repositories (lower quartile), the calling
process and the database's together, on databases of finished videos that are copies of a rendered
one in every table, with 200 more jobs waiting. Waiting for the disk and for other programs does not
count. Each round measures every database, so other load on the machine affects them alike. *Flat*
means that the costliest database costs at most 1.3 times the cheapest. The line below each table
names the operations that read a growing table from end to end, by the plan that SQLite makes, or by
the cheaper of the two that PostgreSQL chooses from: for all parameters, or for the given ones.
*Render times of recent videos* is left out of it: it walks from the newest video back until it has
fifty.
"""


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs on one kind of database; times in milliseconds by operation and size."""

    database: str
    times: dict[str, dict[int, float]]
    scans: dict[str, list[str]]

    @property
    def uneven(self) -> list[str]:
        """The operations that are not flat or read whole tables."""
        steep = [name for name, by_size in self.times.items() if _ratio(by_size) > FLAT]
        return [*steep, *self.scans]


def costs_table(costs: Costs) -> str:
    """A table of one database's costs."""
    sizes = sorted(next(iter(costs.times.values())))
    rows = [
        [
            name,
            *(f"{by_size[size]:.2f}" for size in sizes),
            f"{_ratio(by_size):.2f}",
            _flat(by_size),
        ]
        for name, by_size in costs.times.items()
    ]
    scans = ", ".join(costs.scans) or "none"
    head = [costs.database, *(f"{size:,} videos" for size in sizes), "ratio", ""]
    return f"{_table(head, rows)}\n\nReads a growing table from end to end: {scans}."


def constants_table(found: Constants) -> str:
    """A table of an installation's constants."""
    cpu = [
        [f"the database's processor time: {name}", f"{cost:.2f} ms"]
        for name, cost in found.cpu_ms.items()
    ]
    rows = [
        ["a finished video in our tables, with indexes", f"{found.video_bytes:.0f} bytes"],
        ["its job in the durable engine's tables", f"{found.job_bytes:.0f} bytes"],
        ["an idle worker: connections", f"{found.worker_connections}"],
        ["an idle worker: transactions a second", f"{found.worker_statements:.1f}"],
        ["an idle worker: the database's time", f"{found.worker_cpu_ms:.1f} ms a second"],
        ["an idle worker: memory of its process", f"{found.worker_mebibytes:.0f} MiB"],
        ["an API server under 16 polling clients: connections", f"{found.server_connections}"],
        [
            "an API server: polls a second, clients and database beside it",
            f"{found.polls_per_second:.0f}",
        ],
        ["attempts begun a second by one poller", f"{found.attempts_per_second:.0f}"],
        *cpu,
    ]
    return _table(["PostgreSQL", "measured"], rows)


def years_table(years: Sequence[tuple[Scenario, Year]]) -> str:
    """A table that compares simulated years."""
    columns = [f"{scenario.workers:,} workers" for scenario, _year in years]
    figures = [_figures(year) for _scenario, year in years]
    lines = [[name, *(one[name] for one in figures)] for name in figures[0]]
    return _table(["the year", *columns], lines)


def _figures(year: Year) -> dict[str, str]:
    rendering = _hourly(year.busy / year.alive)
    return {
        "videos": f"{year.arrived.sum():,}",
        "workers that render, mean": f"{rendering.mean():.0%}",
        "the same, busiest hour": f"{rendering.max():.0%}",
        "wait, median": _minutes(year, 0.5),
        "wait, 99 of 100": _minutes(year, 0.99),
        "wait, longest": _minutes(year, 1.0),
        "minutes in which anyone waits": f"{(year.waits > 0).mean():.1%}",
        "longest queue": f"{year.waiting.max():,}",
    }


def demand_table(scenario: Scenario, year: Year, found: Constants) -> str:
    """The load on the database in the busiest hour, by its source."""
    now = statements_per_second(scenario, year, found.worker_statements)
    spent = cores(scenario, year, found, found.worker_statements)
    rows = [
        [name, f"{_hourly(rate).max():,.0f}", f"{_hourly(spent[name]).max():.1f}"]
        for name, rate in now.items()
    ]
    total = [np.sum(list(series.values()), axis=0) for series in (now, spent)]
    rows.append(["all", *(f"{_hourly(series).max():,.{n}f}" for n, series in enumerate(total))])
    return _table(["busiest hour, as it is", "transactions a second", "the database's cores"], rows)


def breaks_table(scenario: Scenario, year: Year, found: Constants) -> str:
    """What breaks, at what size, and what to do then."""
    report = 1 / scenario.report_seconds
    idle = found.worker_cpu_ms / 1000
    busy = report * found.cpu_ms["report progress"] / 1000
    direct = 500
    rows = [
        [
            "connections",
            f"{scenario.workers * found.worker_connections:,}; some {direct} work well",
            f"{direct // found.worker_connections} workers",
            "pgbouncer in session mode takes a few thousand; beyond that, one database for each "
            "group of models",
        ],
        [
            "workers that wait for jobs",
            f"{scenario.workers * idle:.1f} cores",
            f"{16 / idle:,.0f} workers on 16 cores",
            "look less often for jobs that no notification announced (`poll_seconds`); one "
            "database for each group of models",
        ],
        [
            "progress reports, four a second",
            f"{_hourly(year.busy).max() * busy:.0f} cores",
            f"{16 / busy:,.0f} busy workers on 16 cores",
            "one in five seconds (`report_seconds`) for renders of minutes: a twentieth",
        ],
        [
            "rows and indexes",
            f"{scenario.videos * found.video_bytes / 1e9:,.0f} GB a year, and "
            f"{scenario.videos / 365 * found.job_bytes / 1e9:.1f} GB of the durable engine's jobs, "
            "which are deleted a day after their end",
            "no size measured here: see the first tables",
            "partition `videos` by month, which the order of its ids allows; a read replica for "
            "lists and polls",
        ],
    ]
    return _table(["what", "in this year", "breaks at", "what then"], rows)


def write(
    costs: Sequence[Costs],
    found: Constants,
    years: Sequence[tuple[Scenario, Year]],
    command: str,
    *,
    busy: float,
) -> None:
    """Write the page.

    Args:
        costs: of each kind of database.
        found: the constants.
        years: simulated years; the page details the first.
        command: the command that was run.
        busy: the machine's load average before the run.
    """
    scenario, year = years[0]
    made = (
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}, on {describe()}; "
        f"its load average was {busy:.1f} before the run."
    )
    parts = [
        _INTRODUCTION,
        made,
        "",
        _MEASURED,
        *(part for one in costs for part in (costs_table(one), "")),
        "## Measured: the constants of an installation",
        "",
        constants_table(found),
        "",
        "## Computed: a year",
        "",
        _assumptions(scenario),
        "",
        years_table(years),
        "",
        f"What the database is asked, with {scenario.workers:,} workers:",
        "",
        demand_table(scenario, year, found),
        "",
        "## Computed: where it breaks, and what then",
        "",
        breaks_table(scenario, year, found),
        "",
    ]
    PAGE.write_text("\n".join(parts), encoding="utf-8")


def _assumptions(scenario: Scenario) -> str:
    return (
        f"Assumed: {scenario.videos:,} videos in a year, rendered in "
        f"{scenario.render_seconds:,.0f} s on average (a model on one GPU); the day's peak "
        f"{scenario.daily_swing:.0%} above its mean, weekends at {scenario.weekend:.0%}; a worker "
        f"dies every {scenario.worker_days:.0f} days and is back in "
        f"{scenario.repair_minutes:.0f} minutes; once, two hours at {scenario.rush:.0f} times the "
        f"mean; once, the database away for {scenario.outage_minutes} minutes. Clients poll every "
        f"{scenario.poll_seconds:.0f} s. Minute by minute, from one seed."
    )


def _ratio(by_size: dict[int, float]) -> float:
    return max(by_size.values()) / min(by_size.values())


def _flat(by_size: dict[int, float]) -> str:
    return "flat" if _ratio(by_size) <= FLAT else "not flat"


def _hourly(series: Series) -> Series:
    """The mean of each hour."""
    hours: Series = np.asarray(series, float).reshape(-1, 60).mean(axis=1)
    return hours


def _minutes(year: Year, part: float) -> str:
    # Each minute's wait counts as often as videos arrived in it.
    weights = year.arrived[: len(year.waits)]
    order = np.argsort(year.waits, kind="stable")
    reached = np.searchsorted(np.cumsum(weights[order]), part * weights.sum())
    return f"{year.waits[order][min(reached, len(order) - 1)]:.0f} min"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
