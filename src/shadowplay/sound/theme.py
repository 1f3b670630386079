"""The theme: four or eight bars for one lead and one accompaniment, composed by mood and seed."""

import math
from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from shadowplay import tables
from shadowplay.dice import dice
from shadowplay.scene import Scene
from shadowplay.sound.synth import REACH, SoundEvent, recipes

Mode = tuple[int, ...]


class Style(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a mood makes music; `moods.toml` says what its keys are."""

    mode: Mode
    tempo: tuple[int, int]
    beats: int
    bars: int
    chords: list[tuple[int, int, int, int]]
    rhythms: list[list[float]]
    pairs: list[tuple[str, str]]


class _Tables(msgspec.Struct, forbid_unknown_fields=True):
    form: list[int]
    lines: list[list[int]]
    chord: list[tuple[float, int, float, float]]
    broken: list[tuple[float, int, float, float]]
    palette: dict[str, Mode]
    mood: dict[str, Style]


_TABLES = tables.load("sound/moods.toml", _Tables)
STYLES = _TABLES.mood  # how each mood makes music

_OPENING = 0.15  # seconds of air before the first note


def theme(scene: Scene, lead: str = "") -> Callable[[int, float], Iterator[SoundEvent]]:
    """The theme of a scene; `lead` is the instrument that somebody plays in it.

    Called with a second and a level, it gives every note that may sound in that second, so that
    the whole theme, which is played round and round, has that RMS.
    """
    rng, style = dice(scene.seed, "theme"), STYLES[scene.mood]
    beat = 60 / float(rng.uniform(*style.tempo))
    whole = style.bars * style.beats * beat
    notes = compose(style, _TABLES.palette.get(scene.palette, style.mode), rng, lead)
    # Every note has the same energy.
    own = math.sqrt(whole / sum(note.strength**2 for note in notes))

    def events(second: int, gain: float) -> Iterator[SoundEvent]:
        begin, end = second - REACH - _OPENING, second + 1 - _OPENING
        for turn in range(max(0, int(begin // whole)), int(end // whole) + 1):
            human = dice(scene.seed, "theme", "round", turn)
            loud, late = human.uniform(0.85, 1.12, len(notes)), human.uniform(0, 0.012, len(notes))
            for note, velocity, delay in zip(notes, loud.tolist(), late.tolist(), strict=True):
                yield note._replace(
                    at=_OPENING + turn * whole + note.at * beat + delay,
                    strength=gain * own * note.strength * velocity,
                    pitch=440 * math.pow(2, (note.pitch - 69) / 12),
                    length=note.length * beat if recipes()[note.kind].held else 0.0,
                )

    return events


def compose(style: Style, mode: Mode, rng: np.random.Generator, lead: str = "") -> list[SoundEvent]:
    """Write the score of one round; `lead` plays the melody in place of the style's own.

    Times are in beats, strengths are weights, and pitches are numbers of MIDI.
    """

    def pick(count: int) -> int:
        return int(rng.integers(count))

    def pitch(degree: int) -> int:
        octave, step = divmod(degree, 7)
        return root + 12 * octave + mode[step]

    root, beats = 53 + pick(6), style.beats
    chords = style.chords[pick(len(style.chords))]
    chosen, second = style.pairs[pick(len(style.pairs))]
    lines, rhythms = _TABLES.lines, style.rhythms
    motifs = [(rhythms[pick(len(rhythms))], lines[pick(len(lines))]) for _ in range(5)]
    notes: list[SoundEvent] = []
    for bar in range(style.bars):
        start, chord = bar * beats, chords[bar % 4]
        rhythm, line = motifs[_TABLES.form[bar]]
        if bar == style.bars - 1:
            rhythm, line = [0], [0]
        for step, beat in enumerate(rhythm):
            length, height = [*rhythm, beats][step + 1] - beat, line[step]
            if beat == int(beat) and height % 7 not in (0, 2, 4):
                height -= 1  # on the beat it is a tone of the chord
            note = pitch(height + (chord + 7 if chord < 3 else chord))
            loud = (0.8 if beat else 1.0) * math.sqrt(min(length, 2.0))
            notes.append(SoundEvent(start + beat, lead or chosen, loud, 0.12, note, length))
        held, low = second == "pad", chord - 7 if chord > 3 else chord
        for beat, height, loud, pan in _TABLES.chord if held else _TABLES.broken:
            if beat < beats:
                at, note, length = start + beat, pitch(low + height), beats if held else 0.5
                notes.append(SoundEvent(at, second, loud, pan, note, length))
    return notes
