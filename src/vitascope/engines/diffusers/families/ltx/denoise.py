"""Denoises one window of picture and sound latents, in one pass or two."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.utils import (
    DEFAULT_NEGATIVE_PROMPT,
    STAGE_2_DISTILLED_SIGMA_VALUES,
)

from vitascope.engines.diffusers.card import Schedule
from vitascope.engines.diffusers.families.ltx.adapters import Purpose, active_adapter
from vitascope.engines.diffusers.families.ltx.conditions import conditions
from vitascope.engines.diffusers.families.ltx.pictures import halved
from vitascope.engines.diffusers.families.ltx.pin import (
    PinnedConditionPipeline,
    PinnedInContextPipeline,
    SoundPin,
)
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Request
from vitascope.engines.diffusers.schedules import scheduler_for
from vitascope.engines.native import RgbFrames
from vitascope.spec import FPS, Size

_CELL = 32
"""Width and height of a latent in pixels."""

_FIRST_SHARE = 0.35
"""The first pass's share of the work: eight steps at a quarter of the pixels, then three."""

SECOND_STAGE = Schedule(kind="euler", sigmas=tuple(STAGE_2_DISTILLED_SIGMA_VALUES))
"""Deterministic, as upstream's: three steps are too few to remove added noise.
Source: Lightricks/LTX-2 at 400fd31, ltx_pipelines/distilled.py."""

_GUIDANCE = {
    "modality_scale": 1.0,
    "stg_scale": 0.0,
    "guidance_rescale": 0.0,
    "audio_modality_scale": 1.0,
    "audio_stg_scale": 0.0,
    "audio_guidance_rescale": 0.0,
}
"""Off: distilled weights need no guidance. A tier's `arguments` may turn it on."""


