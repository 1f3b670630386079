"""Parses YAML and JSON from flags and stdin, and resolves `@file` references in them."""

from __future__ import annotations

import base64
import io
import json
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from vitascope.errors import VitascopeError

_CONTROL_BYTES = bytes({*range(32)} - {9, 10, 12, 13, 27})


class CommandError(VitascopeError):
    """The command failed; only the text is printed."""


@dataclass(frozen=True)
class Upload:
    """A file to upload unchanged.

    Attributes:
        source: a path, or what was piped in.
    """

    source: Path | bytes
    filename: str = "anonymous_file"
    media_type: str = "application/octet-stream"

    def open(self) -> BinaryIO:
        """Open the file for reading from its start.

        Raises:
            CommandError: it can't be read.
        """
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        try:
            return self.source.open("rb")
        except OSError as problem:
            raise file_error(self.source, problem) from None


def file_error(path: Path | str, problem: OSError) -> CommandError:
    """The error for a file that can't be read or written, as one line."""
    return CommandError(f"open {path}: {(problem.strerror or str(problem)).lower()}")


@cache
def _yaml_loader() -> Any:
    """A loader for YAML 1.2's core schema, in which `yes`, `12:30` and dates are strings."""
    import yaml

    loader: Any = type("_Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": {}})
    for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
        (
            "float",
            r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
            list("-+.0123456789"),
        ),
        ("merge", r"<<", ["<"]),
    ):
        loader.add_implicit_resolver(
            f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})\Z"), first
        )
    loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
    loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(_plain(node)))
    return loader


def _construct_int(_loader: Any, node: Any) -> int:
    text = _plain(node)
    return int(text, 0) if text[:2].lower() in {"0x", "0o"} else int(text)


def _plain(node: Any) -> str:
    text: str = node.value
    return text.replace(".inf", "inf").replace(".nan", "nan") if "." in text[:2] else text


def parse_yaml(text: str) -> Any:
    """Parse a YAML or JSON document; every key becomes a string.

    Raises:
        ValueError: it is neither; says where it goes wrong.
    """
    import yaml  # many commands need no YAML

    try:
        return _with_string_keys(yaml.load(text, _yaml_loader()))  # a SafeLoader
    except yaml.YAMLError as problem:
        raise ValueError(" ".join(str(problem).split())) from None


def _with_string_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) else json.dumps(key): _with_string_keys(each)
            for key, each in value.items()
        }
    return [_with_string_keys(each) for each in value] if isinstance(value, list) else value


def parse_any(text: str) -> Any:
    """Parse a flag's value of any type: `@…` stays a string, otherwise YAML, otherwise a string.

    Raises:
        ValueError: it looks like YAML gone wrong.
    """
    if text.startswith("@"):
        return text
    try:
        return parse_yaml(text)
    except ValueError as problem:
        if all(letter.isalnum() or letter in "_-.=" for letter in text):
            return text
        raise ValueError(f"failed to parse as YAML: {problem}") from None


def is_stdin(text: str) -> bool:
    """Whether a file name stands for stdin."""
    return text in {"-", "/dev/stdin", "/dev/fd/0"}


def names_stdin(value: Any) -> bool:
    """Whether a value refers to stdin by `@-`, at any depth."""
    if isinstance(value, dict):
        return any(names_stdin(each) for each in value.values())
    if isinstance(value, list):
        return any(names_stdin(each) for each in value)
    if not isinstance(value, str) or not value.startswith("@"):
        return False
    return is_stdin(_file_name(value))


def _file_name(reference: str) -> str:
    return reference.removeprefix("@").removeprefix("data://").removeprefix("file://")


Read = Callable[[], bytes]


def embed_uploads(value: Any, read_stdin: Read) -> Any:
    """Replace `@file` references at any depth by uploads.

    Raises:
        CommandError: a file can't be read.
    """
    return _embed(value, lambda reference: _upload_or_word(reference, read_stdin))


def embed_texts(value: Any, read_stdin: Read) -> Any:
    """Replace `@file` references by the file's text, or by base64 if it is not text.

    Raises:
        CommandError: a file can't be read.
    """
    return _embed(value, lambda reference: _text_or_word(reference, read_stdin))


def _embed(value: Any, resolve: Callable[[str], Any]) -> Any:
    if isinstance(value, dict):
        return {key: _embed(each, resolve) for key, each in value.items()}
    if isinstance(value, list):
        return [_embed(each, resolve) for each in value]
    if not isinstance(value, str):
        return value
    if value.startswith("\\@"):
        return value[1:]
    return resolve(value) if value.startswith("@") else value


def upload_of(name: str, read_stdin: Read) -> Upload:
    """The upload of a path, or of stdin for `-`.

    Raises:
        CommandError: the file can't be read.
    """
    if is_stdin(name):
        return Upload(read_stdin())
    upload = Upload(Path(name), Path(name).name, _media_type(name))
    upload.open().close()
    return upload


def _media_type(name: str) -> str:
    guess = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{guess}; charset=utf-8" if guess.startswith("text/") else guess


def _upload_or_word(reference: str, read_stdin: Read) -> Upload | str:
    name = _file_name(reference)
    if _is_bare_word(reference) and not Path(name).exists():
        return reference
    return upload_of(name, read_stdin)


def _is_bare_word(reference: str) -> bool:
    """Whether the value may be literal text, such as `@username`."""
    if reference.startswith(("@data://", "@file://")) or is_stdin(reference[1:]):
        return False
    return not any(letter in reference for letter in "./\\")


def _text_or_word(reference: str, read_stdin: Read) -> str:
    name = _file_name(reference)
    if _is_bare_word(reference) and not Path(name).is_file():
        return reference
    with upload_of(name, read_stdin).open() as file:
        content = file.read()
    if reference.startswith("@file://"):
        return content.decode("utf-8", errors="replace")
    if reference.startswith("@data://") or not _is_text(content):
        return base64.b64encode(content).decode("ascii")
    return content.decode("utf-8")


def _is_text(content: bytes) -> bool:
    if content[:512].translate(None, _CONTROL_BYTES) != content[:512]:
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
