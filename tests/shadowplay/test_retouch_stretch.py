"""Sound at another speed keeps its pitch, its level and its flow."""

import numpy as np
import pytest

from shadowplay.retouch.editing import stretched
from shadowplay.shot import SAMPLE_RATE


def voice(seconds):
    """A buzzing tone with vibrato, left and right alike but for their level."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * 220 * t + 0.8 * np.sin(2 * np.pi * 5 * t)
    sound = sum(np.sin(n * phase) / n for n in (1, 2, 3, 5)) * 0.3
    return np.stack([sound, 0.5 * sound]).astype(np.float32)


def blocks(sound, size):
    return (sound[:, at : at + size] for at in range(0, sound.shape[1], size))


def pitch(sound):
    spectrum = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1])))
    return np.argmax(spectrum) * SAMPLE_RATE / sound.shape[1]


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.5, 2.0, 4.0])
def test_pitch_level_and_length(speed):
    source = voice(3)
    sound = np.concatenate(list(stretched(blocks(source, 7001), speed)), axis=1)
    assert sound.shape[1] == pytest.approx(source.shape[1] / speed, rel=0.03)
    assert pitch(sound[:, ::1]) == pytest.approx(220, abs=12)
    inner = sound[:, 4000:-4000]
    assert inner.std() == pytest.approx(source.std(), rel=0.2)
    assert np.abs(np.diff(inner)).max() < 1.5 * np.abs(np.diff(source)).max()


def test_blocks_do_not_matter():
    source = voice(1)
    one, two = (
        np.concatenate(list(stretched(blocks(source, size), 0.7)), axis=1)
        for size in (1024, 48_000)
    )
    assert np.array_equal(one, two)


@pytest.mark.parametrize("count", [0, 1, 500, 3000])
def test_very_short_sounds(count):
    given = list(stretched(iter([np.ones((2, count), np.float32)]), 0.5))
    assert sum(block.shape[1] for block in given) <= 2 * count + 4000
