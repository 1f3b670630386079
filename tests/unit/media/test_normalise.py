"""Films from anywhere, made by PyAV as cameras and other programs make them."""

import sys
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from films import SMALL, Scales, decoded, heard, level, picture

from vitascope.errors import JobError
from vitascope.media.normalise import Limits, normalise
from vitascope.media.stitch import stitch
from vitascope.spec import Size

BIG = Size(320, 192)


def quadrants(size=BIG, luma=(40, 90, 150, 220)):
    """A picture with a different grey in each corner: top left, top right, bottom left, right."""
    light = np.zeros((size.height, size.width), np.uint8)
    half_y, half_x = size.height // 2, size.width // 2
    for k, (y, x) in enumerate(((0, 0), (0, half_x), (half_y, 0), (half_y, half_x))):
        light[y : y + half_y + 1, x : x + half_x + 1] = luma[k]
    frame = av.VideoFrame(*size, "yuv420p")
    rows = np.frombuffer(frame.planes[0], np.uint8).reshape(size.height, -1)
    rows[:, : size.width] = light
    for plane in frame.planes[1:]:
        plane.update(b"\x80" * plane.buffer_size)
    return frame


def corners(frame):
    rows = np.frombuffer(frame.planes[0], np.uint8).reshape(frame.height, -1)[:, : frame.width]
    y, x = frame.height // 4, frame.width // 4
    return [int(rows[j, i]) for j in (y, -y) for i in (x, -x)]


def film(
    path, frames, *, rate=24, codec="libx264", fmt="yuv420p", before=None, times=None, size=BIG
):
    """Write pictures; `times` are time stamps in thousandths of a second."""
    with av.open(path, "w") as out:
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, fmt
        stream.codec_context.colorspace = Colorspace.ITU709
        if times:
            stream.codec_context.time_base = Fraction(1, 1000)
        if before:
            before(stream)
        for number, frame in enumerate(frames):
            frame.pts = times[number] if times else number
            frame.time_base = Fraction(1, 1000) if times else 1 / Fraction(rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def with_sound(path, sound, *, rate=44_100, layout="mono", seconds=1, codec="aac"):
    with av.open(path, "w") as out:
        pictures = out.add_stream("libx264", rate=24)
        pictures.width, pictures.height, pictures.pix_fmt = *BIG, "yuv420p"
        options = {"aac_coder": "fast"} if codec == "aac" else {}
        stream = out.add_stream(codec, rate=rate, layout=layout, options=options)
        for number in range(24 * seconds):
            frame = picture(number, BIG)
            frame.pts, frame.time_base = number, Fraction(1, 24)
            out.mux(pictures.encode(frame))
        out.mux(pictures.encode(None))
        fifo = av.AudioFifo()
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(sound, np.float32), format="fltp", layout=layout
        )
        frame.sample_rate = rate
        fifo.write(frame)
        for number, part in enumerate(fifo.read_many(1024, partial=True)):
            part.pts, part.time_base = number * 1024, Fraction(1, rate)
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return path


def in_house_form(path):
    with av.open(path) as out:
        pictures, sound = out.streams.video[0], out.streams.audio[0]
        context = pictures.codec_context
        assert (context.name, context.profile, context.pix_fmt) == ("h264", "High", "yuv420p")
        assert context.color_primaries == ColorPrimaries.BT709
        assert context.color_trc == ColorTrc.BT709
        assert context.colorspace == Colorspace.ITU709
        assert context.color_range == ColorRange.MPEG
        assert pictures.average_rate == 24
        assert (sound.rate, sound.layout.name) == (48_000, "stereo")
        assert pictures.duration * pictures.time_base == sound.duration * sound.time_base
    return True


def test_a_film_of_the_house_stays_as_it_is(drawn, tmp_path):
    source = drawn("a.mp4", seconds=2)
    facts = normalise(source, tmp_path / "out.mp4")

    assert in_house_form(tmp_path / "out.mp4")
    assert (facts.frames, facts.seconds) == (48, 2)
    assert decoded(tmp_path / "out.mp4") == pytest.approx(decoded(source), abs=1.0)
    assert np.abs(heard(tmp_path / "out.mp4") - heard(source)).max() < 0.05


