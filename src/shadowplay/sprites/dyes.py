"""Dyes: the colour of each part of figures of outlines: the prompt's, its garment's or its own."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from shadowplay import colour
from shadowplay.art.actors import Coat, Shape
from shadowplay.art.garments import SHADES
from shadowplay.colour import Yuv
from shadowplay.dice import dice
from shadowplay.picture.palette import LitScene
from shadowplay.scene import Rgb
from shadowplay.sprites.lighting import Light, light_on
from shadowplay.sprites.marks import Figure

_SPREAD = 0.1  # how much lighter or darker than its kind one of several is at most
_WHITE, _KEPT = 190, 0.7  # what is paler than this keeps so much of its own hue at all hours
_HAIR = 1.2  # hair has this times the square of its skin's brightness at most, if it can
_UNLIKE, _NEAR = 75.0, 4
"""How far apart two colours are that nobody takes for one another, of 442, and how many figures
beside one are to look unlike it."""


class Dyes:
    """The colours of some figures in a scene's light.

    Attributes:
        figures: those.
        lights: what falls on each figure.
        lamp: the colour of lamps and fire.
    """

    def __init__(self, lit: LitScene, figures: Sequence[Figure]) -> None:
        self._seed, self.figures = lit.scene.seed, figures
        self._haze = colour.mix(lit.palette.mid, lit.palette.haze, 0.4)
        self.lamp = lit.palette.lamp
        self.lights = [light_on(lit, figure) for figure in figures]
        self._picked: list[dict[str, Rgb]] = []
        self._clothed: list[bool] = []
        known: dict[tuple[int, int], tuple[dict[str, Rgb], bool]] = {}
        for k, figure in enumerate(figures):
            mark = id(figure.role), figure.variant
            if mark not in known:  # of whom an arm is drawn once more, that has the same colours
                shapes = figure.actor.pose(figure.role.action, 0.0, figure.variant)
                coats = dict.fromkeys(shape.coat for shape in shapes if shape.coat)
                tinted = {s.coat.name for s in shapes if s.coat and s.tint} - {"head", "head+"}
                known[mark] = self._wardrobe(k, list(coats), tinted), any(s.tint for s in shapes)
            self._picked.append(known[mark][0])
            self._clothed.append(known[mark][1])
        self._lightness = [
            1 + _SPREAD * float(dice(self._seed, "light", f.variant).uniform(-1, 1))
            if f.role.count > 1 else 1.0
            for f in figures
        ]  # fmt: skip
        # Figures keep their coats; to look into one for its hash takes longer than all the rest.
        self._found: dict[tuple[int, float, bool, Rgb | None, int], tuple[Yuv, Coat | None]] = {}

    def _thrown(self, k: int, coat: Coat) -> tuple[Rgb, ...]:
        """The colours of a coat, first the one that the dice choose for a figure."""
        figure = self.figures[k]
        pick = dice(self._seed, coat.name, figure.variant, figure.role.actor)
        first = int(pick.integers(len(coat.colours)))
        return coat.colours[first:] + coat.colours[:first]

    def _wardrobe(self, k: int, coats: list[Coat], tinted: Collection[str]) -> dict[str, Rgb]:
        """What a figure's coats have for colours: unlike one another and unlike its neighbours'.

        Skin is chosen first, so that hair and clothes stand out from it.
        """
        chosen: dict[str, Rgb] = {}
        near = self._picked[max(0, k - _NEAR) :]
        for coat in sorted(coats, key=lambda coat: coat.name.rstrip("+") != "head"):
            if not coat.colours or coat.name in chosen:
                continue
            taken = [*chosen.values(), *(one[coat.name] for one in near if coat.name in one)]
            worn = self.figures[k].role.colour if coat.name in tinted else None
            thrown = self._thrown(k, coat)
            skin = chosen.get(coat.name.replace("hair", "head"))
            if coat.name.startswith("hair") and skin:
                most = _HAIR * colour.luma(skin) * colour.luma(skin)
                thrown = tuple(own for own in thrown if colour.luma(own) <= most) or thrown
            chosen[coat.name] = worn or max(
                thrown, key=lambda own: min([_UNLIKE, *(math.dist(own, one) for one in taken)])
            )
        return chosen

    def own(self, k: int, shape: Shape) -> Rgb:
        """The colour of a shape of figure `k` in the scene's light."""
        figure, light, coat = self.figures[k], self.lights[k], shape.coat
        for garment, worn in figure.role.clothes:
            if worn is not None and coat is not None and garment in coat.garments:
                return light.named(worn)
        plain = shape.paint is None and not self._clothed[k]
        if figure.role.colour is not None and (shape.tint or plain):
            return light.named(figure.role.colour)
        if shape.paint is not None:
            return _seen(light, shape.paint)
        if coat is None or not coat.colours:
            return colour.mix(light.ink, self._haze, figure.fade)
        own = self._picked[k].get(coat.name) or self._thrown(k, coat)[0]
        # Faces are to be read at every hour, but are lit as the rest.
        return _seen(light, own, 0.4 * (coat.name.rstrip("+") == "head"))

    def tone(self, k: int, shape: Shape) -> Yuv:
        """The same, paler or darker as the shape says."""
        mark = (k, shape.tone, shape.tint, shape.paint, id(shape.coat))
        found = self._found.get(mark)
        if found is None:
            shade = colour.scale(self.own(k, shape), self._lightness[k])
            if shape.tone >= 0:
                shade = colour.mix(shade, self.lights[k].haze[0], shape.tone * 0.75)
            else:
                shade = colour.scale(shade, 1 + shape.tone * 0.6)
            coat, dyed = shape.coat, self.figures[k].role.colour is not None
            if coat and (fold := coat.shade or (dyed and SHADES.get(coat.name.split(".")[-1]))):
                mixed, share = fold
                shade = colour.mix(shade, self.lights[k].tone(mixed), share)
            found = self._found[mark] = colour.yuv(shade), shape.coat
        return found[0]


def _seen(light: Light, own: Rgb, least: float = 0.0) -> Rgb:
    """A colour in the light; white stays the lightest, and is not the colour of the night."""
    pale = max(0.0, (min(own) - _WHITE) / (255 - _WHITE))
    return colour.mix(light.tone(own), light.named(own), max(least, _KEPT * min(1.0, 2 * pale)))
