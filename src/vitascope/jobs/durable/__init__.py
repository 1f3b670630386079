"""The durable engine: DBOS carries jobs to workers and delivers them again after a crash.

No other code imports DBOS or touches its tables, which share the database with ours. The names of
DBOS that are used here and not public are held by `tests/integration/test_dbos_contract.py`.

`engine` is the worker's side and loads DBOS. An API process starts without it.
"""

from vitascope.jobs.durable.records import (
    APPLICATION,
    WORKFLOW,
    WORKFLOW_VERSION,
    DbosTransport,
    adopt,
    held_jobs,
    holders,
    unfinished_versions,
    upgrade,
)

__all__ = [
    "APPLICATION",
    "WORKFLOW",
    "WORKFLOW_VERSION",
    "DbosTransport",
    "adopt",
    "held_jobs",
    "holders",
    "unfinished_versions",
    "upgrade",
]
