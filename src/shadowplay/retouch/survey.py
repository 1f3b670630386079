"""The Survey: what a film is like on the whole, looked at once before any of it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from shadowplay import exact
from shadowplay.colour import Floats
from shadowplay.files import decoded, open_film
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.layers import Picture, Plane
from shadowplay.retouch.scenery import shrunk, skies
from shadowplay.shot import FPS, Size

_LOOKS = 10
"""Key frames that are looked at, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Measures of a film; light is 0 to 1.

    Attributes:
        frames: how many pictures the film has.
        fps: how many of them are shown a second.
        middle: the median of luma.
        light: the luma that 5 % of all pixels are above.
        levels: three lumas, 16 to 235, that part all but the sky into four groups, dark to light.
        backlit: the border of the picture is lighter than its middle, or no darker.
        sky: the part of the picture that looks like sky, 0 to 1.
        sky_bottom: down to where the sky reaches, as part of the height.
        clear: the sky has a colour of its own; a white wall has none.
    """

    size: Size
    frames: int
    fps: Fraction
    middle: float
    light: float
    levels: tuple[float, float, float]
    backlit: bool
    sky: float
    sky_bottom: float
    clear: bool


def look_at(film: Path) -> Survey:
    """Look at a film's key frames.

    Raises:
        ShadowplayError: `invalid_video`; it is no film, or it is broken.
    """
    size, frames, fps, pictures = _pictures(film)
    lumas = np.stack([picture.y for picture in pictures])
    masks = np.stack([skies(picture) for picture in pictures])
    values = np.asarray((lumas.astype(np.float32) - 16) / 219, np.float32)
    middle, light = (float(level) for level in np.percentile(values, (50, 95)))
    rows = masks.mean(axis=(0, 2))
    reached = np.flatnonzero(rows > 0.12)
    land = lumas[masks < 0.5]
    parted = _otsu(land)
    return Survey(
        size=size,
        frames=frames,
        fps=fps,
        middle=middle,
        light=light,
        levels=(_otsu(land[land <= parted]), parted, _otsu(land[land > parted])),
        backlit=_backlit(values),
        sky=float(masks.mean()),
        sky_bottom=float(reached[-1] + 1) / len(rows) if reached.size else 0.5,
        clear=_clear(pictures, masks),
    )


def _pictures(film: Path) -> tuple[Size, int, Fraction, list[Picture]]:
    """A film's size, its frames and their rate, and small copies of key frames from all over it."""
    with open_film(film) as opened:
        stream = opened.streams.video[0]
        size = Size(stream.codec_context.width, stream.codec_context.height)
        fps = stream.average_rate or Fraction(FPS)
        count = stream.frames or round(Fraction(opened.duration or 0, av.time_base) * fps)
        stream.codec_context.skip_frame = "NONKEY"
        pictures = [shrunk(picture_of(frame)) for frame in decoded(opened, av.VideoFrame)]
    step = -(-len(pictures) // _LOOKS) or 1
    return size, count, fps, pictures[::step]


def _otsu(values: Plane) -> float:
    """Otsu's threshold of some pixels."""
    if values.size < 2:
        return 128.0
    threshold, _ = cv2.threshold(values.reshape(1, -1), 0, 255, cv2.THRESH_OTSU)
    return float(threshold) + 0.5


def _backlit(values: Floats) -> bool:
    height, width = values.shape[1:]
    border = np.zeros((height, width), np.bool_)
    border[: height // 6] = True
    border[: height // 2, : width // 8] = border[: height // 2, -(width // 8) :] = True
    inner = values[:, height // 4 : height * 7 // 8, width // 4 : width * 3 // 4]
    return float(values[:, border].mean()) > float(inner.mean()) - 0.05


def _clear(pictures: list[Picture], masks: Floats) -> bool:
    hues = np.stack([[one.u, one.v] for one in pictures]).astype(np.float32) - 128
    total = float(masks.sum())
    return total > 0 and float((exact.hypot(hues[:, 0], hues[:, 1]) * masks).sum()) / total > 7
