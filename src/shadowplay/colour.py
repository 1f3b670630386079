"""Colours: mixing in sRGB, and the way into BT.709 limited-range YUV, all that a frame knows."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shadowplay.scene import Rgb

Floats = NDArray[np.float32]

WHITE = Rgb(255, 255, 255)

_LUMA = tuple(np.float32(share) for share in (0.2126, 0.7152, 0.0722))


class Yuv(NamedTuple):
    """One colour as the planes of a frame hold it."""

    y: int
    u: int
    v: int


def rgb(code: str) -> Rgb:
    """Read `"#ffd28a"`."""
    return Rgb(int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16))


@lru_cache(maxsize=4096)
def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """`first` with `share` (0 to 1) of `second` in it."""
    share = min(1.0, max(0.0, share))
    return Rgb(*(round(a + (b - a) * share) for a, b in zip(first, second, strict=True)))


def scale(colour: Rgb, factor: float) -> Rgb:
    """A colour made darker (below 1) or lighter (above 1)."""
    return Rgb(*(max(0, min(255, round(part * factor))) for part in colour))


@lru_cache(maxsize=4096)
def luma(colour: Rgb) -> float:
    """How light a colour is, 0 to 1."""
    return float(light_of(np.asarray(colour, np.float32)) / 255)


def light_of(image: Floats) -> Floats:
    """The BT.709 luma of colours, whose last axis is 3, in the units of their parts."""
    light: Floats = image[..., 0] * _LUMA[0]
    light += image[..., 1] * _LUMA[1]
    light += image[..., 2] * _LUMA[2]
    return light


def saturate(colour: Rgb, factor: float) -> Rgb:
    """A colour made greyer (below 1) or stronger (above 1) at the same lightness."""
    grey = luma(colour) * 255
    return Rgb(*(max(0, min(255, round(grey + (part - grey) * factor))) for part in colour))


def planes(image: Floats) -> tuple[Floats, Floats, Floats]:
    """Turn sRGB floats (0 to 255, last axis 3) into Y, U and V floats of the same shape."""
    light = light_of(image)
    y = 16 + light * (219 / 255)
    u = 128 + (image[..., 2] - light) * np.float32(224 / 255 / 1.8556)
    v = 128 + (image[..., 0] - light) * np.float32(224 / 255 / 1.5748)
    return y, u, v


def to_rgb(y: Floats, u: Floats, v: Floats) -> Floats:
    """BT.709 limited-range levels as sRGB, 0 to 1 where a screen can show them; shape (n, 3)."""
    light = (y.ravel() - 16) * np.float32(1 / 219)
    blue = (u.ravel() - 128) * np.float32(1.8556 / 224)
    red = (v.ravel() - 128) * np.float32(1.5748 / 224)
    green = red * np.float32(-0.2126 / 0.7152) + blue * np.float32(-0.0722 / 0.7152)
    return np.stack([light + red, light + green, light + blue], -1).astype(np.float32)


@lru_cache(maxsize=4096)
def yuv(colour: Rgb) -> Yuv:
    """One colour in YUV."""
    return Yuv(*(round(float(part)) for part in planes(np.asarray(colour, np.float32))))


def ramp(stops: list[tuple[float, Rgb]], at: Floats) -> Floats:
    """Colours on a gradient: `at` of shape (n,) gives (n, 3), smooth between the stops."""
    places = [place for place, _ in stops]
    parts = np.asarray([colour for _, colour in stops], np.float32)
    return np.stack([np.interp(at, places, parts[:, k]) for k in range(3)], -1).astype(np.float32)
