"""Pipelines: weights loaded once, seen through as many pipeline classes as the tasks need."""

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
        base: the pipeline that was loaded.
        folder: where its weights lie.
        adapters: the adapters found in the weights' folder, by task; the value is the error if one
            can't be loaded.
        loras: the configuration's adapters that requests can ask for, by their names in the
            pipeline.
        always: adapters of every film that can't be fused into quantised weights, with scales.
        worn: the adapters of the current film, with their scales.
    """

    def __init__(self, base: Any, folder: Path) -> None:
        base.set_progress_bar_config(disable=True)
        self.base = base
        self.folder = folder
        self.adapters: dict[str, JobError | None] = {}
        self.loras: list[tuple[str, LoraSettings]] = []
        self.always: dict[str, float] = {}
        self.worn: dict[str, float] = {}
        self._made: dict[type, Any] = {type(base): base}
        self._extras: dict[str, Any] = {}

    def get(self, kind: str | type, **parts: Any) -> Any:
        """The pipeline of a class, or of a name in diffusers, on the loaded components.

        `from_pipe` is not used: it casts the weights to float32.

        Args:
            kind: the class or its name.
            parts: components that the loaded pipeline does not have, or others in their place.
        """
        wanted = getattr(diffusers, kind) if isinstance(kind, str) else kind
        if parts or wanted not in self._made:
            accepted = inspect.signature(wanted).parameters
            there = {**dict(self.base.config), **self.base.components, **parts}
            made = wanted(**{name: part for name, part in there.items() if name in accepted})
            made.set_progress_bar_config(disable=True)
            if parts:
                return made
            self._made[wanted] = made
        return self._made[wanted]

    def extra(self, folder: str, kind: str | type) -> Any | None:
        """A model that lies beside the pipeline's own, loaded when it is first asked for.

        Args:
            folder: its name among the weights.
            kind: its class, or that class's name in diffusers.

        Returns:
            The model on the pipeline's device, or none where there is no such folder.
        """
        if folder not in self._extras:
            path = self.folder / folder
            model = None
            if path.is_dir():
                base = self.base
                wanted: Any = getattr(diffusers, kind) if isinstance(kind, str) else kind
                model = wanted.from_pretrained(path, dtype=base.dtype)
                model = model.to(base._execution_device)
            self._extras[folder] = model
        return self._extras[folder]

    @property
    def transformers(self) -> list[Any]:
        """The denoisers: one, or the experts that take turns."""
        names = ("transformer", "transformer_2")
        found = (getattr(self.base, name, None) for name in names)
        return [part for part in found if part is not None]
