"""Cuts a film after a frame; the video packets before it are copied as far as possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from vitascope.media import profile
from vitascope.media.decode import decoded
from vitascope.media.probe import facts, invalid, open_film, video_track
from vitascope.media.stitch import in_order_of_time, presentation_order, video_packets
from vitascope.spec import samples_in

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.packet import Packet
    from av.stream import Stream

_SETTLING = 2
"""AAC frames that are kept after the cut, so that the sound before it decodes to its end."""


def cut(film: Path, frames: int, out: Path) -> None:
    """Write the first frames of a film in the output profile as another such film.

    Whole groups of pictures are copied. The frames between the last of them and the cut are encoded
    again, because they may refer to frames after it. All sound packets are copied; the last of them
    reach beyond the cut by less than a tenth of a second.

    Args:
        film: the film; it is longer.
        frames: how many of its frames are kept.
        out: the file to write; after an error there is none.

    Raises:
        JobError: `invalid_video`; the film can't be read.
    """
    with open_film(film) as source:
        fps = facts(source).fps
    order = presentation_order(film)
    copied = max(place for place in _entries(film, order) if place <= frames)
    parts, orders = [film], [order[:copied]]
    again = out.with_suffix(".again.mp4")
    try:
        if copied < frames:
            _encode(film, copied, frames, fps, again)
            parts.append(again)
            orders.append(presentation_order(again))
            if len(orders[1]) < frames - copied:
                raise invalid("frames are missing")
        options = profile.container_options(fps)
        with av.open(out, "w", format="mp4", container_options=options) as kept:
            _write(kept, parts, orders, fps, samples_in(frames, fps))
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    finally:
        again.unlink(missing_ok=True)


def _entries(film: Path, order: Sequence[int]) -> Iterator[int]:
    """The frames at which decoding can begin, and before which no packet needs a later one."""
    with open_film(film) as source:
        packets = (one for one in source.demux(video_track(source)) if one.pts is not None)
        latest = -1
        for number, (packet, place) in enumerate(zip(packets, order, strict=True)):
            if packet.is_keyframe and place == number and latest < number:
                yield number
            latest = max(latest, place)


def _encode(film: Path, first: int, end: int, fps: Fraction, out: Path) -> None:
    """Write the frames from `first` up to, not including, `end` as a film without sound."""
    with (
        open_film(film) as source,
        av.open(
            out, "w", format="mp4", container_options=profile.container_options(fps)
        ) as encoded,
    ):
        picture = video_track(source)
        picture.thread_type = "AUTO"
        track = profile.add_video(encoded, facts(source).size, fps)
        source.seek(first * profile.frame_ticks(fps), stream=picture)
        shown = (one for one in decoded(source, picture) if _place(one, fps) >= first)
        for number, frame in enumerate(islice(shown, end - first)):
            encoded.mux(track.encode(profile.tag(frame, number, fps)))
        encoded.mux(track.encode(None))


def _place(frame: av.VideoFrame, fps: Fraction) -> int:
    assert frame.pts is not None and frame.time_base is not None
    return round(frame.pts * frame.time_base * fps)


def _write(
    kept: OutputContainer,
    parts: Sequence[Path],
    orders: Sequence[Sequence[int]],
    fps: Fraction,
    samples: int,
) -> None:
    with open_film(parts[0]) as source:
        picture = kept.add_stream_from_template(video_track(source))
        tracks: list[tuple[Iterator[Packet[Any]], Stream]] = [
            (video_packets(parts, orders, fps), picture)
        ]
        if source.streams.audio:
            sound = kept.add_stream_from_template(source.streams.audio[0])
            tracks.append((_sound_packets(parts[0], samples), sound))
        for packet, stream in in_order_of_time(tracks):
            packet.stream = stream
            kept.mux(packet)


def _sound_packets(film: Path, samples: int) -> Iterator[Packet[Any]]:
    end = samples + _SETTLING * profile.AUDIO_FRAME
    with open_film(film) as source:
        for packet in source.demux(source.streams.audio[0]):
            if packet.pts is not None and packet.pts < end:
                yield packet
