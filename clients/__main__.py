"""Runs the clients and prints their results; `scripts/clients --help` lists the options."""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from clients.machine import CACHE
from clients.roster import PROGRAMS, SUITES, Client
from clients.rows import Row, row_of, show
from clients.server import serving

_AT_ONCE = 2
PINS = tomllib.loads((Path(__file__).parent / "versions.toml").read_text(encoding="utf-8"))


def main() -> int:
    """Run what is asked for; 0 if nothing failed and nothing was left out that must not be."""
    options = _arguments()
    CACHE.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="vitascope-clients-") as folder:
        rows += _run(SUITES, options, Path(folder), "--conformance")
        rows += _run(PROGRAMS, options, Path(folder))
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
    """Run the chosen clients, two at a time, each against a server of its own."""

    def row(client: Client) -> Row:
        if client.name in options.without:
            return Row.without(client, PINS)
        sys.stderr.write(f"Running {client.name} …\n")
        with serving(folder / client.name, *flags) as url:
            return row_of(client, PINS[client.pin], url)

    # They mostly wait, for their server and between two polls.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [one for one in clients if not options.clients or one.name in options.clients]
        return list(pool.map(row, asked))


if __name__ == "__main__":
    sys.exit(main())
