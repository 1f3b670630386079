"""The cost of scale: databases of a thousand to a million videos, and a simulated year.

Run as `python -m bench.scale`; `--help` lists the options. A million videos need 10 GB of disk.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bench import scale_constants, scale_page, scale_plans, scale_seed
from bench.process import BenchError
from bench.scale_costs import Subject, compare
from bench.scale_page import Costs
from bench.simulate import Scenario, simulate

_SIZES = (1_000, 100_000, 1_000_000)
_QUICK = (1_000, 100_000)
_WAITING = 200
_ROUNDS = 300
_FEWER_WORKERS = 7_000


def main() -> int:
    """Measure, compute, print and, with `--write`, write the page.

    Returns:
        The exit status: how many operations are not flat or read whole tables.
    """
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the million, fewer rounds")
    parser.add_argument("--write", action="store_true", help=f"write {scale_page.PAGE}")
    parser.add_argument("--postgres", help="a server to use, as postgresql://…")
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    sizes, rounds = (_QUICK, _ROUNDS // 5) if options.quick else (_SIZES, _ROUNDS)
    with tempfile.TemporaryDirectory(prefix="vitascope-scale-") as folder:
        try:
            costs, found = _measure(Path(folder), options.postgres, sizes, rounds)
        except BenchError as error:
            print(f"Scale could not be measured: {error}", file=sys.stderr)
            return 1
    scenario = Scenario()
    years = [(one, simulate(one)) for one in (scenario, replace(scenario, workers=_FEWER_WORKERS))]
    for one in costs:
        print(scale_page.costs_table(one), end="\n\n")
    print(scale_page.constants_table(found), end="\n\n")
    print(scale_page.years_table(years), end="\n\n")
    print(scale_page.demand_table(*years[0], found), end="\n\n")
    print(scale_page.breaks_table(*years[0], found))
    if options.write:
        command = " ".join(["python -m bench.scale", *sys.argv[1:]])
        scale_page.write(costs, found, years, command, busy=busy)
    return sum(len(one.uneven) for one in costs)


def _measure(
    folder: Path, given: str | None, sizes: tuple[int, ...], rounds: int
) -> tuple[list[Costs], scale_constants.Constants]:
    seed = scale_seed.seed_sqlite(folder / "sqlite")
    urls = {size: _copied(seed, size) for size in sizes}
    sqlite, _ = asyncio.run(_compare("SQLite", urls, rounds, folder))
    with scale_seed.postgres(folder, given) as server:
        seed = scale_seed.seed_postgres(server, folder / "postgresql")
        urls = {size: _copied(seed, size) for size in sizes}
        try:
            postgresql, found = asyncio.run(_compare("PostgreSQL", urls, rounds, folder))
        finally:
            for url in (seed, *urls.values()):
                scale_seed.drop(url, server)
    if found is None:
        raise BenchError("The constants were not measured.")
    return [postgresql, sqlite], found


def _copied(seed: str, size: int) -> str:
    print(f"Making {size:,} videos …", file=sys.stderr)
    return scale_seed.copy(seed, size)


async def _compare(
    name: str, urls: dict[int, str], rounds: int, folder: Path
) -> tuple[Costs, scale_constants.Constants | None]:
    """The costs on each of the databases, and the constants of the largest on PostgreSQL."""
    print(f"Measuring {name} …", file=sys.stderr)
    largest = max(urls)
    # Before jobs are added to it.
    sizes = scale_constants.bytes_by_table(urls[largest]) if name == "PostgreSQL" else None
    subjects = [Subject(url, size) for size, url in urls.items()]
    try:
        for subject in subjects:
            await subject.open(_WAITING)
        times = await compare(subjects, rounds)
        scans = await scale_plans.full_scans(subjects[-1])
        found = None
        if sizes is not None:
            found = await scale_constants.measure(subjects[-1], urls[largest], folder, sizes)
    finally:
        for subject in subjects:
            await subject.close()
    return Costs(name, times, scans), found


if __name__ == "__main__":
    sys.exit(main())
