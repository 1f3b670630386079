"""Reading an edit's prompt, phrase by phrase, into what can be done to a film."""

import re
from typing import Any, NamedTuple, cast

from shadowplay import colour
from shadowplay.errors import ShadowplayError
from shadowplay.retouch.edit import Edit, Fade
from shadowplay.retouch.looks import LOOKS
from shadowplay.scene import Rgb
from shadowplay.tables import load, phrases_of

ABILITIES: str = LOOKS["refusal"]["abilities"]
"""What can be asked for, in the words of those who ask."""

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
_RATES = (0.125, 8.0)
_FREEZE = 2.0  # seconds for which the last picture stays where none are named
_FACTORS = {"much": 1.5, "little": 0.5}
_SIGNS = {"more": 1, "less": -1}
_ARTICLES = frozenset({"the", "a", "any", "its", "all"})
_SIGNED = frozenset({"brightness", "contrast", "warmth", "saturation", "volume"})
_SKIES_HIDDEN = frozenset({"rain", "snow", "fog", "lightning"})


class EditWord(NamedTuple):
    """What a phrase stands for."""

    kind: str  # the table it is in; of the table `word`, its row
    value: str  # the name that edits use
    strength: float = 1.0  # of an effect or a speed


def _load() -> dict[tuple[str, ...], EditWord]:
    """All phrases with their entries; a later row does not overwrite an earlier one."""
    lexicon: dict[tuple[str, ...], EditWord] = {}
    for table, rows in load("retouch/lexicon.toml", dict[str, dict[str, str]]).items():
        for phrase, row in phrases_of(rows).items():
            name, _, strength = row.partition(" ")
            kind = name if table == "word" else table
            lexicon.setdefault(phrase, EditWord(kind, name, float(strength or 1)))
    return lexicon


LEXICON = _load()  # every phrase as a tuple of words
LONGEST = max(map(len, LEXICON))  # how many words the longest phrase has

_Token = tuple[str, EditWord | None]
"""A phrase of the prompt, and what it stands for; None where the lexicon does not know it."""


def read_edit(prompt: str) -> Edit:
    """Understand what an edit's prompt asks for.

    Raises:
        ShadowplayError: `edit_not_understood`; nothing in it is something that can be done.
    """
    wishes = _Wishes()
    rest = _RATE.sub(wishes.number, prompt.replace("’", "'"))
    if wishes.rate != 1:
        rest = _PACE.sub(" ", rest)
    for clause in _clauses(_SECONDS.sub(" ", rest)):
        wishes.read(clause)
    wishes.imply()
    fields = wishes.fields
    if not (fields or wishes.effects or wishes.tones or wishes.rate != 1):
        reason = wishes.there() or "The prompt names no change that can be made to this film."
        raise ShadowplayError("edit_not_understood", f"{reason} {ABILITIES}")
    named = _SECONDS.search(prompt)
    seconds = float(named[1]) if named else 0
    for end in fields.keys() & {"fade_in", "fade_out"}:
        fields[end] = fields[end]._replace(seconds=seconds or 1.0)
    if "freeze" in fields:
        fields["freeze"] = seconds or _FREEZE
    unknown = ", ".join(wishes.unknown[:24])
    notes = (f"Nothing was made of these words: {unknown}." if unknown else "", wishes.there())
    return Edit(
        prompt=prompt,
        tones=tuple(wishes.tones[:2]),
        effects=wishes.effects,
        speed=min(_RATES[1], max(_RATES[0], wishes.rate)),
        notes=tuple(filter(None, notes)),
        **fields,
    )


def _clauses(text: str) -> list[list[_Token]]:
    """The longest known phrases from left to right, and unknown words by themselves."""
    words = [word.lower() for word in _TOKEN.findall(text)]
    clauses: list[list[_Token]] = [[]]
    at = 0
    while at < len(words):
        for length in range(min(LONGEST, len(words) - at), 0, -1):
            entry = LEXICON.get(tuple(words[at : at + length]))
            if entry is not None or length == 1:
                break
        if words[at] in ".,;:!?" or (entry is not None and entry.kind == "break"):
            clauses.append([])
        else:
            clauses[-1].append((" ".join(words[at : at + length]), entry))
        at += length
    return [clause for clause in clauses if clause]


