"""Sharing: those who are on one thing each have a place of their own there, or beside it."""

from __future__ import annotations

from collections.abc import Sequence

from shadowplay.acting.handling import foot, middle_of
from shadowplay.acting.sizes import resize
from shadowplay.acting.surrounding import stand_at
from shadowplay.art.actors import Place
from shadowplay.sprites.marks import Figure
from shadowplay.words.timing import fitting

_SEAT = 0.42  # the part of its width that one needs who sits beside another
_LOW = 1.0  # up to how many of their heights a seat is one beside which the rest stand
_LEAST = 0.7  # how much smaller those become at least who have too little room
_FARTHER = 0.36  # how much higher one lies who is behind another in a bed, in that one's heights


def share(figures: Sequence[Figure], target: Figure, place: Place) -> None:
    """Spread those who are on a target, or in it, over the place that it has for them.

    Who lies is behind another. Who finds no room on a low seat stands beside it.
    """
    if len(figures) < 2:
        return
    if figures[0].role.action == "lie":
        for k, figure in enumerate(figures):
            figure.lift += _FARTHER * k * figure.pixels_high
            figure.order -= 0.02 * k
        return
    seat = _SEAT * max(figure.pixels_wide for figure in figures)
    long, low = place.length * target.scale, place.start[1] * target.scale
    fits = len(figures)
    if place.means == "on" and target.grounded and low < _LOW * figures[0].pixels_high:
        fits = min(fits, max(1, int(long / seat)))
    crowded = fits > 1 and place.means != "at"
    tight = max(_LEAST, min(1.0, long / (seat * fits))) if crowded else 1.0
    step = max(long / fits, tight * seat)
    middle = target.column(place.at(0.5)[0])
    for k, figure in enumerate(figures[:fits]):
        figure.lift += foot(figure) * (1 - tight)
        resize(figure, tight)
        figure.middle = middle + (k - (fits - 1) / 2) * step * target.facing
    for k, figure in enumerate(figures[fits:], 1):  # by turns to the right and to the left
        figure.take(fitting("stand", figure.actor.actions))
        stand_at(figure, target, k)
        figure.lift = target.lift - min(0.0, figure.box.bottom) * figure.scale


def make_room(
    figures: Sequence[Figure], things: Sequence[Figure], target: Figure, place: Place
) -> None:
    """Put things that lie where figures are ahead of these, all of them in the place's middle."""
    if not (figures and things):
        return
    row = [*sorted(figures, key=middle_of, reverse=figures[0].facing < 0), *things]
    at = -sum(one.pixels_wide for one in row) / 2
    middle = target.column(place.at(0.5)[0])
    for one in row:
        one.middle = middle + (at + one.pixels_wide / 2) * figures[0].facing
        at += one.pixels_wide
