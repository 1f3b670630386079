"""Editing: an edit laid out as passes, and a film taken through them."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2

from shadowplay.colour import mix, yuv
from shadowplay.dice import dice
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.palette import PALETTES, Palette
from shadowplay.retouch import air, looks, optics, painted, skypaint
from shadowplay.retouch.graph import filtered
from shadowplay.retouch.lut import Lut
from shadowplay.retouch.reading import Edit
from shadowplay.retouch.scenery import Moment, Pass, Scenery, Survey, look_at
from shadowplay.retouch.timing import planned_frames, played, soundtrack
from shadowplay.scene import Rgb
from shadowplay.shot import Clip, Progress

_THEATRE = ("dusk_violet", "golden_amber", "dusk_ember", "dawn_teal", "golden_rose", "dusk_teal")

_LEAST_SKY = 0.06  # a smaller part of the picture is not trusted to be sky

_TONED = frozenset({"black_and_white", "noir", "sepia"})


def retouch(edit: Edit, film: Path, *, seed: int, report: Progress) -> Clip:
    """Begin to change a film; the work is done as the clip is consumed and reported in frames.

    Raises:
        ShadowplayError: `invalid_video`, the film can't be read; `video_too_long`, it would be when
            slowed down.
    """
    cv2.setNumThreads(1)
    report("staging", 0, 1)
    survey = look_at(film)
    count = planned_frames(edit, survey.frames, survey.fps)
    passes = Passes(edit, survey, seed)
    report("staging", 1, 1)
    frames = passes.frames(film, count, report)
    sound = soundtrack(film, edit, survey.frames, count, survey.fps)
    return Clip(frames, sound, count, list(edit.notes), scripted=False, fps=survey.fps)


class Passes:
    """All passes of one edit, prepared for one film."""

    def __init__(self, edit: Edit, survey: Survey, seed: int) -> None:
        self.edit = edit
        self.survey = survey
        self._seed = seed
        self.palette = self._palette()
        self._sky = survey.sky > _LEAST_SKY
        self._passes = [*self._colours(), *self._air(), *self._lens()]
        theatre = edit.strength("silhouette") or edit.strength("stars")
        moving = ("rain", "snow", "fog", "stars", "embers", "leaves", "petals")
        self._scenery = Scenery(
            sky=self._sky and (bool(theatre) or self._new_sky() is not None),
            depth=bool(edit.strength("fog")),
            motion=any(edit.strength(name) for name in moving),
        )

    def frames(self, film: Path, count: int, report: Progress) -> Iterator[av.VideoFrame]:
        """Exactly so many pictures of the new film; where it has too few the last one stays."""
        size, fps = self.survey.size, self.survey.fps
        frames = played(film, self.edit, count)
        if before := looks.before(self.edit):
            frames = filtered(frames, before, size, fps)
        if self.edit.strength("old_film"):
            fps = Fraction(optics.RATE)
        frames = self._worked(frames, round(count * fps / self.survey.fps), fps)
        lens = looks.lens(self.edit, self.survey, self._seed, count)
        if lens:
            frames = filtered(frames, lens, size, fps)
        frame = next(frames)
        for number in range(1, count + 1):
            report("drawing", number, count)
            yield frame
            frame = next(frames, frame)

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

    def _palette(self) -> Palette:
        edit = self.edit
        if edit.time:
            return PALETTES[looks.LOOKS["sky"][edit.time][0]]
        if not edit.strength("silhouette"):
            return PALETTES["day_azure"]
        any_ = _THEATRE[int(dice(self._seed, "theatre").integers(len(_THEATRE)))]
        own = looks.LOOKS["theatre"]
        return PALETTES[own.get(edit.style) or own.get(edit.season) or any_]

    def _colours(self) -> Iterator[Pass]:
        edit, survey = self.edit, self.survey
        grades = list(looks.grades(edit, survey))
        self._lut = Lut(grades) if grades else None
        if edit.strength("silhouette"):
            yield skypaint.Silhouette(self.palette, survey).apply
            return
        if self._lut:
            yield self._lut.apply
        if sky := self._new_sky():
            yield sky.apply
        sun = looks.LOOKS["sun"].get(edit.time)
        if sun and edit.style not in _TONED and not edit.strength("rain"):
            height = survey.sky_bottom * 0.75 if self._sky else 0.25
            yield skypaint.low_sun(self.palette, survey.size, height, sun, self._seed)

    def _new_sky(self) -> skypaint.SkyPaint | None:
        """The sky of another time, of clouds that bring rain or snow, or of neon signs."""
        edit, survey = self.edit, self.survey
        clouds = next((name for name in ("rain", "snow") if edit.strength(name) >= 0.4), None)
        name = edit.time or clouds or edit.style
        if not self._sky or edit.style in _TONED or name not in looks.LOOKS["sky"]:
            return None
        palette, share = looks.LOOKS["sky"][name]
        if edit.time == "day" and survey.clear:
            share *= 0.4
        if edit.time and (clouds or edit.strength("fog")):
            share *= 0.75
        return skypaint.SkyPaint(PALETTES[palette], survey.size, survey.sky_bottom, share)

    def _air(self) -> Iterator[Pass]:
        edit, size = self.edit, self.survey.size
        stars = edit.strength("stars")
        if stars and self._sky and (self.survey.clear or not edit.time):
            yield skypaint.stars(size, self.survey.sky_bottom, stars, self._seed)
        if fog := edit.strength("fog"):
            pale: Rgb = mix(Rgb(205, 212, 216), self.palette.mist, 0.6 if edit.time else 0.15)
            tone = self._lut.shown(pale) if self._lut and not edit.time else yuv(pale)
            yield air.fog(tone, size, fog, self._seed)
        yield from air.falling(edit, self.palette, size, self._seed)
        if embers := edit.strength("embers"):
            yield air.embers(size, embers, self._seed)

    def _lens(self) -> Iterator[Pass]:
        edit, size, seed = self.edit, self.survey.size, self._seed
        if paint := next(filter(edit.strength, painted.PAINTS), ""):
            yield painted.Painter(size, paint, seed).apply
        old, zoom = edit.strength("old_film"), edit.strength("zoom")
        if old or zoom:
            yield optics.gate(size, zoom, old, seed)
        if vignette := max(edit.strength("vignette"), 1.05 if old else 0.0):
            yield optics.vignette(size, vignette)
        if old:
            yield optics.wear(size, old, seed)
