"""A client of the API that adds next to nothing to what it measures."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.process import BenchError, Running

_BOUNDARY = "vitascope-bench"
_LONGEST_WAIT = 120.0


class Api:
    """One keep-alive connection; every answer but 200 is an error."""

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """One request and its answer.

        Raises:
            BenchError: it was not answered with 200.
        """
        try:
            self._connection.request(method, path, body, headers or {})
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise BenchError(f"{method} {path} was not answered: {error}") from error
        if response.status != 200:
            raise BenchError(f"{method} {path} was answered {response.status}: {answer.decode()}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def create(self, **fields: str) -> str:
        """Create a video; its id."""
        return str(self.ask("POST", "/v1/videos", *as_json(fields))["id"])

    def create_by_form(self, **fields: str) -> str:
        """Create a video with a multipart body; its id."""
        return str(self.ask("POST", "/v1/videos", *as_multipart(fields))["id"])

    def wait_for(self, video_id: str, *statuses: str) -> None:
        """Wait until the video has one of the statuses."""
        until = time.monotonic() + _LONGEST_WAIT
        wait = {"Prefer": "wait=30"} if "completed" in statuses else {}
        while True:
            video = self.ask("GET", f"/v1/videos/{video_id}", headers=wait)
            if video["status"] in statuses:
                return
            if video["status"] == "failed":
                raise BenchError(f"A video failed: {video['error']['message']}")
            if time.monotonic() > until:
                raise BenchError(f"A video was {video['status']} after {_LONGEST_WAIT:.0f} s.")
            time.sleep(0.02)

    def remove(self, video_id: str) -> None:
        """Cancel the video if need be, and delete it."""
        if self.ask("GET", f"/v1/videos/{video_id}")["status"] in {"queued", "in_progress"}:
            self.ask("POST", f"/v1/videos/{video_id}/cancel")
        self.ask("DELETE", f"/v1/videos/{video_id}")


@contextmanager
def connected(server: Running) -> Iterator[Api]:
    """A client of a server under test."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_LONGEST_WAIT)
    try:
        yield Api(connection)
    finally:
        connection.close()


def as_json(fields: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a JSON request."""
    return json.dumps(fields).encode(), {"Content-Type": "application/json"}


def as_multipart(fields: dict[str, str]) -> tuple[bytes, dict[str, str]]:
    """The body and headers of a multipart request, as the SDKs send it."""
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    body = "".join([*parts, f"--{_BOUNDARY}--\r\n"]).encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
