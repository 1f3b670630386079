"""The rig: a card's pipelines on a device, and how one of them is run under watch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from vitascope.engines.base import Reporter
from vitascope.engines.diffusers.card import Card, Quality
from vitascope.engines.diffusers.pipelines import Pipelines

Watch = Callable[[int, Any, dict[str, Any]], dict[str, Any]]
"""Called after each step with the step's number, the pipeline and its tensors; may change them."""


class Rig:
    """What a family draws with.

    Attributes:
        card: the model's card.
        quality: the preset in use.
        pipelines: the loaded weights.
        device: where tensors are made.
        one_batch: whether there is room to run both halves of guidance as one batch.
    """

    def __init__(
        self,
        card: Card,
        quality: Quality,
        pipelines: Pipelines,
        device: torch.device,
        *,
        one_batch: bool = False,
    ) -> None:
        self.card = card
        self.quality = quality
        self.pipelines = pipelines
        self.device = device
        self.one_batch = one_batch
        self._report: Reporter | None = None
        self._base, self._windows = 0.0, 1

    def watch(self, report: Reporter, window: int, windows: int) -> None:
        """Say whose work follows: window `window` of so many."""
        self._report = report
        self._base, self._windows = float(window), windows

    def progress(self, share: float) -> None:
        """Report that this share of the window's denoising is done."""
        if self._report is not None:
            self._report.phase("denoise", self._base + min(1.0, share), self._windows)

    def decoding(self, done: float, total: float) -> None:
        """Report that something of the window's latents is decoded."""
        if self._report is not None:
            self._report.phase("decode", done, total)

    def note(self, text: str) -> None:
        """Leave a sentence in the job's log."""
        if self._report is not None:
            self._report.note(text)

    def generator(self, seed: int) -> torch.Generator:
        """A source of noise. Always on the CPU, so that a seed means the same on any device."""
        return torch.Generator("cpu").manual_seed(seed)

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
            pipeline: one of the rig's, its class, or that class's name in diffusers.
            done: which share of the window's denoising lies behind.
            share: which share of it this run is.
            watch: looks at, and may change, the tensors after each step.
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
            # Where weights are moved about, it was the loaded pipeline that arranged for it.
            self.pipelines.base.maybe_free_model_hooks()
