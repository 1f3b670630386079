"""Orders made whole: what was uploaded decides the film's shape, whatever its header says."""

import io
import shutil
from itertools import pairwise

import av
import numpy as np
import pytest
import video_fixtures
from job_fixtures import a_spec, decoded
from PIL import Image

from vitascope.clip import Clip
from vitascope.errors import JobError
from vitascope.jobs.make import make
from vitascope.jobs.order import Order, input_name
from vitascope.media.downscale import fitted
from vitascope.media.previews import CELL_EDGE, THUMBNAIL_EDGE, jpeg_of
from vitascope.media.probe import probe
from vitascope.spec import Asset, Input, Size, Step
from vitascope.video import MAX_PREVIEW_BYTES


class Grey:
    """A fake engine: even grey pictures and silence, exactly as asked for."""

    def draw(self, job, report):
        def frames():
            for _ in range(job.frame_count):
                frame = av.VideoFrame(*job.size, "yuv420p")
                for plane in frame.planes:
                    plane.update(b"\x80" * plane.buffer_size)
                yield frame

        return Clip(frames(), iter([np.zeros((2, job.sample_count), np.float32)]))


class Log:
    """A reporter that keeps what it gets."""

    def __init__(self):
        self.notes = []
        self.previews = []

    def phase(self, name, done, total):
        assert 0 <= done <= total

    def note(self, message):
        self.notes.append(message)

    def preview(self, jpeg):
        self.previews.append(jpeg())


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def extended(tmp_path, log):
    """Extend an upload by some seconds; gives what was done and the folder of its files."""

    def extend(upload, seconds=1):
        stored = Input("uploaded_video", Asset("", 0, "", ""))
        spec = a_spec(task="extend", seconds=seconds, inputs=(stored,))
        folder = tmp_path / "job"
        folder.mkdir()
        upload.rename(folder / input_name(0, "uploaded_video"))
        return make(decoded(spec, folder, log), Grey(), log), folder

    return extend


