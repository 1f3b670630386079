"""The library: which art there is, by name and by the words for it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import msgspec

from shadowplay.art import upright
from shadowplay.errors import ShadowplayError
from shadowplay.scene import TimeOfDay
from shadowplay.tables import load

Language = Literal["en", "de", "fr", "es", "it", "pt"]
LANGUAGES: tuple[str, ...] = get_args(Language)

T = TypeVar("T")
Heard = tuple[str, float]  # a sound, and every how many seconds it is heard

_ART = resources.files(__package__)
_FIGURES = _ART.joinpath("figures")
WINGED = "winged_"  # what the names of animals begin with that have wings besides
SECOND = "another_"  # what the name of another one begins with than who is named before
_folders: list[Traversable] = [_ART.joinpath("props")]


class Facts(msgspec.Struct, frozen=True):
    """What scenes need to know of a prop, a figure or a setting; its TOML may say more."""

    names: dict[Language, str]  # by language, the words and phrases for it, the most usual first
    place: tuple[str, ...] = ()  # the settings where it usually is
    hour: tuple[TimeOfDay, ...] = ()  # the times of day at which it is usually seen
    person: bool = False  # it can ride, sail and drive
    scenery: bool = False  # it is part of the place, such as a house, and stands behind the others
    parents: tuple[str, ...] = ()  # the figures whose young it is
    crewed: bool = False  # it shows those who are in it or on it, such as a bicycle's rider
    mates: dict[str, Any] = {}  # the layers of the first in it, and how far beside it others are
    alone: bool = False  # a vehicle for one, such as a bicycle
    rails: bool = False  # it runs on rails
    wire: bool = False  # it runs under a wire that its highest part touches
    of: tuple[str, ...] = ()  # the figures that it consists of, such as a couple
    # In a vehicle: the hat ("own" for its own head), its colour, and that of the coat.
    aboard: tuple[str, str, str] = ("", "", "")
    grove: int = 1  # how many stand in a place that is named after it: a birch wood has three
    worn: str = ""  # what those who are in it wear: "clothes" of its colour, or a drawing of a hat
    garments: dict[str, tuple[str, ...]] = {}  # by part, those that can have their own colour
    # The effect of `deeds.toml` that rises from it, and how far right and up in heights or metres.
    cloud: tuple[str, float, float] | None = None
    flock: str = ""  # how many of it fly together: in a "wedge", or as they come
    colours: tuple[str, ...] = ()  # those of several of a prop, one after the other
    colour: str = ""  # of its own when the prompt gives none, such as "#e8e2d4"
    season: dict[str, str] = {}  # by what falls, a colour that it has then, or another figure
    sound: str | tuple[str, float] = ""  # of its steps; of a prop, all the time, as those below
    drone: Heard | None = None  # while it moves
    call: Heard | None = None  # now and then
    used: Heard | None = None  # while somebody uses it
    music: str = ""  # the instrument that it is
    anchors: dict[str, Any] = {}  # by name, what they are for, and how
    motion: dict[str, Any] = {}  # by group of the drawing, how it moves
    lettering: Any = None  # where words can be written on it
    rests: str = ""  # the prop that it stands on in a room
    poured: str = ""  # the prop out of which that is poured which is in it
    grows: str = ""  # the prop that it hangs on for those who pick it
    there: dict[str, str] = {}  # by verb, figure, place or "walls" of rooms, the prop drawn instead
    team: str = ""  # the figure that draws it, such as a horse
    steps: bool = False  # it rises step by step, and one walks up and down it
    inside: str = ""  # of a building, the place in which those are who are in it
    deck: str = ""  # of a ship or a bridge, the place in which those are who are on it
    seat: str = ""  # what people sit on in a room who use a prop, or who name no seat in this place

    @property
    def means(self) -> frozenset[str]:
        """What its anchors are for."""
        return frozenset(about["is"] for about in self.anchors.values())


class Place(Facts, frozen=True, forbid_unknown_fields=True):
    """What the TOML of a setting says; pairs are of landscape and of portrait frames."""

    horizon: tuple[float, float] = (0.6, 0.62)  # where it lies, in parts of the height
    stage: tuple[float, float] = (0.85, 0.83)  # where the actors' feet stand, in the same way
    foreground: str = "grass"  # what passes near the camera, by its name in `foreground.toml`
    open_sky: bool = True  # sun, moon, clouds and stars can be seen
    weather: bool = True  # rain, snow or leaves can fall here
    sound: str = "meadow"  # what kind of place it sounds like
    shows: tuple[str, ...] = ()  # the props that its wall shows already
    landmark: str = ""  # the figure that it has always, such as a farm's barn
    town: bool = False  # it is named after towns, so that its streets are the place, too
    ground: str = ""  # the place of those who are on it: on a planet
    floodlit: bool = False  # lamps light those who are there in the dark
    like: str = ""  # another place whose tables it shares
    earth: str = ""  # the colour of its land by day
    layer: list[dict[str, Any]] = []  # outdoors, its planes from back to front
    floor: tuple[str, ...] = ()  # of a room, its colours, far and near
    unit: float = 0.01  # of a room, metres a unit of its drawing
    outside: str = ""  # of a room, the place that its windows show
    looks: list[dict[str, str]] = []  # of a room, other colours of its drawing, what is left out


_NOTHING, _NOWHERE = Facts({}), Place({})
_ROOM: dict[str, Any] = {
    "horizon": (0.725, 0.75), "stage": (0.89, 0.87), "foreground": "home", "weather": False,
    "sound": "room",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Card:
    """What the TOML of one prop, figure or setting says."""

    name: str
    folder: Traversable  # where it and the SVG of the same name are
    said: dict[str, Any]  # the whole table

    @property
    def is_place(self) -> bool:
        """Whether this is a setting: a floor with a wall, layers, or those of another one."""
        return not self.said.keys().isdisjoint(("floor", "layer", "like"))

    @cached_property
    def facts(self) -> Facts:
        """What scenes need to know."""
        return self.read(Facts)

    @cached_property
    def place(self) -> Place:
        """What a setting is like."""
        usual = _ROOM if "floor" in self.said else {}
        return replace(self, said=usual | self.said).read(Place)

    def read(self, kind: type[T]) -> T:
        """What the table says, as a type.

        Raises:
            ShadowplayError: `invalid_art`; it says it in another form.
        """
        try:
            return msgspec.convert(self.said, kind)
        except msgspec.ValidationError as error:
            message = f"{self.name}.toml can't be used: {error}."
            raise ShadowplayError("invalid_art", message) from error

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """By language, the words and phrases for it, the most usual first."""
        return {
            language: tuple(" ".join(phrase.lower().split()) for phrase in phrases.split(","))
            for language, phrases in self.facts.names.items()
        }

    @cached_property
    def looks(self) -> list[dict[str, Any]]:
        """How a figure's members may look, in turn: what is drawn in place of which drawing."""
        known, drawings = self.said.get("looks", {}), self.said.get("art", [self.name])
        return next((known[name] for name in drawings if name in known), [{}])

    def drawing(self, name: str = "") -> str:
        """The text of its SVG, or of another one beside that."""
        return self.folder.joinpath(f"{name or self.name}.svg").read_text(encoding="utf-8")


