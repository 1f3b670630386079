"""The soundtrack that is given, or made for films of models that make no sound.

An edited film keeps its own sound; any other gets the soundtrack that the model's `sound` names.
An extension starts with a cross-fade from the source's last second, played backwards, because that
continues from its last sample without a jump.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from vitascope.clip import RenderJob
from vitascope.engines.registry import soundtrack_named
from vitascope.media.listen import read_sound
from vitascope.media.probe import probe
from vitascope.media.sound import Block, samples
from vitascope.spec import SAMPLE_RATE

_ECHO = SAMPLE_RATE
"""Length of the cross-fade in samples."""


def soundtrack(job: RenderJob, name: str) -> Iterator[Block]:
    """The sound that is given for a clip, or that of a silent model's clip.

    It has exactly `sample_count` samples, in blocks of shape (2, n).

    Args:
        job: the job; the sound of an extension continues at its `start`.
        name: `none` for silence, or the soundtrack's entry point.

    Raises:
        JobError: `invalid_video` or `invalid_audio`; a file can't be read.
    """
    if job.task == "edit" and job.source is not None and probe(job.source).has_sound:
        return samples(job.source, job.sample_count)
    if job.audio is not None:
        return read_sound(job.audio, job.spec.fps.samples_in(job.spec.start), job.sample_count)
    sound = silence(job) if name == "none" else soundtrack_named(name)(job)
    if job.task == "extend" and job.source is not None:
        sound = _cross_faded(last_samples(job.source, _ECHO), sound)
    return sound


def silence(job: RenderJob) -> Iterator[Block]:
    """The job's number of zero samples, in blocks of at most a second."""
    for first in range(0, job.sample_count, SAMPLE_RATE):
        yield np.zeros((2, min(SAMPLE_RATE, job.sample_count - first)), np.float32)


def last_samples(film: Path, count: int) -> Block:
    """The last `count` samples of a film's sound; a shorter sound is preceded by silence.

    Raises:
        JobError: `invalid_video`; the film can't be read.
    """
    kept = np.zeros((2, count), np.float32)
    for block in samples(film):
        kept = np.concatenate((kept, block), axis=1)[:, -count:]
    return kept


def _cross_faded(before: Block, sound: Iterator[Block]) -> Iterator[Block]:
    first = next(sound).copy()
    arriving = np.linspace(0, 1, _ECHO, dtype=np.float32)[: first.shape[1]]
    leaving = before[:, ::-1][:, : first.shape[1]] * (1 - arriving)
    first[:, : arriving.size] = first[:, : arriving.size] * arriving + leaving
    return chain([np.clip(first, -1, 1)], sound)
