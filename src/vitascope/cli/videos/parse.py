"""Parses command-line arguments as Go's flag package does, and suggests names for unknown ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vitascope.cli.videos.grammar import (
    COMMANDS,
    FORMATS,
    GLOBALS,
    Command,
    Flag,
    find_command,
    full_name,
)
from vitascope.cli.videos.values import parse_any
from vitascope.errors import VitascopeError

_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


_WHOLE_NUMBER = re.compile(
    r"[+-]?(0[xX](_?[0-9a-fA-F])+|0[bB](_?[01])+|0[oO]?(_?[0-7])+|0|[1-9](_?[0-9])*)"
)
_INT64 = range(-(2**63), 2**63)
# Flags that the official CLI lacks are suggested only from this similarity on.
_NEARLY_THE_SAME = 0.9
_PREFIX_WEIGHT = 0.1
_PREFIX_LENGTH = 4
_PREFIX_COUNTS_FROM = 0.7


class UsageError(VitascopeError):
    """The arguments do not match the grammar; only the text is printed.

    Attributes:
        status: the exit status.
    """

    def __init__(self, message: str, *, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def _incorrect(problem: str) -> UsageError:
    return UsageError(f"Incorrect Usage: {problem}\n")


@dataclass
class Invocation:
    """The parsed command line.

    Attributes:
        command: None if no command was given; then help is printed.
        values: the values of the given flags, by name.
        extras: the arguments that are neither flags nor their values.
    """

    command: Command | None = None
    values: dict[str, Any] = field(default_factory=dict)
    extras: list[str] = field(default_factory=list)


def asks_for_videos(words: Sequence[str]) -> bool:
    """Whether the first argument that is not a global flag is `videos`."""
    invocation = Invocation()
    try:
        rest = _read_level(words, GLOBALS, invocation, stop_at=("videos",))
    except UsageError:
        return False
    return rest is not None and not invocation.extras


def parse(words: Sequence[str]) -> Invocation:
    """Parse a whole command line, including `videos`.

    Raises:
        UsageError: the arguments do not match the grammar.
    """
    invocation = Invocation()
    below = _read_level(words, GLOBALS, invocation, stop_at=("videos",)) or ()
    names = [command.name for command in COMMANDS]
    rest = _read_level(below[1:], GLOBALS, invocation, stop_at=names)
    if rest is None:
        _reject_unknown_command(invocation)
        return invocation
    invocation.command = find_command(rest[0])
    assert invocation.command is not None
    flags = (*invocation.command.flags, *GLOBALS)
    _read_level(rest[1:], flags, invocation)
    return invocation


def _reject_unknown_command(invocation: Invocation) -> None:
    words = [word for word in invocation.extras if word not in {"help", "h"}]
    if not words:
        return
    names = [name for command in COMMANDS for name in (command.name, "help", "h")]
    message = f"No help topic for '{words[0]}'"
    if close := most_similar(words[0], names):
        message += f". Did you mean '{full_name(None)} {close}'?"
    raise UsageError(message, status=3)


def _read_level(
    words: Sequence[str],
    flags: Iterable[Flag],
    invocation: Invocation,
    stop_at: Iterable[str] = (),
) -> Sequence[str] | None:
    """Parse flags and other arguments into `invocation`.

    Returns:
        The arguments from the first that is in `stop_at`; None if there is none.
    """
    position = 0
    while position < len(words):
        word = words[position].strip()
        position += 1
        if word == "--":
            invocation.extras += words[position:]
            return None
        if not _is_flag(word):
            if word in stop_at:
                return words[position - 1 :]
            invocation.extras.append(words[position - 1])
            continue
        position += _read_flag(word, words[position:], list(flags), invocation)
    return None


def _is_flag(word: str) -> bool:
    if not word.startswith("-") or len(word) == 1:
        return False
    return word[1] == "-" or word[1].isalpha()


def _read_flag(
    word: str, following: Sequence[str], flags: list[Flag], invocation: Invocation
) -> int:
    """Parse one flag; returns how many of the following arguments it uses."""
    name, equals, text = word.lstrip("-").partition("=")
    flag = next((flag for flag in flags if name and name in {flag.name, flag.letter}), None)
    if flag is None:
        raise _incorrect(_unknown_flag(name, flags))
    taken = 0
    if flag.kind == "bool":
        text = text or "true"
    elif not equals:
        if not following:
            raise _incorrect(f"flag needs an argument: {word}")
        text, taken = following[0], 1
    try:
        invocation.values[flag.name] = read_value(flag, text)
    except ValueError as problem:
        complaint = f"invalid value {_quoted(text)} for flag -{name}: {problem}"
        raise _incorrect(complaint) from None
    return taken


def _unknown_flag(name: str, flags: list[Flag]) -> str:
    message = f"flag provided but not defined: -{name}"
    close = most_similar(name, _names(flags, extension=True), above=_NEARLY_THE_SAME)
    close = close or most_similar(name, _names(flags, extension=False))
    dashes = "-" if len(close) == 1 else "--"
    return f'{message}\n\nDid you mean "{dashes}{close}"?' if close else message


def _names(flags: list[Flag], *, extension: bool) -> list[str]:
    return [
        name
        for flag in flags
        if flag.extension is extension
        for name in (flag.name, flag.letter)
        if name
    ]


def read_value(flag: Flag, text: str) -> Any:
    """Parse a flag's value.

    Raises:
        ValueError: the text is no value of the flag's kind; says what is.
    """
    match flag.kind:
        case "any":
            return parse_any(text)
        case "int":
            return _read_int(text)
        case "bool":
            return _read_bool(text)
        case "format":
            return _read_format(text)
        case "url":
            return _read_url(flag, text)
        case _:
            return text


def _read_int(text: str) -> int:
    """A whole number in Go's spelling: also `0x1f`, `0b1`, `0o17`, `017` and `1_000`."""
    if not _WHOLE_NUMBER.fullmatch(text):
        raise ValueError(f"strconv.ParseInt: parsing {_quoted(text)}: invalid syntax")
    octal = re.sub(r"^([+-]?)0_?(?=[0-7])", r"\g<1>0o", text)
    number = int(octal, 0)
    if number not in _INT64:
        raise ValueError(f"strconv.ParseInt: parsing {_quoted(text)}: value out of range")
    return number


