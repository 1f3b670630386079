"""The soundtrack: length, level, purity in time, no clicks, flat memory."""

import itertools
import tracemalloc

import numpy as np
import pytest
from sweeps import for_all, sampled

from shadowplay.art import library
from shadowplay.errors import ShadowplayError
from shadowplay.scene import Scene
from shadowplay.shot import SAMPLE_RATE, Size
from shadowplay.sound.ambience import PLACES, Ambience, habitat
from shadowplay.sound.synth import REACH, SoundEvent, make, noise, recipes
from shadowplay.sound.track import soundtrack

CEILING = 10 ** (-1 / 20)
"""-1 dBFS."""


def scene(**changes):
    words = {
        "prompt": "a fox in a forest",
        "seed": 7,
        "size": Size(720, 1280),
        "setting": "forest",
        "time": "day",
        "palette": "noon",
        "cast": (),
    }
    return Scene(**{**words, **changes})


SCENES = {
    "woods by day": scene(),
    "woods by night": scene(time="night", mood="wondrous", seed=2),
    "storm": scene(setting="mountains", sky="storm", falling="rain", wind=0.9, mood="tense"),
    "sea": scene(setting="sea", mood="melancholy", seed=3),
    "city": scene(setting="city", falling="rain", palette="noir", seed=4),
    "reef": scene(setting="underwater", mood="wondrous", seed=5),
    "space": scene(setting="space", mood="wondrous", seed=6),
    "unheard of": scene(setting="somewhere", mood="joyful", falling="petals", seed=8),
}
MUSIC = {"harp", "kalimba", "music_box", "flute", "pad", "piano", "guitar", "violin", "cello"} | {
    "trumpet",
    "saxophone",
    "accordion",
}
GALLOP = [SoundEvent(0.3 + 0.19 * k, "hoof", 0.8, -0.6 + 0.04 * k) for k in range(36)]
THUNDER = [SoundEvent(2.4, "thunder", 1.0, 0.3)]


def heard(a_scene, start, seconds, events=()):
    return np.concatenate(list(soundtrack(a_scene, events, start, seconds)), axis=1)


def test_yields_one_block_for_each_second():
    blocks = list(soundtrack(scene(), GALLOP, 0, 3))

    assert [block.shape for block in blocks] == [(2, SAMPLE_RATE)] * 3
    assert {block.dtype for block in blocks} == {np.dtype(np.float32)}


