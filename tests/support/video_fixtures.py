"""Videos for tests to upload, and measurements of a film's packets, frames and sound."""

from __future__ import annotations

import io
import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import numpy as np


def ffmpeg(path: Path, *arguments: str) -> Path:
    """Make a file with the ffmpeg program: `ffmpeg(path, "testsrc=d=1", "-r", "25")`.

    Arguments before the first that begins with a dash are lavfi inputs, the others options.
    """
    options = next((n for n, text in enumerate(arguments) if text.startswith("-")), None)
    inputs = [part for text in arguments[:options] for part in ("-f", "lavfi", "-i", text)]
    rest = [] if options is None else arguments[options:]
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-v", "error", "-y", *inputs, *rest, path], check=True)
    return path


def moving_video(
    path: Path,
    *,
    size: tuple[int, int] = (640, 360),
    seconds: float = 2.0,
    fps: int = 24,
    codec: str = "libx264",
    sound: str | None = "stereo",
) -> Path:
    """A colourful video: a red disc moves across a meadow under a sky."""
    width, height = size
    with av.open(path, "w") as film:
        picture = film.add_stream(codec, rate=fps)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        track = None
        if sound is not None:
            track = film.add_stream("libopus" if path.suffix == ".webm" else "aac", rate=48_000)
            track.layout = sound
        for number in range(round(seconds * fps)):
            frame = av.VideoFrame.from_ndarray(_picture(width, height, number / fps), "rgb24")
            film.mux(picture.encode(frame))
        film.mux(picture.encode(None))
        if track is not None:
            for first in range(0, round(seconds * 48_000), 960):
                film.mux(track.encode(_tone(first, sound)))
            film.mux(track.encode(None))
    return path


def repeated_frame(path: Path, *, size: tuple[int, int] = (1280, 720), frames: int) -> Path:
    """A small file that takes long to decode: one key frame, many times."""
    with av.open(path, "w") as film:
        picture = film.add_stream("libx264", rate=30)
        picture.width, picture.height, picture.pix_fmt = *size, "yuv420p"
        frame = av.VideoFrame.from_ndarray(_picture(*size, 0), "rgb24")
        [packet] = [*picture.encode(frame), *picture.encode(None)]
        step = round(1 / (30 * packet.time_base))
        content = bytes(packet)
        for number in range(frames):
            again = av.Packet(content)
            again.stream, again.time_base = picture, packet.time_base
            again.pts = again.dts = number * step
            again.duration, again.is_keyframe = step, True
            film.mux(again)
    return path


def _picture(width: int, height: int, t: float) -> np.ndarray[Any, Any]:
    y, x = np.mgrid[0:height, 0:width]
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2] = (120, 180, 240)
    image[height // 2 :] = (70, 150, 60)
    centre = (0.2 + 0.25 * t) * width
    image[(x - centre) ** 2 + (y - height * 0.55) ** 2 < (height / 6) ** 2] = (220, 40, 30)
    return image


def _tone(first: int, layout: str | None) -> av.AudioFrame:
    wave = 0.2 * np.sin(2 * np.pi * 440 * (first + np.arange(960)) / 48_000)
    channels = 1 if layout == "mono" else 2
    samples = np.ascontiguousarray(np.tile(wave.astype(np.float32), (channels, 1)))
    frame = av.AudioFrame.from_ndarray(samples, "fltp", layout or "stereo")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, first, Fraction(1, 48_000)
    return frame


def packets(content: bytes) -> list[bytes]:
    """A film's video packets in stored order."""
    with av.open(io.BytesIO(content)) as film:
        return [bytes(packet) for packet in film.demux(film.streams.video[0]) if packet.size]


def lumas(content: bytes) -> np.ndarray[Any, Any]:
    """The luma of all frames, (frames, height, width), as int16."""
    with av.open(io.BytesIO(content)) as film:
        film.streams.video[0].thread_type = "AUTO"
        frames = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    return np.stack(frames).astype(np.int16)


def rgb(content: bytes, number: int) -> np.ndarray[Any, Any]:
    """One frame of a film, as RGB."""
    with av.open(io.BytesIO(content)) as film:
        for index, frame in enumerate(film.decode(video=0)):
            if index == number:
                return frame.to_ndarray(format="rgb24")
    raise IndexError(number)


def sound_level(content: bytes) -> float:
    """The root mean square of the sound."""
    with av.open(io.BytesIO(content)) as film:
        blocks = [frame.to_ndarray() for frame in film.decode(audio=0)]
    return float(np.sqrt(np.mean(np.square(np.concatenate(blocks, axis=1)))))


def frame_differences(lumas: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The mean absolute difference of each frame from the previous one."""
    return np.array([np.abs(b - a).mean() for a, b in pairwise(lumas)])
