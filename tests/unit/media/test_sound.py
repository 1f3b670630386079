"""Sound of any kind: which track is heard, and how its channels are mixed."""

from fractions import Fraction

import av
import numpy as np
import pytest
import video_fixtures
from films import heard

from vitascope.media.normalise import normalise
from vitascope.media.sound import samples
from vitascope.spec import Size

ROOT = 0.5**0.5


def channels(path, levels, layout, codec):
    """A film with a constant level in each channel."""
    frame = av.VideoFrame(64, 64, "yuv420p")
    frame.pts, frame.time_base = 0, Fraction(1, 24)
    with av.open(path, "w") as film:
        pictures = film.add_stream("mpeg4", rate=24)
        pictures.width = pictures.height = 64
        pictures.pix_fmt = "yuv420p"
        stream = film.add_stream(codec, rate=48_000, layout=layout)
        film.mux([*pictures.encode(frame), *pictures.encode(None)])
        data = np.repeat(np.array(levels)[:, None], 4800, axis=1)
        form = stream.codec_context.format.name
        scale = {"u8": 2**7, "s16": 2**15, "s32": 2**31}
        kind = {"u8": np.uint8, "s16": np.int16, "s32": np.int32}.get(form, np.float32)
        packed = data.T
        if form in scale:
            packed = np.round(packed * scale[form] - 1) + 129 * (form == "u8")
        sound = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(packed.reshape(1, -1), kind), form, layout
        )
        sound.sample_rate, sound.pts, sound.time_base = 48_000, 0, Fraction(1, 48_000)
        film.mux([*stream.encode(sound), *stream.encode(None)])
    return path


@pytest.mark.parametrize(
    ("layout", "levels", "left", "right", "codec"),
    [
        ("mono", [0.5], 0.5, 0.5, "pcm_u8"),
        ("stereo", [0.75, -0.25], 0.75, -0.25, "pcm_s24le"),
        ("2.1", [0.5, 0.25, 1.0], 0.5, 0.25, "pcm_f32le"),
        ("quad", [0.5, 0, 0.25, 0], (0.5 + 0.25 * ROOT) / (1 + ROOT), 0, "pcm_s16le"),
        ("5.1", [0.5, 0, 0, 0, 0, 0], 0.5 / (1 + 2 * ROOT), 0, "pcm_s24le"),
        ("5.1", [0, 0, 1, 1, 0, 0], ROOT / (1 + 2 * ROOT), ROOT / (1 + 2 * ROOT), "pcm_s16le"),
        ("5.1", [0, 0, 0, 0, 0, -0.5], 0, -0.5 * ROOT / (1 + 2 * ROOT), "pcm_f32le"),
        ("5.1(side)", [1, 1, 1, 1, 1, 1], 1, 1, "pcm_s16le"),
        ("7.1", [0, 0, 0, 0, 0, 0.25, 0, 0.75], 0, ROOT / (1 + 3 * ROOT), "pcm_s24le"),
        ("7.1", [1, 1, 1, 1, 1, 1, 1, 1], 1, 1, "pcm_s16le"),
    ],
)
def test_channels_are_mixed_by_the_standard_and_never_clip(
    tmp_path, layout, levels, left, right, codec
):
    path = channels(tmp_path / "a.mov", levels, layout, codec)
    mixed = np.concatenate(list(samples(path)), axis=1)

    assert mixed.shape == (2, 4800)
    assert np.abs(mixed).max() <= 1
    assert mixed.mean(axis=1) == pytest.approx([left, right], abs=1e-4)
    assert np.ptp(mixed, axis=1).max() < 1e-6


@pytest.mark.parametrize(
    ("layout", "levels", "right"),
    [("stereo", [0.25, 0.5], 0.5), ("quad", [0.5, 0, 0, 1], ROOT / (1 + ROOT))],
)
def test_channels_without_named_places_are_in_the_usual_ones(tmp_path, layout, levels, right):
    path = channels(tmp_path / "a.mkv", levels, layout, "pcm_s16le")  # which names none
    mixed = np.concatenate(list(samples(path)), axis=1)

    assert mixed[1] == pytest.approx(right, abs=1e-4)


