"""Showing: a JSON value on stdout, transformed and formatted as the flags say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from vitascope.cli.videos.box import to_box
from vitascope.cli.videos.json_text import coloured, plain, to_json, to_line
from vitascope.cli.videos.terminal import Terminal
from vitascope.cli.videos.transform import NOTHING, transform
from vitascope.cli.videos.yaml_text import to_yaml

_NO_EXPLORE = (
    "Warning: Output format 'explore' not supported for non-terminal output; falling back to 'json'"
)
_NO_EXPLORER = "Warning: Output format 'explore' not supported; falling back to 'json'"


@dataclass
class Display:
    """How to show values.

    Attributes:
        title: stands above boxes.
        path: the GJSON path of the part to show; all is shown where it leads nowhere.
        raw_output: show a string without quotes.
    """

    terminal: Terminal
    title: str
    format: str = "auto"
    path: str = ""
    raw_output: bool = False

    def show(self, value: Any, text: str | None = None) -> None:
        """Show a value.

        Args:
            value: the decoded JSON.
            text: the JSON as it came, for the format `raw`.
        """
        if self.format == "explore":
            self.terminal.complain(_NO_EXPLORER if self.terminal.interactive else _NO_EXPLORE)
            self.format = "json"
        if self.path:
            part = transform(value, self.path)
            if part is not NOTHING:
                value, text = part, None
        self.terminal.write(self._formatted(value, text))

    def _formatted(self, value: Any, text: str | None) -> str:
        if self.raw_output and isinstance(value, str):
            return value + "\n"
        paint = coloured if self.terminal.coloured else plain
        match self.format:
            case "raw":
                return (to_line(value) if text is None else text) + "\n"
            case "jsonl":
                return to_line(value, paint) + "\n"
            case "yaml":
                return to_yaml(value)
            case "pretty":
                return to_box(self.title, value, width=self.terminal.width) + "\n"
            case _:
                return to_json(value, paint) + "\n"


def decode(text: str) -> Any:
    """A body's JSON; the text itself if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text
