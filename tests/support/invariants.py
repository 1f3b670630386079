"""What must hold for every job after a fault: none lost, none doubled, no file without an owner."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fault_results import FaultResult
from installation import Installation

VARIANTS = {"video", "thumbnail", "spritesheet"}
Row = Mapping[str, Any]


def check_jobs(
    installation: Installation,
    fault: str,
    *,
    since: float,
    may_fail: Sequence[str] = (),
    note: str = "",
) -> FaultResult:
    """Wait until all jobs have ended, collect garbage, and count the jobs since the last check.

    Args:
        installation: where the fault was injected.
        fault: its name in the table.
        since: when it ended, in unix seconds.
        may_fail: error codes that jobs may fail with here; any other failure is a lost job.
        note: for the table's last column.
    """
    installation.wait_until_idle()
    installation.collect_garbage()
    stored = installation.stored()
    rows = {row["id"]: row for row in installation.query("SELECT * FROM videos")}
    jobs = installation.created.keys() - installation.checked
    installation.checked |= jobs
    outcomes = Counter(_outcome(installation, rows.get(job), stored, may_fail) for job in jobs)
    return FaultResult(
        fault=fault,
        database=installation.backing.name,
        jobs=len(jobs),
        completed=outcomes["completed"],
        failed=outcomes["failed"],
        lost=outcomes["lost"],
        doubled=len(_doubled(installation, rows, stored)),
        orphans=len(stored.keys() - _owned(rows)),
        recovery=max(0.0, installation.journal()[-1]["at"] - since),
        note=note,
    )


def _outcome(
    installation: Installation, row: Row | None, stored: Mapping[str, str], may_fail: Sequence[str]
) -> str:
    if row is None:
        return "lost"
    if row["status"] == "completed" and _is_intact(installation, row, stored):
        return "completed"
    if row["status"] == "failed":
        error = installation.retrieve(row["id"])["error"]
        if error["code"] in may_fail and error["message"].endswith("."):
            return "failed"
    return "lost"


def _is_intact(installation: Installation, row: Row, stored: Mapping[str, str]) -> bool:
    """Whether the stored files and the download are what the row says."""
    assets = _assets(row)
    download = installation.download(row["id"])
    return (
        assets.keys() == VARIANTS
        and all(stored.get(asset["key"]) == asset["digest"] for asset in assets.values())
        and hashlib.sha256(download).hexdigest() == assets["video"]["digest"]
    )


def _doubled(
    installation: Installation, rows: Mapping[str, Row], stored: Mapping[str, str]
) -> set[str]:
    """Videos published twice, stored for two attempts, or that no request created."""
    published = Counter(
        entry["video_id"] for entry in installation.journal() if entry["status"] == "completed"
    )
    attempts = Counter(video for video, _attempt in {_attempt_of(key) for key in stored})
    twice = {job for count in (published, attempts) for job, n in count.items() if n > 1}
    return twice | (rows.keys() - installation.created.keys())


def _attempt_of(key: str) -> tuple[str, str]:
    _kind, video, attempt, *_name = key.split("/")
    return video, attempt


def _owned(rows: Mapping[str, Row]) -> set[str]:
    return {asset["key"] for row in rows.values() for asset in _assets(row).values()}


def _assets(row: Row) -> dict[str, Any]:
    assets = row["assets"]
    return dict(json.loads(assets) if isinstance(assets, str) else assets)
