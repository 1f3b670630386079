"""Drawn: figures of outlines in a scene's light; a gait's pictures are drawn once and kept."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.art.actors import Shape
from shadowplay.art.boned import BonedFigure
from shadowplay.art.garments import SHADES
from shadowplay.colour import Yuv
from shadowplay.picture.layers import Layer, Picture, Plane, halved, paint_of, tint
from shadowplay.picture.light import glow, model
from shadowplay.picture.palette import LitScene
from shadowplay.sprites.bodies import Body, Lamp, LampLight, Lamps, Pose, Seen
from shadowplay.sprites.changes import State
from shadowplay.sprites.dyes import Dyes
from shadowplay.sprites.going import performer
from shadowplay.sprites.outlines import Outlines

_RATE = 24
"""Frames a second that a pose may last at least one of; shots of other rates look as well."""

_REPEATS = 3.2
"""Seconds of the longest cycle whose pictures are kept: a gait repeats, so each is seen again."""

_SLOW = ((6.0, 8), (1.7, 12))
"""Poses a second of longer cycles: what takes so many seconds hardly moves from frame to frame."""

_ROOM = 6  # pixels around a picture
_MOST = 8_000_000
"""Pixels of the pictures that a troupe keeps; from then on only the last of each figure."""

_PANE = 0.45
"""What shines so strongly in the dark is a pane or a lamp, which is glass by day; wide shapes with
less light of their own are light in the air, as all beams are."""

_DETAIL = 0.14  # shapes smaller than this share of their figure are details
_SOFT = 0.022  # how soft the edges of shade on an animal are, in its heights; half that on others
_FOLD = SHADES["shade"]
_GLASS = colour.rgb("#6f8ea2")
_BURNS = frozenset({"flame", "fire"})  # layers of figures that are no glass, and shine by day


class Drawn(Body):
    """A figure of outlines, filled in its colours and modelled by the sun and by lamps."""

    def __init__(self, lit: LitScene, k: int, dyes: Dyes, lamps: Lamps, *, furred: bool) -> None:
        """Prepare to draw figure `k` of those of `dyes`; one of a frame's lamps may be near.

        If it is `furred`, the shades of its coat pass softly into each other.
        """
        super().__init__(lit, dyes.figures[k])
        self._k, self._dyes, self._lamps, self._light = k, dyes, lamps, dyes.lights[k]
        self._furred = furred
        self._kept: dict[tuple[str, int], dict[int, Pose]] = {}
        self._free = _MOST / len(dyes.figures)
        self._sizes: dict[int, list[bool]] = {}

    def pose(self, t: float, state: State) -> Pose:
        """Its pose at a time; it is kept if the figure looks the same whenever it takes it."""
        figure = self.figure
        actor, action, clock = performer(figure, t), figure.doing(t), figure.clock(t)
        same = state.light == 1 and actor is figure.look(t)[1]
        if not (same and isinstance(actor, BonedFigure)):
            return self._posed(actor.pose(action, clock, figure.variant), state.light, lasts=False)
        cycle = actor.cycle(action)
        seconds = cycle / max(figure.rate, 1e-3)
        repeats = seconds < _REPEATS
        pace = next((pace for least, pace in _SLOW if seconds >= least), _RATE)
        steps = max(4, round(seconds * pace))
        step = round(clock / cycle * steps) % steps
        kept = self._kept.setdefault((action, id(actor)), {})
        found = kept.get(step)
        if found is None:
            if not repeats or self._free < 0:
                kept.clear()
            shapes = actor.pose(action, step / steps * cycle, figure.variant)
            found = self._posed(shapes, 1.0, lasts=repeats or 3 * pace <= _RATE)
            kept[step] = found
            self._free -= repeats * figure.box.width * figure.scale * figure.pixels_high
        return found

    def _posed(self, shapes: Sequence[Shape], light: float, *, lasts: bool) -> Pose:
        """A pose in which lamps have a share of their light."""
        if light < 1:
            shapes = [shape._replace(light=shape.light * light) for shape in shapes]
        solid = [shape for shape in shapes if not _shines(shape)]
        return Pose(shapes, solid, [shape for shape in shapes if _shines(shape)], lasts)

    def lamps(self, one: Seen) -> list[Lamp]:
        """The panes, lamps and fires of one that stands on the ground, in the dark."""
        figure, lamps = self.figure, []
        if not (self._night and figure.grounded) or figure.depth < 0.5:
            return []
        for shape in one.pose.shapes:
            if shape.light > _PANE:
                low, high = shape.points.min(axis=0), shape.points.max(axis=0)
                across, up = ((low + high) / 2 * figure.scale).tolist()
                size = float((high - low).max()) * figure.scale
                at = one.x + across * figure.facing
                lamps.append(Lamp(figure, at, one.row - up, one.row, 2.6 * size, 0.7))
        return lamps[:: max(1, len(lamps) // 3)]

    def draw(self, picture: Picture, one: Seen) -> None:
        """Draw it, and then what shines by itself."""
        figure, pose, x, row = self.figure, one.pose, one.x, one.row
        lamp = self._lamps.near(x, row - figure.box.middle[1] * figure.scale, figure)
        layer = None if lamp else self._layer(pose)
        if layer is not None:
            layer.draw(picture, x, row)
        elif pose.solid:
            outlines = Outlines(pose.solid, figure, x, row)
            self._fill(picture, pose.solid, outlines)
            large = [n for n, one in enumerate(self._large(pose.solid)) if one]
            if (box := outlines.box(picture, large)) is not None:
                self._model(picture, outlines.mask(box, large), box[:2], lamp)
        if pose.shining:
            outlines = Outlines(pose.shining, figure, x, row)
            for n, shape in enumerate(pose.shining):
                self._lamp(picture, shape, outlines, n)

    def mirror(self, picture: Picture, one: Seen, squeeze: float) -> None:
        """Fill its outlines upside down."""
        figure, shapes, lamp = self.figure, one.pose.shapes, colour.yuv(self._dyes.lamp)
        flat = np.asarray([[figure.scale * figure.facing, 0], [0, -figure.scale * squeeze]])
        outlines = Outlines(shapes, figure, one.x, one.row, flat)
        for n, shape in enumerate(shapes):
            outlines.fill(picture, n, lamp if shape.light > 0 else self._dyes.tone(self._k, shape))

    def _layer(self, pose: Pose) -> Layer | None:
        """The picture of a pose about its origin, if it is kept; its edges are its outlines'."""
        if not (pose.lasts and pose.solid) or pose.layer is not None:
            return pose.layer
        outlines = Outlines(pose.solid, self.figure, 0.0, 0.0)
        first, last = outlines.bounds()
        left, top = (int(edge) // 2 * 2 - _ROOM for edge in first)
        right, low = (int(edge) // 2 * 2 + _ROOM + 2 for edge in last)
        picture = Picture.blank(right - left, low - top)
        outlines.shift(-left, -top)
        whole = outlines.mask((0, 0, picture.width, picture.height), range(len(pose.solid)))
        self._fill(picture, pose.solid, outlines)
        self._model(picture, whole, (0, 0), None)
        # OpenCV fills outlines in the chroma about a pixel of luma wider.
        wider = cv2.dilate(whole, np.ones((2, 2), np.uint8))
        inverse, small = ~whole, ~halved(np.asarray(wider, np.uint8))
        paint = paint_of(picture, inverse, small)
        pose.layer = Layer.of_paint(paint, inverse, small, left, top)
        return pose.layer

    def _tone(self, shape: Shape) -> Yuv:
        """A shape's colour; cloth is lightened in proportion to the light behind it."""
        own, lamp = self._dyes.tone(self._k, shape), colour.yuv(self._dyes.lamp)
        return Yuv(*(round(a + (b - a) * shape.light) for a, b in zip(own, lamp, strict=True)))

    def _fill(self, picture: Picture, solid: Sequence[Shape], outlines: Outlines) -> None:
        """Fill all of it but what shines by itself."""
        whole, large = 0, self._large(solid)
        soft = round(_SOFT * self.figure.pixels_high * (1 if self._furred else 0.5)) + 1
        for n, shape in enumerate(solid):
            tone = self._tone(shape)
            shade = shape.coat and shape.coat.shade
            fur = self._furred and shape.coat and (shade or shape.coat.name in SHADES)
            hair = shade and shape.coat and shape.coat.name.startswith("hair")
            if fur or ((hair or shade == _FOLD) and large[n]):
                outlines.blend(picture, n, whole, tone, soft)
                continue
            outlines.fill(picture, n, tone)
            whole = whole if shade else n

    def _large(self, shapes: Sequence[Shape]) -> list[bool]:
        """Whether each is more than a detail, such as an eye, that lies within the others."""
        if len(shapes) not in self._sizes:
            least = _DETAIL * min(self.figure.box.height, self.figure.box.width)
            sizes = [float(np.ptp(shape.points, axis=0).max()) > least for shape in shapes]
            self._sizes[len(shapes)] = sizes
        return self._sizes[len(shapes)]

    def _model(
        self, picture: Picture, mask: Plane, at: tuple[int, int], lamp: LampLight | None
    ) -> None:
        """Let the sun and a lamp model its form, whose silhouette begins at a place."""
        figure, hour, light = self.figure, self._hour, self._light
        edge = self._unit / 960 * (2.3 if figure.pixels_high > self._unit * 0.2 else 1.6)
        round_ = 0.2 * min(figure.box.height, figure.box.width) * figure.scale
        clear = 1 - 0.6 * self._key.veiled
        lamps = [(light.toward, light.rim[0], hour.relief * clear, hour.rim * clear)]
        if lamp is not None:
            lamps.append((lamp[0], light.lamp, lamp[1], lamp[1]))
        for toward, tone, relief, rim in lamps:
            model(
                picture, mask, at, toward, colour.yuv(tone),
                relief=relief, rim=rim, edge=edge, round_=round_,
            )  # fmt: skip

    def _lamp(self, picture: Picture, shape: Shape, outlines: Outlines, n: int) -> None:
        """A shape with its own light, and its glow in the dark."""
        lamp = self._dyes.lamp
        (left, top), (right, bottom) = outlines.bounds(n)
        name, wide = shape.coat and shape.coat.name, right - left > 0.4 * self.figure.scale
        if name == "beam" or (wide and shape.light < _PANE):
            self._beam(picture, outlines, n, colour.yuv(lamp), shape.light)
            return
        if self._night:
            size = max(max(right - left, bottom - top) * 2.2, self._unit * 0.03)
            radius = int(min(size, self._unit * 0.3)) // 8 * 8 + 8
            strength = round(0.42 * min(1.0, shape.light), 1)
            glow(radius, lamp, strength).draw(picture, (left + right) / 2, (top + bottom) / 2)
        elif shape.light > _PANE and name not in _BURNS:
            outlines.fill(picture, n, colour.yuv(self._light.tone(_GLASS)))
            return
        level = shape.light if self._night else 0.55 * shape.light
        tone = colour.mix(
            self._dyes.own(self._k, shape), lamp, min(1.0, 1.15 * math.pow(level, 0.75))
        )
        outlines.fill(picture, n, colour.yuv(tone))

    def _beam(self, picture: Picture, outlines: Outlines, n: int, tone: Yuv, light: float) -> None:
        """Light in the air: what is behind it shows through."""
        (left, _), (right, _) = outlines.bounds(n)
        if (box := outlines.box(picture, [n], 8)) is None:
            return
        strength = min(0.8, (2.4 if self._night else 0.7) * light)
        mask = cv2.blur(outlines.mask(box, [n], round(255 * strength)), (5, 9))
        across = np.arange(box[0], box[2], dtype=np.float32)
        way = np.abs(across - np.float32(outlines.x)) / np.float32(right - left)
        fade = exact.power(np.clip(1 - way, 0, 1), 0.7)
        tint(picture, (mask * fade).astype(np.uint8), box[0], box[1], tone)


def _shines(shape: Shape) -> bool:
    """Whether a shape has its own light; what is tinted is cloth, which light comes through."""
    return shape.light > 0 and not shape.tint
