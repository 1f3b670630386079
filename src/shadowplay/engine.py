"""The engine: a shot becomes a play, and frames and sound one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from shadowplay.errors import ShadowplayError
from shadowplay.files import exactly, heard, last_frames, samples
from shadowplay.given.continuation import Continuation, count_of
from shadowplay.picture.canvas import frames_of, picture_of
from shadowplay.play import Play, changes_nothing
from shadowplay.retouch.editing import retouch
from shadowplay.retouch.reading import read_edit
from shadowplay.scene import Scene
from shadowplay.shot import FPS, SAMPLE_RATE, Block, Character, Clip, Keyframe, Progress, Shot, Size

_WORDS_NOTED = 24

_HEARD = 256
"""Longer edge, in pixels, of a play that is only heard: its events need places, not pictures."""

_ECHO = SAMPLE_RATE * 3 // 2  # samples over which the film's own sound gives way to the new one


def film(
    prompt: str,
    *,
    size: tuple[int, int] = (1280, 720),
    seconds: float = 4,
    seed: int = 0,
    negative_prompt: str | None = None,
    first_frame: Path | None = None,
    last_frame: Path | None = None,
    characters: Sequence[Character] = (),
) -> Clip:
    """Draw a new film; nothing is drawn before its frames and sound are consumed.

    Args:
        prompt: what to show.
        size: width and height in pixels, both even and at least 16.
        seconds: its length, rounded to a whole number of frames.
        seed: same arguments and same seed give the same film.
        negative_prompt: what to leave out.
        first_frame: a picture file to begin with; it is cropped to the film's shape.
        last_frame: a picture file to end with.
        characters: figures that act.

    Raises:
        ShadowplayError: the size or a picture can't be used.
    """
    frame_count = max(1, round(seconds * FPS))
    end = (frame_count - 1) / FPS
    return draw(
        Shot(
            prompt=prompt,
            size=Size(*size),
            frame_count=frame_count,
            seed=seed,
            negative_prompt=negative_prompt,
            reference=first_frame,
            keyframes=() if last_frame is None else (Keyframe(last_frame, end),),
            characters=tuple(characters),
        )
    )


def draw(shot: Shot, progress: Progress | None = None) -> Clip:
    """Stage a shot and return its clip, drawn as it is consumed.

    Args:
        shot: what to draw.
        progress: called while an edit of a film looks at it and works on it.

    Raises:
        ShadowplayError: the size is not even, a picture or the film can't be used, or the edit is
            none that can be done.
    """
    if shot.size.width % 2 or shot.size.height % 2 or min(shot.size) < 16:
        raise ShadowplayError(
            "invalid_size", f"A film needs an even size of at least 16x16, not {shot.size}."
        )
    # One thread each: the encoder has the other cores, and order never changes a result.
    cv2.setNumThreads(1)
    if shot.task == "edit" and (not shot.script or changes_nothing(shot)):
        if shot.source is None:
            raise ValueError("an edit needs a film")
        # The film's script, if it has one, does not describe the result.
        edit = read_edit(shot.prompt)
        return retouch(edit, shot.source, seed=shot.seed, report=progress or (lambda *_: None))
    if shot.task == "extend" and not shot.script:
        play, frames, sound = _carried_on(shot)
        sound = exactly(sound, shot.sample_count)
        notes = _notes(play.scene)
        return Clip(frames, sound, shot.frame_count, notes, scripted=False, fps=shot.fps)
    play = Play(shot)
    frames = frames_of(play, shot, clock=shot.start)
    if shot.soundtrack is None:
        sound = exactly(play.sound(shot.start, shot.seconds), shot.sample_count)
    else:
        sound = heard(shot.soundtrack, round(shot.start * SAMPLE_RATE), shot.sample_count)
    return Clip(frames, sound, shot.frame_count, _notes(play.scene), fps=shot.fps)


def _carried_on(shot: Shot) -> tuple[Play, Iterator[av.VideoFrame], Iterator[Block]]:
    """Stage what the prompt adds before the shot's source, whose motion goes on.

    Returns:
        The play, whose clock begins at the joint, and its frames and its sound.

    Raises:
        ShadowplayError: `invalid_video`; the film can't be read.
    """
    if shot.source is None:
        raise ValueError("there is no film to carry on")
    count = count_of(*shot.size, shot.fps)
    last = [picture_of(frame) for frame in last_frames(shot.source, count)]
    play = Play(shot, Continuation(last, shot.fps))
    return play, frames_of(play, shot, clock=0.0), _ringing_out(shot.source, play, shot.seconds)


def _ringing_out(source: Path, play: Play, seconds: int) -> Iterator[Block]:
    """The play's sound; over it, the film's last moments played backwards and fading.

    Backwards, because that goes on from the very last sample without a jump.
    """
    echo = _last_samples(source)[:, ::-1] * np.linspace(1, 0, _ECHO, dtype=np.float32) ** 2
    at = 0
    for block in play.sound(0.0, seconds):
        length = block.shape[1]
        ringing = echo[:, at : at + length]
        if ringing.shape[1]:
            arrived = np.linspace(0, 1, _ECHO, dtype=np.float32)[at : at + length]
            block = block.copy()
            block[:, : arrived.size] *= arrived
            block[:, : arrived.size] += ringing
        at += length
        yield np.clip(block, -1, 1)


def _last_samples(source: Path) -> Block:
    kept: deque[Block] = deque()
    length = 0
    for block in samples(source):
        kept.append(block)
        length += block.shape[1]
        while length - kept[0].shape[1] >= _ECHO:
            length -= kept.popleft().shape[1]
    sound = np.concatenate([np.zeros((2, _ECHO), np.float32), *kept], axis=1)
    return sound[:, -_ECHO:]


def ambience(shot: Shot) -> Iterator[Block]:
    """The sound alone of the film that would be drawn for a shot's prompt, size, seed and start.

    Returns:
        Blocks that add up to the shot's `sample_count`.
    """
    scale = min(1.0, _HEARD / max(shot.size))
    width, height = (max(16, round(edge * scale / 2) * 2) for edge in shot.size)
    alone = Shot(
        prompt=shot.prompt,
        size=Size(width, height),
        frame_count=shot.frame_count,
        seed=shot.seed,
        negative_prompt=shot.negative_prompt,
        start=shot.start,
        fps=shot.fps,
    )
    return exactly(Play(alone).sound(shot.start, shot.seconds), shot.sample_count)


def _notes(scene: Scene) -> list[str]:
    words = ", ".join(scene.unknown[:_WORDS_NOTED])
    more = len(scene.unknown) - _WORDS_NOTED
    rest = f" and {more} more" if more > 0 else ""
    return [f"Nothing was made of these words: {words}{rest}."] if words else []
