"""Converts upstream films to the output profile while they are read.

The decoded frames go to the encoder directly, so that a film is encoded once only.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np

from vitascope.media import decode
from vitascope.media.normalise import Limits, steady
from vitascope.media.probe import facts, invalid, open_film, probe, video_track
from vitascope.media.reshape import Reshape
from vitascope.media.sound import Block, samples
from vitascope.spec import SAMPLE_RATE, Size, samples_in

_JOINT = SAMPLE_RATE // 100
"""Samples over which the sound fades out before a joint and fades in after it, to avoid a click."""

_SLACK = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the clip, taken from one film.

    Attributes:
        skip: frames to leave out at the film's start, because the part before ends with them.
        use: frames to show, at the frame rate of the output.
        hold: how many more times to show the last frame.
    """

    film: Path
    skip: int
    use: int
    hold: int = 0

    @property
    def frames(self) -> int:
        """Its length in frames."""
        return self.use + self.hold


def count_frames(film: Path, size: Size, most: int, rate: Fraction) -> tuple[int, av.VideoFrame]:
    """The number of frames a film has at `rate`, at most `most`, and the last of them.

    Raises:
        JobError: `invalid_video`; the file is not a video, is damaged, or its frames are too large.
    """
    count = 0
    last: deque[av.VideoFrame] = deque(maxlen=1)
    for frame in islice(_shown(film, rate), most):
        last.append(frame)
        count += 1
    if not last:
        raise invalid("it has no complete frame")
    return count, next(_shaped(iter(last), film, size, film.parent))


def frames_of(pieces: Sequence[Piece], size: Size, rate: Fraction) -> Iterator[av.VideoFrame]:
    """The frames of the pieces in order at `rate`, cropped and scaled to `size`."""
    for piece in pieces:
        shown = islice(_shown(piece.film, rate), piece.skip, piece.skip + piece.use)
        yield from _shaped(_held(shown, piece.hold), piece.film, size, piece.film.parent)


def sound_of(pieces: Sequence[Piece], rate: Fraction) -> Iterator[Block]:
    """The sound of the pieces, exact to the sample; silence for pieces without sound."""
    done = 0
    for number, piece in enumerate(pieces):
        skip = samples_in(piece.skip, rate)
        count = samples_in(done + piece.frames, rate) - samples_in(done, rate)
        done += piece.frames
        sound = np.concatenate(list(samples(piece.film, skip + count)), axis=1)[:, skip:]
        ramp = np.linspace(0, 1, min(_JOINT, count), dtype=np.float32)
        if number > 0:
            sound[:, : ramp.size] *= ramp
        if number < len(pieces) - 1:
            sound[:, -ramp.size :] *= ramp[::-1]
        yield sound


def has_sound(pieces: Sequence[Piece]) -> bool:
    """Whether any of the pieces has a sound track."""
    return any(probe(piece.film).has_sound for piece in pieces)


def cut(
    source: Path,
    out: Path,
    *,
    start: int,
    count: int,
    rate: Fraction,
    frames: int,
    fps: int,
    size: Size,
) -> None:
    """Write a part of a film in the upstream model's size and frame rate.

    Args:
        source: a film in the output profile.
        out: the file to write, without sound.
        start: the first frame.
        count: the maximum number of frames to take.
        rate: the frame rate of the source.
        frames: the number of frames to write; the last one is repeated if there are too few.
        fps: the frame rate to write.
        size: the frame size; frames are cropped and scaled to it.
    """
    places = Counter(min(round(n * rate / fps), count - 1) for n in range(frames))
    stretch = islice(decode.frames(source), start, start + count)
    chosen = (frame for n, frame in enumerate(stretch) for _ in range(places[n]))
    with av.open(out, "w", format="mp4") as film:
        stream = film.add_stream("libx264", rate=fps, options={"preset": "veryfast", "crf": "14"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number, frame in enumerate(_shaped(chosen, source, size, out.parent)):
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, fps), 0
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def _shown(film: Path, rate: Fraction) -> Iterator[av.VideoFrame]:
    """The frames of a film at `rate`; a frame is repeated or left out as needed."""
    with open_film(film) as opened:
        known = facts(opened)
        _check(known.size)
        picture = video_track(opened)
        picture.thread_type = "AUTO"
        pictures = decode.decoded(opened, picture, bad_packets=_SLACK)
        for frame, count in steady(pictures, known.fps, rate):
            for _ in range(count):
                yield frame


def _check(size: Size) -> None:
    if size.width * size.height > Limits().pixels or min(size) < 2:
        raise invalid(f"its frames are {size}")


def _held(shown: Iterator[av.VideoFrame], more: int) -> Iterator[av.VideoFrame]:
    last: av.VideoFrame | None = None
    for last in shown:
        yield last
    for _ in range(more):
        if last is not None:
            yield last


def _shaped(
    pictures: Iterator[av.VideoFrame], film: Path, size: Size, folder: Path
) -> Iterator[av.VideoFrame]:
    """Frames in the output profile; a repeated frame is a frame object of its own.

    A colour lookup table may be written to the folder.
    """
    with open_film(film) as opened:
        aspect = video_track(opened).sample_aspect_ratio or Fraction(1)
    reshape = Reshape(size, aspect, folder)
    yield from map(reshape, pictures)
