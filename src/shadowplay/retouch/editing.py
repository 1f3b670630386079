"""Editing: an edit laid out as passes, and a film taken through them."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path

import av

from shadowplay.dice import dice
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.palette import PALETTES, Palette
from shadowplay.retouch import passes
from shadowplay.retouch.looks import LOOKS, Lut, before, filtered, grades, lens
from shadowplay.retouch.painted import PAINTS, Painter
from shadowplay.retouch.passes import RATE, Job, Moment, Pass
from shadowplay.retouch.reading import Edit
from shadowplay.retouch.scenery import Scenery, look_at
from shadowplay.retouch.timing import planned_frames, played, soundtrack
from shadowplay.shot import Clip, Progress


def _painting(job: Job, strength: float, paint: str) -> Pass | None:
    if paint != next(filter(job.edit.strength, PAINTS)):
        return None
    return passes.each(Painter(job.survey.size, paint, job.seed).apply)


_PASSES: tuple[tuple[str, Callable[[Job, float], Pass | None]], ...] = (
    ("stars", passes.stars),
    ("fog", passes.fog),
    *((kind, partial(passes.falling, kind=kind)) for kind in passes.FALLING),
    *((paint, partial(_painting, paint=paint)) for paint in PAINTS),
    ("zoom", passes.zoom),
    ("old_film", passes.gate),
    ("vignette", passes.vignette),
    ("old_film", passes.wear),
)
"""The effects that are passes of their own, in order; colours, skies and suns come before."""


def retouch(edit: Edit, film: Path, *, seed: int, report: Progress) -> Clip:
    """Begin to change a film; the work is done as the clip is consumed and reported in frames.

    Raises:
        ShadowplayError: `invalid_video`, the film can't be read; `video_too_long`, it would be when
            slowed down.
    """
    report("staging", 0, 1)
    survey = look_at(film)
    size, fps, count = survey.size, survey.fps, planned_frames(edit, survey.frames, survey.fps)
    changes = list(grades(edit, survey))
    lut = Lut(changes) if changes else None
    rate = Fraction(RATE) if edit.strength("old_film") else fps
    palette, scenery = _palette(edit, seed), Scenery(size)
    job = Job(edit, survey, seed, palette, lut, scenery, round(count * rate / fps))
    frames = filtered(played(film, edit, count), before(edit), size, fps)
    frames = filtered(_passed(job, frames, rate), lens(edit, survey, seed, count), size, rate)
    report("staging", 1, 1)
    sound = soundtrack(film, edit, survey.frames, count, fps)
    shown = _reported(frames, count, report)
    return Clip(shown, sound, count, edit.notes, scripted=False, fps=fps)


def _palette(edit: Edit, seed: int) -> Palette:
    """The colours of the light that an edit asks for."""
    if edit.time:
        return PALETTES[LOOKS["sky"][edit.time][0]]
    if not edit.strength("silhouette"):
        return PALETTES["day_azure"]
    theatre = LOOKS["theatre"]
    usual = theatre["usual"][dice(seed, "theatre").integers(len(theatre["usual"]))]
    return PALETTES[theatre.get(edit.style) or theatre.get(edit.season) or usual]


def _passed(job: Job, frames: Iterable[av.VideoFrame], fps: Fraction) -> Iterator[av.VideoFrame]:
    """Pictures, `fps` a second, with all that no filter does."""
    strengths = ((change, job.edit.strength(effect)) for effect, change in _PASSES)
    planned = [*passes.light(job), *(change(job, much) for change, much in strengths if much)]
    for number, frame in enumerate(frames):
        moment = Moment(picture_of(frame), number, float(number / fps))
        job.scenery.follow(moment.picture)
        for change in filter(None, planned):
            change(moment)
        yield frame


def _reported(
    frames: Iterator[av.VideoFrame], count: int, report: Progress
) -> Iterator[av.VideoFrame]:
    """Exactly so many pictures; where there are too few the last one stays."""
    frame = next(frames)
    for number in range(1, count + 1):
        report("drawing", number, count)
        yield frame
        frame = next(frames, frame)
