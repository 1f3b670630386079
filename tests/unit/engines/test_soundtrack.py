"""The sound of silent models: the film's own for edits, shadowplay's for all else."""

import numpy as np
import pytest
from job_fixtures import a_job
from video_fixtures import moving_video

from vitascope.engines.soundtrack import last_samples, soundtrack
from vitascope.media.normalise import normalise
from vitascope.spec import Size


def job(**changes):
    asked = {"prompt": "Rain on the sea", "size": Size(1280, 720), "seconds": 3, "seed": 4}
    return a_job(**{**asked, **changes})


def heard(given, name="ambience"):
    return np.concatenate(list(soundtrack(given, name)), axis=1)


def test_a_model_can_be_silent():
    sound = heard(job(frames=50), "none")
    assert (sound.shape, sound.dtype) == ((2, 100_000), np.float32)
    assert not sound.any()


@pytest.mark.parametrize(
    "changes",
    [{}, {"frames": 50}, {"task": "extend", "start": 4.0, "frames": 61}, {"task": "remix"}],
    ids=["whole seconds", "frames", "extension", "remix"],
)
def test_it_is_exact_and_can_be_heard(changes):
    given = job(**changes)
    sound = heard(given)
    assert (sound.shape, sound.dtype) == ((2, given.sample_count), np.float32)
    assert 0.01 < np.abs(sound).max() <= 1


def test_it_depends_on_prompt_and_seed_and_nothing_seen():
    first = heard(job())
    assert np.array_equal(first, heard(job()))
    assert not np.array_equal(first, heard(job(prompt="A quiet meadow")))


def test_an_edit_keeps_the_film_s_sound(tmp_path):
    film = tmp_path / "film.mp4"
    normalise(moving_video(tmp_path / "reel.mp4", size=(160, 96)), film)
    sound = heard(job(task="edit", source=film, frames=48, seconds=2))
    assert sound.shape == (2, 96_000)
    assert np.abs(np.fft.rfft(sound[0])).argmax() == 440 * 2


def test_an_edit_of_a_silent_film_gets_one(tmp_path):
    film = moving_video(tmp_path / "reel.mp4", size=(160, 96), sound=None)
    sound = heard(job(task="edit", source=film, frames=48, seconds=2))
    assert sound.shape == (2, 96_000)
    assert np.abs(sound).max() > 0.01


@pytest.mark.thorough
def test_an_extended_film_rings_out(tmp_path):
    film = tmp_path / "film.mp4"
    normalise(moving_video(tmp_path / "reel.mp4", size=(160, 96)), film)
    asked = {"task": "extend", "start": 2.0}
    last = last_samples(film, 480)

    sound, plain = heard(job(source=film, **asked)), heard(job(**asked))

    assert np.abs(sound[:, :480] - last[:, ::-1]).max() < 0.02
    assert np.array_equal(sound[:, 48_000:], plain[:, 48_000:])
    assert np.abs(sound).max() <= 1
