"""Casting: has a short-lived process cut a figure out of a clip, and waits for it.

A front door like `jobs.queue`: the caller's process loads no codec.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitascope.errors import JobError

_PATIENCE = 60.0
_AT_ONCE = asyncio.Semaphore(2)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cutouts:
    """A figure's pictures, PNG with transparency and best first, and its main colours."""

    pictures: tuple[Path, ...]
    palette: tuple[str, ...]


@asynccontextmanager
async def cut_out(film: Path, scratch: Path) -> AsyncIterator[Cutouts]:
    """Cut the figure out; the pictures are gone when the context ends.

    Raises:
        JobError: `invalid_video`; it is no film that can be used.
    """
    folder = Path(tempfile.mkdtemp(prefix="casting-", dir=scratch))
    try:
        async with _AT_ONCE:
            told = await _run(film, folder)
        if error := told.get("error"):
            raise JobError(error["code"], error["message"])
        pictures = tuple(folder / name for name in told["files"])
        yield Cutouts(pictures, tuple(told["palette"]))
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _run(film: Path, folder: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "vitascope.media.cutout",
        str(film),
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), _PATIENCE)
        told: dict[str, Any] = json.loads(out)
    except (TimeoutError, ValueError):
        log.warning("The casting process came to no result (exit status %s)", process.returncode)
        raise JobError(
            "invalid_video", "The video can't be used: it could not be read to its end."
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return told
