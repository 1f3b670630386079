"""Pipelines of several classes that share one set of loaded components."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import diffusers

from vitascope.engines.diffusers.settings import LoraSettings
from vitascope.errors import JobError


class Pipelines:
    """One set of components and the pipelines that share it.

    Attributes:
        base: the loaded pipeline.
        folder: its weights.
        adapters: the adapters in the weights' folder by purpose; the value is the error if one
            can't be loaded.
        loras: the adapters that requests can select, with their names in the pipeline.
        always: scales of the adapters of every film that can't be fused into quantised weights.
        selected: scales of the adapters that the current film selects.
    """

    def __init__(self, base: Any, folder: Path) -> None:
        base.set_progress_bar_config(disable=True)
        self.base = base
        self.folder = folder
        self.adapters: dict[str, JobError | None] = {}
        self.loras: list[tuple[str, LoraSettings]] = []
        self.always: dict[str, float] = {}
        self.selected: dict[str, float] = {}
        self._made: dict[type, Any] = {type(base): base}
        self._extras: dict[str, Any] = {}

    def get(self, kind: str | type, **parts: Any) -> Any:
        """The pipeline of a class, with the loaded components.

        `from_pipe` is not used: it casts the weights to float32.

        Args:
            kind: the class or its name in diffusers.
            parts: components that are added or replaced.
        """
        cls = getattr(diffusers, kind) if isinstance(kind, str) else kind
        if parts or cls not in self._made:
            accepted = inspect.signature(cls).parameters
            available = {**dict(self.base.config), **self.base.components, **parts}
            pipeline = cls(**{name: part for name, part in available.items() if name in accepted})
            pipeline.set_progress_bar_config(disable=True)
            if parts:
                return pipeline
            self._made[cls] = pipeline
        return self._made[cls]

    def extra(self, folder: str, kind: str | type) -> Any | None:
        """A model among the weights that the pipeline's index does not name, loaded at first use.

        Args:
            folder: its folder.
            kind: its class, or that class's name in diffusers.

        Returns:
            The model on the pipeline's device; None if there is no such folder.
        """
        if folder not in self._extras:
            path = self.folder / folder
            model = None
            if path.is_dir():
                base = self.base
                cls: Any = getattr(diffusers, kind) if isinstance(kind, str) else kind
                model = cls.from_pretrained(path, dtype=base.dtype)
                model = model.to(base._execution_device)
            self._extras[folder] = model
        return self._extras[folder]

    @property
    def transformers(self) -> list[Any]:
        """The denoisers: one, or two experts for high and low noise."""
        names = ("transformer", "transformer_2")
        found = (getattr(self.base, name, None) for name in names)
        return [part for part in found if part is not None]
