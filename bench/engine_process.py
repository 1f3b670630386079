"""A process that makes films without a server: engine and encoder, or the encoder alone.

Run as `python -m bench.engine_process FOLDER`; takes a JSON object a line,
`{"prompt": …, "seconds": …, "only_encode": …}`, and answers each with the seconds it took.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.machine import MEBIBYTE
from bench.process import BenchError

if TYPE_CHECKING:
    import av

    from vitascope.clip import RenderJob
    from vitascope.engines.base import Engine

CORES = 2
SEED = 7


class Cost(NamedTuple):
    """What a film cost: seconds by the clock, and of processors' time, all threads together."""

    seconds: float
    processor: float


class EngineProcess:
    """The near side of the process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def film(self, prompt: str, seconds: int = 4) -> Cost:
        """Draw, encode and preview a film, its preparation included."""
        return _cost(self._ask(prompt, seconds, only_encode=False))

    def encode(self, prompt: str, seconds: int = 4) -> Cost:
        """Encode the film's frames, which lie ready in memory."""
        return _cost(self._ask(prompt, seconds, only_encode=True))

    def peak_mebibytes(self, prompt: str, seconds: int) -> float:
        """Make a film; the most memory the process ever held."""
        return self._ask(prompt, seconds, only_encode=False)["peak_mebibytes"]

    def _ask(self, prompt: str, seconds: int, *, only_encode: bool) -> dict[str, float]:
        assert self._process.stdin is not None and self._process.stdout is not None
        request = {"prompt": prompt, "seconds": seconds, "only_encode": only_encode}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise BenchError(f"No film was made of {prompt!r}; what went wrong is above.")
        found: dict[str, float] = json.loads(answer)
        return found


def _cost(found: dict[str, float]) -> Cost:
    return Cost(found["seconds"], found["processor"])


@contextmanager
def engine_process(scratch: Path) -> Iterator[EngineProcess]:
    """A fresh process that makes films in the folder, with the environment of an engine."""
    from vitascope.jobs.processes import engine_environment
    from vitascope.model_settings import ModelSettings

    process = subprocess.Popen(
        [sys.executable, "-m", "bench.engine_process", str(scratch)],
        env=engine_environment(ModelSettings()),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield EngineProcess(process)
    finally:
        process.communicate()  # the end of its input is its end


class _Silent:
    """A reporter that nobody listens to."""

    def phase(self, name: str, done: float, total: float) -> None:
        """Ignore it."""

    def note(self, message: str) -> None:
        """Ignore it."""

    def preview(self, jpeg: Callable[[], bytes]) -> None:
        """Ignore it."""


class _Maker:
    """The far side of the process."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path
        self._frames = lru_cache(maxsize=1)(self._drawn)

    def film(self, job: RenderJob) -> None:
        """What a worker's child does with an order."""
        from vitascope.media.encode import encode
        from vitascope.media.previews import Previews

        previews = Previews(job.size, job.frame_count)
        encode(self._engine.draw(job, _Silent()), job, self._path, previews=previews)
        previews.thumbnail()
        previews.spritesheet()

    def encode(self, job: RenderJob) -> Cost:
        """x264 alone, with the output profile's settings."""
        import av

        from vitascope.media import profile

        frames = self._frames(job)
        began = _now()
        with av.open(self._path, "w", format="mp4") as film:
            track = profile.add_video(film, job.size, job.fps)
            for number, frame in enumerate(frames):
                film.mux(track.encode(profile.tag(frame, number, job.fps)))
            film.mux(track.encode(None))
        return _since(began)

    def _drawn(self, job: RenderJob) -> list[av.VideoFrame]:
        return list(self._engine.draw(job, _Silent()).frames)


def _now() -> Cost:
    return Cost(time.perf_counter(), time.process_time())


def _since(began: Cost) -> Cost:
    now = _now()
    return Cost(now.seconds - began.seconds, now.processor - began.processor)


def _answer(maker: _Maker, request: dict[str, Any]) -> dict[str, float]:
    from vitascope.clip import RenderJob
    from vitascope.spec import FPS, RenderSpec, Size

    frames = request["seconds"] * FPS
    spec = RenderSpec(
        prompt=request["prompt"], size=Size(720, 1280), frames=frames, seed=SEED, model="sora-2"
    )
    job = RenderJob(spec=spec)
    began = _now()
    if request["only_encode"]:
        took = maker.encode(job)
    else:
        maker.film(job)
        took = _since(began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return {**took._asdict(), "peak_mebibytes": peak * unit / MEBIBYTE}


def main() -> None:
    """Make films until the input ends."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    from vitascope.engines.registry import open_engine
    from vitascope.model_settings import ModelSettings

    maker = _Maker(open_engine(ModelSettings()), Path(sys.argv[1]) / "film.mp4")
    for line in sys.stdin:
        print(json.dumps(_answer(maker, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
