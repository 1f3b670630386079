"""The screen: tables that fit a terminal, and stay whole in a pipe."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

_PIPE_WIDTH = 200
"""Columns where nobody looks: wide enough for a program to find each row on one line."""
_ANY_WIDTH = 10_000


def screen(*, whole: bool = False) -> Console:
    """What a command prints on.

    Args:
        whole: nothing is cut off to fit a narrow terminal: what is printed is there to be copied.
    """
    console = Console(highlight=False)
    if whole:
        console.width = _ANY_WIDTH
        return console
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console


def table(*columns: str) -> Table:
    """A table without lines, its columns' names dimmed."""
    made = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 1, 0, 0))
    for name in columns:
        made.add_column(name, no_wrap=True)
    return made
