"""Splitting: the denoisers' sequences over several devices (context parallelism by Ulysses)."""

from __future__ import annotations

from diffusers import ContextParallelConfig

from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.errors import JobError


def split(pipelines: Pipelines, count: int) -> None:
    """Let the denoisers work on their rank's part of the sequence only.

    Raises:
        JobError: `gpus_unsupported`; diffusers has no plan for splitting this model.
    """
    for part in pipelines.transformers:
        if getattr(part, "_cp_plan", None) is None:
            raise JobError(
                "gpus_unsupported",
                f"{type(part).__name__} can't be split over several GPUs. Leave out the model's "
                "`gpus`, or serve it by an `upstream` engine.",
            )
        # "Anything": neither heads nor sequences need be multiples of the number of devices.
        part.enable_parallelism(
            config=ContextParallelConfig(ulysses_degree=count, ulysses_anything=True)
        )
