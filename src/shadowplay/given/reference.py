"""References: given pictures, or a film, as the ground of all that is drawn.

From one picture to the next both are moved along the dense optical flow between them (DIS; Kroeger
and others, 2016), while a camera goes on and the second one opens over the first, place by place.
Where the flow can't be trusted, because they show different things, the motion of its surroundings
is used, and the change takes less time.
"""

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
from PIL import Image, ImageOps

from shadowplay import colour, exact
from shadowplay.art.treads import ease
from shadowplay.colour import Floats
from shadowplay.files import frames, last_frames, pace_of, picture
from shadowplay.given.motion import flow_of, grid_of, luma_of, read, rounded, warped
from shadowplay.picture.camera import glide
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import Picture, Plane, halved
from shadowplay.picture.light import HOURS
from shadowplay.picture.noise import smoothstep
from shadowplay.scene import Scene
from shadowplay.shot import Size

_EDGE = 448  # longer edge, in pixels, at which flow is searched; finer detail moves with it
_FARTHEST = 0.22  # the longest way of a point, as a share of the longer edge
_SHORT = 3.0  # seconds in which a picture changes into one that has nothing in common with it
_SOFT = 0.55  # how much of the change one place takes; the rest is the order of the places

_FADE = 0.6  # seconds before and after a given picture in which all else goes and comes again
ARRIVAL = 2.5  # seconds in which a drawn film changes into its first given picture, at most
_LOOP = 0.6  # seconds in which the end of a film that is too short dissolves into its beginning

ENTRANCE = 0.5  # seconds after which everything the prompt adds is on its way in


class Ground(Element):
    """What is shown in place of a drawn sky and land."""

    arrives = True  # all that the prompt adds comes in later, because the beginning is given

    def cover(self, t: float, view: View) -> int:
        """All rows."""
        return 0

    def presence(self, t: float) -> float:
        """How much of what the prompt adds is visible at a time, 0 to 1."""
        return 1.0


def load(path: Path, size: Size) -> Picture:
    """Decode a picture, turn it upright and crop it to cover `size`.

    Raises:
        ShadowplayError: `invalid_image`; as from `picture`.
    """
    fitted = ImageOps.fit(picture(path), size, Image.Resampling.LANCZOS)
    y, u, v = colour.planes(np.asarray(fitted, np.float32))
    parts = (y, halved(u), halved(v))
    return Picture(*(np.clip(part + 0.5, 16, 240).astype(np.uint8) for part in parts))


class HourGrade(Element):
    """Lets the hour and the fog of the prompt come over a picture."""

    def __init__(self, scene: Scene) -> None:
        gain, lift, *self._shift = HOURS[scene.time].grade
        self._gain = gain * (1 - 0.4 * scene.fog)
        self._lift = lift + 62 * scene.fog

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Bend the levels; not at all at first."""
        share = ease(t / 2.5)
        gain = 1 + (self._gain - 1) * share
        lift = self._lift * share + 16 * (1 - gain)
        cv2.convertScaleAbs(picture.y, picture.y, gain, lift)
        for plane, shift in zip((picture.u, picture.v), self._shift, strict=True):
            cv2.convertScaleAbs(plane, plane, 1.0, shift * share)


class Still(Ground):
    """A picture as the ground: at first just so, then slowly nearer, the near part faster."""

    def __init__(self, picture: Picture, side: float, *, arrives: bool = True) -> None:
        """Prepare; the camera leans to the right, or, with -1 for `side`, to the left."""
        self._picture, self._side, self.arrives = picture, side, arrives

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Show the picture as the camera sees it now."""
        # A zoom, and a lean that drifts and gives depth.
        zoom = 1 / (1 + 0.16 * glide(t, 7))
        lean = self._side * 0.02 * glide(t, 5) * math.cos(t * 0.23)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        for source, target in zip(self._picture, picture, strict=True):
            x, y = target.shape[1] / 2, target.shape[0] * 0.46
            across = [zoom, lean * zoom, x * (1 - zoom) - lean * zoom * y]
            way = np.asarray([across, [0, zoom, y * (1 - zoom)]], np.float32)
            cv2.warpAffine(source, way, target.shape[::-1], target, how, cv2.BORDER_REFLECT)


