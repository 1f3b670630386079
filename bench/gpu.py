"""The GPU bench: the engine's whole path beside the plain call of the same pipeline.

    scripts/test-models --collect-only -q      # installs torch, once
    .cache/diffusers-venv/bin/python -m bench.gpu [CARD …] [--tiny]

On a GPU the models have their real shapes and random weights. Without one, or with `--tiny`, they
are tiny and the figures say only that the script runs.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from PIL import Image

from bench import gpu_models, report
from vitascope.clip import InputFile, RenderJob
from vitascope.engines.diffusers import loaded
from vitascope.engines.diffusers.card import PlanName
from vitascope.engines.diffusers.device import pick
from vitascope.engines.diffusers.engine import Diffusers
from vitascope.engines.diffusers.pipelines import Pipelines
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.native import native_size
from vitascope.media import profile
from vitascope.media.encode import encode
from vitascope.spec import FPS, RenderSpec, Size

_PUBLISHED = {"wan2.2-i2v-a14b": 6.13}
"""Seconds a step of Wan 14B image to video at 480p, 81 frames, on one H100: LightX2V's own table.
Plain diffusers has 9.77 there."""
_WHOLE_PATH = 1.02
_GIB = 1024**3


@dataclass
class Clock:
    """When the steps of a run ended; a reporter, and a step callback of diffusers."""

    ends: list[float] = field(default_factory=list)

    def phase(self, name: str, done: float, _total: float) -> None:
        """Note the end of a step."""
        if name == "denoise" and done > 0:
            self.ends.append(time.perf_counter())

    def note(self, message: str) -> None:
        """Say what the engine says."""
        print(f"  {message}", file=sys.stderr)

    def preview(self, _jpeg: Callable[[], bytes]) -> None:
        """Make none, as none is sent."""

    def step(self, _pipe: Any, _number: int, _time: Any, state: dict[str, Any]) -> dict[str, Any]:
        """Note the end of a step."""
        self.ends.append(time.perf_counter())
        return state

    @property
    def per_step(self) -> float:
        """Median seconds from step to step; the first, which compiles, is not among them."""
        return float(np.median(np.diff(self.ends)))


@dataclass(frozen=True)
class Run:
    """One film: seconds a step and in all, and the most memory in GiB."""

    per_step: float
    seconds: float
    memory: float


class Bench:
    """One card, on one device, the engine and the plain call in turns."""

    def __init__(
        self,
        card: str,
        folder: Path,
        *,
        layers: int | None,
        small: bool,
        memory: PlanName = "none",
    ) -> None:
        self.device = torch.device("cpu") if small else pick(None)
        table: dict[str, Any] = {"card": card, "device": str(self.device), "memory": memory}
        if card.startswith("wan"):
            table["quality"] = "high"  # as published figures are: no adapters, and under guidance
        if small:
            source = gpu_models.tiny(card, folder / card)
            table |= {"source": str(source), "dtype": "float32", "render_scale": 0.5}
        else:
            base = gpu_models.full(card, self.device, layers)
            table |= {"source": str(folder)}
            # The weights are never on disk: what would read them is given them.
            loaded.load = lambda *_: Pipelines(base, folder)  # type: ignore[assignment]
            loaded.hub.located = lambda *_: folder  # type: ignore[assignment]
        modest = self.device.type == "cpu"
        if modest:
            torch.set_num_threads(1)
        size = Size(192, 128) if modest else Size(832, 480)
        self._model = DiffusersSettings(steps=4 if modest else 8, **table)
        self._engine = Diffusers(self._model)
        self._image = folder / "first.png"
        Image.fromarray(np.full((size.height, size.width, 3), 90, np.uint8)).save(self._image)
        takes_image = "create" not in self._engine.loaded.card.operations
        spec = RenderSpec(
            prompt="A heron in the mist",
            size=size,
            frames=9 if modest else 81 * 24 // self._engine.loaded.card.fps,
            seed=7,
            model=card,
        )
        picture = (InputFile("first_frame", self._image),) if takes_image else ()
        self._job = RenderJob(spec=spec, inputs=picture)
        self._film = folder / "film.mp4"

    def ours(self) -> Run:
        """What the worker's child does with an order."""
        clock = Clock()
        return self._timed(
            clock, lambda: encode(self._engine.draw(self._job, clock), self._job, self._film)
        )

    def plain(self) -> Run:
        """The pipeline as its documentation calls it, its pictures written by the same encoder."""
        clock, job = Clock(), self._job
        card = self._engine.loaded.card
        native = native_size(
            job.size,
            align=card.align,
            pixels=self._engine.loaded.quality.max_pixels,
            scale=self._model.render_scale,
        )
        model = self._engine.loaded
        base = model.pipelines.base
        scheduler = model.scheduler(self._model.steps or model.quality.steps, 7)
        pipe = model.pipelines.get(type(base), scheduler=scheduler)
        arguments: dict[str, Any] = {
            "prompt": job.prompt,
            "negative_prompt": card.negative_prompt,
            "width": native.width,
            "height": native.height,
            "num_frames": card.frames_for(round(job.frame_count * card.fps / 24)),
            "num_inference_steps": self._model.steps,
            "guidance_scale": self._engine.loaded.quality.guidance_scale,
            "generator": torch.Generator("cpu").manual_seed(7),
            "callback_on_step_end": clock.step,
            "output_type": "np",
        }
        if card.family == "ltx":
            arguments |= _distilled(scheduler.levels)
        if job.first_frame is not None:
            arguments["image"] = Image.open(job.first_frame).resize(native)
        return self._timed(clock, lambda: self._written(pipe(**arguments).frames[0], native))

    def _written(self, pictures: np.ndarray[Any, Any], size: Size) -> None:
        with av.open(self._film, "w", format="mp4") as film:
            track = profile.add_video(film, size, Fraction(FPS))
            for number, picture in enumerate(pictures):
                levels = (picture * 255).round().astype(np.uint8)
                frame = av.VideoFrame.from_ndarray(levels, "rgb24").reformat(format="yuv420p")
                film.mux(track.encode(profile.tag(frame, number, Fraction(FPS))))
            film.mux(track.encode(None))

    def _timed(self, clock: Clock, make: Any) -> Run:
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        began = time.perf_counter()
        # In a thread of its own, as the engine is drawn from: on a CPU that makes a difference.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(make).result()
        seconds = time.perf_counter() - began
        if self.device.type == "cuda":
            memory = torch.cuda.max_memory_allocated() / _GIB
        else:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        return Run(clock.per_step, seconds, memory)


