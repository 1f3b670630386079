"""`vitascope models`: lists models and cards, describes one, downloads its weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from cyclopts import App
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vitascope import config
from vitascope.cli.common import ConfigFile, screen, table
from vitascope.cli.doctor import machine
from vitascope.cli.doctor.models import weights_folder
from vitascope.config import Settings
from vitascope.engines.diffusers.card import Card, QualityName
from vitascope.engines.diffusers.cards import card_named, names, own_names
from vitascope.engines.diffusers.families import family_names
from vitascope.engines.diffusers.hub import fetched
from vitascope.engines.diffusers.kernels import fetch_kernels
from vitascope.engines.diffusers.settings import DiffusersSettings, FileSettings
from vitascope.engines.registry import capabilities_by_name, capabilities_of
from vitascope.errors import ConfigError
from vitascope.model_settings import OPERATIONS, ModelCapabilities, ModelSettings

app = App(name="models", help="List models, describe them, and download their weights.")

_WIDE = 130
"""Minimum width in columns of lists that also show licences."""

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
    console.print(_cards(settings, wide=wide))


@app.command
def check(card: str, /, *, config_file: ConfigFile = None) -> None:
    """Read a card and say what is wrong with it, or which memory plans follow from it.

    Args:
        card: The name of a card, one of your own among them, or the path of a card's file.
    """
    settings = config.load(config_file)
    found = card_named(_card_file(settings, card))
    if found.family not in family_names():
        raise ConfigError(
            f"The card {found.name!r} is not right: there is no family {found.family!r}. There "
            f"are: {', '.join(family_names())}."
        )
    screen().print(f"The card {found.name} is right. By its sizes it has these memory plans:")
    for plan in found.plans:
        tiled = ", decoding in tiles" if plan.tiling else ""
        screen().print(f"  {plan.plan}: {plan.gib:g} GiB{tiled}", markup=False)


@app.command
def show(name: str, /, *, config_file: ConfigFile = None) -> None:
    """Describe a model or a card, and how to configure it.

    Args:
        name: A configured model, or a card, as `vitascope models list` shows them.
    """
    settings = config.load(config_file)
    model = settings.resolve_model(name)
    if model is None and name not in (*own_names(settings.cards), *names()):
        raise ConfigError(f"There is neither a model nor a card {name!r}. {_choices(settings)}")
    if model is None:
        model = DiffusersSettings(card=_card_file(settings, name))
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
    """Download a model's weights from the hub, if they are not on this machine yet.

    Args:
        name: A configured model, or a card.
        source: For a card: another hub id to download from.
        quality: The tier whose own weights are downloaded too, if it has any; for a configured
            model the configured one.
    """
    settings = config.load(config_file)
    target = _target_of(settings, name, source, quality)
    if isinstance(target, _Target):
        _fetch(target, screen())
    else:
        screen().print(target)


@dataclass(frozen=True, slots=True)
class _Target:
    """What to download.

    Attributes:
        card: whose weights.
        source: a hub id or a folder in place of the card's own hub id.
        quality: the tier whose own weights are downloaded, too.
        files: further files that the configuration names.
        replaced: parts whose weights are in single files of the configuration.
    """

    card: Card
    source: str | None
    quality: QualityName | None = None
    files: tuple[FileSettings, ...] = ()
    replaced: tuple[str, ...] = ()


def _target_of(
    settings: Settings, name: str, source: str | None, quality: QualityName | None = None
) -> _Target | str:
    """What to download for a configured model or a card, or a sentence why there is nothing.

    Raises:
        ConfigError: there is neither a model nor a card of that name.
    """
    model = settings.resolve_model(name)
    if model is None and name in (*own_names(settings.cards), *names()):
        return _Target(card_named(_card_file(settings, name)), source, quality)
    if model is None:
        raise ConfigError(
            f"There is neither a model nor a card {name!r}. `vitascope models list` shows them."
        )
    if not isinstance(model, DiffusersSettings):
        return f"{name} is rendered by {model.engine}, which needs no weights here."
    return _Target(
        card_named(model.card),
        source or model.source,
        quality or model.quality,
        model.small_files,
        tuple(model.files),
    )


def _fetch(target: _Target, console: Console) -> None:
    """Download the weights and show the progress on stderr.

    Raises:
        ConfigError: the extra is not installed.
        JobError: the download failed; the sentence says what to do.
    """
    card = target.card
    source = target.source or card.source
    if not machine.has_extra():
        raise ConfigError(
            f"The weights of {card.name} can only be used with the extra. Install it first: "
            f"{machine.INSTALL}"
        )
    if card.territory:
        console.print(f"Limits: {card.territory}", markup=False)
    console.print(f"Fetching {source} ({card.licence}) …", markup=False)
    if card.distillation is not None:
        extra = f"{card.distillation.source} ({card.distillation.licence})"
        console.print(f"With adapters for few steps from {extra}.", markup=False)
    folder = fetched(card, target.source, target.quality, target.files, target.replaced)
    console.print(f"The weights are at {folder}", markup=False)
    chips = {gpu.chip for gpu in machine.gpus_by_driver() if gpu.chip is not None}
    for line in fetch_kernels(card, sorted(chips)):
        console.print(line, markup=False)


def _configured(settings: Settings, *, wide: bool) -> Table:
    more = ("sound", "licence") if wide else ()
    listed = table("model", "engine", *OPERATIONS, *more)
    capabilities = capabilities_by_name(settings)
    for name in settings.model_names:
        model = settings.resolve_model(name)
        able = next(capabilities[key] for key, each in settings.models.items() if each == model)
        label = model.label if model else ""
        cells = (able.sound, able.licence) if wide else ()
        listed.add_row(Text(name), label, *_marks(able), *cells)
    return listed


def _card_file(settings: Settings, name: str) -> str:
    """A card's name, or the path of its file where it is one of the user's own."""
    own = settings.cards is not None and name in own_names(settings.cards)
    return f"{settings.cards}/{name}.toml" if own else name


def _cards(settings: Settings, *, wide: bool) -> Table:
    more = ("sound", "download", "licence") if wide else ()
    listed = table("card", *OPERATIONS, "GPU memory", *more)
    for name in dict.fromkeys((*own_names(settings.cards), *names())):
        card = _card_file(settings, name)
        able = card_named(card).capabilities(DiffusersSettings(card=card))
        cells = (able.sound, _gib(able), able.licence) if wide else ()
        listed.add_row(name, *_marks(able), _span(able), *cells)
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
    folder = weights_folder(card, model.source)
    gated = ", after you accepted the licence there" if able.gated else ""
    yield "weights", f"{able.source} ({_gib(able) or 'size not known'}){gated}"
    yield "here", "not yet" if folder is None else str(folder)
    for plan in card.plans:
        tiled = ", decoded in tiles" if plan.tiling else ""
        yield f"plan {plan.plan}", f"{plan.gib:g} GiB of GPU memory{tiled}"
    for tier in ("draft", "standard", "high"):
        quality = card.quality[tier]
        adapters = ", by adapters for few steps" if quality.distilled else ""
        yield tier, f"{quality.steps} steps, guidance {quality.guidance_scale:g}{adapters}"
    if card.prompting:
        yield "prompts", card.prompting


def _toml(name: str, model: ModelSettings) -> str:
    """The TOML table that configures a model; JSON's values are valid TOML here."""
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
    cards = ", ".join(dict.fromkeys((*own_names(settings.cards), *names())))
    return f"Models: {', '.join(settings.models)}. Cards: {cards}."