class Reel(Ground):
    """A film as the ground; where it is too short, it begins again."""

    arrives = False

    def __init__(self, path: Path, size: Size) -> None:
        """Prepare to show a film, cropped to cover `size`.

        Raises:
            ShadowplayError: `invalid_video`; it can't be read.
        """
        self._path, self._size = path, size
        # Known from the start, so that each moment looks alike in whatever order it is drawn.
        self._last = self._shown = _fitted(last_frames(path, 1)[0], size)
        self._fps, self._count = pace_of(path)
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._number = self._count

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Show the film's frame of this time."""
        turn, number = divmod(int(t * float(self._fps) + 0.5), self._count)
        if number < self._number:
            self._frames, self._number = frames(self._path), -1
        if now := deque(islice(self._frames, number - self._number), maxlen=1):
            self._shown = _fitted(now[0], self._size)
        self._number = number
        picture.take(self._shown)
        share = float(number / self._fps) / _LOOP
        if turn and share < 1:
            picture.mix(self._last, 1 - share)


def _fitted(frame: av.VideoFrame, size: Size) -> Picture:
    """A frame in yuv420p, cropped and scaled to cover `size`."""
    scale = max(size.width / frame.width, size.height / frame.height)
    wide, tall = min(frame.width, size.width / scale), min(frame.height, size.height / scale)
    left, top = (frame.width - wide) / 2, (frame.height - tall) / 2
    how, fitted = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC, Picture.blank(*size)
    for plane, target, part in zip(picture_of(frame), fitted, (1, 2, 2), strict=True):
        rows = slice(round(top / part), round((top + tall) / part))
        crop = plane[rows, round(left / part) : round((left + wide) / part)]
        cv2.resize(crop, target.shape[::-1], target, interpolation=how)
    return fitted


class Stop(NamedTuple):
    """A given picture, and when the film shows it, in seconds of the scene's clock."""

    at: float
    picture: Picture