class _Wishes:
    """What was gathered so far; a modifier holds for the wish that follows it in its clause."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.effects: dict[str, float] = {}
        self.tones: list[Rgb] = []
        self.refused: set[str] = set()
        self.rate = 1.0
        self.unknown: list[str] = []
        self._factor, self._sign = 1.0, 0
        self._denied = self._kept = self._tints = self._mirrors = False
        self._before = (False, False)

    def number(self, found: re.Match[str]) -> str:
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
            self.rate = number
        return " ; "

    def read(self, clause: list[_Token]) -> None:
        """Take all that a clause asks for."""
        entries = [entry for text, entry in clause if text not in _ARTICLES]
        # "Keep" and "no" hold on in lists: keep the rain and the snow, no rain and no snow.
        one = entries[0] if len(entries) == 1 else None
        goes_on = one is not None and one.value in LOOKS["seen"]
        self._denied, self._kept = self._before if goes_on else (False, False)
        self._before = (False, False)
        self._factor, self._sign, self._mirrors = 1.0, 0, False
        # Colours are meant for the whole picture, not for some thing in it.
        tones = any(entry and entry.kind == "tone" for _, entry in clause)
        self._tints = tones or all(entry for _, entry in clause)
        for text, entry in clause:
            if entry is None:
                self._unknown(text)
            elif entry.kind in _FACTORS:
                self._factor = _FACTORS[entry.kind]
            elif entry.kind in _SIGNS:
                self._sign = _SIGNS[entry.kind]
            elif entry.kind == "not":
                self._denied = True
            elif entry.kind == "keep":
                self._kept = True
            elif entry.kind not in ("either", "filler", "tone"):
                self._wish(text, entry)
                self._factor, self._sign = 1.0, 0

    def _unknown(self, word: str) -> None:
        # "Remove the man in the rain" denies the man, not the rain.
        self._denied = self._kept = False
        if len(word) > 2 and word not in self.unknown:
            self.unknown.append(word)

    def _wish(self, text: str, entry: EditWord) -> None:
        kind, name = entry.kind, entry.value
        self._before = (self._denied and name in LOOKS["seen"], self._kept)
        if self._kept:
            if name == "colour":
                self.refused.add("toning")
        elif kind == "noun":
            self._noun(name)
        elif kind == "effect":
            if self._denied or (self._sign < 0 and name not in _SIGNED):
                self.refused.add(name)
            else:
                self.effects[name] = entry.strength * self._factor * (self._sign or 1)
        elif self._denied:
            if name in ("sound_fade_in", "sound_fade_out"):
                self.fields["mute"] = True
        elif kind == "colour" and not self._tints:
            self._unknown(text)
        else:
            self._plain(entry)

    def _noun(self, noun: str) -> None:
        """Take a noun that needs a word beside it, as in "no sound" or "less colour"."""
        if noun == "sound" and self._denied:
            self.fields["mute"] = True
        elif noun == "colour" and self._denied:
            self.fields["style"] = "black_and_white"
        elif self._sign and noun == "speed":
            self.rate = 2.0 if self._sign > 0 else 0.5
        elif self._sign:
            name = {"sound": "volume", "colour": "saturation"}[noun]
            self.effects[name] = self._sign * self._factor

    def _plain(self, entry: EditWord) -> None:
        name = entry.value
        match entry.kind:
            case "colour":
                self.tones.append(colour.rgb(name))
            case "time" | "season" | "style":
                self.fields[entry.kind] = name
            case "speed":
                slower = self._factor if entry.strength > 1 else 1 / self._factor
                self.rate = entry.strength * slower
            case "order" | "length" | "sound":
                if name == "flipped" and self._mirrors:
                    del self.fields["mirrored"]  # "flip it vertically" is one wish
                self._mirrors = name == "mirrored"
                self.fields[name] = True
            case "fade":
                way, plain = name.split("-")
                for end in ("in", "out") if way == "both" else (way,):
                    self.fields[f"fade_{end}"] = Fade(cast("Any", plain))

    def imply(self) -> None:
        """Add what wishes bring with them, and take away what was refused."""
        given, effects = self.fields, self.effects
        if "stars" in effects:
            given.setdefault("time", "night")
        names = [given.get(kind, "") for kind in ("time", "season", "style")]
        if _SKIES_HIDDEN & effects.keys():
            names = [name for name in names if name != "night"]
        for name in [*names, *effects]:
            for brought, strength in LOOKS["brings"].get(name, {}).items():
                effects.setdefault(brought, strength)
        coloured = self.tones or given.keys() & {"style", "time"}
        if "old_film" in effects and "toning" not in self.refused and not coloured:
            given["style"] = "sepia"
        for refused in self.refused & effects.keys():
            del effects[refused]
            self.refused.discard(refused)

    def there(self) -> str:
        """Why what is in the film already stays in it; empty if nobody wants it gone."""
        things = sorted(LOOKS["seen"][name] for name in self.refused & LOOKS["seen"].keys())
        if not things:
            return ""
        return (
            f"What is already in a film, such as {' or '.join(things)}, can't be taken out of it."
        )
