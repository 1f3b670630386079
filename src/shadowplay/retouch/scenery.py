"""What a film shows that nobody described.

The survey is what it is like on the whole, looked at once before any of it is changed; scenery is
where its sky is, how far things are and how the camera goes, picture by picture.
"""

import math
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from shadowplay import colour, exact
from shadowplay.colour import Floats
from shadowplay.files import decoded, open_film, pace_of
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.layers import Picture, Plane, halved
from shadowplay.picture.noise import smoothstep
from shadowplay.shot import Size

_EDGE = 160  # longer edge of the small copies in which scenery is looked for
_CUT = 26.0  # mean change of luma from one picture to the next that is taken for a cut
_CLOUD = 10  # pixels of a small copy within which a gap in the sky may be a cloud
_LEAST_SKY = 0.06  # a smaller part of the picture is not trusted to be sky
_EASE = 0.25  # how quickly masks follow what they see

_LOOKS = 10  # key frames that are looked at, at most
_STILL = 0.06  # shifts between small copies, in their pixels, that are taken for none


def shrunk(picture: Picture) -> Picture:
    """A small copy of a picture, its three planes of one size."""
    size = Size(picture.width, picture.height).within(_EDGE, 8)
    planes = []
    for plane in picture:
        while plane.shape[0] % 2 == plane.shape[1] % 2 == 0 and plane.shape[0] >= 2 * size[1]:
            plane = halved(plane)
        planes.append(np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8))
    return Picture(*planes)


