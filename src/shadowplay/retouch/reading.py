"""Reading an edit's prompt, phrase by phrase, into what can be done to a film."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

from shadowplay.errors import ShadowplayError, unread
from shadowplay.scene import TimeOfDay
from shadowplay.tables import load, phrases_of

_SAID = load("retouch/lexicon.toml", dict[str, dict[str, Any]])
_BRINGS, _SEEN = _SAID.pop("brings"), _SAID.pop("seen")
_ABILITIES: str = _SAID.pop("refusal")["abilities"]

_TOKEN = re.compile(r"[^\W_]+(?:['’&-][^\W_]+)*|[.,;:!?&]")
_RATE = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)\s*(x|×|times|%|percent)(?=\W|$)\s*"
    r"((?:slow|fast|quick)\w*(?:[- ]mo(?:tion)?\b)?|(?:of\s+(?:the\s+)?)?\w*\s*speed\w*)?",
    re.I,
)
_PACE = re.compile(r"slow(er|ed)?[- ]?(mo(tion)?)?\b|fast(er)?( motion)?\b", re.I)
_SECONDS = re.compile(
    r"(?:over|for|lasting|in|of)\s+(?:the\s+(?:first|last)\s+)?(\d+(?:\.\d+)?)\s*-?s(?:ec(?:ond)?s?)?\b",
    re.I,
)
_FREEZE = 2.0  # seconds for which the last picture stays where none are named
_MORE_OR_LESS = {1.0: "more", -1.0: "less"}
_ARTICLES = frozenset({"the", "a", "any", "its", "all"})
_SIGNED = frozenset({"brightness", "contrast", "warmth", "saturation", "volume"})
_SKIES_HIDDEN = frozenset({"rain", "snow", "fog", "lightning"})


class Fade(NamedTuple):
    """A picture that comes out of a plain colour, or goes into it."""

    colour: Literal["black", "white"] = "black"
    seconds: float = 1.0


@dataclass(slots=True)
class Edit:
    """What was understood of an edit's prompt."""

    prompt: str  # the words themselves
    time: TimeOfDay | Literal[""] = ""  # a row of `looks.toml`, as are season and style
    season: str = ""
    style: str = ""
    tones: list[str] = field(default_factory=list)  # colours that the whole picture is held in
    # everything that is done or not, or more or less: its strength by its name; 1 is plain and,
    # for what has two directions, -1 plainly the other way
    effects: dict[str, float] = field(default_factory=dict)
    fades: dict[Literal["in", "out"], Fade] = field(default_factory=dict)
    speed: float = 1.0  # how many seconds of the film are shown in one
    freeze: float = 0.0  # seconds for which its last picture stays
    notes: list[str] = field(default_factory=list)  # for the job's log

    def strength(self, effect: str) -> float:
        """How much of an effect is wanted; 0 for none."""
        return self.effects.get(effect, 0.0)


class EditWord(NamedTuple):
    """A phrase, and what it stands for."""

    kind: str  # the table it is in, or "unknown"; of the table `word`, its row
    value: str  # the name that edits use
    strength: float = 1.0  # of an effect, a speed or what changes them
    text: str = ""  # the phrase as it is in a prompt


_ROWS = {f"{table} {row} 1": said for table, rows in _SAID.items() for row, said in rows.items()}
LEXICON = {
    phrase: EditWord(name if table == "word" else table, name, float(strength))
    for phrase, key in phrases_of(_ROWS).items()
    for table, name, strength, *_ in [key.split()]
}
"""What every phrase stands for, by its words."""

_LONGEST = max(map(len, LEXICON))  # how many words the longest phrase has


def read_edit(prompt: str) -> Edit:
    """Understand what an edit's prompt asks for.

    Raises:
        ShadowplayError: `edit_not_understood`; nothing in it is something that can be done.
    """
    reader = _Reader(prompt)
    edit = reader.edit
    rest = _RATE.sub(reader.take_rate, prompt.replace("’", "'"))
    if edit.speed != 1:
        rest = _PACE.sub(" ", rest)
    for clause in _clauses(_SECONDS.sub(" ", rest)):
        reader.read(clause)
    reader.imply()
    stays = reader.what_stays()
    if edit == Edit(prompt):
        reason = stays or "The prompt names no change that can be made to this film."
        raise ShadowplayError("edit_not_understood", f"{reason} {_ABILITIES}")
    edit.speed = min(8.0, max(0.125, edit.speed))
    edit.notes = [*unread(reader.unknown), *([stays] if stays else [])]
    return edit


def _clauses(text: str) -> list[list[EditWord]]:
    """The longest known phrases from left to right, and unknown words by themselves."""
    words = [word.lower() for word in _TOKEN.findall(text)]
    clauses: list[list[EditWord]] = [[]]
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            phrase = tuple(words[at : at + length])
            if phrase in LEXICON:
                break
        word = LEXICON.get(phrase, EditWord("unknown", ""))
        if words[at] in ".,;:!?" or word.kind == "break":
            clauses.append([])
        else:
            clauses[-1].append(word._replace(text=" ".join(phrase)))
        at += length
    return [clause for clause in clauses if clause]


