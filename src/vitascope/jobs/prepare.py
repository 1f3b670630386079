"""Prepares an order: a video's row and its stored inputs become a shot and local files."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from vitascope.jobs.order import Order
from vitascope.shot import FPS, Character, Shot, Size
from vitascope.store.blobs import Blobs
from vitascope.video import ADDED_SECONDS, Video

CAST = "characters"
"""The option that describes the characters; their pictures are inputs `character-0` and on."""


async def prepare(video: Video, *, folder: Path, blobs: Blobs) -> Order:
    """Fetch the inputs into the job's folder and say what is to be made of them.

    Raises:
        MissingBlob: an input is not stored any more.
    """
    inputs = {role: folder / f"in-{role}" for role in video.inputs}
    for role, path in inputs.items():
        await blobs.fetch(video.inputs[role].key, path)
    return Order(
        shot=_shot(video, inputs),
        folder=folder,
        upload=inputs.get("upload"),
        thumbnail=inputs.get("source_thumbnail"),
        spritesheet=inputs.get("source_spritesheet"),
    )


def _shot(video: Video, inputs: dict[str, Path]) -> Shot:
    options = dict(video.options)
    cast = options.pop(CAST, [])
    added = options.pop(ADDED_SECONDS, None)
    seconds = video.seconds if added is None else added
    return Shot(
        prompt=video.prompt,
        size=Size.parse(video.size),
        seconds=math.ceil(seconds),
        frames=round(seconds * FPS),
        seed=video.seed,
        model=video.model,
        task=video.task,
        start=0.0 if added is None else video.seconds - added,
        reference=inputs.get("input_reference"),
        script=(video.script or ())[:-1],
        source=inputs.get("source"),
        characters=_cast(cast, inputs),
        **options,
    )


def _cast(cast: list[dict[str, Any]], inputs: dict[str, Path]) -> tuple[Character, ...]:
    return tuple(
        Character(one["name"], inputs[f"character-{index}"], tuple(one["palette"]))
        for index, one in enumerate(cast)
    )
