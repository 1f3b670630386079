"""GPU kernels: the tools that compile them, the folder that keeps them, and those from the hub."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from vitascope.engines.diffusers.card import Card
from vitascope.engines.diffusers.device import Chip, attention_backends, varlen_backends

BUILD_TOOLS_ADVICE = "On Debian and Ubuntu: apt install gcc g++ python3-dev"
"""How to install what `missing_build_tool` looks for."""

_FROM_HUB = "_hub"
"""Suffix of diffusers' names of attention backends whose kernels come from the hub."""


def missing_build_tool() -> str | None:
    """What torch lacks to compile a model's blocks; None if nothing is missing.

    Triton, torch's compiler for GPUs, builds a small launcher for each kernel with the machine's C
    compiler, against the headers of Python.
    """
    compilers = (os.environ.get("CC"), "gcc", "clang")
    if not any(shutil.which(name) for name in compilers if name):
        return "C compiler"
    if not Path(sysconfig.get_paths(scheme="posix_prefix")["include"], "Python.h").is_file():
        return "Python headers"
    return None


def disable_hub_downloads() -> None:
    """Make the hub's client use only files on this machine; `vitascope models pull` downloads."""
    os.environ["HF_HUB_OFFLINE"] = "1"


def set_compile_cache() -> None:
    """Keep compiled kernels between processes; torch's own default is a temporary folder.

    Must run before torch is imported, because torch reads the folder then.
    """
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(base).expanduser() / "vitascope" / "inductor"
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(folder))


def fetch_kernels(card: Card, chips: Iterable[Chip]) -> Iterator[str]:
    """Download the missing attention kernels that a card can use on these GPUs.

    Yields:
        A sentence for people about each kernel.
    """
    backends: dict[str, None] = {}
    for chip in chips:
        masked = varlen_backends(chip) if card.masked_attention and card.padding_masks else ()
        for backend in (*attention_backends(chip), *masked):
            if backend.endswith(_FROM_HUB):
                backends[backend] = None
    for backend in backends:
        yield _fetch(backend)


def _fetch(backend: str) -> str:
    from diffusers.models.attention_dispatch import (
        AttentionBackendName,
        _maybe_download_kernel_for_backend,
    )

    try:
        _maybe_download_kernel_for_backend(AttentionBackendName(backend))
    except (ValueError, RuntimeError, ImportError, OSError, AttributeError) as error:
        reason = str(error).partition("\n")[0]
        return (
            f"The attention kernel {backend} can't be downloaded ({reason}): a slower one is used."
        )
    return f"The attention kernel {backend} is installed."
