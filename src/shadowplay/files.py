"""Files: the films that a shot goes on from, the picture it begins with, and films written."""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain, islice, repeat
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from PIL import Image, ImageOps, UnidentifiedImageError

from shadowplay.errors import ShadowplayError
from shadowplay.shot import FPS, SAMPLE_RATE, Block, Clip

F = TypeVar("F", av.VideoFrame, av.AudioFrame)

MAX_PIXELS = 50_000_000  # larger pictures are refused from their header, before a pixel is decoded
_AUDIO_FRAME = 1024  # samples in one AAC frame

_SAFE = {  # a playlist names other files and hosts to be read
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm",
    "protocol_whitelist": "file",
}


def invalid_video(reason: str) -> ShadowplayError:
    """The error of a film that can't be used."""
    return ShadowplayError("invalid_video", f"The video can't be used: {reason}.")


def open_film(path: Path) -> InputContainer:
    """Open a film for reading.

    Raises:
        ShadowplayError: `invalid_video`; it is no film that can be read.
    """
    try:
        film = av.open(f"file:{path}", metadata_errors="replace", container_options=_SAFE)
    except (av.FFmpegError, ValueError) as error:
        raise invalid_video("it is not a video file that can be read") from error
    if not film.streams.video:
        film.close()
        raise invalid_video("there are no moving pictures in it")
    return film


def decoded(film: InputContainer, kind: type[F]) -> Iterator[F]:
    """What can be decoded of the first track of pictures, or of sound, from here on.

    Raises:
        ShadowplayError: `invalid_video`; the film is broken.
    """
    tracks = film.streams.video if kind is av.VideoFrame else film.streams.audio
    try:
        yield from (item for item in film.decode(tracks[0]) if isinstance(item, kind))
    except av.FFmpegError as error:
        raise invalid_video("its data is broken") from error


def frames(path: Path) -> Iterator[av.VideoFrame]:
    """Every picture of a film, in order.

    Raises:
        ShadowplayError: `invalid_video`; it is no film, or it is broken.
    """
    with open_film(path) as film:
        film.streams.video[0].thread_type = "AUTO"
        yield from decoded(film, av.VideoFrame)


def is_film(path: Path) -> bool:
    """Whether a file is an MP4; else it is taken for a picture."""
    with path.open("rb") as file:
        return file.read(12)[4:8] == b"ftyp"


def pace_of(path: Path) -> tuple[Fraction, int]:
    """A film's frames a second, and how many it has.

    Raises:
        ShadowplayError: `invalid_video`; it is no film, or it is broken.
    """
    with open_film(path) as film:
        stream = film.streams.video[0]
        rate, count = stream.average_rate or Fraction(FPS), stream.frames
    return rate, count or sum(1 for _ in frames(path))


def last_frames(path: Path, count: int) -> list[av.VideoFrame]:
    """The last pictures of a film, found from the key frame before them; at least one.

    Raises:
        ShadowplayError: `invalid_video`; it is no film, it is broken, or holds no picture.
    """
    with open_film(path) as film:
        stream = film.streams.video[0]
        rate, base = stream.average_rate or Fraction(FPS), stream.time_base or Fraction(1, 1000)
        end = (stream.start_time or 0) + (stream.duration or 2**62)
        with suppress(av.FFmpegError):  # without an index the whole film is read
            film.seek(max(0, end - math.ceil((count + 1) / rate / base)), stream=stream)
        last = deque(decoded(film, av.VideoFrame), maxlen=count)
    if not last:
        raise invalid_video("there is no whole picture in it")
    return list(last)


def exactly(sound: Iterable[Block], count: int | None, first: int = 0) -> Iterator[Block]:
    """So many samples of a sound, or all, from its sample `first` on; silence fills up what lacks.

    Below 0, `first` is so much silence before the sound.
    """
    silence = () if count is None else repeat(np.zeros((2, SAMPLE_RATE), np.float32))
    lead, first = np.zeros((2, max(0, -first)), np.float32), max(0, first)
    end = first + (2**62 if count is None else count)
    for place, block in placed(chain([lead], sound, silence)):
        part = block[:, max(0, first - place) : end - place]
        if part.shape[1]:
            yield part
        if place + block.shape[1] >= end:
            return


def heard(path: Path, first: int, count: int) -> Iterator[Block]:
    """Exactly `count` samples of a sound file from its sample `first` on; then silence.

    Both are at `SAMPLE_RATE`; a file of that rate is not resampled.

    Raises:
        ShadowplayError: `invalid_audio`; it can't be read.
    """
    try:
        with av.open(f"file:{path}", options={"protocol_whitelist": "file"}) as sound:
            frames = sound.decode(sound.streams.audio[0])
            yield from exactly(_resampled(frames), count, first)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise ShadowplayError("invalid_audio", "The sound can't be read.") from error


