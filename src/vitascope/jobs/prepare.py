"""Preparation: fetches the stored inputs of a job into its folder and has uploads decoded."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import msgspec

from vitascope.jobs.decode_task import Kind, Task
from vitascope.jobs.decoding import decode
from vitascope.jobs.order import (
    FILES,
    PICTURE,
    SOUND,
    SOURCE,
    DecodedFilm,
    DecodedPicture,
    DecodedSound,
    Event,
    Order,
    cutout_name,
    input_name,
)
from vitascope.limits import UploadSettings
from vitascope.spec import STILL_ROLES, Input, InputRole, RenderSpec
from vitascope.store.blobs import Blobs

_UPLOADED: dict[InputRole, Kind] = {
    "uploaded_video": "film",
    **dict.fromkeys(STILL_ROLES, "picture"),
    "reference_image": "reference",
    "reference_video": "film",
    "control_video": "film",
    "audio": "sound",
}
"""The roles of inputs that clients upload, and the kind of each."""


async def prepare(spec: RenderSpec, *, folder: Path, blobs: Blobs) -> Order:
    """Fetch the inputs; the uploads among them are not decoded yet.

    Raises:
        MissingBlob: an input is not stored any more.
    """
    for index, one in enumerate(spec.inputs):
        await blobs.fetch(one.asset.key, folder / input_name(index, one.role))
    for index, character in enumerate(spec.characters):
        await blobs.fetch(character.cutout.key, folder / cutout_name(index))
    return Order(spec, str(folder))


class Uploads:
    """Replaces the uploaded inputs of an order by decoded ones.

    Attributes:
        order: for the engine, once all uploads are decoded. An uploaded film is the source film
            then, with previews if it is extended.
    """

    def __init__(self, order: Order, limits: UploadSettings) -> None:
        self.order = order
        self._limits = limits

    @property
    def are_left(self) -> bool:
        """Whether any input is still to be decoded."""
        return any(one.role in _UPLOADED for one in self.order.spec.inputs)

    async def decode(self) -> AsyncGenerator[Event]:
        """Decode the uploads one after the other, each in a process of its own.

        Yields:
            progress and notes.

        Raises:
            JobError, DecoderKilled, OSError: as from `decode`.
        """
        for index, one in enumerate(self.order.spec.inputs):
            kind = _UPLOADED.get(one.role)
            if kind is None:
                continue
            upload = self.order.path(input_name(index, one.role))
            task = Task(
                kind=kind,
                source=upload,
                folder=self.order.path(f"decoded-{index}"),
                limits=self._limits,
                previews=one.role == "uploaded_video" and self.order.spec.task == "extend",
            )
            async with aclosing(decode(task)) as events:
                async for event in events:
                    match event:
                        case DecodedFilm() if one.role == "uploaded_video":
                            upload.unlink()
                            self._take_film(index, one, task, event)
                        case DecodedFilm():
                            (task.folder / SOURCE).replace(upload)
                        case DecodedSound():
                            (task.folder / SOUND).replace(upload)
                        case DecodedPicture():
                            (task.folder / PICTURE).replace(upload)
                        case _:
                            yield event

    def _take_film(self, index: int, upload: Input, task: Task, film: DecodedFilm) -> None:
        (task.folder / SOURCE).replace(self.order.path(SOURCE))
        inputs = list(self.order.spec.inputs)
        inputs[index] = Input("source_video", upload.asset)
        if task.previews:
            previews: dict[InputRole, str] = {
                "source_thumbnail": FILES["thumbnail"],
                "source_spritesheet": FILES["spritesheet"],
            }
            for role, name in previews.items():
                path = self.order.path(input_name(len(inputs), role))
                (task.folder / name).replace(path)
                inputs.append(Input(role, upload.asset))
        spec = msgspec.structs.replace(self.order.spec, inputs=tuple(inputs))
        if spec.task != "extend":  # the engine process measures a film that it extends
            spec = msgspec.structs.replace(
                spec, size=film.size, start=0, frames=film.frames, fps=film.fps
            )
        self.order = Order(spec, self.order.folder)
