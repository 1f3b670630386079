"""Places: settings are TOML files, of layers outdoors, and of a wall and a floor indoors."""

import itertools
import re
from dataclasses import replace
from functools import wraps
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from staged import stage
from sweeps import sampled

from shadowplay.art import library
from shadowplay.art.cast import CAST
from shadowplay.art.svg import read as read_svg
from shadowplay.dice import dice
from shadowplay.errors import ShadowplayError
from shadowplay.performance import Performance
from shadowplay.picture.layers import Picture
from shadowplay.place import interior, layers, scatter
from shadowplay.place.land import MARKS
from shadowplay.place.scenery import falls
from shadowplay.shot import Size
from shadowplay.sound.ambience import habitat
from shadowplay.words.lexicon import Entry, entry
from shadowplay.words.reading import read

SIZE = Size(320, 180)
INTERIORS = sorted(name for name, card in library.settings().items() if "floor" in card.said)


def page():
    return Path("docs/shadowplay.md").read_text(encoding="utf-8")


def section(title):
    return page().split(f"\n## {title}")[1].split("\n## ")[0]


def frame(prompt, seed=3, size=SIZE, t=1.0, **changes):
    picture = Picture.blank(*size)
    Performance(replace(stage(prompt, seed, size), **changes), CAST).draw(picture, t)
    return picture


def test_there_are_enough_places_and_no_word_means_two():
    assert len(library.settings()) >= 50
    words = {}
    for name, card in library.settings().items():
        assert set(card.names) == set(library.LANGUAGES), name
        for language, phrases in card.names.items():
            for phrase in phrases:
                assert words.setdefault((language, phrase), name) == name, phrase
                # Words that an apostrophe joins are read one by one, but for English ones.
                parts = phrase if language == "en" else phrase.replace("'", " ")
                found = library.places_named(language).get(tuple(parts.split()))
                assert found == name, phrase
            phrases = card.names["en"]
        assert {entry(tuple(one.split())) for one in phrases} == {Entry("setting", name)}, name


def test_words_for_places_are_understood_in_all_languages():
    assert read("ein Fuchs läuft durch den Wald").said["setting"] == "forest"
    assert read("un renard court dans la forêt").said["setting"] == "forest"
    assert read("un hombre camina por la playa").said["setting"] == "beach"
    assert read("ein Hund in der savannah").said["setting"] == "savanna"


def test_a_place_is_like_another_and_has_a_landmark_of_its_own():
    egypt, desert = library.settings()["egypt"], library.settings()["desert"]
    assert egypt.said["layer"] == desert.said["layer"] and egypt.names != desert.names
    assert [one.actor for one in stage("a man in Egypt", 1, SIZE).cast] == ["man", "pyramid"]
    assert [one.actor for one in stage("a man in a desert", 1, SIZE).cast] == ["man"]


@pytest.fixture
def heath(tmp_path):
    """The place of the documentation, as somebody would add it."""
    (text,) = re.findall(r"```toml\n(.*?)```", section("Draw a place"), re.DOTALL)
    file = tmp_path / "heath.toml"
    file.write_text(text, encoding="utf-8")
    library.use(tmp_path)
    yield file
    library.forget(tmp_path)
    assert "heath" not in library.settings()


