"""Scatter: the drawings of `art/scenery`, set along a line of land in the light of the scene."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from shadowplay import colour
from shadowplay.art.paths import Outline
from shadowplay.art.svg import Ramp, read
from shadowplay.colour import Floats
from shadowplay.errors import ShadowplayError
from shadowplay.picture import noise
from shadowplay.picture.cels import Stamp
from shadowplay.picture.light import HOURS
from shadowplay.place.site import Sheet, Site
from shadowplay.scene import Rgb
from shadowplay.tables import load

_FLAW = 0.3  # how far straight pieces may be from a curve, in hundredths of the height
_FOLDER = resources.files("shadowplay.art").joinpath("scenery")

_ROWS = 4  # how often the rows of what stands on a plane are repeated in a view from above
_FAR = 0.4  # the height of what is drawn farthest on a plane, as a share of the nearest

_NEAR, _LEADS = 0.7, (0.2, 0.56)
"""From which depth on lamp posts and the like leave room for the lead, and its columns."""

_GREEN = ("leaf", "needle")  # pieces that are leaves; needles are the same all the year
_FOLIAGE = load("place/weather.toml", dict[str, dict[str, Any]])["foliage"]
_SEASONS = {falls: [colour.rgb(one) for one in tones.split()] for falls, tones in _FOLIAGE.items()}
"""The colours of leaves by what falls."""

_SHADES = 4

_LEVEL = 0.45  # how light leaves are on average


class Cut(NamedTuple):
    """One outline of a drawing."""

    first: int  # its first point in the drawing's
    last: int  # the one after its last point
    # Its class: `pane`, `light`, `lamp`, `roof`, `pool`, `leaf`, `needle`, `wood` or none.
    kind: str
    paint: Rgb | None  # its colour by day; None is the paper it is cut from
    level: int  # how opaque it is, 0 to 255


class Variant(NamedTuple):
    """One of the things of a kind: points in its heights, y down, and the outlines they are of."""

    points: Floats
    pieces: list[Cut]
    ends: tuple[float, float]  # its left and its right end, in heights


class Spot(NamedTuple):
    """Where one drawing stands, in pixels; `across` is its width's scale, below 0 mirrored."""

    row: float
    x: float
    high: float
    across: float
    variant: int


@cache
def kinds() -> frozenset[str]:
    """What is drawn in `art/scenery`, by its name in a setting's TOML."""
    return frozenset(file.name.removesuffix(".svg") for file in _FOLDER.iterdir())


@cache
def variants(kind: str) -> tuple[Variant, ...]:
    """The layers of an SVG of `art/scenery`: different things of one kind.

    Raises:
        ShadowplayError: `invalid_art`; there is none of that name.
    """
    if kind not in kinds():
        known = ", ".join(sorted(kinds()))
        raise ShadowplayError("invalid_art", f"In a setting, {kind!r} is none of {known}.")
    layers: dict[str, tuple[list[Floats], list[Cut]]] = {}
    for part in read(_FOLDER.joinpath(f"{kind}.svg").read_text(encoding="utf-8")).parts:
        own = part.paint.stops[0][1] if isinstance(part.paint, Ramp) else part.paint
        paint = own if part.kind or any(own) else None
        lines, pieces = layers.setdefault(part.group, ([], []))
        for outline in part.outlines:
            first = pieces[-1].last if pieces else 0
            lines.append(_flat(outline))
            level = round(255 * part.opacity)
            pieces.append(Cut(first, first + len(lines[-1]), part.kind, paint, level))
    made = [(np.concatenate(lines), pieces) for lines, pieces in layers.values()]
    return tuple(
        Variant(points, pieces, (float(points[:, 0].min()), float(points[:, 0].max())))
        for points, pieces in made
    )


def _flat(outline: Outline) -> Floats:
    """An outline as straight pieces, in heights."""
    a, b, c, d = (outline[k : len(outline) - 3 + k : 3] for k in range(4))
    off = float(np.abs(np.stack([b - (2 * a + d) / 3, c - (a + 2 * d) / 3])).max())
    count = min(8, 1 + int(math.sqrt(0.75 * off / _FLAW)))
    if count == 1:
        return (outline[::3] / 100).astype(np.float32)
    t = (np.arange(1, count + 1) / count)[:, None]
    s = 1 - t
    points = a[:, None] * (s * s * s) + 3 * b[:, None] * (s * s * t)
    points += 3 * c[:, None] * (s * t * t) + d[:, None] * (t * t * t)
    return (np.concatenate([outline[:1], points.reshape(-1, 2)]) / 100).astype(np.float32)


