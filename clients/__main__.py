"""Runs the clients and prints what came of it; `scripts/clients --help` tells the options."""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from pathlib import Path

from clients.machine import CACHE
from clients.roster import PROGRAMS, SUITES, Client
from clients.rows import Row, row_of, show
from clients.server import serving

PINS = tomllib.loads((Path(__file__).parent / "versions.toml").read_text(encoding="utf-8"))


def main() -> int:
    """Run what is asked for; 0 if nothing failed and nothing was left out that must not be."""
    options = _arguments()
    CACHE.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="vitascope-clients-") as folder:
        rows += _run(SUITES, options, Path(folder) / "conformance", "--conformance")
        rows += _run(PROGRAMS, options, Path(folder) / "normal")
    show(rows)
    missing = [row for row in rows if row.left_out and row.client not in options.without]
    failed = any(row.tally.failed for row in rows) or (options.require_all and missing)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/clients", description="Run every client against Vitascope."
    )
    names = [client.name for client in (*SUITES, *PROGRAMS)]
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=f"of {', '.join(names)}")
    parser.add_argument("--without", action="append", default=[], metavar="CLIENT", choices=names)
    parser.add_argument(
        "--require-all", action="store_true", help="fail if one can't be run on this machine"
    )
    options = parser.parse_args()
    if unknown := set(options.clients) - set(names):
        parser.error(f"no such client: {', '.join(sorted(unknown))}")
    return options


def _run(
    clients: Iterable[Client], options: argparse.Namespace, folder: Path, *flags: str
) -> list[Row]:
    """Run those that are wanted, one after the other, against one server."""
    asked = [client for client in clients if not options.clients or client.name in options.clients]
    rows = [Row.without(client, PINS) for client in asked if client.name in options.without]
    wanted = [client for client in asked if client.name not in options.without]
    if wanted:
        with serving(folder, *flags) as url:
            for client in wanted:
                print(f"Running {client.name} …", file=sys.stderr, flush=True)
                rows.append(row_of(client, PINS[client.pin], url))
    return rows


if __name__ == "__main__":
    sys.exit(main())
