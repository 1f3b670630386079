"""SDEdit: to begin not with noise but with a film that noise has been added to.

Meng et al., SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations
(2021), for flow matching: latents at level s are (1 - s) film + s noise.
"""

from __future__ import annotations

from typing import Any

import torch


def starting_at(scheduler: Any, strength: float) -> Any:
    """A scheduler that leaves out the steps above a level of noise; the last one always stays.

    Args:
        scheduler: the pipeline's own; it stays as it is.
        strength: that level, 0 to 1.
    """
    late = type(scheduler).from_config(scheduler.config)
    whole = late.set_timesteps

    def set_timesteps(*arguments: Any, **named: Any) -> None:
        whole(*arguments, **named)
        first = first_step(late.sigmas, strength)
        late.timesteps = late.timesteps[first:]
        late.sigmas = late.sigmas[first:]
        late.num_inference_steps = len(late.timesteps)

    late.set_timesteps = set_timesteps
    return late


def first_step(sigmas: torch.Tensor, strength: float) -> int:
    """The first step whose level of noise is not above `strength`; the last if all are."""
    above = int((sigmas[:-1] > strength).sum())
    return min(above, len(sigmas) - 2)


def noised(scheduler: Any, steps: int, film: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """The film's latents at the level that the scheduler's first step expects."""
    scheduler.set_timesteps(steps)
    level = float(scheduler.sigmas[0])
    return (1 - level) * film + level * noise.to(film)
