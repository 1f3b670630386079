"""The inputs of a job, as native pictures and sound."""

from __future__ import annotations

import numpy as np

from vitascope.clip import RenderJob
from vitascope.engines.diffusers.card import Card
from vitascope.engines.diffusers.request import Sound
from vitascope.engines.diffusers.timeline import Window, film_index, known_count, native_count
from vitascope.engines.native import (
    CharacterImage,
    FilmReader,
    Fit,
    RgbFrame,
    RgbFrames,
    compose,
    load_characters,
    load_image,
    to_native,
)
from vitascope.engines.soundtrack import last_samples
from vitascope.errors import JobError
from vitascope.media.decode import last_frames
from vitascope.media.image import read_image
from vitascope.media.probe import probe
from vitascope.media.sound import samples
from vitascope.spec import SAMPLE_RATE


class JobInputs:
    """The inputs of a job.

    Attributes:
        image: native first frame, shape (1, h, w, 3); None if none is given.
        last: native last frame, of the same shape; None if none is given.
        references: reference pictures of any size.
        characters: those that the model takes as references.
        known: number of native frames that continue an extended film.
        pictures: these frames.
        sound: their sound, for models that make sound.
        strength: the noise level to start from with a given film; 1 is noise alone.
        notes: sentences for the job's log.
    """

    def __init__(self, card: Card, job: RenderJob, fit: Fit) -> None:
        """Read them.

        Raises:
            JobError: one of them is missing or can't be read.
        """
        self._card, self._job, self._fit = card, job, fit
        self.notes: list[str] = []
        self.image: RgbFrames | None = None
        self.pictures: list[RgbFrame] = []
        self.sound: Sound | None = None
        self._film: FilmReader | None = None
        self._film_sound: Sound | None = None
        self.strength = 1.0
        if job.task == "extend":
            self._read_extended_film()
        elif job.task in ("edit", "remix"):
            self._open_changed_film()
        self.known = len(self.pictures)
        figures = load_characters(job.characters)
        self.characters = figures[: card.references]
        self._read_first_frame(figures[card.references :])
        creates = job.task in ("create", "remix") and self._film is None
        last = job.last_frame if creates and "last_frame" in card.inputs else None
        self.last = None if last is None else load_image(last, fit)[None]
        control = job.control_video if "control_video" in card.inputs else None
        self._control = None if control is None else FilmReader(control, fit)
        self._control_end = 0 if control is None else probe(control).frames - 1
        pictures = job.reference_images if "reference_image" in card.inputs else ()
        self.references = tuple(read_image(path) for path in pictures[: self._free()])

    def _free(self) -> int:
        """How many references the model takes besides the characters."""
        return max(0, self._card.references - len(self.characters))

    def _read_extended_film(self) -> None:
        if self._job.source is None:
            raise _no_source()
        fps, rate = self._card.fps, self._job.fps
        reach = -film_index(-self._card.overlap, fps, rate)
        frames = last_frames(self._job.source, max(1, reach))
        count = known_count(self._card, native_count(len(frames), fps, rate))
        places = [max(0, len(frames) + film_index(at, fps, rate)) for at in range(-count, 0)]
        self.pictures = [to_native(frames[place], self._fit) for place in places]
        if self._card.sound == "joint":
            length = round(count * SAMPLE_RATE / fps)
            self.sound = last_samples(self._job.source, length)

    def _open_changed_film(self) -> None:
        job, card = self._job, self._card
        strength = card.strength.get("edit" if job.task == "edit" else "remix")
        if job.source is None or strength is None:
            if job.task == "edit":
                raise _no_source()
            self.notes.append("The remix is drawn from the source's seed and the new prompt alone.")
            return
        self.strength = strength
        self._film = FilmReader(job.source, self._fit)
        if card.sound == "joint":
            blocks = [np.zeros((2, 0), np.float32), *samples(job.source)]
            self._film_sound = np.concatenate(blocks, axis=1)

    def _read_first_frame(self, composed: tuple[CharacterImage, ...]) -> None:
        """Read the first frame; characters that are no references are composed into it."""
        job = self._job
        ground = None if job.first_frame is None else load_image(job.first_frame, self._fit)
        names = ", ".join(figure.name for figure in composed)
        continues = bool(self.known) or self._film is not None
        if composed and continues:
            self.notes.append(f"This model can't add {names} to an existing film.")
        elif composed:
            ground = compose(composed, self._fit, ground)
            self.notes.append(
                f"This model takes no references for {names}, so the first frame shows them."
            )
        if ground is not None and not continues:
            self.image = ground[None]
        if self.image is None and not continues and "create" not in self._card.operations:
            raise _no_source()

    def film_from(self, window: Window) -> RgbFrames | None:
        """The given film's frames at a window's times, including those of its known frames."""
        return None if self._film is None else self._film.take(self._numbers(window))

    def control_from(self, window: Window) -> RgbFrames | None:
        """The control video's frames at a window's times; its last frame stands after its end."""
        if self._control is None:
            return None
        return self._control.take([min(at, self._control_end) for at in self._numbers(window)])

    def _numbers(self, window: Window) -> list[int]:
        """The film's frame numbers at a window's times."""
        first = window.start - window.known
        fps, rate = self._card.fps, self._job.fps
        return [max(0, film_index(first + at, fps, rate)) for at in range(window.frames)]

    def film_sound(self, window: Window) -> Sound | None:
        """The given film's sound at a window's times, padded with silence, if there is any."""
        if self._film_sound is None:
            return None
        first = round((window.start - window.known) * SAMPLE_RATE / self._card.fps)
        length = round(window.frames * SAMPLE_RATE / self._card.fps)
        part = self._film_sound[:, first : first + length]
        return np.pad(part, ((0, 0), (0, length - part.shape[1])))


def _no_source() -> JobError:
    return JobError(
        "source_missing",
        "This model needs a first frame or a film, and there is none, or it is no longer stored. "
        "Create the video again with an input_reference.",
    )
