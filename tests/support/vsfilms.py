"""Looks into the films and pictures that the server gives out, and makes some for it to take."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import av
from PIL import Image


@dataclass(frozen=True)
class Film:
    """What decoding every frame and every sample of a film showed; lengths in seconds."""

    size: tuple[int, int]
    frames: int
    picture_seconds: Fraction
    sound_seconds: Fraction
    decoded_samples: int


def watch(content: bytes) -> Film:
    """Decode a film from its first byte to its last.

    Raises:
        av.FFmpegError: it is damaged.
    """
    with av.open(io.BytesIO(content)) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        # Without this, the decoder hides damage by drawing over it.
        picture.codec_context.options = {"err_detect": "explode"}
        sizes, frames, samples = set(), 0, 0
        for frame in film.decode(picture, sound):
            if isinstance(frame, av.VideoFrame):
                frames += 1
                sizes.add((frame.width, frame.height))
            else:
                samples += frame.samples
        assert len(sizes) == 1, sizes
        return Film(
            size=sizes.pop(),
            frames=frames,
            picture_seconds=picture.duration * picture.time_base,
            sound_seconds=sound.duration * sound.time_base,
            decoded_samples=samples,
        )


def picture(size: tuple[int, int] = (720, 1280), kind: str = "PNG") -> bytes:
    """A picture of two colours, as a file of PNG, JPEG or WEBP."""
    image = Image.new("RGB", size, (200, 120, 40))
    image.paste((20, 60, 120), (0, size[1] // 2, *size))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def format_of(content: bytes) -> str | None:
    """Which kind of picture a file is, once all of it has been decoded."""
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.format
