"""Paint: a prop's parts in a scene's light, still ones as layers, moving ones in every frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour
from shadowplay.art.paths import Outline
from shadowplay.art.prop import OPENINGS, Motion, Prop
from shadowplay.art.svg import Part, Ramp, plain
from shadowplay.colour import Floats
from shadowplay.picture.ink import coverage
from shadowplay.picture.layers import Layer, Picture, Plane, halved, tint
from shadowplay.picture.light import glow, model, moved, of_one_colour, slopes
from shadowplay.scene import Rgb
from shadowplay.sprites.lighting import Light
from shadowplay.sprites.outlines import box_in

_SHADOW_RISE = 0.17  # how high a shadow is on the ground, of the height of what throws it
_MARGIN = 4  # pixels around outlines
_CACHED = 16_384  # So many pixels at a time are painted, which stay in the processor's cache


class Moving:
    """Parts that move together, filled anew in each frame."""

    def __init__(
        self, motion: Motion, parts: list[Part], way: NDArray[np.float64], light: Light
    ) -> None:
        """Take parts as they are at rest, in metres; `way` is pixels a metre, right and down."""
        self._motion, self._parts, self._way, self._light = motion, parts, way, light
        self.opens = motion.kind in OPENINGS
        points = np.concatenate([line for part in parts for line in part.outlines])
        self._span = max(0.01, float(points[:, 1].max() - points[:, 1].min()))
        self._tones = [colour.yuv(light.tone(plain(part.paint), part.kind)) for part in parts]
        self._formed = motion.kind != "flicker"  # a flame has no form

    def draw(self, picture: Picture, t: float, x: float, row: float) -> None:
        """Fill the parts as they are at a time, and let the lamp model their form."""
        at, light = np.asarray([x, row]), self._light
        placed = [
            [self._motion.moved(line, t, self._span) * self._way + at for line in part.outlines]
            for part in self._parts
        ]
        points = np.concatenate([line for lines in placed for line in lines])
        box = box_in(picture.y, points, _MARGIN)
        if box is None:
            return
        left, top, right, bottom = box
        solid: Plane = np.zeros((bottom - top, right - left), np.uint8)
        for part, lines, tone in zip(self._parts, placed, self._tones, strict=True):
            mask = coverage(lines, right - left, bottom - top, (left, top), holes=part.holes)
            if part.opacity < 1:
                mask = np.asarray(cv2.convertScaleAbs(mask, alpha=part.opacity), np.uint8)
            tint(picture, mask, left, top, tone)
            if part.kind != "light":
                cv2.max(solid, mask, solid)
        if self._formed:
            round_ = 0.16 * min(solid.shape)
            model(
                picture, solid, (left, top), light.toward, colour.yuv(light.rim[0]),
                relief=light.relief, rim=light.rim[1], edge=light.edge, round_=round_,
            )  # fmt: skip


class PaintedProp:
    """One prop at one size in one light.

    Its origin is the art's; pixels are counted from there.
    """

    def __init__(
        self, prop: Prop, scale: float, facing: float, light: Light, *, opens: bool = False
    ) -> None:
        """Paint what stands still, at `scale` pixels a metre; it is mirrored if `facing` is -1.

        `opens` says that its leaf or lid will move.
        """
        self._prop, self._scale, self._light = prop, scale, light
        self._way = np.asarray([scale * facing, -scale])
        self._steps: dict[str, list[Layer | Moving]] = {"back": [], "front": []}
        leaves = {k: leaf for k, leaf in prop.openings.items() if opens or k in prop.motions}
        motions = prop.motions | leaves
        flames = [group for group, motion in prop.motions.items() if motion.kind == "flicker"]
        out = flames if light.out else ()

        def place(part: Part) -> tuple[str, str]:
            """The side that a part is on, and the group with which it moves, or nothing."""
            side = "front" if part.group == "front" else "back"
            return side, part.group if part.group in motions else ""

        for (side, group), found in groupby((p for p in prop.parts if p.group not in out), place):
            members = list(found)
            moves = group and Moving(motions[group], members, self._way, light)
            self._steps[side].append(moves or self._layer(members))
        self._all = self._mask([part for part in prop.parts if part.kind != "light"])

    def _pixels(self, part: Part) -> list[Outline]:
        return [line * self._way for line in part.outlines]

    def _layer(self, parts: list[Part]) -> Layer:
        """Still parts with the light on their edges, as one layer."""
        lines = [line for part in parts for line in self._pixels(part)]
        box = _box_of(lines)
        sheet = PaintedSheet(box[2], box[3])
        for part in parts:
            sheet.paint(part, self._way, self._light, box[:2])
        sheet.rim(self._light)
        sheet.model(self._light)
        return layer_of(sheet.planes, sheet.alpha, box[0], box[1])

    def _mask(self, parts: list[Part]) -> tuple[Plane, int, int]:
        """The silhouette, and where its first column and row are."""
        lines = [(self._pixels(part), part.holes) for part in parts]
        if not lines:
            return np.zeros((2, 2), np.uint8), 0, 0
        left, top, width, height = _box_of([line for outlines, _ in lines for line in outlines])
        mask: Plane = np.zeros((height, width), np.uint8)
        for outlines, holes in lines:
            part = coverage(outlines, width, height, (left, top), holes=holes)
            np.maximum(mask, part, out=mask)
        return mask, left, top

    def draw(
        self, picture: Picture, side: str, t: float, x: float, row: float, opened: float = 0.0
    ) -> None:
        """Lay the back, the front or both over a picture, the origin at column x and a row.

        `opened` says how far its leaf or lid is open, 0 to 1.
        """
        for name in ("back", "front"):
            if side in (name, "all"):
                for step in self._steps[name]:
                    if isinstance(step, Layer):
                        step.draw(picture, x, row)
                    else:
                        step.draw(picture, opened if step.opens else t, x, row)

    def shadow(self) -> Layer | None:
        """Its soft shadow on the ground, for the same origin."""
        mask, left, top = self._all
        high = max(2, round(len(mask) * _SHADOW_RISE) // 2 * 2)
        if self._light.shade <= 0.02 or mask.shape[1] < 4:
            return None
        flat = _squeezed(mask, high)[::-1]  # the nearer the camera, the farther from the foot
        reach = self._light.lean * len(mask)
        room = math.ceil(abs(reach)) // 2 * 2 + 8
        wide: Plane = np.zeros((high + 8, mask.shape[1] + 2 * room), np.uint8)
        for k in range(high):
            by = room + round(reach * (k + 0.5) / high)
            wide[k + 2, by : by + mask.shape[1]] = flat[k]
        soft = np.asarray(cv2.blur(wide, (7, 3)), np.float32)
        fade = np.linspace(1, 0.35, len(wide), dtype=np.float32)[:, None]
        alpha = (soft * fade * np.float32(self._light.shade)).astype(np.uint8)
        tone = colour.mix(self._light.ink, Rgb(0, 0, 0), 0.3)
        above = (top + len(mask) - 2 - _MARGIN - high // 6) // 2 * 2
        return of_one_colour(tone, alpha, left=left - room, top=above)

    def mirrored(self, squeeze: float) -> Layer:
        """Its silhouette upside up for a mirror that shows it `squeeze` times as high."""
        mask, left, top = self._all
        high = max(2, round(len(mask) * squeeze / 2) * 2)
        tone, above = self._light.tone(Rgb(60, 54, 50)), round(top * squeeze / 2) * 2
        return of_one_colour(tone, _squeezed(mask, high), left=left, top=above)

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


class PaintedSheet:
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
        """Lay one part, in metres, over what is there; the class `hole` takes away.

        `way` is pixels a metre, right and down, and `origin` the pixel that is the sheet's first.
        """
        outlines = [line * way for line in part.outlines]
        box = box_in(self.alpha, np.concatenate(outlines) - origin, _MARGIN)
        if box is None:
            return
        here = slice(box[1], box[3]), slice(box[0], box[2])
        alpha, solid = self.alpha[here], self.solid[here]
        left, top, (high, wide) = box[0] + origin[0], box[1] + origin[1], alpha.shape
        mask = coverage(outlines, wide, high, (left, top), holes=part.holes)
        share = mask.astype(np.float32) * np.float32(part.opacity / 255)
        if part.kind == "hole":
            for plane in (*self.planes, self.alpha, self.solid):
                plane[here] *= 1 - share
            return
        tone, clear = _tones(part, way, light, (left, top, wide, high))
        share *= clear
        levels = [np.broadcast_to(level, share.shape) for level in tone]
        step = max(1, _CACHED // wide)
        for first in range(0, high, step):
            some = slice(first, first + step)
            for plane, level in zip(self.planes, levels, strict=True):
                own = plane[here][some]
                own += (level[some] - own) * share[some]
            alpha[some] += (1 - alpha[some]) * share[some]
        # What fades away, such as foam, has no edge and no form.
        if part.kind != "light" and not getattr(part.paint, "clear", ()):
            np.maximum(solid, share, out=solid)

    def model(self, light: Light) -> None:
        """Light the side of the form that faces the lamp, and shade the other."""
        mask = np.clip(self.solid * 255, 0, 255).astype(np.uint8)
        slope = slopes(mask, light.toward, light.relief, 0.16 * min(mask.shape))
        lit = (slope.astype(np.float32) - 128) / 255 * self.solid
        self.planes[0] *= 1 + np.minimum(lit, 0)
        np.maximum(lit, 0, out=lit)
        self._mix(light.rim[0], lit)

    def rim(self, light: Light, how: float = 1.0, *, wraps: bool = False) -> None:
        """Lighten the edges that face the lamp; a sheet that wraps around has none at its sides."""
        across, down = (round(way * light.edge) for way in light.toward)
        if wraps:
            beside = np.roll(self.solid, (-down, -across), (0, 1))
        else:
            beside = moved(self.solid, -across, -down)
        edge = np.maximum(self.solid - beside, 0)
        edge = np.asarray(cv2.blur(edge, (3, 3)), np.float32)
        self._mix(light.rim[0], edge * (np.float32(light.rim[1] * how) * self.solid))

    def _mix(self, tone: Rgb, share: NDArray[np.floating[Any]]) -> None:
        """Mix so much of a colour into what is there."""
        for plane, level in zip(self.planes, colour.yuv(tone), strict=True):
            plane += (np.float32(level) * self.alpha - plane) * share


def _box_of(lines: Sequence[Outline]) -> tuple[int, int, int, int]:
    """The even box around outlines in pixels, with a margin: left, top, width, height."""
    points = np.concatenate(lines)
    left, top = (math.floor(edge - _MARGIN) // 2 * 2 for edge in points.min(axis=0).tolist())
    right, low = (math.ceil(edge + _MARGIN) // 2 * 2 + 2 for edge in points.max(axis=0).tolist())
    return left, top, right - left, low - top


def _tones(
    part: Part, way: NDArray[np.float64], light: Light, box: tuple[int, int, int, int]
) -> tuple[Sequence[Floats | np.float32], Floats | np.float32]:
    """Y, U and V of a part, numbers or a gradient's planes, and how opaque that is."""
    if not isinstance(part.paint, Ramp):
        own = colour.yuv(light.tone(part.paint, part.kind))
        return [np.float32(level) for level in own], np.float32(1)
    left, top, width, height = box
    ramp = part.paint
    (a, b), (c, d) = (tuple(np.asarray(point) * way) for point in ramp[:2])
    x = np.arange(left, left + width, dtype=np.float32)[None] + np.float32(0.5 - a)
    y = np.arange(top, top + height, dtype=np.float32)[:, None] + np.float32(0.5 - b)
    across, down = np.float32(c - a), np.float32(d - b)
    if not ramp.round:
        # All columns, or all rows, of a gradient that is upright or level are the same.
        x, y = (x if across else x[:, :1]), (y if down else y[:1])
    square = max(np.float32(1e-6), across * across + down * down)
    share = np.sqrt((x * x + y * y) / square) if ramp.round else (x * across + y * down) / square
    stops = [(at, light.tone(own, part.kind)) for at, own in ramp.stops]
    share = np.asarray(np.clip(share, 0, 1), np.float32)
    image = colour.ramp(stops, np.ravel(share)).reshape(*share.shape, 3)
    offsets = [at for at, _ in ramp.stops]
    clear = (
        np.interp(share, offsets, ramp.clear).astype(np.float32) if ramp.clear else np.float32(1)
    )
    return colour.planes(image), clear


def _squeezed(mask: Plane, high: int) -> Plane:
    size = (mask.shape[1], high)
    return np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)


def layer_of(
    planes: list[Floats], alpha: Floats, left: int, top: int, *, wraps: bool = False, blur: int = 0
) -> Layer:
    """Premultiplied planes as a layer."""
    safe, thin = (np.maximum(one, np.float32(1 / 512)) for one in (alpha, halved(alpha)))
    luma, (u, v) = rounded(planes[0] / safe), (rounded(halved(one) / thin) for one in planes[1:])
    return Layer(luma, rounded(alpha * 255), (u, v), left=left, top=top, wraps=wraps, blur=blur)


def rounded(values: NDArray[np.floating[Any]]) -> Plane:
    """Levels as whole numbers."""
    plane: Plane = np.clip(values + np.float32(0.5), 0, 255).astype(np.uint8)
    return plane
