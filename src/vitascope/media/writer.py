"""Writes frames and sound to a file in the output profile, as they arrive."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import av

from vitascope.media import profile
from vitascope.media.sound import Block, SoundTrack
from vitascope.spec import Size

if TYPE_CHECKING:
    from av.packet import Packet
    from av.stream import Stream


class FilmWriter:
    """Writes one film; a context manager that leaves a complete file, or none after an error.

    Neither frames nor sound may be more than a second ahead of the other, because the muxer keeps
    them in memory until it can interleave them.
    """

    def __init__(self, path: Path, size: Size, fps: Fraction) -> None:
        self._path = path
        self._fps = fps
        options = profile.container_options(fps)
        self._film = av.open(path, "w", format="mp4", container_options=options)
        self._video = profile.add_video(self._film, size, fps)
        stream = profile.add_sound(self._film)
        self._sound = SoundTrack(stream)
        self.frames = 0
        """Number of frames passed in so far."""
        self.encoded = 0
        """Number of frames that have left the encoder."""

    def add_frame(self, frame: av.VideoFrame) -> None:
        """Add the next frame: yuv420p, BT.709 in limited range, of the film's size."""
        self._mux_video(self._video.encode(profile.tag(frame, self.frames, self._fps)))
        self.frames += 1

    def add_sound(self, block: Block) -> None:
        """Add the next samples, shape (2, n) in [-1, 1] at 48 kHz."""
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
            self._discard()
            return
        try:
            self._mux_video(self._video.encode(None))
            for packet in self._sound.finish():
                self._film.mux(packet)
            self._film.close()
        except BaseException:
            self._discard()
            raise

    def _mux_video(self, packets: Iterable[Packet[Stream]]) -> None:
        for packet in packets:
            packet.duration = 1  # otherwise the muxer guesses the last frame's
            self._film.mux(packet)
            self.encoded += 1

    def _discard(self) -> None:
        try:
            self._film.close()
        except av.FFmpegError:
            pass  # the index is not needed, because the file is deleted
        finally:
            self._path.unlink(missing_ok=True)
