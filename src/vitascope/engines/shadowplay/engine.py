"""Shadowplay, the engine: a shot becomes a scene, a film, and frames and sound one by one."""

from __future__ import annotations

from collections.abc import Iterator

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vitascope.engines.base import Reporter
from vitascope.engines.shadowplay import cues, reference, staging
from vitascope.engines.shadowplay.actors import ACTORS
from vitascope.engines.shadowplay.dissolve import Dissolve, Drawn
from vitascope.engines.shadowplay.film import Film
from vitascope.engines.shadowplay.layers import Picture
from vitascope.engines.shadowplay.scene import Scene
from vitascope.engines.shadowplay.sound import soundtrack
from vitascope.errors import JobError
from vitascope.shot import FPS, Clip, Shot

_WORDS_NOTED = 24


class Shadowplay:
    """The embedded engine: needs no weights and no accelerator, and says the same thing twice.

    Implements `vitascope.engines.base.Engine`.
    """

    def draw(self, shot: Shot, report: Reporter) -> Clip:
        """Stage the shot's prompt and return its clip, drawn as it is consumed.

        Raises:
            JobError: the size is not even, or the reference is no picture that can be used.
        """
        if shot.size.width % 2 or shot.size.height % 2 or min(shot.size) < 16:
            raise JobError("invalid_size", f"A film needs an even size of at least 16x16, not {shot.size}.")
        # One thread each: the encoder has the other cores, and order never changes a result.
        cv2.setNumThreads(1)
        report.phase("staging", 0, 1)
        scene = scene_of(shot)
        drawn, film = self._film(shot, scene)
        report.phase("staging", 1, 1)
        notes = _notes(scene)
        for note in notes:
            report.note(note)
        return Clip(self._frames(shot, drawn, report), self._sound(shot, film), notes)

    def _film(self, shot: Shot, scene: Scene) -> tuple[Drawn, Film]:
        if shot.reference is not None:
            backdrop = reference.load(shot.reference, shot.size)
            graded = staging.names_light(shot.prompt)
            film = Film(scene, ACTORS, backdrop, graded=graded)
            return film, film
        film = Film(scene, ACTORS)
        if shot.task == "extend" and shot.source_prompt and shot.start > 0:
            before = staging.stage(shot.source_prompt, shot.seed, shot.size)
            if before != scene:
                return Dissolve(Film(before, ACTORS), film, shot.start), film
        return film, film

    @staticmethod
    def _frames(shot: Shot, drawn: Drawn, report: Reporter) -> Iterator[av.VideoFrame]:
        first = round(shot.start * FPS)
        for k in range(shot.frame_count):
            frame = av.VideoFrame(shot.size.width, shot.size.height, "yuv420p")
            drawn.draw(_planes(frame), (first + k) / FPS)
            report.phase("drawing", k + 1, shot.frame_count)
            yield frame

    @staticmethod
    def _sound(shot: Shot, film: Film) -> Iterator[NDArray[np.float32]]:
        heard = cues.events(film, shot.start, shot.seconds)
        yield from soundtrack(film.scene, heard, shot.start, shot.seconds)


def scene_of(shot: Shot) -> Scene:
    """The scene a shot asks for; edits and extensions carry their source's scene on."""
    if shot.task in ("edit", "extend") and shot.source_prompt:
        return staging.carry(shot.source_prompt, shot.prompt, shot.seed, shot.size)
    return staging.stage(shot.prompt, shot.seed, shot.size)


def _notes(scene: Scene) -> list[str]:
    if not scene.unknown:
        return []
    words = ", ".join(scene.unknown[:_WORDS_NOTED])
    more = len(scene.unknown) - _WORDS_NOTED
    rest = f" and {more} more" if more > 0 else ""
    return [f"Nothing was made of these words: {words}{rest}."]


def _planes(frame: av.VideoFrame) -> Picture:
    """The frame's own memory as planes of exactly its size."""
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        views.append(rows[:, : plane.width])
    return Picture(*views)
