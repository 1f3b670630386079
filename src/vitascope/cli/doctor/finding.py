"""Findings: one line of the doctor's report each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "remark", "bad"]
"""`bad` is what keeps the server from working as configured; a `remark` is worth knowing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Attributes:
        name: of what.
        state: how it stands.
        detail: what there is.
        advice: what to do about it, if something is to be done.
    """

    name: str
    state: State
    detail: str
    advice: str | None = None
