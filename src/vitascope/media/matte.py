"""Separates the subject of a clip from its background, by motion, colour and position.

The subject is what moves against the rest of the frame or, if nothing does, what differs most from
the frame's border: a mask that grabCut (Rother, Kolmogorov and Blake, 2004) makes of either guess,
or a shape of the frame that fits one of them. A point that the caller gives decides instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vitascope.media.backdrop import motions
from vitascope.media.scoring import (
    darkness_of,
    disc,
    fitness_of,
    parts_at,
    rarity_of,
    score_of,
)
from vitascope.media.shapes import colour_evidence, shapes_of
from vitascope.media.stills import Still
from vitascope.spec import FilmPoint

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

_EDGE = 288
"""Longer edge of the small copies in which the subject is searched, in pixels."""

_FINE = 560
"""Longer edge of the copies in which motion is searched, in pixels."""

_ROUNDS = 3
"""Iterations of grabCut."""

_SAMPLES = 5
"""Pixels of the subject, and of the background, that grabCut needs: one for each of its colours."""

_ODD = 5.0
"""Distance in CIELAB, beyond the spread of the border's colours, that clearly differs."""

_LIKELY, _UNLIKELY = 0.75, 0.45
"""Differences from the background above which the subject is likely, and below which it is ruled
out; 1 is a clear difference."""

VISIBLE = 8
"""The alpha above which a pixel counts as visible."""

_SURE = 0.42
"""The minimum score of a mask that shows a subject."""

_TRIED = 10
"""How many shapes of a frame are judged, those that fit best by the first look."""

_OWN = 0.6
"""The rarity of a mask's colours from which on it is taken for the whole subject and no more."""

_CLEAR, _FAIR = 0.6, 0.4
"""The minimum score of a shape of the frame, and the minimum of its score and fitness together."""

_NEAR = 0.03
"""How far a shape may be from a given point, in longer edges of the frame."""


@dataclass(frozen=True, slots=True)
class Matte:
    """A frame with its subject as an alpha channel.

    Attributes:
        rgb: sRGB, shape (h, w, 3).
        alpha: 0 to 255, shape (h, w).
        confident: whether a subject was found; otherwise all of the frame is visible.
    """

    rgb: Pixels
    alpha: Pixels
    confident: bool


class _Found(NamedTuple):
    """A mask of a still's small copy, and how much each pixel differs from the background."""

    score: float
    place: int
    mask: Mask
    evidence: Floats


def mattes_of(stills: Sequence[Still], count: int, point: FilmPoint | None = None) -> list[Matte]:
    """Separate the subject in a clip's sharpest frames.

    Args:
        stills: frames in order of time.
        count: the maximum number of mattes.
        point: where the subject is, in the still that is nearest to the point's time.

    Returns:
        The best one first; with a point, one only. Without a subject only the whole sharpest
        frame.
    """
    small = [_shrunk(still.rgb, _EDGE) for still in stills]
    moving = motions([_shrunk(still.rgb, _FINE) for still in stills])
    if point is not None:
        place = min(range(len(stills)), key=lambda one: abs(stills[one].at - (point.at or 0.0)))
        one = _mask_at(place, small[place], moving[place], point)
        return [Matte(stills[place].rgb, _alpha(stills[place].rgb, one), confident=True)]
    found = [_best_mask(place, small[place], moving[place]) for place in _chosen(stills, count)]
    good = sorted((one for one in found if one.score >= _SURE), key=lambda one: -one.score)
    usual = float(np.median([one.mask.sum() for one in good])) if good else 0.0
    alike = [one for one in good if 0.5 * usual <= one.mask.sum() <= 2 * usual] or good
    mattes = [
        Matte(stills[one.place].rgb, _alpha(stills[one.place].rgb, one), confident=True)
        for one in alike
    ]
    # A subject that is a few pixels thin may disappear at full size.
    shown = [matte for matte in mattes if (matte.alpha > VISIBLE).any()]
    if shown:
        return shown
    sharpest = max(stills, key=lambda still: still.sharpness)
    whole = np.full(sharpest.rgb.shape[:2], 255, np.uint8)
    return [Matte(sharpest.rgb, whole, confident=False)]


