"""`vitascope models`: who draws for which name, all about one, and what there is to fetch."""

import tomllib
from importlib.resources import files

import pytest
from sweeps import for_all

from vitascope import config
from vitascope.cli.doctor import machine
from vitascope.engines.diffusers import cards
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.model_settings import OPERATIONS

DATABASES = ["sqlite"]
TABLES = """
[models.mine]
engine = "shadowplay"
[models.pictures]
engine = "diffusers"
card = "wan2.2-i2v-a14b"
quality = "draft"
render_scale = 0.5
[models.pictures.expand]
command = ["sh", "-c", "cat"]
[models.farm]
engine = "upstream"
url = "http://gpu-box:30000/v1"
flavour = "sglang"
"""


@pytest.fixture
def tables(tmp_path):
    path = tmp_path / "vitascope.toml"
    path.write_text(TABLES, "utf-8")
    return f"--config={path}"


def rows(process):
    """The words of each line, by the first; what stands above the TOML lines."""
    assert (process.returncode, process.stderr) == (0, "")
    shown = process.stdout.partition("\n[models.")[0]
    return {words[0]: words[1:] for line in shown.splitlines() if (words := line.split())}


def test_a_list_of_names_and_of_cards(vitascope, tables):
    listed = rows(vitascope("models", "list", tables))

    everything = ["✓"] * len(OPERATIONS)
    assert listed["sora-2"] == ["shadowplay", *everything, "joint", "none", "needed"]
    assert listed["sora-2-2025-10-06"] == listed["mine"] == listed["sora-2"]
    assert listed["pictures"][:7] == ["wan2.2-i2v-a14b", "·", "✓", "✓", "✓", "·", "✓"]
    assert listed["pictures"][-1] == "Apache-2.0"
    assert listed["farm"][0] == "sglang"
    assert set(names()) <= set(listed)
    assert listed["wan2.2-i2v-a14b"][:6] == listed["pictures"][1:7]


def test_a_narrow_screen_keeps_names_and_abilities(vitascope, tables, monkeypatch):
    from vitascope.cli import common

    monkeypatch.setattr(common, "PIPE_WIDTH", 84)
    listed = rows(vitascope("models", "list", tables))
    assert listed["sora-2-pro-2025-10-06"] == ["shadowplay", *["✓"] * len(OPERATIONS)]
    assert "Apache-2.0" not in listed["pictures"]


@for_all("name", names())
def test_all_about_a_card(vitascope, name):
    card = card_named(name)

    printed = rows(vitascope("models", "show", name))

    assert printed["engine"] == ["diffusers", name]
    assert printed["does"] == ", ".join(op for op in OPERATIONS if op in card.operations).split()
    assert printed["licence"][-1] == card.licence_url
    assert printed["weights"][0] == card.source
    assert ("limits" in printed) is bool(card.territory)
    for tier in ("draft", "standard", "high"):
        assert printed[tier][:2] == [str(card.quality[tier].steps), "steps,"]


def test_the_lines_that_configure_a_card_do(vitascope, tmp_path):
    shown = vitascope("models", "show", "wan2.2-ti2v-5b").stdout
    path = tmp_path / "shown.toml"
    path.write_text(shown[shown.index("[models.") :], "utf-8")
    assert config.load(path).models["sora-2"] == DiffusersSettings(card="wan2.2-ti2v-5b")


@pytest.mark.parametrize("name", ["mine", "pictures", "farm"])
def test_the_lines_of_a_configured_model_are_its_own(vitascope, tables, name):
    shown = vitascope("models", "show", name, tables).stdout
    lines = shown[shown.index("[models.") :]
    assert tomllib.loads(lines)["models"][name] == tomllib.loads(TABLES)["models"][name]


def test_a_model_with_another_source_shows_it(vitascope, tmp_path):
    (tmp_path / "weights").mkdir()
    path = tmp_path / "vitascope.toml"
    table = {"engine": "diffusers", "card": "ltx-2.5", "source": str(tmp_path / "weights")}
    lines = "\n".join(f"{name} = {value!r}" for name, value in table.items())
    path.write_text(f"[models.sora-2]\n{lines}\n", "utf-8")
    printed = rows(vitascope("models", "show", "sora-2-2025-10-06", f"--config={path}"))
    assert printed["here"] == printed["weights"][:1] == [str(tmp_path / "weights")]


@pytest.mark.parametrize("command", ["show", "pull"])
def test_a_name_that_nothing_has(vitascope, command):
    process = vitascope("models", command, "no-such")
    assert process.returncode == 1
    assert "There is neither a model nor a card 'no-such'." in process.stderr


def test_a_card_that_nothing_has_is_named_with_its_table(vitascope, tmp_path):
    path = tmp_path / "vitascope.toml"
    path.write_text("[models.big]\nengine = 'diffusers'\ncard = 'no-such'\n", "utf-8")
    for words in (["models", "list"], ["serve", "--port=0"]):
        process = vitascope(*words, f"--config={path}")
        assert process.returncode == 1
        assert "[models.big]: There is no card 'no-such'. There are: " in process.stderr


def test_nothing_is_fetched_for_what_needs_no_weights(vitascope):
    process = vitascope("models", "pull", "sora-2")
    assert process.returncode == 0
    assert process.stdout == "sora-2 is rendered by shadowplay, which needs no weights here.\n"


def test_weights_are_not_fetched_for_nothing(vitascope, monkeypatch):
    monkeypatch.setattr(machine, "find_spec", lambda _name: None)
    process = vitascope("models", "pull", "ltx-2.5")
    assert process.returncode == 1
    assert "Install it first: pip install 'vitascope[diffusers]'" in process.stderr


class TestCheck:
    """Cards of the user's own."""

    @pytest.fixture
    def own(self, tmp_path):
        text = files(cards.__name__).joinpath("wan2.2-ti2v-5b.toml").read_text("utf-8")

        def write(old="", new=""):
            (tmp_path / "cards").mkdir(exist_ok=True)
            (tmp_path / "cards" / "anime.toml").write_text(text.replace(old, new), "utf-8")
            path = tmp_path / "vitascope.toml"
            path.write_text(f'cards = "{tmp_path}/cards"\n', "utf-8")
            return f"--config={path}"

        return write

    def test_one_that_is_right_has_its_plans_listed(self, vitascope, own, tmp_path):
        printed = vitascope("models", "check", "anime", own())
        assert printed.returncode == 0
        assert "group: 11.3 GiB, decoding in tiles" in printed.stdout
        by_path = vitascope("models", "check", str(tmp_path / "cards" / "anime.toml"))
        assert by_path.stdout == printed.stdout

    def test_it_is_listed_and_shown(self, vitascope, own):
        assert "anime" in rows(vitascope("models", "list", own()))
        assert rows(vitascope("models", "show", "anime", own()))["engine"] == ["diffusers", "anime"]

    @pytest.mark.parametrize(
        ("old", "new", "printed"),
        [
            ('family = "wan"', 'family = "van"', "there is no family 'van'"),
            ("steps = 3", "steps = 0", "quality.draft.steps: Input should be greater"),
            ("fps = 24", "fbs = 24", "fbs: Extra inputs are not permitted"),
            ("fps = 24", "fps = ", "is no TOML"),
        ],
    )
    def test_what_is_wrong_is_named(self, vitascope, own, old, new, printed):
        process = vitascope("models", "check", "anime", own(old, new))
        assert process.returncode == 1
        assert printed in " ".join(process.stderr.split())
