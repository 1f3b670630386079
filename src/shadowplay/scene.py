"""The Scene: everything shadowplay understood of a prompt, before a single line is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from shadowplay.shot import Size

TimeOfDay = Literal["dawn", "day", "golden", "dusk", "night"]
Sky = Literal["clear", "cloudy", "overcast", "storm"]
Falling = Literal["none", "rain", "snow", "leaves", "petals", "hail", "sand"]
Move = Literal["drift", "pan", "push", "pull", "track", "rise", "sink", "handheld", "static"]
Action = Literal[
    "stand", "walk", "run", "fly", "swim", "sail", "drive", "sit", "perch", "dance", "jump", "glow",
    "lie", "kneel", "wave", "hug", "fight",
]  # fmt: skip
MOST = 12
"""The largest number of one kind of subject that a scene shows."""

CLIMBING = frozenset({"climb", "descend"})
"""Relations of one who goes up or down a thing."""

SIDES = {"left": -1, "right": 1}
"""Relations of those who are on one side of another, as the viewer sees them."""


class Deed(NamedTuple):
    """One thing that happens at a moment.

    Attributes:
        verb: a name in `deeds.toml`.
        start: when it begins on the scene's clock, in seconds.
        who, what, whom: the doer, the one it is done to and the one who gets it: actors of the
            cast, or empty.
    """

    verb: str
    start: float
    who: str = ""
    what: str = ""
    whom: str = ""


Mood = Literal["calm", "joyful", "melancholy", "tense", "wondrous"]


class Rgb(NamedTuple):
    """A colour in sRGB, 0 to 255 each."""

    red: int
    green: int
    blue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One kind of subject on stage.

    Attributes:
        actor: a name in `art.cast.ACTORS`, or of a prop of the art.
        count: how many of them, 1 to `MOST`.
        action: what they do; always one that the actor can.
        colour: the colour the prompt gives them, if it does ("a red balloon").
        leftward: they face and move to the left of the frame.
        place: where they are when the prompt says so ("on a roof", "in the sky"), or a deed
            takes them into "shallow" water, else None.
        relation: how they stand to another of the cast ("on", "under", "beside"), or empty.
        to: the `actor` of that other.
        acts: from when on they do what, and whether they go on their way then.
        text: the words that are written on it.
        wears: a hat of the art, and its colour if the prompt gives one.
        clothes: garments that the prompt or the weather names, and the prompt's colours.
        expression: what their faces show, such as "sad", or empty.
        size: how many times as large as others of their kind they are.
        lent: it is a tool of a deed, and the prompt does not name it.
        rider: the animal that rides or drives them, or empty.
        crew: how many are in each of them, or on it.
    """

    actor: str
    count: int = 1
    action: Action = "stand"
    colour: Rgb | None = None
    leftward: bool = False
    place: Literal["ground", "sky", "water", "shallow", "roof"] | None = None
    relation: str = ""
    to: str = ""
    acts: tuple[tuple[float, Action, bool], ...] = ()
    text: str = ""
    wears: tuple[str, Rgb | None] | None = None
    clothes: tuple[tuple[str, Rgb | None], ...] = ()
    expression: str = ""
    size: float = 1.0
    lent: bool = False
    rider: str = ""
    crew: int = 1

    @property
    def stays(self) -> bool:
        """Whether they never go on their way, whatever they do."""
        return bool(self.acts) and not any(goes for _, _, goes in self.acts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is to be seen and heard.

    Attributes:
        seed: drives every choice the prompt leaves open. Each element draws from its own generator
            (see `dice`), so that a changed word changes only what it names.
        setting: a name in the settings table.
        palette: a name in `palette.PALETTES`.
        wind: from -1 (gale to the left) to 1 (gale to the right).
        fog: 0 (none) to 1 (thick).
        asked: whether the prompt names the camera's move, which is then a large one.
        pan: which way the camera pans, or empty.
        angle: where the camera looks from: "low", "high", "aerial", "shoulder" or empty.
        close: the subject is wanted large.
        far: the subject is wanted small.
        earth: the colour that the prompt gives the place.
        moons: how many moons the prompt counts, or 0.
        paint: how the whole film is painted: a name in `retouch.painted.PAINTS`, or empty.
        lies: whether snow that falls lies on the ground; not where it begins during the film.
        amount: how much falls, as a factor.
        wet: how wet the ground is, from 0 to 1, where it is under water.
        waves: how high the waves are, as a factor.
        wonder: what shows in the sky: "rainbow", "aurora", "meteor" or empty.
        deeds: what happens, in order of time.
        unknown: words of the prompt that nothing was made of; for the job's log only.
    """

    prompt: str
    seed: int
    size: Size
    setting: str
    time: TimeOfDay
    palette: str
    cast: tuple[Role, ...]
    sky: Sky = "clear"
    falling: Falling = "none"
    wind: float = 0.15
    fog: float = 0.0
    move: Move = "drift"
    mood: Mood = "calm"
    asked: bool = False
    pan: str = ""
    angle: str = ""
    close: bool = False
    far: bool = False
    accent: Rgb | None = None
    earth: Rgb | None = None
    moons: int = 0
    paint: str = ""
    lies: bool = True
    amount: float = 1.0
    wet: float = 0.0
    waves: float = 1.0
    wonder: str = ""
    deeds: tuple[Deed, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def snowed(self) -> bool:
        """Whether the land is white with snow."""
        return self.falling == "snow" and self.lies
