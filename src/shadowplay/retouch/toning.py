"""Toning: the small changes of colour that every grade is made of, as steps of a `Lut`.

Colours are sRGB floats of shape (n, 3), 0 to 1 where a screen can show them. Steps may go beyond;
the table clips in the end.
"""

from __future__ import annotations

from typing import cast

import numpy as np

from shadowplay import exact
from shadowplay.colour import Floats, light_of
from shadowplay.noise import smoothstep
from shadowplay.retouch.lut import Step
from shadowplay.scene import Rgb

_SCOTOPIC = np.array([0.06, 0.58, 0.36], np.float32)
"""About how light colours look to eyes that are used to the dark."""


def lightness(colours: Floats) -> Floats:
    """How light each colour is, shape (n, 1)."""
    return light_of(colours)[:, None]


def curve(*points: tuple[float, float]) -> Step:
    """A tone curve through these points, smooth between them, the same for all channels."""
    x, y = np.asarray(points, np.float64).T
    slopes = _slopes(x, y)

    def step(colours: Floats) -> Floats:
        at = np.clip(colours, x[0], x[-1]).astype(np.float64)
        k = np.clip(np.searchsorted(x, at, "right") - 1, 0, len(x) - 2)
        width = x[k + 1] - x[k]
        t = (at - x[k]) / width
        smooth = (1 + 2 * t) * (1 - t) ** 2 * y[k] + t * t * (3 - 2 * t) * y[k + 1]
        smooth += width * t * (1 - t) * ((1 - t) * slopes[k] - t * slopes[k + 1])
        return np.asarray(smooth + (colours - at), np.float32)

    return step


def _slopes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Slopes that keep a rising curve rising (Fritsch and Carlson, 1980)."""
    rise = np.diff(y) / np.diff(x)
    slopes = np.concatenate([rise[:1], (rise[1:] + rise[:-1]) / 2, rise[-1:]])
    limit = 3 * np.minimum(np.concatenate([rise[:1], rise]), np.concatenate([rise, rise[-1:]]))
    return np.asarray(np.minimum(slopes, np.maximum(limit, 0)), np.float64)


def gain(red: float, green: float, blue: float) -> Step:
    """Each channel's light times a factor, as a coloured light would do it."""
    factors = exact.power(np.asarray([red, green, blue], np.float32), 1 / 2.2)
    return lambda colours: (colours * factors).astype(np.float32)


def saturation(factor: float) -> Step:
    """Colours made greyer (below 1) or stronger (above 1) at the same lightness."""

    def step(colours: Floats) -> Floats:
        grey = lightness(colours)
        return np.asarray(grey + (colours - grey) * np.float32(factor), np.float32)

    return step


def moonlit(share: float) -> Step:
    """Colours as they fade in the dark: reds go black, blues stay; by this share."""

    def step(colours: Floats) -> Floats:
        grey = np.asarray(exact.product(np.maximum(colours, 0), _SCOTOPIC), np.float32)[:, None]
        return np.asarray(colours + (grey - colours) * np.float32(share), np.float32)

    return step


def split(shadows: Rgb, lights: Rgb, strength: float, *, keep: float = 0.35) -> Step:
    """Shadows pulled toward one hue and lights toward another, at the same lightness.

    Args:
        shadows: the hue of the dark.
        lights: the hue of the light.
        strength: 0 to 1, how far they are pulled.
        keep: how much of the colours' own hue stays, 0 to 1.
    """
    low, high = _hue(shadows), _hue(lights)

    def step(colours: Floats) -> Floats:
        light = lightness(colours)
        share = smoothstep(0.12, 0.75, light)
        # Black and white themselves carry no hue.
        body = np.clip(4 * light * (1.06 - light), 0, 1) * np.float32(strength)
        hue = low + (high - low) * share
        own = (colours - light) * np.float32(1 - strength * (1 - keep))
        return np.asarray(light + own + hue * body, np.float32)

    return step


def poles(cold: Rgb, warm: Rgb, strength: float) -> Step:
    """Every hue pulled to one of two: skin, wood and lamps to the warm, the rest to the cold."""
    low, high = (_hue(rgb) for rgb in (cold, warm))

    def step(colours: Floats) -> Floats:
        light = lightness(colours)
        off = colours - light
        vivid = np.abs(off).max(axis=1, keepdims=True)
        share = smoothstep(-0.02, 0.16, off[:, :1] - np.float32(0.35) * off[:, 1:2])
        share = np.clip(share + 0.25 * smoothstep(0.75, 1.0, light), 0, 1)
        hue = low + (high - low) * share
        body = np.clip(4 * light * (1.06 - light), 0, 1) * np.minimum(vivid * 1.6 + 0.16, 0.8)
        pulled = hue / np.float32(0.36) * body * np.float32(0.62)
        return cast(
            "Floats", (light + off + (pulled - off) * np.float32(strength)).astype(np.float32)
        )

    return step


def _hue(rgb: Rgb) -> Floats:
    """A colour's departure from grey, at a common strength."""
    colours = np.asarray(np.asarray([rgb]) / 255, np.float32)
    off = np.asarray(colours - lightness(colours), np.float32)
    reach = float(np.abs(off).max())
    return np.asarray(off * min(1.0, 0.36 / reach) if reach > 0.02 else off * 0, np.float32)


def lamps(step: Step, bright: float) -> Step:
    """A step that spares warm lights: what is bright and yellow to red stays lit."""

    def spared(colours: Floats) -> Floats:
        light = lightness(colours)
        warm = smoothstep(0.14, 0.34, colours[:, :1] - colours[:, 2:])
        warm = warm * smoothstep(-0.03, 0.06, colours[:, :1] - colours[:, 1:2])
        own = smoothstep(bright - 0.1, bright + 0.12, light) * warm
        lit = colours * np.asarray([1.04, 0.97, 0.8], np.float32)
        changed = step(colours)
        return np.asarray(changed + (lit - changed) * own, np.float32)

    return spared


def foliage(turn: Step, strength: float = 1.0) -> Step:
    """A step for greens only: grass and leaves, from yellowish to bluish green."""

    def step(colours: Floats) -> Floats:
        high, low = colours.max(axis=1), colours.min(axis=1)
        span = np.maximum(high - low, 1e-4)
        red, green, blue = colours.T
        # The hue's place around green, in sixths of the circle: -1 is yellow, 1 is cyan.
        place = np.where(green >= high - 1e-6, (blue - red) / span, 9).astype(np.float32)
        place = np.where((red > green) & (green > blue), -2 + (green - blue) / span, place)
        belongs = smoothstep(-1.28, -0.92, place) * (1 - smoothstep(0.45, 0.8, place))
        strong = smoothstep(0.12, 0.32, span / np.maximum(high, 0.08))
        share = (belongs * strong * np.float32(strength))[:, None]
        return np.asarray(colours + (turn(colours) - colours) * share, np.float32)

    return step


def repaint(dark: Rgb, light: Rgb) -> Step:
    """Colours replaced by a slope between two, by their lightness."""
    low, high = (np.asarray([rgb], np.float32) / 255 for rgb in (dark, light))

    def step(colours: Floats) -> Floats:
        share = smoothstep(0.02, 0.8, lightness(colours))
        return np.asarray(low + (high - low) * share, np.float32)

    return step


def mixed(step: Step, share: float) -> Step:
    """A step done in part."""
    return lambda colours: (colours + (step(colours) - colours) * np.float32(share)).astype(
        np.float32
    )
