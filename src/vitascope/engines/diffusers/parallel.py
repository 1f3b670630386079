"""Several GPUs for one film: a process for each, which all draw it, each a part of every step.

Context parallelism (Ulysses): the sequence of every attention is split over the devices. The engine
is rank 0; the others load the same model, are told every job, and throw away what they drew.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed

from vitascope.clip import RenderJob
from vitascope.engines.diffusers.clip import ClipGenerator
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.errors import JobError

_COMMAND = (sys.executable, "-m", "vitascope.engines.diffusers.parallel")
_PATIENCE = timedelta(days=365)
"""How long a rank waits for the next job; what hangs is found by the worker's watchdog."""


class Company:
    """Rank 0's hold on the others. They end with this process, whose group they are in."""

    def __init__(self, model: DiffusersSettings, command: Sequence[str] = _COMMAND) -> None:
        """Start the others and meet them.

        Raises:
            JobError: `device_unavailable`; there are not so many GPUs.
        """
        there = torch.accelerator.device_count()
        if there < model.gpus:
            raise JobError(
                "device_unavailable",
                f"The model is configured for {model.gpus} GPUs, and this machine has {there}. "
                "Correct the model's `gpus`.",
            )
        store = Path(tempfile.mkdtemp(prefix="vitascope-ranks-")) / "store"
        told = model.model_dump_json(exclude_unset=True)
        self._others = [
            subprocess.Popen(
                [*command, "--model", told, "--rank", str(rank), "--store", str(store)],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
            )
            for rank in range(1, model.gpus)
        ]
        _join(0, model, store)

    def tell(self, job: RenderJob) -> None:
        """Have the others draw a job too."""
        torch.distributed.broadcast_object_list([job], src=0, device=torch.device("cpu"))

    def close(self) -> None:
        """End the others."""
        torch.distributed.destroy_process_group()
        for process in self._others:
            process.kill()
            process.wait()


def of_rank(model: DiffusersSettings, rank: int) -> DiffusersSettings:
    """The model's table on the rank's own device."""
    return model.model_copy(update={"device": f"cuda:{rank}"}) if _on_cuda(model) else model


def _on_cuda(model: DiffusersSettings) -> bool:
    return model.device is None or model.device.startswith("cuda")


def _join(rank: int, model: DiffusersSettings, store: Path) -> None:
    backend = "cpu:gloo"
    if _on_cuda(model):
        torch.cuda.set_device(rank)
        backend = "cpu:gloo,cuda:nccl"
    torch.distributed.init_process_group(
        backend,
        init_method=store.as_uri(),
        rank=rank,
        world_size=model.gpus,
        timeout=_PATIENCE,
    )


class _Silence:
    """A reporter for those whose progress nobody asks for."""

    def phase(self, name: str, done: float, total: float) -> None:
        """Nobody asks."""

    def note(self, message: str) -> None:
        """Nobody asks."""


def _draw_along(model: DiffusersSettings) -> None:
    """Draw every job that rank 0 draws."""
    loaded = LoadedModel(model)
    while True:
        told: list[RenderJob] = [None]  # type: ignore[list-item]  # filled by rank 0
        torch.distributed.broadcast_object_list(told, src=0, device=torch.device("cpu"))
        try:
            for _ in ClipGenerator(loaded, told[0], _Silence()).frames():
                pass
        except JobError:
            continue  # rank 0 meets the same, and says so


def main(arguments: Sequence[str] | None = None) -> None:
    """Be another rank than 0, until rank 0 is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, type=DiffusersSettings.model_validate_json)
    parser.add_argument("--rank", required=True, type=int)
    parser.add_argument("--store", required=True, type=Path)
    given = parser.parse_args(arguments)
    model: DiffusersSettings = given.model
    _join(given.rank, model, given.store)
    _draw_along(of_rank(model, given.rank))


if __name__ == "__main__":
    main()
