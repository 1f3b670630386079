"""A fake model hub on loopback, in the real one's wire format, with small repositories."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "c0ffee" * 6 + "c0ff"
_API = re.compile(r"/api/models/(?P<repository>[^/]+/[^/]+)(?P<rest>.*)")
_FILE = re.compile(r"/(?P<repository>[^/]+/[^/]+)/resolve/[^/]+/(?P<path>.+)")


class FakeHub:
    """The files of the fake hub, and the requests it got.

    Attributes:
        gated: whether files need the token.
        size: the size that it reports for each file; None: the true one.
        refusal: the status to refuse everything with.
        fetched: the files that were downloaded.
        others: the files of further repositories, which are never gated.
    """

    def __init__(self, repository: str, files: Mapping[str, bytes]) -> None:
        self.repository = repository
        self.files = dict(files)
        self.others: dict[str, dict[str, bytes]] = {}
        self.gated = False
        self.token = "hf_accepted"
        self.size: int | None = None
        self.refusal: int | None = None
        self.fetched: list[str] = []
        self.url = ""

    def answer(self, method: str, path: str, token: str | None) -> tuple[int, dict[str, str], Any]:
        """Status, headers and body: bytes, or a value to send as JSON."""
        if self.refusal is not None:
            why = "Invalid credentials in Authorization header"
            return self.refusal, {"X-Error-Message": why}, {"error": why}
        path = path.partition("?")[0]
        if (match := _API.fullmatch(path)) and match["repository"] == self.repository:
            return 200, {}, self._about(match["rest"])
        match = _FILE.fullmatch(path)
        files = {self.repository: self.files, **self.others}
        if match is None or match["repository"] not in files:
            return 404, {"X-Error-Code": "RepoNotFound"}, {"error": "Repository not found"}
        ours = match["repository"] == self.repository
        if ours and self.gated and token != f"Bearer {self.token}":
            return 403, {"X-Error-Code": "GatedRepo"}, {"error": "Access is restricted"}
        content = files[match["repository"]].get(match["path"])
        if content is None:
            return 404, {"X-Error-Code": "EntryNotFound"}, {"error": "Entry not found"}
        if method == "GET":
            self.fetched.append(match["path"])
        etag = hashlib.sha256(content).hexdigest()
        return 200, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}, content

    def _about(self, rest: str) -> Any:
        sizes = {
            path: len(content) if self.size is None else self.size
            for path, content in self.files.items()
        }
        if rest.startswith("/tree/"):
            return [
                {"type": "file", "path": path, "size": size, "oid": "0" * 40}
                for path, size in sizes.items()
            ]
        siblings = [{"rfilename": path, "size": size} for path, size in sizes.items()]
        return {"id": self.repository, "sha": COMMIT, "siblings": siblings, "private": False}


@contextmanager
def fake_hub(repository: str, files: Mapping[str, bytes]) -> Iterator[FakeHub]:
    """Runs a hub with one repository, to which a test may add others."""
    hub = FakeHub(repository, files)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = hub.answer(
                self.command, self.path, self.headers.get("authorization")
            )
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
