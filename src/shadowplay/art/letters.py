"""Letters: the outlines of words, from the font that Pillow brings."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from io import BytesIO
from typing import Any

import freetype
import numpy as np
from PIL import ImageFont

from shadowplay.art.paths import Outline, Point, closed_line, cubic

_TRACKING = 0.06  # the gap added between letters, in parts of their size
_UNSCALED = 1  # FreeType's FT_LOAD_NO_SCALE: outlines in the font's own units
_ONE_AT_A_TIME = threading.RLock()  # a face must not be used by two threads at once


@cache
def _face() -> Any:
    font = ImageFont.load_default(16)
    assert isinstance(font, ImageFont.FreeTypeFont)
    make: Any = freetype.Face
    return make(BytesIO(font.font_bytes))


def drawable(text: str) -> str:
    """What the font has of a text: letters lose their accents, other scripts go."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ø", "o"))
    with _ONE_AT_A_TIME:
        face = _face()
        return " ".join("".join(c for c in plain if c == " " or face.get_char_index(c)).split())


@cache
def _letter(character: str) -> tuple[tuple[Outline, ...], float]:
    """A letter's outlines, y up, and its width; the letter M is about 0.7 high."""
    lines: list[list[Point]] = []

    def move(to: freetype.Vector, _: object) -> None:
        lines.append([(to.x, to.y)])

    def curve(*to: freetype.Vector | None) -> None:
        # A line, or a curve with one control or two; the last argument is FreeType's own.
        lines[-1] += cubic(lines[-1][-1], *((p.x, p.y) for p in to if p is not None))

    with _ONE_AT_A_TIME:
        face = _face()
        face.load_char(character, _UNSCALED)
        glyph, size = face.glyph, face.units_per_EM
        glyph.outline.decompose(None, move, curve, curve, curve)
        outlines = (closed_line(np.asarray(line, np.float64)) / size for line in lines)
        return tuple(outlines), glyph.metrics.horiAdvance / size


def lettering(
    text: str, left: float, right: float, middle: float, high: float
) -> list[list[Outline]]:
    """The letters of a text that fits a box, each as its outlines, y up.

    They are on one line, or on two if that makes them larger. The box is from `left` to `right` and
    `high` metres high, half of that above `middle`.
    """
    words = drawable(text).split()
    options = [[" ".join(words)]]
    options += [[" ".join(words[:k]), " ".join(words[k:])] for k in range(1, len(words))]
    wide = right - left

    def size_of(lines: list[str]) -> float:
        longest = max(map(_width, lines))
        return min(high / len(lines) / 0.95, wide / max(longest, 0.01))

    lines = max(options, key=size_of)
    size = size_of(lines)
    letters: list[list[Outline]] = []
    for n, line in enumerate(lines):
        base = middle + ((len(lines) - 1) / 2 - n) * size * 0.95 - 0.36 * size
        x = (left + right) / 2 - _width(line) * size / 2
        for character in line:
            outlines, step = _letter(character)
            letters.append([outline * size + np.asarray([x, base]) for outline in outlines])
            x += (step + _TRACKING) * size
    return [letter for letter in letters if letter]


def _width(line: str) -> float:
    return sum(_letter(character)[1] + _TRACKING for character in line) - _TRACKING
