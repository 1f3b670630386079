"""The clip generator: draws a job window by window and yields frames and sound as they come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain, islice

import av
import cv2
import numpy as np

from vitascope.clip import RenderJob
from vitascope.engines.base import Reporter
from vitascope.engines.diffusers import adapters
from vitascope.engines.diffusers.device import is_out_of_memory
from vitascope.engines.diffusers.inputs import JobInputs
from vitascope.engines.diffusers.interpolation import frames_between
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Drawn, Request, Sound
from vitascope.engines.diffusers.seams import ColourMatch, Seams
from vitascope.engines.diffusers.speed import CompileError
from vitascope.engines.diffusers.timeline import (
    Window,
    native_count,
    nearest_frames,
    shown_places,
    windows,
)
from vitascope.engines.native import Fit, RgbFrame, to_output

_SEED_STEP = 7919
"""The difference between the seeds of neighbouring windows, whose noise must differ."""


class ClipGenerator:
    """Draws a job. One thread consumes the frames, then the sound."""

    def __init__(self, loaded: LoadedModel, job: RenderJob, report: Reporter) -> None:
        """Plan the windows and read the inputs.

        Raises:
            JobError: an input is missing or can't be read.
        """
        card = loaded.card
        self._loaded, self._job, self._report = loaded, job, report
        self.fit = Fit.nearest(
            job.size,
            align=card.align,
            pixels=loaded.quality.max_pixels,
            scale=loaded.model.render_scale,
        )
        self._doubled = loaded.upscales and self.fit.kept.width < job.size.width
        decoded = self.fit.times(2) if self._doubled else self.fit
        small = decoded.kept.width < job.size.width
        self._upscaler = loaded.upscaler if small else None
        self.output = decoded.times(self._upscaler.factor) if self._upscaler else decoded
        self._inputs = JobInputs(card, job, self.fit)
        count = native_count(job.frame_count, card.fps, job.fps)
        self.windows = windows(card, count, self._inputs.known)
        self._before: deque[RgbFrame] = deque(self._inputs.pictures, maxlen=card.overlap)
        self._seams = Seams(card.fps, job.fps, self._inputs.sound)

    @property
    def notes(self) -> list[str]:
        """Sentences for the job's log about how it is rendered."""
        card, native = self._loaded.card, self.fit.native
        count = sum(window.new for window in self.windows)
        parts = "one go" if len(self.windows) == 1 else f"{len(self.windows)} parts"
        plan = (
            f"{card.name} draws {count} frames of {native} at {card.fps} frames a second in "
            f"{parts}, with the memory plan '{self._loaded.plan.plan}' on {self._loaded.device}, "
            f"attention by {self._loaded.attention}{self._scaled()}."
        )
        return [plan, *self._loaded.notes, *self._inputs.notes, *self._ignored_parameters()]

    def _scaled(self) -> str:
        doubled = f", latents doubled to {self.fit.times(2).native}" if self._doubled else ""
        return doubled + (f", frames upscaled to {self.output.native}" if self._upscaler else "")

    def _ignored_parameters(self) -> Iterator[str]:
        """Sentences about parameters that have no effect."""
        guidance = self._job.spec.sampling.guidance_scale or self._loaded.quality.guidance_scale
        if self._job.spec.sampling.negative_prompt and guidance <= 1:
            yield (
                "The negative prompt has no effect: these weights draw without guidance. Request "
                "a guidance_scale above 1, which takes twice as long."
            )

    def frames(self) -> Iterator[av.VideoFrame]:
        """The job's frames in the output profile, converted one by one."""
        natives = self._natives()
        film = (natives, self._job.frame_count, self._loaded.card.fps, self._job.fps)
        if self._loaded.model.interpolate:
            shown = frames_between(*film, self._loaded.interpolator)
        else:
            shown = nearest_frames(*film)
        for picture in shown:
            large = self._upscaler.enlarged(picture) if self._upscaler else picture
            yield to_output(large, self.output)
        for _ in natives:  # frames left over by rounding; ends the window's generator
            pass

    def sound(self) -> Iterator[Sound]:
        """The model's sound of the windows drawn so far."""
        while self._seams.given < self._job.sample_count:
            block = self._seams.take(self._job.sample_count)
            if block is None:
                return
            yield block

    def _natives(self) -> Iterator[RgbFrame]:
        """The new native pictures of all windows, in order."""
        with self._loaded.heartbeat():
            for number, window in enumerate(self.windows):
                request = self._request(number, window)
                for picture in self._with_retries(number, window, request):
                    self._before.append(self._native(picture))
                    yield picture

    def _native(self, picture: RgbFrame) -> RgbFrame:
        """A decoded picture at the size that the model draws."""
        if not self._doubled:
            return picture
        small = cv2.resize(picture, self.fit.native, interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.uint8)

    def _with_retries(self, number: int, window: Window, request: Request) -> Iterator[RgbFrame]:
        """A window's new pictures.

        If blocks can't be compiled or memory runs out, the window is drawn again, without the
        pictures that were yielded already.
        """
        given, last_try = 0, False
        while True:
            try:
                for place, picture in enumerate(self._drawn(number, window, request)):
                    if place == given:
                        given += 1
                        yield picture
                return
            except CompileError as error:
                if not self._loaded.uncompile(error):
                    raise
                self._report.note(
                    "The model's blocks can't be compiled on this machine, so the window is drawn "
                    "without compiling, which takes longer. The worker's log has the reason."
                )
            except (RuntimeError, MemoryError) as error:
                # With several GPUs all processes are restarted instead.
                if not is_out_of_memory(error) or self._loaded.model.gpus > 1:
                    raise
                if last_try:
                    raise self._loaded.out_of_memory() from error
                last_try = True
                self._loaded.step_down(error)
                self._report.note(
                    "Memory ran out, so the window is drawn again with the memory plan "
                    f"'{self._loaded.plan.plan}'."
                )

    def _drawn(self, number: int, window: Window, request: Request) -> Iterator[RgbFrame]:
        loaded = self._loaded
        loaded.watch(self._report, number, len(self.windows))
        adapters.select(loaded.pipelines, self._job.spec.loras)
        drawn = self._loaded.family.draw(request, loaded)
        if drawn.sound is not None:
            self._seams.put(window, drawn.sound)
        known = [] if request.known is None else list(request.known)
        redrawn: list[RgbFrame] = []
        match: ColourMatch | None = None
        shown = shown_places(window, to_end=request.last is not None)
        for place, picture in enumerate(self._decoded(drawn)):
            if place < window.known:
                redrawn.append(self._native(picture))
            elif place - window.known in shown:
                if redrawn and match is None:
                    match = ColourMatch(known, redrawn, fade=loaded.card.fps)
                yield picture if match is None else match.applied(picture, place - window.known)

    def _decoded(self, drawn: Drawn) -> Iterator[RgbFrame]:
        """All pictures of a window; if memory runs out, the same latents are decoded in tiles."""
        given = 0
        try:
            for picture in chain.from_iterable(drawn.pictures):
                given += 1
                yield picture
        except (RuntimeError, MemoryError) as error:
            tiles = is_out_of_memory(error) and self._loaded.model.gpus == 1
            if not tiles or drawn.again is None or not self._loaded.decode_in_tiles(error):
                raise
        else:
            return
        self._report.note("Memory ran out while decoding, so the pictures are decoded in tiles.")
        yield from islice(chain.from_iterable(drawn.again()), given, None)

    def _request(self, number: int, window: Window) -> Request:
        job, loaded, inputs = self._job, self._loaded, self._inputs
        quality = loaded.quality
        known = list(self._before)[-window.known :] if window.known else []
        film = inputs.film_from(window)
        first = number == 0
        return Request(
            prompt=job.prompt,
            negative_prompt=job.spec.sampling.negative_prompt or loaded.negative_prompt,
            size=self.fit.native,
            frames=window.frames,
            seed=(job.seed + number * _SEED_STEP) % 2**63,
            steps=job.spec.sampling.num_inference_steps or loaded.model.steps or quality.steps,
            guidance_scale=job.spec.sampling.guidance_scale or quality.guidance_scale,
            task=job.task,
            image=inputs.image if first and not known else None,
            last=inputs.last if number == len(self.windows) - 1 else None,
            known=np.stack(known) if known else None,
            known_sound=self._seams.before(window.known) if known else None,
            film=film,
            film_sound=None if film is None else inputs.film_sound(window),
            control=inputs.control_from(window),
            strength=inputs.strength,
            doubled=self._doubled,
            characters=inputs.characters,
            references=inputs.references,
        )
