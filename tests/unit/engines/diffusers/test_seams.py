"""The sound of windows: as long as their frames, in its place, joined without a click."""

from fractions import Fraction

import numpy as np
from sweeps import for_all

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.seams import Seams
from vitascope.engines.diffusers.timeline import native_count, windows
from vitascope.spec import samples_in

FILM = Fraction(24)
SHORT = card_named("wan2.2-ti2v-5b").model_copy(update={"max_frames": 49, "overlap": 9})


def _ramp(window, fps):
    """A sound that shows its time: one millionth a sample, from the clip's beginning."""
    first = round((window.start - window.known) / fps * 48_000)
    ticks = np.arange(first, first + round(window.frames / fps * 48_000))
    return np.stack((ticks, -ticks)).astype(np.float32) / 1e6


def _all(seams, total):
    blocks = []
    while (block := seams.take(total)) is not None:
        blocks.append(block)
    return np.concatenate(blocks, axis=1)


@for_all("fps", [16, 24, 30])
@for_all("rate", [FILM, Fraction(30_000, 1001), Fraction(60)])
def test_windows_sound_in_their_place(fps, rate):
    frames = round(4 * rate)
    total = samples_in(frames, rate)
    seams = Seams(fps, rate, None)
    for window in windows(SHORT, native_count(frames, fps, rate)):
        seams.put(window, _ramp(window, fps))

    sound = _all(seams, total)

    assert sound.shape == (2, total)
    wrong = np.abs(sound[0] - np.arange(total) / 1e6)
    # A film's frame may end after the model's last one: for so long the sound is mirrored.
    exact = rate in (24, 60) or fps == 16
    assert wrong.max() < (2e-6 if exact else 48_000 / fps / 1e6)
    assert np.count_nonzero(wrong > 2e-6) <= (0 if exact else 3000)
    assert seams.given == total


def test_what_is_too_short_ends_in_silence():
    seams = Seams(24, FILM, None)
    (window,) = windows(SHORT, 24)
    seams.put(window, np.full((2, 40_000), 0.5, np.float32))

    sound = _all(seams, 48_000)

    assert sound[0, 39_999] == 0.5
    assert not sound[:, 40_000:].any()


def test_one_window_gives_way_to_the_next_over_20_milliseconds():
    seams = Seams(24, FILM, None)
    cut = windows(SHORT, 60)
    for window, level in zip(cut, (0.5, -0.5), strict=True):
        seams.put(window, np.full((2, window.frames * 2000), level, np.float32))

    sound = _all(seams, 60 * 2000)[0]

    joint = cut[1].start * 2000
    assert sound[joint - 1] == 0.5
    assert sound[joint + 960] == -0.5
    assert np.abs(np.diff(sound)).max() < 0.01


def test_a_window_hears_what_was_before():
    seams = Seams(24, FILM, np.full((2, 9 * 2000), 0.25, np.float32))
    first = seams.before(9)
    (window,) = windows(SHORT, 24)
    seams.put(window, _ramp(window, 24))

    assert first is not None
    assert (first == 0.25).all()
    assert np.array_equal(seams.before(9), _ramp(window, 24)[:, 15 * 2000 : 48_000])


def test_nothing_is_heard_of_what_there_is_not():
    assert Seams(24, FILM, None).before(9) is None


def test_no_more_is_given_than_is_asked_for():
    seams = Seams(24, FILM, None)
    (window,) = windows(SHORT, 24)
    seams.put(window, np.zeros((2, 60_000), np.float32))

    assert _all(seams, 47_000).shape == (2, 47_000)
