"""Editing: an edit laid out as passes, and a film taken through them."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av

from shadowplay.colour import mix, yuv
from shadowplay.dice import dice
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.palette import PALETTES, Palette
from shadowplay.retouch import looks, painted, passes
from shadowplay.retouch.filters import Lut, filtered
from shadowplay.retouch.reading import Edit
from shadowplay.retouch.scenery import Moment, Pass, Scenery, Survey, look_at
from shadowplay.retouch.timing import planned_frames, played, soundtrack
from shadowplay.scene import Rgb
from shadowplay.shot import Clip, Progress

_LEAST_SKY = 0.06  # a smaller part of the picture is not trusted to be sky

_TONED = frozenset({"black_and_white", "noir", "sepia"})
_MOVING = frozenset({"rain", "snow", "fog", "stars", "embers", "leaves", "petals"})


def retouch(edit: Edit, film: Path, *, seed: int, report: Progress) -> Clip:
    """Begin to change a film; the work is done as the clip is consumed and reported in frames.

    Raises:
        ShadowplayError: `invalid_video`, the film can't be read; `video_too_long`, it would be when
            slowed down.
    """
    report("staging", 0, 1)
    survey = look_at(film)
    count = planned_frames(edit, survey.frames, survey.fps)
    plan = _Plan(edit, survey, seed)
    report("staging", 1, 1)
    frames = _reported(plan.frames(film, count), count, report)
    sound = soundtrack(film, edit, survey.frames, count, survey.fps)
    return Clip(frames, sound, count, edit.notes, scripted=False, fps=survey.fps)


def _reported(
    frames: Iterator[av.VideoFrame], count: int, report: Progress
) -> Iterator[av.VideoFrame]:
    """Exactly so many pictures; where there are too few the last one stays."""
    frame = next(frames)
    for number in range(1, count + 1):
        report("drawing", number, count)
        yield frame
        frame = next(frames, frame)


class _Plan:
    """One edit, prepared for one film."""

    def __init__(self, edit: Edit, survey: Survey, seed: int) -> None:
        self._edit, self._survey, self._seed = edit, survey, seed
        self._palette = self._palette_of_the_light()
        grades = list(looks.grades(edit, survey))
        self._lut = Lut(grades) if grades else None
        self._skied = survey.sky > _LEAST_SKY
        self._sky = self._new_sky() if self._skied and edit.style not in _TONED else None
        self._passes = [*self._light(), *self._air(), *self._lens()]
        self._scenery = Scenery(
            survey.size,
            sky=self._skied
            and (bool(edit.effects.keys() & {"silhouette", "stars"}) or self._sky is not None),
            depth="fog" in edit.effects,
            motion=bool(edit.effects.keys() & _MOVING),
        )

    def frames(self, film: Path, count: int) -> Iterator[av.VideoFrame]:
        """The pictures of the new film, about so many."""
        edit, survey, fps = self._edit, self._survey, self._survey.fps
        frames = played(film, edit, count)
        if before := looks.before(edit):
            frames = filtered(frames, before, survey.size, fps)
        if edit.strength("old_film"):
            fps = Fraction(passes.RATE)
        frames = self._worked(frames, round(count * fps / survey.fps), fps)
        if lens := looks.lens(edit, survey, self._seed, count):
            frames = filtered(frames, lens, survey.size, fps)
        return frames

    def _worked(
        self, frames: Iterable[av.VideoFrame], count: int, fps: Fraction
    ) -> Iterator[av.VideoFrame]:
        """Pictures with all that no filter does."""
        for number, frame in enumerate(frames):
            picture = picture_of(frame)
            moment = Moment(number, count, fps, self._scenery)
            self._scenery.follow(picture)
            for step in self._passes:
                step(picture, moment)
            yield frame

    def _palette_of_the_light(self) -> Palette:
        edit, theatre = self._edit, looks.LOOKS["theatre"]
        if edit.time:
            return PALETTES[looks.LOOKS["sky"][edit.time][0]]
        if not edit.strength("silhouette"):
            return PALETTES["day_azure"]
        usual = theatre["usual"][dice(self._seed, "theatre").integers(len(theatre["usual"]))]
        return PALETTES[theatre.get(edit.style) or theatre.get(edit.season) or usual]

    def _new_sky(self) -> Pass | None:
        """The sky of another time, of clouds that bring rain or snow, or of neon signs."""
        edit, survey = self._edit, self._survey
        clouds = next((name for name in ("rain", "snow") if edit.strength(name) >= 0.4), None)
        name = edit.time or clouds or edit.style
        if name not in looks.LOOKS["sky"]:
            return None
        palette, share = looks.LOOKS["sky"][name]
        if edit.time == "day" and survey.clear:
            share *= 0.4
        if edit.time and (clouds or edit.strength("fog")):
            share *= 0.75
        return passes.new_sky(PALETTES[palette], survey, share)

    def _light(self) -> Iterator[Pass]:
        edit, survey = self._edit, self._survey
        if edit.strength("silhouette"):
            yield passes.silhouette(self._palette, survey)
            return
        if self._lut:
            yield self._lut.apply
        if self._sky:
            yield self._sky
        sun = looks.LOOKS["sun"].get(edit.time)
        if sun and edit.style not in _TONED and not edit.strength("rain"):
            height = survey.sky_bottom * 0.75 if self._skied else 0.25
            yield passes.low_sun(self._palette, survey.size, height, sun, self._seed)

    def _air(self) -> Iterator[Pass]:
        edit, survey, size, seed = self._edit, self._survey, self._survey.size, self._seed
        much = edit.strength("stars")
        if much and self._skied and (survey.clear or not edit.time):
            yield passes.stars(survey, much, seed)
        if fog := edit.strength("fog"):
            pale = mix(Rgb(205, 212, 216), self._palette.mist, 0.6 if edit.time else 0.15)
            tone = self._lut.shown(pale) if self._lut and not edit.time else yuv(pale)
            yield passes.fog(tone, size, fog, seed)
        yield from passes.falling(edit, self._palette, size, seed)
        if embers := edit.strength("embers"):
            yield passes.embers(size, embers, seed)

    def _lens(self) -> Iterator[Pass]:
        edit, size, seed = self._edit, self._survey.size, self._seed
        if paint := next(filter(edit.strength, painted.PAINTS), ""):
            yield painted.Painter(size, paint, seed).apply
        old, zoom = edit.strength("old_film"), edit.strength("zoom")
        if old or zoom:
            yield passes.gate(size, zoom, old, seed)
        if vignette := max(edit.strength("vignette"), 1.05 if old else 0.0):
            yield passes.vignette(size, vignette)
        if old:
            yield passes.wear(size, old, seed)
