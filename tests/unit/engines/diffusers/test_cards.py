"""The cards: every one can be read, says what it must, and offers what it can do."""

import pytest

from vitascope.engines.diffusers import cards
from vitascope.engines.diffusers.card import Card
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.registry import capabilities_of
from vitascope.errors import ConfigError
from vitascope.spec import FrameRate

FIRST = {
    "wan2.2-ti2v-5b",
    "wan2.2-t2v-a14b",
    "wan2.2-i2v-a14b",
    "wan2.1-vace-1.3b",
    "wan2.1-vace-14b",
}


def _card(**changes):
    told = cards.card_named("wan2.2-ti2v-5b").model_dump()
    return Card.model_validate({**told, **changes})


def test_the_first_models_are_there():
    assert set(cards.names()) >= FIRST


@pytest.mark.parametrize("name", cards.names())
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
    assert {plan.plan for plan in card.plans} <= {"none", "text", "model", "fp8", "group"}
    assert card.plans[-1].tiling


@pytest.mark.parametrize("name", cards.names())
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
        ({"traced": None}, "memory plans"),
        ({"quality": {}}, "quality lacks"),
        ({"colour": "red"}, "Extra inputs"),
        ({"memory": [{"plan": "none", "gib": 9}]}, "either traced or memory plans"),
        ({"traced": None, "memory": [{"plan": "none", "gib": 9}]}, "decodes in tiles"),
    ],
)
def test_a_card_that_contradicts_itself_is_refused(changes, why):
    with pytest.raises(ValueError, match=why):
        _card(**changes)
