"""Passes: what is done to a film's pictures in their order, because no filter does it, or as fast.

Each is prepared with the edit and its strength, and then called with one picture after another.
From far to near: another sky, a low sun, or shadow theatre; stars, fog, what falls or rises; a
zoom, the gate of an old camera, dark corners and wear.
"""

from collections.abc import Callable
from typing import NamedTuple, cast

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.art.treads import ease
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import NOWHERE, Picture, Plane, blend, halved
from shadowplay.picture.light import glow
from shadowplay.picture.noise import dither, field, smoothstep
from shadowplay.picture.palette import PALETTES, Palette
from shadowplay.place import weather
from shadowplay.retouch.looks import LOOKS, Lut
from shadowplay.retouch.reading import Edit
from shadowplay.retouch.scenery import Scenery, Survey
from shadowplay.scene import Falling, Rgb, Scene
from shadowplay.shot import Size

RATE = 18  # pictures a second that old cameras took

_STAR = ((0, 0, 1.0), (1, 0, 0.38), (-1, 0, 0.38), (0, 1, 0.38), (0, -1, 0.38))
"""A star's pixels and how much of its light each has."""

FALLING = ("rain", "snow", "leaves", "petals", "lightning", "embers")
_QUIET = 9  # changes of luma below this are noise and are smoothed away in time
_SOFT = 3.5  # half the width of a silhouette's edge, in levels of luma
_REACH = 0.22  # how much larger a slow zoom makes the picture


class Moment(NamedTuple):
    """A picture on its way through the passes, which change it in place."""

    picture: Picture
    number: int  # from 0
    t: float  # seconds since the film began


Pass = Callable[[Moment], None]


class Job(NamedTuple):
    """An edit of a film, as far as passes need to know it."""

    edit: Edit
    survey: Survey
    seed: int
    palette: Palette  # of the light that the edit asks for
    lut: Lut | None  # the edit's grades
    scenery: Scenery
    total: int  # how many pictures there will be

    def looking_for(self, *what: str) -> Scenery:
        """The scenery, which from now on looks for that, too."""
        self.scenery.wanted.update(what)
        return self.scenery


def _sky_of(palette: Palette, size: Size, bottom: float) -> Picture:
    """A palette's sky, its horizon at a part of the height."""
    down = np.linspace(0, 1 / max(bottom, 0.15), size.height, dtype=np.float32)
    stops = [(k / 4, tone) for k, tone in enumerate(palette.sky)]
    tones = colour.ramp(stops, np.clip(down, 0, 1))
    y, u, v = (np.repeat(part[:, None], size.width, axis=1) for part in colour.planes(tones))
    return Picture(dither(y), dither(u[::2, ::2]), dither(v[::2, ::2]))


def light(job: Job) -> list[Pass | None]:
    """Other colours, another sky and a low sun; or, in their place, shadow theatre."""
    if job.edit.strength("silhouette"):
        return [_silhouette(job)]
    toned = job.edit.style in ("black_and_white", "noir", "sepia")
    skies = [] if toned else [_new_sky(job), _low_sun(job)]
    return [each(job.lut.apply) if job.lut else None, *skies]


def each(change: Callable[[Picture], None]) -> Pass:
    """A pass that does the same to every picture."""
    return lambda moment: change(moment.picture)


def _new_sky(job: Job) -> Pass | None:
    """The sky of another time, of clouds that bring rain or snow, or of neon signs.

    It is laid over the film's own, whose clouds still show a little.
    """
    edit, survey = job.edit, job.survey
    clouds = next((name for name in ("rain", "snow") if edit.strength(name) >= 0.4), None)
    name = edit.time or clouds or edit.style
    if not survey.skied or name not in LOOKS["sky"]:
        return None
    palette, strength = LOOKS["sky"][name]
    if edit.time == "day" and survey.clear:
        strength *= 0.4
    if edit.time and (clouds or edit.strength("fog")):
        strength *= 0.75
    paint = _sky_of(PALETTES[palette], survey.size, survey.sky_bottom)
    scenery = job.looking_for("sky")

    def change(moment: Moment) -> None:
        moment.picture.lay(paint, scenery.sky * np.float32(strength))

    return change


def _low_sun(job: Job) -> Pass | None:
    """The glow of a sun that is just outside the picture, or low in its sky."""
    strength, size = LOOKS["sun"].get(job.edit.time), job.survey.size
    if not strength or job.edit.strength("rain"):
        return None
    x = float(dice(job.seed, "retouch", "sun").choice([-0.04, 1.04])) * size.width
    y = (job.survey.sky_bottom * 0.75 if job.survey.skied else 0.25) * size.height
    discs = [
        glow(int(size.unit * wide), job.palette.glow, strength * share, power)
        for wide, share, power in ((1.5, 0.65, 2.0), (0.6, 0.6, 1.6))
    ]

    def change(moment: Moment) -> None:
        for disc in discs:
            disc.draw(moment.picture, x, y)

    return change


