"""Palettes: sets of colours that were tested together, and how weather and words bend them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shadowplay.colour import luma, mix, rgb, saturate, scale
from shadowplay.dice import dice
from shadowplay.scene import Rgb, Scene, TimeOfDay


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one light.

    Attributes:
        sky: five colours from the zenith down to the horizon.
        haze: what the farthest land fades into.
        mid: land halfway between the horizon and the camera.
        ink: the nearest silhouettes; never pure black.
        key: the lamp of the scene: sun, moon or fire.
        glow: the air around the lamp.
    """

    sky: tuple[Rgb, Rgb, Rgb, Rgb, Rgb]
    haze: Rgb
    mid: Rgb
    ink: Rgb
    key: Rgb
    glow: Rgb

    def land(self, depth: float) -> Rgb:
        """The colour of land at a depth from 0 (the horizon) to 1 (the stage)."""
        if depth < 0.5:
            return mix(self.haze, self.mid, depth * 2)
        return mix(self.mid, self.ink, (depth - 0.5) * 1.7)

    @property
    def dark(self) -> bool:
        """Whether lamps are lit in this light."""
        return luma(self.sky[2]) < 0.36

    @property
    def mist(self) -> Rgb:
        """The colour of fog."""
        return mix(self.sky[4], self.haze, 0.35)


def _palette(sky: str, land: str, light: str) -> Palette:
    zenith, upper, middle, low, horizon = map(rgb, sky.split())
    haze, mid, ink = map(rgb, land.split())
    key, glow = map(rgb, light.split())
    return Palette((zenith, upper, middle, low, horizon), haze, mid, ink, key, glow)


PALETTES: dict[str, Palette] = {
    "dawn_rose": _palette(
        "#2b3a67 #6a5f95 #c184a4 #f3a990 #ffd9a8", "#dd9f9f #74507c #1f1833", "#fff0cf #ffb27a"
    ),
    "dawn_teal": _palette(
        "#1f4a63 #4b8092 #9cb9a8 #efd2a0 #ffe9c4", "#b3c0ac #4a6f78 #10222c", "#fff6dc #ffd08a"
    ),
    "day_azure": _palette(
        "#2b6fb3 #5499d0 #8dc2e6 #bfe0ef #eef4e4", "#a9cfdc #4a8597 #12333f", "#fffbe6 #fff0c0"
    ),
    "day_mint": _palette(
        "#33899c #62b2b4 #a2d5c8 #d7edd2 #f8f6dc", "#b4d8c6 #4b9088 #0f3436", "#fffbe6 #fff2b8"
    ),
    "golden_amber": _palette(
        "#46588a #a08894 #e8a670 #ffc46b #ffe6a8", "#e2a97c #8b5148 #2a1620", "#fff6da #ffa63d"
    ),
    "golden_rose": _palette(
        "#574a8c #ad6a94 #ef8a7c #ffb36e #ffdf9f", "#dd8b86 #7e4364 #24112a", "#fff3d6 #ff9a52"
    ),
    "dusk_violet": _palette(
        "#0d1b3d #2a3f78 #8a5f8f #f0925f #ffd28a", "#b06f8c #553e68 #140f24", "#fff3cf #ff9a4a"
    ),
    "dusk_ember": _palette(
        "#1a1433 #4a2350 #a33b52 #ec6b3f #ffb45e", "#b04d54 #571f45 #160a1d", "#ffe9b8 #ff6a33"
    ),
    "dusk_teal": _palette(
        "#0b2438 #1f4f63 #5b8d88 #e0ac78 #ffdca4", "#7f978c #2a5560 #0a1a24", "#fff1d0 #ffb060"
    ),
    "night_blue": _palette(
        "#060b22 #0d1b42 #18356a #2f5a8c #5f8fb8", "#3c6590 #183157 #060b1a", "#f6f6e6 #9cc4ee"
    ),
    "night_violet": _palette(
        "#0a0822 #1b1546 #382669 #63488a #a07cae", "#664c8c #2c2050 #0a0719", "#fff2e2 #cfa8ea"
    ),
    "night_teal": _palette(
        "#04141d #08303c #10525a #2a8080 #74b8a8", "#307878 #0f4049 #031017", "#f2fff2 #90e8d0"
    ),
    "storm": _palette(
        "#14191f #262e39 #414d5a #66737d #98a2a2", "#6c7983 #333e49 #0b1014", "#e2ebee #aabac4"
    ),
    "rain": _palette(
        "#37455a #566578 #7f8d9c #a8b2b8 #d2d4cc", "#96a2ad #4a5868 #121b26", "#f4f4ea #dfe4e0"
    ),
    "snow": _palette(
        "#7590b4 #9db2cc #c4d1e0 #e4e7ec #f8f0e6", "#c6d0df #7489a8 #1d2b40", "#fffaf0 #ffe4c0"
    ),
    "desert": _palette(
        "#3f82ae #8fb9bb #e6d3a4 #f6cc8a #fde6b6", "#e6b888 #b46c42 #3d1e1a", "#fffbe0 #ffd890"
    ),
    "deep_sea": _palette(
        "#8ae0da #36a8bf #137892 #0a4f71 #063450", "#1f86a0 #0b4c6b #031a2c", "#e0fff6 #9ff0e0"
    ),
    "neon": _palette(
        "#0b0622 #1f0f48 #4a1568 #a01f82 #ff5a90", "#7e267c #30125a #090418", "#ffd4f0 #ff5fb0"
    ),
    "noir": _palette(
        "#0d0e10 #25272b #4d5054 #8a8d8f #d0d0c8", "#76797c #34363a #0a0a0c", "#fbfbf4 #d8d8d0"
    ),
    "sepia": _palette(
        "#43301f #745636 #aa855a #d8b680 #f4e4ba", "#c29c6a #6e4c2e #22140b", "#fff4d8 #f8d890"
    ),
    "spring": _palette(
        "#6aa6d2 #a3c8de #d8dfe6 #f8d6da #fff0e2", "#d6c4d6 #7a8c96 #22333a", "#fffaf0 #ffd0d8"
    ),
    "autumn": _palette(
        "#566c8c #a29a92 #e2b47c #f2a352 #ffdc96", "#d49862 #8a4a2b #28130e", "#fff4d4 #ffb84e"
    ),
    "jungle": _palette(
        "#1e5c52 #3d8c6c #82ba8c #c6dfa2 #f2f2c6", "#93c49e #2b6c54 #05201a", "#fffbd8 #e8f8a8"
    ),
    "space": _palette(
        "#02030b #080b20 #141a42 #2c2258 #4c3472", "#4c4272 #2a2748 #07070f", "#fff8ee #a8b4ff"
    ),
}