def assert_film(done, folder, *, size, frames):
    """Film, thumbnail and spritesheet have one size and length, and frames even times."""
    assert (done.size, done.frames) == (size, frames)
    with av.open(folder / "video.mp4") as film:
        shown = list(film.decode(video=0))
        sound = film.streams.audio[0]
        assert sound.duration * sound.time_base * 24 == frames
    assert {Size(frame.width, frame.height) for frame in shown} == {size}
    times = [frame.pts * frame.time_base * 24 for frame in shown]
    assert times == list(range(frames))
    with Image.open(folder / "thumbnail.webp") as thumbnail:
        assert thumbnail.size == fitted(size, THUMBNAIL_EDGE)
    cell, cells = fitted(size, CELL_EDGE), min(50, frames)
    with Image.open(folder / "spritesheet.jpg") as sheet:
        assert sheet.size == (cell.width * min(10, cells), cell.height * -(-cells // 10))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("source", "options", "size"),
    [
        ("180x134", ["-vf", "setsar=4/3"], Size(240, 134)),
        ("320x182", ["-vf", "setsar=8/9"], Size(284, 182)),
        ("321x181", ["-pix_fmt", "yuv444p"], Size(320, 180)),
        ("99x301", ["-pix_fmt", "yuv444p", "-vf", "setsar=5/3"], Size(164, 300)),
    ],
)
def test_an_upload_of_any_shape_is_extended(tmp_path, extended, source, options, size):
    upload = video_fixtures.ffmpeg(tmp_path / "up.mp4", f"testsrc=s={source}:r=24:d=1", *options)
    assert_film(*extended(upload), size=size, frames=48)


@pytest.mark.thorough
def test_every_frame_is_offered_as_a_preview(extended, log, tmp_path):
    upload = video_fixtures.ffmpeg(tmp_path / "up.mp4", "testsrc=s=480x270:r=24:d=1")
    extended(upload)
    assert len(log.previews) == 24
    with Image.open(io.BytesIO(log.previews[-1])) as picture:
        assert (picture.format, picture.size) == ("JPEG", (384, 216))
        assert picture.getpixel((200, 100)) == pytest.approx((130, 130, 130), abs=2)


def test_the_largest_preview_fits_the_database():
    noise = np.random.default_rng(1).integers(0, 256, (1080, 1920, 3), np.uint8)
    noise[::2] = 255 - noise[1::2]
    assert len(jpeg_of(noise)) <= MAX_PREVIEW_BYTES
    harsh = np.kron(noise[:384, :384], np.ones((2, 2, 1), np.uint8))
    assert len(jpeg_of(harsh)) <= MAX_PREVIEW_BYTES


@pytest.mark.thorough
def test_an_upload_on_its_side_with_oblong_pixels_is_extended(tmp_path, extended):
    lying = video_fixtures.ffmpeg(tmp_path / "lying.mp4", "testsrc=s=270x362:r=24:d=1,setsar=5/4")
    upload = video_fixtures.ffmpeg(
        tmp_path / "up.mp4", "-display_rotation", "90", "-i", str(lying), "-c", "copy"
    )
    assert_film(*extended(upload), size=Size(362, 338), frames=48)


def _cells(folder, size):
    width, height = fitted(size, CELL_EDGE)
    with Image.open(folder / "spritesheet.jpg") as sheet:
        pixels = np.asarray(sheet.convert("L"), np.float64)
    return [
        pixels[y : y + height, x : x + width].mean()
        for y in range(0, pixels.shape[0], height)
        for x in range(0, pixels.shape[1], width)
    ]


@pytest.mark.thorough
def test_cells_of_a_live_film_that_does_not_tell_its_length(tmp_path, extended):
    """Its light rises from black to white; so do its cells, until the new grey begins."""
    upload = video_fixtures.ffmpeg(
        tmp_path / "up.webm",
        "color=black:s=160x96:r=24:d=2,geq=lum='16+N*4':cb=128:cr=128",
        *("-c:v", "libvpx", "-b:v", "1M", "-live", "1", "-f", "webm"),
    )
    with av.open(upload) as film:
        assert film.duration is None
    done, folder = extended(upload)
    light = _cells(folder, Size(160, 96))

    assert done.frames == 72
    assert all(b > a + 3 for a, b in pairwise(light[:33]))
    assert np.ptp(light[35:]) < 3


@pytest.mark.thorough
def test_cells_of_a_film_of_uneven_rate(tmp_path, extended):
    """One second of black in 24 pictures, then two seconds of white in three."""
    upload = video_fixtures.ffmpeg(
        tmp_path / "up.mp4",
        "color=black:s=160x96:r=24:d=1[a];color=white:s=160x96:r=1:d=3[b];[a][b]concat",
        *("-fps_mode", "vfr", "-enc_time_base", "1/24"),
    )
    done, folder = extended(upload)
    light = _cells(folder, Size(160, 96))

    assert done.frames == 73 + 24
    assert max(light[:11]) < 10
    assert min(light[13:36]) > 245
    assert 100 < min(light[39:]) <= max(light[39:]) < 160


def test_an_engine_sees_a_picture_in_the_houses_colours(tmp_path, log):
    """Upright, opaque, in RGB that means sRGB, whatever was given."""
    given = Image.new("RGBA", (64, 32), (0, 40, 200, 51))
    exif = Image.Exif()
    exif[0x0112] = 6
    given.save(tmp_path / "given.tiff", "TIFF", exif=exif)
    seen = []

    class Looks(Grey):
        def draw(self, job, report):
            with Image.open(job.first_frame) as picture:
                seen.append((picture.format, picture.mode, picture.size, picture.getpixel((9, 9))))
            return super().draw(job, report)

    (tmp_path / "given.tiff").rename(tmp_path / input_name(0, "first_frame"))
    stored = Input("first_frame", Asset("", 0, "", ""))
    spec = a_spec(size=Size(64, 64), seconds=1, inputs=(stored,))
    make(decoded(spec, tmp_path, log), Looks(), log)

    assert seen == [("PNG", "RGB", (32, 64), (204, 212, 244))]


class Levels:
    """A fake engine: each job's pictures are as light as the number in its prompt says."""

    def __init__(self):
        self.jobs = []

    def draw(self, job, report):
        self.jobs.append(job)
        if job.task == "extend":
            assert probe(job.source).frames == job.spec.start

        def frames():
            for _ in range(job.frame_count):
                frame = av.VideoFrame(*job.size, "yuv420p")
                for plane, level in zip(frame.planes, (int(job.prompt), 128, 128), strict=True):
                    plane.update(bytes([level]) * plane.buffer_size)
                yield frame

        return Clip(frames(), iter([np.zeros((2, job.sample_count), np.float32)]))


def _light(path):
    with av.open(path) as film:
        return [round(float(f.to_ndarray()[:96, :160].mean())) for f in film.decode(video=0)]


class Shares(Log):
    """A reporter that keeps how far the drawing is."""

    def __init__(self):
        super().__init__()
        self.shares = []

    def phase(self, name, done, total):
        super().phase(name, done, total)
        if name == "draw":
            self.shares.append(done / total)


def _small(**changes):
    return a_spec(size=Size(160, 96), **changes)


def test_segments_that_follow_are_made_by_the_same_job(tmp_path):
    spec = _small(
        prompt="40",
        frames=100,
        following=(Step("extend", "100", 1.5), Step("extend", "180", 2.5)),
    )
    engine, report = Levels(), Shares()
    done = make(Order(spec, str(tmp_path)), engine, report)

    assert_film(done, tmp_path, size=Size(160, 96), frames=100)
    assert _light(tmp_path / "video.mp4") == pytest.approx([40] * 36 + [100] * 24 + [180] * 40, 1)
    assert [job.frame_count for job in engine.jobs] == [36, 24, 40]
    assert engine.jobs[2].history == (Step("create", "40"), Step("extend", "100", 1.5))
    assert report.shares == sorted(report.shares)
    assert (report.shares[35], report.shares[-1]) == (1 / 3, 1)
    light = _cells(tmp_path, Size(160, 96))
    assert (light[0], light[-1]) == (pytest.approx(28, abs=4), pytest.approx(191, abs=4))


def test_an_extension_begins_where_the_request_says(tmp_path, log):
    engine = Levels()
    make(Order(_small(prompt="40", frames=100), str(tmp_path)), engine, log)
    folder = tmp_path / "second"
    folder.mkdir()
    for index, (name, role) in enumerate(
        (
            ("video.mp4", "source_video"),
            ("thumbnail.webp", "source_thumbnail"),
            ("spritesheet.jpg", "source_spritesheet"),
        )
    ):
        (tmp_path / name).rename(folder / input_name(index, role))
    roles = ("source_video", "source_thumbnail", "source_spritesheet")
    spec = _small(
        prompt="180",
        task="extend",
        start=61,
        frames=85,
        inputs=tuple(Input(role, Asset("", 0, "", "")) for role in roles),
    )
    done = make(Order(spec, str(folder)), engine, log)

    assert_film(done, folder, size=Size(160, 96), frames=85)
    assert _light(folder / "video.mp4") == pytest.approx([40] * 61 + [180] * 24, 1)


@pytest.mark.thorough
def test_an_upload_is_cut_by_its_own_clock(tmp_path, log):
    upload = video_fixtures.ffmpeg(tmp_path / "up.mp4", "testsrc=s=160x96:r=30:d=2")
    stored = Input("uploaded_video", Asset("", 0, "", ""))
    for start, frames in ((24, 60), (72, 0)):
        folder = tmp_path / f"from-{start}"
        folder.mkdir()
        shutil.copy(upload, folder / input_name(0, "uploaded_video"))
        spec = _small(task="extend", start=start, frames=start + 24, inputs=(stored,))
        order = decoded(spec, folder, log)
        if frames:
            assert make(order, Grey(), log).frames == frames
        else:
            with pytest.raises(JobError, match="2 seconds long"):
                make(order, Grey(), log)
