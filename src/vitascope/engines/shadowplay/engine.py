"""Shadowplay, the engine: a shot becomes a play, and frames and sound one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vitascope.engines.base import Reporter
from vitascope.engines.shadowplay import foreign, retouch
from vitascope.engines.shadowplay.canvas import frames_of
from vitascope.engines.shadowplay.play import Play, changes_nothing
from vitascope.engines.shadowplay.scene import Scene
from vitascope.errors import JobError
from vitascope.shot import Clip, Shot

_WORDS_NOTED = 24


class Shadowplay:
    """The embedded engine: needs no weights and no accelerator, and says the same thing twice.

    Implements `vitascope.engines.base.Engine`.
    """

    def draw(self, shot: Shot, report: Reporter) -> Clip:
        """Stage the shot and return its clip, drawn as it is consumed.

        Raises:
            JobError: the size is not even, the reference is no picture that can be used, or the
                edit is none that this engine can do.
        """
        if shot.size.width % 2 or shot.size.height % 2 or min(shot.size) < 16:
            raise JobError(
                "invalid_size", f"A film needs an even size of at least 16x16, not {shot.size}."
            )
        # One thread each: the encoder has the other cores, and order never changes a result.
        cv2.setNumThreads(1)
        if shot.task == "edit" and (not shot.script or changes_nothing(shot)):
            return self._edit_frames(shot, report)
        if shot.task == "extend" and not shot.script:
            play, frames, sound = foreign.carry_on(shot)
            return Clip(frames, _cut(sound, shot), _notes(play.scene), scripted=False)
        play = Play(shot)
        frames = frames_of(play, shot, clock=shot.start)
        sound = _cut(play.sound(shot.start, shot.seconds), shot)
        return Clip(frames, sound, _notes(play.scene))

    @staticmethod
    def _edit_frames(shot: Shot, report: Reporter) -> Clip:
        """Work on the film itself; its script, if it had one, does not tell of that."""
        if shot.source is None:
            raise ValueError("an edit needs a film")
        edit = retouch.read_edit(shot.prompt)
        clip = retouch.retouch(edit, shot.source, seed=shot.seed, report=report)
        return replace(clip, scripted=False)


def _cut(sound: Iterator[NDArray[np.float32]], shot: Shot) -> Iterator[NDArray[np.float32]]:
    """The sound, exact to the sample: blocks are whole seconds, a shot need not be."""
    left = shot.sample_count
    for block in sound:
        yield block[:, :left]
        left -= min(left, block.shape[1])


def _notes(scene: Scene) -> list[str]:
    if not scene.unknown:
        return []
    words = ", ".join(scene.unknown[:_WORDS_NOTED])
    more = len(scene.unknown) - _WORDS_NOTED
    rest = f" and {more} more" if more > 0 else ""
    return [f"Nothing was made of these words: {words}{rest}."]
