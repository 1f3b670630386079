"""A clip becomes a film of exactly its length; whatever goes wrong leaves nothing behind."""

import itertools
import sys
from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from films import SMALL, Scales, clip, decoded, heard, level, picture, small_job, tone

from vitascope.clip import Clip
from vitascope.errors import JobError
from vitascope.media.encode import encode
from vitascope.spec import SAMPLE_RATE, Size


def test_a_film_has_exactly_the_frames_and_sound_of_its_job(tmp_path):
    job = small_job(3)
    facts = encode(clip(job), job, tmp_path / "a.mp4")

    assert facts.size == SMALL
    assert (facts.frames, facts.fps, facts.seconds) == (72, 24, Fraction(3))
    assert facts.has_sound
    expected = [level(picture(number)) for number in range(72)]
    assert decoded(tmp_path / "a.mp4") == pytest.approx(expected, abs=1.0)
    with av.open(tmp_path / "a.mp4") as film:
        assert film.streams.video[0].codec_context.name == "h264"
        sound = film.streams.audio[0].codec_context
        assert (sound.name, sound.sample_rate) == ("aac", SAMPLE_RATE)
        for stream in film.streams:
            assert stream.start_time == 0
            assert stream.duration * stream.time_base == 3
        times = [frame.pts * frame.time_base for frame in film.decode(video=0)]
    assert times == [Fraction(k, 24) for k in range(72)]


def test_sound_is_where_it_was(tmp_path):
    job = small_job(2)
    encode(clip(job), job, tmp_path / "a.mp4")
    sound = heard(tmp_path / "a.mp4")

    assert sound.shape == (2, job.sample_count)
    error = np.abs(sound - tone(0, job.sample_count))
    assert error.max() < 0.03


def test_it_is_tagged_and_its_index_comes_first(tmp_path):
    job = small_job()
    path = tmp_path / "a.mp4"
    encode(clip(job), job, path)
    with av.open(path) as film:
        picture_track, sound_track = film.streams.video[0], film.streams.audio[0]
        context = picture_track.codec_context
        assert context.profile == "High"
        assert context.pix_fmt == "yuv420p"
        assert context.color_primaries == ColorPrimaries.BT709
        assert context.color_trc == ColorTrc.BT709
        assert context.colorspace == Colorspace.ITU709
        assert context.color_range == ColorRange.MPEG
        assert sound_track.profile == "LC"
        assert sound_track.layout.name == "stereo"
    head = path.read_bytes()
    assert head[4:8] == b"ftyp"
    assert 0 < head.find(b"moov") < head.find(b"mdat")


def test_key_frames_come_every_two_seconds(tmp_path):
    job = small_job(5)
    encode(clip(job), job, tmp_path / "a.mp4")
    with av.open(tmp_path / "a.mp4") as film:
        keys = [k for k, frame in enumerate(film.decode(video=0)) if frame.key_frame]

    assert keys[0] == 0
    assert max(np.diff([*keys, 120])) <= 48


@pytest.mark.thorough
def test_same_clip_same_bytes(tmp_path):
    """Also with other rubbish in the memory that the encoder is given."""
    job, seen = small_job(2), set()
    for run in range(6):
        dice = np.random.default_rng(run)
        rubbish = [dice.bytes(int(dice.integers(1_000, 300_000))) for _ in range(60)]
        del rubbish
        encode(clip(job), job, tmp_path / "a.mp4")
        seen.add((tmp_path / "a.mp4").read_bytes())

    assert len(seen) == 1


def test_equal_sizes_have_equal_parameter_sets(drawn):
    parameters = set()
    for path in (drawn("a.mp4"), drawn("b.mp4", seconds=3, first=40)):
        with av.open(path) as film:
            parameters.add(film.streams.video[0].codec_context.extradata)

    assert len(parameters) == 1


def test_progress_of_drawing_and_encoding_is_reported(tmp_path):
    reported = []
    job = small_job()
    encode(clip(job), job, tmp_path / "a.mp4", progress=lambda *step: reported.append(step))

    for phase in ("draw", "encode"):
        steps = [done for name, done, total in reported if name == phase]
        assert steps == sorted(steps)
        assert steps[-1] == job.frame_count
    assert {total for _, _, total in reported} == {job.frame_count}


@pytest.mark.usefixtures("no_thread_left")
def test_an_error_while_drawing_comes_out_as_it_is(tmp_path):
    class OutOfPaint(Exception):
        pass

    error = OutOfPaint("no blue left")
    ended = []

    def frames():
        try:
            yield from (picture(k) for k in range(5))
            raise error
        finally:
            ended.append(True)

    job = small_job(2)
    with pytest.raises(OutOfPaint) as caught:
        encode(Clip(frames(), clip(job).sound), job, tmp_path / "a.mp4")

    assert caught.value is error
    assert ended
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_thread_left")
def test_an_error_of_the_consumer_ends_the_drawing(tmp_path):
    ended = []

    def frames():
        try:
            yield from map(picture, itertools.count())
        finally:
            ended.append(True)

    class Full:
        def add(self, number, frame):
            if number == 3:
                raise OSError("disk full")

    job = small_job(4)
    with pytest.raises(OSError, match="disk full"):
        encode(Clip(frames(), clip(job).sound), job, tmp_path / "a.mp4", previews=Full())

    assert ended
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_thread_left")
@pytest.mark.parametrize(
    ("frames", "samples", "size", "sentence"),
    [
        (23, 48_000, SMALL, "23 frames where 24"),
        (25, 48_000, SMALL, "more than the 24 frames"),
        (24, 47_999, SMALL, "47999 samples of sound where 48000"),
        (24, 50_000, SMALL, "50000 samples of sound where 48000"),
        (24, 48_000, Size(160, 98), "160x98"),
    ],
)
def test_a_clip_that_does_not_match_its_job_is_refused(tmp_path, frames, samples, size, sentence):
    pictures = (picture(k, size) for k in range(frames))
    sound = iter([tone(0, samples)])
    with pytest.raises(JobError, match=sentence) as caught:
        encode(Clip(pictures, sound), small_job(), tmp_path / "a.mp4")

    assert caught.value.code == "engine_fault"
    assert not list(tmp_path.iterdir())


def test_another_pixel_format_is_refused(tmp_path):
    pictures = (picture(k).reformat(format="rgb24") for k in range(24))
    with pytest.raises(JobError, match="rgb24"):
        encode(Clip(pictures, clip(small_job()).sound), small_job(), tmp_path / "a.mp4")


@pytest.mark.parametrize("block", [np.zeros((48_000, 2)), np.full((2, 48_000), np.nan)])
def test_sound_of_another_shape_or_without_numbers_is_refused(tmp_path, block):
    job = small_job()
    with pytest.raises((ValueError, JobError)):
        encode(Clip(clip(job).frames, iter([block])), job, tmp_path / "a.mp4")

    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="weighs itself through /proc")
@pytest.mark.thorough
def test_memory_does_not_grow_with_the_length(tmp_path):
    job, scales = small_job(18, Size(640, 384)), Scales()
    encode(clip(job), job, tmp_path / "a.mp4", progress=scales)

    # 15 s of raw pictures are 133 MB; the allocator's own ups and downs reach some 40.
    assert scales.growth(24 * 3) < 80_000_000
