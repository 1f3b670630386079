"""Keeps known sound fixed while the sound after it is denoised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from diffusers import LTX2ConditionPipeline, LTX2InContextPipeline

_TENSORS = (*LTX2ConditionPipeline._callback_tensor_inputs, "audio_latents")


class PinnedConditionPipeline(LTX2ConditionPipeline):  # type: ignore[misc]  # Any to mypy
    """Also gives callbacks the sound."""

    _callback_tensor_inputs = _TENSORS


class PinnedInContextPipeline(LTX2InContextPipeline):  # type: ignore[misc]  # Any to mypy
    """Also gives callbacks the sound."""

    _callback_tensor_inputs = _TENSORS


class SoundPin:
    """Known sound latents at the beginning of a window.

    LTX's pipelines take known frames, but no known sound. This class treats sound as they treat
    frames: at each step the transformer gets the known latents without noise and at noise level 0,
    and its output for them is discarded.
    """

    def __init__(self, clean: Any) -> None:
        """Create a pin.

        Args:
            clean: packed, normalised latents, shape (1, length, features).
        """
        self._clean = clean

    @contextmanager
    def held(self, pipe: Any) -> Iterator[None]:
        """While open, the transformer of `pipe` gets the known sound."""
        hook = pipe.transformer.register_forward_pre_hook(self._show, with_kwargs=True)
        try:
            yield
        finally:
            hook.remove()

    def watch(self, _step: int, _pipe: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """Restore the known sound after a step, in place, because pipelines take no new tensor."""
        latents = tensors.pop("audio_latents")
        known = self._clean[:, : latents.shape[1]]
        latents[:, : known.shape[1]] = known.to(latents)
        return tensors

    def _show(
        self, _module: Any, args: tuple[Any, ...], arguments: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        latents = arguments["audio_hidden_states"].clone()
        known = self._clean[:, : latents.shape[1]]
        latents[:, : known.shape[1]] = known.to(latents)
        noise = arguments["audio_timestep"].unsqueeze(-1).repeat(1, latents.shape[1])
        noise[:, : known.shape[1]] = 0
        return args, {**arguments, "audio_hidden_states": latents, "audio_timestep": noise}
