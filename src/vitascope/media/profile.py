"""The output profile: the encoding of every film that the server writes.

MP4 with the index first. Video: H.264 High, yuv420p, constant frame rate, a closed group of
pictures at least every two seconds, tagged as BT.709 in limited range. Sound: AAC-LC, 48 kHz,
stereo.

Two films of equal size and rate in this profile have the same H.264 parameter sets, so that they
can be joined by copying packets. For this, no setting may depend on the machine or on the film.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import av
import cv2
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from vitascope.spec import SAMPLE_RATE, Size

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

PRESET = "veryfast"
CRF = 20
SEARCH = "subme=1:me=dia:partitions=i8x8,i4x4:rc-lookahead=6:b-adapt=0"
"""How x264 searches for motion and looks ahead: less closely than the preset does. On shadowplay's
films this takes half of the processor time; they are 2 % larger, at 0.5 dB less."""
PIXEL_FORMAT = "yuv420p"
GOP_SECONDS = 2

RATES = (
    Fraction(24_000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30_000, 1001),
    Fraction(30),
    Fraction(48),
    Fraction(50),
    Fraction(60_000, 1001),
    Fraction(60),
)
"""The frame rates that uploads keep; other rates become the nearest of these."""

BIT_RATE = 160_000
"""Bit rate of the sound, in bit/s."""

AUDIO_FRAME = 1024
"""Samples in one AAC frame."""

THREADS = 6
"""Frame threads of the encoder; a constant, because its output depends on their number."""

_NO_AVX512 = "asm=AVX2,FMA3,BMI2,LZCNT"
"""x264's AVX-512 code for its macroblock tree reads uninitialised memory: smooth frames give other
bytes in every run. Its other code paths agree to the bit. Without AVX-512 it is some 8 % slower."""

_OPENCV_AVX512 = 13  # CV_CPU_AVX_512F, which OpenCV's Python module does not name


def nearest_rate(fps: Fraction) -> Fraction:
    """The rate in `RATES` with the ratio to `fps` nearest to 1."""
    return min(RATES, key=lambda rate: max(rate / fps, fps / rate))


def frame_ticks(fps: Fraction) -> int:
    """How many ticks of the video track's clock one frame lasts."""
    ticks = fps.denominator
    while ticks * fps < 10_000:
        ticks *= 2
    return ticks


def track_ticks(fps: Fraction) -> int:
    """Ticks per second of the video track's clock."""
    return int(frame_ticks(fps) * fps)


def container_options(fps: Fraction) -> dict[str, str]:
    """Options of the MP4 muxer, which moves the index to the front on disk, not in memory."""
    return {
        "movflags": "+faststart",
        "video_track_timescale": str(track_ticks(fps)),
        "movie_timescale": str(SAMPLE_RATE),  # otherwise tracks end at whole milliseconds
    }


def add_video(film: OutputContainer, size: Size, fps: Fraction) -> VideoStream:
    """Add the video track to a film that is about to be written."""
    options = {"preset": PRESET, "crf": str(CRF), "profile": "high", "flags": "+cgop"}
    wide = cv2.checkHardwareSupport(_OPENCV_AVX512)
    options["x264-params"] = f"{SEARCH}:{_NO_AVX512}" if wide else SEARCH
    stream = film.add_stream("libx264", rate=fps, options=options)
    context = stream.codec_context
    context.width, context.height = size
    context.pix_fmt = PIXEL_FORMAT
    context.time_base = 1 / fps
    context.sample_aspect_ratio = Fraction(1, 1)
    context.gop_size = round(GOP_SECONDS * fps)
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    context.colorspace = Colorspace.ITU709
    context.color_range = ColorRange.MPEG
    context.thread_type = "FRAME"
    context.thread_count = THREADS
    return stream


def add_sound(film: OutputContainer) -> AudioStream:
    """Add the sound track to a film that is about to be written."""
    # The default coder distorts the first frames (errors up to -10 dBFS) and takes four times as
    # long; measured on tones and music at 128 to 192 kbit/s.
    options = {"aac_coder": "fast"}
    stream = film.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", options=options)
    stream.codec_context.bit_rate = BIT_RATE
    return stream


def tag(frame: av.VideoFrame, number: int, fps: Fraction) -> av.VideoFrame:
    """The frame, tagged with its time and the profile's colours; its pixels stay the same."""
    frame.pts = number
    frame.time_base = 1 / fps
    frame.pict_type = 0  # else the encoder would keep the type that the decoder set
    frame.color_primaries = ColorPrimaries.BT709
    frame.color_trc = ColorTrc.BT709
    frame.colorspace = Colorspace.ITU709
    frame.color_range = ColorRange.MPEG
    return frame
