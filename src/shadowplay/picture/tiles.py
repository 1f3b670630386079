"""Tiles: a layer cut into rectangles that are opaque, or that are to be blended."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

_EMPTY, _MIXED, SOLID = 0, 1, 2

_BLOCK = 16  # columns and rows of the blocks that tiles are made of
_THIN = 254
"""From this inverse alpha on a pixel counts as empty: what is left is noise against bands."""

_CALL = 75.0  # what one more tile costs, counted in blocks that are blended
_COPY = 0.2  # what a copied block costs, counted in the same way


def cut(inverse: Plane, edge: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Cut a layer so that little is blended in few tiles.

    Args:
        inverse: of the alpha, with a border.
        edge: the border's width in pixels; a tile and as much about it are alike.

    Yields:
        The kind, first column and row, and those behind the last.
    """
    high, wide = inverse.shape[0] - 2 * edge, inverse.shape[1] - 2 * edge
    lowest, highest = _blocks(np.minimum, inverse, edge), _blocks(np.maximum, inverse, edge)
    kinds: Plane = np.full(lowest.shape, _MIXED, np.uint8)
    kinds[lowest >= _THIN] = _EMPTY
    kinds[highest == 0] = SOLID
    waiting = [(0, 0, kinds.shape[1], kinds.shape[0])]
    while waiting:
        left, top, right, bottom = waiting.pop()
        part = kinds[top:bottom, left:right]
        used = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if not used[0].size:
            continue
        (top, bottom), (left, right) = (
            (first + int(some[0]), first + int(some[-1]) + 1)
            for first, some in zip((top, left), used, strict=True)
        )
        part = kinds[top:bottom, left:right]
        solid = bool((part == SOLID).all())
        cost, row, column = _CALL + part.size * (_COPY if solid else 1), 0, 0
        if not solid and part.size > _CALL:
            rows, columns = _split(part), _split(part.T)
            if rows[0] < min(cost, columns[0]):
                row = rows[1]
            elif columns[0] < cost:
                column = columns[1]
        if row:
            waiting += [(left, top, right, top + row), (left, top + row, right, bottom)]
        elif column:
            waiting += [(left, top, left + column, bottom), (left + column, top, right, bottom)]
        else:
            kind, end, lower = SOLID if solid else _MIXED, right * _BLOCK, bottom * _BLOCK
            yield kind, left * _BLOCK, top * _BLOCK, min(wide, end), min(high, lower)


def _blocks(most: np.ufunc, plane: Plane, edge: int) -> Plane:
    """The least or the greatest value of each block and what is about it."""
    for _ in range(2):
        tops = range(0, len(plane) - 2 * edge, _BLOCK)
        plane = np.stack([most.reduce(plane[top : top + _BLOCK + 2 * edge]) for top in tops]).T
    return plane


def _split(part: Plane) -> tuple[float, int]:
    """What the tiles above and below a row cost at least, and that row."""
    if len(part) < 2:
        return math.inf, 0
    costs = _costs(part)[:-1] + _costs(part[::-1])[:-1][::-1]
    row = int(costs.argmin())
    return float(costs[row]), row + 1


def _costs(part: Plane) -> NDArray[np.float64]:
    """What a tile of the first row costs, of the first two, and so on."""
    high, wide = part.shape
    used = part > 0
    filled, at = used.any(axis=1), np.arange(high)
    left = np.minimum.accumulate(np.where(filled, used.argmax(axis=1), wide))
    right = np.maximum.accumulate(np.where(filled, wide - used[:, ::-1].argmax(axis=1), 0))
    top = np.minimum.accumulate(np.where(filled, at, high))
    bottom = np.maximum.accumulate(np.where(filled, at + 1, 0))
    area = np.maximum(0, right - left) * np.maximum(0, bottom - top)
    solid = np.cumsum((part == SOLID).sum(axis=1)) == area
    return np.where(area > 0, area * np.where(solid, _COPY, 1.0) + _CALL, 0.0)