def skies(small: Picture) -> Floats:
    """How surely each pixel of a small copy is sky, 0 to 1.

    Sky is smooth, not green, bright or blue, and joined to the upper edge of the picture.
    """
    y, u, v = (plane.astype(np.float32) for plane in small)
    rough = cv2.blur(cv2.absdiff(y, cv2.blur(y, (3, 3))), (5, 5))
    smooth = 1 - smoothstep(2.0, 6.5, np.asarray(rough, np.float32))
    down = np.linspace(0, 1, y.shape[0], dtype=np.float32)[:, None]
    green = np.clip(((128 - u) + (128 - v) - 8) / 16, 0, 1) * (u < 127) * (v < 127)
    ground = float(np.median(y[y.shape[0] * 2 // 3 :]))
    bright = smoothstep(ground - 6, ground + 18, y)
    blue = smoothstep(4, 12, u - 128) * (v < 134) * smoothstep(ground - 50, ground - 20, y)
    sure = smooth * (1 - smoothstep(0.5, 0.9, down)) * (1 - green) * np.maximum(bright, blue)
    found = (sure > 0.35).astype(np.uint8)
    _, labels = cv2.connectedComponents(found, connectivity=4)
    joined = np.unique(labels[:2][found[:2] > 0])
    sky = np.isin(labels, joined) & (found > 0)
    # What differs from the sky all around it, such as a white wall, is none.
    sky &= _alike(sky, (y, u, v), 61, slack=30, hue=7)
    # Clouds have edges too: what is as light and lies within the sky belongs to it.
    round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _CLOUD + 1,) * 2)
    room = np.pad(sky.astype(np.uint8), ((_CLOUD, 0), (_CLOUD, _CLOUD)), "edge")
    around = cv2.morphologyEx(room, cv2.MORPH_CLOSE, round_)[_CLOUD:, _CLOUD:-_CLOUD]
    sky |= (around > 0) & _alike(sky, (y, u, v), 2 * _CLOUD + 1)
    # The sky goes on up to the very edges of what stands before it.
    return np.asarray(sky | _alike(sky, (y, u, v), 11), np.float32)


def _alike(
    found: NDArray[np.bool_],
    colours: tuple[Floats, Floats, Floats],
    reach: int,
    *,
    slack: float = 12,
    hue: float = 4.5,
) -> NDArray[np.bool_]:
    """Where a picture looks like the sky beside it: no darker, and of its hue or a paler one."""
    sky = found.astype(np.float32)
    near = cv2.blur(sky, (reach, reach))
    share = np.maximum(near, 1e-3)
    y, u, v = (cv2.blur(part * sky, (reach, reach)) / share for part in colours)
    u, v = u - 128, v - 128
    own_u, own_v = colours[1] - 128, colours[2] - 128
    along = np.clip((own_u * u + own_v * v) / (u * u + v * v + 1), 0, 1.15)
    off = exact.hypot(own_u - along * u, own_v - along * v)
    return (near > 0.02) & (colours[0] > y - slack) & (off < hue)


def distances(small: Picture) -> Floats:
    """How far away things are, guessed: 0 near, 1 far.

    Far things are higher in the picture and veiled: even their darkest channel is light (the dark
    channel of He, Sun and Tang, 2009).
    """
    rgb = colour.to_rgb(*(plane.astype(np.float32) for plane in small))
    dark = rgb.min(axis=1).reshape(small.y.shape)
    dark = cv2.erode(dark, np.ones((5, 5), np.uint8))
    down = np.linspace(0, 1, dark.shape[0], dtype=np.float32)[:, None]
    high = 1 - smoothstep(0.3, 1.0, down)
    return np.clip(0.5 * high + 0.75 * np.clip(dark, 0, 1), 0, 1)


class Scenery:
    """Follows a film picture by picture."""

    def __init__(self, size: Size) -> None:
        self.wanted: set[str] = set()  # "sky", "depth" or "way"; the rest costs nothing
        # How surely each pixel of chroma's planes is sky, 0 to 1, and how far it is, 0 to 1.
        self.sky: Floats = np.zeros((size.height // 2, size.width // 2), np.float32)
        self.depth = self.sky
        self.x = self.y = 0.0  # how far the camera has gone to the right and up, in pixels
        self._kept: dict[str, Floats] = {}  # the sky and the depth of the small copies
        self._before: Floats | None = None

    def follow(self, picture: Picture) -> None:
        """Look at the next picture, before anything is done to it."""
        if not self.wanted:
            return
        small = shrunk(picture)
        light = small.y.astype(np.float32)
        cut = self._before is None or float(cv2.absdiff(light, self._before).mean()) > _CUT
        share = np.float32(1 if cut else _EASE)
        if "way" in self.wanted and self._before is not None and not cut:
            window = cv2.createHanningWindow(light.shape[::-1], cv2.CV_32F)
            # OpenCV lays the window over its input itself where it need not be padded.
            (x, y), sure = cv2.phaseCorrelate(self._before.copy(), light.copy(), window)
            if sure > 0.25 and _STILL < math.hypot(x, y) < _EDGE / 8:
                self.x -= x * picture.width / light.shape[1]
                self.y += y * picture.width / light.shape[1]
        guide, found = halved(picture.y).astype(np.float32), {}
        for what, look in (("sky", skies), ("depth", distances)):
            if what in self.wanted:
                kept = self._kept.get(what, np.float32(0))
                self._kept[what] = kept + (look(small) - kept) * share
                found[what] = refine(light, self._kept[what], guide)
        self.sky = smoothstep(0.25, 0.85, found["sky"]) if "sky" in found else self.sky
        self.depth = found.get("depth", self.depth)
        self._before = light


def refine(light: Floats, mask: Floats, guide: Floats) -> Floats:
    """A small mask, 0 to 1, enlarged along the edges of a guide, whose light at its size is given.

    Source: fast guided filter, He and Sun, 2015.
    """
    reach = (9, 9)
    mean, level = cv2.blur(light, reach), cv2.blur(mask, reach)
    variance = cv2.blur(light * light, reach) - mean * mean
    slope = (cv2.blur(light * mask, reach) - mean * level) / (variance + 40)
    offset = level - slope * mean
    size = guide.shape[::-1]
    slope = cv2.resize(cv2.blur(slope, (5, 5)), size)
    offset = cv2.resize(cv2.blur(offset, (5, 5)), size)
    found = cv2.add(cv2.multiply(slope, guide), offset)
    return np.clip(found, 0, 1)


class Survey(NamedTuple):
    """Measures of a film; light is 0 to 1."""

    size: Size
    frames: int  # how many pictures the film has
    fps: Fraction  # how many of them are shown a second
    middle: float  # the median of luma
    light: float  # the luma that 5 % of all pixels are above
    # three lumas, 16 to 235, that part all but the sky into four groups, dark to light
    levels: tuple[float, float, float]
    backlit: bool  # the border of the picture is lighter than its middle, or no darker
    sky: float  # the part of the picture that looks like sky, 0 to 1
    sky_bottom: float  # down to where the sky reaches, as part of the height
    clear: bool  # the sky has a colour of its own; a white wall has none

    @property
    def skied(self) -> bool:
        """Whether so much looks like sky that it can be trusted to be one."""
        return self.sky > _LEAST_SKY


def look_at(film: Path) -> Survey:
    """Look at small copies of a film's key frames from all over it.

    Raises:
        ShadowplayError: `invalid_video`; it is no film, or it is broken.
    """
    fps, count = pace_of(film)
    with open_film(film) as opened:
        codec = opened.streams.video[0].codec_context
        size = Size(codec.width, codec.height)
        codec.skip_frame = "NONKEY"
        pictures = [shrunk(picture_of(frame)) for frame in decoded(opened, av.VideoFrame)]
    pictures = pictures[:: -(-len(pictures) // _LOOKS) or 1]
    lumas, us, vs = (np.stack(planes) for planes in zip(*pictures, strict=True))
    masks = np.stack([skies(picture) for picture in pictures])
    values = (lumas.astype(np.float32) - 16) / 219
    middle, light = np.percentile(values, (50, 95)).tolist()
    rows = masks.mean(axis=(0, 2))
    reached = np.flatnonzero(rows > 0.12)
    bottom = float(reached[-1] + 1) / len(rows) if reached.size else 0.5
    land = lumas[masks < 0.5]
    parted = _otsu(land)
    levels = _otsu(land[land <= parted]), parted, _otsu(land[land > parted])
    hue = exact.hypot(us.astype(np.float32) - 128, vs.astype(np.float32) - 128)
    clear = float((hue * masks).sum()) > 7 * float(masks.sum())
    height, width = values.shape[1:]
    border = np.zeros((height, width), np.bool_)
    border[: height // 6] = True
    border[: height // 2, : width // 8] = border[: height // 2, -(width // 8) :] = True
    inner = values[:, height // 4 : height * 7 // 8, width // 4 : width * 3 // 4]
    backlit = float(values[:, border].mean()) > float(inner.mean()) - 0.05
    sky = float(masks.mean())
    return Survey(size, count, fps, middle, light, levels, backlit, sky, bottom, clear)


def _otsu(values: Plane) -> float:
    """Otsu's threshold of some pixels."""
    if values.size < 2:
        return 128.0
    threshold, _ = cv2.threshold(values.reshape(1, -1), 0, 255, cv2.THRESH_OTSU)
    return float(threshold) + 0.5