def _distilled(levels: list[float]) -> dict[str, Any]:
    """How LTX's own documentation calls its distilled weights: its noise levels, no guidance."""
    off = {"guidance_scale": 1.0, "modality_scale": 1.0, "stg_scale": 0.0}
    return {
        "sigmas": levels,
        "frame_rate": 24.0,
        **off,
        **{f"audio_{name}": value for name, value in off.items()},
    }


def measure(card: str, folder: Path, *, layers: int | None, small: bool) -> list[report.Row]:
    """Run a card both ways, in turns, after a round that compiles."""
    bench = Bench(card, folder, layers=layers, small=small)
    bench.ours()
    ours, plain = [], []
    for _ in range(3):
        ours.append(bench.ours())
        plain.append(bench.plain())
    median = partial(_median, ours, plain)
    per_step, bare_step = median("per_step")
    seconds, bare_seconds = median("seconds")
    memory, bare_memory = median("memory")
    toy = bench.device.type == "cpu"  # fixed costs are most of it; nothing is demanded
    where = f"{card}{' (tiny)' if small else ''} on {bench.device}"
    rows = [
        _row(f"{where}: a step", per_step, bare_step, "s", None),
        _row(f"{where}: prompt to film", seconds, bare_seconds, "s", None if toy else _WHOLE_PATH),
        _row(f"{where}: most memory", memory, bare_memory, "GiB", None),
    ]
    if not toy and layers is None and card in _PUBLISHED:
        rows.append(report.below(f"{where}: a step", per_step, _PUBLISHED[card], "s"))
    return rows


def _median(ours: list[Run], plain: list[Run], name: str) -> tuple[float, float]:
    return tuple(float(np.median([getattr(run, name) for run in runs])) for runs in (ours, plain))  # type: ignore[return-value]


def _row(what: str, ours: float, plain: float, unit: str, limit: float | None) -> report.Row:
    bound = "" if limit is None else f", at most {limit:.2f} of it"
    holds = None if limit is None else ours <= plain * limit
    return report.Row(
        what, f"{ours:.3g} {unit}", f"plain call: {plain:.3g} {unit}{bound}", ours / plain, holds
    )


def main() -> None:
    """Measure the cards that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.gpu", description=__doc__)
    parser.add_argument(
        "cards", nargs="*", metavar="CARD", help=f"of {', '.join(gpu_models.CARDS)}"
    )
    parser.add_argument("--tiny", action="store_true", help="tiny models on the CPU")
    parser.add_argument("--layers", type=int, help="fewer blocks, to try the script")
    options = parser.parse_args()
    small = options.tiny or (pick(None).type == "cpu" and options.layers is None)
    rows: list[report.Row] = []
    with tempfile.TemporaryDirectory(prefix="vitascope-gpu-") as folder:
        for card in options.cards or gpu_models.CARDS:
            print(f"Measuring {card} …", file=sys.stderr)
            rows += measure(card, Path(folder), layers=options.layers, small=small)
    report.show(rows)


if __name__ == "__main__":
    main()
