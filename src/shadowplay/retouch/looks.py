"""Looks: times of day, seasons and styles as chains of toning, measured to the film at hand."""

from __future__ import annotations

from shadowplay import colour
from shadowplay.colour import Floats, rgb
from shadowplay.retouch.edit import Edit
from shadowplay.retouch.lut import Step
from shadowplay.retouch.survey import Survey
from shadowplay.retouch.toning import (
    curve,
    foliage,
    gain,
    lamps,
    mixed,
    moonlit,
    poles,
    repaint,
    saturation,
    split,
)


def steps(edit: Edit, survey: Survey) -> list[Step]:
    """The whole grade of an edit, in order; empty if colours stay as they are."""
    chain = _season(edit) + _weather(edit)
    if edit.strength("old_film"):
        chain += _STYLES["old_film"] if edit.time is None else [saturation(0.15)]
    chain += _time(edit, survey)
    if edit.style is not None:
        chain += _STYLES[edit.style]
    return chain + _tones(edit) + _adjustments(edit)


def _chain(*parts: Step) -> Step:
    def step(colours: Floats) -> Floats:
        for part in parts:
            colours = part(colours)
        return colours

    return step


def _exposure(survey: Survey, middle: float, light: float, white: float) -> Step:
    """A curve that brings the film's own middle and lights to these levels."""
    own = min(0.8, max(0.12, survey.middle))
    top = min(0.96, max(own + 0.12, survey.light))
    return curve((0, 0), (own, middle), (top, light), (1, max(white, light + 0.02)))


def _time(edit: Edit, survey: Survey) -> list[Step]:
    own = survey.middle
    if edit.time == "night":
        dark = _exposure(survey, min(0.17, own * 0.75), min(0.4, survey.light * 0.6), 0.58)
        moon = _chain(
            dark,
            moonlit(0.6),
            gain(0.62, 0.88, 1.42),
            split(rgb("#0c1a48"), rgb("#9cc4ee"), 0.25, keep=1.0),
        )
        return [lamps(moon, 0.55)]
    if edit.time == "dusk":
        dark = _exposure(survey, min(0.27, own * 0.85), min(0.6, survey.light * 0.8), 0.82)
        light = split(rgb("#28308c"), rgb("#ff9a5c"), 0.5, keep=0.75)
        return [lamps(_chain(dark, gain(0.96, 0.92, 1.12), light), 0.6)]
    if edit.time == "golden":
        soft = _exposure(
            survey, min(0.44, max(0.3, own * 0.95)), min(0.86, max(0.7, survey.light)), 0.98
        )
        return [
            soft,
            foliage(saturation(0.7)),
            gain(1.22, 0.98, 0.64),
            saturation(0.94),
            split(rgb("#54345e"), rgb("#ffb648"), 0.34, keep=0.95),
        ]
    if edit.time == "dawn":
        pale = curve((0, 0.05), (0.3, 0.32), (0.7, 0.72), (1, 0.96))
        rose = split(rgb("#50649c"), rgb("#ffb49c"), 0.42, keep=0.8)
        return [pale, saturation(0.85), gain(1.06, 0.97, 1.0), rose]
    if edit.time == "day":
        clear = _exposure(survey, min(0.54, max(0.46, own)), min(0.9, max(0.82, survey.light)), 1.0)
        return [clear, saturation(1.15), gain(1.0, 1.01, 1.03)]
    return []


def _season(edit: Edit) -> list[Step]:
    if edit.season == "winter":
        frost = _chain(saturation(0.18), curve((0, 0.06), (0.4, 0.58), (1, 0.98)))
        return [
            foliage(mixed(frost, 0.85)), saturation(0.66), gain(0.9, 0.98, 1.12),
            curve((0, 0.02), (0.5, 0.54), (1, 1)),
        ]  # fmt: skip
    if edit.season == "autumn":
        rust = _chain(mixed(repaint(rgb("#341004"), rgb("#f2a83c")), 0.86), saturation(1.1))
        return [foliage(rust), gain(1.08, 0.99, 0.88)]
    if edit.season == "spring":
        fresh = _chain(gain(1.02, 1.22, 0.8), saturation(1.15), curve((0, 0), (0.4, 0.48), (1, 1)))
        lift = curve((0, 0.02), (0.5, 0.55), (1, 1))
        return [foliage(fresh), lift, split(rgb("#7088b0"), rgb("#ffc8d4"), 0.16, keep=1.0)]
    if edit.season == "summer":
        lush = _chain(saturation(1.2), gain(1.04, 1.06, 0.85))
        return [
            foliage(lush), saturation(1.15), gain(1.08, 1.0, 0.88),
            curve((0, 0), (0.25, 0.23), (0.7, 0.76), (1, 1)),
        ]  # fmt: skip
    return []


