"""Answers: what an upstream server's JSON says, and its words made fit for a user's eyes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")
_ENDED_BADLY = frozenset({"failed", "error", "cancelled", "canceled", "deleted", "expired"})
_LONGEST = 300

_INSIDES = (
    re.compile(r"(?i)\b(bearer|basic)\s+\S+"),
    re.compile(r"\b[a-z][a-z0-9+.-]*://\S+"),
    re.compile(r"(?<![\w.])(?:[A-Za-z]:)?(?:[/\\][\w.@+-]+){2,}[/\\]?"),
    re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"),
    re.compile(r"\b0x[0-9a-fA-F]{4,}\b"),
)
"""Keys, addresses, files and places in memory: of no use to who asked for a video."""


class Garbled(Exception):
    """What came is no answer of this API."""


@dataclass(frozen=True, slots=True)
class Job:
    """An upstream job as its server tells it.

    Attributes:
        progress: from 0 to 100; None: it does not say.
        reason: of a failed one, why, in words that may be shown.
    """

    id: str
    completed: bool
    failed: bool
    progress: float | None
    reason: str


def job_of(body: bytes) -> Job:
    """Read a job.

    Raises:
        Garbled: it is none.
    """
    told = _object(body)
    name, status = told.get("id"), told.get("status")
    if not isinstance(name, str) or not _ID.fullmatch(name) or not isinstance(status, str):
        raise Garbled("there is no id or no status in it")
    progress = told.get("progress")
    known = isinstance(progress, int | float) and not isinstance(progress, bool)
    return Job(
        id=name,
        completed=status == "completed",
        failed=status in _ENDED_BADLY,
        progress=min(100.0, max(0.0, float(progress))) if known and progress else None,
        reason=reason_of(body),
    )


def names_of(body: bytes) -> list[str]:
    """The names of the models that a server lists, all that each is called in one string."""
    try:
        listed = _object(body).get("data")
    except Garbled:
        return []
    cards = [card for card in listed if isinstance(card, dict)] if isinstance(listed, list) else []
    return [
        " ".join(str(card[key]) for key in ("id", "root", "parent") if card.get(key))
        for card in cards
    ]


def reason_of(body: bytes) -> str:
    """Why a request or a job failed, as far as the server says; a sentence without its end."""
    try:
        told = _object(body)
    except Garbled:
        return ""
    for key in ("error", "detail", "message"):
        if said := _said(told.get(key)):
            return cleaned(said)
    return ""


def cleaned(text: str) -> str:
    """Someone else's error text without what belongs to the inside of a server, on one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and lines[0].startswith("Traceback"):
        lines = lines[-1:]
    plain = " ".join(" ".join(lines).split())
    for inside in _INSIDES:
        plain = inside.sub("…", plain)
    plain = "".join(letter for letter in plain if letter.isprintable())
    return plain[:_LONGEST].rstrip(" .")


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Garbled("it is no JSON") from None
    if not isinstance(told, dict):
        raise Garbled("it is no JSON object")
    return told


def _said(value: object) -> str:
    """The words in an error, in any of the forms that FastAPI and OpenAI's envelope have."""
    match value:
        case str():
            return value
        case {"loc": [*_, str() as field], "msg": str() as message}:
            return f"{field}: {message}"
        case {"message": str() as message} | {"msg": str() as message}:
            return message
        case list():
            return "; ".join(filter(None, map(_said, value[:4])))
        case _:
            return ""
