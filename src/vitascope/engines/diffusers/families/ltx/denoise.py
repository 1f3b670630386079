"""Denoise: one window of picture and sound latents, in one pass or in two."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from diffusers import FlowMatchEulerDiscreteScheduler
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel

from vitascope.engines.diffusers.families.ltx.adapters import Purpose, worn
from vitascope.engines.diffusers.families.ltx.guides import conditions
from vitascope.engines.diffusers.families.ltx.pictures import halved
from vitascope.engines.diffusers.families.ltx.pin import SoundPin
from vitascope.engines.diffusers.families.ltx.schedule import SECOND_STAGE, sigmas
from vitascope.engines.diffusers.request import Request
from vitascope.engines.diffusers.rig import Rig
from vitascope.engines.pictures import Pictures
from vitascope.spec import FPS, Size

_CELL = 32
"""Pixels that a latent is wide and high."""

_FIRST_SHARE = 0.35
"""Of the work of two passes, the first one's: eight steps of a quarter of the size, then three."""


@dataclass(frozen=True, slots=True)
class Latents:
    """A window as LTX draws it, not normalised.

    Attributes:
        pictures: shape (1, channels, length, h, w).
        sound: shape (1, channels, length, bands).
    """

    pictures: Any
    sound: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a window is drawn after.

    Attributes:
        prompt: in the form that goes with the references.
        opening: the frames it begins with.
        start: what it starts from, where that is not noise alone.
        references: in-context references.
        adapter: the adapter that understands them.
        pin: holds known sound.
    """

    prompt: str
    opening: Pictures | None = None
    start: Latents | None = None
    references: Sequence[Any] = ()
    adapter: Purpose | None = None
    pin: SoundPin | None = None


def denoise(request: Request, rig: Rig, plan: Plan) -> Latents:
    """Draw a window's latents.

    Where the preset says so and the weights have an upsampler, a new film is drawn at half the
    size first; then its latents are doubled and their detail is drawn anew.
    """
    run = _Run(request, rig, plan)
    if plan.start is None and rig.quality.arguments.get("two_stage"):
        upsampler = rig.pipelines.extra("latent_upsampler", LTX2LatentUpsamplerModel)
        if upsampler is not None:
            return run.twice(upsampler)
    return run.once()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """One way through noise levels.

    Attributes:
        size: what is drawn, multiples of 32.
        levels: the noise levels.
        opening: the first frames, of that size.
        start: what it starts from, where that is not noise alone.
        references: in-context references.
        done: which share of the window's work lies behind.
        share: which share of it this is.
    """

    size: Size
    levels: list[float]
    opening: Pictures | None
    start: Latents | None
    references: Sequence[Any] = ()
    done: float = 0.0
    share: float = 1.0

    @property
    def pipeline(self) -> str:
        """The plainest pipeline that takes all this: each one more is slower."""
        if self.references:
            return "LTX2InContextPipeline"
        return "LTX2Pipeline" if self.opening is None else "LTX2ConditionPipeline"

    def arguments(self) -> dict[str, Any]:
        """What only this pass is told."""
        told: dict[str, Any] = {"height": self.size.height, "width": self.size.width}
        told |= {"sigmas": self.levels, "noise_scale": self.levels[0]}
        if self.opening is not None:
            told["conditions"] = conditions(self.opening)
        if self.references:
            told["reference_conditions"] = list(self.references)
        if self.start is not None:
            told |= {"latents": self.start.pictures, "audio_latents": self.start.sound}
        return told


class _Run:
    """Runs pipelines for one window, with one source of noise."""

    def __init__(self, request: Request, rig: Rig, plan: Plan) -> None:
        self._request = request
        self._rig = rig
        self._plan = plan
        self._noise = rig.generator(request.seed)

    def once(self) -> Latents:
        """Draw at the full size."""
        request, plan = self._request, self._plan
        levels = sigmas(request.steps, 1.0 if plan.start is None else request.strength)
        with worn(self._rig, plan.adapter):
            return self._through(
                _Pass(
                    size=request.size,
                    levels=levels,
                    opening=plan.opening,
                    start=plan.start,
                    references=plan.references,
                )
            )

    def twice(self, upsampler: Any) -> Latents:
        """Draw at half the size, double the latents, draw their detail anew."""
        request, plan = self._request, self._plan
        size = request.size
        half = Size(*(-(-edge // (2 * _CELL)) * _CELL for edge in size))
        with worn(self._rig, plan.adapter):
            small = self._through(
                _Pass(
                    size=half,
                    levels=sigmas(request.steps),
                    opening=None if plan.opening is None else halved(plan.opening),
                    start=None,
                    references=plan.references,
                    share=_FIRST_SHARE,
                )
            )
        pipe = self._rig.pipelines.get("LTX2LatentUpsamplePipeline", latent_upsampler=upsampler)
        (large,) = pipe(
            latents=small.pictures,
            height=half.height,
            width=half.width,
            output_type="latent",
            return_dict=False,
        )
        large = large[..., : size.height // _CELL, : size.width // _CELL]
        return self._through(
            _Pass(
                size=size,
                levels=list(SECOND_STAGE),
                opening=plan.opening,
                start=Latents(large, small.sound),
                done=_FIRST_SHARE,
                share=1 - _FIRST_SHARE,
            )
        )

    def _through(self, way: _Pass) -> Latents:
        pipe, pin = self._rig.pipelines.get(way.pipeline), self._plan.pin
        _straighten(pipe)
        with nullcontext() if pin is None else pin.held(pipe):
            made = self._rig.call(
                way.pipeline,
                done=way.done,
                share=way.share,
                watch=None if pin is None else pin.watch,
                tensors=("latents",) if pin is None else ("latents", "audio_latents"),
                **self._common(),
                **way.arguments(),
            )
        return Latents(made.frames, made.audio)

    def _common(self) -> dict[str, Any]:
        """What every pass is told. Distilled weights want no guidance of any kind."""
        request = self._request
        guidance = {
            "guidance_scale": request.guidance_scale,
            "modality_scale": 1.0,
            "stg_scale": 0.0,
            "guidance_rescale": 0.0,
        }
        guided = request.guidance_scale > 1
        return {
            "prompt": self._plan.prompt,
            "negative_prompt": request.negative_prompt if guided else None,
            "num_frames": request.frames,
            "frame_rate": float(FPS),
            "generator": self._noise,
            "output_type": "latent",
            **guidance,
            **{f"audio_{name}": value for name, value in guidance.items()},
        }


def _straighten(pipe: Any) -> None:
    """Have the noise levels taken as they are: schedulers may bend them by the film's size."""
    config = pipe.scheduler.config
    if (
        config.get("use_dynamic_shifting")
        or config.get("shift_terminal")
        or config.get("shift", 1.0) != 1.0
    ):
        pipe.scheduler = FlowMatchEulerDiscreteScheduler.from_config(
            config, use_dynamic_shifting=False, shift=1.0, shift_terminal=None
        )