def use(folder: Path) -> None:
    """Add a folder of props and settings; its art goes before that of the same name."""
    if folder not in _folders:
        _folders.append(folder)
        _forget_cards()


def forget(folder: Path) -> None:
    """Take a folder away that `use` added."""
    _folders.remove(folder)
    _forget_cards()


def folders() -> tuple[Traversable, ...]:
    """Where art is: in the package, then in the folders that `use` added."""
    return (_ART, *_folders[1:])


def _forget_cards() -> None:
    for found in (_all, cards, names, settings, places_named):
        found.cache_clear()


@cache
def _all() -> tuple[Card, ...]:
    """All cards: the package's settings and props, then those of the folders that `use` added."""
    return tuple(
        card for folder in (_ART.joinpath("settings"), *_folders) for card in _cards_of(folder)
    )


def _cards_of(folder: Traversable) -> Iterator[Card]:
    """The cards of all TOML files of a folder, in the order of their names.

    Raises:
        ShadowplayError: `invalid_art`; a TOML can't be read.
    """
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            try:
                said = tomllib.loads(file.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise ShadowplayError("invalid_art", f"{file.name} is no TOML: {error}.") from error
            yield Card(file.name.removesuffix(".toml"), folder, said)


@cache
def cards() -> dict[str, Card]:
    """All props by name, without their drawings."""
    return {card.name: card for card in _all() if not card.is_place}


@cache
def settings() -> dict[str, Card]:
    """All settings by name."""
    return _shared(card for card in _all() if card.is_place)


@cache
def places_named(language: str) -> dict[tuple[str, ...], str]:
    """The words for all settings in a language, and which each names."""
    return _named(settings().values(), language)


@cache
def names(language: str) -> dict[tuple[str, ...], str]:
    """The words for all figures and props in a language, and which each names; props win."""
    return _named((*figures().values(), *cards().values()), language)


def _named(cards: Iterable[Card], language: str) -> dict[tuple[str, ...], str]:
    # Other languages join two words by an apostrophe: "l'arbre".
    joint = "'" if language == "en" else " "
    return {
        tuple(phrase.replace("'", joint).split()): card.name
        for card in cards
        for phrase in card.names.get(language, ())
    }


def has(name: str) -> bool:
    """Whether there is a prop of that name."""
    return first(name) in cards()


def first(name: str) -> str:
    """The name of the first one of a kind: the same, if it is no second one's."""
    while name.startswith(SECOND):
        name = name.removeprefix(SECOND)
    return name


@cache
def figures() -> dict[str, Card]:
    """The figures by name, each with what it shares with the one that it is `like`."""
    return _shared(_cards_of(_FIGURES))


@cache
def figure(name: str) -> Card | None:
    """A figure, which may be an animal on two legs, one with wings, or a second one of a kind."""
    if (bare := first(name)) != name and (card := figure(bare)):
        return replace(card, name=name, said={"art": [bare], **card.said})
    bare = name.removeprefix(WINGED)
    beast = figures().get(bare) if bare != name else None
    limbs = {*beast.said.get("legs", ()), *beast.said["bones"]} if beast else set()
    if beast and {"fn", "chest"} <= limbs and "wing" not in beast.said:
        wings = load("art/winged.toml", dict[str, Any])
        wings["art"] = [*beast.said.get("art", [bare]), "feathered_wings"]
        wings["order"] = ["far_wing", *beast.said["order"], "wing"]
        return replace(beast, name=name, said=_joined(beast.said, wings))
    animal = figures().get(upright.beast_of(name))
    if name in figures() or animal is None or not animal.said.get("upright"):
        return figures().get(name)
    youth = figures()["youth"]
    worn = figures().get(name.partition(upright.DRESSED)[2], youth)
    clad = worn if worn.said.get("art", [""])[0] in upright.BODIES else youth
    said = _joined(clad.said, load("art/upright.toml", dict[str, Any]))
    own = {"head_of": animal.name, "height": animal.said["upright"], "names": {}}
    own |= {"art": said.get("art", ["youth"]), "place": animal.said.get("place", ())}
    coat = clad.said["coat"] | upright.furs(animal.said) | {"hand": "head", "shoe": "head"}
    return replace(animal, name=name, said=said | own | {"coat": coat})


def _shared(cards: Iterable[Card]) -> dict[str, Card]:
    """Cards by name, each with what it shares with the one that it is `like`."""
    own = {card.name: card for card in cards}

    def whole(name: str) -> dict[str, Any]:
        said = own[name].said
        like = said.get("like")
        if like is None:
            return said
        if like not in own:
            message = f"{name} is like {like}, which is not there."
            raise ShadowplayError("invalid_art", message)
        return _like(whole(like), said)

    return {name: replace(card, said=whole(name)) for name, card in own.items()}


def _like(base: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """What one figure shares with another, and its own.

    Lengths grow with its height, times with the root of that.
    Source: Alexander, Jayes: A dynamic similarity hypothesis for the gaits of quadrupedal mammals,
    1983.
    """
    own = ("art", "unit", "kinds", "stature")
    shared = {key: value for key, value in base.items() if key not in own}
    if stature := said.get("stature"):  # a pose of one with other legs
        shared["pose"] = _scaled(base["pose"], {"x": stature, "y": stature})
    if "height" in said:
        size = said["height"] / base["height"]
        grow = dict.fromkeys(("lift", "bob", "sink", "rise"), size)
        grow |= dict.fromkeys(("speed", "cycle"), math.sqrt(size))
        shared["action"] = _scaled(base["action"], grow)
    return _joined(shared, said)


def _scaled(tables: dict[str, dict[str, Any]], grow: Mapping[str, float]) -> dict[str, Any]:
    """Tables of which some numbers grow, by the last part of their names."""
    return {
        name: {
            key: value * grow[end] if (end := key.rpartition(".")[2]) in grow else value
            for key, value in table.items()
        }
        for name, table in tables.items()
    }


def _joined(base: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Two tables as one, table by table; the second wins, and an empty table removes one."""
    made = base | said
    for key, value in said.items():
        if value == {}:
            del made[key]
        elif isinstance(value, dict) and isinstance(base.get(key), dict) and key != "names":
            made[key] = _joined(base[key], value)
    return made


@cache
def young() -> dict[str, str]:
    """The figures of animals' young, by the figure of a parent."""
    return {one: name for name, card in figures().items() for one in card.facts.parents}


def facts(name: str) -> Facts:
    """What is known of a prop or a figure; nothing of other names."""
    card = cards().get(first(name)) or figure(name)
    return card.facts if card else _NOTHING


def place(name: str) -> Place:
    """What is known of a setting; nothing of other names."""
    card = settings().get(name)
    return card.place if card else _NOWHERE


def held(name: str) -> str:
    """The prop that a figure's word means when somebody holds it, such as a toy balloon."""
    return next((card.name for card in cards().values() if name in card.said.get("held", ())), name)