def lufs(sound):
    """Integrated loudness as in ITU-R BS.1770-4, of stereo at 48 kHz."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(sound.shape[1]))

    def response(b, a):
        return (b[0] + b[1] * z + b[2] * z * z) / (1 + a[0] * z + a[1] * z * z)

    weighting = response(
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (-1.69065929318241, 0.73248077421585),
    ) * response((1, -2, 1), (-1.99004745483398, 0.99007225036621))
    heard_as = np.fft.irfft(np.fft.rfft(sound) * weighting, sound.shape[1])
    steps = np.square(heard_as).reshape(2, -1, 4800).mean(axis=2).sum(axis=0)
    blocks = np.convolve(steps, np.full(4, 0.25), "valid")
    blocks = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    blocks = blocks[blocks > 0.1 * blocks.mean()]
    return -0.691 + 10 * np.log10(blocks.mean())


def test_the_measure_of_loudness():
    """A sine of 997 Hz at full scale in both channels has 0 LUFS, in one -3.01."""
    tone = np.sin(2 * np.pi * 997 * np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE)
    assert lufs(np.stack([tone, tone])) == pytest.approx(0, abs=0.05)
    assert lufs(np.stack([tone, 0 * tone])) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize("name", sampled(SCENES, every=3))
def test_loudness_is_about_16_lufs_and_the_peak_is_below_1_dbfs(name):
    for events in ([], [*GALLOP, *THUNDER]):
        sound = heard(SCENES[name], 0, 8, events)
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() < CEILING
        assert lufs(sound) == pytest.approx(-16, abs=2.5)


@for_all("kind", PLACES)
def test_every_kind_of_place_is_about_as_loud(kind):
    setting = next(name for name in library.settings() if habitat(name) == kind)
    assert lufs(heard(scene(setting=setting), 0, 4)) == pytest.approx(-16, abs=2.5)


@pytest.mark.parametrize("name", ["storm", "sea", "reef"])
@pytest.mark.parametrize("seam", sampled([4.5, 1, 4], every=3))
def test_stretches_made_apart_join_without_a_seam(name, seam):
    events = [*GALLOP, *THUNDER]
    whole = heard(SCENES[name], 0, 8, events)
    later = heard(SCENES[name], seam, 3, events)

    first = round(seam * SAMPLE_RATE)
    assert np.abs(whole[:, first : first + later.shape[1]] - later).max() < 1e-4


@pytest.mark.parametrize("name", sampled(SCENES, every=3))
def test_no_click_where_blocks_meet(name):
    jumps = np.abs(np.diff(heard(SCENES[name], 0, 6, GALLOP))).max(axis=0)
    seams = jumps[SAMPLE_RATE - 1 :: SAMPLE_RATE]

    assert seams.max() <= np.quantile(jumps, 0.999)


def test_begins_in_silence_at_the_clocks_zero_only():
    assert np.abs(heard(scene(), 0, 1)[:, :4]).max() < 1e-3
    assert np.abs(heard(scene(), 1, 1)[:, :48]).max() > 1e-3


def test_same_seed_same_sound_other_seed_other_sound():
    assert np.array_equal(heard(scene(), 0, 1), heard(scene(), 0, 1))
    assert not np.allclose(heard(scene(), 0, 1), heard(scene(seed=8), 0, 1), atol=1e-2)


def test_a_changed_word_leaves_the_theme_alone():
    """Rain adds to the scene; the melody, from its own dice, goes on unchanged beneath."""
    dry, wet = (heard(scene(falling=f, wind=0.0), 0, 4) for f in ("none", "rain"))

    def tones(sound):
        power = np.abs(np.fft.rfft(sound.mean(axis=0)))[200:2400]  # 50 to 600 Hz
        return power / np.linalg.norm(power)

    assert tones(dry) @ tones(wet) > 0.8
    assert tones(dry) @ tones(heard(scene(seed=99), 0, 4)) < 0.8


def test_an_event_is_heard_at_its_moment_and_on_its_side():
    still = scene(setting="space", wind=0.0)
    with_bell = heard(still, 0, 3, [SoundEvent(1.25, "bell", 1.0, -1.0)])
    rest = with_bell - heard(still, 0, 3)
    loud = np.abs(rest).max(axis=0) > 0.02

    assert np.argmax(loud) == pytest.approx(1.25 * SAMPLE_RATE, abs=0.02 * SAMPLE_RATE)
    left, right = np.sqrt(np.mean(rest**2, axis=1))
    assert left > 2 * right


def test_rooms_keep_the_weather_out():
    def shares(setting, **weather):
        bed = Ambience(scene(setting=setting, **weather)).block(2, 0.1)
        power = np.square(np.abs(np.fft.rfft(bed[0])))
        return power[2000:].sum() / power.sum()

    for setting in ("kitchen", "station", "cafe", "workshop"):
        assert PLACES[habitat(setting)].weather == "indoors"
        assert shares(setting, falling="rain") < 0.1 < shares("meadow", falling="rain")
    assert len({habitat(setting) for setting in ("kitchen", "station", "cafe", "workshop")}) == 4


def test_every_setting_names_a_sound_that_there_is():
    heard_at = {}
    for name, card in library.settings().items():
        heard_at.setdefault(habitat(name), []).append(name)
        # These muffle rain and wind as a room does.
        roofed = name in ("cave", "swimming_hall", "backdrop") and not card.said["weather"]
        closed = "floor" in card.said or roofed
        assert (PLACES[card.said["sound"]].weather == "indoors") == closed, name
    assert heard_at.keys() == PLACES.keys()


def test_one_engine_a_second_drones_on_evenly():
    quiet = scene(setting="space", wind=0.0)
    events = [SoundEvent(float(k), "engine", 1.0, 0.0) for k in range(8)]
    motor = heard(quiet, 2, 5, events) - heard(quiet, 2, 5)
    power = np.square(motor.reshape(2, -1, 4800)).mean(axis=(0, 2))

    assert power.max() < 3 * power.min()


def test_an_unknown_kind_of_event_is_refused_by_name():
    with pytest.raises(ShadowplayError, match="kazoo"):
        next(soundtrack(scene(), [SoundEvent(0, "kazoo", 1, 0)], 0, 1))


@for_all("kind", recipes())
def test_every_recipe_makes_a_finite_wave_that_dies_away(kind):
    wave = make(kind, np.random.default_rng(1), 440.0 if kind in MUSIC else 0.0)

    assert np.isfinite(wave).all()
    assert 0 < wave.size <= REACH * SAMPLE_RATE
    peak = np.abs(wave).max()
    assert peak > 0
    assert np.abs(wave[-96:]).max() < 0.1 * peak


def test_noise_stays_within_its_band():
    loop = noise(np.random.default_rng(1), 1, SAMPLE_RATE, (500, 2000))[0]
    power = np.abs(np.fft.rfft(loop)) ** 2
    hertz = np.fft.rfftfreq(loop.size, 1 / SAMPLE_RATE)

    assert power[(hertz > 500) & (hertz < 2000)].sum() > 0.6 * power.sum()
    assert power[hertz > 8000].sum() < 0.02 * power.sum()


def test_memory_does_not_grow_with_the_length():
    blocks = soundtrack(scene(), [], 0, 60)
    for _ in itertools.islice(blocks, 30):  # one whole round of the theme fills the caches
        pass
    tracemalloc.start()
    try:
        for _ in itertools.islice(blocks, 20):
            pass
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert grown < 6_000_000
