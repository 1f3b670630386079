"""A small meadow under a blue sky, filmed; and what can be measured of an edit of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from shadowplay import colour, write
from shadowplay.picture.canvas import picture_of
from shadowplay.retouch.editing import retouch
from shadowplay.retouch.reading import read_edit
from shadowplay.shot import FPS, SAMPLE_RATE, Clip, Size

SIZE = Size(192, 256)
HORIZON = 128


def silent(phase: str, done: float, total: float) -> None:
    """Progress that nobody looks at."""


def meadow(number: int) -> np.ndarray:
    """Sky above, textured grass below, a lit window on the right, a red ball going right."""
    width, height = SIZE
    image = np.zeros((height, width, 3), np.float32)
    down = np.linspace(0, 1, HORIZON)[:, None, None]
    image[:HORIZON] = np.float32([90, 145, 210]) * (1 - down) + np.float32([200, 220, 232]) * down
    grain = cv2.GaussianBlur(
        np.random.default_rng(1).standard_normal((HORIZON, width, 1)).astype(np.float32), (0, 0), 2
    )
    image[HORIZON:] = np.float32([80, 130, 50]) + grain[..., None] * 60
    cv2.rectangle(image, (130, 100), (180, 160), (60, 50, 45), -1)
    cv2.rectangle(image, (145, 112), (165, 132), (255, 210, 100), -1)
    cv2.circle(image, (30 + number * 2, 200), 14, (200, 40, 40), -1, cv2.LINE_AA)
    return image.clip(0, 255)


def picture(number: int) -> av.VideoFrame:
    frame = av.VideoFrame(*SIZE, "yuv420p")
    y, u, v = colour.planes(meadow(number))
    for target, plane in zip(picture_of(frame), (y, u[::2, ::2], v[::2, ::2]), strict=True):
        target[:] = np.rint(plane)
    return frame


def tone(count: int) -> np.ndarray:
    t = np.arange(count) / SAMPLE_RATE
    return np.stack([0.3 * np.sin(2 * np.pi * f * t) for f in (440, 660)]).astype(np.float32)


def film(path: Path, frames: int = 24, move: int = 1) -> Path:
    def pictures() -> Iterator[av.VideoFrame]:
        yield from (picture(number * move) for number in range(frames))

    write(Clip(pictures(), iter([tone(frames * SAMPLE_RATE // FPS)]), frames), path)
    return path


@dataclass(frozen=True)
class Seen:
    """An edit's result: luma (n, h, w), chroma (n, h/2, w/2) twice, sound (2, m)."""

    y: np.ndarray
    u: np.ndarray
    v: np.ndarray
    sound: np.ndarray
    notes: list[str]


def look(prompt: str, path: Path, *, seed: int = 3) -> Seen:
    clip = retouch(read_edit(prompt), path, seed=seed, report=silent)
    parts = [[plane.copy() for plane in picture_of(frame)] for frame in clip.frames]
    assert len(parts) == clip.frame_count
    y, u, v = (np.stack(rows) for rows in zip(*parts, strict=True))
    return Seen(y, u, v, np.concatenate(list(clip.sound), axis=1), clip.notes)
