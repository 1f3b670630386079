"""Editing: a film taken through an edit's passes and filters, slower, faster or backwards."""

import math
import tempfile
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

import av
import av.filter
import numpy as np

from shadowplay import files
from shadowplay.dice import dice
from shadowplay.errors import ShadowplayError
from shadowplay.picture.canvas import picture_of
from shadowplay.picture.palette import PALETTES, Palette
from shadowplay.retouch import passes
from shadowplay.retouch.looks import LOOKS, Lut, before, filtered, grades, lens, through
from shadowplay.retouch.painted import PAINTS, Painter
from shadowplay.retouch.passes import RATE, Job, Moment, Pass
from shadowplay.retouch.reading import Edit
from shadowplay.retouch.scenery import Scenery, look_at
from shadowplay.shot import SAMPLE_RATE, Block, Clip, Progress
from shadowplay.sound.track import bent

T = TypeVar("T")

LONGEST = 120  # seconds that a film may be long after an edit
_DECIBELS = 7.0  # how much louder "louder" is


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


def planned_frames(edit: Edit, frames: int, fps: Fraction) -> int:
    """How many pictures a film of so many, `fps` a second, has after an edit.

    Raises:
        ShadowplayError: `video_too_long`; it would run for more than two minutes.
    """
    ways = 2 if "boomerang" in edit.effects else 1
    count = max(1, round(frames * ways / edit.speed)) + round(edit.freeze * fps)
    if count > LONGEST * fps:
        raise ShadowplayError(
            "video_too_long",
            f"The edited video would be {float(count / fps):g} seconds long; {LONGEST} is the "
            "most. Slow it down or freeze it by less, or begin with a shorter one.",
        )
    return count


def _directed(edit: Edit, forwards: Iterable[T], backwards: Iterable[T]) -> Iterator[T]:
    """A film's pictures or sound in one direction, or first in one and then in the other."""
    turned = "backwards" in edit.effects
    first, second = (backwards, forwards) if turned else (forwards, backwards)
    return chain(first, second if "boomerang" in edit.effects else ())


def played(film: Path, edit: Edit, count: int) -> Iterator[av.VideoFrame]:
    """So many new pictures of a film at the edit's speed; if it ends too early its last one stays.

    Raises:
        ShadowplayError: `invalid_video`; the film is broken, or holds no picture.
    """
    source = _directed(edit, files.frames(film), backwards(film))
    if (now := next(source, None)) is None:
        raise files.invalid_video("there is no whole picture in it")
    after, at, step = next(source, now), 0, Fraction(edit.speed).limit_denominator(1000)
    for shown in range(count):
        place = shown * step
        if step > 1:  # mixing pictures of fast things would only show both
            place = Fraction(round(place))
        while at < int(place):
            now, after, at = after, next(source, after), at + 1
        made = av.VideoFrame(now.width, now.height, "yuv420p")
        picture_of(made).take(picture_of(now))
        if part := float(place - at):
            picture_of(made).mix(picture_of(after), part)
        yield made


def backwards(film: Path) -> Iterator[av.VideoFrame]:
    """A film's pictures from the last to the first, holding one group of pictures at a time.

    Raises:
        ShadowplayError: `invalid_video`; the film is broken.
    """
    with files.open_film(film) as opened:
        packets = opened.demux(opened.streams.video[0])
        starts = sorted(one.pts for one in packets if one.is_keyframe and one.pts is not None)
    with files.open_film(film) as opened:
        stream = opened.streams.video[0]
        stream.thread_type = "AUTO"
        end = 2**63
        for start in reversed(starts):
            opened.seek(start, stream=stream)
            group = []
            for frame in files.decoded(opened, av.VideoFrame):
                if (frame.pts or 0) >= end:
                    break
                group.append(frame)
            yield from reversed(group)
            end = start


def soundtrack(film: Path, edit: Edit, frames: int, count: int, fps: Fraction) -> Iterator[Block]:
    """The sound beside so many pictures of a film that has `frames`, `fps` a second."""
    total, own = (int(number * SAMPLE_RATE / fps) for number in (count, frames))
    if "mute" in edit.effects:
        return files.exactly((), total)
    sound = _directed(edit, files.samples(film, own), _reversed(files.samples(film, own)))
    if edit.speed != 1:
        sound = stretched(sound, edit.speed)
    sound = files.exactly(sound, total)
    if much := edit.strength("volume"):
        # Peaks are bent over softly where they would be cut.
        factor = np.float32(math.pow(10, _DECIBELS * much / 20))
        sound = (bent(block * factor, 0.7, 1.0) for block in sound)
    return _faded(sound, edit, total)


def _reversed(sound: Iterable[Block]) -> Iterator[Block]:
    """The sound from its end, by way of a file: only one block is ever in memory."""
    with tempfile.TemporaryFile() as file:
        for block in sound:
            file.write(np.ascontiguousarray(block.T).tobytes())
        if file.tell():
            whole = np.memmap(file, np.float32, "r").reshape(-1, 2)[::-1]
            for first in range(0, len(whole), SAMPLE_RATE):
                yield whole[first : first + SAMPLE_RATE].T.copy()


def _faded(sound: Iterable[Block], edit: Edit, total: int) -> Iterator[Block]:
    """From silence, into it, or both, as the edit wants."""
    length = min(SAMPLE_RATE * 2, total // 2)
    for first, block in files.placed(sound):
        at = np.arange(first, first + block.shape[1], dtype=np.float32)
        share = np.ones_like(at)
        if "sound_fade_in" in edit.effects:
            share *= np.clip(at / length, 0, 1)
        if "sound_fade_out" in edit.effects:
            share *= np.clip((total - 1 - at) / length, 0, 1)
        yield (block * share * share).astype(np.float32)


def stretched(sound: Iterable[Block], speed: float) -> Iterator[Block]:
    """Blocks of a sound that runs so many times as fast at the same pitch, by atempo."""
    made, rate = av.filter.Graph(), Fraction(1, SAMPLE_RATE)
    made.link_nodes(
        made.add_abuffer(sample_rate=SAMPLE_RATE, format="fltp", layout="stereo", time_base=rate),
        *(made.add("atempo", f"{tempo:.6f}") for tempo in _steps(speed)),
        made.add("aformat", "sample_fmts=fltp"),
        made.add("abuffersink"),
    ).configure()
    heard = through(made, files.audio_frames(sound))
    return (np.asarray(part.to_ndarray(), np.float32) for part in heard)


def _steps(speed: float) -> list[float]:
    """Tempos of 0.5 to 2 that make up one: beyond them atempo leaves samples out."""
    if 0.5 <= speed <= 2:
        return [speed]
    step = 2.0 if speed > 1 else 0.5
    return [step, *_steps(speed / step)]
