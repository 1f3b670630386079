"""The step cache: skips a denoiser's blocks where a step changes little, by the library cache-dit.

The first blocks of each step show how much it differs from the last one that was computed. If that
is less than the card's threshold, the other blocks are not run and their last result is used again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from vitascope.engines.diffusers.card import Cache

ADVICE = "pip install 'vitascope[diffusers]'"


def is_installed() -> bool:
    """Whether the library is there; it is one of the extra's."""
    return find_spec("cache_dit") is not None


class StepCache:
    """The cache of a model's denoisers."""

    def __init__(self, denoisers: Sequence[Any], cache: Cache) -> None:
        """Change the denoisers so that they skip blocks. They do so only within `run`."""
        os.environ.setdefault("CACHE_DIT_LOG_LEVEL", "error")  # read when it is imported
        import cache_dit

        self._denoisers = list(denoisers)
        self._cache = cache
        self._blocks = min(len(cache_dit.get_adapter(part).blocks) for part in self._denoisers)
        for part in self._denoisers:
            with _hooked_forward_hidden(part, cache_dit.get_adapter(part)):
                cache_dit.enable_cache(part, cache_config=self._config(guided=True))

    @contextmanager
    def run(self, *, guided: bool) -> Iterator[None]:
        """While this lasts, one pipeline runs once; nothing of another run is used again.

        Args:
            guided: whether the denoisers run twice a step, with the prompt and without.
        """
        self._refresh(guided=guided)
        try:
            yield
        finally:
            self._refresh(guided=guided)  # frees what was kept

    def _refresh(self, *, guided: bool) -> None:
        import cache_dit

        for part in self._denoisers:
            cache_dit.refresh_context(part, cache_config=self._config(guided=guided))

    def _config(self, *, guided: bool) -> Any:
        from cache_dit import DBCacheConfig

        cache = self._cache
        return DBCacheConfig(
            # At least one block must be left to skip.
            Fn_compute_blocks=max(1, min(cache.first_blocks, self._blocks - 1)),
            Bn_compute_blocks=0,
            residual_diff_threshold=cache.threshold,
            max_warmup_steps=cache.warmup,
            max_continuous_cached_steps=cache.in_a_row,
            enable_separate_cfg=guided,
        )


@contextmanager
def _hooked_forward_hidden(denoiser: Any, adapter: Any) -> Iterator[None]:
    """Let cache-dit 1.5.3 call the forward that it has put into a denoiser, also under a hook.

    Where accelerate's hook moves a denoiser to the device, cache-dit calls the forward that the
    hook has kept. That is the one before its own change, which the changed blocks don't fit.
    """
    kept = vars(denoiser).pop("_old_forward", None) if adapter.patch_functor else None
    try:
        yield
    finally:
        if kept is not None:
            denoiser._old_forward = kept
