"""Timing: which pictures of a film are shown when it runs slower, faster or backwards."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from shadowplay import files
from shadowplay.errors import ShadowplayError
from shadowplay.files import decoded, open_film
from shadowplay.picture.canvas import picture_of
from shadowplay.retouch.edit import Edit

LONGEST = 120
"""Seconds that a film may be long after an edit."""


def planned_frames(edit: Edit, frames: int, fps: Fraction) -> int:
    """How many pictures a film of so many, `fps` a second, has after an edit.

    Raises:
        ShadowplayError: `video_too_long`; it would run for more than two minutes.
    """
    shown = frames * (2 if edit.boomerang else 1)
    count = max(1, round(shown / edit.speed)) + round(edit.freeze * fps)
    if count > LONGEST * fps:
        raise ShadowplayError(
            "video_too_long",
            f"The edited video would be {float(count / fps):g} seconds long; {LONGEST} is the "
            "most. Slow it down or freeze it by less, or begin with a shorter one.",
        )
    return count


def played(film: Path, edit: Edit, count: int) -> Iterator[av.VideoFrame]:
    """So many new pictures of a film at the edit's speed; if it ends too early its last one stays.

    Raises:
        ShadowplayError: `invalid_video`; the film is broken, or holds no picture.
    """
    ways = [backwards, files.frames] if edit.backwards else [files.frames, backwards]
    source = (frame for way in ways[: 2 if edit.boomerang else 1] for frame in way(film))
    now = next(source, None)
    if now is None:
        raise files.invalid_video("there is no whole picture in it")
    after, at, step = next(source, now), 0, Fraction(edit.speed).limit_denominator(1000)
    for shown in range(count):
        place = shown * step
        if step > 1:  # mixing pictures of fast things would only show both
            place = Fraction(round(place))
        while at < int(place):
            now, after = after, next(source, after)
            at += 1
        yield _between(now, after, float(place - int(place)))


def _between(first: av.VideoFrame, second: av.VideoFrame, share: float) -> av.VideoFrame:
    """A new picture between two, with so much of the second."""
    made = av.VideoFrame(first.width, first.height, "yuv420p")
    for target, one, other in zip(*map(picture_of, (made, first, second)), strict=True):
        if share:
            cv2.addWeighted(one, 1 - share, other, share, 0, target)
        else:
            np.copyto(target, one)
    return made


def backwards(film: Path) -> Iterator[av.VideoFrame]:
    """A film's pictures from the last to the first, holding one group of pictures at a time.

    Raises:
        ShadowplayError: `invalid_video`; the film is broken.
    """
    with open_film(film) as opened:
        stream = opened.streams.video[0]
        starts = sorted(
            packet.pts for packet in opened.demux(stream)
            if packet.is_keyframe and packet.pts is not None
        )  # fmt: skip
    with open_film(film) as opened:
        stream = opened.streams.video[0]
        stream.thread_type = "AUTO"
        end: int | None = None
        for start in reversed(starts):
            opened.seek(start, stream=stream)
            group = []
            for frame in decoded(opened, av.VideoFrame):
                if end is not None and frame.pts is not None and frame.pts >= end:
                    break
                group.append(frame)
            while group:
                yield group.pop()
            end = start
