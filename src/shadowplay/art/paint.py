"""Paint: a prop's parts in a scene's light, still ones as layers, moving ones in every frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour
from shadowplay.art.ink import coverage
from shadowplay.art.paths import Outline
from shadowplay.art.prop import Motion, Prop
from shadowplay.art.svg import Part, Ramp
from shadowplay.colour import Floats
from shadowplay.layers import Layer, Picture, Plane, lighten
from shadowplay.light import glow
from shadowplay.scene import Rgb

_MARGIN = 4
_SHADOW_RISE = 0.17
"""How high a shadow is on the ground, of the height of what throws it."""


class Light(NamedTuple):
    """The light of a scene, as paint needs it.

    Attributes:
        ink: the colour of paper that no light comes through.
        share: how much of its own colours paper shows, 0 to 1.
        air: the colour of the light, as shares of white.
        haze: the colour of the air before it, and how much of it.
        grey: how much of its own colour is left.
        rim: the colour of the edge toward the lamp, and how strong it is.
        toward: the way to the lamp, right and down, of length 1.
        lamp: the colour of lamps and fire.
        lit: lamps are lit.
        edge: the breadth of the lit edge in pixels.
        lean: how far shadows reach to the right, of the height of what throws them.
        shade: how dark they are, 0 to 1.
        tint: the colour that the prompt gives, or None.
    """

    ink: Rgb
    share: float
    air: tuple[float, float, float]
    haze: tuple[Rgb, float]
    grey: float
    rim: tuple[Rgb, float]
    toward: tuple[float, float]
    lamp: Rgb
    lit: bool
    edge: float
    lean: float
    shade: float
    tint: Rgb | None = None

    def tone(self, own: Rgb, kind: str = "") -> Rgb:
        """A colour of the art in this light."""
        if kind == "light":
            if self.lit:
                return colour.mix(own, self.lamp, 0.25)
            return colour.mix(self._seen(own), own, 0.45)
        if kind == "tint" and self.tint is not None:
            level = colour.luma(own) / 0.55
            own = colour.scale(self.tint, max(0.45, min(1.3, level)))
        return self._seen(own)

    def _seen(self, own: Rgb) -> Rgb:
        grey = colour.saturate(own, self.grey)
        seen = [
            ink * (1 - self.share) + part * air * self.share
            for ink, part, air in zip(self.ink, grey, self.air, strict=True)
        ]
        tone = Rgb(*(max(0, min(255, round(level))) for level in seen))
        return colour.mix(tone, *self.haze)


class Painted:
    """One prop at one size in one light.

    Its origin is the art's; pixels are counted from there.
    """

    def __init__(self, prop: Prop, scale: float, facing: float, light: Light) -> None:
        """Paint what stands still.

        Args:
            prop: what to paint.
            scale: pixels a metre.
            facing: 1 as drawn, -1 mirrored.
            light: what falls on it.
        """
        self._prop, self._scale, self._light = prop, scale, light
        self._way = np.asarray([scale * facing, -scale])
        self._steps: dict[str, list[Layer | _Moving]] = {"back": [], "front": []}
        still: list[Part] = []
        for front, parts in groupby(prop.parts, key=lambda part: part.group == "front"):
            side = "front" if front else "back"
            for group, found in groupby(parts, key=lambda part: part.group):
                members = list(found)
                if group in prop.motions:
                    self._flush(side, still)
                    still = []
                    self._steps[side].append(self._moving(prop.motions[group], members))
                else:
                    still += members
            self._flush(side, still)
            still = []
        self._all = self._mask([part for part in prop.parts if part.kind != "light"])

    def _flush(self, side: str, parts: list[Part]) -> None:
        if parts:
            self._steps[side].append(self._layer(parts))

    def _moving(self, motion: Motion, parts: list[Part]) -> _Moving:
        return _Moving(motion, parts, self._way, self._light)

    def _pixels(self, part: Part) -> list[Outline]:
        return [line * self._way for line in part.outlines]

    def _layer(self, parts: list[Part]) -> Layer:
        """Still parts with the light on their edges, as one layer."""
        lines = [line for part in parts for line in self._pixels(part)]
        box = _box(lines)
        sheet = Sheet(box[2], box[3])
        for part in parts:
            sheet.paint(part, self._way, self._light, box[:2])
        sheet.rim(self._light)
        return layer_of(sheet.planes, sheet.alpha, box[0], box[1])

    def _mask(self, parts: list[Part]) -> tuple[Plane, int, int]:
        """The silhouette, and where its first column and row are."""
        lines = [(self._pixels(part), part.holes) for part in parts]
        if not lines:
            return np.zeros((2, 2), np.uint8), 0, 0
        left, top, width, height = _box([line for outlines, _ in lines for line in outlines])
        shift = np.asarray([left, top], np.float64)
        mask: Plane = np.zeros((height, width), np.uint8)
        for outlines, holes in lines:
            part = coverage([line - shift for line in outlines], width, height, holes=holes)
            np.maximum(mask, part, out=mask)
        return mask, left, top

    def draw(self, picture: Picture, side: str, t: float, x: float, row: float) -> None:
        """Lay the back, the front or both over a picture, the origin at column x and a row."""
        for name in ("back", "front"):
            if side in (name, "all"):
                for step in self._steps[name]:
                    step.draw(picture, x, row) if isinstance(step, Layer) else step.draw(
                        picture, t, x, row
                    )

    def shadow(self) -> Layer | None:
        """Its soft shadow on the ground, for the same origin."""
        mask, left, top = self._all
        high = max(2, round(len(mask) * _SHADOW_RISE) // 2 * 2)
        if self._light.shade <= 0.02 or mask.shape[1] < 4:
            return None
        flat = np.asarray(cv2.resize(mask, (mask.shape[1], high), interpolation=cv2.INTER_AREA))
        flat = flat[::-1]  # the nearer the camera, the farther from the foot
        reach = self._light.lean * len(mask)
        room = math.ceil(abs(reach)) // 2 * 2 + 8
        wide: Plane = np.zeros((high + 8, mask.shape[1] + 2 * room), np.uint8)
        for k in range(high):
            by = room + round(reach * (k + 0.5) / high)
            wide[k + 2, by : by + mask.shape[1]] = flat[k]
        soft = np.asarray(cv2.blur(wide, (7, 3)), np.float32)
        fade = np.linspace(1, 0.35, len(wide), dtype=np.float32)[:, None]
        alpha = (soft * fade * np.float32(self._light.shade)).astype(np.uint8)
        tone = colour.yuv(colour.mix(self._light.ink, Rgb(0, 0, 0), 0.3))
        half = (alpha.shape[0] // 2, alpha.shape[1] // 2)
        base = top + len(mask)
        return Layer(
            np.full(alpha.shape, tone.y, np.uint8),
            alpha,
            (np.full(half, tone.u, np.uint8), np.full(half, tone.v, np.uint8)),
            left=left - room,
            top=(base - 2 - _MARGIN) // 2 * 2,
        )

    def mirrored(self, squeeze: float) -> Layer:
        """Its silhouette upside up for a mirror that shows it `squeeze` times as high."""
        mask, left, top = self._all
        high = max(2, round(len(mask) * squeeze / 2) * 2)
        flat = np.asarray(
            cv2.resize(mask, (mask.shape[1], high), interpolation=cv2.INTER_AREA), np.uint8
        )
        tone = colour.yuv(self._light.tone(Rgb(60, 54, 50)))
        half = (high // 2, mask.shape[1] // 2)
        return Layer(
            np.full(flat.shape, tone.y, np.uint8),
            flat,
            (np.full(half, tone.u, np.uint8), np.full(half, tone.v, np.uint8)),
            left=left,
            top=round(top * squeeze / 2) * 2,
        )

    def shine(self, picture: Picture, t: float, x: float, row: float, unit: float) -> None:
        """The glow of its lamp in the air and on the ground."""
        lamp = self._prop.lamp
        if lamp is None or not (self._light.lit or lamp.always):
            return
        level = 1 - lamp.flicker * (0.5 + 0.5 * math.sin(t * 9.1 + math.sin(t * 23.7)))
        level *= 1.0 if self._light.lit else 0.4
        across, up = lamp.at[0] * self._way[0], lamp.at[1] * self._scale
        strength = round(level * 12) / 12
        reach = min(lamp.reach * self._scale, unit * 0.5)
        for share, strong in ((1.0, 0.34), (0.3, 0.5)):
            radius = max(8, int(reach * share) // 8 * 8)
            halo = glow(radius, self._light.lamp, round(strong * strength, 3))
            halo.draw(picture, x + across, row - up)


class Sheet:
    """Premultiplied planes of Y, U and V at luma's resolution, with their alpha, 0 to 1.

    Attributes:
        solid: how much of each pixel is lit from behind: all but what shines by itself.
    """

    def __init__(self, width: int, height: int) -> None:
        self.planes: list[Floats] = [np.zeros((height, width), np.float32) for _ in range(3)]
        self.alpha: Floats = np.zeros((height, width), np.float32)
        self.solid: Floats = np.zeros((height, width), np.float32)

    def paint(
        self, part: Part, way: NDArray[np.float64], light: Light, origin: tuple[int, int]
    ) -> None:
        """Lay one part over what is there; the class `hole` takes away.

        Args:
            part: in metres.
            way: pixels a metre, right and down.
            light: what falls on it.
            origin: the pixel that is the sheet's first.
        """
        outlines = [line * way for line in part.outlines]
        left, top, width, height = _box(outlines)
        rows = slice(max(0, top - origin[1]), max(0, top - origin[1] + height))
        columns = slice(max(0, left - origin[0]), max(0, left - origin[0] + width))
        alpha = self.alpha[rows, columns]
        if not alpha.size:
            return
        left, top = columns.start + origin[0], rows.start + origin[1]
        high, wide = alpha.shape
        at = np.asarray([left, top], np.float64)
        mask = coverage([line - at for line in outlines], wide, high, holes=part.holes)
        share = mask.astype(np.float32) * np.float32(part.opacity / 255)
        if part.kind == "hole":
            for plane in (*self.planes, self.alpha, self.solid):
                plane[rows, columns] *= 1 - share
            return
        tone = _tones(part, way, light, (left, top, wide, high))
        for plane, level in zip(self.planes, tone, strict=True):
            here = plane[rows, columns]
            here += (level - here) * share
        alpha += (1 - alpha) * share
        solid = self.solid[rows, columns]
        if part.kind != "light":
            np.maximum(solid, share, out=solid)

    def rim(self, light: Light, how: float = 1.0, *, wraps: bool = False) -> None:
        """Lighten the edges that face the lamp; a sheet that wraps around has none at its sides."""
        tone, strength = light.rim
        across, down = (round(way * light.edge) for way in light.toward)
        if wraps:
            moved = np.roll(self.solid, (-down, -across), (0, 1))
        else:
            moved = _shifted(self.solid, -across, -down)
        edge = np.maximum(self.solid - moved, 0)
        edge = np.asarray(cv2.blur(edge, (3, 3)), np.float32)
        edge *= np.float32(strength * how) * self.solid
        for plane, level in zip(self.planes, colour.yuv(tone), strict=True):
            plane += (np.float32(level) - plane) * edge


def _tones(
    part: Part, way: NDArray[np.float64], light: Light, box: tuple[int, int, int, int]
) -> Sequence[Floats | float]:
    """Y, U and V of a part: numbers, or a gradient's planes."""
    if not isinstance(part.paint, Ramp):
        return [float(level) for level in colour.yuv(light.tone(part.paint, part.kind))]
    left, top, width, height = box
    ramp = part.paint
    (a, b), (c, d) = (tuple(np.asarray(point) * way) for point in ramp[:2])
    x = np.arange(left, left + width, dtype=np.float32)[None] + np.float32(0.5 - a)
    y = np.arange(top, top + height, dtype=np.float32)[:, None] + np.float32(0.5 - b)
    across, down = np.float32(c - a), np.float32(d - b)
    square = max(np.float32(1e-6), across * across + down * down)
    away, along = np.sqrt((x * x + y * y) / square), (x * across + y * down) / square
    share = away if ramp.round else along
    stops = [(at, light.tone(own, part.kind)) for at, own in ramp.stops]
    image = colour.ramp(stops, np.clip(share, 0, 1).ravel()).reshape(height, width, 3)
    return colour.planes(image)


