"""Clips drawn with numpy, and films made of them by PyAV, as other programs would make them."""

import resource
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from job_fixtures import a_job

from vitascope.clip import Clip, RenderJob
from vitascope.spec import SAMPLE_RATE, FrameRate, Size

SMALL = Size(160, 96)


def picture(number: int, size: Size = SMALL) -> av.VideoFrame:
    """A grey slope whose level and phase tell its number."""
    frame = av.VideoFrame(*size, "yuv420p")
    for index, plane in enumerate(frame.planes):
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        slope = np.linspace(0, 60, plane.width)[None, :] + (number * 7) % 120 + 30
        rows[:, : plane.width] = slope if index == 0 else 110 + 20 * index
    return frame


def level(frame: av.VideoFrame) -> float:
    """The mean light of a picture, by which `picture(number)` is recognised."""
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
    return float(rows[:, : plane.width].mean())


def tone(first: int, samples: int) -> np.ndarray:
    """A clean tone on the left, another on the right, from an absolute sample on; (2, n)."""
    t = np.arange(first, first + samples) / SAMPLE_RATE
    return np.stack([0.4 * np.sin(2 * np.pi * f * t) for f in (440, 660)]).astype(np.float32)


def clip(job: RenderJob, *, first: int = 0, block: int = 7001) -> Clip:
    """A clip that keeps to its job; `first` is the number of its first picture."""

    def frames() -> Iterator[av.VideoFrame]:
        for number in range(first, first + job.frame_count):
            yield picture(number, job.size)

    def sound() -> Iterator[np.ndarray]:
        for start in range(0, job.sample_count, block):
            yield tone(first * 2000 + start, min(block, job.sample_count - start))

    return Clip(frames(), sound())


def small_job(
    seconds: int = 1, size: Size = SMALL, frames: int | None = None, fps: Fraction = Fraction(24)
) -> RenderJob:
    rate = FrameRate(fps.numerator, fps.denominator)
    return a_job(size=size, seconds=seconds, frames=frames, fps=rate)


def decoded(path: Path) -> list[float]:
    with av.open(path) as film:
        return [level(frame) for frame in film.decode(video=0)]


def heard(path: Path) -> np.ndarray:
    """What is presented of the sound, shape (2, n): the tail beyond the track's end is cut."""
    with av.open(path) as film:
        stream = film.streams.audio[0]
        blocks = [frame.to_ndarray() for frame in film.decode(stream)]
        return np.concatenate(blocks, axis=1)[:, : stream.duration]


class Scales:
    """A progress callback that weighs the process now and then; Linux tells its own weight."""

    def __init__(self) -> None:
        self.weights: dict[int, int] = {}

    def __call__(self, phase: str, done: float, total: float) -> None:
        if phase != "draw" and done % 24 == 0:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            self.weights[int(done)] = pages * resource.getpagesize()

    def growth(self, first: int) -> int:
        """Bytes that were added after the frame `first`."""
        late = [weight for done, weight in self.weights.items() if done > first]
        return max(late) - self.weights[first]
