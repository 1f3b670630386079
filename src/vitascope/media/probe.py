"""Opens video files that may come from outside, and reads what their headers say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
from av.stream import Disposition

from vitascope.errors import JobError
from vitascope.spec import Size

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

LARGEST = Size(4096, 2176)
"""The maximum of pixels of a frame, stored and displayed; other aspect ratios are allowed."""

_CLOCK = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")

_VIDEO_DECODERS = (
    # the web, phones and discs
    *("h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "theora", "gif"),
    *("mpeg4", "mpeg1video", "mpeg2video", "mpegvideo", "h261", "h263", "flv", "vp6", "vp6a"),
    *("vp6f", "msmpeg4v1", "msmpeg4v2", "msmpeg4", "wmv1", "wmv2", "wmv3", "vc1", "rv30", "rv40"),
    # cameras and editors
    *("mjpeg", "jpeg2000", "dvvideo", "prores", "dnxhd", "cfhd", "png", "apng", "qtrle", "svq1"),
    *("svq3", "cinepak", "ffv1", "huffyuv", "ffvhuff", "utvideo", "magicyuv", "rawvideo", "v210"),
)

_AUDIO_DECODERS = (
    # the web, phones and discs
    *("aac", "aac_latm", "mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float", "opus"),
    *("libopus", "vorbis", "flac", "alac", "ac3", "eac3", "dca", "mlp", "truehd", "amrnb", "amrwb"),
    *("libopencore_amrnb", "libopencore_amrwb", "wmav1", "wmav2", "wmapro", "wmalossless"),
    *("speex", "nellymoser", "cook", "gsm", "gsm_ms", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt"),
    *("adpcm_swf", "qdm2"),
    # cameras and editors
    *("pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le"),
    *("pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw"),
    *("pcm_dvd", "pcm_bluray", "pcm_s16le_planar", "pcm_s24le_planar", "pcm_s32le_planar"),
    *("dvaudio", "s302m"),
)

DECODERS = frozenset((*_VIDEO_DECODERS, *_AUDIO_DECODERS))
"""The decoders that may read a file from outside, by FFmpeg's names.

They cover cameras, phones, screen recorders, editors and the web. FFmpeg has some 500 more, for
games, devices and obsolete formats, which few people check for security holes.
"""

_SAFE = {
    # No playlists and scripts, because they make FFmpeg read other files and hosts.
    "format_whitelist": (
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,gif,ivf,mpeg,mpegts,mpegvideo,mxf,"
        "nut,ogg,m4v,h264,hevc,dv,rm"
    ),
    "protocol_whitelist": "file",
    "codec_whitelist": ",".join(sorted(DECODERS)),
}

_BOUNDED = {"max_pixels": str((LARGEST.width + 64) * (LARGEST.height + 64))}
"""Decoders refuse larger frames before they allocate memory; they include cropped areas."""


_STILL = Disposition.attached_pic | Disposition.timed_thumbnails
"""Tracks of single images: cover art, chapter thumbnails."""

_SPECIAL = (
    Disposition.comment
    | Disposition.hearing_impaired
    | Disposition.visual_impaired
    | Disposition.descriptions
    | Disposition.dependent
)
"""Tracks for some viewers only, and tracks that depend on another one."""

_TRIED = 60
"""How many packets of a track are tried to find one that can be decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFacts:
    """What a film's headers say; exact for the output profile, a claim for other films.

    Attributes:
        size: size of the stored frame, before rotation and with its own pixel aspect ratio.
        aspect: pixel aspect ratio, width by height.
        frames: number of frames; computed from the length if the file does not say.
        fps: mean frame rate.
        seconds: length of the video track, or of the file if the track does not say.
        has_sound: whether there is a sound track of a supported codec.
    """

    size: Size
    aspect: Fraction = Fraction(1)
    frames: int
    fps: Fraction
    seconds: Fraction
    has_sound: bool


def probe(path: Path) -> MediaFacts:
    """Read a film's headers.

    Raises:
        JobError: `invalid_video`; the file is not a video that can be read.
    """
    with open_film(path) as film:
        return facts(film)


