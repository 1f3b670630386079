"""Reading an edit's prompt, phrase by phrase, into what can be done to a film."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

from shadowplay import colour
from shadowplay.errors import ShadowplayError
from shadowplay.retouch.edit import Edit, Effect, Fade
from shadowplay.retouch.lexicon import LEXICON, LONGEST, Entry
from shadowplay.scene import Rgb

ABILITIES = (
    "What can be done to a film that was not drawn here: another time of day (dawn, noon, sunset, "
    "dusk, night) or season; other colours (such as “teal and orange”, “in red tones”, pastel, "
    "neon, noir, black and white, sepia); the look of a watercolour, an oil painting, a drawing in "
    "pencil or coloured pencils, a comic, a shadow theatre or an old film; rain, snow, "
    "fog, leaves, petals, embers or lightning; brighter, darker, warmer, cooler, more or less "
    "contrast or colour; blur, soft focus, grain, a vignette; a slow zoom; slow or fast motion, "
    "backwards, mirrored; a fade in or out; the sound louder, quieter or off."
)
"""What can be asked for, in the words of those who ask."""

_TOKEN = re.compile(r"[^\W_]+(?:['’&-][^\W_]+)*|[.,;:!?&]")
_RATE = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)\s*(?:x|×|times)(?=\W|$)\s*(slow|fast|speed|quick)?\w*", re.I
)
_PERCENT = re.compile(
    r"(\d+)\s*(?:%|percent)\s*(slower|faster|(?:of\s+(?:the\s+)?)?\w*\s*speed)", re.I
)
_SECONDS = re.compile(
    r"(?:over|for|lasting|in|of)\s+(?:the\s+(?:first|last)\s+)?(\d+(?:\.\d+)?)\s*-?s(?:ec(?:ond)?s?)?\b",
    re.I,
)
_RATES = (0.125, 8.0)
_MUCH, _LITTLE = 1.5, 0.5
_ARTICLES = frozenset({"the", "a", "any", "its", "all"})
_SIGNED = frozenset({"brightness", "contrast", "warmth", "saturation", "volume"})

_SEEN: dict[str, str] = {
    "rain": "rain", "snow": "snow", "fog": "fog", "leaves": "leaves", "petals": "petals",
    "embers": "sparks", "lightning": "lightning", "stars": "stars", "grain": "grain",
    "blur": "blur", "glow": "glow", "vignette": "a vignette", "zoom": "camera moves",
}  # fmt: skip
"""What may be in a film and can't be taken out of it."""


@dataclass(slots=True)
class _Token:
    """A phrase of the prompt; `entry` is None where the lexicon does not know it."""

    text: str
    entry: Entry | None


