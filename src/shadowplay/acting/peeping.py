"""Peeping: who is behind a thing stands where its head is seen."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from shadowplay.acting.handling import middle_of, span_of
from shadowplay.art.prop import Prop
from shadowplay.sprites.marks import Figure

_DOTS, _STEP = 96, 0.03
"""Dots along the longer side of a thing, and from one try to the next, in its widths."""

_HEAD, _HIDDEN, _ABREAST = 0.2, 0.4, 0.8
"""How large a head is in heights, how much of it may be hidden, and how far apart two are."""


def clear(figure: Figure, target: Figure, aside: float, taken: Sequence[float]) -> float:
    """The way from the target's middle, nearest to `aside`, where a head behind it is seen.

    `taken` are columns of others, beside whom it stands.
    """
    prop, wide, own = target.actor, span_of([target]), span_of([figure])
    if not isinstance(prop, Prop):
        return aside
    dots = _DOTS / max(prop.size)
    mask = np.zeros((int(prop.size[1] * dots) + 1, int(prop.size[0] * dots) + 1), np.uint8)
    for part in prop.parts:
        lines = [((line - prop.low) * dots).astype(np.int32) for line in part.outlines]
        cv2.fillPoly(mask, lines, 1)
    x, y, _ = figure.hand(0.0, "mouth")
    across = (x - figure.box.middle[0]) * figure.scale * figure.facing
    half = _HEAD * figure.pixels_high / 2
    low, top = (
        int(max(0.0, y * figure.scale + figure.lift - target.lift + end) / target.scale * dots)
        for end in (-half, half)
    )

    def hidden(way: float) -> float:
        at = 0.5 + target.facing * (way + across) / wide
        ends = (int(max(0.0, at + end / wide) * mask.shape[1]) for end in (-half, half))
        part = mask[low : top + 1, slice(*ends)]
        return float(part.sum() * (target.scale / dots) * (target.scale / dots) / (4 * half * half))

    reach = 0.5 * wide + 0.35 * own
    tries = [aside, *(k * _STEP * wide for k in range(int(-reach / wide / _STEP), 40))]
    free = [
        way
        for way in tries
        if abs(way) <= reach
        and all(abs(middle_of(target) + way - other) > _ABREAST * own for other in taken)
    ]
    seen = [way for way in free if hidden(way) < _HIDDEN] or sorted(free, key=hidden)[:1]
    return min(seen, key=lambda way: abs(way - aside), default=aside)
