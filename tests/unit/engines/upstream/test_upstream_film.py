"""Pieces of films as one clip: what is left out, held, and heard; and stretches cut for edits."""

from fractions import Fraction

import av
import numpy as np
import pytest
from fake_upstream import film

from vitascope.engines.upstream.film import (
    Piece,
    count_frames,
    cut,
    frames_of,
    has_sound,
    sound_of,
)
from vitascope.errors import JobError
from vitascope.media.downscale import planes
from vitascope.spec import Size

SIZE = Size(96, 64)
FILM = Fraction(24)


@pytest.fixture
def make_film(tmp_path):
    """Make a film whose light grows by one every four frames."""

    def make(name="a.mp4", size=SIZE, frames=80, fps=24, **parameters):
        path = tmp_path / name
        path.write_bytes(film(size, frames, fps, **parameters))
        return path

    return make


def lights(frames):
    return [float(planes(frame)[0].mean()) for frame in frames]


def test_pieces_leave_out_their_beginning_and_hold_their_end(make_film):
    path = make_film()
    whole = lights(frames_of([Piece(path, 0, 80)], SIZE, FILM))

    parts = lights(frames_of([Piece(path, 41, 20, hold=3), Piece(path, 1, 5)], SIZE, FILM))

    assert whole[40] - whole[0] > 5
    assert parts == [*whole[41:61], *[whole[60]] * 3, *whole[1:6]]


def test_frames_that_are_shown_twice_are_frames_of_their_own(make_film):
    frames = list(frames_of([Piece(make_film(fps=12, frames=6), 0, 12)], SIZE, FILM))
    pixels = [np.frombuffer(frame.planes[0], np.uint8).ctypes.data for frame in frames]
    assert len(set(pixels)) == 12


@pytest.mark.parametrize(
    ("fps", "frames", "rate", "shown"),
    [(24, 25, 24, 25), (16, 65, 24, 98), (30, 30, 24, 24), (12, 10, 24, 20), (16, 48, 30, 90)],
)
def test_frames_are_counted_at_24_a_second(fps, frames, rate, shown, make_film):
    count, last = count_frames(make_film(fps=fps, frames=frames), Size(48, 64), 500, Fraction(rate))
    assert count == shown
    assert (last.width, last.height) == (48, 64)


def test_looking_through_ends_where_enough_is_seen(make_film):
    path = make_film()
    count, last = count_frames(path, SIZE, 30, FILM)
    assert count == 30
    assert lights([last]) == lights(frames_of([Piece(path, 29, 1)], SIZE, FILM))


def test_huge_pictures_are_refused(make_film):
    with pytest.raises(JobError, match="8192x2048"):
        count_frames(make_film(size=(8192, 2048), frames=1), SIZE, 1, FILM)


def test_the_sound_goes_with_the_pieces(make_film):
    loud, silent = make_film(sound=True), make_film("b.mp4")
    pieces = [Piece(loud, 0, 30), Piece(loud, 1, 20, hold=2), Piece(silent, 1, 10)]

    blocks = list(sound_of(pieces, FILM))

    assert [block.shape for block in blocks] == [(2, 60_000), (2, 44_000), (2, 20_000)]
    assert 0.2 < np.abs(blocks[0][:, 2400:7200]).max() < 0.4
    assert abs(blocks[0][:, -1]).max() < 0.01  # no click where the next begins
    assert abs(blocks[1][:, 0]).max() < 0.01
    assert abs(blocks[2]).max() == 0
    assert (has_sound(pieces), has_sound(pieces[2:])) == (True, False)


def test_a_stretch_is_cut_for_the_upstream(make_film, tmp_path):
    source = make_film()
    whole = lights(frames_of([Piece(source, 0, 80)], SIZE, FILM))

    arguments = {"frames": 21, "fps": 16, "size": Size(64, 32)}
    cut(source, tmp_path / "c.mp4", start=56, count=24, rate=FILM, **arguments)

    with av.open(tmp_path / "c.mp4") as made:
        frames = list(made.decode(video=0))
        assert made.streams.video[0].average_rate == 16
    assert (len(frames), frames[0].width, frames[0].height) == (21, 64, 32)
    expected = [whole[min(56 + round(n * 1.5), 79)] for n in range(21)]
    assert lights(frames) == pytest.approx(expected, abs=1.5)
