"""Finds a clip's background, also with a moving camera, and what moves in front of it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

_CORNERS = 240
"""The number of points that are tracked from frame to frame."""


def motions(pictures: Sequence[Pixels]) -> list[Floats]:
    """How much each pixel of each frame differs from the background; above 1 it moves.

    The frames are aligned by the camera's motion. The background is their median.

    Args:
        pictures: sRGB frames of one size, in order of time.
    """
    if len(pictures) < 3:
        return [np.zeros(picture.shape[:2], np.float32) for picture in pictures]
    ways = _camera(pictures)
    size = (pictures[0].shape[1], pictures[0].shape[0])
    laid = np.stack(
        [
            cv2.warpAffine(p, way, size, borderMode=cv2.BORDER_REFLECT)
            for p, way in zip(pictures, ways, strict=True)
        ]
    )
    backdrop = np.median(laid, axis=0).astype(np.uint8)
    return [
        _difference(
            picture,
            np.asarray(
                cv2.warpAffine(
                    backdrop,
                    way,
                    size,
                    flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                    borderMode=cv2.BORDER_REFLECT,
                ),
                np.uint8,
            ),
            way,
        )
        for picture, way in zip(pictures, ways, strict=True)
    ]


def _difference(picture: Pixels, backdrop: Pixels, way: Floats) -> Floats:
    """The distance of colours, in units of what noise and misaligned edges cause."""
    one, other = (
        cv2.GaussianBlur(cv2.cvtColor(p, cv2.COLOR_RGB2LAB).astype(np.float32), (0, 0), 1.2)
        for p in (picture, backdrop)
    )
    far = np.linalg.norm(one - other, axis=2).astype(np.float32)
    usual = float(np.median(far))
    spread = float(np.median(np.abs(far - usual)))
    known = cv2.warpAffine(
        np.ones(far.shape, np.float32), way, far.shape[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )  # fmt: skip
    limit = max(14.0, usual + 7 * spread)
    return np.asarray(far / np.float32(limit) * (known > 0.9), np.float32)


def _camera(pictures: Sequence[Pixels]) -> list[Floats]:
    """For each frame the matrix that aligns it with the middle one."""
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in pictures]
    middle = len(pictures) // 2
    ways: list[Floats] = [np.eye(2, 3, dtype=np.float32)] * len(pictures)
    for order in (range(middle + 1, len(pictures)), range(middle - 1, -1, -1)):
        for place in order:
            before = place - 1 if place > middle else place + 1
            step = _step(np.asarray(grey[before], np.uint8), np.asarray(grey[place], np.uint8))
            ways[place] = _after(ways[before], step)
    return ways


def _step(before: Pixels, now: Pixels) -> Floats:
    """The matrix that aligns a frame with its neighbour; identity if the camera stood still."""
    still = np.eye(2, 3, dtype=np.float32)
    points = cv2.goodFeaturesToTrack(before, _CORNERS, 0.01, 5)
    if points is None or len(points) < 12:
        return still
    guess = points.copy()
    moved, found, _ = cv2.calcOpticalFlowPyrLK(before, now, points, guess)
    good = found.ravel() > 0
    if good.sum() < 12:
        return still
    matrix, sure = cv2.estimateAffinePartial2D(
        moved[good], points[good], method=cv2.RANSAC, ransacReprojThreshold=1.0
    )
    if matrix is None or sure.mean() < 0.35:
        return still
    way = np.abs(matrix - np.eye(2, 3))
    return (
        still
        if way[:, 2].max() < 0.2 and way[:, :2].max() < 0.002
        else np.asarray(matrix, np.float32)
    )


def _after(first: Floats, then: Floats) -> Floats:
    """The product of two alignments: `then`, followed by `first`."""
    whole = np.vstack([first, [0, 0, 1]]) @ np.vstack([then, [0, 0, 1]])
    return np.asarray(whole[:2], np.float32)
