"""References: a given picture or film as the ground of all that is drawn."""

import math
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image, ImageOps

from shadowplay import colour
from shadowplay.art.treads import ease
from shadowplay.files import frames, last_frames, pace_of, picture
from shadowplay.picture.camera import glide
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.flats import Element, View
from shadowplay.picture.layers import Picture, halved
from shadowplay.picture.light import HOURS
from shadowplay.scene import Scene
from shadowplay.shot import Size

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
        if share <= 0:
            return
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
        if t <= 0:
            picture.take(self._picture)
            return
        # A zoom, and a lean that drifts and gives depth.
        zoom = 1 / (1 + 0.16 * glide(t, 7))
        lean = self._side * 0.02 * glide(t, 5) * math.cos(t * 0.23)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        for source, target in zip(self._picture, picture, strict=True):
            x, y = target.shape[1] / 2, target.shape[0] * 0.46
            across = [zoom, lean * zoom, x * (1 - zoom) - lean * zoom * y]
            way = np.asarray([across, [0, zoom, y * (1 - zoom)]], np.float32)
            cv2.warpAffine(source, way, target.shape[::-1], target, how, cv2.BORDER_REFLECT)


_LOOP = 0.6  # seconds in which the end of a film that is too short dissolves into its beginning


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
    planes = []
    for plane, part in zip(picture_of(frame), (1, 2, 2), strict=True):
        rows = slice(round(top / part), round((top + tall) / part))
        crop = plane[rows, round(left / part) : round((left + wide) / part)]
        target = (size.width // part, size.height // part)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        planes.append(np.asarray(cv2.resize(crop, target, interpolation=how), np.uint8))
    return Picture(*planes)
