"""Backing: soft light or shade behind the lead, where it would not stand out by itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from shadowplay import colour
from shadowplay.acting.handling import middle_of, span_of
from shadowplay.acting.nearing import sides_at
from shadowplay.colour import Floats
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import Picture
from shadowplay.picture.light import of_one_colour
from shadowplay.picture.noise import dither
from shadowplay.picture.palette import Palette
from shadowplay.scene import Rgb
from shadowplay.sprites.marks import Figure, placed_at

APART = 46.0  # how many levels the lead and what is behind it are to differ by
_UNREST = 0.6  # what a level of unrest behind the lead takes from the difference
_COLOURED = 0.7  # what a level of chroma adds to it
_THICK = (0.0, 0.12, 0.24, 0.34)  # how opaque the light or the shade may be
_DARKER = 20.0  # by how many levels shade may darken what is behind it; more looks like smoke


class Seen(NamedTuple):
    """What is seen of the lead and behind it."""

    luma: float  # the lead's, on average
    chroma: float  # how far its colour is from that behind it
    behind: float  # the luma behind it
    unrest: float  # the standard deviation of that

    def apart(self, tone: Rgb, thick: float) -> float:
        """How far the lead stands out with so much of a tone behind it; -1 where it is too dark."""
        behind = self.behind + (colour.yuv(tone).y - self.behind) * thick
        if self.behind - behind > _DARKER:
            return -1.0
        calm = 1 - thick
        return abs(self.luma - behind) + _COLOURED * self.chroma - _UNREST * self.unrest * calm


def seen(lead: Figure, before: Picture, after: Picture, ground: Floats | None) -> Seen | None:
    """Compare the lead with what was there before it was drawn, at the clock's zero."""
    x, row = placed_at(lead, 0.0, View(), ground)
    sides = sides_at(lead, lead.box, x, row)
    low = sides[3] - 0.04 * lead.pixels_high  # shadows lie at its feet
    left, right = (int(min(max(0.0, end), before.width)) // 2 for end in (sides[0], sides[2]))
    top, low = (int(min(max(0.0, line), before.height)) // 2 for line in (sides[1], low))
    small = (slice(top, low), slice(left, right))
    old, new = (
        [plane[small].astype(np.float32) for plane in (one.y[::2, ::2], one.u, one.v)]
        for one in (before, after)
    )
    moved = sum(np.abs(b - a) for a, b in zip(old, new, strict=True))
    changed = np.asarray(moved) > 6
    if changed.sum() < 16:
        return None
    luma, blue, red = (float(plane[changed].mean()) for plane in new)
    behind = [float(plane.mean()) for plane in old]
    chroma = math.hypot(blue - behind[1], red - behind[2])
    return Seen(luma, chroma, behind[0], float(old[0].std()))


def backing(
    group: Sequence[Figure], what: Seen, palette: Palette, ground: Floats | None
) -> Element | None:
    """The least light or shade that lets a group stand out; None if it does already."""
    # Shade in the open sky would look like smoke.
    flies = group[0].in_air
    tones = (palette.mist, palette.haze) if flies else (palette.mist, palette.haze, palette.ink)
    ways = [(what.apart(tone, thick), thick, tone) for thick in _THICK for tone in tones]
    enough = (way for way in ways if way[0] >= APART)
    _, thick, tone = next(enough, max(ways))
    return Backing(group, tone, thick, ground) if thick else None


class Backing(Element):
    """A soft disc of one colour that goes with a group."""

    def __init__(
        self, group: Sequence[Figure], tone: Rgb, thick: float, ground: Floats | None
    ) -> None:
        """Paint it, as thick as said in the middle, 0 to 1."""
        self._lead, self._ground = group[0], ground
        wide, high = span_of(group), group[0].pixels_high
        self._aside = middle_of(*group) - group[0].x
        self._up = group[0].box.middle[1] * group[0].scale
        reach = min(max(wide, high), 1.2 * high)
        half = [int(0.5 * wide + 0.65 * reach) // 2 * 2, int(0.5 * high + 0.42 * reach) // 2 * 2]
        across, down = (
            (np.arange(side, dtype=np.float32) + np.float32(0.5)) / side for side in half
        )
        near = np.sqrt(down[:, None] * down[:, None] + across[None] * across[None])
        near = np.clip(1 - near, 0, 1)
        quarter = near * near * (3 - 2 * near) * np.float32(255 * thick)
        soft = np.pad(quarter, ((half[1], 0), (half[0], 0)), "symmetric")
        self._layer = of_one_colour(
            tone, dither(soft, 1.6) * (soft > 0), left=-half[0], top=-half[1]
        )

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Lay it behind the group."""
        x, row = placed_at(self._lead, t, view, self._ground)
        self._layer.draw(picture, x + self._aside, row - self._up, floor)
