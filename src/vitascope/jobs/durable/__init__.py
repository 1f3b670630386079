"""The durable engine: DBOS carries jobs to workers and delivers them again after a crash.

No other code imports DBOS or touches its tables, which share the database with ours. The names of
DBOS that are used here and not public are held by `tests/integration/test_dbos_contract.py`.
"""

from vitascope.jobs.durable.engine import UNUSED_THREADS, DurableEngine, JobSteps
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
    "UNUSED_THREADS",
    "WORKFLOW",
    "WORKFLOW_VERSION",
    "DbosTransport",
    "DurableEngine",
    "JobSteps",
    "adopt",
    "held_jobs",
    "holders",
    "unfinished_versions",
    "upgrade",
]
