"""What is understood of edits, and what is not."""

import pytest
from sweeps import for_all

from shadowplay.errors import ShadowplayError
from shadowplay.retouch.reading import Fade, read_edit


def effects(prompt):
    return read_edit(prompt).effects


def test_several_edits_at_once():
    edit = read_edit("make it night with snow and old film look")
    assert edit.time == "night"
    assert edit.effects.items() >= {"snow": 1.0, "old_film": 1.0}.items()


def test_a_wish_brings_others_as_strong_as_itself_unless_they_are_named():
    assert effects("old film") == {"old_film": 1.0, "vignette": 1.05, "grain": 1.0}
    assert effects("slightly old film")["grain"] == 0.5
    assert effects("old film without grain") == {"old_film": 1.0, "vignette": 1.05}
    assert "stars" in effects("night")
    assert "stars" not in effects("night with rain")


@for_all(
    ("prompt", "field", "value"),
    [
        ("at sunrise", "time", "dawn"),
        ("Golden hour, please!", "time", "golden"),
        ("turn the season to fall", "season", "autumn"),
        ("turn it to black and white", "style", "black_and_white"),
        ("teal and orange", "style", "teal_and_orange"),
        ("remove all colour", "style", "black_and_white"),
        ("slow motion", "speed", 0.5),
        ("2x slower", "speed", 0.5),
        ("2x slow motion", "speed", 0.5),
        ("play it at 0.5x speed", "speed", 0.5),
        ("at 1.5x speed", "speed", 1.5),
        ("0.5x vintage", "style", "vintage"),
        ("50% slower", "speed", 0.5),
        ("150% of the original speed", "speed", 1.5),
        ("twice as fast", "speed", 2.0),
        ("less speed", "speed", 0.5),
        ("freeze the last frame for 3 seconds", "freeze", 3.0),
        ("freeze at the end", "freeze", 2.0),
        ("fade to white", "fades", {"out": Fade("white")}),
        ("fade in over 2.5 seconds", "fades", {"in": Fade("black", 2.5)}),
        ("fade in and out", "fades", {"in": Fade(), "out": Fade()}),
    ],
)
def test_an_edit_field(prompt, field, value):
    assert getattr(read_edit(prompt), field) == value


@for_all(
    ("prompt", "effect", "strength"),
    [
        ("turn it into a watercolour", "watercolour", 1.0),
        ("as an oil painting", "oil", 1.0),
        ("a pencil sketch of it", "pencil", 1.0),
        ("make it look like a cartoon", "comic", 1.0),
        ("light rain", "rain", 0.5),
        ("heavy fog", "fog", 1.5),
        ("a little darker", "brightness", -0.5),
        ("less contrast", "contrast", -1.0),
        ("increase the brightness", "brightness", 1.0),
        ("turn down the volume", "volume", -1.0),
        ("reduce the volume", "volume", -1.0),
        ("zoom in slowly", "zoom", 1.0),
        ("less colour", "saturation", -1.0),
        ("less of the sound", "volume", -1.0),
        ("play it backwards", "backwards", 1.0),
        ("flip it vertically", "flipped", 1.0),
        ("mirror it", "mirrored", 1.0),
        ("play it back and forth", "boomerang", 1.0),
        ("without sound", "mute", 1.0),
        ("remove the music", "mute", 1.0),
    ],
)
def test_a_strength(prompt, effect, strength):
    assert effects(prompt)[effect] == strength


def test_slow_zoom_is_no_slow_motion():
    assert read_edit("slow zoom in").speed == 1.0


def test_no_applies_to_its_own_word_alone():
    assert effects("make it winter without snow") == {}
    assert "snow" in effects("make it winter")
    edit = read_edit("no rain, but make it night")
    assert edit.time == "night"
    assert "rain can't be taken out" in edit.notes[0].replace("such as ", "").replace(", ", " ")


def test_keeping_something_is_no_edit():
    edit = read_edit("a lot darker, keep the sound and the rain")
    assert edit.effects == {"brightness": -1.5}
    assert "mute" not in edit.effects


def test_colours_of_the_picture_but_not_of_things_in_it():
    assert len(read_edit("in red tones").tones) == 1
    assert len(read_edit("make everything blue and gold").tones) == 2
    with pytest.raises(ShadowplayError):
        read_edit("make the car red")


@pytest.mark.parametrize(
    "prompt",
    ["add a cat", "replace the man with a dog", "no rain", "don't make it darker", "the", "🦊"],
)
def test_a_refused_edit_names_the_possible_ones(prompt):
    with pytest.raises(ShadowplayError) as raised:
        read_edit(prompt)
    assert raised.value.code == "edit_not_understood"
    assert "slow or fast motion" in raised.value.message
    assert "shadow theatre" in raised.value.message


def test_removing_is_refused_with_a_reason():
    with pytest.raises(ShadowplayError, match="such as rain, can't be taken out"):
        read_edit("remove the rain")


def test_unknown_words_are_noted():
    assert read_edit("night with a unicorn").notes == ["Nothing was made of these words: unicorn."]


def test_old_film_is_sepia_unless_another_style_is_given():
    assert read_edit("old film").style == "sepia"
    assert read_edit("old film but keep the colours").style == ""
    assert read_edit("old film in black and white").style == "black_and_white"


def test_speed_is_kept_within_reason():
    assert read_edit("100x faster").speed == 8.0
