"""A worker with a fake renderer: DATABASE EXECUTOR VERSION FOLDER [LIMITS [POLL_SECONDS]].

The renderer takes as long as FOLDER/hold-EXECUTOR exists and appends each step to FOLDER/events.
The process calls its durable engine for each line of JSON on stdin. LIMITS is a JSON object: the
number of running jobs that a project may have, by project.
"""

import asyncio
import json
import sys
import threading
import time
from pathlib import Path

from vitascope.jobs.artifacts import Outcome, RenderResult
from vitascope.jobs.durable import engine as module
from vitascope.jobs.durable.engine import DurableEngine
from vitascope.spec import Asset, FrameRate, Size

database, executor, version, folder, *more = sys.argv[1:]
limits = json.loads(more[0]) if more else {}
poll_seconds = float(more[1]) if more[1:] else 0.1


class FakeRenderer:
    """Records what the workflow asks for."""

    async def draw(self, video_id):
        record("drawing", video_id)
        await asyncio.to_thread(wait_while_held)
        record("drawn", video_id)
        asset = Asset(executor, 1, "00", "video/mp4")
        result = RenderResult(
            assets={"video": asset},
            size=Size(64, 64),
            frames=1,
            fps=FrameRate(24),
            scripted=True,
        )
        return Outcome(1, result)

    async def publish(self, video_id, outcome):
        assert outcome.attempt == 1
        record("published", video_id, outcome.result.assets["video"].key)

    async def give_up(self, video_id):
        record("given up", video_id)


def thread_names():
    return [thread.name for thread in threading.enumerate()]


def wait_while_held():
    while (Path(folder) / f"hold-{executor}").exists():
        time.sleep(0.02)


def record(*words):
    with (Path(folder) / "events").open("a", encoding="utf-8") as events:
        events.write(" ".join((executor, *words)) + "\n")


async def main():
    module.WORKFLOW_VERSION = version
    engine = DurableEngine(database, executor)
    await asyncio.to_thread(
        engine.start,
        FakeRenderer(),
        Outcome,
        ["shadowplay"],
        loop=asyncio.get_running_loop(),
        limit_of=limits.get,
        poll_seconds=poll_seconds,
    )
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        name, ids = json.loads(line)
        arguments = [] if ids is None else [ids]
        function = thread_names if name == "threads" else getattr(engine, name)
        answer = await asyncio.to_thread(function, *arguments)
        print(json.dumps(sorted(answer or [])), flush=True)


asyncio.run(main())
