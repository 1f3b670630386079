"""What several commands share: options, tables on the terminal, and the limit on open files."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:  # the API process does without rich
    from rich.console import Console
    from rich.table import Table

ConfigFile = Annotated[Path | None, Parameter(name="--config", help="TOML file with settings.")]
DataDir = Annotated[
    Path | None,
    Parameter(name="--data-dir", help="Folder for the database, files and scratch space."),
]

PIPE_WIDTH = 200
"""Columns in a pipe: each row fits on one line, so that a program can read it."""
_UNLIMITED_WIDTH = 10_000

_OWN_USE = 256
"""File descriptors for the database, the workers, and files that are read and written."""
_PER_CONNECTION = 2
"""Of file descriptors: the connection, and the file that it sends or receives."""


def screen(*, whole: bool = False) -> Console:
    """The console that a command prints tables on.

    Args:
        whole: print cells in full length also on a narrow terminal, because people copy them.
    """
    from rich.console import Console

    console = Console(highlight=False)
    if whole:
        console.width = _UNLIMITED_WIDTH
    elif not console.is_terminal:
        console.width = PIPE_WIDTH
    return console


def table(*columns: str) -> Table:
    """A table without lines, with dimmed column names."""
    from rich.table import Table

    made = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 1, 0, 0))
    for name in columns:
        made.add_column(name, no_wrap=True)
    return made


@dataclass(frozen=True, slots=True)
class DescriptorLimits:
    """The process's limits on open files and sockets.

    Attributes:
        soft: how many it may have open.
        hard: the maximum to which it may raise the soft limit.
        connections: how many connections it accepts with `soft`.
    """

    soft: int
    hard: int
    connections: int


def descriptor_limits(max_connections: int) -> DescriptorLimits:
    """The limits that a server has after its start; this call changes nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = _OWN_USE + _PER_CONNECTION * max_connections
    # The system writes "no limit" as -1 or as the highest number.
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    allowed = max_connections
    if soft != resource.RLIM_INFINITY:
        allowed = max(1, min(max_connections, (soft - _OWN_USE) // _PER_CONNECTION))
    return DescriptorLimits(soft, hard, allowed)


def raise_descriptor_limit(max_connections: int) -> DescriptorLimits:
    """Raise the soft limit to what that many connections need, or to the hard limit."""
    limits = descriptor_limits(max_connections)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.soft, limits.hard))
    return limits
