"""Upstream, the engine: a shot becomes jobs of another server, and their films become a clip."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vitascope.clip import Clip, RenderJob
from vitascope.engines.base import Reporter
from vitascope.engines.expand import expanded
from vitascope.engines.geometry import Fit
from vitascope.engines.pictures import Picture
from vitascope.engines.soundtrack import soundtrack
from vitascope.engines.upstream.caretaker import Caretaker
from vitascope.engines.upstream.client import Client, Wish, failed
from vitascope.engines.upstream.errand import Errand, Pace
from vitascope.engines.upstream.estimate import Estimate
from vitascope.engines.upstream.families import Family, family_of
from vitascope.engines.upstream.film import (
    Piece,
    cut,
    frames_of,
    has_sound,
    looked_through,
    sound_of,
)
from vitascope.engines.upstream.flavours import Flavour, flavour_named
from vitascope.engines.upstream.opening import continued, opening_of, save
from vitascope.engines.upstream.settings import UpstreamSettings
from vitascope.errors import JobError
from vitascope.spec import FPS

_HELD = FPS // 2
"""Frames that may be missing at a film's end; its last picture is shown on for so long."""

_INSTRUCTIONS = "Write one paragraph that tells subject, action, setting, light and camera."
_SEEDS = 2**31  # some servers hand seeds on to generators of 32 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is the same for all jobs of one shot."""

    shot: RenderJob
    family: Family
    fit: Fit
    prompt: str
    steps: int | None
    errand: Errand
    report: Reporter

    def wish(self, frames: int, number: int, image: Path | None, video: Path | None) -> Wish:
        """What job `number` is to draw: so many of the house's frames, or more."""
        return Wish(
            prompt=self.prompt,
            size=self.fit.native,
            frames=self.family.native_frames(frames),
            fps=self.family.fps,
            seed=(self.shot.seed + number) % _SEEDS,
            negative_prompt=self.shot.spec.sampling.negative_prompt,
            steps=self.steps,
            guidance_scale=self.shot.spec.sampling.guidance_scale,
            image=image,
            video=video,
            sound=self.family.sound_switch,
        )


