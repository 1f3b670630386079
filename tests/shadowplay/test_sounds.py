"""The recipes: each kind recognisable, all names known, one more in ten lines of TOML."""

import re
from pathlib import Path

import numpy as np
import pytest
from sweeps import for_all

from shadowplay.art import library
from shadowplay.deeds import VERBS
from shadowplay.errors import ShadowplayError
from shadowplay.shot import SAMPLE_RATE
from shadowplay.sound.ambience import PLACES
from shadowplay.sound.synth import Recipe, SoundEvent, Voice, make, recipes
from shadowplay.sound.theme import STYLES
from shadowplay.sound.track import Foley


def middle(wave):
    """The frequency below which half of a sound's power is, in Hz."""
    power = np.square(np.abs(np.fft.rfft(wave))).cumsum()
    return np.searchsorted(power, power[-1] / 2) * SAMPLE_RATE / wave.size


def onsets(wave):
    """How many times a sound begins: it passes 40 % of its loudest after it fell below 20 %."""
    loud = np.sqrt(np.add.reduceat(np.square(wave, dtype=float), np.arange(0, wave.size, 480)))
    count, quiet = 0, True
    for share in loud / loud.max():
        count += quiet and share > 0.4
        quiet = share < 0.2 or (quiet and share <= 0.4)
    return count


@for_all(
    ("kind", "band", "times"),
    [
        # What is heavy is low, what is small is high.
        *((kind, (20, 130), (1, 1)) for kind in ("stomp", "thump", "slam", "engine", "explosion")),
        *((kind, (35, 600), (3, 20)) for kind in ("thunder", "rotor", "growl", "roar", "snore")),
        *((kind, (130, 700), (1, 1)) for kind in ("moo", "howl", "whale", "buzz", "bell")),
        *((kind, (400, 1300), (2, 2)) for kind in ("bark", "honk", "car_horn")),
        *((kind, (600, 2200), (1, 1)) for kind in ("splash", "meow", "gull", "siren", "wave")),
        *((kind, (2000, 9000), (1, 1)) for kind in ("screech", "hissing", "flutter")),
        *((kind, (2000, 9000), (3, 20)) for kind in ("bird", "cricket", "squeak", "rattle")),
        ("shatter", (2500, 6000), (1, 9)),
        ("sizzle", (5000, 12000), (2, 20)),
        # What comes in a rhythm has it.
        ("hoof", (60, 130), (1, 1)),
        ("gallop", (60, 130), (3, 3)),
        ("rail", (60, 130), (2, 2)),
        ("owl", (350, 420), (4, 4)),
        ("tick", (1400, 2000), (2, 2)),
        ("knock", (150, 400), (3, 3)),
        ("typing", (300, 1000), (7, 7)),
        ("laugh", (300, 900), (5, 5)),
        ("quack", (700, 1900), (3, 3)),
    ],
)
def test_each_kind_has_its_band_and_its_rhythm(kind, band, times):
    for seed in (1, 2):
        wave = make(kind, np.random.default_rng(seed))
        assert band[0] < middle(wave) < band[1]
        assert times[0] <= onsets(wave) <= times[1]


def test_every_sound_that_the_art_names_has_a_recipe():
    named = {sound[1].removeprefix("call:") for verb in VERBS.values() for sound in verb.sounds}
    for place in PLACES.values():
        for when in ("always", "day", "night"):
            named |= {kind for kind, _, _ in getattr(place, when)}
    named |= {name for style in STYLES.values() for pair in style.pairs for name in pair}
    for card in (*library.cards().values(), *library.figures().values()):
        named |= {card.said[key][0] for key in ("call", "drone", "used") if card.said.get(key)}
        named |= {action.get("sound", "") for action in card.said.get("action", {}).values()}
        sound = card.said.get("sound", "")
        named |= {card.facts.music, sound if isinstance(sound, str) else sound[0]}
    assert named - {""} <= recipes().keys()


def section():
    page = Path("docs/shadowplay.md").read_text(encoding="utf-8")
    return page.split("\n## Add a sound")[1].split("\n## ")[0]


def test_a_sound_is_ten_lines_of_toml(tmp_path):
    """The example of the documentation, heard."""
    (text,) = re.findall(r"```toml\n(.*?)```", section(), re.DOTALL)
    assert len(text.strip().splitlines()) <= 10
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "kazoo.toml").write_text(text, encoding="utf-8")
    block = np.zeros((2, SAMPLE_RATE), np.float32)
    kazoo = [SoundEvent(0.2, "kazoo", 1.0, 0.0)]
    library.use(tmp_path)
    try:
        Foley(1).lay(block, 0, kazoo)
        assert onsets(make("kazoo", np.random.default_rng(1))) == 2
        assert "hoof" in recipes()
    finally:
        library.forget(tmp_path)
    assert not block[:, : SAMPLE_RATE // 5].any()
    assert 0.08 < np.abs(block).max() <= 0.2
    with pytest.raises(ShadowplayError, match="There is no sound 'kazoo'"):
        Foley(1).lay(block, 0, kazoo)


def test_the_page_explains_every_key_of_a_recipe():
    rows = re.findall(r"^\| (`.*?) \|", section(), re.MULTILINE)
    explained = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert explained == {*Voice.__struct_fields__, *Recipe.__struct_fields__}


@for_all(
    ("text", "why"),
    [
        ("[a]\nlevel = 1", "parts"),
        ("[a]\nparts = [{ tone = 3 }]", "blow"),
        ("[a]\nparts = [{ tone = 3, long = 1, noise = [1, 2] }]", "one noise, one tone"),
        ("[a]\nparts = [{ like = 'b' }]", "like 'b', which is no other sound"),
        ("[a]\nparts = [{ like = 'a' }]", "like 'a', which is no other sound"),
        ("[a]\nparts = [{ tune = 3, long = 1 }]", "unknown field `tune`"),
        ("[a]\nparts = [{ noise = [1], long = 1 }]", "noise"),
        ("[a]\nparts = [{ noise = 400, long = 1 }]", "noise"),
        ("[a]\nparts = [{ tone = 'high', long = 1 }]", "tone"),
        ("[a]\nparts = [{ tone = [1, 2], long = 1 }]", "tone"),
        ("[a]\nparts = [{ tone = 3, long = 1, at = [] }]", "at"),
        ("[a]\nparts = ['tone']", "parts"),
        ("a = 1", "object"),
        ("[a", "a.toml can't be used"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_said(tmp_path_factory, text, why):
    folder = tmp_path_factory.mktemp("art")
    (folder / "sounds").mkdir()
    (folder / "sounds" / "a.toml").write_text(text, encoding="utf-8")
    library.use(folder)
    try:
        with pytest.raises(ShadowplayError, match=why) as refused:
            recipes()
    finally:
        library.forget(folder)
    assert refused.value.code == "invalid_art"
