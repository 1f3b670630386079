"""Clips of a known figure before a known backdrop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

Draw = Callable[[int], np.ndarray]


def texture(width: int, height: int, seed: int = 1) -> np.ndarray:
    """A wall of stones, leaves or whatever: coloured noise of several sizes."""
    dice = np.random.default_rng(seed)
    image = np.full((height, width, 3), (112, 120, 96), np.float32)
    for size, strength in ((40, 26), (12, 18), (4, 10)):
        noise = dice.standard_normal((height // size + 2, width // size + 2, 3)).astype(np.float32)
        image += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC) * strength
    return image.clip(0, 255).astype(np.uint8)


def figure(image: np.ndarray, x: float, y: float, tall: float) -> np.ndarray:
    """Draw somebody in a blue coat and a yellow hat; the mask of them."""
    mask = np.zeros(image.shape[:2], np.uint8)
    unit = tall / 10

    def body(canvas: np.ndarray, coat: object, skin: object, hat: object, legs: object) -> None:
        for side in (-1, 1):
            start, end = (x + side * unit * 0.7, y + unit * 1.5), (x + side * unit, y + unit * 5)
            cv2.line(canvas, _at(*start), _at(*end), legs, int(unit * 1.1), cv2.LINE_AA)
        cv2.ellipse(canvas, _at(x, y), (int(unit * 2), int(unit * 2.8)), 0, 0, 360, coat, -1)
        cv2.circle(canvas, _at(x, y - unit * 3.5), int(unit * 1.2), skin, -1, cv2.LINE_AA)
        brim = _at(x - unit * 1.8, y - unit * 4.2), _at(x + unit * 1.8, y - unit * 3.9)
        cv2.rectangle(canvas, *brim, hat, -1)

    body(image, (30, 60, 190), (230, 180, 150), (245, 205, 40), (70, 30, 60))
    body(mask, 255, 255, 255, 255)
    return mask > 127


def _at(x: float, y: float) -> tuple[int, int]:
    return round(x), round(y)


def write(
    path: Path, draw: Draw, frames: int, *, rotation: int = 0, codec: str = "libx264", fps: int = 24
) -> Path:
    """Film what is drawn, number by number."""
    first = draw(0)
    with av.open(path, "w") as film:
        stream = film.add_stream(codec, rate=fps)
        stream.width, stream.height = first.shape[1], first.shape[0]
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(draw(number), format="rgb24")
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    if rotation:
        _rotate(path, rotation)
    return path


def _rotate(path: Path, degrees: int) -> None:
    """Put a display matrix into an MP4's picture track, as phones do."""
    turn = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    one = 1 << 16
    plain = b"".join(v.to_bytes(4, "big") for v in (one, 0, 0, 0, one, 0, 0, 0, 1 << 30))
    a, b, c, d = (v * one for v in turn)
    turned = b"".join(v.to_bytes(4, "big", signed=True) for v in (a, b, 0, c, d, 0, 0, 0, 1 << 30))
    data = path.read_bytes()
    track = data.index(b"tkhd")
    at = data.index(plain, track)
    path.write_bytes(data[:at] + turned + data[at + len(plain) :])
