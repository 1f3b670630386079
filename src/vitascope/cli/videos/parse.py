"""The parser: Go-style words into a command and its flags' values."""

from __future__ import annotations

import difflib
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
)
from vitascope.cli.videos.values import parse_any
from vitascope.errors import VitascopeError

_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


class UsageError(VitascopeError):
    """Words that don't fit the grammar.

    Attributes:
        command: the command whose help tells what would; None for the list of commands.
        status: the exit status.
        brief: the message is all there is to say: no help follows.
    """

    def __init__(
        self, message: str, command: Command | None, *, status: int = 1, brief: bool = False
    ) -> None:
        super().__init__(message)
        self.command = command
        self.status = status
        self.brief = brief


@dataclass
class Invocation:
    """What was asked for.

    Attributes:
        command: None if no command was named, which asks for help.
        values: by flag name; only flags that were given.
        extras: the words that are neither flags nor their values.
    """

    command: Command | None = None
    values: dict[str, Any] = field(default_factory=dict)
    extras: list[str] = field(default_factory=list)


def asks_for_videos(words: Sequence[str]) -> bool:
    """Whether a whole command line is for `videos`: its first word that is no global flag is."""
    invocation = Invocation()
    try:
        rest = _read_level(words, GLOBALS, invocation, stop_at=("videos",))
    except UsageError:
        return False
    return rest is not None and not invocation.extras


def parse(words: Sequence[str]) -> Invocation:
    """Read a whole command line, `videos` included.

    Raises:
        UsageError: the words don't fit the grammar.
    """
    invocation = Invocation()
    below = _read_level(words, GLOBALS, invocation, stop_at=("videos",)) or ()
    names = [command.name for command in COMMANDS]
    rest = _read_level(below[1:], GLOBALS, invocation, stop_at=names)
    if rest is None:
        _refuse_unknown_command(invocation)
        return invocation
    invocation.command = find_command(rest[0])
    assert invocation.command is not None
    flags = (*invocation.command.flags, *GLOBALS)
    _read_level(rest[1:], flags, invocation)
    return invocation


def _refuse_unknown_command(invocation: Invocation) -> None:
    words = [word for word in invocation.extras if word not in {"help", "h"}]
    if not words:
        return
    message = f"No help topic for '{words[0]}'"
    close = difflib.get_close_matches(words[0], [c.name for c in COMMANDS], n=1, cutoff=0.4)
    if close:
        message += f'. Did you mean "{close[0]}"?'
    raise UsageError(message, None, status=3, brief=True)


def _read_level(
    words: Sequence[str],
    flags: Iterable[Flag],
    invocation: Invocation,
    stop_at: Iterable[str] = (),
) -> Sequence[str] | None:
    """Read flags and other words into `invocation`.

    Returns:
        The words from the first that is in `stop_at` on, if one is.
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
    """Read one flag; how many of the words after it belong to it."""
    name, equals, text = word.lstrip("-").partition("=")
    flag = next((flag for flag in flags if name and name in {flag.name, flag.letter}), None)
    if flag is None:
        raise UsageError(_unknown_flag(name, flags), invocation.command)
    taken = 0
    if flag.kind == "bool":
        text = text or "true"
    elif not equals:
        if not following:
            raise UsageError(f"flag needs an argument: {word}", invocation.command)
        text, taken = following[0], 1
    try:
        invocation.values[flag.name] = read_value(flag, text)
    except ValueError as problem:
        complaint = f'invalid value "{text}" for flag -{name}: {problem}'
        raise UsageError(complaint, invocation.command) from None
    return taken


def _unknown_flag(name: str, flags: list[Flag]) -> str:
    message = f"flag provided but not defined: -{name}"
    close = difflib.get_close_matches(name, [flag.name for flag in flags], n=1)
    return f'{message}\n\nDid you mean "--{close[0]}"?' if close else message


def read_value(flag: Flag, text: str) -> Any:
    """A flag's value from its text.

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
    try:
        return int(text, 0)
    except ValueError:
        raise ValueError("it must be a whole number") from None


def _read_bool(text: str) -> bool:
    if text not in _TRUE + _FALSE:
        raise ValueError("it must be true or false")
    return text in _TRUE


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
