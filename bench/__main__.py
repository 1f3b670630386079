"""Runs the benchmarks and shows the table; `python -m bench --help` lists the options."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import (
    creating,
    drawing,
    in_memory,
    joining,
    journey,
    pages,
    polling,
    rate,
    report,
    starting,
)
from bench.plan import Plan
from bench.process import BenchError

_SECTIONS: dict[str, Callable[[Plan], list[report.Row]]] = {
    "polling": polling.measure,
    "in-memory": in_memory.measure,
    "creating": creating.measure,
    "rate": rate.measure,
    "starting": starting.measure,
    "drawing": drawing.measure,
    "joining": joining.measure,
    "journey": journey.measure,
    "studio": pages.measure,
}


def main() -> int:
    """Measure what is asked for, one section after the other.

    Returns:
        The exit status: how many sections could not be measured. A missed limit is no failure.
    """
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure Vitascope.")
    parser.add_argument("sections", nargs="*", help=f"of {', '.join(_SECTIONS)}; all if none")
    parser.add_argument("--quick", action="store_true", help="see only whether everything runs")
    parser.add_argument("--write", action="store_true", help=f"write the table into {report.PAGE}")
    options = parser.parse_args()
    if unknown := set(options.sections) - set(_SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    if options.write and options.sections:
        parser.error("--write replaces the whole page, so it takes no sections")
    rows: list[report.Row] = []
    failed, busy = 0, os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="vitascope-bench-") as folder:
        plan = Plan.quick(Path(folder)) if options.quick else Plan(scratch=Path(folder))
        for name in options.sections or _SECTIONS:
            print(f"Measuring {name} …", file=sys.stderr)
            try:
                rows += _SECTIONS[name](plan)
            except BenchError as error:
                print(f"{name} could not be measured: {error}", file=sys.stderr)
                failed += 1
    report.show(rows)
    if options.write and not failed:
        report.write(rows, " ".join(["scripts/bench", *sys.argv[1:]]), busy=busy)
    return failed


if __name__ == "__main__":
    sys.exit(main())
