"""`vitascope log`: what was noted while a video was made."""

from __future__ import annotations

import asyncio
from datetime import datetime

from vitascope import config
from vitascope.cli.options import ConfigFile, DataDir
from vitascope.store import schema
from vitascope.store.database import open_database
from vitascope.store.records import JobLog


def log(video_id: str, /, *, config_file: ConfigFile = None, data_dir: DataDir = None) -> None:
    """Print a job's log: words the engine had no use for, crashes, retries.

    Args:
        video_id: The video's id.
    """
    settings = config.load(config_file, data_dir=data_dir)
    schema.require_current(settings.database)

    async def read() -> list[tuple[float, str]]:
        database = open_database(settings.database)
        try:
            return await JobLog(database).read(video_id)
        finally:
            await database.dispose()

    for moment, message in asyncio.run(read()):
        print(f"{datetime.fromtimestamp(moment).astimezone():%Y-%m-%d %H:%M:%S}  {message}")
