"""Finds the shapes of a frame: connected areas that are darker, lighter or of another colour."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

_STEPS = 14
"""Levels at which each channel is cut."""

_LEAST, _MOST = 0.002, 0.4
"""The smallest and largest share of the frame that a shape covers."""

_SAME = 0.85
"""Shapes that overlap more than this (intersection over union) count as one."""

_INSIDE, _AROUND = 2, 4
"""How many main colours a shape and its surroundings have."""


def shapes_of(lab: Floats) -> list[Mask]:
    """The connected areas on each side of each level of each channel, without duplicates.

    Args:
        lab: the frame in CIELAB, shape (h, w, 3).
    """
    found: list[tuple[Mask, int]] = []
    for mask in _areas(lab):
        size = int(mask.sum())
        if not any(_alike(mask, size, *other) for other in found):
            found.append((mask, size))
    return [mask for mask, _ in found]


def _areas(lab: Floats) -> Iterator[Mask]:
    pixels = lab.shape[0] * lab.shape[1]
    for channel in np.moveaxis(cv2.GaussianBlur(lab, (0, 0), 0.8), 2, 0):
        low, high = np.percentile(channel, (0.5, 99.5))
        if high - low < 8:
            continue
        for level in np.linspace(low, high, _STEPS + 2)[1:-1]:
            for side in (channel < level, channel > level):
                _count, labels, stats, _ = cv2.connectedComponentsWithStats(
                    side.astype(np.uint8), connectivity=4
                )
                sizes = stats[1:, cv2.CC_STAT_AREA] / pixels
                for label in np.flatnonzero((sizes > _LEAST) & (sizes < _MOST)) + 1:
                    if not _spans(stats[label], lab.shape):
                        yield np.asarray(labels == label, np.bool_)


def _spans(stats: NDArray[np.int32], shape: tuple[int, ...]) -> bool:
    """Whether a shape reaches from side to side, as skies and grounds do."""
    return bool(stats[cv2.CC_STAT_WIDTH] > 0.97 * shape[1])


def _alike(mask: Mask, size: int, other: Mask, other_size: int) -> bool:
    if not _SAME * size <= other_size <= size / _SAME:
        return False
    both = int((mask & other).sum())
    return both > _SAME * (size + other_size - both)


def colour_evidence(lab: Floats, mask: Mask) -> Floats:
    """How much nearer each pixel's colour is to a shape than to what surrounds it.

    1 where both are equally near, up to 2 for a colour of the shape alone.
    """
    plane = mask.astype(np.uint8)
    reach = max(5, round(float(np.sqrt(mask.sum())) * 0.5))
    around = (cv2.dilate(plane, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0) & ~mask
    near, far = _distance(lab, mask, _INSIDE), _distance(lab, around, _AROUND)
    return np.asarray(2 * far / np.maximum(near + far, 1e-3), np.float32)


def _distance(lab: Floats, part: Mask, colours: int) -> Floats:
    """Each pixel's distance to the nearest of a part's main colours."""
    pixels = np.ascontiguousarray(lab[part][:: max(1, int(part.sum()) // 2000)])
    count = min(colours, len(pixels))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 10, 1.0)
    first = np.zeros((len(pixels), 1), np.int32)
    _, _, middles = cv2.kmeans(pixels, count, first, stop, 1, cv2.KMEANS_PP_CENTERS)
    away = np.stack([np.linalg.norm(lab - middle, axis=2) for middle in middles]).min(axis=0)
    return np.asarray(away, np.float32)