class Journey(Ground):
    """Shows each picture at its time and moves between them.

    After the last one, that picture comes alive as `Still` does.
    """

    def __init__(self, stops: Sequence[Stop], side: float) -> None:
        """Prepare for one stop or more, in order of time; `side` is as for `Still`."""
        self._stops = stops
        self._rest = Still(stops[-1].picture, side)
        self._morph_after = lru_cache(maxsize=1)(
            lambda number: Morph(stops[number].picture, stops[number + 1].picture, side)
        )

    def presence(self, t: float) -> float:
        """How much is visible of what the prompt adds: nothing where a picture is to be exact."""
        away = min((abs(t - stop.at) for stop in self._stops if stop.at > 0), default=_FADE)
        return ease(away / _FADE) if t >= self._stops[0].at else 0.0

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Show the journey at a moment."""
        number = max(0, bisect_right(self._stops, t, key=attrgetter("at")) - 1)
        since = t - self._stops[number].at
        if since <= 0:
            picture.take(self._stops[number].picture)
        elif number + 1 == len(self._stops):
            self._rest.draw(picture, since, view, floor)
        else:
            whole = self._stops[number + 1].at - self._stops[number].at
            self._morph_after(number).draw(picture, since, whole)


class Morph:
    """The change of one picture into another."""

    def __init__(self, first: Picture, second: Picture, side: float) -> None:
        """Search the flow from the first picture to the second."""
        self._first, self._second, self._side = first, second, side
        self._size = Size(first.width, first.height).within(_EDGE)
        one, other = (luma_of(each, self._size) for each in (first, second))
        self._flow, self._alike = _flow(one, other)
        self._order = _order(one, other)
        self._grid = grid_of(self._size)

    def draw(self, picture: Picture, t: float, seconds: float) -> None:
        """Draw the change as it is `t` seconds after its beginning, if it takes `seconds`."""
        way = t / seconds
        # Pictures that are alike take all the time, others less.
        span = self._alike * seconds + (1 - self._alike) * min(seconds, _SHORT)
        share = ease((t - (seconds - span) / 2) / span)
        flow = self._flow
        for _ in range(2):  # what is at each place when it has gone a share of its way
            flow = read(self._flow, self._grid - share * flow)
        leaving = self._maps(flow, -share, way)
        coming = self._maps(flow, 1 - share, way - 1)
        # How much of the second picture each place shows.
        second = smoothstep(0, _SOFT, share * (1 + _SOFT) - self._order)
        picture.take(warped(self._first, leaving))
        picture.lay(warped(self._second, coming), second)

    def _maps(self, flow: Floats, share: float, way: float) -> Floats:
        """Where each place of the frame comes from: along a share of the flow, seen by the camera.

        The camera goes nearer all the time; its way is 0 where the picture is to be exact.
        """
        (width, height), camera = self._size, (1 - 0.85 * self._alike) * way
        zoom, lean = 1 / (1 + 0.12 * camera), self._side * 0.03 * camera
        there = self._grid + share * flow
        x, y = there[..., 0] - width / 2, there[..., 1] - 0.46 * height
        across, down = zoom * (x + lean * y) + width / 2, zoom * y + 0.46 * height
        return np.stack([across, down], -1)


def _flow(one: Plane, other: Plane) -> tuple[Floats, float]:
    """The flow between two pictures, of shape (h, w, 2), and how alike they are, 0 to 1."""
    forth, longer = flow_of(one, other), max(one.shape)
    at = grid_of(one.shape[::-1]) + forth
    returned = forth + read(flow_of(other, one), at)
    lost = exact.lengths(returned) / np.float32(0.012 * longer)
    x, y = np.moveaxis(at, -1, 0)
    there = cv2.remap(other, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    apart = cv2.absdiff(one, there) / np.float32(36)
    trust = np.clip(1.25 - np.maximum(lost, apart), 0, 1).astype(np.float32)
    trust *= np.clip(2 - exact.lengths(forth) / np.float32(_FARTHEST * longer), 0, 1)
    # Lone points that are trusted would tear off what they belong to.
    trust = cv2.blur(cv2.erode(trust, np.ones((5, 5), np.uint8)), (5, 5))
    span = max(9, longer // 10) | 1
    around = cv2.blur(trust, (span, span))[..., None] + np.float32(0.04)
    smooth = cv2.blur(forth * trust[..., None], (span, span)) / around
    flow = smooth + (forth - smooth) * trust[..., None]
    soft = np.asarray(cv2.blur(flow, (5, 5)), np.float32)
    alike = float(np.rint(trust.mean() * 64) / 64)
    return rounded(soft), min(1.0, max(0.0, (alike - 0.35) / 0.45))


def _order(one: Plane, other: Plane) -> Floats:
    """When each place changes, 0 to 1: from the middle outward, and first what is alike."""
    height, width = one.shape
    across = np.abs(np.linspace(-1, 1, width, dtype=np.float32))[None]
    down = np.abs(np.linspace(-1.1, 0.9, height, dtype=np.float32))[:, None]
    apart = cv2.absdiff(one, other).astype(np.float32)
    span = max(5, max(width, height) // 14) | 1
    for _ in range(3):
        apart = np.asarray(cv2.blur(apart, (span, span)), np.float32)
    order = exact.hypot(across, down) / np.float32(1.4) + apart / np.float32(160)
    order -= order.min()
    found = order / max(float(order.max()), 0.01)
    return np.asarray(np.rint(found * 1024) / 1024, np.float32)
