"""Decodes any sound track to blocks of 48 kHz stereo, and encodes such blocks as AAC packets."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from vitascope.errors import JobError
from vitascope.media import profile
from vitascope.media.clock import RUNS_THROUGH, Clock
from vitascope.media.decode import decoded
from vitascope.media.mixing import stereo
from vitascope.media.probe import open_film, sound_track, sound_tracks, video_track
from vitascope.spec import SAMPLE_RATE

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream

Block = NDArray[np.float32]
"""Samples at 48 kHz in [-1, 1], shape (2, n)."""

_SLACK = SAMPLE_RATE // 25
"""Deviations of time stamps up to this many samples are ignored: containers round them."""

_BAD_PACKETS = 100


class SoundTrack:
    """Cuts blocks of any length into AAC frames and encodes them."""

    def __init__(self, stream: AudioStream, first: int = 0) -> None:
        """Start a track.

        Args:
            stream: the stream that encodes it.
            first: the time of the first sample, in samples.
        """
        self._stream = stream
        self._waiting = np.zeros((2, 0), np.float32)
        self._place = first

    def encode(self, block: Block) -> Iterator[Packet[Stream]]:
        """Add samples, clipped to [-1, 1]; returns the packets that are complete.

        Raises:
            ValueError: the block has another shape, or a sample is not finite.
        """
        if block.ndim != 2 or block.shape[0] != 2:
            raise ValueError(f"sound has the shape (2, n), not {block.shape}")
        if not np.isfinite(block).all():
            raise ValueError("sound holds samples that are not numbers")
        self._waiting = np.concatenate((self._waiting, np.clip(block, -1, 1)), axis=1)
        whole = self._waiting.shape[1] // profile.AUDIO_FRAME * profile.AUDIO_FRAME
        for first in range(0, whole, profile.AUDIO_FRAME):
            yield from self._frame(self._waiting[:, first : first + profile.AUDIO_FRAME])
        self._waiting = self._waiting[:, whole:]

    def finish(self) -> Iterator[Packet[Stream]]:
        """Encode the rest; the last packet's duration gives the end of the sound."""
        if self._waiting.shape[1]:
            yield from self._frame(self._waiting)
        yield from self._stream.encode(None)

    def _frame(self, samples: Block) -> Iterable[Packet[Stream]]:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, dtype=np.float32), format="fltp", layout="stereo"
        )
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self._place
        self._place += samples.shape[1]
        return self._stream.encode(frame)


class AudioResampler:
    """Converts decoded frames of any rate and layout to blocks, placed by their time stamps."""

    def __init__(self, origin: Fraction) -> None:
        """Start; samples before `origin`, in seconds, are cut off."""
        self._origin = origin
        self._added = Fraction(0)  # length of all input so far, in samples at 48 kHz
        self._started = False
        self._skip = 0
        self._resampler: av.AudioResampler | None = None
        self._rate = 0

    @property
    def seconds(self) -> float:
        """Length of the input so far."""
        return float(self._added / SAMPLE_RATE)

    def add(self, frame: av.AudioFrame) -> Iterator[Block]:
        """Add a frame; returns the blocks that are complete."""
        if frame.sample_rate != self._rate:
            yield from self.finish()
            self._rate = frame.sample_rate
            self._resampler = av.AudioResampler("fltp", "stereo", SAMPLE_RATE)
        yield from self._align(frame)
        self._added += Fraction(frame.samples * SAMPLE_RATE, frame.sample_rate)
        # Without a time stamp, so that the resampler itself fills no gaps: `_align` does.
        mixed = av.AudioFrame.from_ndarray(np.ascontiguousarray(stereo(frame)), "fltp", "stereo")
        mixed.sample_rate = frame.sample_rate
        yield from self._resampled(mixed)

    def finish(self) -> Iterator[Block]:
        """The blocks that the resampler still buffers."""
        if self._resampler is not None:
            yield from self._resampled(None)
            self._resampler = None

    def _align(self, frame: av.AudioFrame) -> Iterator[Block]:
        """Fill a gap before this frame with silence, or mark an overlap to be skipped."""
        if frame.pts is None or frame.time_base is None:
            return
        gap = round((frame.pts * frame.time_base - self._origin) * SAMPLE_RATE - self._added)
        if self._started and abs(gap) < _SLACK:
            return
        self._started = True
        self._added += gap
        if gap < 0:
            self._skip -= gap
        for first in range(0, gap, SAMPLE_RATE):
            yield np.zeros((2, min(SAMPLE_RATE, gap - first)), np.float32)

    def _resampled(self, frame: av.AudioFrame | None) -> Iterator[Block]:
        if self._resampler is None:
            return
        for ready in self._resampler.resample(frame):
            block = np.asarray(ready.to_ndarray(), np.float32)[:, self._skip :]
            self._skip -= min(self._skip, ready.samples)
            if block.shape[1]:
                yield block


def samples(
    path: Path,
    count: int | None = None,
    *,
    origin: Fraction | None = None,
    clock: Clock = RUNS_THROUGH,
    note: Callable[[str], None] = lambda text: None,
) -> Generator[Block]:
    """The sound of a film from its first frame on.

    An encoder's priming and padding samples are cut off. Sound that is missing or can't be decoded
    becomes silence.

    Args:
        path: a film, with or without a sound track.
        count: the exact number of samples to return; all by default.
        origin: the time of the first frame, in seconds of the file's clock; from the header by
            default.
        clock: where the file's clock restarts.
        note: receives a sentence about what can't be decoded.

    Raises:
        JobError: `invalid_video`; the file is not a video.
    """
    returned = 0
    with open_film(path) as film:
        for block in _decoded_blocks(film, origin, clock, note):
            part = block if count is None else block[:, : count - returned]
            returned += part.shape[1]
            if part.shape[1]:
                yield part
            if returned == count:
                return
    while count is not None and returned < count:
        silence = np.zeros((2, min(count - returned, SAMPLE_RATE)), np.float32)
        returned += silence.shape[1]
        yield silence


def _decoded_blocks(
    film: InputContainer, origin: Fraction | None, clock: Clock, note: Callable[[str], None]
) -> Iterator[Block]:
    stream = sound_track(film)
    _note_choice(film, stream, note)
    if stream is None:
        return
    if origin is None:
        picture = video_track(film)
        origin = (picture.start_time or 0) * (picture.time_base or Fraction(0))
    resampler = AudioResampler(origin)
    try:
        for frame in decoded(film, stream, bad_packets=_BAD_PACKETS, clock=clock):
            yield from resampler.add(frame)
    except (JobError, ValueError):
        note(f"The sound can't be decoded beyond {resampler.seconds:.1f} seconds; it ends there.")
    yield from resampler.finish()


def _note_choice(
    film: InputContainer, used: AudioStream | None, note: Callable[[str], None]
) -> None:
    """Note which sound tracks can't be decoded, and which one is used instead."""
    tracks = film.streams.audio
    if not tracks:
        return
    if used is None:
        note("The sound can't be decoded; the video is silent.")
        return
    known = sound_tracks(film)
    better = known[: known.index(used)]  # could not be decoded
    if bad := [track for track in tracks if not track.codec_context or track in better]:
        numbers = " and ".join(str(tracks.index(track) + 1) for track in bad)
        note(f"Soundtrack {numbers} can't be decoded; {tracks.index(used) + 1} is used.")
