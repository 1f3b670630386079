"""Makes a film's thumbnail and spritesheet from frames that are being encoded.

The thumbnail is a WebP with a longer edge of 512 px. The spritesheet is a JPEG of up to 50 cells in
rows of ten, left to right and top to bottom; a cell's longer edge has 192 px. With n cells, cell k
shows the frame in the middle of the k-th n-th of the film. Unused cells are black.

A live preview is a JPEG of one frame of an unfinished film.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vitascope.media.decode import frame_at, frames
from vitascope.media.downscale import fitted, planes, to_srgb
from vitascope.media.probe import MediaFacts
from vitascope.spec import Size
from vitascope.video import MAX_PREVIEW_BYTES

THUMBNAIL_EDGE = 512
CELL_EDGE = 192
COLUMNS = 10
CELLS = 50
FRAME_EDGE = 1280
PREVIEW_EDGE = 384

_CANDIDATES = (0.22, 0.27, 0.31, 0.35, 0.39, 0.44)
"""The positions of the candidates for the thumbnail, as fractions of the film."""


class Previews:
    """Receives every frame of a film and keeps small copies of a few."""

    def __init__(self, size: Size, frame_count: int) -> None:
        """Choose the frames to keep.

        Args:
            size: size of the frames, in pixels.
            frame_count: the expected number of frames; with fewer, the spritesheet has fewer cells.
        """
        self._thumbnail_size = fitted(size, THUMBNAIL_EDGE)
        self._cell_size = fitted(size, CELL_EDGE)
        self._cell_frames = set(cell_frames(frame_count))
        self._candidates = {int(part * (frame_count - 1)) for part in _CANDIDATES}
        self._cells: list[NDArray[np.uint8]] = []
        self._best: NDArray[np.uint8] | None = None
        self._best_score = -1.0

    def add(self, number: int, frame: av.VideoFrame) -> None:
        """Receive a frame in yuv420p, BT.709 in limited range; it is copied, if at all."""
        if number in self._cell_frames:
            self._cells.append(to_srgb(frame, self._cell_size))
        if number in self._candidates or self._best is None:
            score = _interest(frame) if number in self._candidates else 0.0
            if score > self._best_score:
                self._best_score = score
                self._best = to_srgb(frame, self._thumbnail_size)

    def thumbnail(self) -> bytes:
        """The most detailed of the candidates about a third into the film, as WebP.

        Raises:
            ValueError: there was no frame.
        """
        if self._best is None:
            raise ValueError("there was no frame")
        return _written(self._best, "WEBP", quality=86, method=2)

    def spritesheet(self) -> bytes:
        """The spritesheet, as JPEG.

        Raises:
            ValueError: there was no frame.
        """
        if not self._cells:
            raise ValueError("there was no frame")
        return sheet_of(self._cells)

    @property
    def cells(self) -> list[NDArray[np.uint8]]:
        """The spritesheet's cells so far, sRGB."""
        return self._cells


def jpeg_of(picture: NDArray[np.uint8]) -> bytes:
    """A picture of an unfinished film, as a JPEG of at most `MAX_PREVIEW_BYTES`.

    Args:
        picture: sRGB, shape (h, w, 3).
    """
    height, width = picture.shape[:2]
    for quality in (75, 50, 25):
        size = fitted(Size(width, height), PREVIEW_EDGE * quality // 75)
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        jpeg = _written(np.asarray(small, np.uint8), "JPEG", quality=quality)
        if len(jpeg) <= MAX_PREVIEW_BYTES:
            break
    return jpeg


def preview_of(frame: av.VideoFrame) -> bytes:
    """The same of a finished frame."""
    return jpeg_of(to_srgb(frame, fitted(Size(frame.width, frame.height), PREVIEW_EDGE)))


def previews_of(film: Path, facts: MediaFacts) -> Previews:
    """The previews of a finished film.

    Args:
        film: a film in the output profile, because only of those the facts are exact.
        facts: the facts of that film.

    Raises:
        JobError: `invalid_video`; the film can't be read.
    """
    previews = Previews(facts.size, facts.frames)
    for number, frame in enumerate(frames(film)):
        previews.add(number, frame)
    return previews


def frame_picture(film: Path, seconds: float) -> bytes:
    """The frame that a film shows at a time, as JPEG; its longer edge has at most `FRAME_EDGE` px.

    Raises:
        JobError: `invalid_video`; the film can't be read.
    """
    frame = frame_at(film, seconds)
    pixels = to_srgb(frame, fitted(Size(frame.width, frame.height), FRAME_EDGE))
    return _written(pixels, "JPEG", quality=88, optimize=True)


def cell_frames(frame_count: int) -> list[int]:
    """The numbers of the frames that a film's spritesheet shows."""
    count = min(CELLS, frame_count)
    return [(2 * k + 1) * frame_count // (2 * count) for k in range(count)]


def sheet_of(cells: Sequence[NDArray[np.uint8]]) -> bytes:
    """A spritesheet of cells of equal size, as JPEG."""
    height, width = cells[0].shape[:2]
    columns = min(COLUMNS, len(cells))
    rows = -(-len(cells) // columns)
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for k, cell in enumerate(cells):
        y, x = k // columns * height, k % columns * width
        sheet[y : y + height, x : x + width] = cell
    return _written(sheet, "JPEG", quality=85)


def cells_of(sheet: Path, size: Size, frame_count: int) -> list[NDArray[np.uint8]]:
    """The cells of a spritesheet that `sheet_of` made for a film of this size and length."""
    width, height = fitted(size, CELL_EDGE)
    with Image.open(sheet) as file:
        pixels = np.asarray(file.convert("RGB"))
    columns = pixels.shape[1] // width
    places = ((k // columns * height, k % columns * width) for k in range(min(CELLS, frame_count)))
    return [pixels[y : y + height, x : x + width] for y, x in places]


def joined_cells(
    first: Sequence[NDArray[np.uint8]],
    first_frames: int,
    second: Sequence[NDArray[np.uint8]],
    second_frames: int,
) -> list[NDArray[np.uint8]]:
    """The cells for two films in a row: for each position the nearest existing cell."""
    shown = [
        *zip(cell_frames(first_frames), first, strict=False),
        *(
            (first_frames + number, cell)
            for number, cell in zip(cell_frames(second_frames), second, strict=False)
        ),
    ]
    return [
        min(shown, key=lambda place: abs(place[0] - target))[1]
        for target in cell_frames(first_frames + second_frames)
    ]


def _interest(frame: av.VideoFrame) -> float:
    """A measure of contrast and detail, from a small copy of the luma."""
    # By fractions, a plane that was halved is scaled several times as fast.
    half = max(1, frame.width // 2), max(1, frame.height // 2)
    light = cv2.resize(planes(frame)[0], half, interpolation=cv2.INTER_AREA)
    light = cv2.resize(light, (160, 160), interpolation=cv2.INTER_AREA)
    edges = cv2.Laplacian(light, cv2.CV_32F)
    return float(light.std() + np.abs(edges).mean())


def _written(picture: NDArray[np.uint8], kind: str, **options: int | bool) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **options)
    return file.getvalue()