class _Reader:
    """What was read so far; a modifier holds for the wish that follows it in its clause."""

    def __init__(self, prompt: str) -> None:
        self.edit = Edit(prompt)
        self.unknown: list[str] = []
        found = _SECONDS.search(prompt)
        self._seconds = float(found[1]) if found else 0.0
        self._refused: set[str] = set()
        self._factor, self._sign = 1.0, 0.0
        self._denied = self._kept = self._tints = False
        self._before = (False, False)  # whether the last clause denied or kept what is seen
        self._last = ""  # what the clause asked for last

    def take_rate(self, found: re.Match[str]) -> str:
        """Take a speed that is given as a number; what stands for it in the prompt."""
        number, how = float(found[1]), (found[3] or "").lower()
        if found[2].lower() in ("%", "percent"):
            if not how:
                return found[0]
            number /= 100
            if not how.endswith("speed"):
                number = 1 - min(number, 0.9) if how.startswith("slow") else 1 + number
        elif how.startswith("slow") and number > 1:
            number = 1 / number  # "2x slow motion" and "0.5x" both mean half the speed
        if number > 0:
            self.edit.speed = number
        return " ; "

    def read(self, clause: list[EditWord]) -> None:
        """Take all that a clause asks for."""
        said = [word for word in clause if word.text not in _ARTICLES]
        # "Keep" and "no" hold on in lists: keep the rain and the snow, no rain and no snow.
        goes_on = len(said) == 1 and said[0].value in _SEEN
        self._denied, self._kept = self._before if goes_on else (False, False)
        self._before = (False, False)
        self._factor, self._sign, self._last = 1.0, 0.0, ""
        # Colours are meant for the whole picture, not for some thing in it.
        kinds = {word.kind for word in clause}
        self._tints = "tone" in kinds or "unknown" not in kinds
        for word in clause:
            match word.kind:
                case "unknown":
                    self._pass_over(word)
                case "factor":
                    self._factor = word.strength
                case "sign":
                    self._sign = word.strength
                case "not":
                    self._denied = True
                case "keep":
                    self._kept = True
                case "either" | "filler" | "tone":
                    pass
                case _:
                    self._wish(word)
                    self._factor, self._sign = 1.0, 0.0

    def _pass_over(self, word: EditWord) -> None:
        # "Remove the man in the rain" denies the man, not the rain.
        self._denied = self._kept = False
        if len(word.text) > 2 and word.text not in self.unknown:
            self.unknown.append(word.text)

    def _wish(self, word: EditWord) -> None:
        """Take a wish, unless it is to keep or to leave out what it names."""
        kind, name = word.kind, word.value
        self._before = (self._denied and name in _SEEN, self._kept)
        if self._kept:
            if name == "colours":
                self._refused.add("toning")
        elif kind == "noun":
            how = "no" if self._denied else _MORE_OR_LESS.get(self._sign, "")
            if found := LEXICON.get((how, name)):
                self._grant(found, 1)
        elif self._denied or (kind == "effect" and self._sign < 0 and name not in _SIGNED):
            self._refused.add(name)
        elif kind == "colour" and not self._tints:
            self._pass_over(word)
        else:
            self._grant(word, self._sign or 1)

    def _grant(self, word: EditWord, sign: float) -> None:
        edit, (kind, name, strength, _) = self.edit, word
        match kind:
            case "colour":
                edit.tones = [*edit.tones, name][:2]
            case "time" | "season" | "style":
                setattr(edit, kind, name)
            case "speed":
                edit.speed = strength * (self._factor if strength > 1 else 1 / self._factor)
            case "fade":
                ends, colour = name.split("-")
                for end in ends.split("+"):
                    edit.fades[cast("Any", end)] = Fade(cast("Any", colour), self._seconds or 1.0)
            case _:
                if name == "freeze":
                    edit.freeze = self._seconds or _FREEZE
                if name == "flipped" and self._last == "mirrored":
                    del edit.effects["mirrored"]  # "flip it vertically" is one wish
                edit.effects[name] = strength * self._factor * sign
        self._last = name

    def imply(self) -> None:
        """Add what wishes bring with them, and take away what was refused."""
        edit, effects = self.edit, self.edit.effects
        if "stars" in effects:
            edit.time = edit.time or "night"
        brought: dict[str, float] = {}
        for name in (edit.time, edit.season, edit.style, *effects):
            for effect, strength in _BRINGS.get(name, {}).items():
                much = strength * effects.get(name, 1.0)
                brought[effect] = max(much, brought.get(effect, 0.0))
        if _SKIES_HIDDEN & effects.keys():
            brought.pop("stars", None)
        edit.effects = effects = brought | effects
        coloured = edit.tones or edit.style or edit.time
        if "old_film" in effects and "toning" not in self._refused and not coloured:
            edit.style = "sepia"
        for refused in self._refused & effects.keys():
            del effects[refused]
            self._refused.discard(refused)

    def what_stays(self) -> str:
        """Why what is in the film already stays in it; empty if nobody wants it gone."""
        things = " or ".join(sorted(_SEEN[name] for name in self._refused & _SEEN.keys()))
        why = f"What is already in a film, such as {things}, can't be taken out of it."
        return why if things else ""
