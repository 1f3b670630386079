"""A loaded model: a card's weights on a device, their memory plan, and calls of its pipelines."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import torch

from vitascope.clip import HeldMemory
from vitascope.engines.base import Reporter
from vitascope.engines.diffusers import adapters, hub, memory, optional_files, speed, step_cache
from vitascope.engines.diffusers import device as devices
from vitascope.engines.diffusers.card import Card, Quality
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.families import family_named
from vitascope.engines.diffusers.latent_preview import LatentPreview
from vitascope.engines.diffusers.loading import load
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.engines.diffusers.schedules import scheduler_for
from vitascope.engines.diffusers.settings import (
    DiffusersSettings,
    LoraSettings,
    numbered,
)
from vitascope.engines.diffusers.splitting import split
from vitascope.engines.heartbeat import heartbeat
from vitascope.errors import JobError

log = logging.getLogger(__name__)

Probe = Callable[[torch.device], float | None]
"""Returns the free memory of a device in GiB."""

Watch = Callable[[int, Any, dict[str, Any]], dict[str, Any]]
"""Called after each step with its number, the pipeline and its tensors, which it may change."""


class LoadedModel:
    """Loads once for many films; loads again with a tighter memory plan when memory runs out.

    Attributes:
        card: the model's card.
        model: its table in the configuration.
        quality: the tier in use.
        family: the module that calls its pipelines.
        device: where it computes.
        plan: the memory plan in use.
        interpolator: draws frames between frames; None: they are blended.
        upscaler: enlarges frames; None: they are scaled.
        notes: sentences for the log of each job about how the model was loaded.
    """

    def __init__(self, model: DiffusersSettings, *, free_gib: Probe = devices.free_gib) -> None:
        """Load the weights.

        Raises:
            JobError: the weights are missing, damaged or another model's, or the device does not
                exist.
        """
        self.model = model
        self.card: Card = card_named(model.card)
        self.quality: Quality = self.card.quality[model.quality]
        self.family = family_named(self.card.family)
        self.device = devices.pick(model.device)
        self.folder = hub.located(self.card, model.source, model.files)
        self.notes: list[str] = []
        self._tuning = speed.Tuning(speed.NATIVE, compiled=False)
        self._check_parts()
        self._adapters = self._distilled_adapters()
        self._check_step_cache()
        if model.upscale and not self.upscales:
            self.notes.append(
                "The weights have no latent upsampler, so larger films are scaled up as pictures."
            )
        device = str(self.device)
        self.interpolator = optional_files.interpolator(model.interpolator, device, self._warn)
        self.upscaler = optional_files.upscaler(model.upscaler, device, self._warn)
        self._preview_decoder = optional_files.preview_decoder(model.preview_decoder, self._warn)
        self._plans = self.card.plans_for(
            self.quality, model.quantised_gib(), upscale=self.upscales
        )
        self.plan = memory.choose(self._plans, model.memory, free_gib(self.device))
        self._report: Reporter | None = None
        self._preview: LatentPreview | None = None
        self._base, self._windows = 0.0, 1
        self._reported = ("load", 0.0, 1.0)
        self._pipelines: Pipelines | None = self._loaded()

    @property
    def pipelines(self) -> Pipelines:
        """The pipelines; loaded again if the last attempt ran out of memory."""
        if self._pipelines is None:
            self._pipelines = self._loaded_again()
        return self._pipelines

    def _loaded_again(self) -> Pipelines:
        self._reported = ("load", 0.0, 1.0)
        with heartbeat(self._report_again):
            return self._loaded()

    def _loaded(self) -> Pipelines:
        """Load with the current plan, or with the next one that fits the memory."""
        pipelines: Pipelines | None
        while True:
            try:
                pipelines = load(self.card, self.model, self.folder, self.quality.parts)
                if self._adapters:
                    adapters.fuse_distilled(pipelines, self.card, self._adapters)
                adapters.fuse(pipelines, self._loras(always=True))
                adapters.load_by_purpose(pipelines, self.card, self.quality)
                adapters.load_selectable(pipelines, self._loras(always=False))
                # On the CPU, before a memory plan moves the VAE.
                self._preview = self._live_preview(pipelines.base.vae)
                memory.keep(pipelines, self.plan, self.device)
                if self.model.gpus > 1:
                    split(pipelines, self.model.gpus)
                self._tuning = speed.tune(
                    pipelines, self.card, self.quality, self.model, self.plan, self.device
                )
            except (RuntimeError, MemoryError) as error:
                if not devices.is_out_of_memory(error):
                    raise
                pipelines = None
                self._tighten(error)
            else:
                return pipelines

    def _loras(self, *, always: bool) -> list[tuple[LoraSettings, Path]]:
        """The configuration's adapters for every film, or those for some, with their files."""
        loras = (one for one in self.model.loras if (one.id is None) == always)
        return [(one, hub.lora(one, self.card)) for one in loras]

    @property
    def memory(self) -> HeldMemory:
        """The device memory that the current plan takes."""
        return HeldMemory(numbered(str(self.device)), self.plan.gib, devices.total_gib(self.device))

    @property
    def attention(self) -> str:
        """The attention backend of the denoisers."""
        return self._tuning.attention

    def uncompile(self, error: speed.CompileError) -> bool:
        """Stop compiling blocks after an error; returns False if none is compiled."""
        if not self._tuning.compiled:
            return False
        log.warning("The blocks of %s can't be compiled.", self.card.name, exc_info=error)
        self._tuning = self._tuning._replace(compiled=False)
        speed.uncompile(self.pipelines)
        return True

    def _check_parts(self) -> None:
        """Fall back to the standard tier if the weights of this tier are missing."""
        names = [*self.quality.parts.values(), *self.quality.adapters.values()]
        missing = [name for name in names if not (self.folder / name).exists()]
        if missing:
            self._change_quality(
                self.card.without_parts(self.model.quality),
                f"The weights of the tier '{self.model.quality}' ({', '.join(missing)}) are not on "
                "this machine, so films are drawn with those of 'standard'.",
            )

    @property
    def upscales(self) -> bool:
        """Whether the latents of larger films are doubled before they are decoded."""
        return self.model.upscale and (self.folder / "latent_upsampler").is_dir()

    def _warn(self, note: str) -> None:
        log.warning(note)
        self.notes.append(note)

    def _live_preview(self, vae: Any) -> LatentPreview | None:
        """How latents are shown; the configured decoder is for those of one kind."""
        preview, decoder = LatentPreview.fitted(vae), self._preview_decoder
        if preview is None or decoder is None:
            return preview
        own, wanted = (preview.channels, preview.ratio), (decoder.channels, decoder.ratio)
        if own == wanted:
            preview.decoder = decoder
        else:
            self._preview_decoder = None
            self._warn(
                f"The preview decoder is for latents of {wanted[0]} channels, {wanted[1]} pixels "
                f"wide, and the model has {own[0]} and {own[1]}: it is another model's. So live "
                "previews are drawn by a linear map."
            )
        return preview

    def _check_step_cache(self) -> None:
        """Compute every step if the library that skips blocks is missing."""
        if self.quality.step_cache is not None and not step_cache.is_installed():
            self.quality = self.quality.model_copy(update={"cache": None})
            self._warn(
                "The package cache-dit is not installed, so every block of every step is computed, "
                f"which takes longer. Install it with: {step_cache.ADVICE}"
            )

    def _change_quality(self, quality: Quality, why: str) -> None:
        self.quality = quality
        self._warn(
            f"{why} Fetch them with: vitascope models pull {self.card.name} "
            f"--quality {self.model.quality}"
        )

    def _distilled_adapters(self) -> dict[str, Path]:
        """The adapters for few steps, by component.

        If they are missing, the model draws with the schedule of the `high` tier.
        """
        distillation = self.card.adapters_for(self.model)
        if distillation is None:
            return {}
        found = hub.adapters(distillation, self.folder)
        if found is not None:
            return found
        quality = self.card.undistilled(self.model.quality)
        self._change_quality(
            quality,
            f"The adapters for few steps ({distillation.source}) are not on this machine, so "
            f"films take {quality.steps} steps with guidance.",
        )
        return {}

    @property
    def negative_prompt(self) -> str | None:
        """The negative prompt of requests that have none."""
        name = self.card.negative_prompt_file
        if name is None or not (self.folder / name).is_file():
            return self.card.negative_prompt
        return (self.folder / name).read_text("utf-8").strip()

    def step_down(self, error: BaseException) -> None:
        """Load again with the next tighter plan.

        Raises:
            JobError: `out_of_memory`; there is no tighter plan.
        """
        self._tighten(error)
        self._pipelines = self._loaded_again()

    def decode_in_tiles(self, error: BaseException) -> bool:
        """Decode in tiles from now on; returns False if the VAE does already or can't."""
        vae = self.pipelines.base.vae
        if getattr(vae, "use_tiling", True) or not hasattr(vae, "enable_tiling"):
            return False
        self._free(error)
        vae.enable_tiling()
        return True

    def _free(self, error: BaseException) -> None:
        # The traceback's frames refer to tensors on the device.
        error.__traceback__ = None
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _tighten(self, error: BaseException) -> None:
        tighter = memory.next_tighter(self._plans, self.plan)
        if tighter is None:
            raise self.out_of_memory() from error
        self.plan = tighter
        self._pipelines = None
        self._free(error)

    def out_of_memory(self) -> JobError:
        """The error of a job for which no memory plan is tight enough."""
        return memory.out_of_memory(self.plan, devices.device_name(self.device))

    def watch(self, report: Reporter, window: int, windows: int) -> None:
        """Report the work that follows as part of window number `window` of `windows`."""
        self._report = report
        self._base, self._windows = float(window), windows

    def progress(self, share: float) -> None:
        """Report the finished share of the window's denoising."""
        self._phase("denoise", self._base + min(1.0, share), self._windows)

    def show(self, latents: torch.Tensor, window: Mapping[str, Any]) -> None:
        """Offer a picture of latents that are not finished.

        Args:
            latents: as the pipeline has them after a step.
            window: `height`, `width` and `num_frames` of what is drawn.
        """
        if self._report is not None and self._preview is not None:
            self._report.preview(partial(self._preview.jpeg, latents, window))

    def step_cache(self, guidance_scale: float) -> AbstractContextManager[None]:
        """Let the denoisers skip blocks in one run, as far as the tier allows."""
        cache = self._tuning.cache
        return nullcontext() if cache is None else cache.run(guided=guidance_scale > 1)

    def decoding(self, done: float, total: float) -> None:
        """Report how many of the window's latents are decoded."""
        self._phase("decode", done, total)

    def _phase(self, name: str, done: float, total: float) -> None:
        self._reported = (name, done, total)
        self._report_again()

    def _report_again(self) -> None:
        if self._report is not None:
            self._report.phase(*self._reported)

    def heartbeat(self) -> AbstractContextManager[None]:
        """While open, repeats the last report on a CPU, where a step can take minutes."""
        return heartbeat(self._report_again) if self.device.type == "cpu" else nullcontext()

    def note(self, text: str) -> None:
        """Write a sentence into the job's log."""
        if self._report is not None:
            self._report.note(text)

    def generator(self, seed: int) -> torch.Generator:
        """A noise generator on the CPU, so that a seed gives the same noise on every device."""
        return torch.Generator("cpu").manual_seed(seed)

    def scheduler(self, steps: int, seed: int, strength: float = 1.0) -> Any:
        """A scheduler for one run with the tier's schedule; see `schedules.scheduler_for`."""
        return scheduler_for(
            self.pipelines.base.scheduler,
            self.quality.schedule,
            steps=steps,
            seed=seed,
            strength=strength,
        )

    def call(
        self,
        pipeline: Any,
        *,
        done: float = 0.0,
        share: float = 1.0,
        watch: Watch | None = None,
        tensors: tuple[str, ...] = ("latents",),
        steps: int | None = None,
        **arguments: Any,
    ) -> Any:
        """Run a pipeline once, reporting every step.

        Args:
            pipeline: one of the model's, its class, or that class's name in diffusers.
            done: the share of the window's denoising that finished before this run.
            share: the share of it that this run does.
            watch: called with the tensors after each step, which it may change.
            tensors: the names of these tensors.
            steps: steps of this run, if the pipeline counts only those of a part.
            arguments: of the pipeline's `__call__`.

        Returns:
            The pipeline's result.
        """
        named = isinstance(pipeline, str | type)
        pipe = self.pipelines.get(pipeline) if named else pipeline
        taken = 0

        def step(pipe: Any, number: int, _timestep: Any, state: dict[str, Any]) -> dict[str, Any]:
            nonlocal taken
            taken += 1
            self.progress(done + share * taken / max(1, steps or pipe.num_timesteps))
            if "latents" in state:
                self.show(state["latents"], arguments)
            return state if watch is None else watch(number, pipe, state)

        self.progress(done)
        try:
            with self.step_cache(arguments.get("guidance_scale", 1.0)):
                return pipe(
                    callback_on_step_end=step,
                    callback_on_step_end_tensor_inputs=list(tensors),
                    **arguments,
                )
        finally:
            # The hooks that move weights belong to the loaded pipeline.
            self.pipelines.base.maybe_free_model_hooks()