def test_what_it_makes_can_be_stitched_to_what_is_drawn(drawn, tmp_path):
    film(tmp_path / "a.mkv", (picture(k, Size(160, 96)) for k in range(30)), size=Size(160, 96))
    normalise(tmp_path / "a.mkv", tmp_path / "head.mp4")
    facts = stitch(tmp_path / "head.mp4", drawn("tail.mp4"), tmp_path / "out.mp4")

    assert facts.frames == 54
    assert facts.seconds == Fraction(54, 24)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mov", "libx264"), ("a.mkv", "mpeg4"), ("a.webm", "libvpx"), ("a.avi", "mjpeg")],
)
def test_containers_and_codecs(tmp_path, name, codec):
    fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    film(tmp_path / name, (quadrants() for _ in range(24)), codec=codec, fmt=fmt)
    facts = normalise(tmp_path / name, tmp_path / "out.mp4")

    assert in_house_form(tmp_path / "out.mp4")
    assert (facts.size, facts.frames) == (BIG, 24)


@pytest.mark.parametrize("flip", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_pictures_are_set_upright(tmp_path, turn, flip):
    film(
        tmp_path / "a.mov",
        (quadrants() for _ in range(3)),
        before=lambda stream: stream.set_display_rotation(turn, *flip),
    )
    facts = normalise(tmp_path / "a.mov", tmp_path / "out.mp4")
    with av.open(tmp_path / "out.mp4") as out:
        frame = next(out.decode(video=0))

    expected = np.rot90(np.array([[40, 90], [150, 220]]), turn // 90)
    expected = expected[:, ::-1] if flip[0] else expected
    expected = expected[::-1] if flip[1] else expected
    assert facts.size == (BIG if turn % 180 == 0 else Size(192, 320))
    assert corners(frame) == pytest.approx(expected.ravel().tolist(), abs=4)
    assert "DISPLAYMATRIX" not in frame.side_data


@pytest.mark.parametrize("rate", [8, 25, 30, Fraction(30000, 1001), 60])
def test_any_rate_becomes_24(tmp_path, rate):
    count = round(2 * rate)
    film(tmp_path / "a.mp4", (picture(k, BIG) for k in range(count)), rate=rate)
    facts = normalise(tmp_path / "a.mp4", tmp_path / "out.mp4", fps=Fraction(24))

    assert in_house_form(tmp_path / "out.mp4")
    assert facts.frames == 48
    late = []
    for k, shown in enumerate(decoded(tmp_path / "out.mp4")):
        near = range(max(0, int(k / 24 * rate) - 4), min(count, int(k / 24 * rate) + 5))
        number = min(near, key=lambda n: abs(level(picture(n, BIG)) - shown))
        late.append(k / 24 - number / rate)
    assert min(late) >= -0.25 / 24 - 1e-9
    assert max(late) <= 1 / rate + 1e-9


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize(
    ("rate", "count"),
    [
        (Fraction(24_000, 1001), 60),
        (Fraction(25), 60),
        (Fraction(30_000, 1001), 75),
        (Fraction(48), 90),
        (Fraction(60_000, 1001), 91),
        (Fraction(60), 90),
    ],
)
def test_a_rate_that_is_kept_keeps_every_picture_once(tmp_path, name, rate, count):
    film(tmp_path / name, (picture(k) for k in range(count)), rate=rate, size=SMALL)
    notes = []
    facts = normalise(tmp_path / name, tmp_path / "out.mp4", fps=None, note=notes.append)

    assert (facts.frames, facts.fps, facts.seconds) == (count, rate, count / rate)
    assert decoded(tmp_path / "out.mp4") == pytest.approx(
        [level(picture(k)) for k in range(count)], abs=1.5
    )
    assert heard(tmp_path / "out.mp4").shape == (2, int(count * 48_000 / rate))
    assert notes == []


@pytest.mark.parametrize(
    ("rate", "becomes"), [(Fraction(10), Fraction(24_000, 1001)), (26, 25), (90, 60), (42, 48)]
)
def test_other_rates_become_the_nearest(tmp_path, rate, becomes):
    film(tmp_path / "a.mp4", (picture(k) for k in range(2 * int(rate))), rate=rate, size=SMALL)
    facts = normalise(tmp_path / "a.mp4", tmp_path / "out.mp4", fps=None)

    assert facts.fps == becomes
    assert facts.frames == round(2 * becomes)


@pytest.mark.parametrize(
    ("rate", "beginnings"),
    [
        (26, ["The video has 26 frames a second and becomes one of 25: some of its pictures are"]),
        (22, ["The video has 22 frames a second and becomes one of 23.976: some are shown twice"]),
        (30, []),
        (Fraction(24_000, 1001), []),
        (24, []),
    ],
)
def test_the_log_says_when_a_rate_is_changed(tmp_path, rate, beginnings):
    notes = []
    film(tmp_path / "a.mp4", (picture(k) for k in range(24)), rate=rate, size=SMALL)
    normalise(tmp_path / "a.mp4", tmp_path / "out.mp4", note=notes.append)

    assert len(notes) == len(beginnings)
    assert all(note.startswith(start) for note, start in zip(notes, beginnings, strict=True))


def test_uneven_time_stamps_are_kept(tmp_path):
    times = [0, 40, 500, 520, 1500, 1958]
    film(tmp_path / "a.mkv", (picture(k * 3, BIG) for k in range(6)), times=times)
    normalise(tmp_path / "a.mkv", tmp_path / "out.mp4")
    levels = decoded(tmp_path / "out.mp4")

    assert len(levels) >= 48
    for moment, number in ((0, 0), (0.3, 1), (0.75, 3), (1.4, 3), (1.6, 4), (1.98, 5)):
        assert levels[int(moment * 24)] == pytest.approx(level(picture(number * 3, BIG)), abs=1.5)


def test_without_sound_there_is_silence(tmp_path):
    film(tmp_path / "a.mp4", (picture(k, BIG) for k in range(36)))
    normalise(tmp_path / "a.mp4", tmp_path / "out.mp4")
    sound = heard(tmp_path / "out.mp4")

    assert sound.shape == (2, 36 * 2000)
    assert not sound.any()


def test_one_channel_becomes_two_of_the_same_strength(tmp_path):
    t = np.arange(44_100) / 44_100
    with_sound(tmp_path / "a.mp4", 0.4 * np.sin(2 * np.pi * 441 * t)[None])
    normalise(tmp_path / "a.mp4", tmp_path / "out.mp4")
    sound = heard(tmp_path / "out.mp4")

    assert sound.shape == (2, 48_000)
    expected = 0.4 * np.sin(2 * np.pi * 441 * np.arange(48_000) / 48_000)
    assert np.abs(sound - expected)[:, 4000:44_000].max() < 0.06


def test_surround_becomes_stereo(tmp_path):
    noise = np.random.default_rng(1).uniform(-0.2, 0.2, (6, 48_000))
    with_sound(tmp_path / "a.mkv", noise, rate=48_000, layout="5.1")
    normalise(tmp_path / "a.mkv", tmp_path / "out.mp4")

    assert in_house_form(tmp_path / "out.mp4")
    assert heard(tmp_path / "out.mp4").std() > 0.02


@pytest.mark.parametrize(("length", "expected"), [(0.5, 24_000), (2.0, 48_000)])
def test_sound_ends_with_the_pictures(tmp_path, length, expected):
    tone = np.full((2, round(48_000 * length)), 0.3)
    with_sound(tmp_path / "a.mkv", tone, rate=48_000, layout="stereo", codec="pcm_s16le")
    normalise(tmp_path / "a.mkv", tmp_path / "out.mp4")
    sound = heard(tmp_path / "out.mp4")

    assert sound.shape == (2, 48_000)
    assert np.count_nonzero(np.abs(sound[0]) > 0.15) == pytest.approx(expected, abs=600)


def test_odd_sizes_become_even(tmp_path):
    film(
        tmp_path / "a.mkv",
        (quadrants(Size(321, 193)).reformat(format="yuv444p") for _ in range(3)),
        fmt="yuv444p",
        size=Size(321, 193),
    )
    facts = normalise(tmp_path / "a.mkv", tmp_path / "out.mp4")

    assert facts.size == Size(320, 192)


@pytest.mark.parametrize("turn", [0, 90])
def test_a_given_size_is_filled_without_stretching(tmp_path, turn):
    """A circle stays one: its width and height in the result are the same."""
    light = np.full((480, 640), 40, np.uint8)
    y, x = np.mgrid[:480, :640]
    light[(y - 240) ** 2 + (x - 320) ** 2 < 100**2] = 220
    source = av.VideoFrame.from_ndarray(light, format="gray").reformat(format="yuv420p")
    film(
        tmp_path / "a.mov",
        [source],
        size=Size(640, 480),
        before=lambda stream: stream.set_display_rotation(turn),
    )
    facts = normalise(tmp_path / "a.mov", tmp_path / "out.mp4", size=Size(360, 640))
    with av.open(tmp_path / "out.mp4") as out:
        frame = next(out.decode(video=0))
    shape = np.frombuffer(frame.planes[0], np.uint8).reshape(640, -1)[:, :360] > 130
    width, height = shape.any(axis=0).sum(), shape.any(axis=1).sum()

    assert facts.size == Size(360, 640)
    assert width == pytest.approx(height, abs=4)
    assert height == pytest.approx(200 * 640 / (480 if turn == 0 else 640), abs=5)


def test_oblong_pixels_are_made_square(tmp_path):
    film(
        tmp_path / "a.mkv",
        (quadrants() for _ in range(3)),
        before=lambda stream: setattr(stream, "sample_aspect_ratio", Fraction(4, 3)),
    )
    assert normalise(tmp_path / "a.mkv", tmp_path / "out.mp4").size == Size(426, 192)


def test_full_range_and_bt601_become_limited_bt709(tmp_path):
    red = np.zeros((192, 320, 3), np.uint8)
    red[...] = (200, 30, 40)

    def colours(stream):
        context = stream.codec_context
        context.color_range, context.colorspace = ColorRange.JPEG, Colorspace.ITU601

    frames = (
        av.VideoFrame.from_ndarray(red, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.JPEG
        )
        for _ in range(3)
    )
    film(tmp_path / "a.mp4", frames, before=colours)
    normalise(tmp_path / "a.mp4", tmp_path / "out.mp4")
    with av.open(tmp_path / "out.mp4") as out:
        y, u, v = (bytes(plane)[1000] for plane in next(out.decode(video=0)).planes)

    # ITU-R BT.709 of (200, 30, 40), worked out by hand
    light = 0.2126 * 200 + 0.7152 * 30 + 0.0722 * 40
    assert y == pytest.approx(16 + light * 219 / 255, abs=2)
    assert u == pytest.approx(128 + (40 - light) / 1.8556 * 224 / 255, abs=2)
    assert v == pytest.approx(128 + (200 - light) / 1.5748 * 224 / 255, abs=2)


@pytest.mark.parametrize("transfer", [ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67])
def test_high_dynamic_range_is_toned_down(tmp_path, transfer):
    """A grey stair of rising light stays a stair; white paper stays below the brightest light."""
    steps = np.linspace(0.05, 0.75 if transfer == ColorTrc.SMPTE2084 else 1.0, 8)
    row = np.repeat(steps, 40)
    signal = np.round(64 + row * 876).astype(np.uint16)
    frame = av.VideoFrame(320, 192, "yuv420p10le")
    for index, plane in enumerate(frame.planes):
        rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)
        rows[:, : plane.width] = signal[None] if index == 0 else 512

    def colours(stream):
        context = stream.codec_context
        context.color_primaries, context.color_trc = ColorPrimaries.BT2020, transfer
        context.colorspace, context.color_range = Colorspace.BT2020, ColorRange.MPEG

    film(tmp_path / "a.mp4", [frame], fmt="yuv420p10le", before=colours)
    normalise(tmp_path / "a.mp4", tmp_path / "out.mp4")
    with av.open(tmp_path / "out.mp4") as out:
        shown = next(out.decode(video=0))
    planes = [np.frombuffer(plane, np.uint8).reshape(plane.height, -1) for plane in shown.planes]
    stair = [int(planes[0][90, 20 + 40 * k]) for k in range(8)]

    assert in_house_form(tmp_path / "out.mp4")
    assert stair == sorted(stair)
    assert min(np.diff(stair)) >= 4
    assert stair[0] < 60
    assert 215 <= stair[-1] <= 236
    assert all(abs(int(plane[45, x]) - 128) <= 2 for plane in planes[1:] for x in range(0, 160, 9))


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(pixels=320 * 191), "320x192"),
        (Limits(seconds=1), "longer than 1 second"),
        (Limits(frames=40), "48 pictures"),
        (Limits(smallest=200), "200 pixels or longer"),
    ],
)
def test_limits_are_kept_from_the_headers(tmp_path, limits, sentence):
    film(tmp_path / "a.mp4", (picture(k, BIG) for k in range(48)))
    with pytest.raises(JobError, match=sentence) as caught:
        normalise(tmp_path / "a.mp4", tmp_path / "out.mp4", limits=limits)

    assert caught.value.code == "invalid_video"
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_limits_are_kept_while_decoding(tmp_path):
    """A stream without headers does not say how long it is."""
    film(tmp_path / "a.h264", (picture(k, BIG) for k in range(60)))
    with pytest.raises(JobError, match="more than 30 pictures"):
        normalise(tmp_path / "a.h264", tmp_path / "out.mp4", limits=Limits(frames=30))
    film(tmp_path / "b.mkv", (picture(k, BIG) for k in range(3)), times=[0, 10, 900_000])
    with pytest.raises(JobError, match="longer than"):
        normalise(tmp_path / "b.mkv", tmp_path / "out.mp4")

    assert not (tmp_path / "out.mp4").exists()


