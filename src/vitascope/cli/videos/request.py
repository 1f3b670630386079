"""Builds the HTTP request from the parsed flags and stdin."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from vitascope.cli.videos.grammar import Command, Flag, full_name
from vitascope.cli.videos.parse import Invocation, read_value
from vitascope.cli.videos.values import (
    CommandError,
    Upload,
    embed_texts,
    embed_uploads,
    is_stdin,
    names_stdin,
    parse_yaml,
    upload_of,
)

Piped = Callable[[], bytes]
Part = tuple[str, str | Upload]


@dataclass(frozen=True)
class Request:
    """A request to send.

    Attributes:
        path: relative to the base URL, percent-encoded.
        parts: the fields of a multipart body, in order; None for other bodies.
        json: a JSON body; None for other bodies.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    parts: list[Part] | None = None
    json: bytes | None = None
    accept: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def build_request(command: Command, invocation: Invocation, piped: Piped) -> Request:
    """Build the request of a command.

    Args:
        command: the command.
        invocation: the flags. A positional id is moved to its flag.
        piped: reads all of stdin; empty if nothing was piped in.

    Raises:
        CommandError: an argument is missing or unexpected, or a file can't be read.
    """
    _take_positional_id(command, invocation)
    stdin = _Stdin(piped)
    body = _flag_values(command, invocation, "body")
    if not _claims_stdin(command, body):
        body = _merge_piped(command, invocation, body, stdin)
    _require_flags(command, invocation, body)
    body = _with_audio(body)
    if command.body == "multipart":
        body = _with_uploads(command, body, stdin)
    query = embed_texts(_flag_values(command, invocation, "query"), stdin.read_once)
    return Request(
        method=command.method,
        path=_fill_in_path(command, invocation),
        query={key: _plain_text(query[key]) for key in sorted(query)},
        parts=list(_parts("", body)) if command.body == "multipart" else None,
        json=_json_body(body, stdin) if command.body == "json" else None,
        accept="application/binary" if command.name == "download-content" else "application/json",
    )


class _Stdin:
    """Stdin, which can be read only once."""

    def __init__(self, piped: Piped) -> None:
        self._piped = piped
        self._taken_by = ""

    def read_body(self) -> bytes:
        data = self._piped()
        if data:
            self._taken_by = "stdin was already consumed by piped YAML/JSON input"
        return data

    def read_once(self) -> bytes:
        if self._taken_by:
            raise CommandError(f"cannot read from stdin: {self._taken_by}")
        self._taken_by = "it has already been read by another parameter"
        return self._piped()


def _take_positional_id(command: Command, invocation: Invocation) -> None:
    extras = list(invocation.extras)
    flag = command.id_flag
    if flag and flag.name not in invocation.values and extras:
        invocation.values[flag.name] = extras.pop(0)
    if extras:
        raise CommandError(f"Unexpected extra arguments: [{' '.join(extras)}]")


def _flag_values(command: Command, invocation: Invocation, place: str) -> dict[str, Any]:
    return {
        flag.key: invocation.values[flag.name]
        for flag in command.flags
        if flag.place == place and flag.name in invocation.values
    }


def _claims_stdin(command: Command, body: dict[str, Any]) -> bool:
    """Whether a flag refers to stdin, which is then not read as the body."""
    files = [flag.key for flag in command.flags if flag.kind == "file"]
    return names_stdin(body) or any(is_stdin(body.get(key, "")) for key in files)


def _merge_piped(
    command: Command, invocation: Invocation, body: dict[str, Any], stdin: _Stdin
) -> dict[str, Any]:
    data = stdin.read_body()
    if not data:
        return body
    try:
        piped = parse_yaml(data.decode("utf-8", errors="replace"))
    except ValueError as problem:
        raise CommandError(f"Failed to parse piped data as YAML/JSON:\n{problem}") from None
    if isinstance(piped, dict):
        _take_piped_flags(command, invocation, piped)
        return {**piped, **body}
    if command.body != "none" and body:
        raise CommandError(f"Cannot merge flags with a body that is not a map: {piped}")
    return body


def _take_piped_flags(command: Command, invocation: Invocation, piped: dict[str, Any]) -> None:
    """Move path and query parameters out of the piped object."""
    for flag in command.flags:
        if flag.place not in {"path", "query"} or flag.key not in piped:
            continue
        value = piped.pop(flag.key)
        if flag.name in invocation.values:
            continue
        try:
            invocation.values[flag.name] = read_value(flag, _plain_text(value))
        except ValueError as problem:
            raise CommandError(
                f'cannot set flag "{flag.name}" from piped data: {problem}'
            ) from None


def _require_flags(command: Command, invocation: Invocation, body: dict[str, Any]) -> None:
    def missing(flag: Flag) -> bool:
        given = flag.name in invocation.values or (flag.place == "body" and flag.key in body)
        return flag.required and not given

    names = [flag.name for flag in command.flags if missing(flag)]
    if names:
        raise CommandError(
            f'Required flag{"s" if len(names) > 1 else ""} "{", ".join(names)}" not set\n'
            f"Run '{full_name(command)} --help' for usage information"
        )


def _with_audio(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its soundtrack among the references."""
    audio = body.get("audio")
    if not isinstance(audio, str) or not isinstance(body.get("references") or [], list):
        return body
    place = "upload" if audio.startswith("@") else "url"
    references = [*(body.get("references") or []), {"type": "audio", place: audio}]
    return {**{key: body[key] for key in body if key != "audio"}, "references": references}


def _with_uploads(command: Command, body: dict[str, Any], stdin: _Stdin) -> dict[str, Any]:
    files = {flag.key for flag in command.flags if flag.kind == "file"}
    return {
        key: upload_of(value, stdin.read_once)
        if key in files and isinstance(value, str) and value
        else embed_uploads(value, stdin.read_once)
        for key, value in body.items()
    }


def _fill_in_path(command: Command, invocation: Invocation) -> str:
    flag = command.id_flag
    if flag is None:
        return command.path
    identifier = str(invocation.values[flag.name])
    if not identifier:
        raise CommandError(f"missing required {flag.key} parameter")
    return re.sub(r"\{\w+\}", lambda _match: quote(identifier, safe="$&+:=@"), command.path)


def _parts(name: str, value: Any) -> list[Part]:
    """The multipart fields of a value: objects as `a[b]`, sorted by key, and arrays as `a[]`.

    References are numbered, because they do not all have the same keys.
    """
    if isinstance(value, dict):
        return [
            part
            for key in sorted(value)
            for part in _parts(f"{name}[{key}]" if name else key, value[key])
        ]
    if isinstance(value, list):
        places = range(len(value)) if name == "references" else [""] * len(value)
        return [
            part
            for place, each in zip(places, value, strict=True)
            for part in _parts(f"{name}[{place}]", each)
        ]
    if isinstance(value, Upload):
        return [(name, value)]
    return [(name, _plain_text(value))]


def _plain_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case dict() | list():
            return _to_json(value).decode("utf-8")
        case _:
            return str(value)


def _json_body(body: dict[str, Any], stdin: _Stdin) -> bytes:
    return _to_json(embed_texts(body, stdin.read_once))


def _to_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
