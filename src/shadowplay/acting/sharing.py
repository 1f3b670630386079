"""Sharing: those who are on one thing each have a place of their own there, or beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from shadowplay.acting.handling import foot, middle_of, put_middle, span_of
from shadowplay.acting.sizes import resize
from shadowplay.acting.surrounding import stand_at
from shadowplay.art.actors import Place
from shadowplay.sprites.marks import Figure, box_of
from shadowplay.words.timing import fitting

_SEAT = 0.42
"""The part of its width that one needs who sits beside another."""

_LOW = 1.0
"""Up to how many of their heights a seat is one that those find no room on stand beside."""

_LARGER, _ROOMY = 1.5, 0.94
"""How much larger a bed becomes at most, and the part of its width in which one lies."""

_LEAST = 0.7
"""How much smaller those become at least who have too little room."""

_FARTHER = 0.36
"""How much higher one lies who is behind another in a bed, in heights of one who lies."""


def share(figures: Sequence[Figure], target: Figure, place: Place) -> None:
    """Spread those who are on a target, or in it, over the place that it has for them.

    Who lies is behind another. Who finds no room on a low seat stands beside it.
    """
    if len(figures) < 2:
        return
    if figures[0].role.action == "lie":
        _bed(figures, target)
        return
    wide = max(span_of([figure]) for figure in figures)
    long, low = place.length * target.scale, place.start[1] * target.scale
    fits = len(figures)
    if place.means == "on" and target.grounded and low < _LOW * figures[0].pixels_high:
        fits = max(1, int(long / (_SEAT * wide)))
    fits = min(fits, len(figures))
    crowded = fits > 1 and place.means != "at"
    tight = max(_LEAST, min(1.0, long / (_SEAT * wide * fits))) if crowded else 1.0
    step = max(long / fits, tight * _SEAT * wide)
    for k, figure in enumerate(figures[:fits]):
        figure.lift += foot(figure) * (1 - tight)
        resize(figure, tight)
        aside = (k - (fits - 1) / 2) * step
        put_middle(figure, target.x + (place.at(0.5)[0] * target.scale + aside) * target.facing)
    for k, figure in enumerate(figures[fits:]):
        _stand_beside(figure, target, k)


def make_room(
    figures: Sequence[Figure], things: Sequence[Figure], target: Figure, place: Place
) -> None:
    """Put things that lie where figures are ahead of these, all of them in the place's middle."""
    if not (figures and things):
        return
    row = sorted(figures, key=middle_of, reverse=figures[0].facing < 0) + list(things)
    at = -sum(span_of([one]) for one in row) / 2
    middle = target.x + place.at(0.5)[0] * target.scale * target.facing
    for one in row:
        wide = span_of([one])
        put_middle(one, middle + (at + wide / 2) * figures[0].facing)
        at += wide


def _stand_beside(figure: Figure, target: Figure, rank: int) -> None:
    """Let one stand by turns to the right and to the left of a thing."""
    action = fitting("stand", figure.actor.actions)
    figure.role = replace(figure.role, action=action)
    figure.box = box_of(figure.actor, action)
    stand_at(figure, target, rank + 1)
    figure.lift = target.lift - min(0.0, figure.box.bottom) * figure.scale


def _bed(figures: Sequence[Figure], target: Figure) -> None:
    """Lay figures into a bed that is large enough, one behind the other."""
    wide, room = max(span_of([figure]) for figure in figures), _ROOMY * span_of([target])
    if wide > room and len(figures) > 1:
        larger = min(_LARGER, wide / room)
        resize(target, larger)
        for figure in figures:
            figure.lift *= larger
            resize(figure, min(1.0, larger * room / wide))
    for k, figure in enumerate(figures):
        figure.lift += _FARTHER * k * figure.pixels_high
        figure.order -= 0.02 * k