def test_a_place_is_about_twenty_lines_of_toml(heath):
    assert 15 <= len(heath.read_text(encoding="utf-8").strip().splitlines()) <= 25
    scene = stage("a fox walks over the heath at noon", 3, SIZE)
    assert (scene.setting, habitat("heath")) == ("heath", "meadow")
    assert read("ein Fuchs auf der Heidefläche").said["setting"] == "heath"
    assert library.place("heath").horizon == (0.56, 0.6)
    with_it = frame("an empty heath at noon")
    # The ground is full of flowers; without them it is grass alone.
    heath.write_text(
        heath.read_text(encoding="utf-8").replace("large = 0.05", "large = 0"), encoding="utf-8"
    )
    library.forget(heath.parent)
    library.use(heath.parent)
    bare = frame("an empty heath at noon")
    low, high = slice(70, 80), slice(0, 45)
    assert with_it.v[low].astype(int).sum() > bare.v[low].astype(int).sum() + 2000
    assert (with_it.v[high] == bare.v[high]).all()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("rise = 0.03", "land .*missing required field `depth`"),
        ("depth = 0.1\nrise = 0.1\nrough = 0.1\nhight = 2", "land .*unknown field `hight`"),
        ('depth = "far"\nrise = 0.1\nrough = 0.1', "land .*Expected `float`, got `str`.*depth"),
        ("depth = [0.1, 0.2]\nrise = [1, 2, 3]\nrough = 0.1", "have 2 and 3 values"),
        ('depth = 0.1\nrise = 0.1\nrough = 0.1\ntone = "beige"', "'beige' is no colour"),
        (
            'depth = 0.1\nrise = 0.1\nrough = 0.1\nmark = [{ kind = "snowcaps" }]',
            "a mark is drifts, .*, not 'snowcaps'",
        ),
        ('depth = 0.1\nrise = 1\nrough = 1\nstand = [{ kind = "pine" }]', "scatter .*missing"),
        (
            'depth = 0.1\nrise = 0.1\nrough = 0.1\nstand = [{ kind = "weed", large = 1 }]',
            "'weed' is none of acacia, .*, wheat",
        ),
    ],
)
def test_a_fault_in_a_place_is_said_with_its_file(tmp_path, line, fault):
    text = f'names = {{ en = "nowhere" }}\n[[layer]]\ndraw = "land"\nname = "hill"\n{line}\n'
    (tmp_path / "nowhere.toml").write_text(text, encoding="utf-8")
    library.use(tmp_path)
    try:
        with pytest.raises(ShadowplayError, match=f"nowhere.toml: .*{fault}") as it:
            frame("an empty nowhere")
        assert it.value.code == "invalid_art"
    finally:
        library.forget(tmp_path)


def test_the_page_has_every_primitive_and_every_key():
    tables = section("Draw a place")
    rows = dict(re.findall(r"^\| `(\w+)` \|(.*)$", tables, re.MULTILINE))
    said = set(re.findall(r"`(\w+)`", tables))
    for table in (layers.PRIMITIVES, MARKS, layers.foregrounds()):
        assert set(table) <= said, table
    for name, primitive in layers.PRIMITIVES.items():
        missing = set(layers._keys(primitive).__struct_fields__) - said
        assert name in rows and not missing, (name, missing)
    for function in (layers.finish, scatter.scatter, falls, *MARKS.values()):
        assert set(layers._keys(function).__struct_fields__) <= said, function
    keys = set(re.findall(r"^\| `(\w+)` \|", page(), re.MULTILINE))
    assert {key for card in library.settings().values() for key in card.said} <= keys


def grown(monkeypatch, prompt, seed):
    """The kinds of plants that are planted for a scene."""
    kinds = set()
    plant = layers.scatter

    @wraps(plant)
    def noted(site, sheet, *, kind, **keys):
        kinds.add(kind)
        plant(site, sheet, kind=kind, **keys)

    monkeypatch.setattr(layers, "scatter", noted)
    Performance(stage(prompt, seed, SIZE), CAST)
    monkeypatch.setattr(layers, "scatter", plant)
    return kinds


def test_blossom_hangs_at_one_side_at_most_and_not_in_every_spring(monkeypatch):
    plant, hung = layers.scatter, []

    @wraps(plant)
    def noted(site, sheet, *, name="", **keys):
        hung.append((site.scene.seed, name))

    monkeypatch.setattr(layers, "scatter", noted)
    for seed in range(12):
        Performance(stage("a nun in a park in spring", seed, SIZE), CAST)
    boughs = [seed for seed, name in hung if name.startswith("falling")]
    assert 0 < len(boughs) == len(set(boughs)) < 12


