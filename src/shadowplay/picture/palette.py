"""Palettes: sets of colours that were tested together, and how weather and words bend them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from shadowplay.colour import luma, mix, rgb, saturate, scale
from shadowplay.dice import dice
from shadowplay.files import picture
from shadowplay.picture.light import HOURS, KeyLight
from shadowplay.scene import Rgb, Scene, TimeOfDay
from shadowplay.tables import load


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one light."""

    sky: tuple[Rgb, Rgb, Rgb, Rgb, Rgb]  # five colours from the zenith down to the horizon
    haze: Rgb  # what the farthest land fades into
    mid: Rgb  # land halfway between the horizon and the camera
    ink: Rgb  # the nearest silhouettes; never pure black
    key: Rgb  # the lamp of the scene: sun, moon or fire
    glow: Rgb  # the air around the lamp
    whole: bool = False  # land has its colours, whatever it is made of

    @classmethod
    def of(cls, colours: Sequence[Rgb], *, whole: bool = False) -> Palette:
        """The palette of ten colours in the order of `colours`."""
        *sky, haze, mid, ink, key, glow = colours
        return cls((sky[0], sky[1], sky[2], sky[3], sky[4]), haze, mid, ink, key, glow, whole)

    @property
    def colours(self) -> tuple[Rgb, ...]:
        """All ten in order: the sky, then the others."""
        return (*self.sky, self.haze, self.mid, self.ink, self.key, self.glow)

    def land(self, depth: float) -> Rgb:
        """The colour of land at a depth from 0 (the horizon) to 1 (the stage)."""
        if depth < 0.5:
            return mix(self.haze, self.mid, depth * 2)
        return mix(self.mid, self.ink, (depth - 0.5) * 1.7)

    def over(self, earth: Rgb, share: float) -> Palette:
        """The palette of a place whose land has, in its light, a colour of its own."""
        if self.whole:
            return self
        level = luma(earth)
        shade = mix(scale(earth, 0.42 + 0.4 * level), scale(self.sky[0], 0.85), 0.1 + 0.3 * level)
        ink = mix(self.ink, shade, share * share)
        return replace(self, mid=mix(self.mid, earth, share), ink=ink)

    def tinted(self, tints: Sequence[Rgb]) -> Palette:
        """The palette in a picture's colours, its darkest in the picture's darkest, and so on."""
        own = list(self.colours)
        order = sorted(range(len(own)), key=lambda k: luma(own[k]))
        for rank, place in enumerate(order):
            found = tints[rank * (len(tints) - 1) // (len(own) - 1)]
            own[place] = mix(own[place], found, _TINTED)
        return Palette.of(own, whole=True)

    @property
    def dark(self) -> bool:
        """Whether lamps are lit in this light."""
        return luma(self.sky[2]) < 0.36

    @property
    def lamp(self) -> Rgb:
        """The colour of lamps and fire."""
        return mix(self.key, rgb("#ffb347"), 0.5)

    @property
    def mist(self) -> Rgb:
        """The colour of fog."""
        return mix(self.sky[4], self.haze, 0.35)


class LitScene(NamedTuple):
    """A scene and what tells how all that is in it is seen."""

    scene: Scene
    palette: Palette
    key: KeyLight

    @property
    def dark(self) -> bool:
        """Whether lamps and windows are lit."""
        return self.palette.dark or self.scene.time in ("dusk", "night")


_TINTED = 0.9  # how much of a given picture's colour takes the place of a palette's own
_SAID = load("picture/palettes.toml", dict[str, Any])

BY_TIME: dict[TimeOfDay, list[str]] = _SAID["hours"]
"""The palettes a seed may pick from when the prompt names no light of its own."""

_SAND = rgb("#c99a5c")
_STYLES = frozenset({"noir", "sepia", "neon", "deep_sea", "deep_night", "space"})

PALETTES: dict[str, Palette] = {
    name: Palette.of([rgb(code) for code in " ".join(colours).split()], whole=name in _STYLES)
    for name, colours in _SAID["colours"].items()
}


def pick(seed: int, time: TimeOfDay) -> str:
    """The palette of a time of day that this seed likes best."""
    names = BY_TIME[time]
    return names[int(dice(seed, "palette", time).integers(len(names)))]


def resolve(scene: Scene) -> Palette:
    """The colours of a scene: its palette, bent by weather, time and the prompt's own colour."""
    palette = PALETTES[scene.palette]
    if scene.palette not in _STYLES:
        palette = _weathered(palette, scene)
    if scene.falling == "sand":
        palette = _accented(palette, _SAND)
    if scene.accent is not None:
        palette = _accented(palette, scene.accent)
    return palette


def _weathered(palette: Palette, scene: Scene) -> Palette:
    """A palette with a share of the weather's colours, which are as dark as the hour."""
    dim = HOURS[scene.time].weather
    weathers = []
    if scene.sky == "storm" and scene.palette != "storm":
        weathers.append(("storm", 1.2, 0.5 + dim / 2, 0.68))
    elif scene.sky == "overcast" or scene.falling in ("rain", "hail"):
        weathers.append(("rain", 1.1, dim, 0.5))
    if scene.falling == "snow" and scene.palette != "snow":
        weathers.append(("snow", 1.0, dim, 0.4))
    if scene.fog > 0.3:
        weathers.append(("snow", 0.3, dim, 0.85 * scene.fog))
    for name, strength, factor, share in weathers:
        pairs = zip(palette.colours, PALETTES[name].colours, strict=True)
        palette = Palette.of(
            [mix(own, scale(saturate(other, strength), factor), share) for own, other in pairs]
        )
    return palette


def _accented(palette: Palette, accent: Rgb) -> Palette:
    """Let the prompt's colour replace the sky's own in the role nearest to it."""
    sky = list(palette.sky)
    target = luma(accent)
    nearest = min(range(1, 5), key=lambda k: abs(luma(sky[k]) - target))
    for k in range(1, 5):
        share = 0.85 - 0.28 * abs(k - nearest)
        level = luma(sky[k])
        toned = scale(accent, max(0.25, min(2.2, level / max(target, 0.05))))
        sky[k] = mix(sky[k], toned, max(0.0, share))
    haze = mix(palette.haze, scale(accent, luma(palette.haze) / max(target, 0.1)), 0.4)
    colours = [*sky, haze, palette.mid, palette.ink, palette.key, mix(palette.glow, accent, 0.5)]
    return Palette.of(colours, whole=palette.whole)


def tints_of(path: Path, steps: int = 24) -> list[Rgb]:
    """So many colours of a picture file, from the darkest to the lightest.

    Raises:
        ShadowplayError: `invalid_image`; as from `picture`.
    """
    image = picture(path)
    image.thumbnail((256, 256))
    pixels = np.asarray(image, np.uint8).reshape(-1, 3).astype(np.int64)
    light = pixels[:, 0] * 2126 + pixels[:, 1] * 7152 + pixels[:, 2] * 722
    tints = []
    for part in np.array_split(pixels[np.argsort(light, kind="stable")], steps):
        # Strong colours count more: the mean of many hues would be grey.
        strength = 1 + (part.max(axis=1) - part.min(axis=1)) ** 2
        total = max(1, int(strength.sum()))
        sums = (part * strength[:, None]).sum(axis=0)
        tints.append(Rgb(*(int(each) // total for each in sums)))
    return tints