def _resampled(frames: Iterable[av.AudioFrame]) -> Iterator[Block]:
    resampler = av.AudioResampler("fltp", "stereo", SAMPLE_RATE)
    for frame in chain(frames, [None]):
        if frame is not None:
            frame.pts = None
        for ready in resampler.resample(frame):
            yield np.asarray(ready.to_ndarray(), np.float32)


def samples(path: Path, count: int | None = None) -> Iterator[Block]:
    """The sound of a film, from its first picture on, of exactly so many samples, or all.

    Where there is none, it is silence.

    Raises:
        ShadowplayError: `invalid_video`; it is no film, or its sound is broken.
    """
    with open_film(path) as film:
        picture = film.streams.video[0]
        frames = decoded(film, av.AudioFrame) if film.streams.audio else iter(())
        first = next(frames, None)
        if first is None:
            yield from exactly((), count)
            return
        start = (picture.start_time or 0) * (picture.time_base or Fraction(0))
        early = start - (first.pts or 0) * (first.time_base or Fraction(0))
        sound = _resampled(chain([first], frames))
        yield from exactly(sound, count, round(early * SAMPLE_RATE))


def picture(
    path: Path, mode: str = "RGB", name: str = "input reference", most: int = MAX_PIXELS
) -> Image.Image:
    """A picture file, turned upright, in a mode of Pillow's; errors call it by the name.

    Raises:
        ShadowplayError: `invalid_image`; the file is no picture, is empty, or has more pixels.
    """
    large = f"The {name} has more than {most // 1_000_000} million pixels."
    try:
        with Image.open(path) as image:
            if min(image.size) < 1:
                raise ShadowplayError("invalid_image", f"The {name} has no pixels.")
            if image.width * image.height > most:
                raise ShadowplayError("invalid_image", large)
            return ImageOps.exif_transpose(image).convert(mode)
    except Image.DecompressionBombError as error:
        raise ShadowplayError("invalid_image", large) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        message = f"The {name} could not be decoded as a picture."
        raise ShadowplayError("invalid_image", message) from error


_SEARCH = "subme=1:me=dia:partitions=i8x8,i4x4:rc-lookahead=6:b-adapt=0"
_H264 = {"preset": "veryfast", "crf": "20", "x264-params": _SEARCH}


def write(clip: Clip, path: Path | str) -> None:
    """Draw a clip and write it as an MP4 of H.264 and AAC.

    Raises:
        ShadowplayError: as the clip's iterators do.
        OSError: the file can't be written.
    """
    first = next(clip.frames)
    beside = math.ceil(SAMPLE_RATE / (clip.fps * _AUDIO_FRAME))  # AAC frames to each picture
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
        picture = film.add_stream("libx264", clip.fps, options=_H264)
        picture.width, picture.height, picture.pix_fmt = first.width, first.height, "yuv420p"
        context = picture.codec_context
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        # The default two-loop coder spoils the first frames of sound.
        options = {"aac_coder": "fast"}
        sound = film.add_stream("aac", SAMPLE_RATE, options, layout="stereo", bit_rate=160_000)
        parts = _packets(clip.sound)
        for number, frame in enumerate(chain([first], clip.frames)):
            frame.pts, frame.time_base = number, 1 / clip.fps
            film.mux(picture.encode(frame))
            for part in islice(parts, beside):
                film.mux(sound.encode(part))
        for part in parts:
            film.mux(sound.encode(part))
        for stream in (picture, sound):
            film.mux(stream.encode(None))


def _packets(blocks: Iterable[Block]) -> Iterator[av.AudioFrame]:
    """The sound in frames of just the encoder's size: of others it loses the time."""
    waiting = av.AudioFifo()
    for frame in audio_frames(blocks):
        waiting.write(frame)
        yield from waiting.read_many(_AUDIO_FRAME)
    yield from waiting.read_many(_AUDIO_FRAME, partial=True)


def placed(blocks: Iterable[Block]) -> Iterator[tuple[int, Block]]:
    """Blocks of a sound, each with the number of its first sample."""
    first = 0
    for block in blocks:
        yield first, block
        first += block.shape[1]


def audio_frames(blocks: Iterable[Block]) -> Iterator[av.AudioFrame]:
    """Blocks of a sound as frames with their times."""
    for first, block in placed(blocks):
        if block.size:
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "stereo")
            frame.sample_rate, frame.time_base = SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
            frame.pts = first
            yield frame
