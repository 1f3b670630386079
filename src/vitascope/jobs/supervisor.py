"""The supervisor's side of the engine process: starts it, sends orders, reads events, stops it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from typing import NoReturn

from vitascope.clip import HeldMemory
from vitascope.errors import JobError
from vitascope.jobs.order import (
    STOP,
    Done,
    Event,
    Failed,
    Note,
    Order,
    Progress,
    Ready,
    Stopped,
    event_from_line,
)
from vitascope.jobs.processes import engine_environment
from vitascope.model_settings import ModelSettings

_COMMAND = (sys.executable, "-m", "vitascope.jobs.child")
_LINE_LIMIT = 4 * 1024 * 1024
_EXIT_TIMEOUT = 2.0
_START_TIMEOUT = 600.0
"""Seconds without an event after which a loading child is killed; reading weights sends events."""
_STOP_TIMEOUT = 10.0
"""Seconds for an engine to stop by itself: about one step of a large model, and less than most take
to load."""


_TELL_OPERATOR = (
    "This is a fault of the server or of the model, not of the request: tell the server's "
    "operator, who finds the cause in the worker's log."
)
_NEEDS_LESS = "Its machine may lack memory for it: try a shorter or smaller video."
_IS_SLOW = (
    "Try a shorter or smaller video, or ask the server's operator to raise stall_timeout_seconds."
)


class EngineCrashed(Exception):
    """The child died, hung or sent an invalid message; the text is for the job's log.

    Attributes:
        advice: what the video's creator can do.
    """

    def __init__(self, what: str, advice: str = _TELL_OPERATOR) -> None:
        super().__init__(what)
        self.advice = advice


class EngineChild:
    """One child process with one warm engine.

    It starts when it is first needed and stays between orders. A stopped order keeps the model
    loaded. After any fault the child is killed, and the next order starts a new one.

    Attributes:
        memory: the memory that the loaded model takes; None where that is not known.
    """

    def __init__(
        self,
        model: ModelSettings,
        *,
        stall_timeout: float,
        environment: Sequence[str] = (),
        command: Sequence[str] = _COMMAND,
    ) -> None:
        """Describe the child.

        Args:
            model: what it draws with.
            stall_timeout: seconds without progress after which it is killed.
            environment: names of variables that it may see beside those of `environment`.
            command: how it is started.
        """
        self._command = (*command, "--model", model.to_json())
        self._stall_timeout = stall_timeout
        self._interruptible = model.interruptible
        self._environment = engine_environment(model, environment)
        self._busy = self._ready = False
        self.memory: HeldMemory | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return None if self._process is None else self._process.pid

    @property
    def busy(self) -> bool:
        """Whether it has an order that has not ended."""
        return self._busy

    async def warm_up(self) -> None:
        """Start the child, so that the first order does not wait for its imports.

        Raises:
            EngineCrashed: it did not get ready.
            JobError: it can't draw as the model is configured; another try would meet the same.
        """
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                await self._start()
            if not self._ready:  # a job that was cancelled meanwhile leaves it loading
                await self._get_ready()

    async def _start(self) -> None:
        self._ready = False
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
            env=self._environment,
            start_new_session=True,  # a group of its own, so that killing it leaves nothing behind
        )

    async def _get_ready(self) -> None:
        event = await self._next_event(_START_TIMEOUT)
        while isinstance(event, Note | Progress):  # weights being loaded
            event = await self._next_event(_START_TIMEOUT)
        if isinstance(event, Failed):
            await self.kill()
            raise JobError(event.code, event.message)
        if not isinstance(event, Ready):
            await self.kill()
            raise EngineCrashed(f"The engine's process began with {type(event).__name__}.")
        self._ready, self.memory = True, event.memory

    async def perform(self, order: Order) -> AsyncIterator[Event]:
        """Send the order and yield the child's events; the last one is Done or Failed.

        Raises:
            EngineCrashed: the child died, or showed no progress for the stall timeout.
            JobError: the engine can't be opened as the model is configured.
        """
        await self.warm_up()
        self._busy = True
        await self._send(order.to_line())
        while True:
            event = await self._next_event(self._stall_timeout)
            self._busy = not isinstance(event, Done | Failed)
            yield event
            if not self._busy:
                return

    async def stop(self, seconds: float = _STOP_TIMEOUT) -> None:
        """Stop the order and keep the model loaded, unless the engine does not stop in time.

        Args:
            seconds: after which the child is killed.
        """
        if not self._interruptible:
            await self.kill()
            return
        try:
            async with asyncio.timeout(seconds):
                await self._send(STOP)
                while self._busy:
                    event = await self._next_event(seconds)
                    self._busy = not isinstance(event, Done | Failed | Stopped)
        except (TimeoutError, EngineCrashed):
            await self.kill()

    async def _send(self, line: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            raise EngineCrashed("The engine's process is gone.")
        try:
            self._process.stdin.write(line)
            await self._process.stdin.drain()
        except ConnectionError:
            await self._died()

    async def _next_event(self, seconds: float) -> Event:
        if self._process is None or self._process.stdout is None:
            raise EngineCrashed("The engine's process is gone.")
        try:
            async with asyncio.timeout(seconds) as limit:
                line = await self._process.stdout.readline()
        except TimeoutError:
            if not limit.expired():
                raise
            await self.kill()
            raise EngineCrashed(
                f"The engine showed no progress for {seconds:g} seconds and was stopped.", _IS_SLOW
            ) from None
        except ValueError:
            line = b"(a line without end)\n"
        if not line:
            await self._died()
        try:
            return event_from_line(line)
        except ValueError as error:
            await self.kill()
            raise EngineCrashed(f"The engine's process sent an invalid message: {error}") from None

    async def _died(self) -> NoReturn:
        if self._process is not None:
            # It has closed its pipe. Its own exit status says more than that of a kill.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EXIT_TIMEOUT):
                    await self._process.wait()
        code = await self.kill()
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
        advice = _NEEDS_LESS if code == -signal.SIGKILL else _TELL_OPERATOR
        raise EngineCrashed(f"The engine's process ended with {how}.", advice)

    async def kill(self) -> int:
        """Kill the child and its processes; returns the exit status, 0 if there was no child."""
        self._busy = self._ready = False
        self.memory = None
        process, self._process = self._process, None
        if process is None:
            return 0
        # The group, even if its leader is dead, because it may have left processes.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        except PermissionError:  # macOS says so of a group of zombies
            process.kill()
        return await process.wait()
