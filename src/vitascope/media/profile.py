"""The output profile: the one way every film here is encoded, so that any two can be joined.

MP4, index first. Picture: H.264 High, yuv420p, frames at even distances, a closed group of pictures
at most every two seconds, BT.709 in limited range and tagged so. Sound: AAC-LC, 48 kHz, stereo.

Two films of equal size and rate in this form have the same H.264 parameter sets, so the packets of
one can follow those of the other in one track. Nothing below may depend on the machine or on the
film.
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
"""Frames a second that films from outside may have here; others get the nearest of these."""

BIT_RATE = 160_000
"""Bits a second of the sound."""

AUDIO_FRAME = 1024
"""Samples in one AAC frame."""

THREADS = 6
"""Frame threads of the encoder: its output depends on their number, so it is the same anywhere."""

_NO_AVX512 = "asm=AVX2,FMA3,BMI2,LZCNT"
"""x264's AVX-512 code for its macroblock tree reads memory that nobody wrote: on smooth pictures,
every run gives other bytes. All its other code agrees to the bit; doing without costs some 8 %."""

_OPENCV_AVX512 = 13  # CV_CPU_AVX_512F, which OpenCV's Python module does not name


def nearest_rate(fps: Fraction) -> Fraction:
    """The rate that a film has which comes with this one: the nearest, by its ratio."""
    return min(RATES, key=lambda rate: max(rate / fps, fps / rate))


def frame_ticks(fps: Fraction) -> int:
    """How many ticks of the picture track's clock one frame lasts."""
    ticks = fps.denominator
    while ticks * fps < 10_000:
        ticks *= 2
    return ticks


def track_ticks(fps: Fraction) -> int:
    """Ticks a second of the picture track's clock."""
    return int(frame_ticks(fps) * fps)


def container_options(fps: Fraction) -> dict[str, str]:
    """Options of the MP4 muxer. It moves the index to the front on disk, not in memory."""
    return {
        "movflags": "+faststart",
        "video_track_timescale": str(track_ticks(fps)),
        "movie_timescale": str(SAMPLE_RATE),  # or else tracks end at whole milliseconds
    }


def add_picture(film: OutputContainer, size: Size, fps: Fraction) -> VideoStream:
    """Add the picture track to a film that is about to be written."""
    options = {"preset": PRESET, "crf": str(CRF), "profile": "high", "flags": "+cgop"}
    if cv2.checkHardwareSupport(_OPENCV_AVX512):
        options["x264-params"] = _NO_AVX512
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
    # The default two-loop search spoils a film's first frames of sound (errors up to -10 dBFS)
    # and takes four times as long; measured on tones and on music at 128 to 192 kbit/s.
    options = {"aac_coder": "fast"}
    stream = film.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", options=options)
    stream.codec_context.bit_rate = BIT_RATE
    return stream


def tag(frame: av.VideoFrame, number: int, fps: Fraction) -> av.VideoFrame:
    """The frame, marked with its place in time and with the profile's colours; its pixels stay."""
    frame.pts = number
    frame.time_base = 1 / fps
    frame.pict_type = 0  # a decoded frame still says what it was; the encoder decides anew
    frame.color_primaries = ColorPrimaries.BT709
    frame.color_trc = ColorTrc.BT709
    frame.colorspace = Colorspace.ITU709
    frame.color_range = ColorRange.MPEG
    return frame
