"""Colours at joins: what known frames were off by is taken from the first new ones, and fades."""

import numpy as np
import pytest

from vitascope.engines.diffusers.seams import ColourMatch


def frames(count=4, seed=5):
    return list(np.random.default_rng(seed).integers(60, 190, (count, 32, 48, 3), np.uint8))


def shifted(pictures, gain, offset):
    return [np.rint(each * gain + offset).clip(0, 255).astype(np.uint8) for each in pictures]


GAIN, OFFSET = np.array([0.9, 1.1, 1.0]), np.array([12.0, -9.0, 4.0])


def test_the_first_new_frame_has_the_films_colours_and_later_ones_their_own():
    true, new = frames(), frames(seed=6)[0]
    match = ColourMatch(true, shifted(true, GAIN, OFFSET), fade=24)
    drawn = shifted([new], GAIN, OFFSET)[0]

    def off(number):
        return np.abs(match.applied(drawn, number).mean(axis=(0, 1)) - new.mean(axis=(0, 1)))

    assert off(0).max() < 1
    assert np.abs(drawn.mean(axis=(0, 1)) - new.mean(axis=(0, 1))).max() > 3
    assert off(0).max() < off(8).max() < off(16).max()
    assert np.array_equal(match.applied(drawn, 24), drawn)


def test_frames_that_are_right_are_not_changed():
    true = frames()

    assert np.array_equal(ColourMatch(true, true, fade=24).applied(true[0], 0), true[0])


@pytest.mark.parametrize("level", [0, 255])
def test_a_flat_film_moves_by_its_offset_alone_and_no_further_than_a_limit(level):
    true = [np.full((32, 48, 3), 128, np.uint8)] * 2
    drawn = [np.full((32, 48, 3), level, np.uint8)] * 2

    made = ColourMatch(true, drawn, fade=24).applied(drawn[0], 0)

    assert np.abs(made.astype(int) - level).max() == 32
