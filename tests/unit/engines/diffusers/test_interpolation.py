"""Frames between a model's frames, measured on a chart whose true frames between are known."""

from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest

from vitascope.engines.diffusers.interpolation import Between, frames_between
from vitascope.engines.diffusers.timeline import native_index

RATE = Fraction(24)
FPS = 16
SIZE = (192, 320)


def texture(seed):
    """Blurred noise: detail of several sizes everywhere."""
    noise = np.random.default_rng(seed).integers(0, 256, (SIZE[0] * 2, SIZE[1] * 2, 3), np.uint8)
    soft = cv2.GaussianBlur(noise, (0, 0), 3).astype(np.float32)
    return ((soft - soft.mean()) * 6 + 128).clip(0, 255)


GROUND, FIGURE = texture(1), texture(2)


def chart(seconds):
    """A figure that moves right at 90 pixels a second over a ground that moves left at 48."""
    height, width = SIZE
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    ground = cv2.remap(GROUND, x + 48 * seconds + 20, y + 20, cv2.INTER_LINEAR)
    left = np.float32(60 + 90 * seconds)
    figure = cv2.remap(FIGURE, x - left + 40, y + 5, cv2.INTER_LINEAR)
    distance = np.hypot(x - left - 30, y - 96)
    inside = np.clip(40.5 - distance, 0, 1)[..., None]
    return (ground * (1 - inside) + figure * inside).round().astype(np.uint8)


def error(one, other):
    return float(np.mean((one.astype(float) - other) ** 2) ** 0.5)


def film(natives, count):
    return list(frames_between(iter(natives), count, FPS, RATE))


def test_the_frames_between_are_near_the_true_ones_and_far_better_than_doubled_ones():
    natives = [chart(place / FPS) for place in range(9)]
    truth = [chart(float(number / RATE)) for number in range(12)]

    drawn = film(natives, 12)

    doubled = [natives[native_index(number, FPS, RATE)] for number in range(12)]
    ours, theirs = (
        [error(one, other) for one, other in zip(made, truth, strict=True)]
        for made in (drawn, doubled)
    )
    assert ours[::3] == [0.0] * 4  # frames of the model are shown as they are
    assert max(ours) < 0.5 * max(theirs)
    assert np.mean(ours) < 0.35 * np.mean(theirs)


def test_movement_is_even():
    """Steps from frame to frame are alike: doubled frames stand still, then leap."""
    natives = [chart(place / FPS) for place in range(9)]

    def steps(frames):
        return [error(one, other) for one, other in pairwise(frames)]

    even = steps(film(natives, 12))
    assert min(even) > 0.6 * max(even)


def test_a_cut_is_not_blended():
    one, other = chart(0.0), 255 - chart(3.0)[::-1]

    for place in (Fraction(1, 3), Fraction(2, 3)):
        shown = Between(one, other).at(place)
        assert np.array_equal(shown, one if place < Fraction(1, 2) else other)


@pytest.mark.parametrize(
    ("fps", "rate"), [(16, Fraction(24)), (24, Fraction(24000, 1001)), (16, Fraction(60))]
)
def test_every_frame_is_there_and_two_of_the_models_are_held_at_a_time(fps, rate):
    taken = []

    def natives():
        for place in range(8):
            taken.append(place)
            yield np.full((16, 16, 3), 10 * place, np.uint8)

    frames = frames_between(natives(), 9, fps, rate)

    for number in range(9):
        shown = next(frames)
        assert taken[-1] <= number * fps / rate + 1
        assert shown.mean() == pytest.approx(min(70, 10 * number * fps / rate), abs=5.1)
