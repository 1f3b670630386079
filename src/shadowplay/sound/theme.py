"""The theme: four or eight bars for one lead and one accompaniment, composed by mood and seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from shadowplay.dice import dice
from shadowplay.scene import Mood, Scene
from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.instruments import INSTRUMENTS, hertz
from shadowplay.sound.strokes import REACH, Stroke, Wave

LYDIAN = (0, 2, 4, 6, 7, 9, 11)
MAJOR = (0, 2, 4, 5, 7, 9, 11)
DORIAN = (0, 2, 3, 5, 7, 9, 10)
MINOR = (0, 2, 3, 5, 7, 8, 10)
PHRYGIAN = (0, 1, 3, 5, 7, 8, 10)

Rhythm = tuple[tuple[float, float], ...]
"""The notes of one bar: when and how long, both in beats."""


class Style(NamedTuple):
    """How a mood makes music.

    Attributes:
        mode: semitones of the seven degrees above the root.
        tempo: slowest and fastest, in beats a minute.
        beats: beats in a bar.
        chords: four-bar progressions to choose from, as degrees of the mode.
        rhythms: bars to build motifs of.
        pairs: lead and accompaniment to choose from.
        bars: length of the theme.
    """

    mode: tuple[int, ...]
    tempo: tuple[int, int]
    beats: int
    chords: tuple[tuple[int, int, int, int], ...]
    rhythms: tuple[Rhythm, ...]
    pairs: tuple[tuple[str, str], ...]
    bars: int = 8


STYLES: dict[Mood, Style] = {
    "calm": Style(
        MAJOR,
        (66, 76),
        4,
        ((0, 4, 5, 3), (0, 3, 0, 4), (0, 5, 3, 4)),
        (((0, 2), (2, 1), (3, 1)), ((0, 1.5), (1.5, 0.5), (2, 2)), ((0, 3), (3, 1))),
        (("harp", "pad"), ("flute", "harp"), ("kalimba", "pad")),
    ),
    "joyful": Style(
        MAJOR,
        (104, 120),
        4,
        ((0, 3, 4, 0), (0, 5, 3, 4), (0, 4, 3, 4)),
        (
            ((0, 1), (1, 0.5), (1.5, 0.5), (2, 1), (3, 1)),
            ((0, 0.5), (0.5, 0.5), (1, 1), (2, 1.5), (3.5, 0.5)),
            ((0, 1.5), (1.5, 0.5), (2, 2)),
        ),
        (("kalimba", "harp"), ("flute", "harp"), ("music_box", "harp")),
    ),
    "melancholy": Style(
        MINOR,
        (58, 68),
        3,
        ((0, 5, 3, 4), (0, 3, 5, 4), (0, 2, 5, 0)),
        (((0, 2), (2, 1)), ((0, 1), (1, 1), (2, 1)), ((0, 3),)),
        (("flute", "harp"), ("harp", "pad"), ("music_box", "pad")),
    ),
    "tense": Style(
        PHRYGIAN,
        (76, 88),
        4,
        ((0, 1, 0, 6), (0, 0, 5, 1)),
        (((0, 3), (3, 0.5), (3.5, 0.5)), ((0, 1.5), (1.5, 2.5)), ((1, 1), (2, 2))),
        (("harp", "pad"), ("kalimba", "pad")),
        4,
    ),
    "wondrous": Style(
        LYDIAN,
        (70, 82),
        3,
        ((0, 1, 0, 4), (0, 4, 1, 0), (0, 2, 1, 5)),
        (((0, 1), (1, 1), (2, 1)), ((0, 2), (2, 0.5), (2.5, 0.5)), ((0, 1.5), (1.5, 1.5))),
        (("music_box", "pad"), ("kalimba", "pad"), ("flute", "harp")),
    ),
}
"""The style of each mood."""

FORM = (0, 1, 0, 2, 0, 1, 3, 4)
"""Which motif each bar plays: statement, answer, statement, turn; again, with another close."""

LINES: tuple[tuple[int, ...], ...] = (
    (0, 2, 4, 7, 4),
    (7, 4, 2, 4, 0),
    (4, 5, 4, 2, 4),
    (2, 4, 7, 5, 7),
    (4, 2, 0, 2, 4),
    (5, 6, 7, 4, 2),
    (2, 1, 0, 4, 2),
)
"""Melodic lines, as degrees above the root of the bar's chord."""

_PALETTE_MODES = {"noir": DORIAN, "sepia": MAJOR, "neon": DORIAN}
_OPENING = 0.15  # seconds of air before the first note


