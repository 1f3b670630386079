"""Cut films: exactly as many frames, packets copied up to the last group, sound unbroken."""

from fractions import Fraction

import av
import numpy as np
import pytest
from films import decoded, heard, level, picture, tone
from test_stitch import keys, packets

from vitascope.errors import JobError
from vitascope.media.cut import cut
from vitascope.media.probe import probe
from vitascope.media.stitch import stitch


@pytest.mark.parametrize("keep", [1, 30, 48, 77, 96, 119])
def test_a_cut_film_has_exactly_its_frames(drawn, tmp_path, keep):
    film = drawn("film.mp4", seconds=5)
    cut(film, keep, tmp_path / "out.mp4")
    facts = probe(tmp_path / "out.mp4")

    assert (facts.frames, facts.seconds) == (keep, Fraction(keep, 24))
    expected = [level(picture(number)) for number in range(keep)]
    assert decoded(tmp_path / "out.mp4") == pytest.approx(expected, abs=1.0)
    with av.open(tmp_path / "out.mp4") as cut_film:
        times = [frame.pts * frame.time_base for frame in cut_film.decode(video=0)]
    assert times == [Fraction(k, 24) for k in range(keep)]
    sound = heard(tmp_path / "out.mp4")[:, : keep * 2000]
    assert sound.shape[1] == keep * 2000
    assert np.abs(sound - tone(0, keep * 2000)).max() < 0.04


@pytest.mark.parametrize("keep", [17, 18, 30, 52, 100])
def test_whole_groups_of_pictures_are_copied(drawn, tmp_path, keep):
    film = drawn("film.mp4", seconds=5)
    begins = [number for number, key in enumerate(keys(film)) if key]
    copied = max(number for number in begins if number <= keep)
    cut(film, keep, tmp_path / "out.mp4")
    before, after = packets(film, "video"), packets(tmp_path / "out.mp4", "video")
    assert after[:copied] == before[:copied]
    assert keys(tmp_path / "out.mp4")[copied : copied + 1] == [True] * (copied < keep)
    sound = packets(tmp_path / "out.mp4", "audio")
    assert sound == packets(film, "audio")[: len(sound)]


@pytest.mark.thorough
@pytest.mark.parametrize("fps", [Fraction(24), Fraction(30_000, 1001), Fraction(60)])
def test_a_film_goes_on_from_its_cut(drawn, tmp_path, fps):
    """Twice: the second cut is in what the first joint added."""
    film, frames = drawn("film.mp4", frames=130, fps=fps), 130
    for number, keep in enumerate((70, 75)):
        tail = drawn(f"tail-{number}.mp4", frames=40, first=keep, fps=fps)
        cut(film, keep, tmp_path / f"cut-{number}.mp4")
        film = tmp_path / f"joined-{number}.mp4"
        facts = stitch(tmp_path / f"cut-{number}.mp4", tail, film)
        frames = keep + 40
        assert (facts.frames, facts.fps, facts.seconds) == (frames, fps, frames / fps)
    expected = [level(picture(number)) for number in range(frames)]
    assert decoded(film) == pytest.approx(expected, abs=1.0)


@pytest.mark.thorough
def test_sound_runs_on_from_a_cut(drawn, tmp_path):
    tail = drawn("tail.mp4", seconds=2, first=60)
    cut(drawn("film.mp4", seconds=5), 60, tmp_path / "cut.mp4")
    stitch(tmp_path / "cut.mp4", tail, tmp_path / "out.mp4")
    sound = heard(tmp_path / "out.mp4")
    assert sound.shape == (2, 108 * 2000)
    assert np.abs(sound - tone(0, 108 * 2000)).max() < 0.04


def test_a_film_without_so_many_frames_is_refused_and_leaves_nothing(drawn, tmp_path):
    film = drawn("film.mp4", seconds=1)
    with pytest.raises(JobError, match="can't be used"):
        cut(film, 25, tmp_path / "out.mp4")
    assert {path.name for path in tmp_path.iterdir()} == {"film.mp4"}
