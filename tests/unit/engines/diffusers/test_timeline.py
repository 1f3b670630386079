"""Frame rates and windows: every frame is drawn, and none of the card's rules is broken."""

import itertools
from fractions import Fraction

import pytest
from sweeps import for_all

from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.timeline import (
    Window,
    film_count,
    film_index,
    known_count,
    native_count,
    native_index,
    shown_places,
    windows,
)

FILM = Fraction(24)
SHORT = card_named("wan2.2-ti2v-5b").model_copy(update={"max_frames": 17, "overlap": 5})


def test_sixteen_frames_a_second_show_every_second_frame_twice():
    assert [native_index(frame, 16, FILM) for frame in range(9)] == [0, 1, 1, 2, 3, 3, 4, 5, 5]


def test_the_films_own_rate_is_left_alone():
    assert [native_index(frame, 24, FILM) for frame in range(4)] == [0, 1, 2, 3]
    assert [film_index(frame, 24, FILM) for frame in range(-2, 2)] == [-2, -1, 0, 1]


@for_all("fps", [8, 16, 24, 25, 30, 60])
@for_all("rate", [FILM, Fraction(30_000, 1001), Fraction(60), Fraction(16)])
def test_the_native_frames_are_enough_and_none_is_too_many(fps, rate):
    for frames in (1, 2, 7, 96, 97, 289):
        count = native_count(frames, fps, rate)

        assert native_index(frames - 1, fps, rate) == count - 1
        assert film_count(count, fps, rate) >= frames
        assert film_count(count - 1, fps, rate) < frames


@pytest.mark.parametrize("fps", [16, 24, 30])
def test_frames_that_are_over_are_shown_and_later_ones_are_not(fps):
    for native in range(1, 40):
        shown = film_count(native, fps, FILM)

        assert native_index(shown - 1, fps, FILM) < native
        assert native_index(shown, fps, FILM) >= native


@for_all("name", names())
@for_all("extended", [False, True])
def test_windows_join_and_keep_to_the_card(name, extended):
    card = card_named(name)
    known = card.overlap if extended else 0
    for seconds in (1, 4, 8, 12, 16, 20):
        count = native_count(24 * seconds, card.fps, FILM)

        cut = windows(card, count, known)

        assert cut[0].known == known
        assert sum(window.new for window in cut) == count
        for before, window in itertools.pairwise(cut):
            assert window.start == before.start + before.new
            assert window.known == card.overlap
        for window in cut:
            assert window.known + window.new <= window.frames <= card.max_frames
            assert card.frames_for(window.frames) == window.frames


@pytest.mark.parametrize("known", [0, 1, 5])
def test_windows_are_as_few_as_can_be_and_about_as_long(known):
    for count in range(1, 80):
        cut = windows(SHORT, count, known)

        room = (17 - known) + 12 * (len(cut) - 2) if len(cut) > 1 else 0
        assert count > room
        assert max(window.known + window.new for window in cut) <= 17
        later = [window.new for window in cut[1:]]
        assert not later or max(later) - min(later) <= 1


@for_all(("available", "known"), [(1, 1), (4, 1), (5, 5), (6, 5), (12, 9), (13, 13), (99, 13)])
def test_no_more_is_taken_over_than_there_is_and_fits_the_rule(available, known):
    assert known_count(card_named("wan2.1-vace-1.3b"), available) == known


def test_the_last_frame_drawn_is_shown_where_it_is_given():
    window = Window(start=0, known=1, new=7, frames=17)

    assert shown_places(window, to_end=False) == frozenset(range(7))
    assert sorted(shown_places(window, to_end=True)) == [0, 2, 5, 7, 10, 12, 15]
