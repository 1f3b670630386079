"""Opens an engine by name; imports only the one that is asked for."""

from __future__ import annotations

from vitascope.engines.base import Engine


def open_engine(name: str) -> Engine:
    """The engine of that name, ready to draw.

    Raises:
        LookupError: there is no such engine.
    """
    if name == "shadowplay":
        from vitascope.engines.shadowplay.engine import Shadowplay

        return Shadowplay()
    raise LookupError(f"no engine named {name!r}")
