"""Reads sound files from outside and writes them as WAV of 48 kHz stereo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from vitascope.errors import JobError
from vitascope.media.probe import DECODERS
from vitascope.media.sound import AudioResampler, Block
from vitascope.spec import SAMPLE_RATE
from vitascope.video import MAX_TOTAL_SECONDS

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_OPTIONS = {
    "format_whitelist": "wav,w64,aiff,mp3,flac,ogg,aac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm",
    "protocol_whitelist": "file",
    "codec_whitelist": ",".join(sorted(DECODERS)),
}
_LONGEST = MAX_TOTAL_SECONDS * SAMPLE_RATE
"""Samples. No film is longer, so that the rest of a sound is never heard."""


def write_sound(source: Path, out: Path, *, note: Callable[[str], None]) -> None:
    """Decode a sound file and write it as WAV: 48 kHz, stereo, 32-bit floats.

    The first sample is the file's first one, without an encoder's priming. Sound beyond the longest
    film is left out.

    Args:
        source: a sound file of any supported kind.
        out: the file to write.
        note: receives a sentence about what can't be decoded.

    Raises:
        JobError: `invalid_audio`; no sound of it can be decoded.
    """
    written = 0
    with av.open(str(out), "w", format="wav") as file:
        stream = file.add_stream("pcm_f32le", SAMPLE_RATE, layout="stereo")
        for block in _blocks(source, note):
            part = block[:, : _LONGEST - written]
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(np.clip(part, -1, 1).T.reshape(1, -1)), "flt", "stereo"
            )
            frame.sample_rate, frame.pts = SAMPLE_RATE, written
            file.mux(stream.encode(frame))
            written += part.shape[1]
            if written >= _LONGEST:
                break
        file.mux(stream.encode(None))
    if not written:
        raise _invalid("there is no sound in it that can be decoded")


def read_sound(file: Path, first: int, count: int) -> Iterator[Block]:
    """Exactly `count` samples of what `write_sound` wrote, from sample `first` on; then silence.

    Raises:
        JobError: `invalid_audio`; the file can't be read.
    """
    place, end = 0, first + count
    with _opened(file) as opened:
        for frame in opened.decode(_track(opened)):
            block = np.asarray(frame.to_ndarray(), np.float32).reshape(-1, 2).T
            part = block[:, max(0, first - place) : max(0, end - place)]
            place += block.shape[1]
            if part.shape[1]:
                yield part
            if place >= end:
                return
    place = max(place, first)
    while place < end:
        silence = np.zeros((2, min(end - place, SAMPLE_RATE)), np.float32)
        place += silence.shape[1]
        yield silence


def _blocks(source: Path, note: Callable[[str], None]) -> Iterator[Block]:
    with _opened(source) as file:
        track = _track(file)
        resampler: AudioResampler | None = None
        try:
            for frame in file.decode(track):
                if resampler is None:
                    begin = (frame.pts or 0) * (frame.time_base or Fraction(0))
                    resampler = AudioResampler(begin)
                yield from resampler.add(frame)
        except (av.FFmpegError, ValueError):
            seconds = 0.0 if resampler is None else resampler.seconds
            note(f"The sound can't be decoded beyond {seconds:.1f} seconds; it ends there.")
        if resampler is not None:
            yield from resampler.finish()


def _opened(source: Path) -> InputContainer:
    try:
        return av.open(f"file:{source}", metadata_errors="replace", container_options=_OPTIONS)
    except (av.FFmpegError, ValueError) as error:
        raise _invalid("it is not a sound file that can be read") from error


def _track(file: InputContainer) -> AudioStream:
    for track in file.streams.audio:
        with suppress(AttributeError):  # of a track without a decoder
            if track.codec_context.name in DECODERS:
                return track
    raise _invalid("there is no sound in it that can be decoded")


def _invalid(reason: str) -> JobError:
    return JobError("invalid_audio", f"The sound can't be used: {reason}.")
