"""The timeline: from the film's frame rate to a model's, and into windows it can draw.

Where the two differ, a film's frame belongs to the model's nearest one (the later of two equally
near).

Below, `fps` is the model's rate and `rate` the film's, both in frames a second.
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
    """The model's frame that is shown as the film's frame of this number.

    Both count from the same moment; numbers below 0 lie before it.
    """
    return math.floor(frame * fps / rate + _HALF)


def film_index(frame: int, fps: int, rate: Fraction) -> int:
    """The film's frame that stands nearest to the model's frame of this number."""
    return math.floor(frame * rate / fps + _HALF)


def native_count(frames: int, fps: int, rate: Fraction) -> int:
    """How many of the model's frames show so many of the film's."""
    return native_index(frames - 1, fps, rate) + 1


def film_count(frames: int, fps: int, rate: Fraction) -> int:
    """How many of the film's frames are over when so many of the model's are."""
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
    """How many of so many earlier frames are taken over, by the card's overlap and frame rule."""
    most = min(card.overlap, available)
    steps = (most - card.frame_rest) // card.frame_step
    return max(min(most, 1), steps * card.frame_step + card.frame_rest)


@dataclass(frozen=True, slots=True)
class Window:
    """What is drawn in one go.

    Attributes:
        start: number of the first new frame, in the model's frames a second.
        known: frames before it that are taken over.
        new: frames that are kept of what is drawn.
        frames: frames that are drawn in all, by the card's rule.
    """

    start: int
    known: int
    new: int
    frames: int


def windows(card: Card, count: int, known: int = 0) -> list[Window]:
    """Cut so many new frames into windows of about the same length.

    Args:
        card: tells how many frames it draws at most, and how many the links share.
        count: new frames, above 0.
        known: frames that are there before the first window.
    """
    room = card.max_frames - known
    later = card.max_frames - card.overlap
    number = 1 + max(0, -(-(count - room) // later))
    # About evenly, so that no link is so short that the model knows no such films.
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
    """Which frames after the known ones are shown: the first ones, or as many up to the last.

    The rule for clips often draws a few more than are wanted. Where the last one is given, some
    between are left out instead of those after.
    """
    drawn = window.frames - window.known
    if not to_end or window.new < 2:
        return frozenset(range(window.new))
    return frozenset(at * (drawn - 1) // (window.new - 1) for at in range(window.new))