def open_film(path: Path) -> InputContainer:
    """Open a film for reading.

    Raises:
        JobError: `invalid_video`; the file is not a video that can be read.
    """
    try:
        film = av.open(
            f"file:{path}", metadata_errors="replace", container_options=_SAFE, options=_BOUNDED
        )
    except (av.FFmpegError, ValueError) as error:
        raise invalid("it is not a video file that can be read") from error
    if not _supported_tracks(film):
        coded = [s.codec_context.name for s in video_tracks(film) if s.codec_context]
        film.close()
        if coded:
            raise invalid(f"its pictures are coded as {coded[0]}, which is not taken")
        raise invalid("there are no moving pictures in it")
    for stream in _supported_tracks(film):
        stream.codec_context.options = dict(_BOUNDED)
    return film


def invalid(reason: str) -> JobError:
    """The error for a video that can't be used."""
    return JobError("invalid_video", f"The video can't be used: {reason}.")


def video_track(film: InputContainer) -> VideoStream:
    """The video track: of those that can be decoded, preferably the one marked as default."""
    tracks = _supported_tracks(film)
    if len(tracks) == 1:
        return tracks[0]
    return next((track for track in tracks if can_be_decoded(film, track)), tracks[0])


def sound_track(film: InputContainer) -> AudioStream | None:
    """The sound track: of those that can be decoded, preferably the one marked as default."""
    return next((track for track in sound_tracks(film) if can_be_decoded(film, track)), None)


def can_be_decoded(film: InputContainer, track: VideoStream | AudioStream) -> bool:
    """Whether a track's first packets can be decoded; the position in `film` does not change."""
    if not _supported(track):
        return False
    with open_film(Path(film.name.removeprefix("file:"))) as again:
        try:
            for packet in islice(again.demux(again.streams[track.index]), _TRIED):
                if _decodes(packet):
                    return True
        except (av.FFmpegError, IndexError):
            pass  # the file is damaged here, or PyAV met a track that the header did not list
    return False


def _decodes(packet: Packet[Any]) -> bool:
    try:
        return bool(packet.decode())
    except av.FFmpegError:
        return False


def facts(film: InputContainer) -> MediaFacts:
    """The facts of an open film."""
    picture = video_track(film)
    context = picture.codec_context
    fps = picture.average_rate or picture.guessed_rate or Fraction(24)
    seconds = length(film, picture)
    return MediaFacts(
        size=Size(context.width, context.height),
        aspect=aspect_of(picture),
        frames=picture.frames or round(seconds * fps),
        fps=Fraction(fps),
        seconds=seconds,
        has_sound=bool(sound_tracks(film)),
    )


def aspect_of(picture: VideoStream) -> Fraction:
    """Pixel aspect ratio; 1 if the file has none or an invalid one."""
    aspect = picture.sample_aspect_ratio
    return Fraction(aspect) if aspect and aspect > 0 else Fraction(1)


def video_tracks(film: InputContainer) -> list[VideoStream]:
    """The video tracks in the file's order, without cover art."""
    return [s for s in film.streams.video if not s.disposition & _STILL]


def _supported_tracks(film: InputContainer) -> list[VideoStream]:
    return sorted((s for s in video_tracks(film) if _supported(s)), key=_rank)


def sound_tracks(film: InputContainer) -> list[AudioStream]:
    """The sound tracks of supported codecs, preferred ones first."""
    return sorted((s for s in film.streams.audio if _supported(s)), key=_rank)


def _supported(track: VideoStream | AudioStream) -> bool:
    """Whether the track's codec is in `DECODERS`."""
    return bool(track.codec_context) and track.codec_context.name in DECODERS


def _rank(track: VideoStream | AudioStream) -> int:
    """Tracks of lower rank are preferred; tracks of equal rank keep the file's order."""
    if track.disposition & _SPECIAL:
        return 2
    return 0 if track.disposition & Disposition.default else 1


def length(film: InputContainer, picture: VideoStream) -> Fraction:
    """Length of the video track in seconds, or of the file if the track does not say."""
    return track_length(picture) or Fraction(film.duration or 0, av.time_base)


def track_length(picture: VideoStream) -> Fraction | None:
    """Length of the video track in seconds, if the file gives it for that track."""
    if picture.duration and picture.time_base:
        return picture.duration * picture.time_base
    written = _CLOCK.fullmatch(picture.metadata.get("DURATION", ""))  # in Matroska
    if written is None:
        return None
    hours, minutes, seconds = written.groups()
    return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
