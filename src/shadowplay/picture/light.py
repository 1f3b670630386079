"""Light: where the key light stands, and the soft glow that it and every lamp put in the air."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from shadowplay import exact
from shadowplay.art import library
from shadowplay.colour import Floats, Yuv, yuv
from shadowplay.dice import dice
from shadowplay.picture.layers import Layer, N, Picture, Plane, halved, lighten
from shadowplay.picture.noise import dither
from shadowplay.scene import Rgb, Scene
from shadowplay.tables import load


class KeyLight(NamedTuple):
    """The one lamp that all shading agrees with."""

    x: float  # x, y: where it stands in the frame, in pixels
    y: float
    radius: float  # of its disc, in pixels
    moon: bool  # it is a moon
    veiled: float  # 0 (clear) to 1 (hidden by weather)

    def toward(self, x: float, y: float) -> tuple[float, float]:
        """The unit vector from a point to the lamp, in pixels right and down."""
        across, down = self.x - x, self.y - y
        length = max(1.0, math.sqrt(across * across + down * down))
        return across / length, down / length


class Hour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The light of one hour; `light.toml` says what each number is."""

    height: float
    disc: list[float]
    share: float
    kept: float
    shadow: float
    earth: float
    mist: float
    relief: float
    rim: float
    gain: float
    air: float
    middle: float
    land: float = 1.0
    weather: float = 1.0
    wall: tuple[float, float, float] = (1.0, 1.0, 1.0)
    sun: float = 0.0
    beams: float = 0.0
    grade: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)


HOURS = load("picture/light.toml", dict[str, Hour])


_SUN = re.compile(r"\b(sun|sunny|sunshine|sonn\w*|soleil|sol|sole)\b", re.IGNORECASE)


def lamplit(scene: Scene) -> bool:
    """Whether the lamps of a room or a stadium light the cast."""
    place = library.place(scene.setting)
    return scene.time in ("dusk", "night") and (bool(place.floor) or place.floodlit)


def hour_of(scene: Scene) -> Hour:
    """The light that falls on the cast: the hour's, or that of a room's lamps."""
    return HOURS.get(scene.palette, HOURS["lamps" if lamplit(scene) else scene.time])


def key_light(scene: Scene, horizon: float, leftward: bool) -> KeyLight:
    """Put the lamp by the seed, mostly opposite the subject; its height follows the hour.

    By day the sun may stand above the frame, unless the prompt names it.
    """
    pick = dice(scene.seed, "key light")
    # Before the subject, above it, or behind its back.
    low, high = ((0.58, 0.94), (0.42, 0.58), (0.06, 0.3))[int(pick.integers(3))]
    across = pick.uniform(low, high)
    if leftward:
        across = 1 - across
    up = HOURS[scene.time].height * pick.uniform(0.7, 1.25) + pick.uniform(-0.02, 0.06)
    if scene.time == "day" and pick.random() < 0.6 and not _SUN.search(scene.prompt):
        up += 0.8
    moon = scene.time == "night"
    size = pick.choice(HOURS[scene.time].disc)
    veiled = {"clear": 0.0, "cloudy": 0.15, "overcast": 0.85, "storm": 1.0}[scene.sky]
    snow = 0.3 if scene.sky == "clear" else 0.5
    falling = {"rain": 0.8, "hail": 0.9, "sand": 0.85, "snow": snow}.get(scene.falling, 0.0)
    x, radius = across * scene.size.width, float(size) * scene.size.unit
    return KeyLight(x, horizon * (1 - up), radius, moon, max(veiled, 0.95 * scene.fog, falling))


@lru_cache(maxsize=64)
def _disc(radius: int, high: int, power: float) -> Floats:
    """Alpha of a soft disc or ellipse: 1 in the middle, nothing at the rim."""
    across, down = (
        (np.arange(half, dtype=np.float32) + np.float32(0.5)) / half for half in (radius, high)
    )
    distance = np.sqrt(down[:, None] ** 2 + across[None, :] ** 2)
    quarter = exact.power(np.clip(1 - distance, 0, 1), power)
    return np.pad(quarter, ((high, 0), (radius, 0)), "symmetric")


