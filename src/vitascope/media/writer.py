"""The Writer: puts pictures and sound into one file of the house's form, as they come."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import av
import numpy as np
from numpy.typing import NDArray

from vitascope.media import house
from vitascope.shot import SAMPLE_RATE, Size

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.stream import Stream


class SoundTrack:
    """Cuts blocks of any length into AAC frames and encodes them."""

    def __init__(self, stream: AudioStream) -> None:
        self._stream = stream
        self._waiting = np.zeros((2, 0), np.float32)
        self.samples = 0
        """Samples a channel taken so far."""

    def encode(self, block: NDArray[np.float32]) -> Iterable[Packet[Stream]]:
        """Take samples of shape (2, n); give what packets are ready.

        Raises:
            ValueError: the block has another shape or holds something that is not a number.
        """
        if block.ndim != 2 or block.shape[0] != 2:
            raise ValueError(f"sound has the shape (2, n), not {block.shape}")
        if not np.isfinite(block).all():
            raise ValueError("sound holds samples that are not numbers")
        self._waiting = np.concatenate((self._waiting, np.clip(block, -1, 1)), axis=1)
        whole = self._waiting.shape[1] // house.AUDIO_FRAME * house.AUDIO_FRAME
        for first in range(0, whole, house.AUDIO_FRAME):
            yield from self._frame(self._waiting[:, first : first + house.AUDIO_FRAME])
        self._waiting = self._waiting[:, whole:]

    def finish(self) -> Iterable[Packet[Stream]]:
        """Encode what is left; the last packet's duration says where the sound ends."""
        if self._waiting.shape[1]:
            yield from self._frame(self._waiting)
        yield from self._stream.encode(None)

    def _frame(self, samples: NDArray[np.float32]) -> Iterable[Packet[Stream]]:
        planes = np.ascontiguousarray(samples, dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self.samples
        self.samples += samples.shape[1]
        return self._stream.encode(frame)


class Writer:
    """Writes one film; a context manager that leaves a whole file behind, or none.

    Hand in pictures and sound in turns, neither more than a second ahead of the other: what the
    file can't take yet waits in memory.
    """

    def __init__(self, path: Path, size: Size) -> None:
        self._path = path
        self._film = av.open(
            path, "w", format="mp4", container_options=house.CONTAINER_OPTIONS
        )
        self._picture = house.add_picture(self._film, size)
        stream = house.add_sound(self._film)
        self._sound = SoundTrack(stream)
        self.frames = 0
        """Pictures taken so far."""
        self.encoded = 0
        """Pictures that have left the encoder."""

    def picture(self, frame: av.VideoFrame) -> None:
        """Take the next picture: yuv420p, BT.709 in limited range, of the film's size."""
        self._put_pictures(self._picture.encode(house.tag(frame, self.frames)))
        self.frames += 1

    def sound(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, shape (2, n) in [-1, 1] at 48 kHz."""
        for packet in self._sound.encode(block):
            self._film.mux(packet)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._abandon()
            return
        try:
            self._put_pictures(self._picture.encode(None))
            for packet in self._sound.finish():
                self._film.mux(packet)
            self._film.close()
        except BaseException:
            self._abandon()
            raise

    def _put_pictures(self, packets: Iterable[Packet[Stream]]) -> None:
        for packet in packets:
            self._film.mux(packet)
            self.encoded += 1

    def _abandon(self) -> None:
        try:
            self._film.close()
        except av.FFmpegError:
            pass  # the file is not worth an index any more, and it goes now
        finally:
            self._path.unlink(missing_ok=True)