@dataclass(frozen=True, slots=True)
class Latents:
    """A window's latents, not normalised.

    Attributes:
        pictures: shape (1, channels, length, h, w).
        sound: shape (1, channels, length, bands).
    """

    pictures: Any
    sound: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The conditions of a window.

    Attributes:
        prompt: in the form that the references need.
        first_frames: the given first frames.
        start: the latents to start from; None for noise alone.
        references: in-context references.
        adapter: the adapter for them.
        pin: the known sound.
    """

    prompt: str
    first_frames: RgbFrames | None = None
    start: Latents | None = None
    references: Sequence[Any] = ()
    adapter: Purpose | None = None
    pin: SoundPin | None = None


def denoise(request: Request, loaded: LoadedModel, plan: Plan) -> Latents:
    """Denoise a window's latents.

    If the tier has `two_stage` and the weights have an upsampler, a new film is denoised at half
    the size, upsampled by two, and refined.
    """
    run = _Run(request, loaded, plan)
    if plan.start is None and loaded.quality.arguments.get("two_stage"):
        upsampler = upsampler_of(loaded)
        if upsampler is not None:
            return run.two_stage(upsampler)
    return run.one_stage()


def upsampler_of(loaded: LoadedModel) -> Any | None:
    """The model that doubles latents; None where the weights have none."""
    return loaded.pipelines.extra("latent_upsampler", LTX2LatentUpsamplerModel)


def upsampled(latents: Latents, size: Size, loaded: LoadedModel, upsampler: Any) -> Latents:
    """The same window at twice the width and height.

    Args:
        latents: of the window.
        size: its size in pixels.
        loaded: the model.
        upsampler: see `upsampler_of`.
    """
    pipe = loaded.pipelines.get("LTX2LatentUpsamplePipeline", latent_upsampler=upsampler)
    (large,) = pipe(
        latents=latents.pictures,
        height=size.height,
        width=size.width,
        output_type="latent",
        return_dict=False,
    )
    return replace(latents, pictures=large)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """One run through the noise levels.

    Attributes:
        size: multiples of 32.
        scheduler: has the noise levels.
        guided: whether the tier's guidance is used.
        first_frames: the given first frames, of that size.
        last_frame: the given last frame, of that size.
        start: the latents to start from; None for noise alone.
        references: in-context references.
        pinned: whether some of its sound is known, which needs a noise level for each token.
        done: the share of the window's work before this pass.
        share: this pass's share.
    """

    size: Size
    scheduler: Any
    first_frames: RgbFrames | None
    start: Latents | None
    last_frame: RgbFrames | None = None
    guided: bool = True
    references: Sequence[Any] = ()
    pinned: bool = False
    done: float = 0.0
    share: float = 1.0

    @property
    def pipeline(self) -> str | type:
        """The fastest pipeline that supports the conditions."""
        if self.pinned:
            return PinnedInContextPipeline if self.references else PinnedConditionPipeline
        if self.references:
            return "LTX2InContextPipeline"
        plain = self.first_frames is None and self.last_frame is None
        return "LTX2Pipeline" if plain else "LTX2ConditionPipeline"

    def arguments(self) -> dict[str, Any]:
        """Arguments of this pass alone."""
        arguments: dict[str, Any] = {"height": self.size.height, "width": self.size.width}
        arguments |= {"sigmas": self.scheduler.levels, "noise_scale": self.scheduler.levels[0]}
        if self.first_frames is not None or self.last_frame is not None:
            arguments["conditions"] = conditions(self.first_frames, self.last_frame)
        if self.references:
            arguments["reference_conditions"] = list(self.references)
        if self.start is not None:
            arguments |= {"latents": self.start.pictures, "audio_latents": self.start.sound}
        return arguments


class _Run:
    """The passes of one window, with one noise generator."""

    def __init__(self, request: Request, loaded: LoadedModel, plan: Plan) -> None:
        self._request = request
        self._loaded = loaded
        self._plan = plan
        self._noise = loaded.generator(request.seed)

    def one_stage(self) -> Latents:
        """Denoise at full size."""
        request, plan = self._request, self._plan
        with active_adapter(self._loaded, plan.adapter):
            return self._run(
                _Pass(
                    size=request.size,
                    scheduler=self._scheduler(),
                    first_frames=plan.first_frames,
                    last_frame=request.last,
                    start=plan.start,
                    references=plan.references,
                )
            )

    def two_stage(self, upsampler: Any) -> Latents:
        """Denoise at half the size, upsample the latents by two, and refine them."""
        request, plan = self._request, self._plan
        size = request.size
        half = Size(*(-(-edge // (2 * _CELL)) * _CELL for edge in size))
        with active_adapter(self._loaded, plan.adapter):
            small = self._run(
                _Pass(
                    size=half,
                    scheduler=self._scheduler(),
                    first_frames=None if plan.first_frames is None else halved(plan.first_frames),
                    last_frame=None if request.last is None else halved(request.last),
                    start=None,
                    references=plan.references,
                    share=_FIRST_SHARE,
                )
            )
        large = upsampled(small, half, self._loaded, upsampler).pictures
        large = large[..., : size.height // _CELL, : size.width // _CELL]
        with active_adapter(self._loaded, "refine"):
            return self._run(
                _Pass(
                    size=size,
                    scheduler=scheduler_for(
                        None, SECOND_STAGE, steps=len(SECOND_STAGE.sigmas), seed=request.seed
                    ),
                    first_frames=plan.first_frames,
                    last_frame=request.last,
                    start=Latents(large, small.sound),
                    guided=False,
                    done=_FIRST_SHARE,
                    share=1 - _FIRST_SHARE,
                )
            )

    def _scheduler(self) -> Any:
        """The tier's scheduler; for a given film, one that adds no noise."""
        request, loaded = self._request, self._loaded
        if self._plan.start is None:
            return loaded.scheduler(request.steps, request.seed)
        return scheduler_for(
            None,
            loaded.quality.schedule.model_copy(update={"kind": "euler"}),
            steps=request.steps,
            seed=request.seed,
            strength=request.strength,
        )

    def _run(self, stage: _Pass) -> Latents:
        pin = self._plan.pin
        stage = replace(stage, pinned=pin is not None)
        pipe = self._loaded.pipelines.get(stage.pipeline, scheduler=stage.scheduler)
        with nullcontext() if pin is None else pin.held(pipe):
            result = self._loaded.call(
                pipe,
                done=stage.done,
                share=stage.share,
                watch=None if pin is None else pin.watch,
                tensors=("latents",) if pin is None else ("latents", "audio_latents"),
                **self._common(guided=stage.guided),
                **stage.arguments(),
            )
        return Latents(result.frames, result.audio)

    def _common(self, *, guided: bool) -> dict[str, Any]:
        """Arguments of every pass."""
        request = self._request
        scale = request.guidance_scale if guided else 1.0
        guidance = {**_GUIDANCE, "audio_guidance_scale": scale}
        if guided:
            guidance |= self._loaded.quality.arguments.get("guidance", {})
        negative = request.negative_prompt or DEFAULT_NEGATIVE_PROMPT
        return {
            "prompt": self._plan.prompt,
            "negative_prompt": negative if scale > 1 else None,
            "num_frames": request.frames,
            "frame_rate": float(FPS),
            "generator": self._noise,
            "output_type": "latent",
            "guidance_scale": scale,
            **guidance,
        }