def test_a_film_that_breaks_off_is_refused(tmp_path):
    whole = film(tmp_path / "a.mkv", (picture(k, BIG) for k in range(96))).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(JobError, match=r"breaks off|damaged") as caught:
        normalise(tmp_path / "cut.mkv", tmp_path / "out.mp4")

    assert caught.value.code == "invalid_video"
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.mp4", "no film"),
        ("a.txt", "a long text that some programs would show as a film\n" * 40),
        ("a.m3u8", "#EXTM3U\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n"),
        ("a.ffconcat", "ffconcat version 1.0\nfile other.mp4\n"),
    ],
)
def test_what_is_no_film_is_refused(drawn, tmp_path, name, text):
    drawn("other.mp4")
    (tmp_path / name).write_text(text)
    with pytest.raises(JobError, match="not a video file") as caught:
        normalise(tmp_path / name, tmp_path / "out.mp4")

    assert caught.value.code == "invalid_video"


def test_a_picture_is_no_film(tmp_path):
    from PIL import Image

    for kind in ("png", "jpg"):
        Image.new("RGB", (64, 64)).save(tmp_path / f"a.{kind}")
        with pytest.raises(JobError, match="not a video file"):
            normalise(tmp_path / f"a.{kind}", tmp_path / "out.mp4")


@pytest.mark.skipif(sys.platform != "linux", reason="weighs itself through /proc")
@pytest.mark.nightly
def test_memory_does_not_grow_with_the_length(tmp_path):
    scales = Scales()
    film(tmp_path / "a.mp4", (picture(k, BIG) for k in range(24 * 60)))
    normalise(tmp_path / "a.mp4", tmp_path / "out.mp4", progress=scales)

    # 55 s of raw pictures are 121 MB; the allocator's own ups and downs reach some 40.
    assert scales.growth(24 * 5) < 80_000_000
