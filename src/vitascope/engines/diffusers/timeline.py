"""Converts between the film's and a model's frame rate, and cuts a job into windows.

If the rates differ, a film's frame corresponds to the model's nearest one, the later of two equally
near ones. `fps` is the model's rate and `rate` the film's, both in frames per second.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from vitascope.engines.diffusers.card import Card
from vitascope.engines.native import RgbFrame

_HALF = Fraction(1, 2)


def native_index(frame: int, fps: int, rate: Fraction) -> int:
    """The number of the model's frame nearest to the film's frame of this number.

    Both count from the same time; negative numbers are before it.
    """
    return math.floor(frame * fps / rate + _HALF)


def film_index(frame: int, fps: int, rate: Fraction) -> int:
    """The number of the film's frame nearest to the model's frame of this number."""
    return math.floor(frame * rate / fps + _HALF)


def native_count(frames: int, fps: int, rate: Fraction) -> int:
    """How many of the model's frames cover this many of the film's."""
    return native_index(frames - 1, fps, rate) + 1


def film_count(frames: int, fps: int, rate: Fraction) -> int:
    """How many of the film's frames end before this many of the model's do."""
    return math.ceil((frames - _HALF) * rate / fps)


def nearest_frames(
    natives: Iterator[RgbFrame], count: int, fps: int, rate: Fraction
) -> Iterator[RgbFrame]:
    """A film's frames, each the model's nearest; see `interpolation.frames_between`."""
    at, picture = 0, next(natives)
    for number in range(count):
        while at < native_index(number, fps, rate):
            picture, at = next(natives), at + 1
        yield picture


def known_count(card: Card, available: int) -> int:
    """How many of the available earlier frames a window continues, by the card's frame rule."""
    most = min(card.overlap, available)
    steps = (most - card.frame_rest) // card.frame_step
    return max(min(most, 1), steps * card.frame_step + card.frame_rest)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a film that the model draws in one run.

    Attributes:
        start: number of the first new frame, at the model's rate.
        known: the number of frames before it that the window continues.
        new: the number of new frames to show.
        frames: the number of frames to draw, by the card's rule.
    """

    start: int
    known: int
    new: int
    frames: int


def windows(card: Card, count: int, known: int = 0) -> list[Window]:
    """Cut `count` new frames into windows of about the same length.

    Args:
        card: has the maximum of frames and the overlap.
        count: new frames, above 0.
        known: frames that the first window continues.
    """
    room = card.max_frames - known
    later = card.max_frames - card.overlap
    number = 1 + max(0, -(-(count - room) // later))
    # Evenly, because models draw very short clips badly.
    first = min(room, max(count // number, count - (number - 1) * later))
    rest = count - first
    ends = [first + rest * place // max(1, number - 1) for place in range(number)]
    made = []
    start = 0
    for end in ends:
        before = known if start == 0 else card.overlap
        new = end - start
        made.append(Window(start, before, new, card.frames_for(before + new)))
        start = end
    return made


def shown_places(window: Window, *, to_end: bool) -> frozenset[int]:
    """The numbers of the new frames to show; with `to_end`, spread so that the last one is shown.

    The card's rule often draws a few frames too many. If the last frame is given, others are left
    out in between.
    """
    drawn = window.frames - window.known
    if not to_end or window.new < 2:
        return frozenset(range(window.new))
    return frozenset(at * (drawn - 1) // (window.new - 1) for at in range(window.new))