def test_nothing_modern_stands_where_those_of_an_old_time_are(monkeypatch):
    modern = {"pole", "dash", "tower", "street_lamp", "arc_lamp", "passer", "shop_house"}
    for place in ("on a country road", "in a city", "down a street"):
        assert modern & grown(monkeypatch, f"a mechanic walks {place}", 2)
        for who in ("a viking", "a centurion", "a mammoth", "a caveman", "a medieval baker"):
            assert not modern & grown(monkeypatch, f"{who} walks {place}", 2)


def test_what_has_a_condition_waits_for_it(monkeypatch):
    assert "palm" in grown(monkeypatch, "an empty beach at noon", 3)
    assert "palm" not in grown(monkeypatch, "a lighthouse on a beach at noon", 3)
    snowy = grown(monkeypatch, "an empty beach in the snow", 3)
    assert "pine" in snowy and "palm" not in snowy
    trees = [
        grown(monkeypatch, "an empty forest", seed) & {"pine", "broadleaf"} for seed in range(8)
    ]
    assert all(len(kinds) == 1 for kinds in trees)
    assert len(set().union(*trees)) == 2


@pytest.mark.parametrize(
    ("prompt", "piece"),
    [
        ("a man cooks on the stove in a kitchen", "stove"),
        ("a boy sleeps in his bed", "bed"),
        ("a cat sleeps by the fireplace in a living room", "fireplace"),
    ],
)
def test_a_room_leaves_out_its_own_of_what_is_in_the_scene(monkeypatch, prompt, piece):
    shown = []
    plane = interior._plane
    monkeypatch.setattr(
        interior,
        "_plane",
        lambda *given: (shown.append({p.group for p in given[1]}), plane(*given))[1],
    )
    scene = stage(prompt, 3, SIZE)
    assert piece in {role.actor for role in scene.cast}
    Performance(scene, CAST)
    assert piece not in set().union(*shown)
    shown.clear()
    Performance(replace(scene, cast=()), CAST)
    assert piece in set().union(*shown)


def test_a_room_has_several_looks_and_one_with_the_furniture_that_is_named():
    walls = {frame("an empty living room", seed).u[10:40, ::40].tobytes() for seed in range(9)}
    assert len(walls) >= 4
    named = "a boy kneels before the fireplace in a living room"
    for seed in range(6):
        scene = stage(named, seed, SIZE)
        site = SimpleNamespace(dice=lambda *names, seed=seed: dice(seed, *names))
        card = library.settings()[scene.setting]
        look = interior._look(site, card, {role.actor for role in scene.cast})
        assert "iron_stove" in look["without"].split()


@pytest.mark.parametrize("name", sampled(INTERIORS, every=3))
def test_every_interior_has_a_wall_a_floor_and_names(name):
    card = library.settings()[name]
    assert set(card.names) == set(library.LANGUAGES)
    drawing = read_svg(card.drawing())
    wall = np.concatenate([line for part in drawing.parts for line in part.outlines])
    assert wall[:, 0].min() <= 0 and wall[:, 0].max() >= drawing.wide > 300
    assert wall[:, 1].min() <= -500 and wall[:, 1].max() >= 0
    for word in card.names["en"]:
        assert read(f"a cat in a {word}").said["setting"] == name, word


EMPTY = [
    pytest.param(*each)
    for each in itertools.product(("stormy sea", *INTERIORS), ("push", "rise", "drift"))
]


@pytest.mark.parametrize(("place", "move"), sampled(EMPTY, every=7))
def test_a_setting_leaves_no_pixel_as_it_was(place, move):
    scene = replace(stage(f"an empty {place}", 3, SIZE), setting=place.split()[-1], move=move)
    film = Performance(scene, CAST)
    for t in (0.0, 0.3, 2.4):
        pictures = []
        for level in (0, 255):
            picture = Picture.blank(*SIZE)
            for plane in picture:
                plane[:] = level
            film.draw(picture, t)
            pictures.append(picture)
        assert all((one == other).all() for one, other in zip(*pictures, strict=True))