def _weather(edit: Edit) -> list[Step]:
    """Light under clouds: what falls from the sky takes the sun away."""
    chain: list[Step] = []
    rain = min(1.0, edit.strength("rain")) if edit.time not in ("day", "golden") else 0.0
    if rain:
        flat = curve((0, 0.02), (0.5, 0.42), (1, 0.86))
        chain.append(mixed(_chain(flat, saturation(0.68), gain(0.93, 0.99, 1.08)), rain))
    snow = min(1.0, edit.strength("snow"))
    if snow:
        frost = _chain(saturation(0.3), curve((0, 0.05), (0.4, 0.56), (1, 0.98)))
        chain.append(foliage(frost, 0.3 * snow if edit.season is None else 0))
        chain.append(mixed(_chain(saturation(0.78), gain(0.94, 0.99, 1.08)), snow))
    fog = min(1.0, edit.strength("fog"))
    if fog:
        chain.append(mixed(saturation(0.7), fog))
    return chain


_STYLES: dict[str, list[Step]] = {
    "black_and_white": [saturation(0), curve((0, 0), (0.25, 0.22), (0.7, 0.74), (1, 1))],
    "noir": [saturation(0), curve((0, 0), (0.22, 0.06), (0.5, 0.4), (0.78, 0.84), (1, 1))],
    "sepia": [repaint(rgb("#1c0f06"), rgb("#f8e6c0"))],
    "vintage": [
        curve((0, 0.09), (0.3, 0.31), (0.75, 0.76), (1, 0.93)), saturation(0.72),
        split(rgb("#20505c"), rgb("#ffd890"), 0.34, keep=1.0), gain(1.05, 0.99, 0.9),
    ],
    "neon": [
        curve((0, 0), (0.3, 0.16), (0.6, 0.5), (0.85, 0.85), (1, 1)), saturation(1.25),
        split(rgb("#2416a0"), rgb("#ff3fa8"), 0.85, keep=0.55),
    ],
    "pastel": [
        curve((0, 0.27), (0.35, 0.6), (0.7, 0.83), (1, 0.98)), saturation(0.95),
        split(rgb("#a89cd8"), rgb("#ffc8d0"), 0.3, keep=0.9),
    ],
    "cinematic": [
        curve((0, 0), (0.22, 0.17), (0.72, 0.77), (1, 0.98)), saturation(0.92),
        split(rgb("#0a5866"), rgb("#ffab66"), 0.36, keep=0.95),
    ],
    "teal_and_orange": [
        curve((0, 0), (0.25, 0.21), (0.72, 0.76), (1, 1)),
        poles(rgb("#006878"), rgb("#ff8c32"), 0.82),
    ],
    "old_film": [curve((0, 0.05), (0.25, 0.19), (0.72, 0.8), (1, 0.96)), saturation(0.8)],
}  # fmt: skip


def _tones(edit: Edit) -> list[Step]:
    if not edit.tones:
        return []
    dark, light = sorted((edit.tones[0], edit.tones[-1]), key=colour.luma)
    return [split(dark, light, 0.9, keep=0.2)]


def _adjustments(edit: Edit) -> list[Step]:
    chain: list[Step] = []
    if much := edit.strength("brightness"):
        bend = max(-0.24, min(0.24, 0.14 * much))
        chain.append(curve((0, 0), (0.45, 0.45 + bend), (1, min(1.0, 1 + bend * 0.5))))
    if much := edit.strength("contrast"):
        bend = max(-0.12, min(0.12, 0.075 * much))
        floor = max(0.0, -bend * 0.8)
        chain.append(curve((0, floor), (0.25, 0.25 - bend), (0.75, 0.75 + bend), (1, 1 - floor)))
    if much := edit.strength("warmth"):
        chain.append(
            gain(1 + 0.2 * much, 1, 1 / (1 + 0.3 * much))
            if much > 0
            else gain(1 / (1 - 0.24 * much), 1, 1 - 0.2 * much)
        )
    if much := edit.strength("saturation"):
        chain.append(saturation(1 + 0.45 * much if much > 0 else max(0.0, 1 + 0.5 * much)))
    return chain
