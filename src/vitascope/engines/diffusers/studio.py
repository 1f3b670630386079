"""The studio: a model's weights on a device by a memory plan, ready to draw."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import torch

from vitascope.engines.diffusers import adapters, hub, memory, speed
from vitascope.engines.diffusers import device as devices
from vitascope.engines.diffusers.card import Card
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.families import family_named
from vitascope.engines.diffusers.loading import load
from vitascope.engines.diffusers.rig import Rig
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.diffusers.splitting import split
from vitascope.errors import JobError

Probe = Callable[[torch.device], float | None]
"""Tells how much memory of a device is free, in GiB."""


class Studio:
    """Loads once, draws often; gives way to a tighter memory plan when memory runs out.

    Attributes:
        card: the model's card.
        model: its table in the configuration.
        family: who knows how its pipelines are asked.
        plan: the memory plan in use.
        rig: what is drawn with.
    """

    def __init__(self, model: DiffusersSettings, *, free_gib: Probe = devices.free_gib) -> None:
        """Load the weights.

        Raises:
            JobError: they are not here, damaged or another model's, or the device is missing.
        """
        self.model = model
        self.card: Card = card_named(model.card)
        self.quality = self.card.quality[model.quality]
        self.family = family_named(self.card.family)
        self.device = devices.pick(model.device)
        self.folder = hub.located(self.card, model.source)
        self._adapters = self._wanted_adapters()
        self.plan = memory.choose(self.card.memory, model.memory, free_gib(self.device))
        self._rig: Rig | None = self._loaded()

    @property
    def rig(self) -> Rig:
        """What is drawn with; loaded anew where the last plan's failure left none."""
        if self._rig is None:
            self._rig = self._loaded()
        return self._rig

    def _loaded(self) -> Rig:
        """Load by the present plan; by the next one, if even that is too much."""
        while True:
            try:
                pipelines = load(self.card, self.model, self.folder)
                if self._adapters:
                    adapters.distil(pipelines.base, self.card, self._adapters)
                adapters.bring(pipelines, self.card)
                memory.keep(pipelines, self.plan, self.device)
                if self.model.gpus > 1:
                    split(pipelines, self.model.gpus)
                speed.tune(pipelines, self.card, self.model, self.plan, self.device)
                return Rig(
                    self.card,
                    self.quality,
                    pipelines,
                    self.device,
                    one_batch=self._has_room_for_two(),
                )
            except (RuntimeError, MemoryError) as error:
                if not devices.is_out_of_memory(error):
                    raise
                pipelines = None
                self._tighten(error)

    def _wanted_adapters(self) -> dict[str, Path]:
        """The files of the adapters for a few steps, by component; none if none is worn."""
        worn = self.card.worn_by(self.model)
        return {} if worn is None else hub.adapters(self.card, worn, self.folder)

    def _has_room_for_two(self) -> bool:
        """Whether runs of the denoiser may be joined: not if they are cached or split."""
        return self.plan.plan == "none" and not self.quality.cache and self.model.gpus == 1

    def step_down(self, error: BaseException) -> None:
        """Load again by the next tighter plan.

        Raises:
            JobError: `out_of_memory`; there is none.
        """
        self._tighten(error)
        self._rig = self._loaded()

    def _tighten(self, error: BaseException) -> None:
        tighter = memory.next_tighter(self.card.memory, self.plan)
        if tighter is None:
            raise self.out_of_memory() from error
        self.plan = tighter
        # What the failure still refers to are tensors on the device.
        error.__traceback__ = None
        self._rig = None
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def out_of_memory(self) -> JobError:
        """The failure of a job for which memory did not suffice."""
        return memory.out_of_memory(self.plan, devices.device_name(self.device))
