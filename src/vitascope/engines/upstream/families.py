"""The families: what models can draw in one go, told by the names under which they are served."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from vitascope.spec import FPS, Size

_720P = 720 * 1280
_720P_BY_32 = 736 * 1280


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models that share their geometry.

    Attributes:
        words: all of them are in the name of such a model, in lower case.
        fps: frames a second of what it draws.
        first: it draws `first + n * step` frames.
        step: likewise.
        fewest: frames it draws at least.
        most: frames it was trained for. Longer films are chained, but for a model that goes on
            from no picture: it is asked for all of it. None: not known.
        align: width and height are multiples of this.
        pixels: of one picture, at most; larger films are scaled up.
        image: whether it goes on from a picture; None: not known, the server says no if not.
        video: whether it takes a film to change; None: likewise.
        sound_switch: whether it is silent unless it is asked for sound.
    """

    words: tuple[str, ...] = ()
    fps: int = FPS
    first: int = 1
    step: int = 8
    fewest: int = 1
    most: int | None = None
    align: int = 32
    pixels: int = _720P_BY_32
    image: bool | None = None
    video: bool | None = None
    sound_switch: bool = False

    def native_size(self, asked: Size) -> Size:
        """The size to ask for: at least what is wanted, or as near as the model can."""
        shrink = min(1.0, math.sqrt(self.pixels / (asked.width * asked.height)))
        rounded = math.ceil if shrink == 1.0 else round
        width, height = (max(1, rounded(e * shrink / self.align)) * self.align for e in asked)
        return Size(width, height)

    def native_frames(self, frames: int) -> int:
        """How many to ask for, so that so many of the house's frames come of it, or the most."""
        wanted = max(self.fewest, math.ceil(Fraction(frames * self.fps, FPS)))
        if self.most is not None and self.image is not False:
            wanted = min(wanted, self.most)
        return self.first + max(0, math.ceil((wanted - self.first) / self.step)) * self.step

    def house_frames(self) -> int | None:
        """How many of the house's frames it draws in one go at most; None: not known."""
        if self.most is None or self.image is False:
            return None
        return self.most * FPS // self.fps


_FAMILIES = (
    Family(words=("ltx-2",), most=289, align=64, pixels=1088 * 1920, image=True),
    Family(words=("ltx2",), most=289, align=64, pixels=1088 * 1920, image=True),
    Family(words=("minimax-h3",), first=5, step=17, fewest=124, most=362, image=True),
    Family(words=("fasth3",), first=5, step=17, fewest=124, most=362, image=True),
    Family(
        words=("cosmos3",),
        step=4,
        most=297,
        align=16,
        pixels=_720P,
        image=True,
        video=True,
        sound_switch=True,
    ),
    Family(words=("wan", "ti2v-5b"), step=4, most=121, image=True, video=False),
    Family(
        words=("wan", "vace"),
        fps=16,
        step=4,
        most=81,
        align=16,
        pixels=_720P,
        image=True,
        video=True,
    ),
    Family(
        words=("wan", "i2v"),
        fps=16,
        step=4,
        most=81,
        align=16,
        pixels=_720P,
        image=True,
        video=False,
    ),
    Family(
        words=("wan", "t2v"),
        fps=16,
        step=4,
        most=81,
        align=16,
        pixels=_720P,
        image=False,
        video=False,
    ),
    Family(words=("wan2",), fps=16, step=4, most=81, align=16, pixels=_720P),
    Family(
        words=("hunyuanvideo", "i2v"),
        step=4,
        most=121,
        align=16,
        pixels=_720P,
        image=True,
        video=False,
    ),
    Family(
        words=("hunyuanvideo", "t2v"),
        step=4,
        most=121,
        align=16,
        pixels=_720P,
        image=False,
        video=False,
    ),
    Family(words=("kandinsky-6",), step=4, most=121, align=16, pixels=512 * 896, image=True),
    Family(words=("helios",), first=0, step=33, fewest=33, pixels=384 * 640, image=True),
)
"""The first that fits counts. Lengths and sizes are those the models' own cards tell."""

UNKNOWN = Family()
"""Of models with other names: 8n + 1 frames suit every family that needs 4n + 1, too."""


def family_of(names: str) -> Family:
    """The family of a model.

    Args:
        names: all that is known of what it is called.
    """
    plain = names.lower().replace("_", "-")
    return next((one for one in _FAMILIES if all(word in plain for word in one.words)), UNKNOWN)