class Upstream:
    """Lets another server draw. Implements `vitascope.engines.base.Engine`."""

    def __init__(self, model: UpstreamSettings, pace: Pace | None = None) -> None:
        """Get ready; nobody is asked anything yet.

        Raises:
            JobError: the model's table names a variable for the key that is not set.
        """
        self._model = model
        self._flavour: Flavour = flavour_named(model.flavour)
        self._pace = pace or Pace()
        self._client = Client(
            model.url, self._flavour, model=model.upstream_model, key=_key_of(model)
        )
        self._caretaker = Caretaker(model.api_key_env)
        self._estimate = Estimate()

    def close(self) -> None:
        """End the caretaker; the engine's process ending does the same."""
        self._client.close()
        self._caretaker.close()

    def draw(self, shot: RenderJob, report: Reporter) -> Clip:
        """Have the shot's films drawn and return the clip, which reads them when it is consumed.

        Raises:
            JobError: `upstream_unavailable`, `upstream_refused`, `upstream_rejected` or
                `upstream_failed`; or an input is of no use.
        """
        self._forget()
        report.phase("denoise", 0, 1)
        plan = self._plan(shot, report)
        pieces = self._edited(plan) if shot.task == "edit" else self._chained(plan)
        report.phase("denoise", 1, 1)
        loud = shot.task != "edit" and has_sound(pieces)
        sound = sound_of(pieces) if loud else soundtrack(shot, self._model.sound)
        return Clip(frames_of(pieces, shot.size), sound, scripted=False)

    def _forget(self) -> None:
        """Delete the films of the shot before."""
        self._caretaker.folder.mkdir(mode=0o700, exist_ok=True)  # some systems tidy /tmp
        for path in self._caretaker.folder.iterdir():
            path.unlink()

    def _plan(self, shot: RenderJob, report: Reporter) -> _Plan:
        errand = Errand(self._client, self._flavour, self._caretaker, self._pace, report.note)
        names = errand.insist(
            self._client.model_names, lambda _share: report.phase("denoise", 0, 1)
        )
        family = family_of(f"{self._model.upstream_model or ''} {names}")
        return _Plan(
            shot=shot,
            family=family,
            fit=Fit.in_the_middle(shot.size, family.native_size(shot.size)),
            prompt=self._prompt(shot, report),
            steps=shot.spec.sampling.num_inference_steps or self._model.steps,
            errand=errand,
            report=report,
        )

    def _prompt(self, shot: RenderJob, report: Reporter) -> str:
        if self._model.expand is None:
            return shot.prompt
        told = expanded(shot.prompt, self._model.expand, _INSTRUCTIONS)
        report.note(told.note)
        return told.prompt

    def _chained(self, plan: _Plan) -> list[Piece]:
        """Draw the shot, in as many films as it takes, each going on from the last picture."""
        opening, notes = opening_of(plan.shot, plan.fit)
        for note in notes:
            plan.report.note(note)
        if opening is not None:
            self._require(plan.family.image, "goes on from no picture")
        pieces: list[Piece] = []
        skip = 1 if plan.shot.task == "extend" else 0
        left = plan.shot.frame_count
        while left > 0:
            image = None if opening is None else save(opening, self._file(f"{len(pieces)}.png"))
            film = self._file(f"{len(pieces)}.mp4")
            job = plan.wish(left + skip, len(pieces), image, None)
            self._run(plan, job, film, (plan.shot.frame_count - left, left))
            piece, last = self._piece(plan, film, skip, left)
            pieces.append(piece)
            left -= piece.frames
            opening, skip = last, 1
        return pieces

    def _edited(self, plan: _Plan) -> list[Piece]:
        """Have the shot's source changed, window by window."""
        self._require(plan.family.video, "takes no film to change")
        if plan.shot.source is None:
            raise ValueError("an edit needs a film")
        total = plan.shot.frame_count
        window = plan.family.house_frames() or total
        pieces: list[Piece] = []
        for start in range(0, total, window):
            count = min(window, total - start)
            source = self._file(f"source-{start}.mp4")
            cut(
                plan.shot.source,
                source,
                start=start,
                count=total - start,
                frames=plan.family.native_frames(count),
                fps=plan.family.fps,
                size=plan.fit.native,
            )
            film = self._file(f"{start}.mp4")
            self._run(plan, plan.wish(count, 0, None, source), film, (start, count))
            piece, _ = self._piece(plan, film, 0, count)
            if piece.frames < count:
                raise failed(self._flavour, "the film that came back is much too short")
            pieces.append(piece)
        return pieces

    def _require(self, able: bool | None, what: str) -> None:
        if able is False:
            raise JobError(
                "upstream_rejected",
                f"The model that the upstream server ({self._flavour.title}) serves {what}. Use a "
                "model that does.",
            )

    def _run(self, plan: _Plan, job: Wish, film: Path, done: tuple[int, int]) -> None:
        """Run one job; `done` says how many of the shot's frames are there, and how many lack."""
        before, left = done
        adds = min(left, plan.family.house_frames() or left)
        share = 0.0

        def progress(told: float | None) -> None:
            nonlocal share
            if told is None and not self._flavour.tells_progress:
                told = self._estimate.share()
            share = max(share, told or 0.0)
            plan.report.phase("denoise", before + share * adds, plan.shot.frame_count)

        self._estimate.begin(job.size.width * job.size.height * job.frames * (job.steps or 1))
        plan.errand.run(job, film, progress)
        self._estimate.end()

    def _piece(self, plan: _Plan, film: Path, skip: int, left: int) -> tuple[Piece, Picture]:
        """A finished film as a piece of the shot, and the picture to go on from."""
        try:
            count, last = looked_through(film, plan.shot.size, skip + left)
        except JobError as error:
            raise failed(self._flavour, f"its film is of no use. {error.message[:-1]}") from None
        use = count - skip
        missing = left - use
        if use < min(_HELD, left):
            raise failed(self._flavour, "its film is much shorter than what was asked for")
        if missing > _HELD and plan.family.image is False:
            raise failed(self._flavour, "its model draws no films of this length")
        hold = missing if missing <= _HELD else 0
        return Piece(film, skip, use, hold), continued(last, plan.fit)

    def _file(self, name: str) -> Path:
        return self._caretaker.folder / name


def _key_of(model: UpstreamSettings) -> str | None:
    if model.api_key_env is None:
        return None
    key = os.environ.get(model.api_key_env, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        raise JobError(
            "upstream_refused",
            "The key of the upstream server is not set, or is none. The operator of this server "
            "sets the environment variable that api_key_env names, where its workers are started.",
        )
    return key
