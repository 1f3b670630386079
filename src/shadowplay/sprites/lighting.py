"""Lighting: the light of a scene at one place of the frame, and colours in it."""

from __future__ import annotations

from typing import NamedTuple

from shadowplay import colour
from shadowplay.art import library
from shadowplay.colour import rgb
from shadowplay.picture.light import hour_of, lamplit
from shadowplay.picture.palette import LitScene
from shadowplay.scene import Rgb
from shadowplay.sprites.marks import Figure

_PLACES = {
    "underwater": (0.72, 0.55), "space": (0.86, 0.2), "moon": (0.86, 0.2), "planet": (0.92, 0.12),
}  # fmt: skip
"""Where the hour does not say how bright it is, and how much of the air's colour comes in."""

_GREY = {"noir": 0.05, "sepia": 0.35}
"""How much colour is left in palettes that have little of their own."""

_NAMED = 0.72  # how much of its own colours a thing shows at least whose colour the prompt names


class Light(NamedTuple):
    """The light of a scene at a place of the frame."""

    ink: Rgb  # the colour of paper that no light comes through
    share: float  # how much of its own colours paper shows, 0 to 1
    air: tuple[float, float, float]  # the colour of the light, as shares of white
    haze: tuple[Rgb, float]  # the colour of the air before it, and how much of it
    grey: float  # how much of its own colour is left
    rim: tuple[Rgb, float]  # the colour of the edge toward the lamp, and how strong it is
    toward: tuple[float, float]  # the way to the lamp, right and down, of length 1
    lamp: Rgb  # the colour of lamps and fire
    lit: bool  # lamps are lit
    edge: float  # the breadth of the lit edge in pixels
    gain: float = 1.0  # how bright a picture is in it that has its colours already
    lean: float = 0.0  # how far shadows reach to the right, of the height of what throws them
    shade: float = 0.0  # how dark they are, 0 to 1
    tint: Rgb | None = None  # the colour that the prompt gives, or None
    medium: float = 0.55  # how light a part is in the art that has just that colour
    out: bool = False  # what shines by itself is switched off
    relief: float = 0.0  # how strongly the lamp models forms, 0 to 1

    def tone(self, own: Rgb, kind: str = "") -> Rgb:
        """A colour of the art in this light."""
        if kind == "light" and self.out:
            own = colour.scale(colour.saturate(own, 0.4), 0.4)
        elif kind == "light":
            if self.lit:
                return colour.mix(own, self.lamp, 0.25)
            return colour.mix(self._seen(own), own, 0.45)
        if kind == "tint" and self.tint is not None:
            level = colour.luma(own) / self.medium
            return self.named(colour.scale(self.tint, max(0.45, min(1.3, level))))
        return self._seen(own)

    def named(self, own: Rgb) -> Rgb:
        """A colour that the prompt names: the light may darken it, but it keeps its hue."""
        seen = self._replace(share=max(self.share, _NAMED))._seen(own)
        pure = colour.scale(own, colour.luma(seen) / max(0.02, colour.luma(own)))
        return colour.mix(seen, pure, 0.8 * self.grey)

    def _seen(self, own: Rgb) -> Rgb:
        grey = colour.saturate(own, self.grey)
        seen = [
            ink * (1 - self.share) + part * air * self.share
            for ink, part, air in zip(self.ink, grey, self.air, strict=True)
        ]
        tone = Rgb(*(max(0, min(255, round(level))) for level in seen))
        return colour.mix(tone, *self.haze)


def lighting(lit: LitScene, x: float, y: float) -> Light:
    """The light at a place of the frame, in pixels."""
    scene, palette, key = lit
    lamps, hour = lamplit(scene), hour_of(scene)
    usual = hour.gain, hour.air
    gain, share = usual if lamps else _PLACES.get(scene.setting, usual)
    gain *= 1 - 0.12 * key.veiled
    cool = colour.mix(palette.sky[2], palette.haze, 0.4)
    air = colour.mix(cool, palette.glow, 0.2 if palette.dark else 0.55)
    level = max(0.08, colour.luma(air)) * 255
    red, green, blue = (1 + share * (min(2.0, part / level) - 1) for part in air)
    if lamps and scene.palette not in _GREY:
        red, green, blue = 1.05, 0.98, 0.86
    shown = 0.85 * (1 - 0.6 * key.veiled) * (0.6 if scene.time == "day" else 1.0)
    light = colour.mix(palette.glow, palette.key, 0.45)
    if key.veiled > 0.6:
        light = colour.mix(palette.sky[4], light, 0.4)
    return Light(
        ink=colour.mix(palette.ink, palette.mid, 0.03),
        share=hour.share * (1 - 0.15 * key.veiled),
        air=(red, green, blue),
        haze=(colour.mix(palette.mid, palette.haze, 0.5), 0.05 + 0.1 * scene.fog),
        grey=_GREY.get(scene.palette, 1.0),
        rim=(light, shown),
        toward=key.toward(x, y),
        lamp=palette.lamp,
        lit=lit.dark,
        edge=max(1.0, scene.size.unit / 960 * 2.3),
        gain=gain,
    )


def light_on(lit: LitScene, figure: Figure) -> Light:
    """What falls on one of the cast."""
    middle = figure.row - figure.box.middle[1] * figure.scale
    light = light_at(lit, figure.x, middle, figure.fade, near=figure.depth >= 1)
    colours = library.facts(figure.role.actor).colours if figure.role.count > 1 else ()
    own = rgb(colours[figure.variant % len(colours)]) if colours else None
    return light._replace(tint=figure.role.colour or own)


def light_at(lit: LitScene, x: float, y: float, fade: float, *, near: bool = False) -> Light:
    """What falls on a thing at a place of the frame.

    `fade` is how much air is before it; what is `near` keeps more of its colours.
    """
    hour, key, light = hour_of(lit.scene), lit.key, lighting(lit, x, y)
    fade *= 0.4 + 0.6 * hour.mist
    return light._replace(
        share=light.share + (hour.kept * (1 - light.share) if near else 0.0),
        haze=(light.haze[0], min(0.5, 0.6 * light.haze[1] + fade)),
        rim=(light.rim[0], light.rim[1] * 0.9),
        lean=hour.shadow * (-1 if key.x > x else 1) * 0.16,
        shade=0.5 * (1 - 0.6 * key.veiled),
        relief=hour.relief * (1 - 0.6 * key.veiled),
    )
