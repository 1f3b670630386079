"""Kernels: the attention kernels of this machine's GPUs, fetched from the hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vitascope.engines.diffusers.card import Card
from vitascope.engines.diffusers.device import Chip, attention_backends, varlen_backends

_FROM_HUB = "_hub"
"""How diffusers' names of backends end whose kernels come from the hub."""


def fetched_kernels(card: Card, chips: Iterable[Chip]) -> Iterator[str]:
    """Download the kernels that a card can use on these GPUs, as far as they are missing.

    Yields:
        A sentence for people about each.
    """
    wanted: dict[str, None] = {}
    for chip in chips:
        masked = varlen_backends(chip) if card.masked_attention and card.padding_masks else ()
        for backend in (*attention_backends(chip), *masked):
            if backend.endswith(_FROM_HUB):
                wanted[backend] = None
    for backend in wanted:
        yield _fetched(backend)


def _fetched(backend: str) -> str:
    from diffusers.models.attention_dispatch import (
        AttentionBackendName,
        _maybe_download_kernel_for_backend,
    )

    try:
        _maybe_download_kernel_for_backend(AttentionBackendName(backend))
    except (ValueError, RuntimeError, ImportError, OSError, AttributeError) as error:
        reason = str(error).partition("\n")[0]
        return f"The attention kernel {backend} can't be had ({reason}): a slower one is used."
    return f"The attention kernel {backend} is here."