def _silhouette(job: Job) -> Pass:
    """Shadow theatre: tones cut into a few sheets of paper before a coloured sky.

    The contours are those of the smoothed luma, at levels that are found once for the film.
    """
    survey, palette = job.survey, job.palette
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
    sky = _sky_of(palette, survey.size, min(0.85, max(0.55, survey.sky_bottom)))
    scenery = job.looking_for("sky") if survey.skied else job.scenery
    kept: list[Plane] = []  # the last picture, smoothed

    def change(moment: Moment) -> None:
        picture = moment.picture
        # The luma at chroma's size without texture and noise, dark before light.
        soft = cv2.bilateralFilter(cv2.medianBlur(halved(picture.y), 5), 5, 40, 3)
        soft = cv2.GaussianBlur(cv2.medianBlur(soft, 5), (0, 0), 1.1)
        small = np.asarray(251 - np.minimum(soft, 251) if inverted else soft, np.uint8)
        for before in kept:
            still = cv2.absdiff(small, before) <= _QUIET
            blend(small, before, still * np.uint8(127))
        kept[:] = [small]
        wide = cv2.resize(small, (picture.width, picture.height), interpolation=cv2.INTER_CUBIC)
        for luma, paper, target in zip((wide, small, small), papers, picture, strict=True):
            cv2.LUT(luma, paper, target)
        picture.lay(sky, np.maximum(sheets[2][small], scenery.sky))

    return change


