"""Films that were joined end to end: all of them is shown, in step, or they are refused."""

import functools
import tempfile
from pathlib import Path

import av
import numpy as np
import pytest
import video_fixtures
from films import heard

from vitascope.errors import JobError
from vitascope.media.cutout import Limits
from vitascope.media.normalise import normalise
from vitascope.media.stills import stills

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-c:a", "aac")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8")


def half(path, *options, **more):
    """A film of one light and one tone."""
    path.write_bytes(filmed(path.suffix, *options, **more))
    return path


@functools.cache
def filmed(suffix, *options, light="black", tone=440, seconds=2, filters=""):
    with tempfile.TemporaryDirectory() as folder:
        return video_fixtures.ffmpeg(
            Path(folder, f"half{suffix}"),
            f"color={light}:s=160x96:d={seconds}:r=24,noise=alls=12:allf=t{filters}",
            f"sine=f={tone}:d={seconds}:r=48000",
            *("-pix_fmt", "yuv420p", "-shortest", *options),
        ).read_bytes()


def joined(tmp_path, suffix, *options, second=(), seconds=2):
    first = half(tmp_path / f"1.{suffix}", *options, seconds=seconds)
    other = half(
        tmp_path / f"2.{suffix}", *options, *second, light="white", tone=1760, seconds=seconds
    )
    both = tmp_path / f"both.{suffix}"
    both.write_bytes(first.read_bytes() + other.read_bytes())
    return both


def lights_of(path):
    """For each frame, whether it is light and whether its tone is high."""
    with av.open(path) as film:
        light = [frame.to_ndarray(format="gray").mean() > 128 for frame in film.decode(video=0)]
    wave = heard(path)[0]
    parts = wave[: len(wave) // 2000 * 2000].reshape(-1, 2000)
    crossings = np.count_nonzero(np.diff(np.sign(parts), axis=1), axis=1)
    high = (crossings > 80) & (np.abs(parts).max(axis=1) > 0.05)
    return light, high.tolist()  # 1760 Hz cross zero 147 times in a frame, 440 Hz 37


@pytest.mark.parametrize(
    ("suffix", "options", "second"),
    [
        ("ts", H264, ()),
        ("ts", ("-c:v", "mpeg2video", "-c:a", "mp2"), ("-output_ts_offset", "20")),
        ("ts", H264, ("-output_ts_offset", "3600")),
        ("ts", H264, ("-output_ts_offset", "95442", "-bf", "0")),
        ("vob", (), ()),
        ("mpg", (), ("-output_ts_offset", "500")),
    ],
)
def test_streams_end_to_end_are_one_film(tmp_path, suffix, options, second):
    path = joined(tmp_path, suffix, *options, second=second)
    facts = normalise(path, tmp_path / "out.mp4")
    light, high = lights_of(tmp_path / "out.mp4")

    assert facts.frames == 96
    assert light == [False] * 48 + [True] * 48
    assert sum(one != other for one, other in zip(light, high, strict=True)) <= 1
    assert high.index(True) in (47, 48, 49)


@pytest.mark.thorough
def test_a_part_without_sound_is_silent_and_the_next_in_step(tmp_path):
    parts = [half(tmp_path / "1.ts", *H264), half(tmp_path / "2.ts", *H264, "-an")]
    parts.append(half(tmp_path / "3.ts", *H264, light="white", tone=1760))
    (tmp_path / "all.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    facts = normalise(tmp_path / "all.ts", tmp_path / "out.mp4")
    light, high = lights_of(tmp_path / "out.mp4")

    assert facts.frames == 144
    assert light.index(True) == 96
    assert high.index(True) in (95, 96, 97)
    assert not np.abs(heard(tmp_path / "out.mp4")[:, 110_000:180_000]).max() > 0.02


@pytest.mark.thorough
def test_stills_come_from_all_parts(tmp_path):
    found = stills(joined(tmp_path, "ts", *H264, second=("-output_ts_offset", "3600")), Limits())

    assert [still.rgb.mean() > 128 for still in found] == [False] * 10 + [True] * 10


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("mp4", H264),
        ("mkv", H264),
        ("webm", (*VP8, "-c:a", "libopus")),
        ("flv", (*H264, "-ar", "44100")),
        ("avi", ("-c:v", "mpeg4", "-c:a", "mp2")),
        ("asf", ("-c:v", "wmv2", "-c:a", "wmav2")),
        ("nut", H264),
        ("ivf", (*VP8, "-an")),
    ],
)
def test_containers_end_to_end_are_refused(tmp_path, suffix, options):
    path = joined(tmp_path, suffix, *options, seconds=1)
    with pytest.raises(JobError, match="several videos, one after the other") as caught:
        normalise(path, tmp_path / "out.mp4")

    assert caught.value.code == "invalid_video"
    assert normalise(tmp_path / f"1.{suffix}", tmp_path / "out.mp4").frames in (24, 25)


