"""`vitascope worker`: a worker for the same database and object store, on any host."""

from __future__ import annotations

from vitascope import config
from vitascope.cli.common import ConfigFile, DataDir
from vitascope.jobs.worker import run
from vitascope.logs import set_up_logging
from vitascope.store import schema


def worker(
    *,
    config_file: ConfigFile = None,
    data_dir: DataDir = None,
    models: str | None = None,
    drain_seconds: float | None = None,
    number: int | None = None,
) -> None:
    """Take jobs and render them, one at a time. SIGTERM drains; a second one ends at once.

    Args:
        models: Names of the models to serve, with commas between them (default: all configured).
        drain_seconds: How long to continue a job after SIGTERM (default 30).
        number: Number of this worker on this machine; the first free one by default.
    """
    set_up_logging()
    settings = config.load(
        config_file, data_dir=data_dir, serve_models=models, drain_seconds=drain_seconds
    )
    schema.require_current(settings.database)
    run(settings, number=number)
