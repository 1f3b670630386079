"""The report: rows of what was measured, as a table for the terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.machine import describe

PAGE = Path("docs/benchmarks.md")
_COLUMNS = ("what", "measured", "limit or alternative", "ratio", "verdict")
_INTRODUCTION = """\
# Benchmarks

Each row sets what Vitascope does beside a limit, or beside a bare alternative that had its turns in
the same run, on the same machine and the same data. The ratio is the first number to the second.
A machine that is busy or slow moves both numbers of a comparison, and its ratio little; a limit is
met or missed by this machine on that day.
"""
_SECTIONS = """\
What is measured:

- *Polling*: `GET /v1/videos/{id}` over 16 connections that ask again at once, in turns with a bare
  FastAPI route that selects the same row by its primary key through the same engine options, and
  returns it as a dict. One process each, under uvicorn with httptools and uvloop. The paced row has
  the same connections, each asking ten times a second. The clients are a process of their own.
- *Creating*: `POST /v1/videos`, one after the other on one connection, while the one local worker
  renders a long film.
- *Rate*: `POST /v1/videos` over 32 connections that ask again at once, on SQLite and on PostgreSQL,
  each answer durable; then with pauses, so that they send about as many as the target. Beside it
  one process that inserts the same rows through the same library, one in each transaction, one
  after the other, and enqueues nothing.
- *Starting*: from the start of `vitascope serve` to its line that it is ready, with the local
  worker starting beside it.
- *Drawing*: 4 s of 720x1280 with sound, prompt to finished MP4, in one warm process held to two
  cores; beside x264 alone, with the same settings, on the same frames ready in memory. The limits
  are for the six films together: the less there is in a picture, the sooner x264 is done with it.
  Processor time is that of all threads together, which other work on the machine changes little.
- *Joining*: 100 s and 20 s stitched; an extension, from the order to the finished file, beside the
  drawing of its new seconds by themselves; an upload of a minute normalised, in
  turns with a short script that decodes and encodes it with the same library and settings.
- *The whole way*: `POST /v1/videos` to `completed`, in turns with the same film made by the engine
  and the encoder alone.
- *Studio*: the scripts and styles as they are sent; the time to the first content of two pages in
  a fresh headless Chromium on the same machine, over a library of 10,000 videos; the retrieves of
  16 connections with 500 event streams open, in turns without them; the API process's memory.

The API process's memory is its resident set, shared libraries included, in MB of 1,000,000 bytes.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One finding; `holds` is None where nothing is demanded."""

    what: str
    measured: str
    against: str
    ratio: float
    holds: bool | None

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text, one piece per column."""
        verdict = {True: "holds", False: "missed", None: ""}[self.holds]
        return (self.what, self.measured, self.against, f"{self.ratio:.2f}", verdict)


def below(what: str, value: float, limit: float, unit: str) -> Row:
    """A value that is to stay below a limit."""
    against = f"< {_number(limit)} {unit}"
    return Row(what, f"{_number(value)} {unit}", against, value / limit, value < limit)


def above(what: str, value: float, limit: float, unit: str) -> Row:
    """A value that is to reach a limit."""
    against = f"≥ {_number(limit)} {unit}"
    return Row(what, f"{_number(value)} {unit}", against, value / limit, value >= limit)


def beside(
    what: str, value: float, name: str, other: float, unit: str, *, at_least: float | None = None
) -> Row:
    """A value, more of which is better, beside the alternative's."""
    ratio = value / other
    bound = "" if at_least is None else f", at least {at_least:.2f} of it"
    holds = None if at_least is None else ratio >= at_least
    return Row(
        what, f"{_number(value)} {unit}", f"{name}: {_number(other)} {unit}{bound}", ratio, holds
    )


def show(rows: Sequence[Row]) -> None:
    """Print the table to the terminal."""
    table = Table(*_COLUMNS)
    table.columns[3].justify = "right"
    colours = {True: "green", False: "red", None: ""}
    for row in rows:
        table.add_row(*row.cells, style=colours[row.holds])
    Console(width=None if Console().is_terminal else 140).print(table)


def write(rows: Sequence[Row], command: str, *, busy: float) -> None:
    """Write the page of the documentation, in place of the last one.

    Args:
        rows: what was found.
        command: what was typed.
        busy: the machine's load average before the run, for the reader to judge by.
    """
    lines = [
        "| " + " | ".join(_COLUMNS) + " |",
        "| --- | --- | --- | ---: | --- |",
        *("| " + " | ".join(row.cells) + " |" for row in rows),
    ]
    made = (
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d}, on {describe()}; "
        f"its load average was {busy:.1f} before the run."
    )
    page = "\n".join([_INTRODUCTION, made, "", *lines, "", _SECTIONS])
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page, encoding="utf-8")


def _number(value: float) -> str:
    """Three digits are as much as such a measurement knows."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
