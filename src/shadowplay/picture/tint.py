"""Tints: the colours of a given picture, for all that is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shadowplay import colour
from shadowplay.files import upright
from shadowplay.picture.palette import Palette
from shadowplay.scene import Rgb

_EDGE = 256
"""Longer edge of the copy whose colours are counted, in pixels."""

_STEPS = 24
"""How many colours are taken, from the darkest to the lightest."""

_SHARE = 0.9
"""How much of a picture's colour takes the place of a palette's own."""


class Tint:
    """The colours of a picture in order of lightness."""

    def __init__(self, colours: list[Rgb]) -> None:
        self._colours = colours

    @classmethod
    def of(cls, path: Path) -> Tint:
        """The colours of a picture file.

        Raises:
            ShadowplayError: `invalid_image`; as from `upright`.
        """
        image = upright(path)
        image.thumbnail((_EDGE, _EDGE))
        pixels = np.asarray(image, np.uint8).reshape(-1, 3).astype(np.int64)
        light = pixels[:, 0] * 2126 + pixels[:, 1] * 7152 + pixels[:, 2] * 722
        pixels = pixels[np.argsort(light, kind="stable")]
        # Strong colours count more: the mean of many hues would be grey.
        strength = 1 + (pixels.max(axis=1) - pixels.min(axis=1)) ** 2
        colours = []
        for part, weights in zip(
            np.array_split(pixels, _STEPS), np.array_split(strength, _STEPS), strict=True
        ):
            total = max(1, int(weights.sum()))
            sums = (part * weights[:, None]).sum(axis=0)
            colours.append(Rgb(*(int(each) // total for each in sums)))
        return cls(colours)

    def applied(self, palette: Palette) -> Palette:
        """A palette with the picture's colours: its darkest is the picture's darkest, and so on."""
        own = palette.colours
        order = sorted(range(len(own)), key=lambda k: colour.luma(own[k]))
        mapped = list(own)
        for rank, place in enumerate(order):
            found = self._colours[rank * (len(self._colours) - 1) // (len(own) - 1)]
            mapped[place] = colour.mix(own[place], found, _SHARE)
        return Palette.of(mapped, whole=True)
