"""A loaded model: a card's weights on a device, how they are kept, and how a pipeline is run."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import torch

from vitascope.engines.base import Reporter
from vitascope.engines.diffusers import adapters, hub, memory, speed
from vitascope.engines.diffusers import device as devices
from vitascope.engines.diffusers.card import Card, Quality
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.families import family_named
from vitascope.engines.diffusers.loading import load
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.engines.diffusers.schedules import scheduler_for
from vitascope.engines.diffusers.settings import DiffusersSettings, LoraSettings
from vitascope.engines.diffusers.splitting import split
from vitascope.engines.pulse import beating
from vitascope.errors import JobError

log = logging.getLogger(__name__)

Probe = Callable[[torch.device], float | None]
"""Returns the free memory of a device in GiB."""

Watch = Callable[[int, Any, dict[str, Any]], dict[str, Any]]
"""Called after each step with the step's number, the pipeline and its tensors; may change them."""


class LoadedModel:
    """Loads once, draws many films; loads again by a tighter memory plan when memory runs out.

    Attributes:
        card: the model's card.
        model: its table in the configuration.
        quality: the tier in use.
        family: the module that calls its pipelines.
        device: where tensors are made.
        plan: the memory plan in use.
        notes: what the log of each job should say about how the model was loaded.
    """

    def __init__(self, model: DiffusersSettings, *, free_gib: Probe = devices.free_gib) -> None:
        """Load the weights.

        Raises:
            JobError: the weights are missing, damaged or another model's, or there is no such
                device.
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
        self._adapters = self._wanted_adapters()
        self._plans = self.card.plans_for(self.quality, model.quantised_gib())
        self.plan = memory.choose(self._plans, model.memory, free_gib(self.device))
        self._report: Reporter | None = None
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
        with beating(self._report_again):
            return self._loaded()

    def _loaded(self) -> Pipelines:
        """Load by the present plan, or by the next one that the memory is enough for."""
        made: Pipelines | None
        while True:
            try:
                made = load(self.card, self.model, self.folder, self.quality.parts)
                if self._adapters:
                    adapters.distil(made, self.card, self._adapters)
                adapters.fuse(made, self._loras(always=True))
                adapters.bring(made, self.card, self.quality)
                adapters.keep_ready(made, self._loras(always=False))
                memory.keep(made, self.plan, self.device)
                if self.model.gpus > 1:
                    split(made, self.model.gpus)
                self._tuning = speed.tune(made, self.card, self.model, self.plan, self.device)
            except (RuntimeError, MemoryError) as error:
                if not devices.is_out_of_memory(error):
                    raise
                made = None
                self._tighten(error)
            else:
                return made

    def _loras(self, *, always: bool) -> list[tuple[LoraSettings, Path]]:
        """The configuration's adapters for every film, or for some, and their files."""
        wanted = (one for one in self.model.loras if (one.id is None) == always)
        return [(one, hub.lora(one, self.card)) for one in wanted]

    @property
    def attention(self) -> str:
        """The attention backend of the denoisers."""
        return self._tuning.attention

    def uncompile(self, error: speed.CompileError) -> bool:
        """Let blocks that can't be compiled run as they are; false where none is compiled."""
        if not self._tuning.compiled:
            return False
        log.warning("The blocks of %s can't be compiled.", self.card.name, exc_info=error)
        self._tuning = self._tuning._replace(compiled=False)
        speed.uncompile(self.pipelines)
        return True

    def _check_parts(self) -> None:
        """Use another tier's weights where those of the tier's own are missing."""
        wanted = [*self.quality.parts.values(), *self.quality.adapters.values()]
        missing = [name for name in wanted if not (self.folder / name).exists()]
        if missing:
            self._change_quality(
                self.card.without_parts(self.model.quality),
                f"The weights of the tier '{self.model.quality}' ({', '.join(missing)}) are not on "
                "this machine, so films are drawn by those of 'standard'.",
            )

    def _change_quality(self, quality: Quality, why: str) -> None:
        self.quality = quality
        note = (
            f"{why} Fetch them with: vitascope models pull {self.card.name} "
            f"--quality {self.model.quality}"
        )
        log.warning(note)
        self.notes.append(note)

    def _wanted_adapters(self) -> dict[str, Path]:
        """The adapters for few steps, by component.

        Where they are missing, the model draws without them, by the schedule of the `high` tier.
        """
        wanted = self.card.adapters_for(self.model)
        if wanted is None:
            return {}
        found = hub.adapters(wanted, self.folder)
        if found is not None:
            return found
        base = self.card.undistilled(self.model.quality)
        self._change_quality(
            base,
            f"The adapters that draw in few steps ({wanted.source}) are not on this machine, so "
            f"films take {base.steps} steps with guidance.",
        )
        return {}

    @property
    def negative_prompt(self) -> str | None:
        """What films should avoid unless a request says otherwise."""
        name = self.card.negative_prompt_file
        if name is None or not (self.folder / name).is_file():
            return self.card.negative_prompt
        return (self.folder / name).read_text("utf-8").strip()

    def step_down(self, error: BaseException) -> None:
        """Load again by the next tighter plan.

        Raises:
            JobError: `out_of_memory`; there is none.
        """
        self._tighten(error)
        self._pipelines = self._loaded_again()

    def decode_in_tiles(self, error: BaseException) -> bool:
        """Let the VAE work in tiles from now on; false where it does already or can't."""
        coder = self.pipelines.base.vae
        if getattr(coder, "use_tiling", True) or not hasattr(coder, "enable_tiling"):
            return False
        self._free(error)
        coder.enable_tiling()
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
        """The failure of a job that no plan had enough memory for."""
        return memory.out_of_memory(self.plan, devices.device_name(self.device))

    def watch(self, report: Reporter, window: int, windows: int) -> None:
        """Report the work that follows as that of window `window` of so many."""
        self._report = report
        self._base, self._windows = float(window), windows

    def progress(self, share: float) -> None:
        """Report that this share of the window's denoising is done."""
        self._phase("denoise", self._base + min(1.0, share), self._windows)

    def decoding(self, done: float, total: float) -> None:
        """Report how much of the window's latents is decoded."""
        self._phase("decode", done, total)

    def _phase(self, name: str, done: float, total: float) -> None:
        self._reported = (name, done, total)
        self._report_again()

    def _report_again(self) -> None:
        if self._report is not None:
            self._report.phase(*self._reported)

    def beating(self) -> AbstractContextManager[None]:
        """While this lasts, a CPU reports that it works: a step can take minutes there."""
        return beating(self._report_again) if self.device.type == "cpu" else nullcontext()

    def note(self, text: str) -> None:
        """Write a sentence into the job's log."""
        if self._report is not None:
            self._report.note(text)

    def generator(self, seed: int) -> torch.Generator:
        """A source of noise. Always on the CPU, so that a seed means the same on any device."""
        return torch.Generator("cpu").manual_seed(seed)

    def scheduler(self, steps: int, seed: int, strength: float = 1.0) -> Any:
        """A scheduler for one run by the tier's schedule; see `schedules.scheduler_for`."""
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
            done: which share of the window's denoising was done before.
            share: which share of it this run is.
            watch: called with the tensors after each step; may change them.
            tensors: which ones it is given.
            steps: how many this run takes, where the pipeline itself counts only those of a part.
            arguments: of the pipeline's `__call__`.

        Returns:
            What the pipeline returns.
        """
        named = isinstance(pipeline, str | type)
        pipe = self.pipelines.get(pipeline) if named else pipeline
        taken = 0

        def step(pipe: Any, number: int, _timestep: Any, state: dict[str, Any]) -> dict[str, Any]:
            nonlocal taken
            taken += 1
            self.progress(done + share * taken / max(1, steps or pipe.num_timesteps))
            return state if watch is None else watch(number, pipe, state)

        self.progress(done)
        try:
            return pipe(
                callback_on_step_end=step,
                callback_on_step_end_tensor_inputs=list(tensors),
                **arguments,
            )
        finally:
            # Hooks that move weights belong to the pipeline that was loaded.
            self.pipelines.base.maybe_free_model_hooks()
