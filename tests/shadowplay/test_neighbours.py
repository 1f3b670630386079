"""Nobody hides another: heads are free, neighbours are no lump, and who leads is in the frame."""

import math

import cv2
import numpy as np
from staged import stage
from sweeps import for_all

from shadowplay.art.cast import Cast
from shadowplay.art.prop import Prop
from shadowplay.performance import Performance
from shadowplay.shot import Size
from shadowplay.sprites.marks import lead_of, placed_at

MOMENTS = (1.6, 2.4)
MARGIN = 200
WIDE, TALL = Size(320, 180), Size(180, 320)


class Marks(Performance):
    """A film's stage and marks; nothing is painted."""

    def _sky(self):
        pass

    def _cast(self):
        pass


def outline(figure, t, x, row, size):
    """What a figure covers of the frame, and of as much around it as `MARGIN` says."""
    mask = np.zeros((size.height + 2 * MARGIN, size.width + 2 * MARGIN), np.uint8)
    if isinstance(figure.actor, Prop):
        sides = ("front", "back") if figure.side == "all" else (figure.side,)
        parts = [p.outlines for p in figure.actor.parts if (
            "front" if p.group == "front" else "back") in sides]  # fmt: skip
    else:
        how = (figure.doing(t), figure.clock(t), figure.variant)
        parts = [[shape.points] for shape in figure.actor.pose(*how)]
    turn = figure.state(t).turn
    for lines in parts:
        spots = [[figure.offset(*point, turn) for point in line] for line in lines]
        dots = [np.asarray([(x + a + MARGIN, row - b + MARGIN) for a, b in line]) for line in spots]
        cv2.fillPoly(mask, [np.round(line).astype(np.int32) for line in dots], 1)
    return mask


def head(figure, t, x, row, shape):
    """A disc at its mouth, or None."""
    found = figure.actor.anchor("mouth", figure.doing(t), figure.clock(t), figure.variant)
    if found is None:
        return None
    right, up = figure.offset(found[0], found[1], figure.state(t).turn)
    disc = np.zeros(shape, np.uint8)
    at = (round(x + right) + MARGIN, round(row - up) + MARGIN)
    cv2.circle(disc, at, max(2, round(0.07 * figure.scale)), 1, -1)
    return disc


def seen(prompt, size):
    """For each who lives: how much of its head and of its body is hidden, and is in the frame."""
    film = Marks(stage(prompt, 7, size), Cast({}))
    figures = [f for f in film.blocking.figures if f.depth >= 1]
    figures.sort(key=lambda f: not f.afloat)
    lead = lead_of([r for r in film.scene.cast if any(f.role.actor == r.actor for f in figures)])
    inside = (slice(MARGIN, size.height + MARGIN), slice(MARGIN, size.width + MARGIN))
    shares = {}
    for t in MOMENTS:
        view = film.camera.at(t)
        places = [placed_at(f, t, view, film._site.ground) for f in figures]
        masks = [outline(f, t, *at, size) for f, at in zip(figures, places, strict=True)]
        for k, figure in enumerate(figures):
            if isinstance(figure.actor, Prop):
                continue
            before = np.zeros_like(masks[k])
            lump = np.zeros_like(masks[k])
            for other, mask in zip(figures[k + 1 :], masks[k + 1 :], strict=True):
                if other.holder is not figure and math.isclose(other.speed, figure.speed):
                    before |= mask
                    lump |= mask if not isinstance(other.actor, Prop) else 0
            disc = head(figure, t, *places[k], masks[k].shape)
            body = max(1.0, float(masks[k].sum()))
            shares[figure.role.actor, figure.variant, t] = (
                0.0 if disc is None else float((disc & before).sum() / max(1, disc.sum())),
                float((masks[k] & lump).sum()) / body,
                float(masks[k][inside].sum()) / body if figure.role.actor == lead.actor else 1.0,
            )
    return shares


@for_all(
    ("prompt", "sizes"),
    [
        ("four horses run over a meadow at sunrise", (WIDE, TALL)),
        ("five sheep graze on a hill by day", (WIDE, TALL)),
        ("three friends stand in a park by day", (WIDE, TALL)),
        ("two trucks drive through a canyon at sunrise", (WIDE, TALL)),
        ("a king and two guards sit on a throne", (WIDE, TALL)),
        ("a prince and a princess stand on a balcony", (WIDE, TALL)),
        ("a horse stands behind a fence", (WIDE,)),
        ("a rabbit hides behind a rock", (WIDE, TALL)),
        ("two gardeners trim a hedge in the park at sunrise", (WIDE, TALL)),
        ("a crowd cheers while a clown juggles balls in a park", (WIDE,)),
        ("three divers swim around a wreck", (WIDE,)),
        ("a boy and a girl roll a snowball in a garden", (WIDE, TALL)),
    ],
)
def test_heads_are_free_neighbours_stand_apart_and_leads_are_in_the_frame(prompt, sizes):
    for size in sizes:
        for who, (hidden, covered, inside) in seen(prompt, size).items():
            assert hidden < 0.5, (size, who, hidden)
            assert covered < 0.4, (size, who, covered)
            assert inside > 0.75, (size, who, inside)
