"""A model's native frames: the place of the film in them, and conversion to and from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from vitascope.clip import Character
from vitascope.errors import JobError
from vitascope.media.decode import frames
from vitascope.media.image import read_image
from vitascope.spec import Size

if TYPE_CHECKING:
    from collections.abc import Iterator


class Rect(NamedTuple):
    """A rectangle in a frame, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a film of the requested size lies in the model's native frames.

    The area outside `kept` is margin, because native sizes are multiples of a number. It is filled
    in input frames and cut off from output frames, so that both have the same position.

    Attributes:
        asked: the requested size of the film.
        native: the size that the model renders.
        kept: the part of the native frame that the film shows; it has the film's aspect ratio.
    """

    asked: Size
    native: Size
    kept: Rect

    @classmethod
    def nearest(cls, asked: Size, *, align: int, pixels: int, scale: float = 1.0) -> Self:
        """The film in the centre of a frame of the size from `native_size`."""
        return cls.in_the_middle(asked, native_size(asked, align=align, pixels=pixels, scale=scale))

    @classmethod
    def in_the_middle(cls, asked: Size, native: Size) -> Self:
        """The film in the centre of the native frame, as large as its aspect ratio allows."""
        if native.width * asked.height >= native.height * asked.width:
            width, height = round(native.height * asked.width / asked.height), native.height
        else:
            width, height = native.width, round(native.width * asked.height / asked.width)
        corner = ((native.width - width) // 2, (native.height - height) // 2)
        return cls(asked, native, Rect(*corner, width, height))

    def times(self, factor: int) -> Self:
        """The same film in native frames that are so many times as wide and high."""
        return type(self)(
            self.asked,
            Size(*(factor * edge for edge in self.native)),
            Rect(*(factor * edge for edge in self.kept)),
        )


def native_size(asked: Size, *, align: int, pixels: int, scale: float = 1.0) -> Size:
    """The smallest aligned size that covers `asked`, or the nearest below the limits.

    Args:
        asked: size of the film.
        align: both edges are multiples of this.
        pixels: the maximum of a frame, exceeded by some percent at most.
        scale: render at this fraction of both edges at most.
    """
    shrink = min(scale, math.sqrt(pixels / (asked.width * asked.height)), 1.0)
    # Only if nothing is scaled must the film's pixels fit in exactly.
    rounded = math.ceil if shrink == 1.0 else round
    return Size(*(max(1, rounded(edge * shrink / align)) * align for edge in asked))


RgbFrame = NDArray[np.uint8]
"""RGB, shape (h, w, 3)."""

RgbFrames = NDArray[np.uint8]
"""RGB, shape (n, h, w, 3)."""

_EXACT = int(Interpolation.BICUBIC) | 0x40000 | 0x2000
"""With SWS_ACCURATE_RND and SWS_FULL_CHR_H_INT. Without them each conversion makes a frame one or
two levels darker, which is visible where films are joined."""


@dataclass(frozen=True, slots=True)
class CharacterImage:
    """A character's image.

    Attributes:
        name: its name in the prompt.
        cutout: RGBA, shape (h, w, 4), cropped to the figure.
    """

    name: str
    cutout: NDArray[np.uint8]


def to_native(frame: av.VideoFrame, fit: Fit) -> RgbFrame:
    """Convert a frame of the output profile to RGB in native size; the margins mirror the image.

    Args:
        frame: yuv420p, BT.709 in limited range; cropped to the aspect ratio of `fit`.
        fit: its position in the native frame.
    """
    kept = fit.kept
    scale = max(kept.width / frame.width, kept.height / frame.height)
    covering = [
        max(edge, round(full * scale))
        for edge, full in zip(kept[2:], (frame.width, frame.height), strict=True)
    ]
    if Size(frame.width, frame.height) == fit.asked:
        covering = [kept.width, kept.height]
    scaled = frame.reformat(
        width=covering[0],
        height=covering[1],
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=_EXACT,
    )
    x, y = (covering[0] - kept.width) // 2, (covering[1] - kept.height) // 2
    part = np.asarray(scaled.to_ndarray(), np.uint8)[y : y + kept.height, x : x + kept.width]
    return _with_margins(part, fit)


def to_output(picture: RgbFrame, fit: Fit) -> av.VideoFrame:
    """Convert a native RGB frame to a frame of the output profile, of the size `fit.asked`."""
    x, y, width, height = fit.kept
    part = np.ascontiguousarray(picture[y : y + height, x : x + width])
    return av.VideoFrame.from_ndarray(part, "rgb24").reformat(
        width=fit.asked.width,
        height=fit.asked.height,
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation=_EXACT,
    )


def _with_margins(picture: RgbFrame, fit: Fit) -> RgbFrame:
    x, y, width, height = fit.kept
    right, bottom = fit.native.width - x - width, fit.native.height - y - height
    # Mirroring is not possible if the margin is larger than the image, which can be tiny.
    mirrored = max(x, right) < width and max(y, bottom) < height
    border = cv2.BORDER_REFLECT_101 if mirrored else cv2.BORDER_REPLICATE
    return np.asarray(cv2.copyMakeBorder(picture, y, bottom, x, right, border), np.uint8)


def load_image(path: Path, fit: Fit) -> RgbFrame:
    """Load an image file in native size, cropped to the film's aspect ratio.

    Raises:
        JobError: `invalid_image`; as from `read_image`.
    """
    shown = ImageOps.fit(read_image(path), fit.kept[2:], Image.Resampling.LANCZOS)
    return _with_margins(np.asarray(shown), fit)


def load_characters(characters: Sequence[Character]) -> tuple[CharacterImage, ...]:
    """Load the cutouts of the characters.

    Raises:
        JobError: `invalid_image`; one of them can't be read.
    """
    figures = []
    for character in characters:
        try:
            with Image.open(character.cutout) as image:
                cutout = np.asarray(image.convert("RGBA"))
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            raise JobError(
                "invalid_image",
                f"The stored picture of the character {character.name} can't be read. "
                "Create the character again.",
            ) from error
        figures.append(CharacterImage(character.name, cutout))
    return tuple(figures)


_GROUND = ((224, 222, 218), (150, 148, 145))
"""Colours of the plain background, at the top and at the bottom."""


def compose(
    figures: Sequence[CharacterImage], fit: Fit, ground: RgbFrame | None = None
) -> RgbFrame:
    """Compose a first frame with the figures side by side.

    Args:
        figures: the characters, from left to right.
        fit: gives the size.
        ground: the background in native size; a plain one by default.
    """
    if ground is None:
        top, bottom = (np.array(colour, np.float32) for colour in _GROUND)
        down = np.linspace(0, 1, fit.native.height, dtype=np.float32)[:, None, None]
        row = top + (bottom - top) * down
        ground = np.repeat(row, fit.native.width, axis=1).astype(np.uint8)
    picture = Image.fromarray(ground)
    x, y, width, height = fit.kept
    stall = width // len(figures)
    for place, figure in enumerate(figures):
        cutout = Image.fromarray(figure.cutout)
        room = Size(max(1, round(stall * 0.8)), max(1, round(height * 0.7)))
        shown = ImageOps.contain(cutout, room, Image.Resampling.LANCZOS)
        left = x + place * stall + (stall - shown.width) // 2
        picture.paste(shown, (left, y + round(height * 0.92) - shown.height), shown)
    return np.asarray(picture)


class FilmReader:
    """Reads frames of a film in the output profile in rising order; earlier frames are dropped."""

    def __init__(self, path: Path, fit: Fit) -> None:
        self._frames: Iterator[av.VideoFrame] = frames(path)
        self._fit = fit
        self._kept: dict[int, RgbFrame] = {}
        self._read = 0

    def take(self, numbers: Sequence[int]) -> NDArray[np.uint8]:
        """The native frames with these rising numbers; the film's last frame replaces later ones.

        Frames before the first of them are not available afterwards.

        Raises:
            JobError: `invalid_video`; the film is damaged, or ends before the first number.
        """
        self._kept = {at: picture for at, picture in self._kept.items() if at >= numbers[0]}
        while self._read <= numbers[-1]:
            frame = next(self._frames, None)
            if frame is None:
                break
            if self._read >= numbers[0]:
                self._kept[self._read] = to_native(frame, self._fit)
            self._read += 1
        if not self._kept:
            raise JobError("invalid_video", "The source video is shorter than expected.")
        last = max(self._kept)
        return np.stack([self._kept[min(at, last)] for at in numbers])
