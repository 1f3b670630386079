"""Shadowplay, the embedded engine: translates between the server and the package `shadowplay`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import shadowplay
from shadowplay import ShadowplayError
from vitascope.clip import Clip, RenderJob
from vitascope.engines.base import Reporter
from vitascope.errors import JobError
from vitascope.media.sound import Block

_Piece = TypeVar("_Piece")


class Shadowplay:
    """Implements `vitascope.engines.base.Engine`; needs no weights and no accelerator."""

    def draw(self, job: RenderJob, report: Reporter) -> Clip:
        """Plan the job and return its clip, which is drawn while it is consumed.

        Raises:
            JobError: `invalid_size`, `invalid_image`, `invalid_video`, `video_too_long` or
                `edit_not_understood`.
        """
        try:
            clip = shadowplay.draw(translated(job), report.phase)
        except ShadowplayError as error:
            raise JobError(error.code, error.message) from error
        return Clip(
            _pieces(clip.frames),
            _pieces(clip.sound),
            clip.notes,
            frame_count=clip.frame_count,
            scripted=clip.scripted,
        )


def ambience(job: RenderJob) -> Iterator[Block]:
    """The sound that shadowplay makes for the job's prompt; the soundtrack `ambience`."""
    return shadowplay.ambience(translated(job))


def translated(job: RenderJob) -> shadowplay.Shot:
    """The job as shadowplay's `Shot`."""
    return shadowplay.Shot(
        prompt=job.prompt,
        size=shadowplay.Size(*job.size),
        frame_count=job.frame_count,
        seed=job.seed,
        task=job.task,
        negative_prompt=job.spec.sampling.negative_prompt,
        start=job.start,
        reference=job.first_frame,
        script=tuple(shadowplay.Step(*step) for step in job.history),
        source=job.source,
        characters=tuple(shadowplay.Character(one.name, one.cutout) for one in job.characters),
        fps=job.fps,
    )


def _pieces(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """The same pieces; shadowplay's errors become `JobError`."""
    try:
        yield from pieces
    except ShadowplayError as error:
        raise JobError(error.code, error.message) from error
