"""The grammar: every command with its flags, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PROGRAM = "vitascope"
FORMATS = ("auto", "explore", "json", "jsonl", "pretty", "raw", "yaml")

Kind = Literal["string", "any", "file", "int", "bool", "url", "format"]
Place = Literal["body", "query", "path", "here"]


@dataclass(frozen=True)
class Flag:
    """A flag and where its value goes.

    Attributes:
        kind: how its text is read; `any` is YAML or JSON, `file` a path without `@`.
        place: the part of the request it fills in; `here` for none.
        ours: the official CLI has no such flag.
        env: the environment variables that stand in for it, the first that is set.
    """

    name: str
    help: str = ""
    kind: Kind = "string"
    place: Place = "body"
    required: bool = False
    letter: str = ""
    ours: bool = False
    env: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name in bodies, queries and paths."""
        return self.name.replace("-", "_")


@dataclass(frozen=True)
class Command:
    """A command and its request.

    Attributes:
        path: below the base URL; `{…}` is filled in from the `path` flag.
        body: how the body is encoded.
        job: the answer is a video that is still to be made.
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
        """The flag that can also be given by position."""
        return next((flag for flag in self.flags if flag.place == "path"), None)


def _globals() -> tuple[Flag, ...]:
    def flag(name: str, text: str, kind: Kind = "string", letter: str = "", *env: str) -> Flag:
        return Flag(name, text, kind, "here", letter=letter, env=env)

    return (
        flag("debug", "Show requests and responses on stderr.", "bool"),
        flag("base-url", "Where the API is.", "url", "", "VITASCOPE_URL", "OPENAI_BASE_URL"),
        flag("format", f"How to print data (one of: {', '.join(FORMATS)}).", "format"),
        flag("format-error", f"How to print errors (one of: {', '.join(FORMATS)}).", "format"),
        flag("transform", "The GJSON path of the part of the data to print."),
        flag("transform-error", "The GJSON path of the part of the error to print."),
        flag("raw-output", "Print a string without JSON quotes.", "bool", "r"),
        flag("api-key", "The API key.", "string", "", "OPENAI_API_KEY"),
        flag("admin-api-key", "Taken for compatibility; not used.", "string"),
        flag("organization", "The organization to name.", "string", "", "OPENAI_ORG_ID"),
        flag("project", "The project to name.", "string", "", "OPENAI_PROJECT_ID"),
        flag("webhook-secret", "Taken for compatibility; not used.", "string"),
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
    place="here",
    letter="o",
)
_OPEN = Flag("open", "Open the file with this system's viewer.", "bool", "here", ours=True)
_WAIT = Flag("wait", "Wait until the video is finished.", "bool", "here", ours=True)
_JOB = (
    _WAIT,
    Flag(
        "output",
        "Wait, then write the film to this file; '-' for stdout.",
        place="here",
        letter="o",
        ours=True,
    ),
    _OPEN,
)


def _prompt(text: str) -> Flag:
    return Flag("prompt", text, required=True)


COMMANDS = (
    Command(
        "create",
        "Create a video from a prompt and, if wished, a first picture.",
        "POST",
        "/videos",
        (
            _prompt("What to show."),
            Flag(
                "input-reference",
                "The first picture: @file, {image_url: …} or {file_id: …}.",
                "any",
            ),
            Flag("model", "Who draws."),
            Flag("seconds", "Length: 4, 8, 12, 16 or 20."),
            Flag("size", "Width x height, such as 1280x720."),
            Flag("seed", "Whole number; the same seed gives the same film.", "int", ours=True),
            Flag("negative-prompt", "What not to show.", ours=True),
            Flag("guidance-scale", "How closely to follow the prompt.", "any", ours=True),
            Flag("num-inference-steps", "How many steps to draw in.", "int", ours=True),
            Flag("characters", "Who appears: [{id: char_…}].", "any", ours=True),
            *_JOB,
        ),
        body="multipart",
        job=True,
    ),
    Command(
        "retrieve",
        "Fetch what is known about a video.",
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
            Flag("max-items", "How many videos to print; -1 for all.", "int", "here"),
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
            _prompt("How it goes on."),
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
        (_VIDEO_ID, _prompt("What to show now."), *_JOB),
        body="json",
        job=True,
    ),
)


def find_command(name: str) -> Command | None:
    """The command of this name, if there is one."""
    return next((command for command in COMMANDS if command.name == name), None)


def full_name(command: Command | None) -> str:
    """How a command is called, in full."""
    return " ".join(filter(None, [PROGRAM, "videos", command.name if command else ""]))
