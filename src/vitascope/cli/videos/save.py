"""Writes downloaded content to a file or to stdout."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import httpx2

from vitascope.cli.videos.terminal import Terminal
from vitascope.cli.videos.values import CommandError, file_error

_PRIVATE = 0o600
_ENDINGS = {"video/mp4": ".mp4", "image/webp": ".webp", "image/jpeg": ".jpg", "image/png": ".png"}


def is_stdout(output: str) -> bool:
    """Whether a file name stands for stdout."""
    return output in {"-", "/dev/stdout"}


def check_writable(output: str) -> None:
    """Check that a file can be created, before its content is rendered.

    Raises:
        CommandError: the folder does not exist or is not writable.
    """
    folder = Path(output).parent
    if not folder.is_dir():
        raise CommandError(f"open {output}: no such file or directory")
    if not os.access(Path(output) if Path(output).exists() else folder, os.W_OK):
        raise CommandError(f"open {output}: permission denied")


def save(response: httpx2.Response, output: str, terminal: Terminal) -> Path | None:
    """Write a response's body to its destination.

    Args:
        response: a response whose body has not been read.
        output: a path, `-` for stdout, or empty for stdout unless that is a terminal.
        terminal: provides stdout.

    Returns:
        The path of the file; None for stdout.

    Raises:
        CommandError: the file can't be written.
    """
    if is_stdout(output) or (not output and not terminal.interactive):
        for chunk in response.iter_bytes():
            terminal.stdout.write(chunk)
        terminal.stdout.flush()
        return None
    path, descriptor = _create(output) if output else _create_new(response)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in response.iter_bytes():
            file.write(chunk)
    return path


def _create(output: str) -> tuple[Path, int]:
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    except OSError as problem:
        raise file_error(output, problem) from None
    return Path(output), descriptor


def _create_new(response: httpx2.Response) -> tuple[Path, int]:
    """Create a new file in the current folder, named as the server suggests if that is free."""
    name = _server_name(response)
    try:
        return Path(name), os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except OSError:
        stem, ending = Path(name).stem or "file", Path(name).suffix
        if not ending:
            kind = response.headers.get("content-type", "").partition(";")[0]
            ending = _ENDINGS.get(kind, ".bin")
        descriptor, path = tempfile.mkstemp(ending, f"{stem}-", ".")
        return Path(Path(path).name), descriptor


def _server_name(response: httpx2.Response) -> str:
    """The file name in Content-Disposition without folders; empty if there is none."""
    disposition = response.headers.get("content-disposition", "")
    name = disposition.partition("filename=")[2].partition(";")[0].strip().strip('"')
    return Path(name).name
