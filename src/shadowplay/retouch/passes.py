"""Passes: what is drawn over a film's pictures one by one, because no filter does it.

From far to near: another sky, stars, a low sun, shadow theatre; fog, what falls, embers; a moving
gate, dark corners and wear of an old camera.
"""

import math
from collections.abc import Iterator

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.art.treads import ease
from shadowplay.colour import Yuv, rgb
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import NOWHERE, Picture, Plane, halved, over, times
from shadowplay.picture.light import glow
from shadowplay.picture.noise import dither, field, smoothstep
from shadowplay.picture.palette import Palette
from shadowplay.place import weather
from shadowplay.retouch.reading import Edit
from shadowplay.retouch.scenery import Moment, Pass, Survey
from shadowplay.scene import Falling, Scene
from shadowplay.shot import Size

RATE = 18  # pictures a second that old cameras took

_STAR = ((0, 0, 1.0), (1, 0, 0.38), (-1, 0, 0.38), (0, 1, 0.38), (0, -1, 0.38))
"""A star's pixels and how much of its light each has."""

_QUIET = 9  # changes of luma below this are noise and are smoothed away in time
_SOFT = 3.5  # half the width of a silhouette's edge, in levels of luma
_REACH = 0.22  # how much larger a slow zoom makes the picture


def _blend(target: Plane, paint: Plane, share: Plane) -> None:
    """Mix paint into a target by a share of 0 to 255 for each pixel, in place."""
    over(target, ~share, times(paint, share))


def _lay(picture: Picture, paint: Picture, share: Plane) -> None:
    """Mix paint into a picture by a share of 0 to 255, given at chroma's size."""
    wide = cv2.resize(share, (picture.width, picture.height))
    for target, own, much in zip(picture, paint, (wide, share, share), strict=True):
        _blend(target, own, np.asarray(much, np.uint8))


def _sky_of(palette: Palette, size: Size, bottom: float) -> Picture:
    """A palette's sky, its horizon at a part of the height."""
    down = np.linspace(0, 1 / max(bottom, 0.15), size.height, dtype=np.float32)
    stops = [(k / 4, tone) for k, tone in enumerate(palette.sky)]
    tones = colour.ramp(stops, np.clip(down, 0, 1))
    y, u, v = (np.repeat(part[:, None], size.width, axis=1) for part in colour.planes(tones))
    return Picture(dither(y), dither(u[::2, ::2]), dither(v[::2, ::2]))


def new_sky(palette: Palette, survey: Survey, strength: float) -> Pass:
    """A palette's sky laid over the film's own, whose clouds still show a little."""
    paint = _sky_of(palette, survey.size, survey.sky_bottom)

    def draw(picture: Picture, moment: Moment) -> None:
        share = cv2.convertScaleAbs(moment.scenery.sky, alpha=strength)
        _lay(picture, paint, np.asarray(share, np.uint8))

    return draw


