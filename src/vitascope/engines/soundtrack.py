"""The fallback soundtrack: what is heard with a film whose model is silent.

An edited film keeps its own sound; any other gets the soundtrack that the model's `sound` names.
Where a film is extended, its last second rings out over that, played backwards, which goes on from
its very last sample without a jump.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from vitascope.clip import RenderJob
from vitascope.engines.registry import soundtrack_named
from vitascope.media.probe import probe
from vitascope.media.sound import Block, samples
from vitascope.spec import SAMPLE_RATE

_ECHO = SAMPLE_RATE
"""Samples over which an extended film's sound gives way to the new one."""


def soundtrack(job: RenderJob, name: str) -> Iterator[Block]:
    """The sound of a silent model's clip: exactly `sample_count` samples in blocks, (2, n).

    Args:
        job: what is drawn; an extension's sound goes on at its place on the scene's clock.
        name: `none` for silence, or the soundtrack's entry point.

    Raises:
        JobError: `invalid_video`; the film that is edited or extended can't be read.
    """
    if job.task == "edit" and job.source is not None and probe(job.source).has_sound:
        return samples(job.source, job.sample_count)
    sound = silence(job) if name == "none" else soundtrack_named(name)(job)
    if job.task == "extend" and job.source is not None:
        sound = _ringing_out(last_samples(job.source, _ECHO), sound)
    return sound


def silence(job: RenderJob) -> Iterator[Block]:
    """As many samples as the job has, all 0, in blocks of a second at most."""
    for first in range(0, job.sample_count, SAMPLE_RATE):
        yield np.zeros((2, min(SAMPLE_RATE, job.sample_count - first)), np.float32)


def last_samples(film: Path, count: int) -> Block:
    """The last so many samples of a film's sound; silence before it, where it is shorter.

    Raises:
        JobError: `invalid_video`; it can't be read.
    """
    kept = np.zeros((2, count), np.float32)
    for block in samples(film):
        kept = np.concatenate((kept, block), axis=1)[:, -count:]
    return kept


def _ringing_out(before: Block, sound: Iterator[Block]) -> Iterator[Block]:
    first = next(sound).copy()
    arriving = np.linspace(0, 1, _ECHO, dtype=np.float32)[: first.shape[1]]
    leaving = before[:, ::-1][:, : first.shape[1]] * (1 - arriving)
    first[:, : arriving.size] = first[:, : arriving.size] * arriving + leaving
    return chain([np.clip(first, -1, 1)], sound)
