"""Shadowplay, the embedded engine: translates between the server and the package `shadowplay`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import shadowplay
from shadowplay import ShadowplayError
from vitascope.clip import Clip, InputFile, RenderJob
from vitascope.engines.base import Reporter
from vitascope.errors import JobError
from vitascope.media.cutout import cut_out, cut_out_image
from vitascope.media.image import read_image
from vitascope.media.sound import Block

_Piece = TypeVar("_Piece")


class Shadowplay:
    """Implements `vitascope.engines.base.Engine`; needs no weights and no accelerator."""

    def draw(self, job: RenderJob, report: Reporter) -> Clip:
        """Plan the job and return its clip, which is drawn while it is consumed.

        Raises:
            JobError: `invalid_size`, `invalid_image`, `invalid_video`, `invalid_audio`,
                `video_too_long` or `edit_not_understood`.
        """
        subjects, notes = subjects_of(job)
        if job.references("setting") and job.first_frame is not None:
            notes.append("The first frame is the place of this film; the setting was not used.")
        try:
            clip = shadowplay.draw(translated(job, subjects), report.phase)
        except ShadowplayError as error:
            raise JobError(error.code, error.message) from error
        return Clip(
            _pieces(clip.frames),
            _pieces(clip.sound),
            [*notes, *clip.notes],
            frame_count=clip.frame_count,
            scripted=clip.scripted,
        )


def ambience(job: RenderJob) -> Iterator[Block]:
    """The sound that shadowplay makes for the job's prompt; the soundtrack `ambience`."""
    return shadowplay.ambience(translated(job))


def subjects_of(job: RenderJob) -> tuple[tuple[Path, ...], list[str]]:
    """The figures of a job's references, cut out, and sentences for the job's log.

    Raises:
        JobError: `invalid_image` or `invalid_video`; a reference can't be read.
    """
    cutouts, notes = [], []
    for number, one in enumerate(job.references("subject"), 1):
        cutout = one.path.with_name(f"{one.path.name}-cutout.png")
        if not _cut_out(one, cutout):
            notes.append(
                f"No figure could be separated from the background of reference {number}, which is "
                "shown whole. Send a picture of one figure before a plain background, or a PNG "
                "with transparency."
            )
        cutouts.append(cutout)
    return tuple(cutouts), notes


def _cut_out(reference: InputFile, cutout: Path) -> bool:
    """Cut out a reference's figure; returns whether there is one."""
    if reference.role == "reference_image":
        return cut_out_image(read_image(reference.path, transparent=True), cutout)
    found = cut_out(reference.path, cutout.with_suffix(""))
    found.files[0].replace(cutout)
    return found.confident


def translated(job: RenderJob, subjects: tuple[Path, ...] = ()) -> shadowplay.Shot:
    """The job as shadowplay's `Shot`; `subjects` are cut-outs of figures without a name."""
    cast = [shadowplay.Character(one.name, one.cutout) for one in job.characters]
    cast += [shadowplay.Character("", cutout) for cutout in subjects]
    settings, styles = job.references("setting"), job.references("style")
    return shadowplay.Shot(
        prompt=job.prompt,
        size=shadowplay.Size(*job.size),
        frame_count=job.frame_count,
        seed=job.seed,
        task=job.task,
        negative_prompt=job.spec.sampling.negative_prompt,
        start=job.start,
        reference=job.first_frame,
        keyframes=_keyframes(job),
        setting=settings[0].path if settings else None,
        style=styles[0].path if styles else None,
        soundtrack=job.audio,
        script=tuple(shadowplay.Step(*step) for step in job.history),
        source=job.source,
        characters=tuple(cast),
        fps=job.fps,
    )


def _keyframes(job: RenderJob) -> tuple[shadowplay.Keyframe, ...]:
    """The pictures at given times; one at the film's end is its last frame."""
    end = float((job.spec.frames - 1) / job.fps)
    found = [
        shadowplay.Keyframe(one.path, min(one.at, end))
        for one in job.inputs
        if one.role == "keyframe" and one.at is not None
    ]
    if job.last_frame is not None:
        found.append(shadowplay.Keyframe(job.last_frame, end))
    return tuple(found)


def _pieces(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """The same pieces; shadowplay's errors become `JobError`."""
    try:
        yield from pieces
    except ShadowplayError as error:
        raise JobError(error.code, error.message) from error
