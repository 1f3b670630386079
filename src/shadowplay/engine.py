"""The engine: a shot becomes a play, and frames and sound one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from shadowplay.errors import ShadowplayError, unread
from shadowplay.files import exactly, heard, last_frames, placed, samples
from shadowplay.given.continuation import Continuation, count_of
from shadowplay.given.reference import Still
from shadowplay.picture.canvas import frames_of, picture_of
from shadowplay.play import Play, changes_nothing
from shadowplay.retouch.editing import retouch
from shadowplay.retouch.reading import read_edit
from shadowplay.shot import FPS, SAMPLE_RATE, Block, Character, Clip, Keyframe, Progress, Shot, Size

# Longer edge, in pixels, of a play that is only heard: its events need places, not pictures.
_HEARD = 256
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
    edited = shot.task == "edit" and (not shot.script or changes_nothing(shot))
    if not edited and (shot.script or shot.task != "extend"):
        play = Play(shot)
        sound = exactly(play.sound(shot.start, shot.seconds), shot.sample_count)
        if shot.soundtrack is not None:
            sound = heard(shot.soundtrack, round(shot.start * SAMPLE_RATE), shot.sample_count)
        return _clip(shot, play, sound, shot.start, scripted=True)
    # The film's script, if it has one, does not describe the result.
    if shot.source is None:
        raise ValueError(f"there is no film to {shot.task}")
    if edited:
        report = progress or (lambda *_: None)
        return retouch(read_edit(shot.prompt), shot.source, seed=shot.seed, report=report)
    last = [picture_of(one) for one in last_frames(shot.source, count_of(*shot.size, shot.fps))]
    play = Play(shot, Continuation(last, shot.fps) if len(last) > 2 else Still(last[-1], 1.0))
    joint = 0.0  # on the clock of what comes after it
    sound = exactly(_ringing_out(shot.source, play.sound(joint, shot.seconds)), shot.sample_count)
    return _clip(shot, play, sound, joint, scripted=False)


def _clip(shot: Shot, play: Play, sound: Iterator[Block], clock: float, *, scripted: bool) -> Clip:
    frames, notes = frames_of(play, shot, clock=clock), unread(play.scene.unknown)
    return Clip(frames, sound, shot.frame_count, notes, scripted=scripted, fps=shot.fps)


def _ringing_out(source: Path, sound: Iterator[Block]) -> Iterator[Block]:
    """A play's sound; over it, a film's last moments played backwards and fading.

    Backwards, because that goes on from the very last sample without a jump.
    """
    last = np.zeros((2, _ECHO), np.float32)
    for block in samples(source):
        last = np.concatenate([last, block], axis=1)[:, -_ECHO:]
    echo = last[:, ::-1] * np.linspace(1, 0, _ECHO, dtype=np.float32) ** 2
    arrives = np.linspace(0, 1, _ECHO, dtype=np.float32)
    for first, block in placed(sound):
        now = slice(first, first + block.shape[1])
        mixed, ringing = block.copy(), echo[:, now]
        mixed[:, : ringing.shape[1]] *= arrives[now]
        mixed[:, : ringing.shape[1]] += ringing
        yield np.clip(mixed, -1, 1)


def ambience(shot: Shot) -> Iterator[Block]:
    """The sound alone of the film that would be drawn for a shot's prompt, size, seed and start.

    Returns:
        Blocks that add up to the shot's `sample_count`.
    """
    scale = min(1.0, _HEARD / max(shot.size))
    width, height = (max(16, round(edge * scale / 2) * 2) for edge in shot.size)
    alone = replace(
        shot, size=Size(width, height), task="create", script=(), characters=(),
        reference=None, keyframes=(), setting=None, style=None,
    )  # fmt: skip
    return exactly(Play(alone).sound(shot.start, shot.seconds), shot.sample_count)