def test_furniture_below_the_frame_is_left_out():
    assert frame("a man plays the piano in a theatre", seed=1).y.std() > 4


@pytest.mark.parametrize("size", sampled([Size(180, 320), SIZE], every=2))
def test_a_wall_reaches_above_the_frame_wherever_the_camera_goes(size):
    """The sky above a wall would be an edge across the frame's first rows."""
    for name in ("kitchen", "room"):
        for hour in ("noon", "night"):
            scene = replace(stage(f"an empty {name} at {hour}", 3, size), move="rise")
            film, picture = Performance(scene, CAST), Picture.blank(*size)
            for t in (0.0, 4.0, 20.0):
                film.draw(picture, t)
                y = picture.y.astype(int)
                step = np.abs(y[1:14] - y[:13])
                assert np.median(step, axis=1).max() < 4, (name, t, hour)


@pytest.mark.parametrize(
    ("prompt", "places"),
    [
        ("a pirate stands on a ship at sea", {"ship_deck"}),
        ("a woman dances on a ferry", {"ship_deck"}),
        ("a nun waves at the stern of a cruise ship", {"ship_deck"}),
        ("a ferry carries tourists", {"harbour", "sea"}),
        ("a man walks over a bridge in the city", {"bridge_deck"}),
        ("a train drives over a bridge", {"river"}),
        ("two girls watch a parade from a bridge", {"bridge_deck"}),
        ("an ogre guards the bridge", {"bridge_deck"}),
        ("a gull flies over a bridge", {"river"}),
        ("a bear catches a salmon", {"river"}),
        ("a boy dives with turtles", {"underwater"}),
        ("a dog sits in a rowboat", {"lake", "river"}),
        ("a woman at the lighthouse", {"beach", "rocky_shore"}),
        ("a sailor by a lighthouse waves", {"harbour", "beach", "rocky_shore"}),
        ("a sailor walks", {"harbour", "rocky_shore"}),
    ],
)
def test_who_is_on_a_ship_or_a_bridge_is_on_its_deck_and_nobody_walks_on_the_water(prompt, places):
    assert {stage(prompt, seed, SIZE).setting for seed in range(8)} <= places


def test_the_sun_of_a_morning_falls_through_a_room_in_beams_but_not_at_noon_or_in_rain(monkeypatch):
    def shine(prompt):
        """How many pixels the beams make lighter by more than four levels."""
        seen = []
        for on in (True, False):
            with monkeypatch.context() as change:
                if not on:
                    change.setattr(interior, "_beams", lambda *_: [])
                picture = Picture.blank(*SIZE)
                Performance(stage(prompt, 3, SIZE), CAST).draw(picture, 0.0)
            seen.append(picture.y.astype(int))
        return int((seen[0] - seen[1] > 4).sum())

    wide = SIZE.width * SIZE.height
    assert shine("an empty bedroom at dawn, static camera") > 0.03 * wide
    assert shine("an empty bedroom at dawn in heavy rain, static camera") < 0.01 * wide
    assert shine("an empty bedroom at night, static camera") == 0


def test_who_sits_in_a_room_has_its_seat():
    assert [role.actor for role in stage("a man sits in the subway", 3, SIZE).cast][1:] == ["bench"]
    cast = stage("two women sit in a café", 3, SIZE).cast
    assert [(role.relation, role.to) for role in cast] == [("on", "chair"), ("", "")]
    assert len(stage("a man sits on a sofa in a café", 3, SIZE).cast) == 2
    assert len(stage("a cat sits in a kitchen", 3, SIZE).cast) == 1


def test_rocks_on_either_side_of_a_boat_stand_in_its_water():
    film = Performance(stage("a canoe between two rocks on a river", 3, SIZE), CAST)
    canoe, *rocks = sorted(film.blocking.figures, key=lambda one: one.role.actor != "canoe")
    assert len(rocks) == 2
    assert all(rock.afloat and rock.row < canoe.row for rock in rocks)
