"""The cards: every one can be read, says what it must, and offers what it can do."""

from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
from sweeps import for_all

from vitascope import config
from vitascope.config import Settings
from vitascope.engines.diffusers import cards
from vitascope.engines.diffusers.card import Card, Distillation, PlanName, Quality, Schedule, Sizes
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.registry import capabilities_of
from vitascope.errors import ConfigError
from vitascope.model_settings import model_from_json
from vitascope.spec import FrameRate

FIRST = {
    "wan2.2-ti2v-5b",
    "wan2.2-t2v-a14b",
    "wan2.2-i2v-a14b",
    "wan2.1-vace-1.3b",
    "wan2.1-vace-14b",
}


def _card(**changes):
    message = cards.card_named("wan2.2-ti2v-5b").model_dump()
    return Card.model_validate({**message, **changes})


def test_the_first_models_are_there():
    assert set(cards.names()) >= FIRST


@for_all("name", cards.names())
def test_every_card_says_what_its_user_must_know(name):
    card = cards.card_named(name)

    assert card.name == name
    assert card.source.count("/") == 1
    assert card.licence
    assert card.licence_url
    assert card.operations
    assert card.description.endswith(".")
    assert card.frames_for(card.max_frames) == card.max_frames
    assert set(card.strength) <= card.operations
    assert {plan.plan for plan in card.plans} <= {*get_args(PlanName)}
    assert card.plans[-1].tiling


@for_all("name", cards.names())
def test_a_card_offers_what_it_declares(name):
    offer = capabilities_of(DiffusersSettings(card=name, source="a/b"))

    assert offer.operations == cards.card_named(name).operations
    assert offer.source == "a/b"
    assert "frames a second" in offer.native
    assert offer.memory_gib


def test_new_films_have_the_models_own_rate_where_that_is_asked_for():
    own = DiffusersSettings(card="wan2.1-vace-14b", fps="native")

    assert capabilities_of(own).fps == FrameRate(16)
    assert capabilities_of(DiffusersSettings(card="wan2.1-vace-14b")).fps == FrameRate(24)


def test_an_unknown_card_names_those_there_are():
    with pytest.raises(ConfigError, match=r"wan2\.2-ti2v-5b"):
        cards.card_named("sora-3")


@pytest.mark.parametrize(
    ("count", "frames"), [(1, 1), (2, 5), (5, 5), (6, 9), (96, 97), (121, 121)]
)
def test_frames_follow_the_cards_rule(count, frames):
    assert _card().frames_for(count) == frames


def test_a_rule_may_have_another_rest_and_a_least_length():
    card = _card(frame_step=17, frame_rest=5, min_frames=124, max_frames=362)

    assert [card.frames_for(count) for count in (1, 124, 125)] == [124, 124, 141]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"overlap": 200}, "overlap"),
        ({"sizes": None}, "sizes"),
        ({"quality": {}}, "quality lacks"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(changes, why):
    with pytest.raises(ValueError, match=why):
        _card(**changes)


@pytest.mark.parametrize("table", [Card, Quality, Schedule, Sizes, Distillation])
def test_the_page_explains_every_key(table):
    page = (Path(__file__).parents[4] / "docs" / "cards.md").read_text("utf-8")
    keys = set(table.model_fields) - {"name", "quality", "sizes", "distillation"}

    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


def test_a_folder_of_the_users_comes_before_the_built_in_cards(tmp_path):
    own = tmp_path / "cards"
    own.mkdir()
    built_in = files(cards.__name__).joinpath("wan2.2-ti2v-5b.toml").read_text("utf-8")
    (own / "anime.toml").write_text(built_in.replace("max_frames = 121", "max_frames = 61"))
    (own / "helios.toml").write_text(built_in)
    tables = {
        name: {"engine": "diffusers", "card": name} for name in ("anime", "helios", "ltx-2.5")
    }

    settings = config.load(data_dir=tmp_path, cards=own, models=tables)
    again = Settings.model_validate_json(settings.model_dump_json())  # as a worker gets it

    for each in (settings, again):
        labels = [each.models[name].label for name in tables]
        assert labels == ["anime", "helios", "ltx-2.5"]
        assert "2.54 seconds" in capabilities_of(each.models["anime"]).native
        assert capabilities_of(each.models["helios"]).source == "Wan-AI/Wan2.2-TI2V-5B-Diffusers"
        assert each.models["anime"].queue == "diffusers:anime"
    child = model_from_json(settings.models["anime"].to_json())
    assert cards.card_named(child.card).max_frames == 61


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(ConfigError, match="there is no folder"):
        config.load(data_dir=tmp_path, cards=tmp_path / "none")
