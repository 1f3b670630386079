"""The text of `--help`."""

from __future__ import annotations

from collections.abc import Iterable

from vitascope.cli.videos.grammar import COMMANDS, GLOBALS, Command, Flag, full_name

_VALUE_NAMES = {"int": "int", "any": "value", "file": "file", "url": "url", "bool": ""}


def help_text(command: Command | None) -> str:
    """A command's help, or the list of commands."""
    return _command_help(command) if command else _overview()


def _overview() -> str:
    return "\n".join(
        [
            "NAME:",
            f"   {full_name(None)} - Make videos through the API",
            "",
            "USAGE:",
            f"   {full_name(None)} COMMAND [options]",
            "",
            "COMMANDS:",
            *_table((command.name, command.help) for command in COMMANDS),
            "",
            *_globals(),
        ]
    )


def _command_help(command: Command) -> str:
    identifier = f" [{command.id_flag.key}]" if command.id_flag else ""
    return "\n".join(
        [
            "NAME:",
            f"   {full_name(command)} - {command.help}",
            "",
            "USAGE:",
            f"   {full_name(command)}{identifier} [options]",
            "",
            "OPTIONS:",
            *_table((_name(flag), _describe(flag)) for flag in command.flags),
            "",
            *_globals(),
        ]
    )


def _globals() -> list[str]:
    return ["GLOBAL OPTIONS:", *_table((_name(flag), _describe(flag)) for flag in GLOBALS)]


def _table(rows: Iterable[tuple[str, str]]) -> list[str]:
    pairs = list(rows)
    width = max(len(name) for name, _text in pairs)
    return [f"   {name:<{width}}  {text}".rstrip() for name, text in pairs]


def _name(flag: Flag) -> str:
    letter = f", -{flag.letter}" if flag.letter else ""
    return f"--{flag.name}{letter} {_VALUE_NAMES.get(flag.kind, 'string')}".rstrip()


def _describe(flag: Flag) -> str:
    marks = ["(required)"] if flag.required else []
    if flag.env:
        marks.append("[" + ", ".join(f"${name}" for name in flag.env) + "]")
    return " ".join([flag.help, *marks])
