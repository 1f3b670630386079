"""References: a given picture as the first frame, which then comes alive."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from shadowplay import colour
from shadowplay.camera import glide
from shadowplay.colour import Floats
from shadowplay.files import upright
from shadowplay.flats import Overlay, View
from shadowplay.layers import Picture
from shadowplay.scene import Scene, TimeOfDay
from shadowplay.shot import Size

ENTRANCE = 0.5
"""Seconds after which everything the prompt adds is on its way in."""


def load(path: Path, size: Size) -> Picture:
    """Decode a picture, turn it upright and crop it to cover `size`.

    Raises:
        ShadowplayError: `invalid_image`; as from `upright`.
    """
    fitted = ImageOps.fit(upright(path), size, Image.Resampling.LANCZOS)
    return _picture(np.asarray(fitted, np.float32))


def _picture(image: Floats) -> Picture:
    y, u, v = colour.planes(image)
    height, width = y.shape
    half = (width // 2, height // 2)
    small = [cv2.resize(part, half, interpolation=cv2.INTER_AREA) for part in (u, v)]
    planes = [np.clip(np.asarray(part) + 0.5, 16, 240).astype(np.uint8) for part in (y, *small)]
    return Picture(planes[0], planes[1], planes[2])


_GRADES: dict[TimeOfDay, tuple[float, float, int, int]] = {
    "dawn": (0.96, 6, -3, 5),
    "day": (1.0, 0, 0, 0),
    "golden": (0.98, 2, -9, 7),
    "dusk": (0.76, 2, 5, 5),
    "night": (0.5, 4, 12, -5),
}
"""Gain and lift of the luma, and shifts of U and V, for each hour."""


class Grade(Overlay):
    """Lets the hour and the fog of the prompt come over a picture."""

    def __init__(self, scene: Scene) -> None:
        gain, lift, blue, red = _GRADES[scene.time]
        self._gain = gain * (1 - 0.4 * scene.fog)
        self._lift = lift + 62 * scene.fog
        self._shift = (blue, red)

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Bend the levels; not at all at first."""
        share = min(1.0, max(0.0, t / 2.5))
        share = share * share * (3 - 2 * share)
        if share <= 0:
            return
        gain = 1 + (self._gain - 1) * share
        lift = self._lift * share + 16 * (1 - gain)
        cv2.convertScaleAbs(picture.y, picture.y, gain, lift)
        for plane, shift in zip((picture.u, picture.v), self._shift, strict=True):
            cv2.convertScaleAbs(plane, plane, 1.0, shift * share)


class Still:
    """The reference as a backdrop: at first just so, then slowly nearer, the near part faster."""

    def __init__(self, picture: Picture, wind: float) -> None:
        self._picture = picture
        self._side = 1.0 if wind >= 0 else -1.0

    def cover(self, t: float, view: View) -> int:
        """All rows."""
        return 0

    def draw(self, picture: Picture, t: float, view: View, floor: int) -> None:
        """Show the picture as the camera sees it now."""
        for source, target, size in zip(self._picture, picture, (1.0, 0.5, 0.5), strict=True):
            if t <= 0:
                np.copyto(target, source)
                continue
            cv2.warpAffine(
                source,
                self._matrix(t, picture, size),
                (target.shape[1], target.shape[0]),
                dst=target,
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_REFLECT,
            )

    def _matrix(self, t: float, picture: Picture, size: float) -> Floats:
        """Where each pixel of the frame comes from: a zoom, a drift, and a lean for depth."""
        width, height = picture.width * size, picture.height * size
        zoom = 1 / (1 + 0.16 * glide(t, 7))
        lean = self._side * 0.02 * glide(t, 5) * math.cos(t * 0.23)
        middle = (width / 2, height * 0.46)
        return np.asarray(
            [
                [zoom, lean * zoom, middle[0] * (1 - zoom) - lean * zoom * middle[1]],
                [0, zoom, middle[1] * (1 - zoom)],
            ],
            np.float32,
        )
