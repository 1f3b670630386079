"""Guidance: both halves of classifier-free guidance in one run of the denoiser.

Wan's pipelines run the denoiser twice a step, with the prompt and then with the negative prompt, on
the same latents. With room for both they can go through it as one batch: the weights are read once.
Where memory is planned tightly, or runs are cached one by one, the pipelines' own way is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from vitascope.engines.diffusers.loaded import LoadedModel, Watch

_BY_FILM = (
    "hidden_states",
    "timestep",
    "encoder_hidden_states",
    "encoder_hidden_states_image",
    "control_hidden_states",
)
"""Arguments of the denoisers whose first axis counts the films of a batch."""
_TEXT = 512
"""Tokens that a prompt is filled up to when the pipelines encode it themselves."""


def call(loaded: LoadedModel, pipe: Any, *, watch: Watch | None = None, **arguments: Any) -> Any:
    """Run a pipeline of Wan's as `LoadedModel.call` does, in one batch if that can be.

    Args:
        loaded: whose pipeline it is.
        pipe: the pipeline.
        watch: as for `LoadedModel.call`.
        arguments: of the pipeline's `__call__`.
    """
    if not loaded.one_batch or arguments["guidance_scale"] <= 1:
        return loaded.call(pipe, watch=watch, **arguments)
    with torch.inference_mode():
        prompt, negative = pipe.encode_prompt(
            arguments.pop("prompt"),
            arguments.pop("negative_prompt"),
            max_sequence_length=_TEXT,
            device=loaded.device,
        )
    with ExitStack() as stack:
        for part in loaded.pipelines.transformers:
            stack.enter_context(_paired(part, negative))
        return loaded.call(
            pipe, watch=watch, prompt_embeds=prompt, negative_prompt_embeds=negative, **arguments
        )


@contextmanager
def _paired(part: Any, negative: torch.Tensor) -> Iterator[None]:
    """Let a denoiser's every odd call do the work of the even one after it."""
    alone, hook = part.forward, vars(part).get("forward")
    kept: list[torch.Tensor] = []

    def forward(**arguments: Any) -> tuple[torch.Tensor, ...]:
        if kept:
            return (kept.pop(),)
        texts = arguments["encoder_hidden_states"]
        twice = {
            name: torch.cat((value, negative.to(texts) if value is texts else value))
            if name in _BY_FILM and value is not None
            else value
            for name, value in arguments.items()
        }
        guided, unguided = alone(**twice)[0].chunk(2)
        kept.append(unguided)
        return (guided,)

    part.forward = forward
    try:
        yield
    finally:
        if hook is None:
            del part.forward
        else:
            part.forward = hook
