"""`vitascope models`: who draws for which name, what each can do, and where its weights are."""

from __future__ import annotations

import json
from collections.abc import Iterator

from cyclopts import App
from rich.table import Table
from rich.text import Text

from vitascope import config
from vitascope.cli.doctor.fitness import where
from vitascope.cli.options import ConfigFile
from vitascope.cli.pull import Target, fetch, target_of
from vitascope.cli.screen import screen, table
from vitascope.config import Settings
from vitascope.engines.diffusers.card import Card, QualityName
from vitascope.engines.diffusers.cards import card_named, names
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.registry import capabilities_by_name, capabilities_of
from vitascope.errors import ConfigError
from vitascope.model_settings import OPERATIONS, ModelCapabilities, ModelSettings

app = App(name="models", help="Tell about models, and fetch their weights.")

_WIDE = 130
"""Columns from which a list has room for licences, too."""

_SOUND = {
    "joint": "made with the picture",
    "house": "a soundtrack added by the server",
    "none": "none",
}


@app.command(name="list")
def list_(*, config_file: ConfigFile = None) -> None:
    """List the names clients can send, and the cards that can be configured."""
    settings = config.load(config_file)
    console = screen()
    wide = console.width >= _WIDE
    console.print(_configured(settings, wide=wide))
    console.print("\nCards, for [bold]\\[models.NAME][/] tables:")
    console.print(_cards(wide=wide))


@app.command
def show(name: str, /, *, config_file: ConfigFile = None) -> None:
    """Tell all about a model or a card, and how to configure it.

    Args:
        name: A configured model, or a card, as `vitascope models list` shows them.
    """
    settings = config.load(config_file)
    model = settings.resolve_model(name)
    if model is None and name not in names():
        raise ConfigError(f"There is neither a model nor a card {name!r}. {_choices(settings)}")
    if model is None:
        model = DiffusersSettings(card=name)
        lines = _toml("sora-2", model)
    else:
        lines = _toml(name, model)
    console = screen()
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for title, value in _facts(name, model, capabilities_of(model)):
        grid.add_row(title, Text(value))
    console.print(grid)
    console.print(Text(f"\n{lines}", style="cyan"))


@app.command
def pull(
    name: str,
    /,
    *,
    source: str | None = None,
    quality: QualityName | None = None,
    config_file: ConfigFile = None,
) -> None:
    """Fetch a model's weights from the hub, as far as they are not here yet.

    Args:
        name: A configured model, or a card.
        source: Another hub id to fetch the weights from, for a card.
        quality: The tier whose own weights are fetched too, if it has any; of a configured model
            the one that it is configured with.
    """
    settings = config.load(config_file)
    target = target_of(settings, name, source, quality)
    if isinstance(target, Target):
        fetch(target, screen())
    else:
        screen().print(target)


def _configured(settings: Settings, *, wide: bool) -> Table:
    more = ("sound", "licence") if wide else ()
    listed = table("model", "engine", *OPERATIONS, *more)
    capabilities = capabilities_by_name(settings)
    for name in settings.model_names:
        model = settings.resolve_model(name)
        able = next(capabilities[key] for key, each in settings.models.items() if each == model)
        drawn_by = model.label if model else ""
        told = (able.sound, able.licence) if wide else ()
        listed.add_row(Text(name), drawn_by, *_marks(able), *told)
    return listed


def _cards(*, wide: bool) -> Table:
    more = ("sound", "download", "licence") if wide else ()
    listed = table("card", *OPERATIONS, "GPU memory", *more)
    for name in names():
        able = card_named(name).capabilities(DiffusersSettings(card=name))
        told = (able.sound, _gib(able), able.licence) if wide else ()
        listed.add_row(name, *_marks(able), _span(able), *told)
    return listed


def _marks(able: ModelCapabilities) -> Iterator[str]:
    for operation in OPERATIONS:
        yield "[green]✓[/]" if operation in able.operations else "[dim]·[/]"


def _span(able: ModelCapabilities) -> str:
    sizes = [gib for _plan, gib in able.memory_gib]
    return f"{min(sizes):g}-{max(sizes):g} GiB" if sizes else ""


def _gib(able: ModelCapabilities) -> str:
    return "" if able.download_gib is None else f"{able.download_gib:g} GiB"


def _facts(name: str, model: ModelSettings, able: ModelCapabilities) -> Iterator[tuple[str, str]]:
    yield "name", name
    yield "about", able.description
    yield "engine", " ".join(dict.fromkeys((model.engine, model.label)))
    yield "does", ", ".join(each for each in OPERATIONS if each in able.operations)
    yield "sound", _SOUND[able.sound]
    yield "draws", able.native
    yield "licence", " ".join(filter(None, (able.licence, able.licence_url)))
    if able.territory:
        yield "limits", able.territory
    if isinstance(model, DiffusersSettings):
        yield from _card_facts(card_named(model.card), model, able)


def _card_facts(
    card: Card, model: DiffusersSettings, able: ModelCapabilities
) -> Iterator[tuple[str, str]]:
    folder = where(card, model.source)
    gated = ", for those who accepted the licence there" if able.gated else ""
    yield "weights", f"{able.source} ({_gib(able) or 'size not known'}){gated}"
    yield "here", "not yet" if folder is None else str(folder)
    for plan in card.plans:
        tiled = ", decoded in tiles" if plan.tiling else ""
        yield f"plan {plan.plan}", f"{plan.gib:g} GiB of GPU memory{tiled}"
    for tier in ("draft", "standard", "high"):
        quality = card.quality[tier]
        worn = ", by adapters for few steps" if quality.distilled else ""
        yield tier, f"{quality.steps} steps, guidance {quality.guidance_scale:g}{worn}"
    if card.prompting:
        yield "prompts", card.prompting


def _toml(name: str, model: ModelSettings) -> str:
    """The table that configures a model; of TOML, JSON has what is needed."""
    key = name if name.replace("-", "").replace("_", "").isalnum() else json.dumps(name)
    fields = model.model_dump(exclude_unset=True, exclude_none=True)
    expand = fields.pop("expand", None)
    lines = [f"[models.{key}]", *_lines({"engine": model.engine, **fields})]
    if expand:
        lines += [f"[models.{key}.expand]", *_lines(expand)]
    return "\n".join(lines)


def _lines(fields: dict[str, object]) -> Iterator[str]:
    for name, value in fields.items():
        yield f"{name} = {json.dumps(value)}"


def _choices(settings: Settings) -> str:
    return f"Models: {', '.join(settings.models)}. Cards: {', '.join(names())}."
