"""Optics: what a lens or a printer does: zoom, blur, bloom, vignette, fades, mirrors."""

from __future__ import annotations

import math

import cv2
import numpy as np

from shadowplay import exact
from shadowplay.layers import Picture, Plane, over
from shadowplay.noise import dither
from shadowplay.retouch.celluloid import Weave
from shadowplay.retouch.edit import Edit, Fade
from shadowplay.retouch.passes import Moment
from shadowplay.shot import Size


class Mirror:
    """Flips pictures; every pixel keeps its value."""

    def __init__(self, edit: Edit) -> None:
        across = edit.mirrored != edit.turned
        down = edit.flipped != edit.turned
        self._code = -1 if across and down else 1 if across else 0

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Flip one picture."""
        for plane in picture:
            np.copyto(plane, cv2.flip(plane, self._code))


class Gate:
    """Shows the picture a little larger than it is, moved and enlarged from frame to frame."""

    _REACH = 0.22

    def __init__(self, zoom: float, weave: Weave | None) -> None:
        """Set the gate up.

        Args:
            zoom: above 0 the film is slowly gone into, below 0 out of.
            weave: how the film moves about in the gate.
        """
        self._zoom = zoom
        self._weave = weave

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Resample one picture."""
        scale = 1.0
        if self._zoom:
            share = moment.number / max(1, moment.total - 1)
            eased = share * share * (3 - 2 * share) * 0.5 + share * 0.5
            part = eased if self._zoom > 0 else 1 - eased
            scale += min(0.6, self._REACH * abs(self._zoom)) * part
        x = y = 0.0
        if self._weave is not None:
            scale *= 1.012
            x, y = self._weave.shift(moment)
        if scale == 1:
            return
        for plane, size in zip(picture, (1.0, 0.5, 0.5), strict=True):
            _enlarge(plane, scale, x * size, y * size)


def _enlarge(plane: Plane, scale: float, x: float, y: float) -> None:
    """Enlarge a plane about its middle and move it."""
    height, width = plane.shape
    middle = ((width - 1) / 2, (height - 1) / 2)
    matrix = np.asarray(
        [[scale, 0, middle[0] * (1 - scale) + x], [0, scale, middle[1] * (1 - scale) + y]]
    )
    moved = cv2.warpAffine(
        plane, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    np.copyto(plane, moved)


class Blur:
    """Out of focus, all over."""

    def __init__(self, size: Size, strength: float) -> None:
        self._radius = math.sqrt(size.width * size.height) * 0.006 * strength

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Blur one picture."""
        for plane, radius in zip(picture, (self._radius, *[self._radius / 2] * 2), strict=True):
            np.copyto(plane, _blurred(plane, radius))


def _blurred(plane: Plane, radius: float) -> Plane:
    """A Gaussian blur, in a smaller copy where the radius is large."""
    height, width = plane.shape
    factor = max(1, int(radius / 1.6))
    if factor > 1:
        size = (max(1, width // factor), max(1, height // factor))
        small = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), radius / factor)
        return np.asarray(
            cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8
        )
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), max(radius, 0.3)), np.uint8)


class Soft:
    """Soft focus: a sharp picture with a blurred one of its lights over it."""

    def __init__(self, size: Size, strength: float) -> None:
        self._radius = math.sqrt(size.width * size.height) * 0.011
        self._share = min(0.6, 0.38 * strength)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Veil one picture."""
        veil = _blurred(picture.y, self._radius)
        light = cv2.max(picture.y, veil)
        cv2.addWeighted(picture.y, 1 - self._share, light, self._share, 0, picture.y)
        cv2.addWeighted(picture.y, 1 - self._share / 2, veil, self._share / 2, 3, picture.y)
        for plane in picture[1:]:
            cv2.addWeighted(
                plane, 1 - self._share, _blurred(plane, self._radius / 2), self._share, 0, plane
            )


class Sharp:
    """An unsharp mask on the luma."""

    def __init__(self, strength: float) -> None:
        self._share = min(1.6, 0.8 * strength)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Sharpen one picture."""
        soft = cv2.GaussianBlur(picture.y, (0, 0), 1.3)
        cv2.addWeighted(picture.y, 1 + self._share, soft, -self._share, 0, picture.y)
        np.clip(picture.y, 16, 235, out=picture.y)


class Bloom:
    """Light that spills over from what is bright, with its colour."""

    def __init__(self, size: Size, strength: float, *, above: float) -> None:
        """Prepare.

        Args:
            size: of the pictures.
            strength: 1 is plainly seen.
            above: the luma from which things glow, 0 to 1.
        """
        self._radius = math.sqrt(size.width * size.height) * 0.004
        floor = 16 + 219 * above
        levels = np.clip((np.arange(256) - floor) / max(20.0, 235 - floor), 0, 1)
        self._key: Plane = np.rint(levels * 130 * min(1.6, strength)).astype(np.uint8)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Let one picture glow."""
        near = _lit(picture.y, self._key, 4)
        if not near.any():
            return
        far = _lit(picture.y, self._key, 8)
        wide = np.asarray(cv2.GaussianBlur(far, (0, 0), self._radius * 1.5), np.uint8)
        size = (near.shape[1], near.shape[0])
        glow = cv2.addWeighted(
            cv2.GaussianBlur(near, (0, 0), self._radius), 0.6,
            cv2.resize(wide, size, interpolation=cv2.INTER_LINEAR), 0.9, 0,
        )  # fmt: skip
        self._colour(picture, far, wide)
        spill = cv2.resize(glow, (picture.width, picture.height), interpolation=cv2.INTER_LINEAR)
        room = cv2.bitwise_not(picture.y)
        cv2.add(picture.y, cv2.multiply(spill, room, scale=1 / 219), picture.y)
        np.minimum(picture.y, 235, out=picture.y)

    def _colour(self, picture: Picture, lit: Plane, wide: Plane) -> None:
        """Pull chroma toward that of the lights nearby, as far as they glow there."""
        weight = lit.astype(np.float32)
        size = (lit.shape[1], lit.shape[0])
        total = cv2.GaussianBlur(weight, (0, 0), self._radius) + np.float32(0.5)
        share = np.minimum(wide.astype(np.float32) / 80, 0.7)
        for plane in picture[1:]:
            own = cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32)
            hue = cv2.GaussianBlur(own * weight, (0, 0), self._radius) / total
            shift = np.clip(np.rint((hue - own) * share) + 128, 0, 255).astype(np.uint8)
            across = (plane.shape[1], plane.shape[0])
            shift = cv2.resize(shift, across, interpolation=cv2.INTER_LINEAR)
            cv2.addWeighted(plane, 1, shift, 1, -128, plane)


