"""The theme and its instruments: in tune, of unit energy, within the mode."""

import numpy as np
import pytest
from sweeps import for_all

from shadowplay.art import library
from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.synth import SoundEvent, make, recipes
from shadowplay.sound.theme import STYLES, compose
from shadowplay.sound.track import Foley

PLAYED = sorted(
    {name for style in STYLES.values() for pair in style.pairs for name in pair}
    | {card.facts.music for card in library.cards().values()} - {""}
)


def note(name, frequency):
    return make(name, np.random.default_rng(1), frequency, 1.0 if recipes()[name].held else 0.0)


@for_all("name", PLAYED)
@for_all("frequency", [174.6, 440.0, 830.6])
def test_instruments_are_in_tune(name, frequency):
    spectrum = np.abs(np.fft.rfft(note(name, frequency), 1 << 19))
    hertz = np.fft.rfftfreq(1 << 19, 1 / SAMPLE_RATE)
    near = np.abs(np.log2(np.maximum(hertz, 1) / frequency)) < 1 / 12
    peak = hertz[near][np.argmax(spectrum[near])]

    assert abs(1200 * np.log2(peak / frequency)) < 8  # cents
    assert spectrum[near].max() > 0.5 * spectrum.max()


@for_all("name", PLAYED)
def test_notes_have_unit_energy_and_a_soft_attack(name):
    block = np.zeros((2, 6 * SAMPLE_RATE), np.float32)
    sound = SoundEvent(0.0, name, 1.0, 0.0, 330.0, 1.0 if recipes()[name].held else 0.0)
    foley = Foley(1)
    for second in range(6):
        foley.lay(block[:, second * SAMPLE_RATE :][:, :SAMPLE_RATE], second, [sound])

    assert np.sum(block.astype(np.float64) ** 2) == pytest.approx(SAMPLE_RATE, rel=1e-3)
    wave = note(name, 330.0)
    assert np.abs(np.diff(wave, prepend=0, append=0)).max() < 0.35 * np.abs(wave).max()


@for_all("mood", STYLES)
@for_all("seed", range(6))
def test_the_score_keeps_to_its_mode_and_fills_its_bars(mood, seed):
    style = STYLES[mood]
    notes = compose(style, style.mode, np.random.default_rng(seed))
    lead = max(notes, key=lambda note: note.pan).kind
    melody = [note for note in notes if note.kind == lead and note.pan > 0]

    assert max(note.at + note.length for note in notes) == style.bars * style.beats
    assert {int(note.at // style.beats) for note in melody} == set(range(style.bars))
    assert len({note.pitch for note in melody}) >= 3
    assert all(30 <= note.pitch <= 88 for note in notes)
    roots = [r for r in range(12) if {(n.pitch - r) % 12 for n in notes} <= set(style.mode)]
    assert roots
