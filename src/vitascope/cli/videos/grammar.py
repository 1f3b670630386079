"""All commands of `vitascope videos` and their flags as one table, and the help text made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

PROGRAM = "vitascope"
FORMATS = ("auto", "explore", "json", "jsonl", "pretty", "raw", "yaml")

Kind = Literal["string", "any", "file", "int", "bool", "url", "format"]
Place = Literal["body", "query", "path", "local"]


@dataclass(frozen=True)
class Flag:
    """A flag and where its value goes.

    Attributes:
        kind: how its value is parsed; `any` is YAML or JSON, `file` a path without `@`.
        place: the part of the request that it sets; `local` for none.
        extension: the official CLI has no such flag.
        env: environment variables with its default; the first one that is set is used.
    """

    name: str
    help: str = ""
    kind: Kind = "string"
    place: Place = "body"
    required: bool = False
    letter: str = ""
    extension: bool = False
    env: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in bodies, queries and paths."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Command:
    """A command and its request.

    Attributes:
        path: relative to the base URL; `{…}` is replaced by the value of the `path` flag.
        body: how the body is encoded.
        job: the response is a video that may not be finished.
    """

    name: str
    help: str
    method: Literal["GET", "POST", "DELETE"]
    path: str
    flags: tuple[Flag, ...]
    body: Literal["none", "multipart", "json"] = "none"
    job: bool = False

    @property
    def id_flag(self) -> Flag | None:
        """The flag that can also be a positional argument."""
        return next((flag for flag in self.flags if flag.place == "path"), None)


def _globals() -> tuple[Flag, ...]:
    def flag(name: str, text: str, kind: Kind = "string", letter: str = "", *env: str) -> Flag:
        return Flag(name, text, kind, "local", letter=letter, env=env)

    return (
        flag("debug", "Show requests and responses on stderr.", "bool"),
        flag("base-url", "The base URL of the API.", "url", "", "VITASCOPE_URL", "OPENAI_BASE_URL"),
        flag("format", f"How to print data (one of: {', '.join(FORMATS)}).", "format"),
        flag("format-error", f"How to print errors (one of: {', '.join(FORMATS)}).", "format"),
        flag("transform", "The GJSON path of the part of the data to print."),
        flag("transform-error", "The GJSON path of the part of the error to print."),
        flag("raw-output", "Print a string without JSON quotes.", "bool", "r"),
        flag("api-key", "The API key.", "string", "", "OPENAI_API_KEY"),
        flag("admin-api-key", "Accepted for compatibility; not used.", "string"),
        flag("organization", "The organization to name.", "string", "", "OPENAI_ORG_ID"),
        flag("project", "The project to name.", "string", "", "OPENAI_PROJECT_ID"),
        flag("webhook-secret", "Accepted for compatibility; not used.", "string"),
        flag(
            "mtls-client-cert-file",
            "PEM file with a client certificate.",
            "string",
            "",
            "OPENAI_MTLS_CLIENT_CERT_FILE",
        ),
        flag(
            "mtls-client-key-file",
            "PEM file with the certificate's key.",
            "string",
            "",
            "OPENAI_MTLS_CLIENT_KEY_FILE",
        ),
        flag("help", "Show help.", "bool", "h"),
        flag("version", "Show the version.", "bool", "v"),
    )


GLOBALS = _globals()

_VIDEO_ID = Flag("video-id", "The video's id.", place="path", required=True)
_OUTPUT = Flag(
    "output",
    "File to write the content to; '-' for stdout.",
    place="local",
    letter="o",
)
_OPEN = Flag("open", "Open the file with this system's viewer.", "bool", "local", extension=True)
_WAIT = Flag("wait", "Wait until the video is finished.", "bool", "local", extension=True)
_JOB = (
    _WAIT,
    Flag(
        "output",
        "Wait, then write the film to this file; '-' for stdout.",
        place="local",
        letter="o",
        extension=True,
    ),
    _OPEN,
)


def _prompt(text: str) -> Flag:
    return Flag("prompt", text, required=True)


COMMANDS = (
    Command(
        "create",
        "Create a video from a prompt and optional references.",
        "POST",
        "/videos",
        (
            _prompt("What to show."),
            Flag(
                "input-reference",
                "The first frame: @file, {image_url: …} or {file_id: …}.",
                "any",
            ),
            Flag("model", "The model."),
            Flag("seconds", "Length: 4, 8, 12, 16 or 20."),
            Flag("size", "Width x height, such as 1280x720."),
            Flag("seed", "Integer; the same seed gives the same film.", "int", extension=True),
            Flag("negative-prompt", "What not to show.", extension=True),
            Flag("guidance-scale", "How closely to follow the prompt.", "any", extension=True),
            Flag("num-inference-steps", "Number of denoising steps.", "int", extension=True),
            Flag("characters", "Characters: [{id: char_…}].", "any", extension=True),
            Flag("last-frame", "The last frame, as the first.", "any", extension=True),
            Flag(
                "references",
                "Pictures, films and sounds: [{type: image, role: style, upload: '@a.png'}].",
                "any",
                extension=True,
            ),
            Flag("audio", "The soundtrack: @file or an https URL.", "any", extension=True),
            Flag("aspect-ratio", "Such as 21:9, in place of --size.", extension=True),
            Flag("resolution", "Such as 480p or 640x360, in place of --size.", extension=True),
            Flag("duration", "Any length, in place of --seconds.", "any", extension=True),
            Flag("n", "How many videos, 1 to 8.", "int", extension=True),
            *_JOB,
        ),
        body="multipart",
        job=True,
    ),
    Command(
        "retrieve",
        "Retrieve a video.",
        "GET",
        "/videos/{video_id}",
        (_VIDEO_ID, *_JOB),
        job=True,
    ),
    Command(
        "list",
        "List videos, newest first.",
        "GET",
        "/videos",
        (
            Flag("after", "The last id of the page before.", place="query"),
            Flag("limit", "How many videos to fetch at a time.", "int", "query"),
            Flag("order", "By time: asc or desc.", place="query"),
            Flag("max-items", "How many videos to print; -1 for all.", "int", "local"),
        ),
    ),
    Command(
        "delete",
        "Permanently delete a finished video and its files.",
        "DELETE",
        "/videos/{video_id}",
        (_VIDEO_ID,),
    ),
    Command(
        "create-character",
        "Create a character from a video file.",
        "POST",
        "/videos/characters",
        (
            Flag("name", "The character's name.", required=True),
            Flag("video", "The video file; '-' for stdin.", "file", required=True),
        ),
        body="multipart",
    ),
    Command(
        "download-content",
        "Download a film, its thumbnail or its spritesheet.",
        "GET",
        "/videos/{video_id}/content",
        (
            _VIDEO_ID,
            Flag("variant", "video, thumbnail or spritesheet.", place="query"),
            _OUTPUT,
            _OPEN,
        ),
    ),
    Command(
        "edit",
        "Create a video that changes another.",
        "POST",
        "/videos/edits",
        (
            _prompt("What to change."),
            Flag("video", "The source: {id: video_…}, an id or @file.", "any", required=True),
            *_JOB,
        ),
        body="multipart",
        job=True,
    ),
    Command(
        "extend",
        "Create a longer version of a video.",
        "POST",
        "/videos/extensions",
        (
            _prompt("How the video continues."),
            Flag("seconds", "Length to add: 4, 8, 12, 16 or 20.", required=True),
            Flag("video", "The source: {id: video_…}, an id or @file.", "any", required=True),
            *_JOB,
        ),
        body="multipart",
        job=True,
    ),
    Command(
        "get-character",
        "Fetch a character.",
        "GET",
        "/videos/characters/{character_id}",
        (Flag("character-id", "The character's id.", place="path", required=True),),
    ),
    Command(
        "remix",
        "Create a video from another with a new prompt.",
        "POST",
        "/videos/{video_id}/remix",
        (_VIDEO_ID, _prompt("What to show instead."), *_JOB),
        body="json",
        job=True,
    ),
)


def find_command(name: str) -> Command | None:
    """The command of this name; None if there is none."""
    return next((command for command in COMMANDS if command.name == name), None)


def full_name(command: Command | None) -> str:
    """The full command, from the program's name."""
    return " ".join(filter(None, [PROGRAM, "videos", command.name if command else ""]))


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
            *_global_options(),
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
            *_table((_signature(flag), _describe(flag)) for flag in command.flags),
            "",
            *_global_options(),
        ]
    )


def _global_options() -> list[str]:
    return ["GLOBAL OPTIONS:", *_table((_signature(flag), _describe(flag)) for flag in GLOBALS)]


def _table(rows: Iterable[tuple[str, str]]) -> list[str]:
    pairs = list(rows)
    width = max(len(name) for name, _text in pairs)
    return [f"   {name:<{width}}  {text}".rstrip() for name, text in pairs]


def _signature(flag: Flag) -> str:
    letter = f", -{flag.letter}" if flag.letter else ""
    return f"--{flag.name}{letter} {_VALUE_NAMES.get(flag.kind, 'string')}".rstrip()


def _describe(flag: Flag) -> str:
    marks = ["(required)"] if flag.required else []
    if flag.env:
        marks.append("[" + ", ".join(f"${name}" for name in flag.env) + "]")
    return " ".join([flag.help, *marks])