def _shrunk(rgb: Pixels, edge: int) -> Pixels:
    scale = min(1.0, edge / max(rgb.shape[:2]))
    size = (max(8, round(rgb.shape[1] * scale)), max(8, round(rgb.shape[0] * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _chosen(stills: Sequence[Still], count: int) -> list[int]:
    """The sharpest frame of each part of the clip."""
    parts = np.array_split(np.arange(len(stills)), min(count, len(stills)))
    return [int(max(part, key=lambda place: stills[place].sharpness)) for part in parts]


def _best_mask(place: int, small: Pixels, moving: Floats) -> _Found:
    """The mask with the highest score, of those from motion and colour; else a fitting shape."""
    lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    odd = _difference_from_border(lab)
    guesses = (_motion_mask(moving, small), _central_mask(odd))
    by_motion = _Found(0.0, place, guesses[0], moving)
    by_colour = _Found(0.0, place, guesses[1], np.asarray(odd / _ODD, np.float32))
    found = [_judged(by_motion, small, lab), _judged(by_colour, small, lab)]
    rare = [rarity_of(lab, one.mask) if one.score > 0 else 0.0 for one in found]
    dark = [darkness_of(one.mask, lab) if one.score > 0 else 0.0 for one in found]
    found = [
        by_motion._replace(score=found[0].score * dark[0], mask=found[0].mask),
        by_colour._replace(score=found[1].score * dark[1] * rare[1], mask=found[1].mask),
    ]
    number = int(np.argmax([one.score for one in found]))
    best = found[number]
    if rare[number] * dark[number] > _OWN:
        return best
    # It shines, or has colours of the background: it is too large or another thing.
    seen = [_filled(_closed(guess)) for guess in guesses]
    shapes = [(fitness_of(mask, lab, *seen), mask) for mask in shapes_of(lab)]
    value = _FAIR
    for fitness, mask in sorted(shapes, key=lambda one: -one[0])[:_TRIED]:
        score = score_of(lab, mask, mask)
        if score >= _CLEAR and score * fitness > value:
            value = score * fitness
            best = _Found(score, place, mask, colour_evidence(lab, mask))
    return best


def _mask_at(place: int, small: Pixels, moving: Floats, point: FilmPoint) -> _Found:
    """The mask of what is at a point."""
    lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    height, width = small.shape[:2]
    spot = np.zeros((height, width), np.uint8)
    middle = (round(point.x * (width - 1)), round(point.y * (height - 1)))
    cv2.circle(spot, middle, max(2, round(_NEAR * max(height, width))), 1, -1)
    near = spot > 0
    odd = _difference_from_border(lab)
    seeds = (parts_at(_motion_mask(moving, small), near), parts_at(odd > _ODD, near), near)
    tried = [_Found(0.0, place, mask, colour_evidence(lab, mask)) for mask in shapes_of(lab)]
    tried += [_Found(0.0, place, _refined(small, seed), moving) for seed in seeds if seed.any()]
    found = _Found(0.0, place, near, np.asarray(near * 2.0, np.float32))
    for one in tried:
        share = float((one.mask & near).sum() / near.sum())
        if share < 0.15:
            continue
        score = score_of(lab, one.mask, one.mask) * min(1.0, 0.4 + share)
        if score > found.score:
            found = one._replace(score=score)
    return found


def _judged(guess: _Found, small: Pixels, lab: Floats) -> _Found:
    """A guess refined to a mask, with its score."""
    seed = _cleaned(guess.mask)
    if not 0.003 < seed.mean() < 0.75:
        return guess
    mask = _refined(small, seed)
    return guess._replace(mask=mask, score=score_of(lab, mask, seed))


def _motion_mask(moving: Floats, small: Pixels) -> Mask:
    """Where something moves, in pixels of the small copy."""
    size = (small.shape[1], small.shape[0])
    soft = cv2.GaussianBlur(moving, (0, 0), 1.2)
    return np.asarray(cv2.resize(soft, size, interpolation=cv2.INTER_AREA) > 0.8, np.bool_)


def _difference_from_border(lab: Floats) -> Floats:
    """How much each pixel differs from the frame's border; 0 if it does not.

    The lower edge does not count as border, because subjects often stand on it.
    """
    height, width = lab.shape[:2]
    rim = max(2, min(height, width) // 20)
    border = np.concatenate(
        [lab[:rim].reshape(-1, 3), lab[:, :rim].reshape(-1, 3), lab[:, -rim:].reshape(-1, 3)]
    )
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 10, 1.0)
    first = np.zeros((len(border), 1), np.int32)
    _, labels, middles = cv2.kmeans(border, 5, first, stop, 1, cv2.KMEANS_PP_CENTERS)
    away = np.linalg.norm(border - middles[np.ravel(labels)], axis=1)
    usual = float(np.percentile(away, 90)) + 4.0
    far = np.stack([np.linalg.norm(lab - middle, axis=2) for middle in middles]).min(axis=0)
    smooth = cv2.GaussianBlur(far.astype(np.float32), (0, 0), 2)
    return np.asarray(np.maximum(smooth - usual, 0), np.float32)


def _central_mask(odd: Floats) -> Mask:
    """What differs from the border and is near the centre."""
    height, width = odd.shape
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    near = np.exp(-((across / 0.62) ** 2) - ((down / 0.85) ** 2)).astype(np.float32)
    weighed = odd * near
    top = float(weighed.max())
    _, labels = cv2.connectedComponents((weighed > max(_ODD, 0.06 * top)).astype(np.uint8))
    # Slightly different parts count only if they touch strongly different ones.
    strong = np.unique(labels[(weighed > 0.3 * top) & (labels > 0)])
    return np.asarray(np.isin(labels, strong) & (labels > 0), np.bool_)


def _cleaned(mask: Mask) -> Mask:
    """The largest connected part near the centre, without holes."""
    plane = _closed(mask).astype(np.uint8)
    count, labels, stats, middles = cv2.connectedComponentsWithStats(plane, connectivity=8)
    if count < 2:
        return np.zeros_like(mask)
    height, width = mask.shape
    off = np.hypot(*((middles[1:] / [width, height] - 0.5).T * 2))
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA] * np.exp(-off)))
    return _filled(np.asarray(labels == largest, np.bool_))


