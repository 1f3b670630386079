"""A worker whose renderer only keeps a diary: DATABASE EXECUTOR VERSION FOLDER [LIMITS].

It draws for as long as FOLDER/hold-EXECUTOR exists, notes `drawn` and `published` in FOLDER/diary,
and answers questions on stdin, one JSON object a line. LIMITS is a JSON object: the most jobs that
a project may have running, by its name.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from vitascope.jobs import shares, workflow
from vitascope.jobs.render import Outcome, RenderResult
from vitascope.spec import Asset, FrameRate, Size

database, executor, version, folder, *limits = sys.argv[1:]


class Diarist:
    """Stands for the renderer."""

    async def draw(self, video_id):
        note("drawing", video_id)
        await asyncio.to_thread(be_held)
        note("drawn", video_id)
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
        note("published", video_id, outcome.result.assets["video"].key)

    async def give_up(self, video_id):
        note("given up", video_id)


def be_held():
    while (Path(folder) / f"hold-{executor}").exists():
        time.sleep(0.02)


def note(*words):
    with (Path(folder) / "diary").open("a", encoding="utf-8") as diary:
        diary.write(" ".join((executor, *words)) + "\n")


async def main():
    workflow.WORKFLOW_VERSION = version
    workflow.configure(database, executor)
    workflow.register(Diarist())
    if limits:
        shares.limit_running(json.loads(limits[0]).get)
    await asyncio.to_thread(workflow.launch, ["shadowplay"], 0.1)
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        question, ids = json.loads(line)
        about = [] if ids is None else [ids]
        answer = await asyncio.to_thread(getattr(workflow, question), *about)
        print(json.dumps(sorted(answer or [])), flush=True)


asyncio.run(main())
