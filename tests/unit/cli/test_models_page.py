"""The page about models says what the cards say, and what it shows can be configured."""

import re
from pathlib import Path
from typing import get_args

import pytest

from vitascope import config
from vitascope.engines.diffusers.card import PlanName
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.memory import choose
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.registry import capabilities_by_name
from vitascope.model_settings import OPERATIONS, ModelSettings

DATABASES = ["sqlite"]
ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "models.md"
TABLES = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PLANS = get_args(PlanName)
TIERS = ("draft", "standard", "high")
FREE = (15.5, 23.5, 47.0, 78.5)


def abilities(name):
    """A card's row in the first table."""
    offer = card_named(name).capabilities(DiffusersSettings(card=name))
    marks = ["✓" if each in offer.operations else "" for each in OPERATIONS]
    licence = f"[{offer.licence}]({offer.licence_url})" + (", gated" if offer.gated else "")
    native = offer.native.partition(";")[0].replace(" frames a second", " fps")
    native = native.replace(" seconds at a time", " s at a time")
    return [f"`{name}`", *marks, offer.sound, native, f"{offer.download_gib:g} GiB", licence]


def memory(name):
    """A card's row in the table of memory plans."""
    card = card_named(name)
    needs = {plan: [] for plan in PLANS}
    for one in card.plans:
        tiled = "in tiles " if one.tiling and needs[one.plan] else ""
        needs[one.plan].append(f"{tiled}{one.gib:.0f}")
    origin = "computed" if "weights" in card.sizes.computed else "traced"
    return [f"`{name}`", origin, *(", ".join(needs[plan]) for plan in PLANS)]


def tiers(name):
    """A card's row in the table of quality tiers."""
    qualities = card_named(name).quality
    return [
        f"`{name}`",
        *(
            f"{qualities[tier].steps} steps, {qualities[tier].max_pixels / 1e6:.1f} MP"
            for tier in TIERS
        ),
    ]


def fits(name):
    """A card's row in the table of GPUs: the plan that is chosen with so much free."""
    plans = card_named(name).plans
    chosen = [choose(plans, "auto", free) for free in FREE]
    cells = [
        f"`{plan.plan}`" + (" t" if plan.tiling and plan.plan != "group" else "")
        if plan.gib <= free
        else "—"
        for plan, free in zip(chosen, FREE, strict=True)
    ]
    return [f"`{name}`", *cells]


@pytest.mark.parametrize("row", [abilities, memory, fits, tiers])
def test_the_tables_are_the_cards(row):
    lines = PAGE.read_text("utf-8").splitlines()
    for name in names():
        expected = f"| {' | '.join(row(name))} |".replace("|  |", "| |").replace("|  |", "| |")
        assert expected in lines


def test_no_card_is_listed_that_is_not_there():
    listed = re.findall(r"^\| `([^`]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert {name for name in listed if "*" not in name} == set(names())


@pytest.mark.parametrize("page", [PAGE, ROOT / "README.md"], ids=lambda page: page.name)
def test_every_table_of_settings_can_be_used(page, tmp_path):
    blocks = TABLES.findall(page.read_text("utf-8"))
    assert blocks
    path = tmp_path / "vitascope.toml"
    for block in blocks:
        path.write_text(block, "utf-8")
        capabilities_by_name(config.load(path))


def test_limits_are_given_in_the_cards_own_words():
    page = " ".join(PAGE.read_text("utf-8").split())
    for name in names():
        territory = card_named(name).territory
        assert territory is None or territory in page, name


def test_every_setting_of_a_model_is_documented():
    listed = PAGE.read_text("utf-8") + (ROOT / "docs" / "upstream.md").read_text("utf-8")
    missing = [
        name for name in ModelSettings.model_fields if not re.search(rf"\b{name}(`| =|\])", listed)
    ]
    assert missing == []


if __name__ == "__main__":  # prints the rows, to be pasted
    for make in (abilities, memory, fits, tiers):
        for card in names():
            print(f"| {' | '.join(make(card))} |".replace("|  |", "| |").replace("|  |", "| |"))
