"""The Edit: what a prompt asks to be done to a film that this engine did not draw."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from shadowplay.scene import Rgb, TimeOfDay


class Fade(NamedTuple):
    """A picture that comes out of a plain colour, or goes into it."""

    colour: Literal["black", "white"] = "black"
    seconds: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What was understood of an edit's prompt."""

    prompt: str  # the words themselves
    time: TimeOfDay | None = None
    season: str | None = None  # a row of `looks.toml`, as is the style
    style: str | None = None
    tones: tuple[Rgb, ...] = ()  # colours that the whole picture is to be held in, at most two
    # everything that is more or less: its strength by its name; 1 is plain and, for what has two
    # directions, -1 plainly the other way
    effects: dict[str, float] = field(default_factory=dict)
    speed: float = 1.0  # how many seconds of the film are shown in one
    backwards: bool = False
    boomerang: bool = False  # it is shown forwards and then backwards
    freeze: float = 0.0  # seconds for which its last picture stays
    mirrored: bool = False
    flipped: bool = False
    turned: bool = False  # the picture is turned upside down, as by half a turn
    fade_in: Fade | None = None
    fade_out: Fade | None = None
    mute: bool = False
    sound_fade_in: bool = False  # the sound begins from silence; `sound_fade_out` ends in it
    sound_fade_out: bool = False
    notes: tuple[str, ...] = ()  # remarks for the job's log, such as wishes that can't be granted

    def strength(self, effect: str) -> float:
        """How much of an effect is wanted; 0 for none."""
        return self.effects.get(effect, 0.0)
