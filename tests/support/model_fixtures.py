"""Real models in tests: settings and jobs for tiny pipelines, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from job_fixtures import a_job
from PIL import Image, ImageDraw

from vitascope.clip import Character, Clip, RenderJob
from vitascope.engines.base import Engine
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.media.downscale import to_srgb
from vitascope.media.encode import encode
from vitascope.spec import Size

SIZE = Size(192, 128)

KNOWN_WARNINGS = [
    # Diffusers' scheduler for Helios gives numpy tensors to count between.
    pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning"),
    # Diffusers' sound coders of Cosmos3 and MiniMax-H3 are built with torch's old weight norm.
    pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning"),
]


@dataclass
class Talk:
    """A reporter that remembers."""

    phases: list[tuple[str, float, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)

    def phase(self, name: str, done: float, total: float) -> None:
        self.phases.append((name, done, total))

    def note(self, message: str) -> None:
        self.notes.append(message)

    def preview(self, jpeg: Callable[[], bytes]) -> None:
        self.previews.append(jpeg())

    def of(self, name: str) -> list[float]:
        """The shares that were reported of a phase."""
        return [done / total for phase, done, total in self.phases if phase == name]


@dataclass
class Film:
    """A clip that was consumed as the encoder would.

    Attributes:
        frames: RGB, shape (n, h, w, 3).
        sound: shape (2, n).
    """

    frames: np.ndarray[Any, Any]
    sound: np.ndarray[Any, Any]
    notes: list[str]
    talk: Talk


def settings(card: str, source: Path, **options: Any) -> DiffusersSettings:
    """A model's table: the smallest that draws, and without the expansion of prompts."""
    table = {"device": "cpu", "dtype": "float32", "steps": 2, "render_scale": 0.5, "expand": False}
    table |= options
    return DiffusersSettings(card=card, source=str(source), **table)


def small_job(**options: Any) -> RenderJob:
    """One third of a second at a small size, unless the options say otherwise."""
    asked = {"prompt": "A heron in the mist", "size": SIZE, "seconds": 1, "frames": 8, "seed": 7}
    return a_job(model="real", **{**asked, **options})


def film_of(engine: Engine, job: RenderJob) -> Film:
    """Have a job drawn, pulling pictures and sound in turns, one thread, as the encoder does."""
    talk = Talk()
    clip = engine.draw(job, talk)
    sound, blocks, frames = iter(clip.sound), [np.zeros((2, 0), np.float32)], []
    for frame in clip.frames:
        assert (frame.width, frame.height, frame.format.name) == (*job.size, "yuv420p")
        frames.append(to_srgb(frame, job.size))
        while sum(block.shape[1] for block in blocks) < len(frames) * 2000:
            blocks.append(next(sound))
    blocks.extend(sound)
    assert not clip.scripted
    return Film(np.stack(frames), np.concatenate(blocks, axis=1), clip.notes, talk)


def written(film: Film, path: Path) -> Path:
    """The film as a file in the output profile."""
    count, height, width = film.frames.shape[:3]
    pictures = (
        av.VideoFrame.from_ndarray(picture, "rgb24").reformat(
            format="yuv420p", dst_colorspace="ITU709"
        )
        for picture in film.frames
    )
    job = small_job(size=Size(width, height), frames=count)
    encode(Clip(pictures, iter([film.sound])), job, path)
    return path


def moving_film(path: Path, size: Size = SIZE, frames: int = 24) -> Path:
    """A film in the output profile: a light square on its way over a dark ground, under a tone."""
    pictures = np.full((frames, size.height, size.width, 3), (40, 60, 90), np.uint8)
    edge = size.height // 3
    for number, picture in enumerate(pictures):
        left = number * (size.width - edge) // frames
        picture[edge : 2 * edge, left : left + edge] = (220, 180, 60)
    ticks = np.arange(frames * 2000) / 48_000
    tone = 0.2 * np.sin(2 * np.pi * 330 * ticks).astype(np.float32)
    return written(Film(pictures, np.stack((tone, tone)), [], Talk()), path)


def still(path: Path, size: tuple[int, int] = (300, 200)) -> Path:
    """A picture file: four flat quarters."""
    image = Image.new("RGB", size, (200, 30, 30))
    width, height = size
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2), fill=(30, 180, 40))
    draw.rectangle((0, height // 2, width // 2, height), fill=(30, 50, 210))
    draw.rectangle((width // 2, height // 2, width, height), fill=(230, 220, 60))
    image.save(path)
    return path


def character(path: Path, name: str = "Mossy") -> Character:
    """A cut-out figure: a green disc."""
    image = Image.new("RGBA", (80, 120), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((4, 4, 76, 116), fill=(20, 160, 60, 255))
    image.save(path)
    return Character(name, path, ("#14a03c",))
