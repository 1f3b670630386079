"""Looks into the films and pictures that the server gives out, and makes some for it to take."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from fractions import Fraction

import av
import httpx2
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


def assert_whole(response: httpx2.Response) -> None:
    """Hold a download to its tag and to what a default job makes, decoding all of it."""
    assert response.status_code == 200
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
    film = watch(response.content)
    assert (film.frames, film.size) == (96, (720, 1280))
    assert film.picture_seconds == film.sound_seconds == 4


Colour = tuple[int, int, int]
ABOVE: Colour = (200, 120, 40)
BELOW: Colour = (20, 60, 120)


def first_colours(content: bytes) -> tuple[Colour, Colour]:
    """The mean colour of the upper and of the lower half of a film's first frame."""
    with av.open(io.BytesIO(content)) as film:
        image = next(film.decode(video=0)).to_image()
    width, height = image.size
    halves = [(0, 0, width, height // 2), (0, height // 2, width, height)]
    above, below = (image.crop(half).resize((1, 1), Image.Resampling.BOX) for half in halves)
    return above.getpixel((0, 0)), below.getpixel((0, 0))


def picture(size: tuple[int, int] = (720, 1280), kind: str = "PNG") -> bytes:
    """A picture, one colour above and one below, as a file of PNG, JPEG or WEBP."""
    image = Image.new("RGB", size, ABOVE)
    image.paste(BELOW, (0, size[1] // 2, *size))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def format_of(content: bytes) -> str | None:
    """Which kind of picture a file is, once all of it has been decoded."""
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.format
