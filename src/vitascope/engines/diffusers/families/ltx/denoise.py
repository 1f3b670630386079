"""Denoise: one window of picture and sound latents, in one pass or in two."""

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
from vitascope.engines.diffusers.families.ltx.adapters import Purpose, worn
from vitascope.engines.diffusers.families.ltx.guides import conditions
from vitascope.engines.diffusers.families.ltx.pictures import halved
from vitascope.engines.diffusers.families.ltx.pin import SoundPin
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Request
from vitascope.engines.diffusers.schedules import scheduler_for
from vitascope.engines.native import RgbFrames
from vitascope.spec import FPS, Size

_CELL = 32
"""Pixels that a latent is wide and high."""

_FIRST_SHARE = 0.35
"""Of the work of two passes, the first one's: eight steps of a quarter of the size, then three."""

SECOND_STAGE = Schedule(kind="euler", sigmas=tuple(STAGE_2_DISTILLED_SIGMA_VALUES))
"""Deterministic, as upstream's: three steps are too few to remove noise that is added on the way.
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
    opening: RgbFrames | None = None
    start: Latents | None = None
    references: Sequence[Any] = ()
    adapter: Purpose | None = None
    pin: SoundPin | None = None


def denoise(request: Request, loaded: LoadedModel, plan: Plan) -> Latents:
    """Draw a window's latents.

    Where the preset says so and the weights have an upsampler, a new film is drawn at half the
    size first; then its latents are doubled and their detail is drawn anew.
    """
    run = _Run(request, loaded, plan)
    if plan.start is None and loaded.quality.arguments.get("two_stage"):
        upsampler = loaded.pipelines.extra("latent_upsampler", LTX2LatentUpsamplerModel)
        if upsampler is not None:
            return run.twice(upsampler)
    return run.once()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """One way through noise levels.

    Attributes:
        size: what is drawn, multiples of 32.
        scheduler: with the noise levels.
        guided: whether the tier's guidance is used.
        opening: the first frames, of that size.
        ending: the last frame, of that size.
        start: what it starts from, where that is not noise alone.
        references: in-context references.
        pinned: whether some of its sound is known, which needs a noise level for each token.
        done: which share of the window's work lies behind.
        share: which share of it this is.
    """

    size: Size
    scheduler: Any
    opening: RgbFrames | None
    start: Latents | None
    ending: RgbFrames | None = None
    guided: bool = True
    references: Sequence[Any] = ()
    pinned: bool = False
    done: float = 0.0
    share: float = 1.0

    @property
    def pipeline(self) -> str:
        """The plainest pipeline that takes all this: each one more is slower."""
        if self.references:
            return "LTX2InContextPipeline"
        plain = self.opening is None and self.ending is None and not self.pinned
        return "LTX2Pipeline" if plain else "LTX2ConditionPipeline"

    def arguments(self) -> dict[str, Any]:
        """What only this pass is told."""
        told: dict[str, Any] = {"height": self.size.height, "width": self.size.width}
        told |= {"sigmas": self.scheduler.levels, "noise_scale": self.scheduler.levels[0]}
        if self.opening is not None or self.ending is not None:
            told["conditions"] = conditions(self.opening, self.ending)
        if self.references:
            told["reference_conditions"] = list(self.references)
        if self.start is not None:
            told |= {"latents": self.start.pictures, "audio_latents": self.start.sound}
        return told


class _Run:
    """Runs pipelines for one window, with one source of noise."""

    def __init__(self, request: Request, loaded: LoadedModel, plan: Plan) -> None:
        self._request = request
        self._loaded = loaded
        self._plan = plan
        self._noise = loaded.generator(request.seed)

    def once(self) -> Latents:
        """Draw at the full size."""
        request, plan = self._request, self._plan
        with worn(self._loaded, plan.adapter):
            return self._through(
                _Pass(
                    size=request.size,
                    scheduler=self._scheduler(),
                    opening=plan.opening,
                    ending=request.last,
                    start=plan.start,
                    references=plan.references,
                )
            )

    def twice(self, upsampler: Any) -> Latents:
        """Draw at half the size, double the latents, draw their detail anew."""
        request, plan = self._request, self._plan
        size = request.size
        half = Size(*(-(-edge // (2 * _CELL)) * _CELL for edge in size))
        with worn(self._loaded, plan.adapter):
            small = self._through(
                _Pass(
                    size=half,
                    scheduler=self._scheduler(),
                    opening=None if plan.opening is None else halved(plan.opening),
                    ending=None if request.last is None else halved(request.last),
                    start=None,
                    references=plan.references,
                    share=_FIRST_SHARE,
                )
            )
        pipe = self._loaded.pipelines.get("LTX2LatentUpsamplePipeline", latent_upsampler=upsampler)
        (large,) = pipe(
            latents=small.pictures,
            height=half.height,
            width=half.width,
            output_type="latent",
            return_dict=False,
        )
        large = large[..., : size.height // _CELL, : size.width // _CELL]
        with worn(self._loaded, "refine"):
            return self._through(
                _Pass(
                    size=size,
                    scheduler=scheduler_for(
                        None, SECOND_STAGE, steps=len(SECOND_STAGE.sigmas), seed=request.seed
                    ),
                    opening=plan.opening,
                    ending=request.last,
                    start=Latents(large, small.sound),
                    guided=False,
                    done=_FIRST_SHARE,
                    share=1 - _FIRST_SHARE,
                )
            )

    def _scheduler(self) -> Any:
        """Of a new film by the tier's schedule; of a given one without new noise on the way."""
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

    def _through(self, way: _Pass) -> Latents:
        pin = self._plan.pin
        way = replace(way, pinned=pin is not None)
        pipe = self._loaded.pipelines.get(way.pipeline, scheduler=way.scheduler)
        with nullcontext() if pin is None else pin.held(pipe):
            made = self._loaded.call(
                pipe,
                done=way.done,
                share=way.share,
                watch=None if pin is None else pin.watch,
                tensors=("latents",) if pin is None else ("latents", "audio_latents"),
                **self._common(guided=way.guided),
                **way.arguments(),
            )
        return Latents(made.frames, made.audio)

    def _common(self, *, guided: bool) -> dict[str, Any]:
        """What every pass is called with."""
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
