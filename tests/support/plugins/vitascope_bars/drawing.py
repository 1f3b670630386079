"""Draws a bar over a grey that depends on the seed; `slow=2.5` in a prompt adds 2.5 seconds."""

import re
import time
from collections.abc import Iterator

import av
import numpy as np

from vitascope.clip import Clip, RenderJob
from vitascope.engines.base import Reporter

_SLOW = re.compile(r"slow=([\d.]+)")
_BAR = 16


class Bars:
    def draw(self, job: RenderJob, report: Reporter) -> Clip:
        return Clip(self._frames(job), self._sound(job))

    def _frames(self, job: RenderJob) -> Iterator[av.VideoFrame]:
        width, height = job.size
        slow = _SLOW.search(job.prompt)
        delay = float(slow[1]) / job.frame_count if slow else 0.0
        planes = np.full((height * 3 // 2, width), 128, np.uint8)
        light = 16 + job.seed % 200
        planes[:height] = light
        for number in range(job.frame_count):
            time.sleep(delay)
            left = (width - _BAR) * number // max(1, job.frame_count - 1)
            planes[:height, left : left + _BAR] = 235
            yield av.VideoFrame.from_ndarray(planes, format="yuv420p")
            planes[:height, left : left + _BAR] = light

    def _sound(self, job: RenderJob) -> Iterator[np.ndarray]:
        for first in range(0, job.sample_count, 48_000):
            at = np.arange(first, min(first + 48_000, job.sample_count))
            tone = 0.1 * np.sin(2 * np.pi * 440 * at / 48_000)
            yield np.stack([tone, tone]).astype(np.float32)
