"""Prepares an order: a video's row and its stored inputs become local files, then a shot."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from vitascope.config import UploadSettings
from vitascope.jobs.decoding import Kind, Task, decode
from vitascope.jobs.order import DECODED, Decoded, Event, Order
from vitascope.shot import FPS, Character, Shot, Size
from vitascope.store.blobs import Blobs
from vitascope.video import ADDED_SECONDS, Video

CAST = "characters"
"""The option that describes the characters; their pictures are inputs `character-0` and on."""


_UPLOADED: dict[str, Kind] = {"upload": "film", "input_reference": "picture"}
"""Input roles that hold what strangers sent, and what is made of it."""


async def fetch_inputs(video: Video, *, folder: Path, blobs: Blobs) -> dict[str, Path]:
    """Bring the inputs into the job's folder, by role.

    Raises:
        MissingBlob: an input is not stored any more.
    """
    inputs = {role: folder / f"in-{role}" for role in video.inputs}
    for role, path in inputs.items():
        await blobs.fetch(video.inputs[role].key, path)
    return inputs


class Uploads:
    """Replaces what strangers sent, among a job's inputs, by files that were made here.

    Attributes:
        inputs: by role. A film that was uploaded becomes the `source`.
    """

    def __init__(self, video: Video, inputs: dict[str, Path], limits: UploadSettings) -> None:
        self.inputs = inputs
        self._video = video
        self._limits = limits
        self._film: dict[str, Any] = {}

    async def decode(self) -> AsyncGenerator[Event]:
        """Decode them one by one, each in a process of its own, and yield how far that is.

        Raises:
            JobError, DecoderKilled: as from `decode`.
        """
        for role in self.inputs.keys() & _UPLOADED.keys():
            source = self.inputs.pop(role)
            folder = source.with_name(f"decoded-{role}")
            task = Task.of(
                _UPLOADED[role],
                source,
                folder,
                self._limits,
                previews=self._video.task == "extend",
            )
            async with aclosing(decode(task)) as events:
                async for event in events:
                    if not isinstance(event, Decoded):
                        yield event
                    elif role == "upload":
                        self._film = event.facts
            made = {name: folder / file for name, file in DECODED.items()}
            self.inputs |= {name: path for name, path in made.items() if path.is_file()}
            source.unlink()

    def order(self, folder: Path) -> Order:
        """The order, once all is decoded."""
        shot = _shot(self._video, self.inputs)
        if self._film and shot.task != "extend":  # an extension is as long as was asked for
            size, frames = Size(*self._film["size"]), int(self._film["frames"])
            shot = replace(shot, size=size, frames=frames)
        return Order(
            shot=shot,
            folder=folder,
            thumbnail=self.inputs.get("source_thumbnail"),
            spritesheet=self.inputs.get("source_spritesheet"),
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
