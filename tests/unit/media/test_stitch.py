"""Joined films: packets copied, sound continuous, lengths exact."""

import os
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import process_tree
import pytest
from films import SMALL, clip, decoded, heard, level, picture, small_job, tone

from vitascope.clip import Clip
from vitascope.errors import JobError
from vitascope.media.encode import encode
from vitascope.media.stitch import CannotCopy, stitch
from vitascope.spec import Size


def packets(path, kind):
    with av.open(path) as film:
        stream = getattr(film.streams, kind)[0]
        return [bytes(packet) for packet in film.demux(stream) if packet.size]


def keys(path):
    with av.open(path) as film:
        stream = film.streams.video[0]
        return [packet.is_keyframe for packet in film.demux(stream) if packet.size]


@pytest.fixture
def pair(drawn):
    return drawn("head.mp4", seconds=3), drawn("tail.mp4", seconds=2, first=72)


def test_picture_packets_are_copied_bit_for_bit(pair, tmp_path):
    stitch(*pair, tmp_path / "out.mp4")

    assert packets(tmp_path / "out.mp4", "video") == [
        packet for path in pair for packet in packets(path, "video")
    ]
    assert keys(tmp_path / "out.mp4") == keys(pair[0]) + keys(pair[1])


@pytest.mark.thorough
def test_every_picture_is_shown_at_its_time(pair, tmp_path):
    facts = stitch(*pair, tmp_path / "out.mp4")

    assert (facts.size, facts.frames, facts.fps) == (SMALL, 120, 24)
    assert facts.seconds == 5
    expected = [level(picture(number)) for number in range(120)]
    assert decoded(tmp_path / "out.mp4") == pytest.approx(expected, abs=1.0)
    with av.open(tmp_path / "out.mp4") as film:
        times = [frame.pts * frame.time_base for frame in film.decode(video=0)]
    assert times == [Fraction(k, 24) for k in range(120)]


def test_sound_runs_on_across_the_joint(pair, tmp_path):
    stitch(*pair, tmp_path / "out.mp4")
    sound = heard(tmp_path / "out.mp4")
    with av.open(tmp_path / "out.mp4") as film:
        for stream in film.streams:
            assert stream.start_time == 0
            assert stream.duration * stream.time_base == 5

    assert sound.shape == (2, 5 * 48_000)
    error = np.abs(sound - tone(0, 5 * 48_000))
    assert error.max() < 0.04
    joint = error[:, 3 * 48_000 - 12_000 : 3 * 48_000 + 12_000]
    assert joint.max() < 0.03
    jumps = np.abs(np.diff(sound))[:, 3 * 48_000 - 12_000 : 3 * 48_000 + 12_000]
    assert jumps.max() < 1.3 * np.abs(np.diff(tone(0, 9600))).max()


@pytest.mark.thorough
def test_the_heads_sound_is_copied_too(pair, tmp_path):
    stitch(*pair, tmp_path / "out.mp4")
    before, after = packets(pair[0], "audio"), packets(tmp_path / "out.mp4", "audio")
    same = next(k for k, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)

    assert same >= len(before) - 8


@pytest.mark.thorough
def test_many_extensions_do_not_wear_the_film_out(drawn, tmp_path):
    film = drawn("0.mp4")
    for k in range(1, 7):
        piece = drawn(f"piece{k}.mp4", first=24 * k)
        stitch(film, piece, tmp_path / f"{k}.mp4")
        film = tmp_path / f"{k}.mp4"

    assert len(decoded(film)) == 7 * 24
    error = np.abs(heard(film) - tone(0, 7 * 48_000))
    assert error.shape == (2, 7 * 48_000)
    assert error.max() < 0.04


def test_sound_that_does_not_meet_is_eased(tmp_path):
    levels = {}
    for name, height in (("head", 0.5), ("tail", -0.5)):
        job = small_job(1)
        block = np.full((2, job.sample_count), height, np.float32)
        encode(Clip(clip(job).frames, iter([block])), job, tmp_path / f"{name}.mp4")
        levels[name] = height
    stitch(tmp_path / "head.mp4", tmp_path / "tail.mp4", tmp_path / "out.mp4")
    around = heard(tmp_path / "out.mp4")[:, 47_000:49_000]

    assert np.abs(np.diff(around)).max() < 0.1  # unmended, the step is 1.0


