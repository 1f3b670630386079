"""The upstream engine: renders a job as one or more jobs of another server."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from vitascope.clip import Clip, RenderJob
from vitascope.engines.base import Reporter
from vitascope.engines.expand import expanded
from vitascope.engines.native import (
    Fit,
    RgbFrame,
    compose,
    load_characters,
    load_image,
    to_native,
)
from vitascope.engines.soundtrack import soundtrack
from vitascope.engines.upstream.cleanup import Cleanup
from vitascope.engines.upstream.client import Client, RequestParameters, failed
from vitascope.engines.upstream.families import Family, family_of
from vitascope.engines.upstream.film import (
    Piece,
    count_frames,
    cut,
    frames_of,
    has_sound,
    sound_of,
)
from vitascope.engines.upstream.job_runner import Estimate, JobRunner, Timing
from vitascope.engines.upstream.settings import Flavour, UpstreamSettings, flavour_named
from vitascope.errors import JobError
from vitascope.media.decode import last_frames

_HELD = 0.5
"""Seconds that may be missing at a film's end; the last frame is repeated instead."""

_INSTRUCTIONS = "Write one paragraph that describes subject, action, setting, light and camera."
_SEEDS = 2**31  # some servers use 32-bit generators
_COMPOSED = (
    "The upstream server does not support characters: {names} can be seen in the first frame, "
    "which the film continues."
)
_UNSHOWN = (
    "The upstream server does not support characters, and an extension starts with the film's last "
    "frame: {names} could only be named in the prompt."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What all upstream jobs of one job have in common."""

    job: RenderJob
    family: Family
    fit: Fit
    prompt: str
    steps: int | None
    runner: JobRunner
    report: Reporter

    def request(
        self, frames: int, number: int, image: Path | None, video: Path | None
    ) -> RequestParameters:
        """The request for upstream job `number`, with at least `frames` output frames."""
        return RequestParameters(
            prompt=self.prompt,
            size=self.fit.native,
            frames=self.family.native_frames(frames, self.job.fps),
            fps=self.family.fps,
            seed=(self.job.seed + number) % _SEEDS,
            negative_prompt=self.job.spec.sampling.negative_prompt,
            steps=self.steps,
            guidance_scale=self.job.spec.sampling.guidance_scale,
            image=image,
            video=video,
            sound=self.family.sound_switch,
        )


class Upstream:
    """Renders on another server. Implements `vitascope.engines.base.Engine`.

    Attributes:
        cleanup: the process that deletes upstream jobs and films after this one.
    """

    def __init__(self, model: UpstreamSettings, timing: Timing | None = None) -> None:
        """Prepare; no request is sent yet.

        Raises:
            JobError: the environment variable for the key is not set.
        """
        self._model = model
        self._flavour: Flavour = flavour_named(model.flavour)
        self._timing = timing or Timing()
        self._client = Client(
            model.url,
            self._flavour,
            model=model.upstream_model,
            key=_key_of(model),
            answer_seconds=self._timing.answer,
        )
        self.cleanup = Cleanup(model.api_key_env)
        self._estimate = Estimate()

    def close(self) -> None:
        """End the cleanup process; it also ends with the engine's process."""
        self._client.close()
        self.cleanup.close()

    def draw(self, job: RenderJob, report: Reporter) -> Clip:
        """Render the films and return the clip, which reads them when it is consumed.

        Raises:
            JobError: `upstream_unavailable`, `upstream_refused`, `upstream_rejected` or
                `upstream_failed`; or an input can't be used.
        """
        self._delete_films()
        report.phase("denoise", 0, 1)
        plan = self._plan(job, report)
        pieces = self._edited(plan) if job.task == "edit" else self._chained(plan)
        report.phase("denoise", 1, 1)
        loud = job.task != "edit" and job.audio is None and has_sound(pieces)
        sound = sound_of(pieces, job.fps) if loud else soundtrack(job, self._model.sound)
        return Clip(frames_of(pieces, job.size, job.fps), sound, scripted=False)

    def _delete_films(self) -> None:
        """Delete the films of the previous job."""
        self.cleanup.folder.mkdir(mode=0o700, exist_ok=True)  # some systems clean /tmp
        for path in self.cleanup.folder.iterdir():
            path.unlink()

    def _plan(self, job: RenderJob, report: Reporter) -> _Plan:
        runner = JobRunner(self._client, self._flavour, self.cleanup, self._timing, report.note)
        names = runner.call_until_answered(
            self._client.model_names, lambda _share: report.phase("denoise", 0, 1)
        )
        family = family_of(f"{self._model.upstream_model or ''} {names}")
        return _Plan(
            job=job,
            family=family,
            fit=Fit.in_the_middle(job.size, family.native_size(job.size)),
            prompt=self._prompt(job, report),
            steps=job.spec.sampling.num_inference_steps or self._model.steps,
            runner=runner,
            report=report,
        )

    def _prompt(self, job: RenderJob, report: Reporter) -> str:
        if not self._model.expand:
            return job.prompt
        result = expanded(job.prompt, self._model.expand, _INSTRUCTIONS)
        report.note(result.note)
        return result.prompt

    def _chained(self, plan: _Plan) -> list[Piece]:
        """Render as many films as needed, each of which continues from the last frame before it."""
        first_frame, notes = _first_frame_of(plan.job, plan.fit)
        for note in notes:
            plan.report.note(note)
        if first_frame is not None:
            self._require(plan.family.image, "accepts no first frame")
        pieces: list[Piece] = []
        skip = 1 if plan.job.task == "extend" else 0
        left = plan.job.frame_count
        while left > 0:
            image = (
                None
                if first_frame is None
                else _save(first_frame, self._file(f"{len(pieces)}.png"))
            )
            film = self._file(f"{len(pieces)}.mp4")
            request = plan.request(left + skip, len(pieces), image, None)
            self._run(plan, request, film, (plan.job.frame_count - left, left))
            piece, last = self._piece(plan, film, skip, left)
            pieces.append(piece)
            left -= piece.frames
            first_frame, skip = last, 1
        return pieces

    def _edited(self, plan: _Plan) -> list[Piece]:
        """Edit the source in windows as long as the model supports."""
        self._require(plan.family.video, "accepts no video to edit")
        if plan.job.source is None:
            raise ValueError("an edit needs a source")
        total = plan.job.frame_count
        window = plan.family.output_frames(plan.job.fps) or total
        pieces: list[Piece] = []
        for start in range(0, total, window):
            count = min(window, total - start)
            source = self._file(f"source-{start}.mp4")
            cut(
                plan.job.source,
                source,
                start=start,
                count=total - start,
                rate=plan.job.fps,
                frames=plan.family.native_frames(count, plan.job.fps),
                fps=plan.family.fps,
                size=plan.fit.native,
            )
            film = self._file(f"{start}.mp4")
            self._run(plan, plan.request(count, 0, None, source), film, (start, count))
            piece, _ = self._piece(plan, film, 0, count)
            if piece.frames < count:
                raise failed(self._flavour, "the edited film is much too short")
            pieces.append(piece)
        return pieces

    def _require(self, able: bool | None, what: str) -> None:
        if able is False:
            raise JobError(
                "upstream_rejected",
                f"The model that the upstream server ({self._flavour.title}) serves {what}. Use a "
                "model that does.",
            )

    def _run(
        self, plan: _Plan, request: RequestParameters, film: Path, done: tuple[int, int]
    ) -> None:
        """Run one upstream job; `done` is the number of finished and of missing frames."""
        before, left = done
        adds = min(left, plan.family.output_frames(plan.job.fps) or left)
        share = 0.0

        def progress(reported: float | None) -> None:
            nonlocal share
            if reported is None and not self._flavour.reports_progress:
                reported = self._estimate.share()
            share = max(share, reported or 0.0)
            plan.report.phase("denoise", before + share * adds, plan.job.frame_count)

        pixels = request.size.width * request.size.height * request.frames
        self._estimate.begin(pixels * (request.steps or 1))
        plan.runner.run(request, film, progress)
        self._estimate.end()

    def _piece(self, plan: _Plan, film: Path, skip: int, left: int) -> tuple[Piece, RgbFrame]:
        """A finished film as a piece of the clip, and its last frame in native size."""
        try:
            count, last = count_frames(film, plan.job.size, skip + left, plan.job.fps)
        except JobError as error:
            raise failed(self._flavour, f"its film can't be used. {error.message[:-1]}") from None
        use = count - skip
        missing, most = left - use, int(_HELD * plan.job.fps)
        if use < min(most, left):
            raise failed(self._flavour, "its film is much shorter than requested")
        if missing > most and plan.family.image is False:
            raise failed(self._flavour, "its model can't render films of this length")
        hold = missing if missing <= most else 0
        return Piece(film, skip, use, hold), to_native(last, plan.fit)

    def _file(self, name: str) -> Path:
        return self.cleanup.folder / name


def _key_of(model: UpstreamSettings) -> str | None:
    if model.api_key_env is None:
        return None
    key = os.environ.get(model.api_key_env, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise JobError(
            "upstream_refused",
            "The key of the upstream server is not set or not valid. The operator of this server "
            "sets the environment variable that api_key_env names, where its workers are started.",
        )
    return key


def _first_frame_of(job: RenderJob, fit: Fit) -> tuple[RgbFrame | None, list[str]]:
    """The first frame of a job, if it has one, and messages for the job's log.

    An extension starts with the last frame of its source. Characters are placed into the given
    first frame, or in front of a plain background.

    Raises:
        JobError: the image or the source video can't be read.
    """
    names = ", ".join(character.name for character in job.characters)
    if job.task == "extend" and job.source is not None:
        notes = [_UNSHOWN.format(names=names)] if names else []
        return to_native(last_frames(job.source, 1)[-1], fit), notes
    ground = None if job.first_frame is None else load_image(job.first_frame, fit)
    if not names:
        return ground, []
    figures = load_characters(job.characters)
    return compose(figures, fit, ground), [_COMPOSED.format(names=names)]


def _save(picture: RgbFrame, path: Path) -> Path:
    """Write a picture as a PNG file."""
    Image.fromarray(np.ascontiguousarray(picture)).save(path, "PNG", compress_level=1)
    return path
