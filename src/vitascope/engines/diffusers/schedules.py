"""Schedules: the noise levels of a run, and the scheduler that steps through them.

Levels are sigmas of flow matching: latents at level s are (1 - s) film + s noise. An edit starts at
a level below 1 with the given film's latents and that much noise (SDEdit, Meng et al. 2021).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    LTXEulerAncestralRFScheduler,
    UniPCMultistepScheduler,
)

from vitascope.engines.diffusers.card import Schedule

_ENOUGH = 3
"""Trained levels below the start that suffice for an edit, as in LTX's second pass. If there are
fewer, the steps are spaced between the start and 0."""

_TOLERANCE = 1e-6


def levels(schedule: Schedule, steps: int, strength: float = 1.0) -> list[float]:
    """The falling noise levels of a run, whose last step goes from the last level to 0.

    Args:
        schedule: the card's, of any kind but `repository`.
        steps: steps of a new film. An edit takes the share `strength` of them, or the trained
            levels from the start on if these are three or more.
        strength: the maximum of the first level. Weights that were distilled for certain levels
            start at the highest of these that does not exceed it, or else at the lowest.
    """
    return _stretched(_unstretched_levels(schedule, steps, strength), schedule.terminal)


def _unstretched_levels(schedule: Schedule, steps: int, strength: float) -> list[float]:
    trained = schedule.sigmas or (1.0,)
    times = [_unshifted(level, schedule.shift) for level in trained]
    if strength >= 1:
        return _spaced(times, steps, schedule.shift)
    if not schedule.sigmas:
        start = _unshifted(strength, schedule.shift)
        return _spaced([start], _share(steps, strength), schedule.shift)
    start = max((level for level in trained if level <= strength + _TOLERANCE), default=trained[-1])
    grid = _spaced(times, steps, schedule.shift)
    left = [level for level in grid if level <= start + _TOLERANCE]
    if len(left) >= _ENOUGH and left[0] >= start - _TOLERANCE:
        return left
    lower = [time for time, level in zip(times, trained, strict=True) if level <= start]
    return _spaced(lower, _share(steps, strength), schedule.shift)


def _stretched(levels: list[float], terminal: float | None) -> list[float]:
    """The levels, scaled so that the last is `terminal` and the first stays."""
    first, last = levels[0], levels[-1]
    if terminal is None or not terminal < first != last:
        return levels
    factor = (first - terminal) / (first - last)
    return [first - (first - level) * factor for level in levels]


def _share(steps: int, strength: float) -> int:
    return max(1, math.ceil(steps * strength - _TOLERANCE))


def _spaced(times: Sequence[float], steps: int, shift: float | None) -> list[float]:
    """`steps` levels at even distances on the curve through these times and 0."""
    places = np.linspace(0, len(times), steps, endpoint=False)
    curve = np.interp(places, np.arange(len(times) + 1), (*times, 0.0))
    return [_shifted(float(time), shift) for time in curve]


def _shifted(time: float, shift: float | None) -> float:
    return time if shift is None else shift * time / (1 + (shift - 1) * time)


def _unshifted(level: float, shift: float | None) -> float:
    return level if shift is None else level / (shift - (shift - 1) * level)


def scheduler_for(
    base: Any, schedule: Schedule, *, steps: int, seed: int, strength: float = 1.0
) -> Any:
    """A scheduler for one run; the pipeline's own is not changed.

    Args:
        base: the pipeline's own scheduler.
        schedule: the card's.
        steps: as for `levels`.
        seed: of the noise that some kinds add at each step.
        strength: as for `levels`.
    """
    match schedule.kind:
        case "repository":
            return type(base).from_config(base.config)
        case "unipc":
            scheduler: Any = FixedSigmasUniPC.from_config(
                base.config,
                prediction_type="flow_prediction",
                use_flow_sigmas=True,
                use_karras_sigmas=False,
                flow_shift=1.0,
            )
        case "euler" | "dmd":
            scheduler = FixedSigmasEuler(stochastic_sampling=schedule.kind == "dmd")
        case "ancestral":
            scheduler = FixedSigmasAncestral()
    scheduler.levels = levels(schedule, steps, strength)
    scheduler.seed = seed
    return scheduler


def noised(scheduler: Any, film: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """The film's latents at the first noise level of the scheduler."""
    level = scheduler.levels[0]
    return (1 - level) * film + level * noise.to(film)


class _FixedSigmas:
    """A scheduler that keeps its levels when a pipeline sets others."""

    levels: list[float]
    seed: int

    def noise_source(self, sample: torch.Tensor) -> torch.Generator:
        """The generator of this step's noise; sound and pictures, of different sizes, differ."""
        index: int = getattr(self, "step_index", None) or 0
        place = index * 7919 + sample.numel() + 10_000
        return torch.Generator("cpu").manual_seed((self.seed + place) % 2**63)


class FixedSigmasUniPC(_FixedSigmas, UniPCMultistepScheduler):  # type: ignore[misc]  # Any to mypy
    """UniPC of the order in the repository's configuration."""

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: Any = None,  # pipelines check for this parameter
        **_ignored: Any,
    ) -> None:
        """Set the levels of this run; ignores the arguments."""
        super().set_timesteps(device=device, sigmas=np.array(self.levels))


class FixedSigmasEuler(_FixedSigmas, FlowMatchEulerDiscreteScheduler):  # type: ignore[misc]  # Any
    """Euler, or DMD with `stochastic_sampling`.

    A step of DMD predicts the clean film and adds new noise of the next level: Yin et al., Improved
    Distribution Matching Distillation for Fast Image Synthesis (2024).
    """

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: Any = None,  # pipelines check for this parameter
        **_ignored: Any,
    ) -> None:
        """Set the levels of this run; ignores the arguments."""
        super().set_timesteps(sigmas=list(self.levels), device=device)

    def step(self, model_output: Any, timestep: Any, sample: Any, **more: Any) -> Any:
        """Take a step; added noise comes from the run's seed."""
        if more.get("generator") is None:
            more["generator"] = self.noise_source(sample)
        return super().step(model_output, timestep, sample, **more)


class FixedSigmasAncestral(_FixedSigmas, LTXEulerAncestralRFScheduler):  # type: ignore[misc]  # Any
    """Ancestral Euler: each step replaces some of the noise by new noise.

    Tokens that a pipeline keeps fixed have no velocity, and get no noise.
    """

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: Any = None,  # pipelines check for this parameter
        **_ignored: Any,
    ) -> None:
        """Set the levels of this run; ignores the arguments."""
        super().set_timesteps(device=device, sigmas=[*self.levels, 0.0])
        # Level 0 is the end of the last step.
        self.timesteps: torch.Tensor = self.timesteps[:-1]

    def step(
        self,
        model_output: torch.Tensor,
        timestep: Any,
        sample: torch.Tensor,
        generator: torch.Generator | None = None,
        return_dict: bool = True,
    ) -> Any:
        """Take a step with noise from the run's seed; returns a tuple with the next latents."""
        source = self.noise_source(sample) if generator is None else generator
        latents = super().step(model_output, timestep, sample, generator=source, return_dict=False)[
            0
        ]
        fixed = (model_output == 0).all(dim=-1, keepdim=True)
        return (torch.where(fixed, sample, latents),)
