"""Films from outside, carried on: their motion goes on, their sound rings out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from shadowplay.files import last_frames, samples
from shadowplay.given.continuation import Continuation, count_of
from shadowplay.picture.canvas import frames_of, picture_of
from shadowplay.play import Play
from shadowplay.shot import SAMPLE_RATE, Shot

_ECHO = SAMPLE_RATE * 3 // 2
"""Samples over which the film's own sound gives way to the new one."""


def carry_on(shot: Shot) -> tuple[Play, Iterator[av.VideoFrame], Iterator[NDArray[np.float32]]]:
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


def _ringing_out(source: Path, play: Play, seconds: int) -> Iterator[NDArray[np.float32]]:
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


def _last_samples(source: Path) -> NDArray[np.float32]:
    kept: deque[NDArray[np.float32]] = deque()
    length = 0
    for block in samples(source):
        kept.append(block)
        length += block.shape[1]
        while length - kept[0].shape[1] >= _ECHO:
            length -= kept.popleft().shape[1]
    sound = np.concatenate([np.zeros((2, _ECHO), np.float32), *kept], axis=1)
    return sound[:, -_ECHO:]
