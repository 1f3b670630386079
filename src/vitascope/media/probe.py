"""What the headers of a file of pictures and sound say about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av

from vitascope.errors import JobError
from vitascope.spec import Size

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

LARGEST = Size(4096, 2176)
"""The most pixels of one picture, coded and shown; a longer edge is taken if the other is shorter.
"""

_CLOCK = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")

_SAFE = {
    # Playlists and scripts name other files and hosts to be read; none of those is a film.
    "format_whitelist": (
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,gif,ivf,mpeg,mpegts,mpegvideo,mxf,"
        "nut,ogg,m4v,h264,hevc,dv,rm"
    ),
    "protocol_whitelist": "file",
}

_BOUNDED = {"max_pixels": str((LARGEST.width + 64) * (LARGEST.height + 64))}
"""Decoders refuse larger pictures before they allocate one; they count what cropping hides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """What the headers say of a film; exact for films in the house's form, a claim for all others.

    Attributes:
        size: of the coded picture, before it is rotated and before its pixels are made square.
        aspect: width by height of one of its pixels.
        frames: how many pictures; for files that do not say, as many as fit its length.
        fps: mean frames a second.
        seconds: length of the picture track, or of the file where the track does not say.
    """

    size: Size
    aspect: Fraction = Fraction(1)
    frames: int
    fps: Fraction
    seconds: Fraction
    video_codec: str
    audio_codec: str | None
    sample_rate: int | None

    @property
    def has_sound(self) -> bool:
        """Whether there is a soundtrack."""
        return self.audio_codec is not None


def probe(path: Path) -> MediaFacts:
    """Read a film's headers.

    Raises:
        JobError: `invalid_video`; it is no film that can be read.
    """
    with open_film(path) as film:
        return facts(film)


def open_film(path: Path) -> InputContainer:
    """Open a film for reading.

    Raises:
        JobError: `invalid_video`; it is no film that can be read.
    """
    try:
        film = av.open(
            f"file:{path}", metadata_errors="replace", container_options=_SAFE, options=_BOUNDED
        )
    except (av.FFmpegError, ValueError) as error:
        raise invalid("it is not a video file that can be read") from error
    if not _pictures(film):
        film.close()
        raise invalid("there are no moving pictures in it")
    for stream in _pictures(film):
        stream.codec_context.options = dict(_BOUNDED)
    return film


def invalid(reason: str) -> JobError:
    """The error of a video that can't be used, for this reason."""
    return JobError("invalid_video", f"The video can't be used: {reason}.")


def picture_of(film: InputContainer) -> VideoStream:
    """The track of moving pictures; cover art is none."""
    return _pictures(film)[0]


def facts(film: InputContainer) -> MediaFacts:
    """The facts of an open film."""
    picture = picture_of(film)
    context = picture.codec_context
    fps = picture.average_rate or picture.guessed_rate or Fraction(24)
    seconds = length(film, picture)
    sound = next((track for track in film.streams.audio if track.codec_context), None)
    return MediaFacts(
        size=Size(context.width, context.height),
        aspect=aspect_of(picture),
        frames=picture.frames or round(seconds * fps),
        fps=Fraction(fps),
        seconds=seconds,
        video_codec=context.codec.canonical_name,
        audio_codec=sound.codec_context.codec.canonical_name if sound else None,
        sample_rate=sound.rate if sound else None,
    )


def aspect_of(picture: VideoStream) -> Fraction:
    """Width by height of one pixel; square where the file says nothing, or nonsense."""
    aspect = picture.sample_aspect_ratio
    return Fraction(aspect) if aspect and aspect > 0 else Fraction(1)


def _pictures(film: InputContainer) -> list[VideoStream]:
    cover = av.stream.Disposition.attached_pic
    return [s for s in film.streams.video if not s.disposition & cover and s.codec_context]


def length(film: InputContainer, picture: VideoStream) -> Fraction:
    """Seconds of the picture track, or of the whole film where the track does not say."""
    return told_length(picture) or Fraction(film.duration or 0, av.time_base)


def told_length(picture: VideoStream) -> Fraction | None:
    """Seconds of the picture track, if the file says so for that track alone."""
    if picture.duration and picture.time_base:
        return picture.duration * picture.time_base
    written = _CLOCK.fullmatch(picture.metadata.get("DURATION", ""))  # as Matroska does
    if written is None:
        return None
    hours, minutes, seconds = written.groups()
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
