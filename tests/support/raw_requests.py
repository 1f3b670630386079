"""Requests byte by byte over a socket, for what no proper client would send."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A response as it came. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def exchange(port: int, request: bytes | Iterable[bytes], *, seconds: float = 60.0) -> Answer:
    """Send bytes and read the answer, which may come before everything is sent."""
    pieces = [request] if isinstance(request, bytes) else request
    with connect(port, seconds=seconds) as connection:
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        return read_answer(connection)


def connect(port: int, *, seconds: float = 60.0) -> socket.socket:
    """A connection to a server on this machine."""
    return socket.create_connection(("127.0.0.1", port), timeout=seconds)


def read_answer(connection: socket.socket) -> Answer:
    """Read one response whose length is given."""
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        headers = {}
        while line := file.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        return Answer(status, headers, file.read(int(headers.get("content-length", "0"))))


def head(
    method: str, target: str, length: int | None = None, kind: str | None = None, **more: str
) -> bytes:
    """The head of a request; `more` are further headers with `_` for `-`."""
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Authorization: Bearer any"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    if kind is not None:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def form_part(
    name: str, content: bytes | str, *, boundary: str = "xx", filename: str = ""
) -> bytes:
    """One part of a multipart body, boundary line first."""
    text = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
    if filename:
        text += f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
    raw = content.encode() if isinstance(content, str) else content
    return text.encode() + b"\r\n\r\n" + raw + b"\r\n"
