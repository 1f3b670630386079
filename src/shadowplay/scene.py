"""The Scene: everything shadowplay understood of a prompt, before a single line is drawn."""

from dataclasses import dataclass, field
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
MOST = 12  # the largest number of one kind of subject that a scene shows
CLIMBING = frozenset({"climb", "descend"})  # relations of one who goes up or down a thing

SIDES = {"left": -1, "right": 1}
"""Relations of those who are on one side of another, as the viewer sees them."""


class Deed(NamedTuple):
    """One thing that happens at a moment."""

    verb: str  # a name in `deeds.toml`
    start: float  # when it begins on the scene's clock, in seconds
    who: str = ""  # the doer, an actor of the cast, or empty
    what: str = ""  # the one it is done to
    whom: str = ""  # the one who gets it


Mood = Literal["calm", "joyful", "melancholy", "tense", "wondrous"]


class Rgb(NamedTuple):
    """A colour in sRGB, 0 to 255 each."""

    red: int
    green: int
    blue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One kind of subject on stage."""

    actor: str  # a name in `art.cast.ACTORS`, or of a prop of the art
    count: int = 1  # how many of them, 1 to `MOST`
    action: Action = "stand"  # what they do; always one that the actor can
    colour: Rgb | None = None  # the colour the prompt gives them, if it does ("a red balloon")
    leftward: bool = False  # they face and move to the left of the frame
    # where they are when the prompt says so ("on a roof", "in the sky"), or a deed takes them into
    # "shallow" water, else None
    place: Literal["ground", "sky", "water", "shallow", "roof"] | None = None
    relation: str = ""  # how they stand to another of the cast ("on", "under", "beside"), or empty
    to: str = ""  # the `actor` of that other
    # from when on they do what, and whether they go on their way then
    acts: tuple[tuple[float, Action, bool], ...] = ()
    text: str = ""  # the words that are written on it
    wears: tuple[str, Rgb | None] | None = None  # a hat of the art, and the prompt's colour of it
    clothes: tuple[tuple[str, Rgb | None], ...] = ()  # garments, and the prompt's colours of them
    expression: str = ""  # what their faces show, such as "sad", or empty
    size: float = 1.0  # how many times as large as others of their kind they are
    lent: bool = False  # it is a tool of a deed, and the prompt does not name it
    rider: str = ""  # the animal that rides or drives them, or empty
    crew: int = 1  # how many are in each of them, or on it

    @property
    def stays(self) -> bool:
        """Whether they never go on their way, whatever they do."""
        return bool(self.acts) and not any(goes for _, _, goes in self.acts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is to be seen and heard."""

    prompt: str
    # drives every choice the prompt leaves open. Each element draws from its own generator (see
    # `dice`), so that a changed word changes only what it names.
    seed: int
    size: Size
    setting: str  # a name in the settings table
    time: TimeOfDay
    palette: str  # a name in `palette.PALETTES`
    cast: tuple[Role, ...]
    sky: Sky = "clear"
    falling: Falling = "none"
    wind: float = 0.15  # from -1 (gale to the left) to 1 (gale to the right)
    fog: float = 0.0  # 0 (none) to 1 (thick)
    move: Move = "drift"
    mood: Mood = "calm"
    asked: bool = False  # whether the prompt names the camera's move, which is then a large one
    pan: str = ""  # which way the camera pans, or empty
    angle: str = ""  # where the camera looks from: "low", "high", "aerial", "shoulder" or empty
    close: bool = False  # the subject is wanted large
    far: bool = False  # the subject is wanted small
    accent: Rgb | None = None
    earth: Rgb | None = None  # the colour that the prompt gives the place
    moons: int = 0  # how many moons the prompt counts, or 0
    paint: str = ""  # how the whole film is painted: a name in `retouch.painted.PAINTS`, or empty
    lies: bool = True  # snow that falls lies on the ground; not where it begins during the film
    amount: float = 1.0  # how much falls, as a factor
    wet: float = 0.0  # how wet the ground is, from 0 to 1, where it is under water
    waves: float = 1.0  # how high the waves are, as a factor
    wonder: str = ""  # what shows in the sky: "rainbow", "aurora", "meteor" or empty
    deeds: tuple[Deed, ...] = ()  # what happens, in order of time
    # words of the prompt that nothing was made of; for the job's log only
    unknown: tuple[str, ...] = field(default=(), compare=False)

    @property
    def snowed(self) -> bool:
        """Whether the land is white with snow."""
        return self.falling == "snow" and self.lies
