"""Schedules: the noise levels of a run, and the scheduler that steps through them.

Levels are those of flow matching: latents at level s are (1 - s) film + s noise. An edit starts at
a level below 1, with the given film's latents and that much noise (SDEdit, Meng et al. 2021).
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
"""Trained levels that make an edit by themselves, as LTX's second pass has; of fewer, the steps are
spaced anew."""

_TOLERANCE = 1e-6


def levels(schedule: Schedule, steps: int, strength: float = 1.0) -> list[float]:
    """Noise levels of a run, falling; its last step goes from the last of them to 0.

    Args:
        schedule: the card's, of any kind but `repository`.
        steps: how many steps a new film takes. An edit takes `strength` of them, or the trained
            levels that are left if these are three or more.
        strength: the highest level to start at. Where weights were distilled for certain levels,
            the run starts at the highest of those that is not above it, or else at the lowest.
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
    """The levels, moved so that the last is `terminal` and the first stays."""
    first, last = levels[0], levels[-1]
    if terminal is None or not terminal < first != last:
        return levels
    factor = (first - terminal) / (first - last)
    return [first - (first - level) * factor for level in levels]


def _share(steps: int, strength: float) -> int:
    return max(1, math.ceil(steps * strength - _TOLERANCE))


def _spaced(times: Sequence[float], steps: int, shift: float | None) -> list[float]:
    """So many levels, evenly along the curve through these times and 0."""
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
        base: the pipeline's own.
        schedule: what the card says.
        steps: as for `levels`.
        seed: of the noise that some kinds add at each step.
        strength: as for `levels`.
    """
    match schedule.kind:
        case "repository":
            return type(base).from_config(base.config)
        case "unipc":
            made: Any = LevelledUniPC.from_config(
                base.config,
                prediction_type="flow_prediction",
                use_flow_sigmas=True,
                use_karras_sigmas=False,
                flow_shift=1.0,
            )
        case "euler" | "dmd":
            made = LevelledEuler(stochastic_sampling=schedule.kind == "dmd")
        case "ancestral":
            made = LevelledAncestral()
    made.levels = levels(schedule, steps, strength)
    made.seed = seed
    return made


def noised(scheduler: Any, film: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """The film's latents at the level that the scheduler's first step expects."""
    level = scheduler.levels[0]
    return (1 - level) * film + level * noise.to(film)


class _Levelled:
    """What the schedulers have in common: levels of their own, whatever a pipeline asks for."""

    levels: list[float]
    seed: int

    def noise_source(self, sample: torch.Tensor) -> torch.Generator:
        """For this step's noise. Sound and pictures, which differ in size, get different noise."""
        index: int = getattr(self, "step_index", None) or 0
        place = index * 7919 + sample.numel() + 10_000
        return torch.Generator("cpu").manual_seed((self.seed + place) % 2**63)


class LevelledUniPC(_Levelled, UniPCMultistepScheduler):  # type: ignore[misc]  # Any to mypy
    """UniPC of the order that the repository's configuration says."""

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: Any = None,  # pipelines look for this parameter
        **_ignored: Any,
    ) -> None:
        """Set this run's levels, whatever is asked for."""
        super().set_timesteps(device=device, sigmas=np.array(self.levels))


class LevelledEuler(_Levelled, FlowMatchEulerDiscreteScheduler):  # type: ignore[misc]  # Any
    """Euler; or, with `stochastic_sampling`, the step of DMD.

    That step predicts the clean film and adds new noise of the next level: Yin et al., Improved
    Distribution Matching Distillation for Fast Image Synthesis (2024).
    """

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: Any = None,  # pipelines look for this parameter
        **_ignored: Any,
    ) -> None:
        """Set this run's levels, whatever is asked for."""
        super().set_timesteps(sigmas=list(self.levels), device=device)

    def step(self, model_output: Any, timestep: Any, sample: Any, **more: Any) -> Any:
        """As Euler's, with noise by the run's seed where noise is added."""
        if more.get("generator") is None:
            more["generator"] = self.noise_source(sample)
        return super().step(model_output, timestep, sample, **more)


class LevelledAncestral(_Levelled, LTXEulerAncestralRFScheduler):  # type: ignore[misc]  # Any
    """Ancestral Euler: after each step some of the noise is replaced by new noise.

    Tokens that a pipeline holds as they are have no velocity: they get no noise either.
    """

    def set_timesteps(
        self,
        num_inference_steps: int | None = None,
        device: Any = None,
        sigmas: Any = None,  # pipelines look for this parameter
        **_ignored: Any,
    ) -> None:
        """Set this run's levels, whatever is asked for."""
        super().set_timesteps(device=device, sigmas=[*self.levels, 0.0])
        # Level 0 is where the last step ends, not a step.
        self.timesteps: torch.Tensor = self.timesteps[:-1]

    def step(
        self,
        model_output: torch.Tensor,
        timestep: Any,
        sample: torch.Tensor,
        generator: torch.Generator | None = None,
        return_dict: bool = True,
    ) -> Any:
        """Take a step with noise by the run's seed; returns a tuple with the next latents."""
        source = self.noise_source(sample) if generator is None else generator
        made = super().step(model_output, timestep, sample, generator=source, return_dict=False)[0]
        held = (model_output == 0).all(dim=-1, keepdim=True)
        return (torch.where(held, sample, made),)
