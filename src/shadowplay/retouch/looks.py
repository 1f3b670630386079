"""Looks: what an edit does to colours and pictures, as filters from `looks.toml`, filled in."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from shadowplay import colour
from shadowplay.retouch.edit import Edit
from shadowplay.retouch.scenery import Survey
from shadowplay.scene import Rgb
from shadowplay.tables import load

LOOKS = load("retouch/looks.toml", dict[str, dict[str, Any]])


_RANGES = (("s", 0.0, 0.9), ("m", 0.15, 1.4), ("h", 0.88, 1.2))
"""colorbalance's shadows, middles and lights: how near each is to the light hue, and its weight.

They part at a tenth and a third of all light.
"""


class Grade(NamedTuple):
    """A change of colour by colour."""

    filters: str  # of libavfilter
    share: float = 1.0  # how much of it is done; 1 is all, more goes beyond it
    # filters that give its place, 65,535 in red where it is done in full; or nothing
    mask: str = ""
    outside: str = ""  # filters for all that is outside the mask, or nothing


class _Macro:
    """Something in braces in a filter, made of the words behind its colon."""

    def __init__(self, make: Callable[..., str]) -> None:
        self._make = make

    def __format__(self, words: str) -> str:
        return self._make(*words.split())


def grades(edit: Edit, survey: Survey) -> Iterator[Grade]:
    """The whole grade of an edit, in order."""
    yield from _steps("season", edit.season or "", 1, survey)
    for row in LOOKS["weather"]:
        # Where the sun is asked for, rain does not take it away.
        if row != "rain" or edit.time not in ("day", "golden"):
            share = min(1.0, edit.strength(row))
            yield from _steps("weather", row, share, survey)
    yield from _steps("time", edit.time or "", 1, survey)
    yield from _steps("style", edit.style or "", 1, survey)
    if edit.tones:
        dark, light = sorted((edit.tones[0], edit.tones[-1]), key=colour.luma)
        yield Grade(_tint(dark, light, 0.9, 0.2))
    for row in LOOKS["adjustment"]:
        name, _, less = row.partition(" ")
        share = edit.strength(name) * (-1 if less else 1)
        yield from _steps("adjustment", row, share, survey)


def _steps(table: str, row: str, share: float, survey: Survey) -> Iterator[Grade]:
    if share <= 0:
        return
    macros = {
        "saturation": _Macro(lambda factor: _saturation(float(factor))),
        "exposure": _Macro(lambda *parts: _exposure(survey, *map(float, parts))),
        "tint": _Macro(lambda a, b, *how: _tint(colour.rgb(a), colour.rgb(b), *map(float, how))),
    }
    for step in LOOKS[table].get(row, ()):
        yield Grade(
            step["filters"].format(**macros),
            share * step.get("share", 1),
            LOOKS["mask"].get(step.get("within"), ""),
            step.get("outside", "").format(**macros),
        )


def _saturation(factor: float) -> str:
    """Colours `factor` times as strong at the same lightness."""
    grey = [part * (1 - factor) for part in (0.2126, 0.7152, 0.0722)]
    parts = [
        f"{row}{column}={grey[k] + (factor if row == column else 0):.4f}"
        for row in "rgb"
        for k, column in enumerate("rgb")
    ]
    return f"colorchannelmixer={':'.join(parts)}"


def _exposure(survey: Survey, *parts: float) -> str:
    """A curve that brings the film's own middle and lights to levels that depend on them."""
    middle, low, high, light, least, most, white = parts
    own = min(0.8, max(0.12, survey.middle))
    top = min(0.96, max(own + 0.12, survey.light))
    points = (
        (0.0, 0.0),
        (own, min(high, max(low, own * middle))),
        (top, min(most, max(least, survey.light * light))),
        (1.0, white),
    )
    return f"curves=interp=pchip:all='{' '.join(f'{x:.4f}/{y:.4f}' for x, y in points)}'"


def _tint(dark: Rgb, light: Rgb, strength: float, keep: float) -> str:
    """Shadows pulled toward one hue and lights toward another, at the same lightness."""
    low, high = _hue(dark), _hue(light)
    parts = [
        f"{channel}{tone}={max(-1, min(1, (a + (b - a) * share) * strength * much)):.4f}"
        for tone, share, much in _RANGES
        for channel, a, b in zip("rgb", low, high, strict=True)
    ]
    own = _saturation(1 - strength * (1 - keep))
    return f"{own},colorbalance={':'.join(parts)}"


def _hue(rgb: Rgb) -> list[float]:
    """A colour's departure from grey, at a common strength."""
    grey = colour.luma(rgb)
    off = [part / 255 - grey for part in rgb]
    reach = max(map(abs, off))
    return [part * min(1, 0.36 / reach) if reach > 0.02 else 0 for part in off]


def before(edit: Edit) -> str:
    """Filters of a film's pictures as they come; maybe none."""
    rows = LOOKS["before"].items()
    return ",".join(row for name, row in rows if name in edit.effects or getattr(edit, name, False))


def lens(edit: Edit, survey: Survey, seed: int, count: int) -> str:
    """Filters of the pictures that were drawn over, of which there will be so many; maybe none."""
    dark = edit.time in ("night", "dusk")
    strengths = ({"glow": 0.7} if dark else {}) | edit.effects
    if "silhouette" in strengths:
        strengths.pop("glow", None)
    strengths["grain"] = max(edit.strength("grain"), edit.strength("old_film"))
    above = 0.5 if dark else min(0.85, survey.light - 0.05)
    (width, height), unit = survey.size, survey.size.unit
    filters = [
        row.format(
            strength=_times(strength), unit=_times(unit), reach=_times(unit * strength),
            above=_times((16 + 219 * above) / 255), width=width, height=height, seed=seed % 1000,
        )
        for name, row in LOOKS["lens"].items()
        if (strength := strengths.get(name))
    ]  # fmt: skip
    if edit.strength("old_film"):
        filters.append(f"fps={survey.fps}")
    return ",".join([*filters, *_fades(edit, count - 1, survey.fps)])


def _times(number: float) -> _Macro:
    """A number in braces: it is multiplied by what is behind the colon, to which more is added."""

    def product(words: str) -> str:
        factor, _, more = words.partition("+")
        return f"{number * float(factor) + float(more or 0):.4f}"

    return _Macro(product)


def _fades(edit: Edit, last: int, fps: Fraction) -> Iterator[str]:
    """Filters of fades in a film whose last picture has this number."""
    longest = last // 2 if edit.fade_in and edit.fade_out else last
    for way, fade in (("in", edit.fade_in), ("out", edit.fade_out)):
        if fade is not None:
            length = max(1, min(round(fade.seconds * fps), longest))
            # The filter begins with the first picture that is not before the start.
            start = float((last - length - Fraction(1, 2)) / fps)
            filters = LOOKS["fade"][way].format(start=max(0.0, start), seconds=float(length / fps))
            negative = LOOKS["fade"]["white"]
            yield f"{negative},{filters},{negative}" if fade.colour == "white" else filters
