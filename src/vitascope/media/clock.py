"""Handles files that were joined end to end, such as by `cat`.

MPEG transport and programme streams repeat their headers, so that two files in a row are a valid
film, but the time stamps of the second one restart: `Clock` shifts them. Other containers have one
header, so that only the first film could be read: such files are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vitascope.errors import JobError
from vitascope.media.probe import MediaFacts, facts, invalid, open_film, video_track
from vitascope.spec import FPS

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_STREAMS = {"mpegts", "mpeg"}
"""Transport and programme streams."""

_BACK, _FORWARD = Fraction(1, 10), Fraction(10)
"""A decoding time that goes back or forward by more seconds than these is a restart."""

_EXACT = Fraction(1, 100)
"""A packet that starts within this many seconds of the previous one's end continues it."""

_REST = 16 << 10
"""Bytes of unknown tracks that may follow the last video packet."""

_SYNC, _PACKETS, _TAIL = 0x47, (188, 192, 204), 1 << 24
"""A transport packet's first byte and its sizes, and how many bytes after the last video packet are
read."""

_HEADERS = {
    "mov,mp4,m4a,3gp,3g2,mj2": (b"ftyp", rb"\0\0\0.ftyp[ -~]{4}"),
    "matroska,webm": (b"\x1a\x45\xdf\xa3", rb"\x1a\x45\xdf\xa3.{1,48}(webm|matroska)"),
    "flv": (b"FLV\x01", rb"FLV\x01.\0\0\0\x09\0\0\0\0"),
    "avi": (b"AVI LIST", rb"RIFF....AVI LIST....hdrl"),
    "asf": (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9"),
    "ivf": (b"DKIF", rb"DKIF\0\0\x20\0"),
    "nut": (b"nut/multimedia", rb"nut/multimedia container\0"),
    "rm": (b".RMF", rb"\.RMF\0\0\0\x12"),
}
"""The header of each container: a fixed part to search for first, and a pattern for all of it."""

_BLOCK, _MARGIN = 1 << 20, 64
"""Bytes that are read at a time, and bytes of the previous block that are searched again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a file with a clock of its own.

    Attributes:
        number: the number of its first video packet.
        earliest: the first byte at which its sound may start.
        begin: the byte at which its video starts.
        shift: seconds to add to its time stamps to continue the part before.
    """

    number: int
    earliest: int
    begin: int
    shift: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How to correct the time stamps of a file.

    Attributes:
        restarts: the parts after the first; empty if the clock never restarts.
        seconds: length of the whole film, if there are several parts.
        frames: its number of frames, if there are several parts.
    """

    restarts: tuple[Part, ...] = ()
    seconds: Fraction = Fraction(0)
    frames: int = 0

    def corrected(self, known: MediaFacts) -> MediaFacts:
        """The facts with the film's real length, if the clock restarts."""
        if not self.restarts:
            return known
        return replace(known, seconds=self.seconds, frames=self.frames)

    def packets(
        self, film: InputContainer, stream: VideoStream | AudioStream
    ) -> Iterator[Packet[Any]]:
        """The packets of a track with corrected time stamps.

        Raises:
            JobError: `invalid_video`; another track starts in the middle of the file.
        """
        found = packets(film, stream)
        if not self.restarts:
            return found
        return self._sound(found) if stream.type == "audio" else self._pictures(found)

    def _pictures(self, found: Iterator[Packet[Any]]) -> Iterator[Packet[Any]]:
        shifts = {part.number: part.shift for part in self.restarts}
        shift = Fraction(0)
        for number, packet in enumerate(found):
            shift = shifts.get(number, shift)
            yield _shifted(packet, shift)

    def _sound(self, found: Iterator[Packet[Any]]) -> Iterator[Packet[Any]]:
        """Sound packets, each shifted by the part that it belongs to.

        A packet between the last video packet of a part and the first of the next may belong to
        either: to the one whose sound it continues best. A packet that continues the previous one
        belongs to the same part, also where sound comes much later in the file than its video.
        """
        place, shift = 0, Fraction(0)
        end: Fraction | None = None
        for packet in found:
            place = place if packet.pos is None else packet.pos
            begin = _time(packet, packet.dts)
            if begin is not None:
                if end is None or abs(begin - end) > _EXACT:
                    shift = self._shift(place, None if end is None else end + shift - begin)
                end = begin + (_time(packet, packet.duration) or 0)
            yield _shifted(packet, shift)

    def _shift(self, place: int, target: Fraction | None) -> Fraction:
        """The shift of sound at a byte of the file: the possible one nearest to `target`."""
        sure = [part.shift for part in self.restarts if part.begin <= place]
        maybe = [part.shift for part in self.restarts if part.earliest <= place < part.begin]
        choices = [sure[-1] if sure else Fraction(0), *maybe[:1]]
        if target is None:
            return choices[-1]
        return min(choices, key=lambda choice: abs(choice - target))


RUNS_THROUGH = Clock()
"""A clock that never restarts, as in most files."""


def clock_of(path: Path) -> Clock:
    """Find where a file's clock restarts. Reads all packets, decodes none.

    Raises:
        JobError: `invalid_video`; the file holds several films of which only the first can be read.
    """
    with open_film(path) as film:
        if film.format.name in _STREAMS:
            return _measured(film, path)
        if film.format.name in _HEADERS and _headers(path, *_HEADERS[film.format.name]) > 1:
            raise invalid(
                "its file holds several videos, one after the other, of which only the first can "
                "be read. Join them with a video editor, or send one of them"
            )
    return RUNS_THROUGH


def packets(film: InputContainer, stream: VideoStream | AudioStream) -> Iterator[Packet[Any]]:
    """The packets of a track unchanged.

    Raises:
        JobError: `invalid_video`; another track starts in the middle of the file.
    """
    try:
        yield from film.demux(stream)
    except IndexError as error:  # PyAV meets a track that the header did not list
        raise _other_track() from error


def _measured(film: InputContainer, path: Path) -> Clock:
    picture = video_track(film)
    frame = 1 / (facts(film).fps or Fraction(FPS))
    restarts: list[Part] = []
    frames, place, shift = 0, 0, Fraction(0)
    first: Fraction | None = None
    last: Fraction | None = None
    end = Fraction(0)
    for number, packet in enumerate(packets(film, picture)):
        before = place
        place = place if packet.pos is None else packet.pos
        decoded = _time(packet, packet.dts)
        shown = _time(packet, packet.pts)
        shown = decoded if shown is None else shown
        if decoded is None or shown is None:
            continue
        if last is None:
            first = end = shown
        elif not last - _BACK <= decoded <= last + _FORWARD:
            shift = end - shown
            restarts.append(Part(number=number, earliest=before, begin=place, shift=shift))
        last = decoded
        end = max(end, shown + shift + (_time(packet, packet.duration) or frame))
        frames += 1
    if film.format.name == "mpegts" and _unknown(path, place, film) > _REST:
        raise _other_track()
    if not restarts or first is None:
        return RUNS_THROUGH
    return Clock(restarts=tuple(restarts), seconds=end - first, frames=frames)


def _unknown(path: Path, place: int, film: InputContainer) -> int:
    """How many bytes of a transport stream from `place` on belong to tracks that started later."""
    with path.open("rb") as file:
        file.seek(place)
        data = np.frombuffer(file.read(_TAIL), np.uint8)
    step = next((size for size in _PACKETS if (data[: 8 * size : size] == _SYNC).all()), None)
    if step is None:
        return 0
    heads = data[: len(data) // step * step].reshape(-1, step)[:, 1:3].astype(int)
    tracks = (heads[:, 0] & 0x1F) << 8 | heads[:, 1]
    known = [*range(0x20), 0x1FFF, *(stream.id for stream in film.streams)]  # tables, stuffing
    return int(np.count_nonzero(~np.isin(tracks, known))) * step


def _other_track() -> JobError:
    return invalid(
        "its pictures end in the middle of the file, and something else follows. If several videos "
        "were joined, join them with a video editor that makes one picture track of them"
    )


def _time(packet: Packet[Any], ticks: int | None) -> Fraction | None:
    """Ticks of a packet's clock in seconds."""
    return None if ticks is None or not packet.time_base else ticks * packet.time_base


def _shifted(packet: Packet[Any], shift: Fraction) -> Packet[Any]:
    """The packet with its time stamps shifted."""
    if shift and packet.time_base:
        ticks = round(shift / packet.time_base)
        packet.pts = None if packet.pts is None else packet.pts + ticks
        packet.dts = None if packet.dts is None else packet.dts + ticks
    return packet


def _headers(path: Path, mark: bytes, whole: bytes) -> int:
    """How many headers of a container are in a file."""
    pattern, count, before = re.compile(whole, re.DOTALL), 0, b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            text = before + block
            if mark in text:
                count += sum(match.end() > len(before) for match in pattern.finditer(text))
            before = text[-_MARGIN:]
    return count