@pytest.mark.thorough
def test_a_head_with_other_sound_is_encoded_anew(drawn, tmp_path):
    source, head = drawn("source.mp4", seconds=2), tmp_path / "head.mp4"
    with av.open(source) as film, av.open(head, "w") as copy:
        copied = copy.add_stream_from_template(film.streams.video[0])
        stream = copy.add_stream("aac", rate=44_100, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.full((1, 44_100), 0.25, np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate = 44_100
        fifo = av.AudioFifo()
        fifo.write(frame)
        for packet in film.demux(film.streams.video[0]):
            if packet.size:
                packet.stream = copied
                copy.mux(packet)
        for part in fifo.read_many(1024):
            copy.mux(stream.encode(part))
        copy.mux(stream.encode(None))
    facts = stitch(head, drawn("tail.mp4"), tmp_path / "out.mp4")
    sound = heard(tmp_path / "out.mp4")

    assert facts.seconds == 3
    assert sound.shape == (2, 3 * 48_000)
    assert sound[:, 10_000:40_000].mean() == pytest.approx(0.25, abs=0.02)
    assert np.abs(sound[:, 55_000:95_000]).max() < 0.01
    assert np.abs(sound[:, 97_000:]).max() > 0.3


@pytest.mark.parametrize(
    ("head", "tail", "rate"),
    [
        (1, 1, Fraction(24)),
        (1, 24, Fraction(24)),
        (2, 24, Fraction(24)),
        (3, 1, Fraction(25)),
        (24, 2, Fraction(30)),
        (2, 3, Fraction(48)),
        (1, 30, Fraction(50)),
        (24, 1, Fraction(60)),
        (2, 20, Fraction(24_000, 1001)),
        (50, 31, Fraction(30_000, 1001)),
        (1, 1, Fraction(60_000, 1001)),
    ],
)
def test_times_are_even_whatever_is_joined(drawn, tmp_path, head, tail, rate):
    pair = (
        drawn("head.mp4", frames=head, fps=rate),
        drawn("tail.mp4", frames=tail, first=head, fps=rate),
    )
    facts = stitch(*pair, tmp_path / "out.mp4")
    longer = stitch(tmp_path / "out.mp4", pair[0], tmp_path / "longer.mp4")
    with av.open(tmp_path / "longer.mp4") as film:
        stream, sound = film.streams.video[0], film.streams.audio[0]
        ticks = [(packet.dts, packet.duration) for packet in film.demux(stream) if packet.size]
        lasts, heard = stream.duration * stream.time_base, sound.duration * sound.time_base
    with av.open(tmp_path / "longer.mp4") as film:
        frames = list(film.decode(video=0))

    assert (facts.frames, facts.fps, longer.fps) == (head + tail, rate, rate)
    assert [frame.pts * frame.time_base * rate for frame in frames] == list(range(2 * head + tail))
    assert {b[0] - a[0] for a, b in pairwise(ticks)} == {ticks[0][1]} == {t for _, t in ticks}
    assert lasts == (2 * head + tail) / rate
    assert 0 <= lasts - heard < Fraction(2, 48_000)
    numbers = [*range(head + tail), *range(head)]
    shown = [level(frame) for frame in frames]
    assert shown == pytest.approx([level(picture(number)) for number in numbers], abs=1.0)


def test_films_of_different_rates_are_not_joined(drawn, tmp_path):
    pair = drawn("head.mp4"), drawn("tail.mp4", fps=Fraction(25))
    with pytest.raises(CannotCopy, match="24 frames a second, the other 25"):
        stitch(*pair, tmp_path / "out.mp4")


def test_index_comes_first(pair, tmp_path):
    stitch(*pair, tmp_path / "out.mp4")
    data = (tmp_path / "out.mp4").read_bytes()

    assert 0 < data.find(b"moov") < data.find(b"mdat")


def other_size(path):
    job = small_job(1, Size(96, 160))
    encode(clip(job), job, path)


def other_settings(path):
    with av.open(path, "w", container_options={"video_track_timescale": "12288"}) as film:
        stream = film.add_stream("libx264", rate=24, options={"preset": "slow"})
        stream.width, stream.height, stream.pix_fmt = *SMALL, "yuv420p"
        for number in range(24):
            film.mux(stream.encode(picture(number)))
        film.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("make", "sentence"), [(other_size, "160x96.*96x160"), (other_settings, "different settings")]
)
def test_films_that_differ_are_not_joined(drawn, tmp_path, make, sentence):
    head = drawn("head.mp4")
    make(tmp_path / "tail.mp4")
    with pytest.raises(CannotCopy, match=sentence):
        stitch(head, tmp_path / "tail.mp4", tmp_path / "out.mp4")

    assert not (tmp_path / "out.mp4").exists()


def test_what_is_no_film_is_refused(drawn, tmp_path):
    (tmp_path / "tail.mp4").write_text("no film")
    with pytest.raises(JobError, match="can't be used"):
        stitch(drawn("head.mp4"), tmp_path / "tail.mp4", tmp_path / "out.mp4")

    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.nightly
def test_memory_does_not_grow_with_length(drawn, tmp_path):
    head, tail = drawn("head.mp4", seconds=60), drawn("tail.mp4", seconds=4)
    stitch(tail, tail, tmp_path / "warm.mp4")
    process_tree.reset_peak(os.getpid())
    before = process_tree.memory(os.getpid())["VmHWM"]
    stitch(head, tail, tmp_path / "out.mp4")
    assert process_tree.memory(os.getpid())["VmHWM"] - before < 16 * 1024**2  # sound: 23 MB