def _closed(mask: Mask) -> Mask:
    """The mask without specks and narrow gaps."""
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, disc(3)) > 0, np.bool_)


def _filled(mask: Mask) -> Mask:
    """The mask without holes, which are what can't be reached from outside."""
    plane = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    cv2.floodFill(plane, None, (0, 0), 2)
    return np.asarray(plane[1:-1, 1:-1] != 2, np.bool_)


def _refined(small: Pixels, seed: Mask) -> Mask:
    """A seed extended or reduced to the subject's edges."""
    reach = max(3, round(np.sqrt(seed.sum()) * 0.16))
    return _cleaned(_grabbed(small, seed, seed, reach, core=reach // 2))


def _grabbed(
    rgb: Pixels, seed: Mask, likely: Mask, reach: int, core: int, ruled_out: Mask | None = None
) -> Mask:
    """The mask that grabCut finds.

    Args:
        rgb: the frame.
        seed: the rough position of the subject.
        likely: where the subject is likely.
        reach: distance outside the seed beyond which all is background, in pixels.
        core: distance inside the seed beyond which all is subject, in pixels.
        ruled_out: where the subject can't be, except in the core.
    """
    plane = seed.astype(np.uint8)
    trimap: Pixels = np.full(seed.shape, cv2.GC_BGD, np.uint8)
    trimap[cv2.dilate(plane, disc(reach)) > 0] = cv2.GC_PR_BGD
    trimap[likely] = cv2.GC_PR_FGD
    if ruled_out is not None:
        trimap[ruled_out] = cv2.GC_BGD
    trimap[(cv2.erode(plane, disc(core)) > 0) & likely] = cv2.GC_FGD
    inside = int(((trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)).sum())
    if not _SAMPLES <= inside <= trimap.size - _SAMPLES:
        return seed  # grabCut needs some pixels of either side
    back, fore = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
    whole = (0, 0, seed.shape[1], seed.shape[0])
    cv2.grabCut(rgb, trimap, whole, back, fore, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.asarray((trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD), np.bool_)


def _alpha(rgb: Pixels, found: _Found) -> Pixels:
    """The subject's alpha at full size, from a second search in a crop around it."""
    height, width = rgb.shape[:2]
    scale = width / found.mask.shape[1]
    rows, columns = np.flatnonzero(found.mask.any(axis=1)), np.flatnonzero(found.mask.any(axis=0))
    margin = 6 + max(np.ptp(rows), np.ptp(columns)) // 6
    top, bottom = (round(max(0, edge) * scale) for edge in (rows[0] - margin, rows[-1] + margin))
    left, right = (round(max(0, e) * scale) for e in (columns[0] - margin, columns[-1] + margin))
    near = np.s_[top : min(bottom, height), left : min(right, width)]
    size = _crop_size(rgb[near])
    crop = np.asarray(cv2.resize(rgb[near], size, interpolation=cv2.INTER_AREA), np.uint8)
    seed: Mask = _magnified(found.mask.astype(np.float32), near, (width, height), size) > 0.5
    differs = _magnified(found.evidence, near, (width, height), size)
    likely, ruled_out = seed & (differs > _LIKELY), differs < _UNLIKELY
    larger = size[0] * scale / max(1, rgb[near].shape[1])
    # The small mask is accurate to about two of its pixels.
    reach, core = round(4 * larger) + 2, round(2 * larger) + 1
    mask = _grabbed(crop, seed, likely, reach, core, ruled_out)
    mask = _largest_part(mask)
    if not 0.6 * seed.sum() < mask.sum() < 1.6 * seed.sum():
        mask = seed
    alpha = np.zeros((height, width), np.uint8)
    alpha[near] = _feathered(mask, rgb[near])
    return alpha


def _crop_size(crop: Pixels) -> tuple[int, int]:
    scale = min(1.0, _EDGE / max(crop.shape[:2]))
    return max(8, round(crop.shape[1] * scale)), max(8, round(crop.shape[0] * scale))


def _magnified(
    plane: Floats, near: tuple[slice, slice], whole: tuple[int, int], size: tuple[int, int]
) -> Floats:
    """A part of a small plane, scaled to another size."""
    wide = cv2.resize(plane, whole, interpolation=cv2.INTER_LINEAR)[near]
    return np.asarray(cv2.resize(wide, size, interpolation=cv2.INTER_AREA), np.float32)


def _largest_part(mask: Mask) -> Mask:
    """The largest connected part; small holes are filled, large ones are background."""
    plane = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(plane, connectivity=8)
    if count < 2:
        return mask
    largest = np.asarray(labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])), np.bool_)
    holes = _filled(largest) & ~largest
    _, labels, stats, _ = cv2.connectedComponentsWithStats(holes.astype(np.uint8), connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < 0.02 * largest.sum()
    small[0] = False
    return np.asarray(largest | small[labels], np.bool_)


def _feathered(mask: Mask, rgb: Pixels) -> Pixels:
    """A small mask at the frame's size, which follows the frame's edges and has a soft rim."""
    height, width = rgb.shape[:2]
    light = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    size = (mask.shape[1], mask.shape[0])
    guide = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    share = mask.astype(np.float32)
    reach = (5, 5)
    mean, level = cv2.blur(guide, reach), cv2.blur(share, reach)
    variance = cv2.blur(guide * guide, reach) - mean * mean
    slope = (cv2.blur(guide * share, reach) - mean * level) / (variance + np.float32(60))
    offset = level - slope * mean
    wide = [
        cv2.resize(cv2.blur(part, (3, 3)), (width, height), interpolation=cv2.INTER_LINEAR)
        for part in (slope, offset)
    ]
    followed = wide[0] * light + wide[1]
    plain = cv2.GaussianBlur(share, (0, 0), 0.9)
    plain = cv2.resize(plain, (width, height), interpolation=cv2.INTER_CUBIC)
    mixed = np.clip(followed, 0, 1) * 0.5 + plain * 0.5
    mixed = cv2.GaussianBlur(mixed, (0, 0), max(0.7, width / size[0] / 2))
    return _eased((mixed - 0.3) / 0.42)


def _eased(share: NDArray[np.floating]) -> Pixels:
    t = np.clip(share, 0, 1)
    return np.asarray(np.rint(255 * t * t * (3 - 2 * t)), np.uint8)
