"""The FilmWriter: puts pictures and sound into one file in the output profile, as they come."""

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
    """Writes one film; a context manager that leaves a whole file behind, or none.

    Hand in pictures and sound in turns, neither more than a second ahead of the other: what the
    file can't take yet waits in memory.
    """

    def __init__(self, path: Path, size: Size, fps: Fraction) -> None:
        self._path = path
        self._fps = fps
        options = profile.container_options(fps)
        self._film = av.open(path, "w", format="mp4", container_options=options)
        self._picture = profile.add_picture(self._film, size, fps)
        stream = profile.add_sound(self._film)
        self._sound = SoundTrack(stream)
        self.frames = 0
        """Pictures taken so far."""
        self.encoded = 0
        """Pictures that have left the encoder."""

    def picture(self, frame: av.VideoFrame) -> None:
        """Take the next picture: yuv420p, BT.709 in limited range, of the film's size."""
        self._put_pictures(self._picture.encode(profile.tag(frame, self.frames, self._fps)))
        self.frames += 1

    def sound(self, block: Block) -> None:
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
            packet.duration = 1  # the muxer guesses how long the last one lasts, if nobody says
            self._film.mux(packet)
            self.encoded += 1

    def _abandon(self) -> None:
        try:
            self._film.close()
        except av.FFmpegError:
            pass  # the file is not worth an index any more, and it goes now
        finally:
            self._path.unlink(missing_ok=True)