def stars(job: Job, strength: float) -> Pass | None:
    """Stars that stand far behind everything, each breathing at its own pace."""
    survey, size = job.survey, job.survey.size
    if not survey.skied or (job.edit.time and not survey.clear):
        return None
    pick = dice(job.seed, "retouch", "stars")
    wide = size.width * 2  # so that the camera may turn
    reach = max(8, int(size.height * survey.sky_bottom))
    count = int(min(700, (60 + 420 * size.width * reach / 921_600) * 2 * strength))
    across = pick.uniform(0, wide, count)
    down = np.abs(pick.normal(0, 0.5, count)) % 1 * reach
    light = (pick.power(0.35, count) * 120 + 35) * min(1.0, 0.55 + 0.45 * strength)
    pace, phase = pick.uniform(0.8, 2.8, count), pick.uniform(0, 6.28, count)
    pixels = _STAR if max(size) >= 900 else _STAR[:1]
    scenery = job.looking_for("sky", "way")

    def change(moment: Moment) -> None:
        luma = moment.picture.y
        x = np.rint(across - scenery.x).astype(np.int64) % wide
        y = np.rint(down + scenery.y).astype(np.int64)
        seen = (x > 1) & (x < luma.shape[1] - 2) & (y > 1) & (y < luma.shape[0] - 2)
        shine = light * (0.75 + 0.25 * exact.sin(moment.t * pace + phase))
        x, y, shine = x[seen], y[seen], shine[seen]
        # The air swallows them lower down.
        thin = exact.power(np.clip(1 - y / reach, 0, 1), 0.7)
        shine *= scenery.sky[y // 2, x // 2] * thin
        for right, low, part in pixels:
            spot = y + low, x + right
            luma[spot] = np.minimum(luma[spot] + shine * part, 235)

    return change


def fog(job: Job, strength: float) -> Pass:
    """Drifting fog, thicker the farther away things are: two sheets of noise over each other."""
    size = job.survey.size
    pick = dice(job.seed, "retouch", "fog")
    rows, columns = max(8, size.height // 8), max(8, size.width // 8)
    sheets = [
        (field(pick, rows, columns * 2, power=2.0, stretch=stretch), columns * speed)
        for stretch, speed in ((2.2, 0.06), (3.4, -0.035))
    ]
    pale = colour.mix(Rgb(205, 212, 216), job.palette.mist, 0.6 if job.edit.time else 0.15)
    paint = Picture.blank(*size)
    for plane, level in zip(paint, colour.yuv(pale), strict=True):
        plane[:] = level
    if job.lut and not job.edit.time:
        job.lut.apply(paint)
    scenery = job.looking_for("depth", "way")
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP

    def change(moment: Moment) -> None:
        depth, swirl = scenery.depth, np.zeros((rows, columns), np.float32)
        for sheet, speed in sheets:
            way = np.asarray([[1, 0, scenery.x / 16 - speed * moment.t], [0, 1, 0]])
            swirl += cv2.warpAffine(
                sheet, way, (columns, rows), flags=how, borderMode=cv2.BORDER_WRAP
            )
        dense = np.float32(1.9 * strength) * (np.float32(0.16) + depth * depth)
        dense *= 1 + 0.3 * cv2.resize(swirl, depth.shape[::-1], interpolation=cv2.INTER_CUBIC)
        moment.picture.lay(paint, np.clip(1 - exact.exp(-np.maximum(dense, 0)), 0, 0.94))

    return change


def falling(job: Job, much: float, kind: str) -> Pass:
    """What falls or rises, from far to near, or lightning: the stage's weather before a film."""
    edit, size = job.edit, job.survey.size
    scene = Scene(
        prompt=edit.prompt, seed=job.seed, size=size, setting="", time=edit.time or "day",
        palette="", cast=(), falling=cast("Falling", kind), amount=much, wind=0.12 + 0.16 * much,
    )  # fmt: skip
    if kind == "lightning":
        elements: list[Element] = [weather.Lightning(scene, size.height * 0.5)]
    else:
        far, near = (weather.falling(scene, job.palette, near=side) for side in (False, True))
        elements = [*far, *near]
    scenery = job.looking_for("way")

    def change(moment: Moment) -> None:
        # What is near slides by more quickly when the camera turns.
        view = View(scenery.x, scenery.y)
        for element in elements:
            element.draw(moment.picture, moment.t, view, NOWHERE)

    return change


def _enlarge(picture: Picture, scale: float, x: float = 0.0, y: float = 0.0) -> None:
    """Show a picture so much larger, and so far to the right and down, in pixels."""
    for plane, part in zip(picture, (1.0, 0.5, 0.5), strict=True):
        height, width = plane.shape
        across = (width - 1) / 2 * (1 - scale) + x * part
        down = (height - 1) / 2 * (1 - scale) + y * part
        matrix = np.asarray([[scale, 0, across], [0, scale, down]])
        border = cv2.BORDER_REFLECT_101
        plane[:] = cv2.warpAffine(plane, matrix, (width, height), borderMode=border)


def zoom(job: Job, strength: float) -> Pass:
    """Slowly goes into the film, or out of it; zoompan moves by whole pixels, and this by parts."""

    def change(moment: Moment) -> None:
        share = moment.number / max(1, job.total - 1)
        eased = (ease(share) + share) / 2
        way = eased if strength > 0 else 1 - eased
        _enlarge(moment.picture, 1 + min(0.6, _REACH * abs(strength)) * way)

    return change


def gate(job: Job, strength: float) -> Pass:
    """Shows the picture a little larger, as it moves about in an old camera's gate."""
    unit, seed = job.survey.size.unit * 0.0011 * strength, job.seed
    phase = dice(seed, "weave").uniform(0, 6.28, 2)

    def change(moment: Moment) -> None:
        jump = dice(seed, "weave", moment.number).normal(0, 0.45, 2)
        if dice(seed, "jump", moment.number).random() < 0.02:
            jump[1] += 3.5
        sway = exact.sin(np.asarray([1.1, 1.7]) * moment.number / RATE * 2 + phase) * 0.8
        _enlarge(moment.picture, 1.012, *((sway + jump) * unit).tolist())

    return change


def vignette(job: Job, strength: float) -> Pass:
    """Darker corners, in a tenth of the time that libavfilter's take."""
    size = job.survey.size
    across = np.linspace(-1, 1, size.width, dtype=np.float32)[None]
    down = np.linspace(-1, 1, size.height, dtype=np.float32)[:, None]
    far = exact.power(np.clip((across**2 + down**2) / 2, 0, 1), 1.25)
    dark = dither(np.asarray(far * (255 * min(0.92, 0.62 * strength)), np.float32))
    black = Picture.blank(*size)
    return lambda moment: moment.picture.lay(black, dark)


def wear(job: Job, strength: float) -> Pass:
    """Lines that run down an old film; specks and hairs, which lie on a single picture.

    Each of three lines shows for part of every two seconds, or so; a hair is an arc of an ellipse.
    """
    size, seed = job.survey.size, job.seed

    def change(moment: Moment) -> None:
        luma, number = moment.picture.y, moment.number
        for lane in range(3):
            turn, age = divmod(number, 2 * RATE + 7 * lane)
            pick = dice(seed, "scratch", lane, turn)
            begin, lasts = pick.integers(0, 2 * RATE + 7 * lane), pick.integers(4, RATE)
            place, light = pick.uniform(0.06, 0.94), pick.random() < 0.7
            if pick.random() <= 0.75 * strength and 0 <= age - begin < lasts:
                sway = dice(seed, "scratch", lane, turn, number).normal(0, 0.0012)
                x = round((place + sway) * size.width)
                line = luma[:, x : x + max(1, round(size.unit / 700))]
                line[:] = np.rint(line * 0.72 + (225 if light else 20) * 0.28)
        pick = dice(seed, "dust", number)
        for _ in range(pick.poisson(2.2 * strength)):
            hair = pick.random() < 0.2
            spot = round(pick.uniform(0, size.width)), round(pick.uniform(0, size.height))
            end, thick = (140, 1) if hair else (360, -1)
            long = size.unit * (pick.uniform(0.012, 0.04) if hair else pick.uniform(0.0008, 0.0026))
            axes = [max(1, round(long * share)) for share in (1.0, pick.uniform(0.5, 1))]
            level = 232 if pick.random() < 0.6 else 22
            cv2.ellipse(luma, spot, axes, pick.uniform(0, 360), 0, end, level, thick, cv2.LINE_AA)

    return change
