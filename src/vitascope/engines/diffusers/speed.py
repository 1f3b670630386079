"""Speed: attention kernels by device, compiled blocks, and a cache over long runs of steps."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import torch
from diffusers import FirstBlockCacheConfig

from vitascope.engines.diffusers.card import Quality
from vitascope.engines.diffusers.device import attention_backends
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.errors import JobError
from vitascope.model import ModelSettings

log = logging.getLogger(__name__)


def tune(pipelines: Pipelines, model: ModelSettings, preset: Quality, device: torch.device) -> None:
    """Make the denoisers fast on this device, as far as the configuration lets us.

    Raises:
        JobError: `attention_unavailable`; the configured attention backend can't be used here.
    """
    for part in pipelines.transformers:
        _set_attention(part, model.attention, device)
        if preset.cache:
            part.enable_cache(FirstBlockCacheConfig(threshold=preset.cache))
        elif device.type == "cuda" if model.compile is None else model.compile:
            # Blocks alone: they are all alike, so that one of them is compiled for all.
            _persist_compiled()
            part.compile_repeated_blocks(fullgraph=False)


def _set_attention(part: Any, wanted: str | None, device: torch.device) -> None:
    if wanted is not None:
        try:
            part.set_attention_backend(wanted)
        except (ValueError, RuntimeError, ImportError, OSError) as error:
            raise JobError(
                "attention_unavailable",
                f"The attention backend '{wanted}' can't be used on this machine. Correct the "
                "model's `attention`, or leave it out.",
            ) from error
        return
    for backend in attention_backends(device):
        try:
            part.set_attention_backend(backend)
        except (ValueError, RuntimeError, ImportError, OSError) as error:
            log.info("No attention by %s: %s", backend, error)
        else:
            return


def _persist_compiled() -> None:
    """Keep compiled kernels between processes; torch's own default is a temporary folder."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(base).expanduser() / "vitascope" / "inductor"
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(folder))
