"""The memory that a model will take, as its card says before it is loaded."""

import pytest

from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.registry import capabilities_of
from vitascope.errors import ConfigError


def needs(card="wan2.2-ti2v-5b", **options):
    return DiffusersSettings(card=card, **options).needs_memory


def test_it_is_that_of_the_cards_plans_the_fastest_first():
    card = card_named("wan2.2-ti2v-5b")
    needed = needs()
    assert needed.plans == tuple(plan.gib for plan in card.plans)
    assert needed.weights == sum(card.sizes.weights.values())


def test_it_follows_the_settings():
    assert needs("wan2.2-t2v-a14b", quality="draft").plans < needs("wan2.2-t2v-a14b").plans
    [streamed] = needs(memory="group").plans
    assert streamed == min(needs().plans)
    assert [needs(device=name).device for name in (None, "cpu", "cuda", "cuda:1")] == [
        None,
        "cpu",
        "cuda:0",
        "cuda:1",
    ]


def test_it_is_not_known_of_several_gpus_or_of_a_card_that_is_gone(tmp_path):
    assert needs(gpus=2) is None
    assert needs(card=str(tmp_path / "gone.toml")) is None


def test_doubled_pictures_take_more():
    # Where denoising takes the most, decoding twice the size changes nothing.
    assert sum(needs("ltx-2.5", upscale=True).plans) > sum(needs("ltx-2.5").plans)
    with pytest.raises(ConfigError, match=r"wan2\.2-ti2v-5b lacks"):
        capabilities_of(DiffusersSettings(card="wan2.2-ti2v-5b", upscale=True))
