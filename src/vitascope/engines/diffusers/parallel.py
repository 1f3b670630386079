"""Several GPUs for one film: one process (rank) for each GPU.

Context parallelism (Ulysses): the sequence of every attention is split over the devices. The engine
is rank 0. It sends every job to the other ranks, which load the same model and discard the frames.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
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
_TIMEOUT = timedelta(days=365)
"""How long a rank waits for the next job; the worker's watchdog detects ranks that hang."""


class RankGroup:
    """Rank 0's handle on the other ranks, which end with its process group."""

    def __init__(self, model: DiffusersSettings, command: Sequence[str] = _COMMAND) -> None:
        """Start the other ranks and connect to them.

        Raises:
            JobError: `device_unavailable`; there are too few GPUs.
        """
        available = torch.accelerator.device_count()
        if available < model.gpus:
            raise JobError(
                "device_unavailable",
                f"The model is configured for {model.gpus} GPUs, and this machine has {available}. "
                "Correct the model's `gpus`.",
            )
        store = Path(tempfile.mkdtemp(prefix="vitascope-ranks-")) / "store"
        table = model.model_dump_json(exclude_unset=True)
        self._others = [
            subprocess.Popen(
                [*command, "--model", table, "--rank", str(rank), "--store", str(store)],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
            )
            for rank in range(1, model.gpus)
        ]
        _join(0, model, store)

    def broadcast(self, job: RenderJob) -> None:
        """Send a job to the other ranks."""
        torch.distributed.broadcast_object_list([job], src=0, device=torch.device("cpu"))

    def close(self) -> None:
        """End the other ranks."""
        torch.distributed.destroy_process_group()
        for process in self._others:
            process.kill()
            process.wait()


def of_rank(model: DiffusersSettings, rank: int) -> DiffusersSettings:
    """The model's table for a rank's own device."""
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
        timeout=_TIMEOUT,
    )


class _NullReporter:
    """Discards the progress of other ranks than 0."""

    def phase(self, name: str, done: float, total: float) -> None:
        """Discard the report."""

    def note(self, message: str) -> None:
        """Discard the report."""

    def preview(self, jpeg: Callable[[], bytes]) -> None:
        """Discard the picture."""


def _run_rank(model: DiffusersSettings) -> None:
    """Draw every job that rank 0 sends."""
    loaded = LoadedModel(model)
    while True:
        jobs: list[RenderJob] = [None]  # type: ignore[list-item]  # filled by rank 0
        torch.distributed.broadcast_object_list(jobs, src=0, device=torch.device("cpu"))
        try:
            for _ in ClipGenerator(loaded, jobs[0], _NullReporter()).frames():
                pass
        except JobError:
            continue  # rank 0 has the same error and reports it


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a rank other than 0 until rank 0 ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, type=DiffusersSettings.model_validate_json)
    parser.add_argument("--rank", required=True, type=int)
    parser.add_argument("--store", required=True, type=Path)
    given = parser.parse_args(arguments)
    model: DiffusersSettings = given.model
    _join(given.rank, model, given.store)
    # Only rank 0's frames are shown.
    alone = {"interpolate": False, "interpolator": None, "upscaler": None}
    _run_rank(of_rank(model, given.rank).model_copy(update=alone))


if __name__ == "__main__":
    main()
