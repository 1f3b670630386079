"""Fetches the stored inputs of a job into its folder."""

from __future__ import annotations

from pathlib import Path

from vitascope.jobs.order import Order, cutout_name, input_name
from vitascope.spec import RenderSpec
from vitascope.store.blobs import Blobs


async def prepare(spec: RenderSpec, *, folder: Path, blobs: Blobs) -> Order:
    """Fetch the inputs and return the order for the child.

    Raises:
        MissingBlob: an input is not stored any more.
    """
    for index, one in enumerate(spec.inputs):
        await blobs.fetch(one.asset.key, folder / input_name(index, one.role))
    for index, character in enumerate(spec.characters):
        await blobs.fetch(character.cutout.key, folder / cutout_name(index))
    return Order(spec, str(folder))
