"""Timing: which pictures of a film are shown when it runs slower, faster or backwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av

from shadowplay import files
from shadowplay.canvas import picture_of
from shadowplay.errors import ShadowplayError
from shadowplay.files import decoded, open_film
from shadowplay.layers import Picture
from shadowplay.retouch.edit import Edit

LONGEST = 120
"""Seconds that a film may be long after an edit."""


class Blend(NamedTuple):
    """A picture between two of the film: `share` of the second."""

    first: Picture
    second: Picture
    share: float


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


def played(film: Path, edit: Edit, count: int) -> Iterator[Blend]:
    """So many pictures of a film at the edit's speed; where it ends too early its last one stays.

    Raises:
        ShadowplayError: `invalid_video`; the film is broken, or holds no picture.
    """
    ways = [backwards, files.frames] if edit.backwards else [files.frames, backwards]
    ways = ways if edit.boomerang else ways[:1]
    pictures = (picture_of(frame) for way in ways for frame in way(film))
    yield from _walk(pictures, edit.speed, count)


def _walk(pictures: Iterable[Picture], speed: float, count: int) -> Iterator[Blend]:
    source = iter(pictures)
    now = next(source, None)
    if now is None:
        raise files.invalid_video("there is no whole picture in it")
    after, at, step = next(source, now), 0, Fraction(speed).limit_denominator(1000)
    for shown in range(count):
        place = shown * step
        if step > 1:  # mixing pictures of fast things would only show both
            place = Fraction(round(place))
        while at < int(place):
            now, after = after, next(source, after)
            at += 1
        yield Blend(now, after, float(place - int(place)))


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
            for frame in decoded(opened, stream):
                if end is not None and frame.pts is not None and frame.pts >= end:
                    break
                group.append(frame)
            while group:
                yield group.pop()
            end = start
