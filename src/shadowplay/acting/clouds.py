"""Clouds: flames, smoke, dust, spray, sparks and hearts about those to whom something happens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from msgspec.structs import replace

from shadowplay import colour, exact
from shadowplay.acting.fields import Fields, Puff
from shadowplay.acting.spots import Base, Emitter, Place, Spots
from shadowplay.colour import Yuv
from shadowplay.deeds import SPECKS, Specks
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import Layer, Picture, fill, tint
from shadowplay.picture.light import glow
from shadowplay.picture.palette import Palette
from shadowplay.scene import Rgb, Scene
from shadowplay.sprites.outlines import Floats64, box_in, mask_of
from shadowplay.tables import load

Spot = tuple[float, float, float]
Placed = tuple[tuple[int, Sequence[float], float], Spot, float, tuple[float, float]]
"""A speck: number, chances, share of life; place, size; strength; pixels that it goes a second."""

_MANY = ("#e24a3b", "#f2b632", "#3f8f4a", "#2f62c0", "#7a3fa8", "#ee7aa6", "#e8742a", "#2a9a98")
_EARTH, _SPRAY = colour.rgb("#d2bd98"), colour.rgb("#f6fbff")
_DRAWN = 0.022
"""Seconds of its way along which half a drop is drawn out."""

_LOW = ("foot", "ground", "surface", "ahead")
"""Where the ground or the water is below a cloud."""

_RAYS, _ARC = 44, 24
_Arcs = tuple[tuple[float, float, float, float], ...]
_ARCS: dict[str, _Arcs] = {
    "pool": ((0.0, 1.0, 0.0, 1.0),),
    "bubble": ((0.0, 1.0, 0.0, 0.12), (0.0, 1.0, 0.9, 0.6), (0.6, 0.14, 0.7, 1.0)),
}
"""Bands of what is round: where they begin and how long they are, in turns, how far within the rim
they reach, and how strong they are."""

_KEPT = 0.9
"""The part of its own way that what flies to a goal leaves out."""

_STEPS = 6
"""Sizes and strengths of soft specks; each is painted once."""


_DIES_DOWN = 1.6
"""Seconds from the end of a fire until nothing of it is left."""


class Clouds(Element):
    """All clouds of a film."""

    def __init__(
        self, scene: Scene, palette: Palette, emitters: Sequence[Emitter], place: Place
    ) -> None:
        self._scene, self._palette = scene, palette
        self._emitters, self._spots = emitters, Spots(scene.size, place)
        self._unit = scene.size.unit
        self._dim, self._wind = 0.62 if palette.dark else 1.0, scene.wind
        self._fields = Fields(dice(scene.seed, "fire"), max(2, round(self._unit / 480) * 2))
        self._picks = {
            one.number: dice(scene.seed, "cloud", one.cloud.kind, one.number).random((64, 6))
            for one in emitters
        }

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Draw those that are there."""
        for one in self._emitters:
            states = [figure.state(t) for figure in one.figures if one.cloud.at == "vent"]
            if any(min(s.seen, s.light, s.tall) < 0.5 or s.broken >= 0 for s in states):
                continue
            age = t - one.start - one.cloud.start
            age = age % one.every if one.every else age
            specks = SPECKS[one.cloud.kind]
            ends = one.cloud.end - one.cloud.start
            if 0 <= age < ends + specks.life[1]:
                self._cloud(picture, one, specks, (t, age, ends), view)

    def _cloud(
        self,
        picture: Picture,
        one: Emitter,
        specks: Specks,
        times: tuple[float, float, float],
        view: View,
    ) -> None:
        t, age, ends = times
        picks = self._picks[one.number]
        due = []
        for k in range(specks.many):
            chance = picks[k % len(picks)]
            life = specks.life[0] + (specks.life[1] - specks.life[0]) * float(chance[0])
            if specks.burst:
                born = 0.12 * k / specks.many
            else:
                # Each is born again when it has gone, so that a cloud lasts.
                first = k / specks.many * (specks.builds or life)
                if age < first:
                    continue
                born = first + math.floor((age - first) / life) * life
            if born >= ends or not 0 <= age - born < life:
                continue
            pulse = specks.pulse if one.cloud.at != "blow" else 0.0
            if pulse and (one.cloud.start + born) % (2 * pulse) > pulse:
                continue
            due.append((age - born, life, k, chance))
        # The younger is drawn over the older.
        placed = []
        for since, life, k, chance in sorted(due, key=lambda one: -one[0]):
            # Where it was born is the same in every frame, and is not to be worked out again.
            moment = t if specks.lit or one.goal else round(t - since, 9)
            base = self._spots.base(one, moment, view, k)
            goal = self._spots.goal(one, t, view)
            speck = base and self._placed(specks, (k, chance), (since, life), base, goal)
            # What has fallen back is gone.
            floor = base[1] + 0.01 * self._unit if base and one.cloud.at in _LOW else math.inf
            if speck and speck[1][1] < floor:
                placed.append(speck)
        if specks.sheet in ("fire", "blaze"):
            self._fire(picture, specks, placed, times)
        elif specks.sheet == "puff":
            puffs = [
                Puff(*at, share, min(1.0, alpha), k, self._tone(specks, share, k))
                for (k, _, share), at, alpha, _ in placed
            ]
            self._fields.smoke(picture, puffs, 60 * self._dim)
        else:
            self._specks(picture, specks, placed)

    def _fire(
        self,
        picture: Picture,
        specks: Specks,
        placed: Sequence[Placed],
        times: tuple[float, float, float],
    ) -> None:
        """Fires, each lit a little after the one before it; they die down when they end."""
        t, age, ends = times
        left = 1.0 - max(0.0, age - ends) / _DIES_DOWN
        tones = [self._lit(colour.rgb(tone)) for tone in specks.tone]
        fires = []
        for (k, _, share), (x, y, size), *_ in placed:
            ball = specks.sheet == "blaze"
            grown = 1.0 if ball else min(1.0, (age - k / specks.many * specks.builds) / 0.7)
            foot, share = (y, max(share, 0.01)) if ball else (y + 0.7 * size, 0.0)
            if left > 0:
                fires.append(Puff(x, foot, size, share, grown * left, k, tones[-1]))
        self._fields.fire(picture, fires, tones, t, self._wind)

    def _placed(
        self,
        specks: Specks,
        which: tuple[int, Sequence[float]],
        times: tuple[float, float],
        base: Base,
        goal: tuple[float, float] | None = None,
    ) -> Placed:
        """Where one speck is on its way since it was born; what has a goal comes to it at last."""
        k, chance = which
        age, life = times
        x, y, wide, high, facing = base
        share = age / life
        unit = max(min(high, 0.6 * self._scene.size.height), 0.12 * self._scene.size.height)
        # Fires are spread evenly, one after the other in other places.
        aside = (k + 1) * 0.618 % 1 if specks.sheet == "fire" else float(chance[1])
        x += (aside - 0.5) * specks.area[0] * wide
        y += (float(chance[2]) - 0.5) * specks.area[1] * high
        speed = specks.speed[0] + (specks.speed[1] - specks.speed[0]) * float(chance[3])
        way = math.radians(specks.way[0] + (specks.way[1] - specks.way[0]) * float(chance[4]))
        gone, slowed = speed * age, speed
        if specks.burst:
            slowed = 2 * speed * math.exp(-2.2 * age)
            gone = (2 * speed - slowed) / 2.2
        right, up = math.cos(way) * facing, math.sin(way)
        x += (right * gone + specks.wind * self._wind * age * 0.5) * unit
        y -= (up * gone - specks.gravity * age * age / 2) * unit
        motion = right * slowed * unit, (specks.gravity * age - up * slowed) * unit
        if goal is not None:
            drop = specks.gravity * life * life / 2 * unit
            far, deep = goal[0] - base[0], goal[1] - base[1] - drop
            x += far * share - _KEPT * right * gone * unit
            y += deep * share + _KEPT * up * gone * unit
            motion = motion[0] + far / life, motion[1] + deep / life
        size = (specks.size[0] + (specks.size[1] - specks.size[0]) * share) * unit
        if specks.sheet == "fire":  # wide enough to be one body with its neighbours
            size = min(max(size, 1.5 * specks.area[0] * wide / specks.many), 1.25 * size)
        alpha = specks.alpha[0] + (specks.alpha[1] - specks.alpha[0]) * share
        alpha *= min(1.0, 6 * share + 0.25)
        return (k, chance, share), (x, y, size), alpha, motion

    def _tone(self, specks: Specks, share: float, k: int) -> Rgb:
        first, last = specks.tone[0], specks.tone[-1]
        if first == "many":
            return self._air(colour.rgb(_MANY[k % len(_MANY)]))
        if first == "water":  # it is as bright as the sky
            return colour.mix(self._air(_SPRAY), self._palette.sky[4], 0.5)
        if first == "dust":
            own = colour.mix(self._palette.mid, self._palette.haze, 0.75)
            return colour.mix(own, self._air(_EARTH), 0.5)
        tone = colour.mix(colour.rgb(first), colour.rgb(last), share)
        return self._lit(tone) if specks.lit else self._air(tone)

    def _lit(self, tone: Rgb) -> Rgb:
        """The colour of what shines by itself."""
        return colour.saturate(tone, 0.0) if self._scene.palette == "noir" else tone

    def _air(self, tone: Rgb) -> Rgb:
        """A colour in the scene's light."""
        dim = colour.scale(tone, self._dim)
        if self._scene.palette == "noir":
            return colour.saturate(dim, 0.0)
        return colour.mix(dim, self._palette.haze, 0.18)

    def soft(
        self, picture: Picture, specks: Specks, which: tuple[int, Sequence[float], float],
        at: tuple[float, float, float], alpha: float,
    ) -> None:  # fmt: skip
        """A soft disc."""
        k, _, share = which
        step = round(share * _STEPS) / _STEPS
        radius = max(4, round(at[2] / 8) * 8)
        strength = round(alpha * _STEPS) / _STEPS
        if strength <= 0 or radius > self._unit:
            return
        _disc(radius, self._tone(specks, step, k), strength).draw(picture, at[0], at[1])

    def _specks(self, picture: Picture, specks: Specks, placed: Sequence[Placed]) -> None:
        """One by one, or small outlines together: dots, hearts, stars, petals, strokes, clods."""
        if specks.sheet not in _OUTLINES:
            for which, at, alpha, _ in placed:
                _SHEETS[specks.sheet](self, picture, specks, which, at, alpha)
            return
        seen = [one for one in placed if one[2] > 0.08 and one[1][2] >= 0.6]
        if not seen:
            return
        drops, varied = specks.sheet == "drop", specks.sheet in ("drop", "lump", "mound", "suds")
        x, y = _OUTLINES[specks.sheet].T
        whole = math.tau if specks.sheet in ("petal", "star", "stroke", "lump") else 0.0
        angles = [whole * (float(chance[5]) + 0.7 * share) for (_, chance, share), *_ in seen]
        sizes = np.asarray([at[2] * (0.35 + 0.65 * alpha) / 2 for _, at, alpha, _ in seen])
        if drops:  # drawn out along their way
            angles = [math.atan2(down, across) for *_, (across, down) in seen]
            paces = exact.lengths(np.asarray([motion for *_, motion in seen]))
            x = x * (1 + _DRAWN * paces / sizes)[:, None]
        c, s = (np.asarray([[way(angle)] for angle in angles]) for way in (math.cos, math.sin))
        places = np.asarray([at[:2] for _, at, *_ in seen])
        turned = np.stack([c * x - s * y, s * x + c * y], 2) * sizes[:, None, None]
        tones = (
            colour.yuv(self._tone(specks, k * 0.618 % 1 if varied else share, k))
            for (k, _, share), *_ in seen
        )
        points = turned + places[:, None]
        if not drops or specks.lit:
            fill(picture, points, *tones)
            return
        # Water is seen through, and what is small and quick has no sharp edge.
        strengths = [round(210 * min(1.0, alpha)) for *_, alpha, _ in seen]
        _stain(picture, points, strengths, next(iter(tones)))

    def ring(
        self, picture: Picture, specks: Specks, which: tuple[int, Sequence[float], float],
        at: tuple[float, float, float], alpha: float,
    ) -> None:  # fmt: skip
        """A ring on the water or a pool, seen flat, or a bubble; soft at its edges."""
        k, chance, share = which
        x, y, size = at
        # A ripple is lost where it does not catch the light; a bubble has a spark.
        start, flat = float(chance[5]), {"pool": 0.14, "bubble": 1.0}.get(specks.sheet, 0.22)
        ripple: _Arcs = (start, 0.36, 0.93, 1.0), (start + 0.45, 0.46, 0.93, 1.0)
        bands, strengths = [], []
        for first, long, inner, strong in _ARCS.get(specks.sheet, ripple):
            turns = [math.tau * (first + long * n / _ARC) for n in range(_ARC + 1)]
            rim = np.asarray([(math.cos(turn), flat * math.sin(turn)) for turn in turns])
            bands.append(np.concatenate([rim, inner * rim[::-1]]) * size / 2 + (x, y))
            strengths.append(round(255 * alpha * strong))
        soft = max(1, round((0.05 if specks.sheet == "pool" else 0.02) * size))
        tone = colour.yuv(self._tone(specks, share, k))
        _stain(picture, np.asarray(bands), strengths, tone, soft)

    def firework(
        self, picture: Picture, specks: Specks, which: tuple[int, Sequence[float], float],
        at: tuple[float, float, float], alpha: float,
    ) -> None:  # fmt: skip
        """A rocket that rises on a trail and bursts into streaks that droop and fade."""
        k, chance, share = which
        x, y, size = at
        burst, fading, turns = (share - 0.25) / 0.75, 1.0, 0
        head = 0.75 * self._scene.size.height * (1 - share / 0.25) + y * share / 0.25
        ways = [(x, head + 0.35 * size, x, head)] if burst < 0 else []
        if burst >= 0:
            fading, turns = min(1.0, 2.4 * (1 - burst)), _RAYS
            haze, strength = (
                max(8, round(1.4 * size / 8) * 8),
                round(0.55 * fading * (1 - burst), 1),
            )
            _disc(haze, self._lit(colour.rgb(specks.tone[-1])), strength).draw(picture, x, y)
        for n in range(turns):
            angle = math.tau * (n + 0.4 * math.sin(7.3 * n + k)) / _RAYS
            long = size * (0.5 + 0.5 * math.sqrt((n * 0.618 + float(chance[5])) % 1))
            first, last = (long * (1 - math.exp(-4.5 * age)) for age in (0.5 * burst, burst))
            across, down, fall = math.cos(angle), math.sin(angle), 0.3 * size * burst * burst
            ways.append((x + across * first, y + down * first + fall / 4,
                         x + across * last, y + down * last + fall))  # fmt: skip
        wide, pace = self._unit * 0.0055 * fading, 2.5 * _DRAWN
        self._specks(picture, replace(specks, sheet="drop"), [
            ((n, chance, 1.0), (c, d, wide), 1.0, ((c - a) / pace, (d - b) / pace))
            for n, (a, b, c, d) in enumerate(ways)
        ])  # fmt: skip


def _stain(
    picture: Picture, outlines: Floats64, strengths: Sequence[int], tone: Yuv, soft: int = 1
) -> None:
    """Lay outlines over a picture in one colour, as thick as is said, `soft` pixels at the edge."""
    if (box := box_in(picture, outlines.reshape(-1, 2), soft + 2)) is not None:
        mask = cv2.blur(mask_of(outlines, strengths, box), (2 * soft + 1, 2 * (soft // 2) + 1))
        tint(picture, np.asarray(mask, np.uint8), box[0], box[1], tone)


@lru_cache(maxsize=400)
def _disc(radius: int, tone: Rgb, strength: float) -> Layer:
    return glow(radius, tone, strength, 1.3)


_OUTLINES = {
    name: np.asarray(points, np.float64)
    for name, points in load("acting/outlines.toml", dict[str, list[tuple[float, float]]]).items()
}

_SHEETS = {
    "soft": Clouds.soft,
    "ring": Clouds.ring,
    "pool": Clouds.ring,
    "bubble": Clouds.ring,
    "firework": Clouds.firework,
}
SHEETS = frozenset({"fire", "blaze", "puff", *_SHEETS, *_OUTLINES})
"""What specks can be."""
