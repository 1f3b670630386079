"""The screen: tables that fit a terminal, and stay whole in a pipe."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

_PIPE_WIDTH = 200
"""Columns where nobody looks: wide enough for a program to find each row on one line."""


def screen() -> Console:
    """What a command prints on."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console


def table(*columns: str) -> Table:
    """A table without lines, its columns' names dimmed."""
    made = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 1, 0, 0))
    for name in columns:
        made.add_column(name, no_wrap=True)
    return made
