"""Decodes films: all frames one by one, or only the last ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

import av

from vitascope.media.clock import RUNS_THROUGH, Clock
from vitascope.media.probe import invalid, length, open_film, video_track
from vitascope.spec import FPS

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

_WITH_ALPHA: dict[str, Literal["libvpx", "libvpx-vp9"]] = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def frames(path: Path) -> Iterator[av.VideoFrame]:
    """All frames of a film in presentation order, decoded one at a time.

    Raises:
        JobError: `invalid_video`; the file is not a video, or its data is damaged.
    """
    with open_film(path) as film:
        picture = video_track(film)
        picture.thread_type = "AUTO"
        yield from decoded(film, picture)


def last_frames(path: Path, count: int) -> list[av.VideoFrame]:
    """The last frames of a film, at most `count`, found by seeking from its end.

    Raises:
        JobError: `invalid_video`; the file is not a video, is damaged, or has no frame.
    """
    kept: deque[av.VideoFrame] = deque(maxlen=count)
    for whole in (False, True):  # decode the whole film if seeking fails, such as without an index
        kept.clear()
        with open_film(path) as film:
            picture = video_track(film)
            picture.thread_type = "AUTO"
            if whole or _seek(film, picture, count):
                kept.extend(decoded(film, picture))
        if len(kept) == count:
            break
    if not kept:
        raise invalid("it has no complete frame")
    return list(kept)


def frame_at(path: Path, seconds: float) -> av.VideoFrame:
    """The frame that a film shows at a time; past the end it is the last one.

    Raises:
        JobError: `invalid_video`; the file is not a video, is damaged, or has no frame.
    """
    shown: av.VideoFrame | None = None
    with open_film(path) as film:
        picture = video_track(film)
        film.seek(max(0, int(seconds * av.time_base)))  # to the keyframe before it
        for frame in decoded(film, picture):
            # A frame's time is rounded to the clock of its track.
            if shown is not None and (frame.time or 0.0) > seconds + 1e-6:
                break
            shown = frame
    if shown is None:
        raise invalid("it has no complete frame")
    return shown


def _seek(film: InputContainer, picture: VideoStream, count: int) -> bool:
    """Seek to the keyframe before the last frames; returns whether that was possible."""
    fps = picture.average_rate or Fraction(FPS)
    start = length(film, picture) - (count + 1) / fps
    try:
        film.seek(max(0, int(start * av.time_base)))
    except av.FFmpegError:
        return False
    return True


@overload
def decoded(
    film: InputContainer, stream: VideoStream, *, bad_packets: int = 0, clock: Clock = ...
) -> Iterator[av.VideoFrame]: ...


@overload
def decoded(
    film: InputContainer, stream: AudioStream, *, bad_packets: int = 0, clock: Clock = ...
) -> Iterator[av.AudioFrame]: ...


def decoded(
    film: InputContainer,
    stream: VideoStream | AudioStream,
    *,
    bad_packets: int = 0,
    clock: Clock = RUNS_THROUGH,
) -> Iterator[av.VideoFrame] | Iterator[av.AudioFrame]:
    """The decoded frames of one track, from the current position on.

    Args:
        film: the open file.
        stream: the track.
        bad_packets: how many damaged packets are skipped before it is an error.
        clock: where the file's clock restarts.

    Raises:
        JobError: `invalid_video`; more packets are damaged.
    """
    context = _decoder(stream)
    try:
        for packet in clock.packets(film, stream):
            try:
                ready = context.decode(packet)
            except av.InvalidDataError:
                bad_packets -= 1
                if bad_packets < 0:
                    raise
                continue
            yield from (item for item in ready if isinstance(item, av.VideoFrame | av.AudioFrame))
    except av.FFmpegError as error:
        raise invalid("its data is damaged") from error


def _decoder(stream: VideoStream | AudioStream) -> VideoCodecContext | AudioCodecContext:
    """The track's decoder; libvpx for transparent VP8 and VP9: FFmpeg's own drop the alpha."""
    context = stream.codec_context
    name = _WITH_ALPHA.get(context.name)
    if name is None or stream.metadata.get("alpha_mode") != "1":
        return context
    other = av.CodecContext.create(name, "r")
    other.options = dict(context.options)
    return other
