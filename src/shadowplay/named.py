"""Named: what a prompt says of subjects, places and deeds, before anything is filled in."""

from __future__ import annotations

from dataclasses import dataclass, field

from shadowplay.art import library


@dataclass(slots=True)
class Named:
    """One subject a prompt names.

    Attributes:
        actor: which figure.
        count: how many, 0 when the prompt gives a plural without a number.
        colour: its colour as `#rrggbb`, or empty.
        action: what it does, or empty.
        place: where it is, or empty.
        relation: how it stands to another subject, or empty.
        to: the `actor` of that other.
        joined: "and" stands between it and the subject before.
        text: the words that are written on it.
        wears: a hat of the art and its colour, which may be empty; or nothing.
        clothes: garments of a colour of their own, and the colours.
        acts: what it does later: turn, the second at which its step begins, action.
    """

    actor: str
    count: int = 1
    colour: str = ""
    action: str = ""
    place: str = ""
    relation: str = ""
    to: str = ""
    joined: bool = False
    text: str = ""
    wears: tuple[str, str] | None = None
    clothes: dict[str, str] = field(default_factory=dict)
    acts: list[tuple[int, float, str]] = field(default_factory=list)

    def dye(self, garment: str, colour: str) -> None:
        """Colour one of its garments, or all of it if it has no such garment."""
        if any(garment in worn for worn in library.facts(self.actor).garments.values()):
            self.clothes[garment] = colour
        else:
            self.colour = colour


@dataclass(slots=True)
class Done:
    """One thing that happens.

    Attributes:
        verb: a name in `deeds.toml`.
        turn: which of those it is that follow one another.
        since: the second of the film at which its step of the script begins.
        who, what, whom: the doer, the one it is done to and the one who gets it.
    """

    verb: str
    turn: int = 0
    since: float = 0.0
    who: str = ""
    what: str = ""
    whom: str = ""


@dataclass(slots=True)
class Reading:
    """What a prompt says; whatever it is silent about is empty."""

    roles: list[Named] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    """By kind (`setting`, `time`, `sky`, `falling`, `wind`, `fog`, `move`, `mood`, `style`,
    `accent`, `close`, `side`): the value."""
    removed: set[str] = field(default_factory=set)
    """Values that the prompt says not to show."""
    action: str = ""
    """An action that no subject claims."""
    unknown: list[str] = field(default_factory=list)
    deeds: list[Done] = field(default_factory=list)

    def rename(self, old: str, new: str) -> None:
        """Let what is said of one subject hold for the one that takes its place."""
        for role in self.roles:
            role.to = new if role.to == old else role.to
        for deed in self.deeds:
            deed.who = new if deed.who == old else deed.who
            deed.what = new if deed.what == old else deed.what
            deed.whom = new if deed.whom == old else deed.whom

    def begin(self, second: float) -> None:
        """Let all that happens begin with a step of the script."""
        for deed in self.deeds:
            deed.since = second
        for role in self.roles:
            role.acts = [(turn, second, action) for turn, _, action in role.acts]
