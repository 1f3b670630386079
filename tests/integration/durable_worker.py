"""A worker with a fake renderer, in a process of its own.

The renderer takes as long as FOLDER/hold-EXECUTOR exists and appends each step to FOLDER/events.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from vitascope.jobs.artifacts import Outcome, RenderResult
from vitascope.jobs.durable import WORKFLOW_VERSION
from vitascope.jobs.durable import engine as module
from vitascope.jobs.durable.engine import DurableEngine
from vitascope.spec import Asset, FrameRate, Size

# A process is forked from one that has imported these: importing takes most of a start.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["vitascope.jobs.artifacts", "vitascope.jobs.durable.engine"])


class DurableWorker:
    """One worker process; its name is its executor id."""

    def __init__(
        self,
        database: str,
        name: str,
        folder: Path,
        *,
        version: str = WORKFLOW_VERSION,
        limits: Mapping[str, int] | None = None,
        poll_seconds: float = 0.1,
    ) -> None:
        """Start; see `ready`.

        Args:
            database: its URL.
            name: the executor's.
            folder: of the events and of the files that hold renderers.
            version: of the workflow.
            limits: the number of running jobs that a project may have, by project.
            poll_seconds: between two searches for jobs.
        """
        self._pipe, theirs = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(
            target=_run,
            args=(theirs, database, name, folder, version, dict(limits or {}), poll_seconds),
        )
        self._process.start()
        theirs.close()

    def ready(self) -> Self:
        """Wait until it takes jobs."""
        assert self._pipe.recv() == "ready"
        return self

    def call(self, function: str, ids: list[str] | None = None) -> list[str]:
        """Call a function of its durable engine; what it returns, in order."""
        self._pipe.send((function, ids))
        answer: list[str] = self._pipe.recv()
        return answer

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, signum: int) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, signum)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()


class FakeRenderer:
    """Records what the workflow asks for."""

    def __init__(self, executor: str, folder: Path) -> None:
        self._executor = executor
        self._folder = folder

    async def draw(self, video_id: str) -> Outcome:
        self._record("drawing", video_id)
        await asyncio.to_thread(self._wait_while_held)
        self._record("drawn", video_id)
        asset = Asset(self._executor, 1, "00", "video/mp4")
        result = RenderResult(
            assets={"video": asset},
            size=Size(64, 64),
            frames=1,
            fps=FrameRate(24),
            scripted=True,
        )
        return Outcome(1, result)

    async def publish(self, video_id: str, outcome: Outcome) -> None:
        assert outcome.attempt == 1
        assert outcome.result is not None
        self._record("published", video_id, outcome.result.assets["video"].key)

    async def give_up(self, video_id: str) -> None:
        self._record("given up", video_id)

    def _wait_while_held(self) -> None:
        while (self._folder / f"hold-{self._executor}").exists():
            time.sleep(0.02)

    def _record(self, *words: str) -> None:
        with (self._folder / "events").open("a", encoding="utf-8") as events:
            events.write(" ".join((self._executor, *words)) + "\n")


def _run(pipe: Connection, *arguments: Any) -> None:
    asyncio.run(_serve(pipe, *arguments))


async def _serve(
    pipe: Connection,
    database: str,
    name: str,
    folder: Path,
    version: str,
    limits: dict[str, int],
    poll_seconds: float,
) -> None:
    module.WORKFLOW_VERSION = version
    engine = DurableEngine(database, name)
    await asyncio.to_thread(
        engine.start,
        FakeRenderer(name, folder),
        Outcome,
        ["shadowplay"],
        loop=asyncio.get_running_loop(),
        limit_of=limits.get,
        poll_seconds=poll_seconds,
    )
    pipe.send("ready")
    while True:
        function, ids = await asyncio.to_thread(pipe.recv)
        call = _thread_names if function == "threads" else getattr(engine, function)
        answer = await asyncio.to_thread(call, *([] if ids is None else [ids]))
        pipe.send(sorted(answer or []))


def _thread_names() -> list[str]:
    return [thread.name for thread in threading.enumerate()]