def _lit(y: Plane, key: Plane, factor: int) -> Plane:
    """What is bright in a plane, in a smaller copy."""
    size = (max(1, y.shape[1] // factor), max(1, y.shape[0] // factor))
    return np.asarray(cv2.LUT(cv2.resize(y, size, interpolation=cv2.INTER_AREA), key), np.uint8)


class Vignette:
    """Darker corners."""

    def __init__(self, size: Size, strength: float) -> None:
        across = np.linspace(-1, 1, size.width, dtype=np.float32)[None]
        down = np.linspace(-1, 1, size.height, dtype=np.float32)[:, None]
        far = exact.power(np.clip((across**2 + down**2) / 2, 0, 1), 1.25)
        dark = np.asarray(far * min(0.92, 0.62 * strength), np.float32)
        self._keep = dither((1 - dark) * 255)
        self._floor = dither(dark * 16)
        self._keep_small = self._keep[::2, ::2].copy()
        lost = 1 - self._keep_small.astype(np.float32) / 255
        self._neutral = dither(np.asarray(lost * 128, np.float32), 0.3)

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Darken one picture's corners."""
        over(picture.y, self._keep, self._floor)
        for plane in picture[1:]:
            over(plane, self._keep_small, self._neutral)


class Fades:
    """Out of a plain colour at the beginning, into one at the end."""

    def __init__(self, start: Fade | None, end: Fade | None) -> None:
        self._start, self._end = start, end

    def apply(self, picture: Picture, moment: Moment) -> None:
        """Fade one picture if it is near an end."""
        longest = moment.total / 2 if self._start and self._end else moment.total
        for fade, away in (
            (self._start, moment.number),
            (self._end, moment.total - 1 - moment.number),
        ):
            if fade is None:
                continue
            length = max(1.0, min(fade.seconds * float(moment.fps), longest))
            share = min(1.0, away / length)
            _toward(picture, fade, share * share * (3 - 2 * share))


def _toward(picture: Picture, fade: Fade, share: float) -> None:
    if share >= 1:
        return
    for plane, level in zip(
        picture, (16 if fade.colour == "black" else 235, 128, 128), strict=True
    ):
        cv2.convertScaleAbs(plane, plane, share, level * (1 - share))