@pytest.mark.thorough
def test_pictures_that_go_on_in_another_track_are_refused(tmp_path):
    other = ("-mpegts_start_pid", "0x200", "-mpegts_pmt_start_pid", "0x1100")
    path = joined(tmp_path, "ts", *H264, second=other)
    with pytest.raises(JobError, match="pictures end in the middle of the file") as caught:
        normalise(path, tmp_path / "out.mp4")

    assert caught.value.code == "invalid_video"


def test_sound_that_goes_on_after_the_pictures_is_cut_off(tmp_path):
    path = video_fixtures.ffmpeg(
        tmp_path / "a.ts",
        *("testsrc=s=64x64:d=1:r=24", "sine=d=4:r=48000", *H264, "-b:a", "256k"),
    )

    assert normalise(path, tmp_path / "out.mp4").frames == 24


@pytest.mark.thorough
def test_a_chain_of_ogg_films_is_refused(tmp_path):
    path = joined(tmp_path, "ogv", "-c:v", "libtheora", "-c:a", "libvorbis")
    with pytest.raises(JobError) as caught:
        normalise(path, tmp_path / "out.mp4")

    assert caught.value.code == "invalid_video"


@pytest.mark.thorough
@pytest.mark.parametrize("codec", ["libx264", "mpeg2video"])
def test_sound_is_in_step_where_a_stream_is_cut_before_its_first_key_frame(tmp_path, codec):
    path = video_fixtures.ffmpeg(
        tmp_path / "whole.ts",
        "testsrc=s=160x96:d=4:r=24,drawbox=c=white:t=fill:enable='gte(t,3)'",
        "sine=f=1760:d=4:r=48000,volume=0:enable='lt(t,3)'",
        *("-pix_fmt", "yuv420p", "-c:v", codec, "-c:a", "aac", "-g", "24", "-sc_threshold", "0"),
    )
    data = path.read_bytes()
    (tmp_path / "cut.ts").write_bytes(data[len(data) // 188 // 8 * 188 :])
    normalise(tmp_path / "cut.ts", tmp_path / "out.mp4")
    with av.open(tmp_path / "out.mp4") as film:
        light = [frame.to_ndarray(format="gray").min() > 200 for frame in film.decode(video=0)]
    _, high = lights_of(tmp_path / "out.mp4")

    assert 24 <= light.index(True) < 72  # what came before the key frame is not shown
    assert abs(light.index(True) - high.index(True)) <= 1


@pytest.mark.thorough
@pytest.mark.parametrize("suffix", ["ts", "mpg", "h264"])
def test_a_change_of_the_pixels_shape_is_refused(tmp_path, suffix):
    options = ("-c:v", "mpeg2video" if suffix == "mpg" else "libx264", "-an")
    one, other = (
        half(tmp_path / f"{name}.{suffix}", *options, filters=f",setsar={shape}").read_bytes()
        for name, shape in (("square", "1"), ("wide", "4/3"))
    )
    (tmp_path / f"same.{suffix}").write_bytes(other + other)
    (tmp_path / f"changed.{suffix}").write_bytes(one + other)

    assert normalise(tmp_path / f"same.{suffix}", tmp_path / "out.mp4").size == (212, 96)
    with pytest.raises(JobError, match="shape of its pixels changes") as caught:
        normalise(tmp_path / f"changed.{suffix}", tmp_path / "out.mp4")
    assert caught.value.code == "invalid_video"
