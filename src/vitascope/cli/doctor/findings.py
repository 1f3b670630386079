"""What `vitascope doctor` found, and the report of it: as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

State = Literal["good", "remark", "bad"]
"""`bad`: the server can't work as configured. `remark`: good to know."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report.

    Attributes:
        name: what was examined.
        state: the result.
        detail: what there is.
        advice: what to do, if anything; a line for each thing.
    """

    name: str
    state: State
    detail: str
    advice: str | None = None


_MARKS: Mapping[State, tuple[str, str]] = {
    "good": ("✓", "green"),
    "remark": ("·", "yellow"),
    "bad": ("✗", "bold red"),
}
Sections = Mapping[str, Sequence[Finding]]


def all_well(sections: Sections) -> bool:
    """Whether the server can work as configured."""
    return not any(each.state == "bad" for found in sections.values() for each in found)


def as_json(sections: Sections) -> str:
    """`{"ok": …, "this_machine": [{"name", "state", "detail", "advice"}], …}`."""
    listed = {
        title.lower().replace(" ", "_"): [asdict(each) for each in found]
        for title, found in sections.items()
    }
    return json.dumps({"ok": all_well(sections), **listed}, indent=2, ensure_ascii=False)


def show(sections: Sections, console: Console) -> None:
    """Print each section as a table, and a summary."""
    width = max(len(each.name) for found in sections.values() for each in found)
    for title, found in sections.items():
        console.print(Text(title, style="bold"))
        console.print(Padding(_table(found, width), (0, 0, 1, 2), expand=False))
    faults = sum(each.state == "bad" for found in sections.values() for each in found)
    if faults:
        things = "One thing keeps" if faults == 1 else f"{faults} things keep"
        console.print(Text(f"✗ {things} this server from working as configured.", "bold red"))
    else:
        console.print(Text("✓ Everything that is configured can run here.", "bold green"))


def _table(found: Sequence[Finding], width: int) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=1)
    grid.add_column(min_width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    for each in found:
        mark, style = _MARKS[each.state]
        first, *more = each.detail.split("\n")
        text = Text(first)
        for line in more:
            text.append(f"\n{line}", style="dim")
        for line in (each.advice or "").splitlines():
            text.append(f"\n→ {line}", style="cyan")
        grid.add_row(Text(mark, style), each.name, text)
    return grid