BY_TIME: dict[TimeOfDay, tuple[str, ...]] = {
    "dawn": ("dawn_rose", "dawn_teal"),
    "day": ("day_azure", "day_mint"),
    "golden": ("golden_amber", "golden_rose"),
    "dusk": ("dusk_violet", "dusk_ember", "dusk_teal"),
    "night": ("night_blue", "night_violet", "night_teal"),
}
"""The palettes a seed may pick from when the prompt names no light of its own."""


def pick(seed: int, time: TimeOfDay, *, warm: bool = False) -> str:
    """The palette of a time of day that this seed likes best; `warm` leaves out the greens."""
    names = BY_TIME[time]
    if warm:
        names = tuple(name for name in names if not name.endswith(("teal", "mint")))
    return names[int(dice(seed, "palette", time).integers(len(names)))]


def blend(first: Palette, second: Palette, share: float) -> Palette:
    """A palette between two."""
    sky = tuple(mix(a, b, share) for a, b in zip(first.sky, second.sky, strict=True))
    return Palette(
        (sky[0], sky[1], sky[2], sky[3], sky[4]),
        *(
            mix(a, b, share)
            for a, b in (
                (first.haze, second.haze),
                (first.mid, second.mid),
                (first.ink, second.ink),
                (first.key, second.key),
                (first.glow, second.glow),
            )
        ),
    )


def _mapped(palette: Palette, strength: float, factor: float) -> Palette:
    """Every colour made stronger and lighter (or weaker and darker)."""

    def change(colour: Rgb) -> Rgb:
        return scale(saturate(colour, strength), factor)

    sky = palette.sky
    return Palette(
        (change(sky[0]), change(sky[1]), change(sky[2]), change(sky[3]), change(sky[4])),
        change(palette.haze),
        change(palette.mid),
        change(palette.ink),
        change(palette.key),
        change(palette.glow),
    )


_LOCAL = {"jungle": 0.45, "desert": 0.3, "snowfield": 0.35}
"""Settings with a palette of their own, and how much of it shows in every light."""

_STYLES = frozenset({"noir", "sepia", "neon", "deep_sea", "space"})


def resolve(scene: Scene) -> Palette:
    """The colours of a scene: its palette, bent by weather, time and the prompt's own colour."""
    palette = PALETTES[scene.palette]
    if scene.palette not in _STYLES:
        palette = _weathered(_local(palette, scene), scene)
    if scene.accent is not None:
        palette = _accented(palette, scene.accent)
    return palette


def _local(palette: Palette, scene: Scene) -> Palette:
    """Let the green of a jungle or the red of a desert into any hour's colours."""
    share = _LOCAL.get(scene.setting, 0.0)
    if not share or scene.setting == scene.palette:
        return palette
    own = PALETTES["snow" if scene.setting == "snowfield" else scene.setting]
    if scene.time in ("night", "dusk"):
        own, share = _mapped(own, 1.1, 0.45), share * 0.8
    return blend(palette, own, share)


def _weathered(palette: Palette, scene: Scene) -> Palette:
    dim = {"dawn": 0.8, "day": 1.0, "golden": 0.85, "dusk": 0.55, "night": 0.34}[scene.time]
    if scene.sky == "storm" and scene.palette != "storm":
        palette = blend(palette, _mapped(PALETTES["storm"], 1.2, 0.5 + dim / 2), 0.68)
    elif scene.sky == "overcast" or scene.falling == "rain":
        palette = blend(palette, _mapped(PALETTES["rain"], 1.1, dim), 0.5)
    if scene.falling == "snow" and scene.palette != "snow":
        palette = blend(palette, _mapped(PALETTES["snow"], 1.0, dim), 0.4)
    if scene.fog > 0.3:
        palette = _mapped(palette, 1 - 0.25 * scene.fog, 1.0)
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
    return replace(
        palette,
        sky=(sky[0], sky[1], sky[2], sky[3], sky[4]),
        haze=mix(palette.haze, scale(accent, luma(palette.haze) / max(target, 0.1)), 0.4),
        glow=mix(palette.glow, accent, 0.5),
    )