def scatter(
    site: Site,
    sheet: Sheet,
    *,
    kind: str,
    large: float,
    small: float = 0.0,
    count: int = 0,
    left: float = 0.1,
    right: float = 0.9,
    spacing: float = 1.0,
    clumps: float = 0.0,
    gap: float = -1.0,
    tile: bool = False,
    aside: float = -1.0,
    down: float = 0.0,
    deep: float = 0.0,
    tone: str = "",
    tall: bool = False,
    lights: float = 0.4,
    name: str = "",
) -> None:
    """Set drawings of one kind along the line of a sheet, the farthest first.

    Heights are from `small` to `large`. They stand `count` times, each in its part of the line
    from `left` to `right`; or side by side with a mean `gap`, in their widths; or as a `tile`
    that repeats without an end; or one of them `aside`, at that share of the frame's width; or at
    random, `spacing` heights apart, with clearings (`clumps`).
    They are `down` below the line, and spread over `deep` more. Of their windows a share,
    `lights`, is lit in the dark.
    """
    if not large:
        return
    pick, drawings = site.dice(name or f"{sheet.name} {kind}"), variants(kind)
    size = site.size(sheet.depth) * (site.tall if tall else 1.0)
    # What has a shaded side of its own is drawn lit from the left.
    shaded = any(piece.paint for drawing in drawings for piece in drawing.pieces)
    side = -site.side if shaded else 0.0
    line = _Line(site, sheet, drawings, pick, (small or 0.75 * large) * size, large * size, side)
    spots: list[Spot] = []
    # From above, what stands on a land is spread over it; rows by the figures stay as they are.
    raised = 0.0 if tile or aside >= 0 or 0.75 < sheet.depth < 1 else site.raised
    for turn in range(_ROWS if raised else 1):
        row, spread = site.unit * down, site.unit * (deep + raised)
        made: Iterable[Spot]
        if tile:
            made = line.tiled()
        elif aside >= 0:
            made = line.aside(aside)
        elif count:
            made = line.counted(count, left, right)
        elif gap >= 0:
            made = line.beside(gap)
            row, spread = row + site.unit * raised * turn / _ROWS, 0.0
        else:
            clear = site.dice(sheet.name, kind, "clearings", turn)
            made = line.strewn(spacing, clumps, noise.outline(clear, sheet.cel.width, 0.25, 5))
        for spot in made:
            # Over a depth, the farther ones are smaller.
            near = float(pick.random()) if spread else 1.0
            grown = _FAR + (1 - _FAR) * near
            low = spot.row + row + (spread * near * (0.6 + 0.4 * near) if spread else 2.0)
            high, across = spot.high * grown, spot.across * grown
            spots.append(spot._replace(row=low, high=high, across=across))
    tones = _Tones(site, sheet, tone, lights, pick, painted=deep + raised > 0)
    for spot in sorted(spots):
        tones.turn()
        _set(sheet, tones, spot, drawings[spot.variant])


class _Line(NamedTuple):
    """The line of a sheet, and what is to stand on it."""

    site: Site
    sheet: Sheet
    drawings: Sequence[Variant]
    pick: Generator  # its dice
    low: float  # the least height, in pixels
    high: float  # the greatest
    side: float  # 1 as drawn, -1 mirrored, 0 as it comes

    def tiled(self) -> Iterator[Spot]:
        """A pattern that goes on: each begins where the last one ended."""
        (start, end), width = self.drawings[0].ends, self.sheet.cel.width
        count = max(1, round(width / ((end - start) * self.high)))
        across = (width / count + 1) / (end - start)  # they overlap by a pixel
        for k in range(count):
            x = k * width / count - start * across
            yield Spot(self._row(x), x, self.high, across, k % len(self.drawings))

    def counted(self, count: int, left: float, right: float) -> Iterator[Spot]:
        """So many, each in its part of the line; those near by keep away from the lead."""
        near = _NEAR < self.sheet.depth <= 1
        first, last = sorted(self.site.across(share) if near else 0.0 for share in _LEADS)
        for k in range(count):
            x = (k + self.pick.uniform(left, right)) / count * self.sheet.cel.width
            if first < x < last:
                x = first if x - first < last - x else last
            yield self._spot(x, self.pick.uniform(self.low, self.high))

    def aside(self, share: float) -> Iterator[Spot]:
        """One at a share of the frame's width from the leading figure's side, turned inward."""
        x = self.site.across(share)
        spot, inward = self._spot(x, self.high), 1 if x < self.site.width / 2 else -1
        yield spot._replace(across=abs(spot.across) * inward)

    def beside(self, gap: float) -> Iterator[Spot]:
        """Side by side; no two neighbours are the same."""
        x, last = 0.0, -1
        while x < self.sheet.cel.width:
            spot = self._spot(x, self.low + (self.high - self.low) * float(self.pick.random()))
            if spot.variant == last:
                spot = spot._replace(variant=(last + 1) % len(self.drawings))
            last = spot.variant
            left, right = sorted(spot.across * end for end in self.drawings[last].ends)
            if x + 0.5 * (right - left) > self.sheet.cel.width:
                return
            yield spot._replace(x=x - left)
            x += (right - left) * (1 + gap * self.pick.uniform(0, 2))

    def strewn(self, spacing: float, clumps: float, open_land: Floats) -> Iterator[Spot]:
        """At random, smaller toward the clearings."""
        x = 0.0
        while x < self.sheet.cel.width:
            high = self.low + (self.high - self.low) * math.pow(self.pick.random(), 1.5)
            edge = (float(open_land[int(x)]) - clumps) / 0.16
            if edge >= 0:
                high *= 0.35 + 0.65 * min(1.0, edge)
                yield self._spot(x, high)
            x += max(1.5, high * spacing * self.pick.uniform(0.5, 1.5))

    def _spot(self, x: float, high: float) -> Spot:
        """One of the variants, a little narrower or broader."""
        side = self.side or (1 if self.pick.random() < 0.5 else -1)
        across = side * high * self.pick.uniform(0.88, 1.12)
        return Spot(self._row(x), x, high, across, int(self.pick.integers(len(self.drawings))))

    def _row(self, x: float) -> float:
        return float(self.sheet.line[int(x) % len(self.sheet.line)])


