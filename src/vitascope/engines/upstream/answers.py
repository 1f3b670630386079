"""Parses the upstream server's JSON and removes internal details from its error messages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")
_FAILED = frozenset({"failed", "error", "cancelled", "canceled", "deleted", "expired"})
_MAX_LENGTH = 300

_INTERNAL = (
    re.compile(r"(?i)\b(bearer|basic)\s+\S+"),
    re.compile(r"\b[a-z][a-z0-9+.-]*://\S+"),
    re.compile(r"(?<![\w.])(?:[A-Za-z]:)?(?:[/\\][\w.@+-]+){2,}[/\\]?"),
    re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b"),
    re.compile(r"\b0x[0-9a-fA-F]{4,}\b"),
)
"""Keys, URLs, file paths, IP addresses and memory addresses, which users must not see."""


class MalformedAnswer(Exception):
    """The response body is not a valid answer of this API."""


@dataclass(frozen=True, slots=True)
class UpstreamJob:
    """The state of a job on the upstream server.

    Attributes:
        progress: from 0 to 100; None if the server does not report it.
        reason: why the job failed, without internal details; empty if unknown.
    """

    id: str
    completed: bool
    failed: bool
    progress: float | None
    reason: str


def parse_job(body: bytes) -> UpstreamJob:
    """Parse a job.

    Raises:
        MalformedAnswer: the body is not a job.
    """
    answer = _object(body)
    name, status = answer.get("id"), answer.get("status")
    if not isinstance(name, str) or not _ID.fullmatch(name) or not isinstance(status, str):
        raise MalformedAnswer("id or status is missing")
    progress = answer.get("progress")
    known = isinstance(progress, int | float) and not isinstance(progress, bool)
    return UpstreamJob(
        id=name,
        completed=status == "completed",
        failed=status in _FAILED,
        progress=min(100.0, max(0.0, float(progress))) if known and progress else None,
        reason=failure_reason(body),
    )


def model_names(body: bytes) -> list[str]:
    """Each listed model's `id`, `root` and `parent`, joined into one string."""
    try:
        listed = _object(body).get("data")
    except MalformedAnswer:
        return []
    cards = [card for card in listed if isinstance(card, dict)] if isinstance(listed, list) else []
    return [
        " ".join(str(card[key]) for key in ("id", "root", "parent") if card.get(key))
        for card in cards
    ]


def failure_reason(body: bytes) -> str:
    """The reason for a failed request or job, without a full stop; empty if there is none."""
    try:
        answer = _object(body)
    except MalformedAnswer:
        return ""
    for key in ("error", "detail", "message"):
        if message := _message(answer.get(key)):
            return cleaned(message)
    return ""


def cleaned(text: str) -> str:
    """An error text on one line, without keys, addresses, paths and traceback."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and lines[0].startswith("Traceback"):
        lines = lines[-1:]
    plain = " ".join(" ".join(lines).split())
    for pattern in _INTERNAL:
        plain = pattern.sub("…", plain)
    plain = "".join(letter for letter in plain if letter.isprintable())
    return plain[:_MAX_LENGTH].rstrip(" .")


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedAnswer("it is not JSON") from None
    if not isinstance(answer, dict):
        raise MalformedAnswer("it is not a JSON object")
    return answer


def _message(value: object) -> str:
    """The message in an error, in any form that FastAPI or OpenAI's error object has."""
    match value:
        case str():
            return value
        case {"loc": [*_, str() as field], "msg": str() as message}:
            return f"{field}: {message}"
        case {"message": str() as message} | {"msg": str() as message}:
            return message
        case list():
            return "; ".join(filter(None, map(_message, value[:4])))
        case _:
            return ""
