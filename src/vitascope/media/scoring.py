"""Says how well a mask of a frame fits a subject: by colour, shape, place, light and motion."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]


def score_of(lab: Floats, mask: Mask, seed: Mask) -> float:
    """How well a mask fits a subject, from 0 to 1."""
    area = float(mask.mean())
    if not 0.004 < area < 0.8:
        return 0.0
    agreement = float((mask & seed).sum() / (mask | seed).sum())
    shape = _inside(mask) * _compact(mask) * _thick(mask)
    return _contrast(lab, mask) * min(1.0, agreement * 1.6) * shape


def fitness_of(mask: Mask, lab: Floats, moved: Mask, odd: Mask) -> float:
    """How well a mask agrees with what was seen to move or to differ, from 0 to 1.

    What shines like a lamp or the sun counts less, and so does what is far from the middle.
    """
    if not mask.any():
        return 0.0
    agreement = max(_agreement(mask, moved), 0.75 * _agreement(mask, odd))
    rows, columns = np.nonzero(mask)
    across, down = 2 * columns.mean() / mask.shape[1] - 1, 2 * rows.mean() / mask.shape[0] - 1
    central = np.exp(-((across / 0.7) ** 2) - (((down - 0.1) / 0.9) ** 2))
    return min(1.0, 1.5 * agreement) * (0.4 + 0.6 * float(central)) * darkness_of(mask, lab)


def _agreement(mask: Mask, seen: Mask) -> float:
    """How much of a mask was seen, and how much of the seen parts that it touches it covers.

    It may be smaller than those, which other things can belong to, but not larger.
    """
    if not (mask & seen).any():
        return 0.0
    touched = parts_at(seen, mask)
    both = float((mask & touched).sum())
    return both / float(mask.sum()) * float(np.sqrt(both / touched.sum()))


def darkness_of(mask: Mask, lab: Floats) -> float:
    """1 for figures; lower for areas as bright as lamps, lowest for an even disc, as the sun is."""
    plane = mask.astype(np.uint8)
    around = (cv2.dilate(plane, disc(4)) > 0) & ~mask
    light = lab[..., 0]
    inside = light[cv2.erode(plane, disc(1)) > 0]
    if not inside.size or not around.any():
        return 1.0
    level = float(inside.mean())
    if level < np.percentile(light, 90) or level < light[around].mean() + 3:
        return 1.0
    hull = cv2.contourArea(cv2.convexHull(cv2.findNonZero(plane)))
    return 0.3 if mask.sum() > 0.86 * hull and inside.std() < 16 else 0.6


def _contrast(lab: Floats, mask: Mask) -> float:
    """How much colours change across the mask's edge, from 0 to 1."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    plane = mask.astype(np.uint8)
    inner = mask & (cv2.erode(plane, disc) == 0)
    outer = ~mask & (cv2.dilate(plane, disc) > 0)
    if not inner.any() or not outer.any():
        return 0.0
    blurred = {name: _local_mean(lab, part) for name, part in (("inner", inner), ("outer", outer))}
    edge = cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    across = np.linalg.norm(blurred["inner"] - blurred["outer"], axis=2)[edge]
    return float(np.clip(np.median(across) / 22, 0, 1))


def rarity_of(lab: Floats, mask: Mask) -> float:
    """The share of the mask's pixels whose colours are rarer outside it, from 0 to 1."""
    cells = np.clip(lab / np.asarray([8, 10, 10]) + [0, 13, 13], 0, 25).astype(np.int64)
    keys = (cells[..., 0] * 26 + cells[..., 1]) * 26 + cells[..., 2]
    inside = np.bincount(keys[mask], minlength=26**3)
    outside = np.bincount(keys[~mask], minlength=26**3)
    return 1 - float(np.minimum(inside, outside).sum() / inside.sum())


def _local_mean(lab: Floats, part: Mask) -> Floats:
    share = cv2.blur(part.astype(np.float32), (9, 9))
    total = cv2.blur(lab * part[..., None], (9, 9))
    return np.asarray(total / np.maximum(share, 1e-3)[..., None], np.float32)


def _inside(mask: Mask) -> float:
    """1 for a mask inside the frame; lower, the more of the frame's edge it covers.

    The lower edge counts little, because subjects stand on it.
    """
    sides = (mask[0], mask[:, 0], mask[:, -1])
    cut = sum(int(side.sum()) for side in sides) + 0.15 * int(mask[-1].sum())
    return float(np.clip(1.15 - 1.4 * cut / (mask.shape[0] + mask.shape[1]), 0, 1))


def _thick(mask: Mask) -> float:
    """1 for figures; lower for long and thin shapes, such as poles."""
    (width, height) = cv2.minAreaRect(cv2.findNonZero(mask.astype(np.uint8)))[1]
    return float(np.clip(4 * min(width, height) / max(width, height, 1.0), 0, 1) ** 2)


def _compact(mask: Mask) -> float:
    """1 for compact shapes; lower for ragged ones."""
    outlines, _ = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    length = sum(cv2.arcLength(outline, True) for outline in outlines)
    return float(np.clip(14 * np.sqrt(mask.sum()) / max(length, 1.0), 0, 1))


def parts_at(mask: Mask, near: Mask) -> Mask:
    """The connected parts of a mask that touch a spot."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    touched = np.unique(labels[near & mask])
    return np.asarray(np.isin(labels, touched) & mask, np.bool_)


def disc(radius: int) -> Pixels:
    """A round structuring element of that radius in pixels, 1 at least."""
    size = 2 * max(1, radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
