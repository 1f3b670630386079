"""Shadowplay, the embedded engine: translates between the server and the package `shadowplay`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import shadowplay
from shadowplay import ShadowplayError
from vitascope.engines.base import Reporter
from vitascope.errors import JobError
from vitascope.media.sound import Block
from vitascope.shot import Clip, Shot

_Piece = TypeVar("_Piece")


class Shadowplay:
    """Implements `vitascope.engines.base.Engine`; needs no weights and no accelerator."""

    def draw(self, shot: Shot, report: Reporter) -> Clip:
        """Stage the shot and return its clip, drawn as it is consumed.

        Raises:
            JobError: `invalid_size`, `invalid_image`, `invalid_video`, `video_too_long` or
                `edit_not_understood`.
        """
        try:
            clip = shadowplay.draw(translated(shot), report.phase)
        except ShadowplayError as error:
            raise JobError(error.code, error.message) from error
        return Clip(
            _pieces(clip.frames),
            _pieces(clip.sound),
            clip.notes,
            frame_count=clip.frame_count,
            scripted=clip.scripted,
        )


def ambience(shot: Shot) -> Iterator[Block]:
    """The sound that a play of the shot's prompt would have; the soundtrack `ambience`."""
    return shadowplay.ambience(translated(shot))


def translated(shot: Shot) -> shadowplay.Shot:
    """A shot in shadowplay's own terms."""
    return shadowplay.Shot(
        prompt=shot.prompt,
        size=shadowplay.Size(*shot.size),
        frame_count=shot.frame_count,
        seed=shot.seed,
        task=shot.task,
        negative_prompt=shot.negative_prompt,
        start=shot.start,
        reference=shot.reference,
        script=tuple(shadowplay.Step(*step) for step in shot.script),
        source=shot.source,
        characters=tuple(shadowplay.Character(one.name, one.cutout) for one in shot.characters),
    )


def _pieces(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """The same pieces; their errors are the server's."""
    try:
        yield from pieces
    except ShadowplayError as error:
        raise JobError(error.code, error.message) from error
