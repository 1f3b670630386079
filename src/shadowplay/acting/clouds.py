"""Clouds: flames, smoke, dust, spray, sparks and hearts about those to whom something happens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle

import cv2
import numpy as np

from shadowplay import colour, exact
from shadowplay.acting.fields import Fields, Speck
from shadowplay.acting.spots import LOW, Base, Emitter, Place, Spots
from shadowplay.colour import Yuv
from shadowplay.deeds import SPECKS, Specks
from shadowplay.dice import dice
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import Picture, fill, tint
from shadowplay.picture.light import glow
from shadowplay.picture.palette import Palette
from shadowplay.scene import Rgb, Scene
from shadowplay.sprites.outlines import Floats64, box_in, mask_of
from shadowplay.tables import load

_MANY = ("#e24a3b", "#f2b632", "#3f8f4a", "#2f62c0", "#7a3fa8", "#ee7aa6", "#e8742a", "#2a9a98")
_EARTH, _SPRAY = colour.rgb("#d2bd98"), colour.rgb("#f6fbff")
_DRAWN = 0.022  # seconds of its way along which half a drop is drawn out
_KEPT = 0.9  # the part of its own way that what flies to a goal leaves out
_FALL = 1.3  # how fast a soft speck fades to its rim
_STEPS = 6  # sizes and strengths of soft specks; each is painted once
_DIES_DOWN = 1.6  # seconds from the end of a fire until nothing of it is left
_RAYS, _ARC = 44, 24  # streaks of a firework, and corners of an arc

_TURNED, _VARIED = ("petal", "star", "stroke", "lump"), ("drop", "lump", "mound", "suds")
"""Sheets that turn as they fly, and of which each speck has another tone."""

_FLAT = {"pool": 0.14, "ring": 0.22, "bubble": 1.0}
_ARCS = {
    "pool": ((0.0, 1.0, 0.0, 1.0),),
    "bubble": ((0.0, 1.0, 0.0, 0.12), (0.0, 1.0, 0.9, 0.6), (0.6, 0.14, 0.7, 1.0)),
    # A ripple is lost where it does not catch the light.
    "ring": ((0.0, 0.36, 0.93, 1.0), (0.45, 0.46, 0.93, 1.0)),
}
"""How high what is round is, of its width, and its bands: where they begin and how long they are,
in turns, how far within the rim they reach, and how strong they are."""


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
            if any(min(state.light, state.tall) < 0.5 or not state.whole for state in states):
                continue
            age = t - one.start - one.cloud.start
            age = age % one.every if one.every else age
            if 0 <= age < one.lasts + SPECKS[one.cloud.kind].life[1]:
                self._draw(picture, one, self._placed(one, t, age, view), t, age)

    def _draw(
        self, picture: Picture, one: Emitter, placed: Sequence[Speck], t: float, age: float
    ) -> None:
        """Draw the specks of a cloud."""
        specks = SPECKS[one.cloud.kind]
        if specks.sheet in ("fire", "blaze"):
            tones = [self._lit(colour.rgb(tone)) for tone in specks.tone]
            fires = self._fires(specks, placed, age, age - one.lasts)
            self._fields.fire(picture, fires, tones, t, self._wind)
        elif specks.sheet == "puff":
            puffs = [speck._replace(alpha=min(1.0, speck.alpha)) for speck in placed]
            tones = [self._tone(specks, speck) for speck in placed]
            self._fields.smoke(picture, puffs, tones, 60 * self._dim)
        elif specks.sheet in _OUTLINES:
            self._outlines(picture, specks, specks.sheet, placed)
        else:
            for speck in placed:
                _SHEETS[specks.sheet](self, picture, specks, speck)

    @staticmethod
    def _fires(specks: Specks, placed: Sequence[Speck], age: float, over: float) -> list[Speck]:
        """Fires, each lit a little after the one before it; they die down when they end."""
        left, fires = 1.0 - max(0.0, over) / _DIES_DOWN, []
        for speck in placed if left > 0 else ():
            foot, share, grown = speck.y, max(speck.share, 0.01), 1.0
            if specks.sheet == "fire":
                foot, share = speck.y + 0.7 * speck.size, 0.0
                grown = min(1.0, (age - speck.number / specks.many * specks.builds) / 0.7)
            fires.append(speck._replace(y=foot, share=share, alpha=grown * left))
        return fires

    def _due(self, one: Emitter, age: float) -> list[tuple[float, float, int]]:
        """How old those specks are that are there, how long they live, and their numbers."""
        specks, due = SPECKS[one.cloud.kind], []
        pulse = specks.pulse if one.cloud.at != "blow" else 0.0
        for k, chance in zip(range(specks.many), cycle(self._picks[one.number]), strict=False):
            life = _between(specks.life, chance[0])
            if specks.burst:
                born = 0.12 * k / specks.many
            else:
                # Each is born again when it has gone, so that a cloud lasts.
                first = k / specks.many * (specks.builds or life)
                born = first + math.floor(max(0.0, age - first) / life) * life
            rests = pulse and (one.cloud.start + born) % (2 * pulse) > pulse
            if born < one.lasts and 0 <= age - born < life and not rests:
                due.append((age - born, life, k))
        return due

    def _placed(self, one: Emitter, t: float, age: float, view: View) -> list[Speck]:
        """The specks of a cloud where they are, the oldest first: the younger is drawn over it."""
        specks, placed = SPECKS[one.cloud.kind], []
        picks, goal = self._picks[one.number], self._spots.goal(one, t, view)
        for since, life, k in sorted(self._due(one, age), key=lambda each: -each[0]):
            # Where it was born is the same in every frame, and is not to be worked out again.
            moment = t if specks.lit or one.goal else round(t - since, 9)
            if (base := self._spots.base(one, moment, view, k)) is None:
                continue
            chance = picks[k % len(picks)].tolist()
            speck = self._speck(specks, k, chance, (since, life), base, goal)
            # What has fallen back is gone.
            if one.cloud.at not in LOW or speck.y < base[1] + 0.01 * self._unit:
                placed.append(speck)
        return placed

    def _speck(
        self,
        specks: Specks,
        k: int,
        chance: Sequence[float],
        times: tuple[float, float],
        base: Base,
        goal: tuple[float, float] | None = None,
    ) -> Speck:
        """Where one speck is on its way since it was born; what has a goal comes to it at last.

        `times` are its age and its life.
        """
        age, life = times
        x, y, wide, high, facing = base
        share, tall = age / life, self._scene.size.height
        unit = max(min(high, 0.6 * tall), 0.12 * tall)
        # Fires are spread evenly, one after the other in other places.
        aside = (k + 1) * 0.618 % 1 if specks.sheet == "fire" else chance[1]
        x += (aside - 0.5) * specks.area[0] * wide
        y += (chance[2] - 0.5) * specks.area[1] * high
        speed = _between(specks.speed, chance[3])
        way = math.radians(_between(specks.way, chance[4]))
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
        size = _between(specks.size, share) * unit
        if specks.sheet == "fire":  # wide enough to be one body with its neighbours
            size = min(max(size, 1.5 * specks.area[0] * wide / specks.many), 1.25 * size)
        alpha = _between(specks.alpha, share) * min(1.0, 6 * share + 0.25)
        return Speck(k, chance, share, x, y, size, alpha, motion)

    def _tone(self, specks: Specks, speck: Speck) -> Rgb:
        """The colour of a speck."""
        first, last = specks.tone[0], specks.tone[-1]
        if first == "many":
            return self._air(colour.rgb(_MANY[speck.number % len(_MANY)]))
        if first == "water":  # it is brighter than the air, of which it has the colour
            bright = colour.scale(_SPRAY, (1 + self._dim) / 2)
            return self._lit(colour.mix(bright, self._palette.haze, 0.45))
        if first == "dust":
            own = colour.mix(self._palette.mid, self._palette.haze, 0.75)
            return colour.mix(own, self._air(_EARTH), 0.5)
        tone = colour.mix(colour.rgb(first), colour.rgb(last), speck.share)
        return self._lit(tone) if specks.lit else self._air(tone)

    def _lit(self, tone: Rgb) -> Rgb:
        """The colour of what shines by itself."""
        return colour.saturate(tone, 0.0) if self._scene.palette == "noir" else tone

    def _air(self, tone: Rgb) -> Rgb:
        """A colour in the scene's light."""
        dim = self._lit(colour.scale(tone, self._dim))
        return dim if self._scene.palette == "noir" else colour.mix(dim, self._palette.haze, 0.18)

    def _soft(self, picture: Picture, specks: Specks, speck: Speck) -> None:
        """A soft disc."""
        step, strength = (round(x * _STEPS) / _STEPS for x in (speck.share, speck.alpha))
        radius = max(4, round(speck.size / 8) * 8)
        if strength > 0 and radius <= self._unit:
            tone = self._tone(specks, speck._replace(share=step))
            glow(radius, tone, strength, _FALL).draw(picture, speck.x, speck.y)

    def _outlines(
        self, picture: Picture, specks: Specks, sheet: str, placed: Sequence[Speck]
    ) -> None:
        """Small outlines together: dots, hearts, stars, petals, strokes, clods."""
        seen = [one for one in placed if one.alpha > 0.08 and one.size >= 0.6]
        if not seen:
            return
        x, y = _OUTLINES[sheet].T
        whole = math.tau if sheet in _TURNED else 0.0
        angles = [whole * (one.chance[5] + 0.7 * one.share) for one in seen]
        sizes = np.asarray([one.size * (0.35 + 0.65 * one.alpha) / 2 for one in seen])
        if sheet == "drop":  # drawn out along their way
            angles = [math.atan2(one.motion[1], one.motion[0]) for one in seen]
            paces = exact.lengths(np.asarray([one.motion for one in seen]))
            x = x * (1 + _DRAWN * paces / sizes)[:, None]
        c, s = (np.asarray([[way(angle)] for angle in angles]) for way in (math.cos, math.sin))
        places = np.asarray([(one.x, one.y) for one in seen])
        points = np.stack([c * x - s * y, s * x + c * y], 2) * sizes[:, None, None]
        points += places[:, None]
        if sheet in _VARIED:
            seen = [one._replace(share=one.number * 0.618 % 1) for one in seen]
        tones = [colour.yuv(self._tone(specks, one)) for one in seen]
        if sheet != "drop" or specks.lit:
            fill(picture, points, *tones)
            return
        # Water is seen through, and what is small and quick has no sharp edge.
        _stain(picture, points, [round(210 * min(1.0, one.alpha)) for one in seen], tones[0])

    def _round(self, picture: Picture, specks: Specks, speck: Speck) -> None:
        """A ring on the water or a pool, seen flat, or a bubble; soft at its edges."""
        start = speck.chance[5] if specks.sheet == "ring" else 0.0
        bands, strengths, flat = [], [], _FLAT[specks.sheet]
        for first, long, inner, strong in _ARCS[specks.sheet]:
            turns = [math.tau * (start + first + long * n / _ARC) for n in range(_ARC + 1)]
            rim = np.asarray([(math.cos(turn), flat * math.sin(turn)) for turn in turns])
            band = np.concatenate([rim, inner * rim[::-1]])
            bands.append(band * speck.size / 2 + (speck.x, speck.y))
            strengths.append(round(255 * speck.alpha * strong))
        soft = max(1, round((0.05 if specks.sheet == "pool" else 0.02) * speck.size))
        _stain(picture, np.asarray(bands), strengths, colour.yuv(self._tone(specks, speck)), soft)

    def _firework(self, picture: Picture, specks: Specks, speck: Speck) -> None:
        """A rocket that rises on a trail and bursts into streaks that droop and fade."""
        x, y, size, share = speck.x, speck.y, speck.size, speck.share
        burst, wide, ways = (share - 0.25) / 0.75, self._unit * 0.0055, []
        if burst < 0:
            head = 0.75 * self._scene.size.height * (1 - share / 0.25) + y * share / 0.25
            ways = [(x, head + 0.35 * size, x, head)]
        else:
            fading = min(1.0, 2.4 * (1 - burst))
            wide *= fading
            haze, strength = max(8, round(1.4 * size / 8) * 8), 0.55 * fading * (1 - burst)
            tone = self._lit(colour.rgb(specks.tone[-1]))
            glow(haze, tone, round(strength, 1), _FALL).draw(picture, x, y)
            for n in range(_RAYS):
                angle = math.tau * (n + 0.4 * math.sin(7.3 * n + speck.number)) / _RAYS
                long = size * (0.5 + 0.5 * math.sqrt((n * 0.618 + speck.chance[5]) % 1))
                first, last = (long * (1 - math.exp(-4.5 * age)) for age in (0.5 * burst, burst))
                across, down, fall = math.cos(angle), math.sin(angle), 0.3 * size * burst * burst
                ways.append((x + across * first, y + down * first + fall / 4,
                             x + across * last, y + down * last + fall))  # fmt: skip
        pace = 2.5 * _DRAWN
        self._outlines(picture, specks, "drop", [
            Speck(n, speck.chance, 1.0, c, d, wide, 1.0, ((c - a) / pace, (d - b) / pace))
            for n, (a, b, c, d) in enumerate(ways)
        ])  # fmt: skip


def _between(ends: tuple[float, float], share: float) -> float:
    """What is a share of the way from the first to the second."""
    return ends[0] + (ends[1] - ends[0]) * float(share)


def _stain(
    picture: Picture, outlines: Floats64, strengths: Sequence[int], tone: Yuv, soft: int = 1
) -> None:
    """Lay outlines over a picture in one colour, as thick as is said, `soft` pixels at the edge."""
    if (box := box_in(picture.y, outlines.reshape(-1, 2), soft + 2)) is not None:
        mask = cv2.blur(mask_of(outlines, strengths, box), (2 * soft + 1, 2 * (soft // 2) + 1))
        tint(picture, np.asarray(mask, np.uint8), box[0], box[1], tone)


_OUTLINES = {
    name: np.asarray(points, np.float64)
    for name, points in load("acting/outlines.toml", dict[str, list[tuple[float, float]]]).items()
}

_SHEETS = {"soft": Clouds._soft, "firework": Clouds._firework} | dict.fromkeys(_ARCS, Clouds._round)
SHEETS = frozenset({"fire", "blaze", "puff", *_SHEETS, *_OUTLINES})  # what specks can be
