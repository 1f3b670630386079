"""The engine processes of a worker: those of several models stay loaded as long as they fit."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from vitascope.clip import HeldMemory
from vitascope.config import Settings
from vitascope.errors import JobError
from vitascope.jobs.supervisor import EngineChild, EngineCrashed
from vitascope.model_settings import ModelSettings, NeededMemory

_SPARE = 0.95
"""The share of a device's memory that models may fill together."""

_GIBIBYTE = 1024**3

log = logging.getLogger(__name__)


class EngineChildren:
    """Has one child for each model. Of those that hold weights, the least recently used stop first.

    An engine that holds weights and does not say how much memory it takes is assumed to fill the
    device, unless `max_loaded_models` allows it company.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # In the order of their last use, the latest at the end.
        self._children: dict[ModelSettings, EngineChild] = {}

    async def warm_up(self, models: Iterable[ModelSettings]) -> None:
        """Start the engines before their first job; a failure is repeated at that job.

        Of the engines that hold a model's weights only the first, because loading takes minutes.
        """
        for model in sorted(dict.fromkeys(models), key=lambda model: model.holds_weights):
            if model.holds_weights and self._loaded():
                return
            try:
                await self._child(model).warm_up()
            except (EngineCrashed, JobError) as failure:
                log.warning("The %s engine did not start: %s", model.engine, failure)

    async def get(self, model: ModelSettings) -> EngineChild:
        """The model's child, after stopping as many others that hold weights as it needs."""
        child = self._child(model)
        self._children[model] = self._children.pop(model)  # now the latest
        if model.holds_weights and child.pid is None:
            while (others := self._loaded()) and not self._fits(model, list(others.values())):
                await self._stop(next(iter(others)))
        return child

    async def stop_others(self, child: EngineChild) -> bool:
        """Stop every loaded model but one, to give it all memory; whether there was another."""
        others = [model for model, other in self._loaded().items() if other is not child]
        for model in others:
            await self._stop(model)
        return bool(others)

    async def close(self) -> None:
        """Kill every child."""
        for child in self._children.values():
            await child.kill()

    def _child(self, model: ModelSettings) -> EngineChild:
        if model not in self._children:
            self._children[model] = EngineChild(
                model,
                stall_timeout=self._settings.stall_timeout_seconds,
                environment=self._settings.engine_environment,
            )
        return self._children[model]

    def _loaded(self) -> dict[ModelSettings, EngineChild]:
        """The children that hold weights, the least recently used first."""
        return {
            model: child
            for model, child in self._children.items()
            if model.holds_weights and child.pid is not None
        }

    async def _stop(self, model: ModelSettings) -> None:
        log.info("The model %s is stopped, because another one needs its memory", model.label)
        await self._children[model].kill()

    def _fits(self, model: ModelSettings, others: list[EngineChild]) -> bool:
        """Whether a model that is not loaded fits beside those that are."""
        at_most = self._settings.max_loaded_models
        if at_most is not None and len(others) >= at_most:
            return False
        needed = model.needs_memory
        held = [other.memory for other in others]
        if needed is None or None in held:
            return at_most is not None
        return fits(
            needed,
            [memory for memory in held if memory is not None],
            limit=self._settings.model_memory_gib,
            main_free=main_memory_free(),
        )


def fits(
    needed: NeededMemory,
    held: list[HeldMemory],
    *,
    limit: float | None,
    main_free: float | None,
) -> bool:
    """Whether a model fits beside loaded ones, without a slower memory plan than it has alone.

    Args:
        needed: by the model that is to be loaded.
        held: by those that are.
        limit: GiB that models may take of a device; by default nearly all of it.
        main_free: GiB of main memory that are free; None where the system does not say.
    """
    same = [one for one in held if needed.device in (None, one.device)]
    if not same:
        return _fits_main(needed, main_free)
    room = min(one.device_gib * _SPARE for one in same)
    if limit is not None:
        room = min(room, limit)
    alone = next((gib for gib in needed.plans if gib <= room), None)
    if alone is None or alone + sum(one.gib for one in same) > room:
        return False
    return _fits_main(needed, main_free)


def _fits_main(needed: NeededMemory, free: float | None) -> bool:
    return free is None or needed.weights <= free * _SPARE


def main_memory_free() -> float | None:
    """GiB of main memory that programs can have; None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    sizes = dict(line.split(":", 1) for line in lines)
    found = sizes.get("MemAvailable")
    return None if found is None else int(found.split()[0]) * 1024 / _GIBIBYTE