@lru_cache(maxsize=400)
def glow(radius: int, colour: Rgb, strength: float, power: float = 2.2, tall: float = 1.0) -> Layer:
    """A soft disc of light whose centre is at the layer's (0, 0); `radius` is in pixels.

    `strength` is that of its middle, 0 to 1, and `power` how fast it falls to the rim; it is `tall`
    as a share of its width: light on the ground is flat.
    """
    radius = max(2, radius // 2 * 2)
    high = max(2, round(radius * tall / 2) * 2)
    fall = _disc(radius, high, power)
    # Without noise a faint large glow shows as rings.
    disc = dither(fall * np.float32(255 * strength), 1.6) * (fall > 0)
    layer = of_one_colour(colour, disc, left=-radius, top=-high)
    layer.soft = True  # however small it is
    return layer


def of_one_colour(
    tone: Rgb, alpha: Plane, *, left: int = 0, top: int = 0, wraps: bool = False
) -> Layer:
    """A layer that is one colour, as thick as `alpha` says."""
    y, u, v = yuv(tone)
    half = (alpha.shape[0] // 2, alpha.shape[1] // 2)
    chroma = (np.full(half, u, np.uint8), np.full(half, v, np.uint8))
    return Layer(np.full_like(alpha, y), alpha, chroma, left=left, top=top, wraps=wraps)


_COARSE = 4  # forms are modelled at a quarter of the resolution
_RIM = 0.62  # how bright the edge is beside the light's own colour
_SHEEN = 0.55  # how bright the lit side is; more would look like fog on dark cloth
_AWAY, _TOWARD = (np.asarray([level, 0.0, 0.0, 0.0]) for level in (127, 128))
"""The slopes below which a form is shaded, and above which it is lit, as scalars of OpenCV."""


def model(
    picture: Picture,
    mask: Plane,
    at: tuple[int, int],
    toward: tuple[float, float],
    tone: Yuv,
    *,
    relief: float,
    rim: float,
    edge: float,
    round_: float,
) -> None:
    """Model the form of what was drawn: light toward the lamp, shade away from it.

    Args:
        picture: drawn into.
        mask: the silhouette, 0 to 255; its sides are even.
        at: the column and row of its first pixel, even.
        toward: the way to the lamp, right and down, of length 1.
        tone: the lamp's colour.
        relief: how strong light and shade are, 0 to 1.
        rim: how bright the edge toward the lamp is, 0 to 1.
        edge: the breadth of that edge in pixels.
        round_: how far from the edge the form is round, in pixels.
    """
    high, wide = mask.shape
    slope = slopes(mask, toward, relief, round_)
    shade = cv2.min(cv2.subtract(_AWAY, slope), mask)
    side = max(3, 2 * round(1.6 * edge) + 1)  # soft, or it looks cut out of paper
    soft = np.asarray(cv2.blur(mask, (side, side)), np.uint8)
    brim = cv2.subtract(mask, moved(soft, *(-round(1.3 * way * edge) for way in toward)))
    brim = cv2.min(cv2.convertScaleAbs(brim, alpha=_RIM * rim), mask)
    lit = cv2.convertScaleAbs(cv2.subtract(slope, _TOWARD), alpha=_SHEEN)
    shine = np.asarray(cv2.max(cv2.min(lit, mask), brim), np.uint8)
    here, half = picture.part(*at, at[0] + wide, at[1] + high), halved(shine)
    cv2.multiply(here.y, cv2.bitwise_not(cv2.max(shade, shine)), here.y, 1 / 255)
    cv2.add(here.y, cv2.convertScaleAbs(shine, alpha=tone.y / 255), here.y)
    lighten(here.u, half, tone.u)
    lighten(here.v, half, tone.v)


def slopes(mask: Plane, toward: tuple[float, float], relief: float, round_: float) -> Plane:
    """How far a silhouette's form faces the lamp: above 128 toward it, below 128 away from it."""
    high, wide = mask.shape
    reach = max(1, round(round_ / _COARSE))
    small = (max(1, wide // _COARSE), max(1, high // _COARSE))
    # To halve twice is several times as fast as to take a quarter.
    half = cv2.resize(mask, (max(1, wide // 2), max(1, high // 2)), interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(half, small, interpolation=cv2.INTER_AREA)
    room = 2 * reach  # the form is round at the plane's own edges, too
    coarse = cv2.copyMakeBorder(coarse, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
    side = (reach | 1, reach | 1)
    soft = np.asarray(cv2.blur(cv2.blur(coarse, side), side), np.uint8)
    across, down = (round(way * reach) for way in toward)
    near, far = moved(soft, -across, -down), moved(soft, across, down)
    slope = cv2.addWeighted(far, 0.5 * relief, near, -0.5 * relief, 128)[room:-room, room:-room]
    return np.asarray(cv2.resize(slope, (wide, high)), np.uint8)


def moved(plane: NDArray[N], across: int, down: int) -> NDArray[N]:
    """A plane moved to the right and down; what comes in is empty."""
    high, wide = plane.shape
    made = np.zeros_like(plane)
    if abs(down) < high and abs(across) < wide:
        made[max(0, down) : high + min(0, down), max(0, across) : wide + min(0, across)] = plane[
            max(0, -down) : high + min(0, -down), max(0, -across) : wide + min(0, -across)
        ]
    return made
