"""The durable workflow: draw, then publish, which is small and may be repeated without harm."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from dbos import DBOS, DBOSConfig, error
from dbos._dbos import _get_dbos_instance

from vitascope.jobs.queue import APPLICATION, WORKFLOW, WORKFLOW_VERSION
from vitascope.jobs.render import Outcome, Renderer
from vitascope.retry import retried
from vitascope.store.database import DATABASE_ERRORS, sync_url

T = TypeVar("T")

log = logging.getLogger(__name__)

_POLL_PATIENCE = 5.0  # one look into a queue takes milliseconds, unless the database is gone
_LOG_LEVEL = "ERROR"
# Recovery is limited by the row's own counters, which say so in the API; the durable engine's
# limit only catches what goes wrong before the row is claimed.
_MAX_RECOVERIES = 100
_REMEMBERED = timedelta(days=1)
_FORGOTTEN_AT_ONCE = 2000
"""Each minute: more than what 100 workers finish, and still a small transaction."""


def configure(database: str, executor_id: str) -> None:
    """Set DBOS up in this process, under an id that stays the same over restarts."""
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": sync_url(database).render_as_string(hide_password=False),
        "executor_id": executor_id,
        "application_version": WORKFLOW_VERSION,
        "run_migrations": False,
        "sys_db_pool_size": 4,
        "db_engine_kwargs": {"hide_parameters": True},
        "log_level": _LOG_LEVEL,
    }
    DBOS(config=config)


def register(renderer: Renderer) -> None:
    """Tell DBOS what the workflow does. To be called once, in the renderer's loop.

    DBOS runs workflows in a loop of its own. The work is done in the caller's, where the
    connections and the children live.
    """
    home = asyncio.get_running_loop()

    async def at_home(work: Coroutine[Any, Any, T]) -> T:
        try:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, home))
        except Exception:
            # The durable engine tries again without a word.
            log.exception("A step of a job failed; it is tried again a few times")
            raise

    @DBOS.step(
        name="draw",
        preemptible=True,
        retries_allowed=True,
        max_attempts=6,
        interval_seconds=1.0,
        backoff_rate=2.5,
    )
    async def draw(video_id: str) -> str:
        return msgspec.json.encode(await at_home(renderer.draw(video_id))).decode()

    @DBOS.step(
        name="publish",
        retries_allowed=True,
        max_attempts=20,
        interval_seconds=0.5,
        backoff_rate=1.6,
    )
    async def publish(video_id: str, outcome: str) -> None:
        await at_home(
            retried(
                lambda: renderer.publish(video_id, msgspec.json.decode(outcome, type=Outcome)),
                DATABASE_ERRORS,
                what=f"{video_id} can't be published",
            )
        )

    @DBOS.step(name="give_up", retries_allowed=True, max_attempts=20, interval_seconds=0.5)
    async def give_up(video_id: str) -> None:
        await at_home(renderer.give_up(video_id))

    @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=_MAX_RECOVERIES)
    async def render(video_id: str) -> None:
        try:
            await publish(video_id, await draw(video_id))
        except error.DBOSMaxStepRetriesExceeded:
            await give_up(video_id)


def launch(queues: list[str], poll_seconds: float) -> None:
    """Take up what this executor left behind, then new jobs from the queues.

    Args:
        queues: their names.
        poll_seconds: how often to look into each; kept in the database, for all that do.
    """
    # The library logs through its own handler; ours shows the same records in one form.
    logging.getLogger("dbos").propagate = False
    DBOS.listen_queues(queues)
    DBOS.launch()
    for queue in queues:
        DBOS.register_queue(
            queue,
            worker_concurrency=1,
            partition_worker_concurrency=1,
            polling_interval_sec=poll_seconds,
            on_conflict="always_update",
        )


def stop_taking() -> None:
    """Take no more jobs from the queues; what is taken already goes on. Returns when that is so."""
    # The events and the threads' names are private in this version, and a test of ours holds them:
    # the public way, `DBOS.destroy`, can hand nothing back any more once its patience is over.
    for event in _get_dbos_instance().background_thread_stop_events:
        event.set()
    for thread in threading.enumerate():
        if thread.name.startswith("queue-worker-"):
            thread.join(_POLL_PATIENCE)


def recover(executor_ids: list[str]) -> None:
    """Enqueue again what workers that are gone had taken up."""
    # Underscored in this version, and its own test holds it: the public way is a process started
    # under the dead worker's id, half a second of work for the same statement.
    DBOS._recover_pending_workflows(executor_ids)


def alive_among(video_ids: list[str]) -> set[str]:
    """Which of these jobs are queued or being worked on."""
    alive = DBOS.list_workflows(
        workflow_ids=video_ids,
        status=["ENQUEUED", "PENDING", "DELAYED"],
        load_input=False,
        load_output=False,
    )
    return {status.workflow_id for status in alive}


def forget_finished() -> None:
    """Delete what the durable engine keeps of jobs finished a day ago; the videos' rows stay.

    Without this its rows would be most of the database, and of no use to anybody.
    """
    before = datetime.now(UTC) - _REMEMBERED
    finished = DBOS.list_workflows(
        completed_before=before.isoformat(),
        status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
        application_name=APPLICATION,
        limit=_FORGOTTEN_AT_ONCE,
        load_input=False,
        load_output=False,
    )
    if finished:
        DBOS.delete_workflows([status.workflow_id for status in finished])
