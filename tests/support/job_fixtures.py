"""Short ways to write a job specification, a render job and a video row."""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec

from vitascope.clip import InputFile, RenderJob
from vitascope.jobs.order import Note, Order
from vitascope.jobs.prepare import Uploads
from vitascope.limits import UploadSettings
from vitascope.spec import DEFAULT_FPS, RenderSpec, Sampling, Size
from vitascope.video import Video, new_id

_SAMPLING = set(Sampling.__struct_fields__)


def a_spec(*, size: str | Size = "720x1280", seconds: float = 4, **changes: Any) -> RenderSpec:
    """A specification of a new film; sampling parameters may be given flat."""
    sampling = {name: changes.pop(name) for name in _SAMPLING & set(changes)}
    fps = changes.get("fps", DEFAULT_FPS)
    spec = RenderSpec(
        prompt="A fox",
        model="sora-2",
        seed=7,
        size=Size.parse(size) if isinstance(size, str) else Size(*size),
        frames=fps.frames_in(seconds),
        sampling=Sampling(**sampling),
    )
    return msgspec.structs.replace(spec, **changes)


def a_job(
    *,
    source: Path | None = None,
    first_frame: Path | None = None,
    characters: tuple = (),
    frames: int | None = None,
    start: float = 0.0,
    **changes: Any,
) -> RenderJob:
    """A job that renders `frames` frames, or `seconds`, from `start` seconds on."""
    spec = a_spec(**changes)
    first = spec.fps.frames_in(start)
    count = spec.frames if frames is None else frames
    spec = msgspec.structs.replace(spec, start=first, frames=first + count)
    inputs = () if first_frame is None else (InputFile("first_frame", first_frame),)
    return RenderJob(spec=spec, inputs=inputs, characters=tuple(characters), source=source)


def a_video(*, project: str = "default", now: float = 1000.0, **changes: Any) -> Video:
    """A queued video; what is no field of a row goes into its specification."""
    own = {name: changes.pop(name) for name in set(Video.__struct_fields__) & set(changes)}
    own.setdefault("spec", a_spec(**changes))
    row = {"id": new_id("video"), "created_at": now, "queue": "shadowplay", **own}
    return Video(project=project, **row)


def decoded(spec: RenderSpec, folder: Path, log: Any) -> Order:
    """The order of a specification whose inputs lie in the folder, with its uploads decoded."""
    uploads = Uploads(Order(spec, str(folder)), UploadSettings())

    async def drain() -> None:
        async with aclosing(uploads.decode()) as events:
            async for event in events:
                if isinstance(event, Note):
                    log.note(event.text)

    asyncio.run(drain())
    return uploads.order