class _Moving:
    """Parts that move together, filled anew in each frame."""

    def __init__(self, motion: Motion, parts: list[Part], way: np.ndarray, light: Light) -> None:
        self._motion, self._parts, self._way = motion, parts, way
        points = np.concatenate([line for part in parts for line in part.outlines])
        self._span = max(0.01, float(points[:, 1].max() - points[:, 1].min()))
        self._tones = []
        for part in parts:
            own = part.paint
            if isinstance(own, Ramp):
                own = own.stops[len(own.stops) // 2][1]
            self._tones.append(colour.yuv(light.tone(own, part.kind)))

    def draw(self, picture: Picture, t: float, x: float, row: float) -> None:
        """Fill the parts as they are at a time."""
        at = np.asarray([x, row])
        for part, tone in zip(self._parts, self._tones, strict=True):
            lines = [
                self._motion.moved(line, t, self._span) * self._way + at for line in part.outlines
            ]
            left, top, width, height = _box(lines)
            left, top = max(0, left), max(0, top)
            right, bottom = min(picture.width, left + width), min(picture.height, top + height)
            if right - left < 2 or bottom - top < 2:
                continue
            shift = np.asarray([left, top], np.float64)
            mask = coverage(
                [line - shift for line in lines], right - left, bottom - top, holes=part.holes
            )
            if part.opacity < 1:
                mask = np.asarray(cv2.convertScaleAbs(mask, alpha=part.opacity), np.uint8)
            lay(picture, mask, left, top, tone)


def lay(picture: Picture, mask: Plane, left: int, top: int, tone: colour.Yuv) -> None:
    """Lay a colour by a mask whose first pixel is at an even place."""
    high, wide = mask.shape[0] // 2 * 2, mask.shape[1] // 2 * 2
    mask = mask[:high, :wide]
    half = np.asarray(
        cv2.resize(mask, (wide // 2, high // 2), interpolation=cv2.INTER_AREA), np.uint8
    )
    lighten(picture.y[top : top + high, left : left + wide], mask, tone.y)
    rows, columns = slice(top // 2, (top + high) // 2), slice(left // 2, (left + wide) // 2)
    lighten(picture.u[rows, columns], half, tone.u)
    lighten(picture.v[rows, columns], half, tone.v)


def _box(lines: Sequence[Outline]) -> tuple[int, int, int, int]:
    """The even box around outlines in pixels, with a margin: left, top, width, height."""
    points = np.concatenate(lines)
    left, top = (math.floor(edge - _MARGIN) // 2 * 2 for edge in points.min(axis=0).tolist())
    right, low = (math.ceil(edge + _MARGIN) // 2 * 2 + 2 for edge in points.max(axis=0).tolist())
    return left, top, right - left, low - top


def _shifted(plane: Floats, across: int, down: int) -> Floats:
    """The plane moved to the right and down; what comes in is empty."""
    high, wide = plane.shape
    moved = np.zeros_like(plane)
    rows = slice(max(0, down), high + min(0, down))
    columns = slice(max(0, across), wide + min(0, across))
    moved[rows, columns] = plane[
        max(0, -down) : high + min(0, -down), max(0, -across) : wide + min(0, -across)
    ]
    return moved


def layer_of(
    planes: list[Floats], alpha: Floats, left: int, top: int, *, wraps: bool = False
) -> Layer:
    """Premultiplied planes as a layer."""
    high, wide = alpha.shape
    safe = np.maximum(alpha, np.float32(1 / 512))
    luma = np.clip(planes[0] / safe + np.float32(0.5), 0, 255).astype(np.uint8)
    half = (wide // 2, high // 2)
    thin = np.maximum(_small(alpha, half), np.float32(1 / 512))
    chroma = [
        np.clip(_small(plane, half) / thin + np.float32(0.5), 0, 255).astype(np.uint8)
        for plane in planes[1:]
    ]
    cover = np.clip(alpha * 255 + np.float32(0.5), 0, 255).astype(np.uint8)
    return Layer(luma, cover, (chroma[0], chroma[1]), left=left, top=top, wraps=wraps)


def _small(plane: Floats, size: tuple[int, int]) -> Floats:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)