class Note(NamedTuple):
    """One note of the score; `beat` and `length` in beats, `loud` as RMS weight."""

    beat: float
    length: float
    pitch: int
    instrument: str
    loud: float
    pan: float


class Theme:
    """Plays the score round and round; any second can be asked for, in any order."""

    def __init__(self, scene: Scene) -> None:
        rng = dice(scene.seed, "theme")
        style = STYLES[scene.mood]
        tempo = float(rng.uniform(*style.tempo))
        self._seed = scene.seed
        self._beat = 60 / tempo
        self._round = style.bars * style.beats * self._beat
        self._notes = compose(style, _PALETTE_MODES.get(scene.palette, style.mode), rng)
        self._waves: dict[tuple[str, int, float], Wave] = {}
        power = sum(note.loud**2 for note in self._notes) / self._round
        self._gain = 1 / np.sqrt(power)  # every wave has unit energy: the theme's RMS becomes 1

    def strokes(self, second: int, gain: float) -> Iterator[Stroke]:
        """Every note that may sound in this second, at an RMS of `gain` over the whole theme."""
        begin, end = second - REACH, second + 1
        first = max(0, int((begin - _OPENING) // self._round))
        for turn in range(first, int((end - _OPENING) // self._round) + 1):
            human = dice(self._seed, "theme", "round", turn)
            loud = human.uniform(0.85, 1.12, len(self._notes))
            late = human.uniform(0, 0.012, len(self._notes))
            for note, velocity, delay in zip(self._notes, loud, late, strict=True):
                at = _OPENING + turn * self._round + note.beat * self._beat + delay
                if begin <= at < end:
                    level = gain * self._gain * note.loud * velocity
                    yield Stroke(round(at * SAMPLE_RATE), self._wave(note), level, note.pan)

    def _wave(self, note: Note) -> Wave:
        key = (note.instrument, note.pitch, note.length)
        if key not in self._waves:
            play = INSTRUMENTS[note.instrument]
            rng = dice(self._seed, "note", *map(str, key))
            self._waves[key] = play(hertz(note.pitch), note.length * self._beat, rng)
        return self._waves[key]


def compose(style: Style, mode: tuple[int, ...], rng: np.random.Generator) -> list[Note]:
    """Write the score of one round."""
    root = int(rng.integers(53, 59))
    chords = style.chords[rng.integers(len(style.chords))]
    lead, accompaniment = style.pairs[rng.integers(len(style.pairs))]
    motifs = [
        (style.rhythms[rng.integers(len(style.rhythms))], LINES[rng.integers(len(LINES))])
        for _ in range(max(FORM) + 1)
    ]
    notes: list[Note] = []
    for bar in range(style.bars):
        start, chord = float(bar * style.beats), chords[bar % 4]
        rhythm, line = motifs[FORM[bar]]
        if bar == style.bars - 1:
            rhythm, line = ((0.0, float(style.beats)),), (0,)
        for step, (beat, length) in enumerate(rhythm):
            degree = _melodic(chord, line[step % len(line)], strong=beat == int(beat))
            loud = (0.8 if beat else 1.0) * float(np.sqrt(min(length, 2.0)))
            notes.append(Note(start + beat, length, _pitch(root, mode, degree), lead, loud, 0.12))
        notes += _accompany(accompaniment, start, style.beats, root, mode, chord)
    return notes


def _melodic(chord: int, height: int, *, strong: bool) -> int:
    """The degree this high above the chord's root; on the beat it must be a chord tone."""
    base = chord + 7 if chord < 3 else chord
    if strong and height % 7 not in (0, 2, 4):
        height -= 1
    return base + height


def _accompany(
    instrument: str, start: float, beats: int, root: int, mode: tuple[int, ...], chord: int
) -> list[Note]:
    """One bar under the melody: a held chord for the pad, broken chords for what is plucked."""
    low = chord - 7 if chord > 3 else chord
    if instrument == "pad":
        voices = ((low - 7, 0.8), (low, 0.7), (low + 2, 0.62), (low + 4, 0.55))
        return [
            Note(start, float(beats), _pitch(root, mode, d), "pad", loud, pan)
            for (d, loud), pan in zip(voices, (0.0, -0.5, 0.5, -0.2), strict=True)
        ]
    steps = (0, 4, 7, 9, 7, 4, 7, 4)
    return [
        Note(
            start + k / 2,
            0.5,
            _pitch(root, mode, low - 7 + steps[k]),
            instrument,
            0.62 if k == 0 else 0.36,
            -0.3,
        )
        for k in range(beats * 2)
    ]


def _pitch(root: int, mode: tuple[int, ...], degree: int) -> int:
    octave, step = divmod(degree, 7)
    return root + 12 * octave + mode[step]