class _Tones:
    """The colours of what stands on a sheet, by its kinds of pieces."""

    def __init__(
        self, site: Site, sheet: Sheet, tone: str, lights: float, pick: Generator, *, painted: bool
    ) -> None:
        self.site, self._lights, self._pick = site, lights, pick
        depth, clear = min(1.0, sheet.depth), 0.4 + 0.6 * site.thick
        self._paper, self._air = sheet.paper, 0.55 - 0.35 * HOURS[site.scene.time].earth
        if self._paper is None:
            self._paper = site.palette.land(depth)
            self._air = clear * (0.64 - 0.44 * depth) + 0.3 * site.scene.fog
        self._given = site.tone(tone) if tone else None
        # What stands in front of its own paper would not be seen.
        own = colour.mix(self._paper, site.palette.ink, 0.3) if painted else None
        self._own = self._given or own
        self._shade, self._paint = 0, cache(self._seen)

    def turn(self) -> None:
        """Begin another thing: leaves are not all of one green."""
        self._shade = int(self._pick.integers(_SHADES))

    def of(self, piece: Cut) -> Rgb | None:
        """The colour of a piece; None is that of the paper."""
        if piece.paint is None:
            return self._own
        kind = piece.kind
        if kind == "pane":
            kind = "lit" if self.site.lit and self._pick.random() < self._lights else "glass"
        return self._paint(kind, piece.paint, self._shade if kind in _GREEN else 0)

    def _seen(self, kind: str, own: Rgb, shade: int) -> Rgb:
        site, air, palette = self.site, self._air, self.site.palette
        season = _SEASONS.get(site.scene.falling) if kind == "leaf" else None
        level, lightness = colour.luma(own) / _LEVEL, 0.94 + 0.04 * shade
        seen = site.daylight(own)
        if kind == "pool":
            return colour.mix(palette.sky[3], palette.ink, 0.75 - colour.luma(own))
        if kind == "lit":
            seen, air = site.window_light, 0.6 * air
        elif kind == "glass":
            seen = colour.mix(palette.ink, palette.sky[0 if site.lit else 2], 0.45)
        elif kind in ("light", "lamp"):
            seen, air = own if site.lit else colour.mix(seen, own, 0.45), 0.4 * air
        elif kind == "roof" and site.scene.snowed:
            seen = site.tone("snow, 8% mid")
        elif season:
            seen, air = site.daylight(colour.scale(season[shade], level)), 0.6 * air
        elif kind in _GREEN and self._given:
            seen = colour.scale(self._given, level * lightness)
        elif kind in _GREEN:
            seen = site.daylight(colour.scale(own, lightness))
            seen = colour.mix(seen, site.tone("snow"), 0.5) if site.scene.snowed else seen
        if kind in _GREEN:
            air = min(0.85, 0.1 + 0.95 * air)
        return colour.mix(seen, self._paper, air)


def _set(sheet: Sheet, tones: _Tones, spot: Spot, drawing: Variant) -> None:
    """Cut a drawing from the paper, in colours of its own or in the paper's."""
    points = drawing.points * np.asarray([spot.across, spot.high], np.float32)
    points += np.asarray([spot.x, spot.row], np.float32)
    stamps: list[Stamp] = []
    for piece in drawing.pieces:
        tone = tones.of(piece)
        # Windows are in walls that are cut already, and side by side.
        pane = piece.kind == "pane"
        if pane and stamps and stamps[-1][1:] == (tone, 0):
            stamps[-1][0].append((piece.first, piece.last))
            continue
        stamps.append(([(piece.first, piece.last)], tone, 0 if pane else piece.level))
        if piece.kind == "lamp" and tone is not None and tones.site.lit:
            line = points[piece.first : piece.last]
            x, y = ((line.min(axis=0) + line.max(axis=0)) / 2).tolist()
            sheet.lamps.append((x, y, spot.row, tone, spot.high))
    sheet.cel.press(points, stamps)
