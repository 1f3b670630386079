"""Poses: a figure's picture at a phase of its cycle, drawn once and laid over many frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shadowplay.art.actors import Shape
from shadowplay.art.boned import BonedFigure
from shadowplay.picture.layers import Layer, Picture, paint_of
from shadowplay.sprites.going import performer
from shadowplay.sprites.marks import Figure
from shadowplay.sprites.matte import Matte
from shadowplay.sprites.outlines import Outlines, Shadow

_RATE = 24
"""Frames a second that a pose may last at least one of; shots of other rates look as well."""

_REPEATS = 3.2
"""Seconds of the longest cycle whose pictures are kept: a gait repeats, so each is seen again."""

_SLOW = ((6.0, 8), (1.7, 12))
"""Poses a second of longer cycles: what takes so many seconds hardly moves from frame to frame."""

_ROOM = 6
"""Pixels around a picture."""

_MOST = 8_000_000
"""Pixels of the pictures that a troupe keeps; from then on only the last of each figure."""


@dataclass(slots=True)
class Pose:
    """One pose of one figure.

    Attributes:
        shapes: its outlines.
        shining: those of them that shine by themselves.
        lasts: it is seen in three frames or more, so that its picture is kept.
        shadows: its shadows, by the side of the lamp, as far as they were asked for.
        layer: its picture about its origin, once it was asked for.
        matte: the figure in this pose cut free, once it was asked for.
    """

    shapes: Sequence[Shape]
    shining: Sequence[Shape]
    lasts: bool = False
    shadows: dict[float, Shadow] = field(default_factory=dict)
    layer: Layer | None = None
    matte: Matte | None = None


class Poses:
    """The poses of a troupe's figures."""

    def __init__(
        self,
        draw: Callable[[Picture, int, Sequence[Shape], float, float], None],
        shines: Callable[[int, Shape], bool],
    ) -> None:
        """Prepare.

        Args:
            draw: draws a figure by its number, with its origin at a column and a row.
            shines: whether a shape of a figure is left out of that.
        """
        self._draw, self._shines = draw, shines
        self._kept: dict[tuple[int, str, int], dict[int, Pose]] = {}
        self._pixels = 0

    def pose(self, k: int, figure: Figure, t: float, *, keeps: bool) -> Pose:
        """The pose of figure `k` at a time; it is kept if the figure `keeps` its look."""
        actor, action, clock = performer(figure, t), figure.doing(t), figure.clock(t)
        if not keeps or not isinstance(actor, BonedFigure) or actor is not figure.look(t)[1]:
            return self._posed(k, actor.pose(action, clock, figure.variant), lasts=False)
        cycle = actor.cycle(action)
        seconds = cycle / max(figure.rate, 1e-3)
        repeats = seconds < _REPEATS
        pace = next((pace for least, pace in _SLOW if seconds >= least), _RATE)
        steps = max(4, round(seconds * pace))
        step = round(clock / cycle * steps) % steps
        kept = self._kept.setdefault((k, action, id(actor)), {})
        found = kept.get(step)
        if found is None:
            if not repeats or self._pixels > _MOST:
                kept.clear()
            shapes = actor.pose(action, step / steps * cycle, figure.variant)
            found = kept[step] = self._posed(k, shapes, lasts=repeats or 3 * pace <= _RATE)
            if repeats:
                self._pixels += round(figure.box.width * figure.scale * figure.pixels_high)
        return found

    def _posed(self, k: int, shapes: Sequence[Shape], *, lasts: bool) -> Pose:
        return Pose(shapes, [shape for shape in shapes if self._shines(k, shape)], lasts)

    def layer(self, k: int, figure: Figure, pose: Pose) -> Layer | None:
        """The picture of a pose about its origin, if it is kept; its edges are its outlines'."""
        if not pose.lasts or pose.layer is not None:
            return pose.layer
        solid = [shape for shape in pose.shapes if not self._shines(k, shape)]
        if not solid:
            return None
        outlines = Outlines(solid, figure, 0.0, 0.0)
        first, last = outlines.bounds()
        left, top = (int(edge) // 2 * 2 - _ROOM for edge in first)
        right, low = (int(edge) // 2 * 2 + _ROOM + 2 for edge in last)
        picture = Picture.blank(right - left, low - top)
        self._draw(picture, k, solid, -left, -top)
        masks = outlines.moved(-left, -top).masks(picture)
        inverse, small = (~mask for mask in masks)
        paint = paint_of(picture, inverse, small)
        pose.layer = Layer.of_paint(paint, inverse, small, left, top)
        return pose.layer
