"""Surrounding: figures that are around a thing stand beside it, on both sides."""

from __future__ import annotations

from dataclasses import replace

from shadowplay.acting.handling import middle_of, put_middle, span_of
from shadowplay.acting.sizes import Stage, resize
from shadowplay.sprites.marks import Figure

_BESIDE = 0.8
"""The part of its width that one takes beside another."""

_WIDEST = 0.9
"""How wide all together are at most, as a share of the frame's width."""

_DEEP = 0.02
"""How much nearer or farther than the thing one is, as a share of the frame's height."""


def surround(group: list[Figure], target: Figure, stage: Stage) -> None:
    """Put figures on both sides of a thing by turns, so that each looks at it."""
    target.depth, target.fade = group[0].depth, group[0].fade
    sides = [0.0, 0.0]
    for k, figure in enumerate(group):
        sides[k % 2] += span_of([figure]) * (_BESIDE if k > 1 else 1.0)
    total = sum(sides) + span_of([target])
    share = _WIDEST * stage.width / total
    if share < 1:
        for figure in (*group, target):
            resize(figure, share)
        target.x += (stage.width + share * (sides[0] - sides[1])) / 2 - middle_of(target)
    reach = [span_of([target]) / 2] * 2
    for k, figure in enumerate(group):
        right, wide = bool(k % 2), span_of([figure])
        figure.role = replace(figure.role, leftward=right)
        away = reach[right] + wide / 2
        put_middle(figure, middle_of(target) + (away if right else -away))
        reach[right] += _BESIDE * wide
        figure.grounded, figure.afloat, figure.row = target.grounded, target.afloat, target.row
        # By turns they are farther away and nearer, so that nobody hides another.
        near = 1 if k // 2 % 2 else -1
        figure.order = target.order + 0.3 * near
        figure.sink = target.sink + _DEEP * near * stage.height