@dataclass(slots=True)
class _Wishes:
    """What was gathered so far."""

    fields: dict[str, Any] = field(default_factory=dict)
    effects: dict[Effect, float] = field(default_factory=dict)
    tones: list[Rgb] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    rate: float = 1.0
    unknown: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether there is something to do."""
        return bool(self.fields or self.effects or self.tones or self.rate != 1)


def read_edit(prompt: str) -> Edit:
    """Understand what an edit's prompt asks for.

    Raises:
        ShadowplayError: `edit_not_understood`; nothing in it is something that can be done.
    """
    wishes = _Wishes()
    rest = _numbers(prompt.replace("’", "'"), wishes)
    before: _Clause | None = None
    for tokens in _clauses(_tokens(rest)):
        clause = _Clause(tokens, wishes)
        clause.follow(before)
        clause.read()
        before = clause
    _imply(wishes)
    if not wishes.any:
        _refuse(wishes)
    _scale_fades(prompt, wishes)
    return Edit(
        prompt=prompt,
        tones=tuple(wishes.tones[:2]),
        effects=tuple(sorted(wishes.effects.items())),
        speed=min(_RATES[1], max(_RATES[0], wishes.rate)),
        notes=tuple(_notes(wishes)),
        **wishes.fields,
    )


def _numbers(prompt: str, wishes: _Wishes) -> str:
    """Take the speeds that are given as numbers; what is left of the prompt."""

    def times(found: re.Match[str]) -> str:
        number = float(found[1])
        if number > 0:
            # "2x slow motion" and "0.5x" both mean half the speed.
            slow = (found[2] or "").lower() == "slow" and number > 1
            wishes.rate = 1 / number if slow else number
        return " ; "

    def percent(found: re.Match[str]) -> str:
        part = float(found[1]) / 100
        if found[2].lower() == "slower":
            wishes.rate = 1 - min(part, 0.9)
        elif found[2].lower() == "faster":
            wishes.rate = 1 + part
        elif part > 0:
            wishes.rate = part
        return " ; "

    rest = _PERCENT.sub(percent, prompt)
    rest = _RATE.sub(times, rest)
    if wishes.rate != 1:
        rest = re.sub(
            r"slow(er|ed)?[- ]?(mo(tion)?)?\b|fast(er)?( motion)?\b", " ", rest, flags=re.I
        )
    return _SECONDS.sub(" ", rest)


def _tokens(text: str) -> list[_Token]:
    """The longest known phrases from left to right, and unknown words by themselves."""
    words = [word.lower() for word in _TOKEN.findall(text)]
    tokens: list[_Token] = []
    at = 0
    while at < len(words):
        for length in range(min(LONGEST, len(words) - at), 0, -1):
            entry = LEXICON.get(tuple(words[at : at + length]))
            if entry is not None or length == 1:
                break
        if words[at] in ".,;:!?":
            entry = Entry("break", "")
        tokens.append(_Token(" ".join(words[at : at + length]), entry))
        at += length
    return tokens


def _clauses(tokens: list[_Token]) -> list[list[_Token]]:
    clauses: list[list[_Token]] = [[]]
    for token in tokens:
        if token.entry is not None and token.entry.kind == "break":
            clauses.append([])
        else:
            clauses[-1].append(token)
    return [clause for clause in clauses if clause]


class _Clause:
    """Reads one clause, in which a modifier holds for the wish that follows it."""

    def __init__(self, tokens: list[_Token], wishes: _Wishes) -> None:
        self._tokens = tokens
        self._wishes = wishes
        self._factor = 1.0
        self._sign = 0
        self._denied = False
        self._kept = False
        foreign = [token for token in tokens if token.entry is None]
        tones = any(token.entry and token.entry.kind == "tone" for token in tokens)
        self._tints = tones or not foreign
        """Colours are meant for the whole picture, not for some thing in it."""
        self._holds = ""
        self._mirrors = False

    def follow(self, before: _Clause | None) -> None:
        """Let "keep" and "no" hold on in lists: keep the rain and the snow, no rain and no snow."""
        plain = [token.entry for token in self._tokens if token.text not in _ARTICLES]
        if before is None or len(plain) != 1 or plain[0] is None or plain[0].value not in _SEEN:
            return
        self._kept, self._denied = before._holds == "keep", before._holds == "not"

    def read(self) -> None:
        """Take all that the clause asks for."""
        for token in self._tokens:
            if token.entry is None:
                self._unknown(token.text)
            elif token.entry.kind not in ("filler", "tone"):
                self._take(token, token.entry)

    def _unknown(self, word: str) -> None:
        # "Remove the man in the rain" denies the man, not the rain.
        self._denied = self._kept = False
        if len(word) > 2 and word not in self._wishes.unknown:
            self._wishes.unknown.append(word)

    def _take(self, token: _Token, entry: Entry) -> None:
        if entry.kind in ("much", "little"):
            self._factor = _MUCH if entry.kind == "much" else _LITTLE
        elif entry.kind in ("more", "less"):
            self._sign = 1 if entry.kind == "more" else -1
        elif entry.kind == "not":
            self._denied = True
        elif entry.kind == "keep":
            self._kept = True
        elif entry.kind != "either":
            self._wish(token, entry)
            self._factor, self._sign = 1.0, 0

    def _wish(self, token: _Token, entry: Entry) -> None:
        thing = self._denied and entry.value in _SEEN
        self._holds = "keep" if self._kept else "not" if thing else ""
        if self._kept:
            if entry.value == "colour":
                self._wishes.refused.add("toning")
        elif entry.kind == "noun":
            self._noun(entry.value)
        elif self._denied:
            self._deny(entry)
        elif entry.kind == "effect":
            self._effect(cast("Effect", entry.value), entry.strength)
        elif entry.kind == "colour":
            self._colour(token.text, entry.value)
        else:
            self._plain(entry)

    def _deny(self, entry: Entry) -> None:
        if entry.kind == "effect":
            self._wishes.refused.add(entry.value)
        elif entry.kind == "sound" and entry.value != "mute":
            self._wishes.fields["mute"] = True

    def _effect(self, name: Effect, strength: float) -> None:
        if self._sign < 0:
            if name not in _SIGNED:
                self._wishes.refused.add(name)
                return
            strength = -strength
        self._wishes.effects[name] = strength * self._factor

    def _colour(self, word: str, code: str) -> None:
        if self._tints:
            self._wishes.tones.append(colour.rgb(code))
        else:
            self._unknown(word)

    def _noun(self, noun: str) -> None:
        """Take a noun that needs a word beside it, as in "no sound" or "less colour"."""
        fields, effects = self._wishes.fields, self._wishes.effects
        if noun == "sound":
            if self._denied:
                fields["mute"] = True
            elif self._sign:
                effects["volume"] = self._sign * self._factor
        elif noun == "colour":
            if self._denied:
                fields["style"] = "black_and_white"
            elif self._sign:
                effects["saturation"] = self._sign * self._factor
        elif self._sign:
            self._wishes.rate = 2.0 if self._sign > 0 else 0.5

    def _plain(self, entry: Entry) -> None:
        fields = self._wishes.fields
        if entry.kind in ("time", "season", "style"):
            fields[entry.kind] = entry.value
        elif entry.kind == "speed":
            slower = self._factor if entry.strength > 1 else 1 / self._factor
            self._wishes.rate = entry.strength * slower
        elif entry.kind == "order":
            if entry.value == "flipped" and self._mirrors:
                del fields["mirrored"]  # "flip it vertically" is one wish
            self._mirrors = entry.value == "mirrored"
            fields[entry.value] = True
        elif entry.kind == "sound":
            fields["mute" if entry.value == "mute" else f"sound_fade_{entry.value}"] = True
        elif entry.kind == "fade":
            way, plain = entry.value.split()
            for end in ("in", "out") if way == "both" else (way,):
                fields[f"fade_{end}"] = Fade(cast("Any", plain))


_BRINGS: dict[str, dict[Effect, float]] = {
    "winter": {"snow": 0.45},
    "night": {"stars": 0.7},
    "noir": {"vignette": 0.6, "grain": 0.5},
    "vintage": {"vignette": 0.6, "grain": 0.5},
    "cinematic": {"vignette": 0.6},
    "neon": {"glow": 1.0},
    "lightning": {"rain": 1.2},
}
"""What a wish brings with it, unless the prompt says otherwise."""

_SKIES_HIDDEN = frozenset({"rain", "snow", "fog", "lightning"})


def _imply(wishes: _Wishes) -> None:
    """Add what wishes bring with them, and take away what was refused."""
    given, effects = wishes.fields, wishes.effects
    if "stars" in effects:
        given.setdefault("time", "night")
    names = [given.get(kind, "") for kind in ("time", "season", "style")]
    if _SKIES_HIDDEN & effects.keys():
        names = [name for name in names if name != "night"]
    for name in [*names, *effects]:
        for brought, strength in _BRINGS.get(name, {}).items():
            effects.setdefault(brought, strength)
    if "old_film" in effects and "toning" not in wishes.refused and not _coloured(wishes):
        given["style"] = "sepia"
    for refused in list(wishes.refused):
        if effects.pop(cast("Effect", refused), None) is not None:
            wishes.refused.discard(refused)


def _coloured(wishes: _Wishes) -> bool:
    return bool(wishes.tones or wishes.fields.keys() & {"style", "time"})


def _scale_fades(prompt: str, wishes: _Wishes) -> None:
    found = _SECONDS.search(prompt)
    if found is None:
        return
    for end in ("fade_in", "fade_out"):
        if end in wishes.fields:
            wishes.fields[end] = wishes.fields[end]._replace(seconds=float(found[1]))


def _notes(wishes: _Wishes) -> list[str]:
    notes = []
    if wishes.unknown:
        notes.append(f"Nothing was made of these words: {', '.join(wishes.unknown[:24])}.")
    if there := _irremovable(wishes):
        notes.append(there)
    return notes


def _irremovable(wishes: _Wishes) -> str:
    things = sorted(_SEEN[name] for name in wishes.refused if name in _SEEN)
    if not things:
        return ""
    return f"What is already in a film, such as {' or '.join(things)}, can't be taken out of it."


def _refuse(wishes: _Wishes) -> NoReturn:
    reason = _irremovable(wishes) or "The prompt names no change that can be made to this film."
    raise ShadowplayError("edit_not_understood", f"{reason} {ABILITIES}")
