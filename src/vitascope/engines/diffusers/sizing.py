"""Sizing: which size a model draws for the size that was asked for."""

from __future__ import annotations

import math

from vitascope.engines.diffusers.card import Card, Quality
from vitascope.engines.native import Fit
from vitascope.spec import Size


def fit_of(card: Card, preset: Quality, asked: Size, scale: float = 1.0) -> Fit:
    """The native size nearest to what is asked, within some percent of the preset's pixels.

    Args:
        card: tells the alignment.
        preset: tells how many pixels are drawn at most.
        asked: size of the film.
        scale: draw at most at this fraction of it.
    """
    pixels = asked.width * asked.height
    shrink = min(scale, math.sqrt(preset.max_pixels / pixels), 1.0)
    # Where nothing is scaled, whole pixels of the film must fit in; else the nearest will do.
    rounded = math.ceil if shrink == 1.0 else round
    edges = (max(1, rounded(edge * shrink / card.align)) * card.align for edge in asked)
    return Fit.in_the_middle(asked, Size(*edges))
