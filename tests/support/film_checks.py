"""Decodes films and pictures from the server, and makes pictures to upload."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from fractions import Fraction

import av
import bars_engine
import httpx2
from PIL import Image


@dataclass(frozen=True)
class DecodedFilm:
    """Size and length of a film, all of whose frames and samples were decoded; in seconds."""

    size: tuple[int, int]
    frames: int
    picture_seconds: Fraction
    sound_seconds: Fraction
    decoded_samples: int


def decode_film(content: bytes) -> DecodedFilm:
    """Decode a whole film.

    Raises:
        av.FFmpegError: the film is damaged.
    """
    with av.open(io.BytesIO(content)) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        # By default the decoder conceals damage.
        picture.codec_context.options = {"err_detect": "explode"}
        sizes, frames, samples = set(), 0, 0
        for frame in film.decode(picture, sound):
            if isinstance(frame, av.VideoFrame):
                frames += 1
                sizes.add((frame.width, frame.height))
            else:
                samples += frame.samples
        assert len(sizes) == 1, sizes
        return DecodedFilm(
            size=sizes.pop(),
            frames=frames,
            picture_seconds=picture.duration * picture.time_base,
            sound_seconds=sound.duration * sound.time_base,
            decoded_samples=samples,
        )


def assert_bars_film(response: httpx2.Response) -> None:
    """Check that a download fits its ETag and is a film as `Server.create` orders it."""
    assert response.status_code == 200
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
    film = decode_film(response.content)
    assert (film.frames, film.size) == (96, bars_engine.SIZE)
    assert film.picture_seconds == film.sound_seconds == 4


Colour = tuple[int, int, int]
ABOVE: Colour = (200, 120, 40)
BELOW: Colour = (20, 60, 120)


def first_colours(content: bytes) -> tuple[Colour, Colour]:
    """The mean colours of the two halves of a film's first frame."""
    with av.open(io.BytesIO(content)) as film:
        image = next(film.decode(video=0)).to_image()
    width, height = image.size
    halves = [(0, 0, width, height // 2), (0, height // 2, width, height)]
    above, below = (image.crop(half).resize((1, 1), Image.Resampling.BOX) for half in halves)
    return above.getpixel((0, 0)), below.getpixel((0, 0))


def picture(size: tuple[int, int] = (720, 1280), kind: str = "PNG") -> bytes:
    """A picture file with one colour in each half: of any kind that Pillow writes."""
    image = Image.new("RGB", size, ABOVE)
    image.paste(BELOW, (0, size[1] // 2, *size))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def format_of(content: bytes) -> str | None:
    """The format of a picture file, which is decoded completely."""
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.format
