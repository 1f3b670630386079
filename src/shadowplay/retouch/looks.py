"""Looks: what an edit does to colours and pictures, as filters from `looks.toml`, filled in."""

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from shadowplay import colour
from shadowplay.retouch.reading import Edit
from shadowplay.retouch.scenery import Survey
from shadowplay.tables import load

LOOKS = load("retouch/looks.toml", dict[str, dict[str, Any]])

_BRACES = re.compile(r"\{(\w+):?([^}]*)\}")

_RANGES = (("s", 0.0, 0.9), ("m", 0.15, 1.4), ("h", 0.88, 1.2))
"""colorbalance's shadows, middles and lights: how near each is to the light hue, and its weight.

They part at a tenth and a third of all light.
"""


class Grade(NamedTuple):
    """A change of colour by colour."""

    filters: str  # of libavfilter
    share: float  # how much of it is done; 1 is all, more goes beyond it
    # filters that give its place, 65,535 in red where it is done in full; or nothing
    mask: str
    outside: str  # filters for all that is outside the mask, or nothing


def grades(edit: Edit, survey: Survey) -> Iterator[Grade]:
    """The whole grade of an edit, in order."""
    # Where the sun is asked for, rain does not take it away.
    shining = {"rain"} if edit.time in ("day", "golden") else set()
    weather = [row for row in LOOKS["weather"] if row not in shining]
    steps = [(LOOKS["season"].get(edit.season, ()), 1.0)]
    steps += [(LOOKS["weather"][row], min(1.0, edit.strength(row))) for row in weather]
    steps += [(LOOKS[table].get(getattr(edit, table), ()), 1.0) for table in ("time", "style")]
    if edit.tones:
        dark, light = sorted((edit.tones[0], edit.tones[-1]), key=_light)
        steps.append(([{"filters": f"{{tint:{dark} {light} 0.9 0.2}}"}], 1.0))
    for row, found in LOOKS["adjustment"].items():
        name, _, sign = row.partition(" ")
        steps.append((found, edit.strength(name) * int(sign or 1)))
    macros: dict[str, Callable[..., str]] = {
        "saturation": _saturation,
        "exposure": lambda *parts: _exposure(survey, *map(float, parts)),
        "tint": _tint,
    }
    for found, share in steps:
        for step in found if share > 0 else ():
            yield Grade(
                _filled(step["filters"], macros),
                share * step.get("share", 1),
                LOOKS["mask"].get(step.get("within"), ""),
                _filled(step.get("outside", ""), macros),
            )


def _filled(filters: str, macros: Mapping[str, Callable[..., str]]) -> str:
    """Filters with all that is in braces made by the macros, of the words behind the colon."""
    return _BRACES.sub(lambda found: macros[found[1]](*found[2].split()), filters)


def _saturation(factor: str | float) -> str:
    """Colours `factor` times as strong at the same lightness."""
    own = float(factor)
    grey = [part * (1 - own) for part in (0.2126, 0.7152, 0.0722)]
    parts = [
        f"{row}{column}={grey[k] + (own if row == column else 0):.4f}"
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


def _tint(dark: str, light: str, strength: str, keep: str) -> str:
    """Shadows pulled toward one hue and lights toward another, at the same lightness."""
    much = float(strength)
    parts = [
        f"{channel}{tone}={max(-1, min(1, (a + (b - a) * share) * much * weight)):.4f}"
        for tone, share, weight in _RANGES
        for channel, a, b in zip("rgb", _hue(dark), _hue(light), strict=True)
    ]
    return f"{_saturation(1 - much * (1 - float(keep)))},colorbalance={':'.join(parts)}"


def _light(code: str) -> float:
    return colour.luma(colour.rgb(code))


def _hue(code: str) -> list[float]:
    """A colour's departure from grey, at a common strength."""
    off = [part / 255 - _light(code) for part in colour.rgb(code)]
    reach = max(map(abs, off))
    return [part * min(1, 0.36 / reach) if reach > 0.02 else 0 for part in off]


def before(edit: Edit) -> str:
    """Filters of a film's pictures as they come; maybe none."""
    return ",".join(row for name, row in LOOKS["before"].items() if name in edit.effects)


def lens(edit: Edit, survey: Survey, seed: int, count: int) -> str:
    """Filters of the pictures that were drawn over, of which there will be so many; maybe none."""
    dark = edit.time in ("night", "dusk")
    strengths = ({"glow": 0.7} if dark else {}) | edit.effects
    if "silhouette" in strengths:
        strengths.pop("glow", None)
    strengths["grain"] = max(edit.strength("grain"), edit.strength("old_film"))
    above = 0.5 if dark else min(0.85, survey.light - 0.05)
    unit = survey.size.unit
    filters = [
        _filled(row, {
            "strength": _times(strength), "unit": _times(unit), "reach": _times(unit * strength),
            "above": _times((16 + 219 * above) / 255), "seed": lambda: str(seed % 1000),
            "width": lambda: str(survey.size.width), "height": lambda: str(survey.size.height),
        })
        for name, row in LOOKS["lens"].items()
        if (strength := strengths.get(name))
    ]  # fmt: skip
    if edit.strength("old_film"):
        filters.append(f"fps={survey.fps}")
    return ",".join([*filters, *_fades(edit, count - 1, survey.fps)])


def _times(number: float) -> Callable[[str], str]:
    """A number in braces: it is multiplied by what is behind the colon, to which more is added."""

    def product(words: str) -> str:
        factor, _, more = words.partition("+")
        return f"{number * float(factor) + float(more or 0):.4f}"

    return product


def _fades(edit: Edit, last: int, fps: Fraction) -> Iterator[str]:
    """Filters of fades in a film whose last picture has this number."""
    for end, fade in edit.fades.items():
        length = max(1, min(round(fade.seconds * fps), last // len(edit.fades)))
        # The filter begins with the first picture that is not before the start.
        start = max(0.0, float((last - length - Fraction(1, 2)) / fps))
        macros = {"start": _times(start), "seconds": _times(float(length / fps))}
        filters, negative = _filled(LOOKS["fade"][end], macros), LOOKS["fade"]["white"]
        yield f"{negative},{filters},{negative}" if fade.colour == "white" else filters
