"""Materials: what a job goes on from, as native pictures and sound."""

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
from vitascope.media.sound import samples
from vitascope.spec import SAMPLE_RATE


class Materials:
    """Everything given for a job.

    Attributes:
        image: native picture to begin with, shape (1, h, w, 3); none: none is given.
        last: native picture to end with, of the same shape; none: none is given.
        references: pictures of who or what is to be seen, as they are.
        cast: characters for the model's references.
        known: how many native frames of the extended film are taken over.
        pictures: these frames.
        sound: the sound beside them, for models that make sound.
        strength: how far from the given film the new one starts.
        notes: what the user should know of how it was understood.
    """

    def __init__(self, card: Card, job: RenderJob, fit: Fit) -> None:
        """Read what there is.

        Raises:
            JobError: something is missing or can't be read.
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
            self._carry_on()
        elif job.task in ("edit", "remix"):
            self._go_on_from_film()
        self.known = len(self.pictures)
        figures = load_characters(job.characters)
        self.cast = figures[: card.references]
        self._begin(figures[card.references :])
        new = job.task in ("create", "remix") and self._film is None
        last = job.last_frame if new and "last_frame" in card.inputs else None
        self.last = None if last is None else load_image(last, fit)[None]
        pictures = job.reference_images if "reference_image" in card.inputs else ()
        self.references = tuple(read_image(path) for path in pictures[: self._free()])

    def _free(self) -> int:
        """How many references there is room for besides the characters."""
        return max(0, self._card.references - len(self.cast))

    def _carry_on(self) -> None:
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

    def _go_on_from_film(self) -> None:
        job, card = self._job, self._card
        strength = card.strength.get("edit" if job.task == "edit" else "remix")
        if job.source is None or strength is None:
            if job.task == "edit":
                raise _no_source()
            self.notes.append("The remix is drawn anew, from the source's seed and the new prompt.")
            return
        self.strength = strength
        self._film = FilmReader(job.source, self._fit)
        if card.sound == "joint":
            blocks = [np.zeros((2, 0), np.float32), *samples(job.source)]
            self._film_sound = np.concatenate(blocks, axis=1)

    def _begin(self, apart: tuple[CharacterImage, ...]) -> None:
        """The first frame: the reference, and in it those whom the model can't refer to."""
        job = self._job
        ground = None if job.first_frame is None else load_image(job.first_frame, self._fit)
        names = ", ".join(figure.name for figure in apart)
        going_on = bool(self.known) or self._film is not None
        if apart and going_on:
            self.notes.append(f"This model can't bring {names} into a film that is there already.")
        elif apart:
            ground = compose(apart, self._fit, ground)
            self.notes.append(
                f"Not a reference, but the first frame shows this model what {names} looks like."
            )
        if ground is not None and not going_on:
            self.image = ground[None]
        if self.image is None and not going_on and "create" not in self._card.operations:
            raise _no_source()

    def film_from(self, window: Window) -> RgbFrames | None:
        """The given film's frames beside a window, those of its known frames among them."""
        if self._film is None:
            return None
        first = window.start - window.known
        fps, rate = self._card.fps, self._job.fps
        return self._film.take([film_index(first + at, fps, rate) for at in range(window.frames)])

    def film_sound(self, window: Window) -> Sound | None:
        """The given film's sound beside a window, filled up with silence; none if there is none."""
        if self._film_sound is None:
            return None
        first = round((window.start - window.known) * SAMPLE_RATE / self._card.fps)
        length = round(window.frames * SAMPLE_RATE / self._card.fps)
        part = self._film_sound[:, first : first + length]
        return np.pad(part, ((0, 0), (0, length - part.shape[1])))


def _no_source() -> JobError:
    return JobError(
        "source_missing",
        "This model needs a picture or film to begin with, and there is none, or it is not stored "
        "any more. Create the video anew with an input_reference.",
    )