def two_sounds(path, first, second, *options):
    """A silent first track in one codec and a loud second one in another."""
    return video_fixtures.ffmpeg(
        path,
        *("testsrc=s=64x64:r=24:d=1", "anullsrc=r=48000:d=1", "sine=440:r=48000:d=1"),
        *("-map", "0", "-map", "1", "-map", "2", "-t", "1"),
        *("-c:v", "mpeg4", "-c:a:0", first, "-c:a:1", second, *options),
    )


def power(path):
    notes = []
    blocks = list(samples(path, 24_000, note=notes.append))
    return float(np.sqrt(np.mean(np.concatenate(blocks, axis=1)[:, 4800:] ** 2))), notes


@pytest.mark.parametrize("tag", [b"apac", b"ac-4"])
def test_the_first_track_that_can_be_decoded_is_heard(tmp_path, tag):
    path = two_sounds(tmp_path / "a.mp4", "ac3", "aac")
    path.write_bytes(path.read_bytes().replace(b"ac-3", tag))
    loud, notes = power(path)

    assert loud == pytest.approx(0.125 * ROOT, rel=0.1)
    assert notes == ["Soundtrack 1 can't be decoded; 2 is used."]


def test_the_default_track_is_heard(tmp_path):
    marks = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    path = two_sounds(tmp_path / "a.mkv", "pcm_s16le", "pcm_s16le", *marks)

    assert power(path) == (pytest.approx(0.125 * ROOT, rel=0.1), [])
    assert power(two_sounds(tmp_path / "b.mkv", "pcm_s16le", "pcm_s16le")) == (0, [])


def test_a_default_track_of_broken_data_gives_way(tmp_path):
    path = two_sounds(tmp_path / "a.mkv", "flac", "pcm_s16le")
    path.write_bytes(path.read_bytes().replace(b"\xff\xf8", b"\x00\x00"))

    loud, notes = power(path)

    assert loud == pytest.approx(0.125 * ROOT, rel=0.1)
    assert notes == ["Soundtrack 1 can't be decoded; 2 is used."]


def test_sound_that_cant_be_decoded_is_silence(tmp_path):
    path = video_fixtures.ffmpeg(
        tmp_path / "a.mp4", "testsrc=d=1:r=24:s=64x64", "sine=d=1", "-c:a", "ac3"
    )
    path.write_bytes(path.read_bytes().replace(b"ac-3", b"apac"))
    notes = []
    facts = normalise(path, tmp_path / "out.mp4", note=notes.append)

    assert facts.frames == 24
    assert not heard(tmp_path / "out.mp4").any()
    assert notes == ["The sound can't be decoded; the video is silent."]


def test_the_default_pictures_are_shown_and_cover_art_is_not(tmp_path):
    marks = ("-disposition:v:0", "attached_pic", "-disposition:v:1", "0")
    path = video_fixtures.ffmpeg(
        tmp_path / "a.mp4",
        *("color=red:s=80x80:d=0.04:r=25", "color=white:s=96x96:r=24:d=1"),
        *("color=black:s=64x64:r=24:d=1",),
        *("-map", "0", "-map", "1", "-map", "2", "-c:v:0", "mjpeg", "-c:v:1", "mpeg4"),
        *(*marks, "-c:v:2", "mpeg4", "-disposition:v:2", "default"),
    )

    notes = []

    assert normalise(path, tmp_path / "out.mp4", note=notes.append).size == Size(64, 64)
    assert notes == ["Of 2 picture tracks, number 2 is shown."]


def test_pictures_that_cant_be_decoded_give_way_to_others(tmp_path):
    path = video_fixtures.ffmpeg(
        tmp_path / "a.mkv",
        *("testsrc=s=96x96:r=24:d=1", "testsrc=s=64x64:r=24:d=1", "-map", "0", "-map", "1"),
        *("-c:v:0", "ffv1", "-c:v:1", "mpeg4", "-disposition:v:0", "default"),
    )
    path.write_bytes(path.read_bytes().replace(b"V_FFV1", b"V_NONE"))

    notes = []

    assert normalise(path, tmp_path / "out.mp4", note=notes.append).size == Size(64, 64)
    assert notes == ["Of 2 picture tracks, number 2 is shown."]
