"""The rows of the table: the result of each client."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clients.machine import Broken, LeftOut
from clients.roster import Client
from clients.tally import NOTHING, Tally

_SHOWN_LINES = 60


@dataclass(frozen=True, slots=True)
class Row:
    """The result of one client. `left_out` says why it was not run, if it was not."""

    client: str
    package: str
    tally: Tally = NOTHING
    seconds: float = 0.0
    left_out: str = ""

    @classmethod
    def without(cls, client: Client, pins: Mapping[str, Any]) -> Row:
        """The row of a client that `--without` names."""
        return cls(client.name, _package(client, pins[client.pin]), left_out="--without")


def row_of(client: Client, pins: Mapping[str, Any], url: str) -> Row:
    """Run a client; its output is shown if it did not pass."""
    began = time.monotonic()
    row = Row(client.name, _package(client, pins))
    try:
        tally, output = client.run(pins, url)
    except LeftOut as reason:
        return replace(row, left_out=str(reason))
    except Broken as error:
        tally, output = Tally(failed=1), str(error)
    tally = _complete(tally, pins if "suite" in client.name else {"passed": 1})
    if tally.failed:
        print(*output.splitlines()[-_SHOWN_LINES:], sep="\n", file=sys.stderr)
    return replace(row, tally=tally, seconds=time.monotonic() - began)


def show(rows: Sequence[Row]) -> None:
    """Print the table, what was left out, and the totals."""
    print(f"{'client':16}{'package':24}{'passed':>7}{'failed':>7}{'skipped':>8}{'seconds':>8}")
    for row in rows:
        counts = f"{row.tally.passed:7}{row.tally.failed:7}{row.tally.skipped:8}"
        note = row.left_out and f"  left out: {row.left_out}"
        print(f"{row.client:16}{row.package:24}" + (note or f"{counts}{row.seconds:8.0f}"))
    print(sum((row.tally for row in rows), Tally()))


def _package(client: Client, pins: Mapping[str, Any]) -> str:
    return f"{client.pin} {pins['version']}"


def _complete(tally: Tally, pins: Mapping[str, Any]) -> Tally:
    """Count a run as failed if it had fewer tests than its suite."""
    expected = Tally(pins["passed"], 0, pins.get("skipped", 0))
    return tally if tally.failed or tally == expected else replace(tally, failed=1)
