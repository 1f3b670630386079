"""Films made from pictures, films and sounds, by the official Python SDK; decoded and compared."""

from __future__ import annotations

import io
import wave

import av
import numpy as np
import openai
import pytest
from openai.types import Video
from PIL import Image, ImageDraw

pytestmark = pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning")

SIZE = (640, 360)
GREEN = (20, 230, 40)


@pytest.fixture(scope="module")
def client(server):
    with server.openai() as client:
        yield client


def png(image, **more):
    file = io.BytesIO()
    image.save(file, "PNG", **more)
    return file.getvalue()


def landscape(ball, sky, size=SIZE):
    """A picture of a ball on a meadow; `ball` is how far to the right it is, 0 to 1."""
    width, height = size
    image = Image.new("RGB", size, sky)
    pen = ImageDraw.Draw(image)
    pen.rectangle([0, int(height * 0.7), width, height], fill=(60, 110, 70))
    left = int(ball * width)
    pen.ellipse(
        [left, int(height * 0.4), left + height // 3, int(height * 0.74)], fill=(200, 60, 50)
    )
    return image


A, B = landscape(0.2, (120, 170, 220)), landscape(0.4, (230, 180, 120))


def song(seconds=3, rate=44_100):
    """A WAV file of one channel with a rising tone."""
    t = np.arange(int(seconds * rate)) / rate
    samples = (12_000 * np.sin(2 * np.pi * (220 + 180 * t) * t)).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((1, 2, rate, 0, "NONE", ""))
        written.writeframes(samples.tobytes())
    return file.getvalue()


def finished(client, video):
    video = client.videos.poll(video.id)
    assert video.status == "completed", video.error
    content = client.videos.download_content(video.id).read()
    with av.open(io.BytesIO(content)) as film:
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert len(pictures) / 24 == film.streams.audio[0].duration / 48_000
    with av.open(io.BytesIO(content)) as film:
        sound = np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], axis=1)
    return pictures, sound[:, : len(pictures) * 2000]  # without the last packet's padding


def psnr(shown, image):
    """How near a film's frame is to a picture, in dB; at 30 the difference is hardly visible."""
    expected = np.asarray(image.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS), np.float64)
    return 10 * np.log10(255**2 / np.mean((shown - expected) ** 2))


def test_a_film_goes_from_one_picture_to_another(client):
    """The first is of a phone: it lies on its side, as its EXIF says."""
    turned, file = A.transpose(Image.Transpose.ROTATE_90), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(file, "JPEG", exif=exif, quality=95)
    last = client.files.create(file=("b.png", png(B)), purpose="vision")
    video = client.videos.create(
        prompt="A dog runs by",
        input_reference=("a.jpg", file.getvalue()),
        extra_body={"last_frame": {"file_id": last.id}, "resolution": "640x360", "duration": 2},
    )
    pictures, _ = finished(client, video)
    assert (len(pictures), video.size, video.seconds) == (48, "640x360", "2")
    assert psnr(pictures[0], A) > 28
    assert psnr(pictures[-1], B) > 28
    assert psnr(pictures[24], A) < 24
    assert psnr(pictures[24], B) < 24


def test_a_given_sound_is_the_soundtrack(client):
    """Of 3 seconds in a film of 4; the last one is silent."""
    video = client.post(
        "/videos",
        body={"prompt": "A quiet lake", "resolution": "320x192", "references[0][type]": "audio"},
        files=[("references[0][upload]", ("song.wav", song(), "audio/wav"))],
        options={"headers": {"Content-Type": "multipart/form-data"}},
        cast_to=Video,
    )
    pictures, sound = finished(client, video)
    assert (len(pictures), sound.shape) == (96, (2, 192_000))
    t = np.arange(144_000) / 48_000
    given = np.sin(2 * np.pi * (220 + 180 * t) * t)
    for channel in sound:
        assert np.corrcoef(channel[:144_000], given)[0, 1] > 0.99
    assert np.abs(sound[:, 146_000:]).max() < 0.01


def test_a_subject_acts_before_a_setting(client):
    figure = Image.new("RGB", (300, 300), (240, 240, 240))
    ImageDraw.Draw(figure).ellipse([90, 60, 210, 280], fill=GREEN)
    files = {
        "fox": client.files.create(file=("fox.png", png(figure)), purpose="vision").id,
        "place": client.files.create(file=("a.png", png(A)), purpose="vision").id,
    }
    video = client.videos.create(
        prompt="A fox runs across a bright meadow at noon",
        extra_body={
            "resolution": "640x360",
            "duration": 1,
            "references": [
                {"type": "image", "role": "subject", "file_id": files["fox"]},
                {"type": "image", "role": "setting", "file_id": files["place"]},
            ],
        },
    )
    pictures, _ = finished(client, video)
    green = [
        (p[..., 1].astype(int) - np.maximum(p[..., 0], p[..., 2]) > 60).mean() for p in pictures
    ]
    assert max(green) > 0.005
    above = [psnr_of_top(picture) for picture in pictures[:1]]
    assert min(above) > 28
    found = client.get(f"/videos/{video.id}/request", cast_to=object)
    assert [one["role"] for one in found["body"]["references"]] == ["subject", "setting"]


def green(shown):
    """How much of a frame has the figure's colour."""
    red, middle, blue = np.moveaxis(shown.astype(int), -1, 0)
    return float((middle - np.maximum(red, blue) > 60).mean())


def psnr_of_top(shown):
    """How near the upper third of a frame is to the setting's."""
    rows = SIZE[1] // 3
    expected = np.asarray(A, np.float64)[:rows]
    return 10 * np.log10(255**2 / np.mean((shown[:rows] - expected) ** 2))


def test_several_films_of_one_request(client):
    video = client.videos.create(
        prompt="A fox", extra_body={"n": 2, "seed": 5, "duration": 1, "resolution": "128x128"}
    )
    assert len(video.variants) == 2
    films = [finished(client, client.videos.retrieve(each))[0] for each in video.variants]
    assert not np.array_equal(films[0][5], films[1][5])
    assert [client.videos.retrieve(each).seed for each in video.variants] == [5, 6]


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "image", "invalid_image"),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(32), "audio", "invalid_audio"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + bytes(64), "video", "invalid_video"),
    ],
)
def test_a_broken_reference_fails_its_job_with_its_code(client, content, kind, code):
    file = client.files.create(file=("broken", content), purpose="user_data")
    video = client.videos.create(
        prompt="A fox", extra_body={"references": [{"type": kind, "file_id": file.id}]}
    )
    video = client.videos.poll(video.id)
    assert (video.status, video.error.code) == ("failed", code)


def test_a_model_that_can_not_is_refused(client):
    with pytest.raises(openai.BadRequestError, match="control video"):
        client.videos.create(
            prompt="A fox",
            extra_body={
                "references": [{"type": "video", "role": "control", "url": "https://a.example/b"}]
            },
        )
