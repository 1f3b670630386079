"""Cuts the subject out of a clip's sharpest frames or an image, as PNGs with transparency."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from vitascope.media.matte import VISIBLE, Matte, mattes_of
from vitascope.media.normalise import Limits
from vitascope.media.stills import EDGE as STILL_EDGE
from vitascope.media.stills import Still, stills
from vitascope.spec import FilmPoint, Size

EDGE = 768
"""Maximum of a cutout's longer edge, in pixels."""

POSES = 3
"""The maximum number of cutouts."""

_COLOURS = 5
_SAME_COLOUR = 14.0
"""Colours closer than this in CIELAB count as one."""

_MIN_SHARE = 0.04
"""Colours that cover less of the subject are not in the palette."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class CutOut:
    """The cutouts of a clip.

    Attributes:
        files: PNGs with transparency, the best one first.
        palette: the subject's main colours as `#rrggbb`, the most frequent first.
        confident: whether a subject was found; otherwise the file is a whole frame.
        size: size of the first cutout.
    """

    files: tuple[Path, ...]
    palette: tuple[str, ...]
    confident: bool
    size: Size


def cut_out(
    film: Path,
    folder: Path,
    *,
    limits: Limits | None = None,
    span: tuple[float, float] | None = None,
    point: FilmPoint | None = None,
) -> CutOut:
    """Cut the subject out of a clip.

    Args:
        film: a video file of any supported kind.
        folder: the folder for the PNGs; created if necessary.
        limits: what to refuse, and how much to decode.
        span: the part to look at, in seconds; the first seconds by default.
        point: where the subject is; by default it is searched for.

    Raises:
        JobError: `invalid_video`; the file is not a video, or is beyond the limits.
    """
    cv2.setNumThreads(1)
    cv2.setRNGSeed(1)  # grabCut and k-means start at random
    at = None if point is None else point.at
    mattes = mattes_of(stills(film, limits or Limits(), span=span, at=at), POSES, point)
    best = mattes[0]
    folder.mkdir(parents=True, exist_ok=True)
    files, sizes = [], []
    for number, matte in enumerate(mattes):
        picture = _cropped(matte)
        name = folder / ("subject.png" if number == 0 else f"subject-{number}.png")
        name.write_bytes(_png(picture))
        files.append(name)
        sizes.append(Size(picture.shape[1], picture.shape[0]))
    return CutOut(tuple(files), _palette(best), best.confident, sizes[0])


def cut_out_image(image: Image.Image, file: Path) -> bool:
    """Cut the subject out of an image and write it as a PNG with transparency.

    Args:
        image: upright, in sRGB; what is transparent in it is not the subject.
        file: the PNG to write.

    Returns:
        Whether a subject was found; otherwise the file is the whole image.
    """
    cv2.setNumThreads(1)
    cv2.setRNGSeed(1)
    image.thumbnail((STILL_EDGE, STILL_EDGE), Image.Resampling.LANCZOS)
    rgb = np.asarray(image.convert("RGB"), np.uint8)
    alpha = np.asarray(image.convert("RGBA").getchannel("A"), np.uint8)
    if _shows_a_part(alpha):
        matte = Matte(rgb, alpha, confident=True)
    else:
        matte = mattes_of([Still(rgb, 0.0)], 1)[0]
    file.write_bytes(_png(_cropped(matte)))
    return matte.confident


def _shows_a_part(alpha: Pixels) -> bool:
    """Whether an alpha channel leaves out a part of the picture, and not all of it."""
    shown = float((alpha > VISIBLE).mean())
    return 0.001 < shown < 0.97


def _cropped(matte: Matte) -> Pixels:
    """The frame in RGBA, cropped to its visible part."""
    shown = matte.alpha > VISIBLE
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    rgba = np.dstack([matte.rgb, matte.alpha])[part]
    scale = EDGE / max(rgba.shape[:2])
    if scale >= 1:
        return np.ascontiguousarray(rgba)
    size = (max(1, round(rgba.shape[1] * scale)), max(1, round(rgba.shape[0] * scale)))
    return np.asarray(cv2.resize(rgba, size, interpolation=cv2.INTER_AREA), np.uint8)


def _png(rgba: Pixels) -> bytes:
    done, data = cv2.imencode(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA))
    if not done:
        raise RuntimeError("OpenCV could not write a PNG")
    return bytes(data)


def _palette(matte: Matte) -> tuple[str, ...]:
    """The subject's three to five main colours (k-means in CIELAB)."""
    inside = cv2.erode(matte.alpha, np.ones((3, 3), np.uint8)) > 200
    if inside.sum() < 64:
        inside = matte.alpha > VISIBLE
    lab = cv2.cvtColor(matte.rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[inside]
    lab = np.ascontiguousarray(lab[:: max(1, len(lab) // 4000)])
    count = min(_COLOURS + 2, len(lab))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 20, 0.5)
    first = np.zeros((len(lab), 1), np.int32)
    _, labels, middles = cv2.kmeans(lab, count, first, stop, 2, cv2.KMEANS_PP_CENTERS)
    shares = np.bincount(np.ravel(labels), minlength=count) / len(lab)
    kept: list[int] = []
    rest: list[int] = []
    for k in np.argsort(-shares, kind="stable"):
        away = min((np.linalg.norm(middles[k] - middles[one]) for one in kept), default=np.inf)
        (kept if away > _SAME_COLOUR and shares[k] >= _MIN_SHARE else rest).append(int(k))
    kept = (kept + rest)[: max(3, min(_COLOURS, len(kept)))]
    rgb = cv2.cvtColor(middles[None].astype(np.float32), cv2.COLOR_LAB2RGB)[0]
    levels = np.clip(np.rint(rgb * 255), 0, 255).astype(int)
    return tuple("#{:02x}{:02x}{:02x}".format(*levels[k]) for k in kept)
