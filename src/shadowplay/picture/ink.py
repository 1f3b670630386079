"""Ink: FreeType's rasteriser fills outlines with exact coverage, in whole numbers."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any

import freetype.raw as ft
import numpy as np
from numpy.typing import NDArray

from shadowplay.picture.layers import Plane

_FIELDS: dict[str, Any] = {field[0]: field[1] for field in ft.FT_Outline._fields_}
_POINTS, _TAGS, _ENDS = _FIELDS["points"], _FIELDS["tags"], _FIELDS["contours"]
_GREY = 2
_EVEN_ODD = 2
_AT_ONCE = 40  # FreeType's pool of 16 KB overflows on some hundreds of outlines at once
_OVERFLOW = 0x62  # FreeType's error when the pool is too small for one row


class _Library:
    """A FreeType that ends with the thread that it belongs to."""

    def __init__(self) -> None:
        self.handle = ft.FT_Library()
        if error := ft.FT_Init_FreeType(ctypes.byref(self.handle)):
            raise RuntimeError(f"FreeType did not start: error {error}")

    def __del__(self, end: Any = ft.FT_Done_FreeType) -> None:
        end(self.handle)


class _Mine(threading.local):
    """This thread's own FreeType: one library must not be used by two."""

    def __init__(self) -> None:
        self.library = _Library()


_MINE = _Mine()


def coverage(
    outlines: Sequence[NDArray[np.float64]], width: int, height: int,
    corner: tuple[int, int] = (0, 0), *, holes: bool = False,
) -> Plane:  # fmt: skip
    """How much of each pixel lies in the union of outlines, 0 to 255.

    Args:
        outlines: each of shape (1 + 3n, 2), in pixels, y down: a start, then two controls and an
            end n times. They turn the same way, or what overlaps cancels out.
        width: columns of the mask.
        height: rows of the mask.
        corner: the column and row of the mask's first pixel.
        holes: outlines inside others are holes, whichever way they turn.

    Raises:
        ValueError: an outline has another number of points.
    """
    mask: Plane = np.zeros((height, width), np.uint8)
    if not holes and len(outlines) > _AT_ONCE:
        for k in range(0, len(outlines), _AT_ONCE):
            part = coverage(outlines[k : k + _AT_ONCE], width, height, corner)
            np.maximum(mask, part, out=mask)
        return mask
    if not outlines or not mask.size:
        return mask
    points = np.concatenate([line[:-1] for line in outlines]) - np.asarray(corner, np.float64)
    fixed = np.empty(points.shape, np.dtype(ctypes.c_long))
    np.rint(points[:, 0] * 64, out=points[:, 0])
    np.rint((height - points[:, 1]) * 64, out=points[:, 1])
    np.clip(points, -1e6, 1e6, out=points)
    fixed[:] = points
    lengths = [len(line) - 1 for line in outlines]
    if any(length % 3 for length in lengths):
        raise ValueError(f"outlines of curves have 1 + 3n points, not {lengths} + 1")
    tags = np.tile(np.asarray([1, 2, 2], np.uint8), len(points) // 3)
    ends = (np.cumsum(lengths) - 1).astype(np.int16)
    _fill(mask, (fixed, tags, ends), (0, width), _EVEN_ODD if holes else 0)
    return mask


def _fill(
    mask: Plane,
    lines: tuple[NDArray[Any], NDArray[np.uint8], NDArray[np.int16]],
    columns: tuple[int, int],
    flags: int,
) -> None:
    """Fill outlines in some columns of a mask; points, their tags and each outline's end."""
    left, right = columns
    points, tags, ends = lines
    moved = points - np.asarray([left * 64, 0], points.dtype)
    part = mask[:, left:right]
    outline, bitmap = ft.FT_Outline(), ft.FT_Bitmap()
    outline.n_points, outline.n_contours = len(moved), len(ends)
    outline.points = ctypes.cast(moved.ctypes.data, _POINTS)
    outline.tags = ctypes.cast(tags.ctypes.data, _TAGS)
    outline.contours = ctypes.cast(ends.ctypes.data, _ENDS)
    outline.flags = flags
    bitmap.rows, bitmap.width, bitmap.pitch = *part.shape, mask.strides[0]
    bitmap.num_grays, bitmap.pixel_mode = 256, _GREY
    bitmap.buffer = ctypes.cast(part.ctypes.data, type(bitmap.buffer))
    error = ft.FT_Outline_Get_Bitmap(
        _MINE.library.handle, ctypes.byref(outline), ctypes.byref(bitmap)
    )
    if error == _OVERFLOW and right - left > 1:
        # Lines that are nearly level cross more pixels of a row than the pool has room for.
        part[:] = 0
        middle = (left + right) // 2
        _fill(mask, lines, (left, middle), flags)
        _fill(mask, lines, (middle, right), flags)
    elif error:
        raise RuntimeError(f"FreeType could not fill an outline: error {error}")
