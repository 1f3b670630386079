"""Looks at every job after a fault, and counts what became of it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from installation import Installation
from verdicts import Verdict

VARIANTS = {"video", "thumbnail", "spritesheet"}
Row = Mapping[str, Any]


def examine(
    place: Installation,
    fault: str,
    *,
    since: float,
    may_fail: Sequence[str] = (),
    note: str = "",
) -> Verdict:
    """Let the installation settle, sweep it, and count the jobs it took since the last time.

    Args:
        place: where the fault struck.
        fault: its name in the table.
        since: when it was over, in unix seconds.
        may_fail: codes with which jobs may fail here; any other failure is a loss.
        note: for the table's last column.
    """
    place.settle()
    place.sweep()
    stored = place.stored()
    rows = {row["id"]: row for row in place.ask("SELECT * FROM videos")}
    jobs = place.created.keys() - place.examined
    place.examined |= jobs
    fates = Counter(_fate(place, job, rows.get(job), stored, may_fail) for job in jobs)
    return Verdict(
        fault=fault,
        database=place.backing.name,
        jobs=len(jobs),
        completed=fates["completed"],
        failed=fates["failed"],
        lost=fates["lost"],
        doubled=len(_doubled(place, rows, stored)),
        orphans=len(stored.keys() - _owned(rows)),
        recovery=max(0.0, place.journal()[-1]["at"] - since),
        note=note,
    )


def _fate(
    place: Installation,
    job: str,
    row: Row | None,
    stored: Mapping[str, str],
    may_fail: Sequence[str],
) -> str:
    if row is not None and row["status"] == "completed" and _whole(place, row, stored):
        return "completed"
    if row is not None and row["status"] == "failed":
        told = place.retrieve(job)["error"]
        if told["code"] in may_fail and told["message"].endswith("."):
            return "failed"
    return "lost"


def _whole(place: Installation, row: Row, stored: Mapping[str, str]) -> bool:
    """Whether what is stored, and what the API gives out, is what the row says."""
    assets = _assets(row)
    download = place.download(row["id"])
    return (
        assets.keys() == VARIANTS
        and all(stored.get(asset["key"]) == asset["digest"] for asset in assets.values())
        and hashlib.sha256(download).hexdigest() == assets["video"]["digest"]
    )


def _doubled(place: Installation, rows: Mapping[str, Row], stored: Mapping[str, str]) -> set[str]:
    """Videos that were published twice, of which two attempts are stored, or that nobody made."""
    published = Counter(
        entry["video_id"] for entry in place.journal() if entry["status"] == "completed"
    )
    attempts = Counter(video for video, _attempt in {_attempt_of(key) for key in stored})
    twice = {job for count in (published, attempts) for job, n in count.items() if n > 1}
    return twice | (rows.keys() - place.created.keys())


def _attempt_of(key: str) -> tuple[str, str]:
    _kind, video, attempt, *_name = key.split("/")
    return video, attempt


def _owned(rows: Mapping[str, Row]) -> set[str]:
    return {asset["key"] for row in rows.values() for asset in _assets(row).values()}


def _assets(row: Row) -> dict[str, Any]:
    assets = row["assets"]
    return dict(json.loads(assets) if isinstance(assets, str) else assets)
