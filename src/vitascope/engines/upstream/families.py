"""Limits of model families (size, length, inputs), found by the served model's name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from vitascope.engines.native import native_size
from vitascope.spec import FPS, Size

_720P = 720 * 1280
_720P_BY_32 = 736 * 1280


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Models with the same limits.

    Attributes:
        words: all of them occur in the model's name, in lower case.
        fps: its frame rate, in frames per second.
        first: a film has `first + n * step` frames.
        step: see `first`.
        fewest: its minimum number of frames.
        most: the number of frames it was trained for. A longer film is rendered as a chain of jobs,
            or in one job if the model accepts no first frame. None if unknown.
        align: width and height are multiples of this.
        pixels: the maximum per frame; the frames of larger films are scaled up.
        image: whether it accepts a first frame; None if unknown: then the server decides.
        video: whether it accepts a video to edit; None if unknown.
        sound_switch: whether sound has to be requested.
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

    def native_size(self, requested: Size) -> Size:
        """The smallest native size that covers the requested one, or the nearest below `pixels`."""
        return native_size(requested, align=self.align, pixels=self.pixels)

    def native_frames(self, frames: int, rate: Fraction) -> int:
        """How many native frames give `frames` output frames at `rate`, limited by `most`."""
        needed = max(self.fewest, math.ceil(frames * self.fps / rate))
        if self.most is not None and self.image is not False:
            needed = min(needed, self.most)
        return self.first + max(0, math.ceil((needed - self.first) / self.step)) * self.step

    def output_frames(self, rate: Fraction) -> int | None:
        """The maximum of output frames at `rate` from one job; None if unknown."""
        if self.most is None or self.image is False:
            return None
        return int(self.most * rate / self.fps)


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
"""The first match is used. Source of lengths and sizes: the model cards."""

UNKNOWN = Family()
"""For all other names. 8n + 1 frames also satisfy the rule 4n + 1."""


def family_of(names: str) -> Family:
    """The family of a model, by all of its known names in one string."""
    plain = names.lower().replace("_", "-")
    return next((one for one in _FAMILIES if all(word in plain for word in one.words)), UNKNOWN)
