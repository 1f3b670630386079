"""Pin: holds the sound that is known already while the sound after it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class SoundPin:
    """Known sound latents at the beginning of a window.

    LTX's pipelines take known frames, but no known sound. What they do to known frames is done
    here to sound: the transformer sees them without noise and is told so, step by step, and what
    it makes of them is thrown away.
    """

    def __init__(self, clean: Any) -> None:
        """Begin.

        Args:
            clean: packed, normalised latents, shape (1, length, features).
        """
        self._clean = clean

    @contextmanager
    def held(self, pipe: Any) -> Iterator[None]:
        """While this lasts, the transformer of `pipe` sees the known sound in its place."""
        hook = pipe.transformer.register_forward_pre_hook(self._show, with_kwargs=True)
        own = pipe._callback_tensor_inputs
        pipe._callback_tensor_inputs = [*own, "audio_latents"]
        try:
            yield
        finally:
            pipe._callback_tensor_inputs = own
            hook.remove()

    def watch(self, _step: int, _pipe: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """Put the known sound back after a step. In place: the pipelines take no other sound."""
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