def stars(survey: Survey, strength: float, seed: int) -> Pass:
    """Stars that stand far behind everything, each breathing at its own pace."""
    pick, size = dice(seed, "retouch", "stars"), survey.size
    wide = size.width * 2  # so that the camera may turn
    reach = max(8, int(size.height * survey.sky_bottom))
    area = size.width * reach / 921_600
    count = int(min(700, (60 + 420 * area) * 2 * strength))
    across = pick.uniform(0, wide, count)
    down = np.abs(pick.normal(0, 0.5, count)) % 1 * reach
    light = pick.power(0.35, count) * 120 + 35
    pace, phase = pick.uniform(0.8, 2.8, count), pick.uniform(0, 6.28, count)
    pixels = _STAR if max(size) >= 900 else _STAR[:1]
    strength = min(1.0, 0.55 + 0.45 * strength)

    def draw(picture: Picture, moment: Moment) -> None:
        scenery = moment.scenery
        x = np.rint(across - scenery.x).astype(np.int64) % wide
        y = np.rint(down + scenery.y).astype(np.int64)
        shine = light * (0.75 + 0.25 * exact.sin(moment.t * pace + phase))
        seen = (x > 1) & (x < picture.width - 2) & (y > 1) & (y < picture.height - 2)
        x, y, shine = x[seen], y[seen], shine[seen] * strength
        # The air swallows them lower down.
        thin = exact.power(np.clip(1 - y / reach, 0, 1), 0.7)
        open_ = scenery.sky[y // 2, x // 2] / 255 * thin
        for right, low, part in pixels:
            spot = y + low, x + right
            picture.y[spot] = np.minimum(picture.y[spot] + shine * open_ * part, 235)

    return draw


def low_sun(palette: Palette, size: Size, height: float, strength: float, seed: int) -> Pass:
    """The glow of a sun that is just outside the picture, or low in its sky."""
    side = float(dice(seed, "retouch", "sun").choice([-0.04, 1.04]))
    discs = [
        glow(int(size.unit * wide), palette.glow, strength * share, power)
        for wide, share, power in ((1.5, 0.65, 2.0), (0.6, 0.6, 1.6))
    ]

    def draw(picture: Picture, moment: Moment) -> None:
        for disc in discs:
            disc.draw(picture, side * size.width, height * size.height)

    return draw


def silhouette(palette: Palette, survey: Survey) -> Pass:
    """Shadow theatre: tones cut into a few sheets of paper before a coloured sky.

    The contours are those of the smoothed luma, at levels that are found once for the film.
    """
    inverted = not survey.backlit and survey.sky < 0.1
    low, middle, high = survey.levels
    if inverted:
        low, middle, high = 251 - high, 251 - middle, 251 - low
    cuts = (min(low, middle - 3 * _SOFT), middle, max(high, middle + 3 * _SOFT))
    levels = np.arange(256, dtype=np.float32)
    sheets = [smoothstep(cut - _SOFT, cut + _SOFT, levels) for cut in cuts]
    tones = [palette.ink, colour.mix(palette.ink, palette.mid, 0.62), palette.haze]
    papers = [
        np.rint(low + (middle - low) * sheets[0] + (high - middle) * sheets[1]).astype(np.uint8)
        for low, middle, high in zip(*map(colour.yuv, tones), strict=True)
    ]
    through = np.rint(sheets[2] * 255).astype(np.uint8)
    sky = _sky_of(palette, survey.size, min(0.85, max(0.55, survey.sky_bottom)))
    kept: Plane | None = None

    def smoothed(picture: Picture) -> Plane:
        """The luma at chroma's size without texture and noise, dark before light."""
        nonlocal kept
        small = cv2.bilateralFilter(cv2.medianBlur(halved(picture.y), 5), 5, 40, 3)
        small = cv2.GaussianBlur(cv2.medianBlur(small, 5), (0, 0), 1.1)
        now = np.asarray(251 - np.minimum(small, 251) if inverted else small, np.uint8)
        if kept is not None:
            change = cv2.absdiff(now, kept)
            still = cv2.threshold(change, _QUIET, 127, cv2.THRESH_BINARY_INV)[1]
            _blend(now, kept, np.asarray(still, np.uint8))
        kept = now
        return now

    def draw(picture: Picture, moment: Moment) -> None:
        small = smoothed(picture)
        wide = cv2.resize(small, (picture.width, picture.height), interpolation=cv2.INTER_CUBIC)
        for luma, paper, target in zip((wide, small, small), papers, picture, strict=True):
            cv2.LUT(luma, paper, target)
        _lay(picture, sky, np.maximum(through[small], moment.scenery.sky))

    return draw


def falling(edit: Edit, palette: Palette, size: Size, seed: int) -> Iterator[Pass]:
    """All that falls in an edit, from far to near: the stage's weather before a film."""
    kinds: tuple[Falling, ...] = ("rain", "snow", "leaves", "petals")
    for kind in kinds:
        if much := edit.strength(kind):
            scene = _scene(edit, size, seed, kind, much)
            far, near = (weather.falling(scene, palette, near=side) for side in (False, True))
            yield from map(_drawn, [*far, *near] if much >= 0.4 else far[:1])
    if edit.strength("lightning"):
        scene = _scene(edit, size, seed, "rain", 1.0)
        yield _drawn(weather.Lightning(scene, size.height * 0.5))


def _drawn(element: Element) -> Pass:
    def draw(picture: Picture, moment: Moment) -> None:
        # What is near slides by more quickly when the camera turns.
        view = View(moment.scenery.x, moment.scenery.y)
        element.draw(picture, moment.t, view, NOWHERE)

    return draw


def _scene(edit: Edit, size: Size, seed: int, kind: Falling, much: float) -> Scene:
    """As much of a scene as weather asks for."""
    return Scene(
        prompt=edit.prompt, seed=seed, size=size, setting="", time=edit.time or "day", palette="",
        cast=(), falling=kind, sky="storm" if much > 1.3 else "clear", wind=0.12 + 0.16 * much,
    )  # fmt: skip


def fog(tone: Yuv, size: Size, strength: float, seed: int) -> Pass:
    """Drifting fog, thicker the farther away things are: two sheets of noise over each other."""
    pick = dice(seed, "retouch", "fog")
    rows, columns = max(8, size.height // 8), max(8, size.width // 8)
    sheets = [
        (field(pick, rows, columns * 2, power=2.0, stretch=stretch), columns * speed)
        for stretch, speed in ((2.2, 0.06), (3.4, -0.035))
    ]
    paint = Picture.blank(*size)
    for plane, level in zip(paint, tone, strict=True):
        plane[:] = level
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP

    def draw(picture: Picture, moment: Moment) -> None:
        depth, swirl = moment.scenery.depth, np.zeros((rows, columns), np.float32)
        for sheet, speed in sheets:
            way = np.asarray([[1, 0, moment.scenery.x / 16 - speed * moment.t], [0, 1, 0]])
            swirl += cv2.warpAffine(
                sheet, way, (columns, rows), flags=how, borderMode=cv2.BORDER_WRAP
            )
        dense = np.float32(1.9 * strength) * (np.float32(0.16) + depth * depth)
        dense *= 1 + 0.3 * cv2.resize(swirl, depth.shape[::-1], interpolation=cv2.INTER_CUBIC)
        share = np.clip(1 - exact.exp(-np.maximum(dense, 0)), 0, 0.94) * 255
        _lay(picture, paint, share.astype(np.uint8))

    return draw


def embers(size: Size, strength: float, seed: int) -> Pass:
    """Sparks that rise and swing, flaring and dying as they go, each with its glow."""
    pick, unit, count = dice(seed, "retouch", "embers"), size.unit, int(90 * strength)
    wide, high = size.width * 1.1, size.height * 1.15
    near = pick.power(2.5, count) * -1 + 1.15
    across, down = (pick.uniform(0, 1, (count, 2)) * (wide, high)).T
    rise = unit * pick.uniform(0.06, 0.16, count) * (0.5 + near)
    drift = unit * pick.uniform(0.01, 0.06, count)
    swing = unit * pick.uniform(0.006, 0.022, count)
    turn, flicker = pick.uniform(0, 6.28, (count, 2)).T
    pace = pick.uniform(0.7, 2.2, count)
    reaches = unit * 0.019 * (0.45 + near)

    def draw(picture: Picture, moment: Moment) -> None:
        t = moment.t
        x = across + drift * t + swing * exact.sin(t * pace * 2 + turn)
        x = (x - moment.scenery.x * (0.5 + near)) % wide - wide / 22
        y = (down - rise * t) % high - high / 23
        heat = 0.5 + 0.5 * exact.sin(t * pace * 3.1 + flicker)
        heat *= smoothstep(0.02, 0.4, (y / picture.height).astype(np.float32))
        for k in np.flatnonzero(heat > 0.06):
            # Few sizes and strengths, each of which is painted once.
            reach, shine = math.ceil(reaches[k] / 6) * 6, math.ceil(heat[k] * 3) / 3
            hot = rgb("#ffe6b0" if heat[k] > 0.55 else "#ffa040")
            for radius, tone, power in ((reach, rgb("#ff7a1e"), 2.4), (reach // 4, hot, 0.5)):
                glow(radius, tone, 0.9 * shine, power).draw(picture, float(x[k]), float(y[k]))

    return draw


def gate(size: Size, zoom: float, old: float, seed: int) -> Pass:
    """Shows the picture a little larger; zoompan moves by whole pixels, and this by parts.

    With `zoom` above 0 the film is slowly gone into, below 0 out of; `old` is how much it moves
    about in an old camera's gate.
    """
    unit = size.unit * 0.0011 * old
    phase = dice(seed, "weave").uniform(0, 6.28, 2)

    def weave(number: int) -> tuple[float, float]:
        """How far a picture of an old film is to the right and down, in pixels."""
        jump = dice(seed, "weave", number).normal(0, 0.45, 2)
        if dice(seed, "jump", number).random() < 0.02:
            jump[1] += 3.5
        sway = exact.sin(np.asarray([1.1, 1.7]) * number / RATE * 2 + phase) * 0.8
        x, y = ((sway + jump) * unit).tolist()
        return x, y

    def draw(picture: Picture, moment: Moment) -> None:
        scale, (x, y) = 1.0, weave(moment.number) if old else (0.0, 0.0)
        if zoom:
            share = moment.number / max(1, moment.total - 1)
            eased = (ease(share) + share) / 2
            scale += min(0.6, _REACH * abs(zoom)) * (eased if zoom > 0 else 1 - eased)
        if old:
            scale *= 1.012
        if scale == 1:
            return
        for plane, part in zip(picture, (1.0, 0.5, 0.5), strict=True):
            height, width = plane.shape
            across = (width - 1) / 2 * (1 - scale) + x * part
            down = (height - 1) / 2 * (1 - scale) + y * part
            matrix = np.asarray([[scale, 0, across], [0, scale, down]])
            border = cv2.BORDER_REFLECT_101
            plane[:] = cv2.warpAffine(plane, matrix, (width, height), borderMode=border)

    return draw


def vignette(size: Size, strength: float) -> Pass:
    """Darker corners, in a tenth of the time that libavfilter's take."""
    across = np.linspace(-1, 1, size.width, dtype=np.float32)[None]
    down = np.linspace(-1, 1, size.height, dtype=np.float32)[:, None]
    far = exact.power(np.clip((across**2 + down**2) / 2, 0, 1), 1.25)
    dark = np.asarray(far * min(0.92, 0.62 * strength), np.float32)
    keep, floor = dither((1 - dark) * 255), dither(dark * 16)
    small = keep[::2, ::2].copy()
    neutral = dither(np.asarray((1 - small.astype(np.float32) / 255) * 128, np.float32), 0.3)

    def draw(picture: Picture, moment: Moment) -> None:
        over(picture.y, keep, floor)
        over(picture.u, small, neutral)
        over(picture.v, small, neutral)

    return draw


def wear(size: Size, strength: float, seed: int) -> Pass:
    """Lines that run down the film for a while, and dust that lies on a single picture."""

    def scratch(luma: Plane, now: int, lane: int) -> None:
        """Each lane is scratched for part of every two seconds, or so."""
        length = 2 * RATE + 7 * lane
        turn = now // length
        pick = dice(seed, "scratch", lane, turn)
        begin, lasts = pick.integers(0, length), pick.integers(4, RATE)
        place, light = pick.uniform(0.06, 0.94), pick.random() < 0.7
        if pick.random() > 0.75 * strength or not 0 <= now % length - begin < lasts:
            return
        sway = dice(seed, "scratch", lane, turn, now).normal(0, 0.0012)
        x = round((place + sway) * size.width)
        part = luma[:, x : x + max(1, round(size.unit / 700))]
        cv2.addWeighted(part, 0.72, np.full_like(part, 225 if light else 20), 0.28, 0, part)

    def dust(luma: Plane, now: int) -> None:
        """Specks, and now and then a hair: an arc of a long ellipse."""
        pick = dice(seed, "dust", now)
        for _ in range(pick.poisson(2.2 * strength)):
            hair = pick.random() < 0.2
            place = round(pick.uniform(0, size.width)), round(pick.uniform(0, size.height))
            low, high, end, thick = (0.012, 0.04, 140, 1) if hair else (0.0008, 0.0026, 360, -1)
            long = max(1.0, size.unit * pick.uniform(low, high))
            axes = (round(long), max(1, round(long * pick.uniform(0.5, 1))))
            level = 232 if pick.random() < 0.6 else 22
            arc = pick.uniform(0, 360), 0, end
            cv2.ellipse(luma, place, axes, *arc, level, thick, cv2.LINE_AA)

    def draw(picture: Picture, moment: Moment) -> None:
        for lane in range(3):
            scratch(picture.y, moment.number, lane)
        dust(picture.y, moment.number)

    return draw