def _read_bool(text: str) -> bool:
    if text not in _TRUE + _FALSE:
        raise ValueError(f"strconv.ParseBool: parsing {_quoted(text)}: invalid syntax")
    return text in _TRUE


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _read_format(text: str) -> str:
    if text.lower() not in FORMATS:
        raise ValueError(f"format must be one of: {', '.join(FORMATS)}")
    return text.lower()


def _read_url(flag: Flag, text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError(
            f'--{flag.name} "{text}" is missing a scheme (expected http:// or https://)'
        )
    return text


def most_similar(word: str, names: Iterable[str], *, above: float = 0.0) -> str:
    """The first name with the highest similarity above `above`; empty if there is none."""
    best = ""
    for name in names:
        score = similarity(name, word)
        if score > above:
            best, above = name, score
    return best


def similarity(one: str, other: str) -> float:
    """Jaro-Winkler similarity, from 0 (nothing in common) to 1 (equal).

    Source: W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules", 1990.
    """
    jaro = _jaro(one, other)
    if jaro <= _PREFIX_COUNTS_FROM:
        return jaro
    prefix = 0
    for mine, yours in zip(one[:_PREFIX_LENGTH], other[:_PREFIX_LENGTH], strict=False):
        if mine != yours:
            break
        prefix += 1
    return jaro + _PREFIX_WEIGHT * prefix * (1 - jaro)


def _jaro(one: str, other: str) -> float:
    reach = max(max(len(one), len(other)) // 2 - 1, 0)
    pairs: dict[int, int] = {}  # positions of equal letters, from `other` to `one`
    for position, letter in enumerate(one):
        for candidate in range(max(0, position - reach), min(len(other), position + reach + 1)):
            if candidate not in pairs and other[candidate] == letter:
                pairs[candidate] = position
                break
    if not pairs:
        return 0.0
    matches = len(pairs)
    in_order = zip(sorted(pairs), sorted(pairs.values()), strict=True)
    moved = sum(other[theirs] != one[mine] for theirs, mine in in_order) / 2
    return (matches / len(one) + matches / len(other) + (matches - moved) / matches) / 3
