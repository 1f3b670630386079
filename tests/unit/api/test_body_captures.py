"""What real clients put on the wire, sent verbatim to a real server over a real socket."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from sweeps import for_all

from vitascope.api.parsing import BodyLimits, Upload, read_body
from vitascope.errors import RequestError

CAPTURES = Path(__file__).parents[2] / "data" / "captures"


def file(name: str | None, kind: str | None, content: str) -> dict[str, Any]:
    return {"file": name, "type": kind, "content": content}


def described(value: object) -> Any:
    """A body's value as JSON, with a file as what `file` says."""
    if isinstance(value, Upload):
        content = value.path.read_bytes()
        assert len(content) == value.size
        assert content.startswith(value.head)
        assert value.path.stat().st_mode & 0o777 == 0o600
        return file(value.filename, value.content_type, content.decode("latin-1"))
    if isinstance(value, list):
        return [described(element) for element in value]
    if isinstance(value, dict):
        return {key: described(member) for key, member in value.items()}
    return value


class Server:
    """A tiny app on a loopback socket that tells what it was sent."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        app = Starlette(routes=[Route("/{path:path}", self._tell, methods=["POST"])])
        config = uvicorn.Config(app, log_level="warning", ws="none", lifespan="off")
        self._server = uvicorn.Server(config)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    async def _tell(self, request: Request) -> JSONResponse:
        try:
            async with read_body(request, limits=BodyLimits(), scratch=self.scratch) as body:
                return JSONResponse(described(body.fields))
        except RequestError as error:
            return JSONResponse({"refused": error.message}, status_code=error.status)

    @contextmanager
    def running(self) -> Iterator[Server]:
        self._thread.start()
        try:
            while not self._server.started:
                time.sleep(0.005)
            yield self
        finally:
            self._server.should_exit = True
            self._thread.join(timeout=10)
            self._socket.close()

    def answer(self, raw: bytes) -> Any:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(raw)
            with connection.makefile("rb") as answer:
                length = 0
                while (line := answer.readline()) not in (b"\r\n", b""):
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                return json.loads(answer.read(length))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("scratch")).running() as server:
        yield server
    assert list(server.scratch.iterdir()) == []


X = {"prompt": "x"}
EVERYTHING = {"model": "sora-2", "seconds": "4", "size": "720x1280"}
EXAMPLE = file("upload", "application/octet-stream", "Example data")
REF_PNG = file("ref.png", "image/png", "\x89PNGDATA")
REF_UNTYPED = file("ref.png", "application/octet-stream", "\x89PNGDATA")
CLIP = file("clip.mp4", "video/mp4", "MP4DATA")
TWO_CHARACTERS = {"characters": [{"id": "char_123"}, {"id": "char_9"}]}
MISC = {"a": {"b": "1"}, "flag": "true", "lst": ["1", "2"], "f": "1.5"}

EXPECTED: dict[str, dict[str, Any]] = {
    # The openai CLI: Go's encoder, alphabetical, with plain text where others send files.
    "cli/001": X,
    "cli/002": X | EVERYTHING | {"input_reference": "Example data"},
    "cli/003": X | {"input_reference": REF_PNG},
    "cli/004": X | {"input_reference": {"image_url": "https://example.com/a.png"}},
    "cli/005": X | {"input_reference": {"file_id": "file-123"}},
    "cli/006": X | {"input_reference": {"image_url": REF_PNG}},
    "cli/007": X | {"seconds": "16"},
    "cli/008": X | EVERYTHING | {"input_reference": "Example data"},
    "cli/009": X
    | {
        "b": "true",
        "characters": [{"id": "char_123"}, {"id": "c2"}],
        "n": "",
        "seconds": "8",
    },
    "cli/010": {"prompt": "y", "seconds": "8"},
    "cli/011": X | {"input_reference": REF_PNG},
    "cli/012": X | {"video": CLIP},
    "cli/013": X | {"video": {"id": "video_123"}},
    "cli/014": X | {"video": "video_123"},
    "cli/015": X | {"seconds": "20", "video": {"id": "video_123"}},
    "cli/016": X | {"seconds": "4", "video": "Example data"},
    "cli/017": {"name": "x", "video": CLIP},
    "cli/032": X,
    "cli/033": X,
    "cli/034": X,
    "cli/038": X | {"video": "12345"},
    "cli/039": X | {"video": "@foo"},
    "cli/040": X | {"video": "@nosuchname"},
    "cli/041": {"prompt": "STDINBYTES"},
    "cli/042": {"prompt": 'multi\nline: "q"'},
    # openai-python 3.52
    "py/001": X,
    "py/002": EVERYTHING | {"prompt": 'a "quoted" é\nline2', "input_reference": EXAMPLE},
    "py/003": X | {"input_reference": REF_PNG},
    "py/004": X | {"input_reference": REF_PNG},
    "py/005": X | {"input_reference": file("ref.png", "image/png", "\x89PNG")},
    "py/006": X | {"input_reference": file('réf "a".png', "image/png", "\x89PNG")},
    "py/007": X | {"input_reference": file("upload", "application/octet-stream", "abc")},
    "py/008": X | {"seconds": "8"},
    "py/009": X | TWO_CHARACTERS,
    "py/010": X | MISC,
    "py/011": X,
    "py/012": X | {"video": EXAMPLE},
    "py/013": X | {"video": CLIP},
    "py/014": X | {"seconds": "4", "video": EXAMPLE},
    "py/015": X | {"seconds": "20", "video": CLIP},
    "py/016": {"name": "x", "video": EXAMPLE},
    "py/017": {"name": "x", "video": CLIP},
    "py/026": X,
    "py/030": X,
    "py/033": X,
    "py/034": X | {"input_reference": EXAMPLE},
    # openai-python 2.2.0, 2.26.0, 2.27.0
    "pyold/001": X | {"seconds": "4"},
    "pyold/002": X | {"characters": [{"id": "char_1"}]},
    "pyold/003": X | {"input_reference": EXAMPLE},
    "pyold/004": X,
    "pyold/005": X | {"seconds": "4"},
    "pyold/006": X | {"characters": [{"id": "char_1"}]},
    "pyold/007": X | {"input_reference": EXAMPLE},
    "pyold/008": X,
    "pyold/009": X | {"seconds": "4"},
    "pyold/010": X | {"characters": [{"id": "char_1"}]},
    "pyold/011": X | {"input_reference": EXAMPLE},
    "pyold/012": X,
    # openai-node 7.55; its CRLF in texts is undone where a field is read.
    "node7/001": X,
    "node7/002": EVERYTHING
    | {
        "prompt": 'a "q" é\r\nline2',
        "input_reference": file("file", "application/octet-stream", "Example data"),
    },
    "node7/003": X | {"input_reference": file("ref.png", "image/png", "PNG")},
    "node7/004": X | {"input_reference": file("ref.png", "application/octet-stream", "PNG")},
    "node7/005": X | {"input_reference": REF_UNTYPED},
    "node7/006": X | {"input_reference": file('r"é.png', "image/png", "abc")},
    "node7/007": X | {"input_reference": {"file_id": "file-123"}},
    "node7/008": X | {"input_reference": {"image_url": "data:image/png;base64,AAAA"}},
    "node7/009": X | TWO_CHARACTERS,
    "node7/010": X | MISC,
    "node7/011": X | {"video": file("clip.mp4", "application/octet-stream", "Example data")},
    "node7/012": X | {"video": {"id": "video_123"}},
    "node7/013": X
    | {
        "seconds": "4",
        "video": file("file", "application/octet-stream", "Example data"),
    },
    "node7/014": X | {"seconds": "20", "video": {"id": "video_123"}},
    "node7/015": {
        "name": "x",
        "video": file("clip.mp4", "application/octet-stream", "MP4DATA"),
    },
    "node7/024": X,
    "node7/027": X | {"input_reference": {"file_id": "f"}, "characters": [{"id": "c"}]},
    "node7/028": X | {"video": file("mp4;base64,QUJD", "video/mp4", "ABC")},
    "node7/029": X | {"video": file("s.mp4", "video/mp4", "abc")},
    # openai-ruby 0.80: always chunked, every text typed
    "ruby/001": X,
    "ruby/002": X | EVERYTHING | {"input_reference": EXAMPLE},
    "ruby/003": X | {"input_reference": REF_UNTYPED},
    "ruby/004": X | {"input_reference": REF_UNTYPED},
    "ruby/005": X | {"input_reference": file("upload", "text/plain", "Example data")},
    "ruby/006": X | {"input_reference": file("r.png", "image/png", "abc")},
    "ruby/007": X | {"input_reference": {"file_id": "file-123"}},
    "ruby/008": X | {"input_reference": {"image_url": "https://e/a.png"}},
    "ruby/009": X | {"characters": [{"id": "char_1"}, {"id": "char_2"}]},
    "ruby/010": X | {"video": EXAMPLE},
    "ruby/011": X | {"video": {"id": "video_123"}},
    "ruby/012": X | {"seconds": "4", "video": EXAMPLE},
    "ruby/013": X | {"seconds": "20", "video": {"id": "video_123"}},
    "ruby/014": {"name": "x", "video": EXAMPLE},
    "ruby/021": X,
}


def test_every_capture_has_an_expectation() -> None:
    found = {f"{path.parent.name}/{path.stem}" for path in CAPTURES.glob("*/*.bin")}
    assert found == EXPECTED.keys()


@for_all("capture", EXPECTED)
def test_a_capture_is_read(server: Server, capture: str) -> None:
    assert server.answer((CAPTURES / f"{capture}.bin").read_bytes()) == EXPECTED[capture]


def part(headers: str, content: str) -> str:
    return f"--b\r\n{headers}\r\n\r\n{content}\r\n"


def post(parts: list[str], content_type: str = "multipart/form-data; boundary=b") -> bytes:
    content = ("".join(parts) + "--b--\r\n").encode()
    return (
        f"POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    ).encode() + content


JAVA_TEXT = "Content-Type: text/plain; charset=utf-8"
JAVA_BYTES = "Content-Type: application/octet-stream"
NET_TEXT = "Content-Type: text/plain; charset=utf-8"

UNCAPTURED: dict[str, tuple[bytes, dict[str, Any]]] = {
    "java bytes have a type and no name": (
        post(
            [
                part(f'Content-Disposition: form-data; name="prompt"\r\n{JAVA_TEXT}', "é"),
                part(
                    f'Content-Disposition: form-data; name="video"\r\n{JAVA_BYTES}',
                    "\x00MP4",
                ),
            ]
        ),
        {"prompt": "é", "video": file(None, "application/octet-stream", "\x00MP4")},
    ),
    "java bytes are a file even if they read like text": (
        post(
            [part(f'Content-Disposition: form-data; name="video"\r\n{JAVA_BYTES}', "Example data")]
        ),
        {"video": file(None, "application/octet-stream", "Example data")},
    ),
    "java types the text of an object as octets": (
        post(
            [
                part(f'Content-Disposition: form-data; name="prompt"\r\n{JAVA_TEXT}', "x"),
                part(
                    f'Content-Disposition: form-data; name="video[id]"\r\n{JAVA_BYTES}',
                    "video_1",
                ),
            ]
        ),
        X | {"video": {"id": "video_1"}},
    ),
    "java path": (
        post(
            [
                part(f'Content-Disposition: form-data; name="prompt"\r\n{JAVA_TEXT}', "x"),
                part(
                    'Content-Disposition: form-data; name="input_reference"; filename="a.png"\r\n'
                    + JAVA_BYTES,
                    "PNG",
                ),
            ]
        ),
        X | {"input_reference": file("a.png", "application/octet-stream", "PNG")},
    ),
    ".net quotes the boundary and not the names": (
        post(
            [
                part(f"{NET_TEXT}\r\nContent-Disposition: form-data; name=prompt", "x"),
                part(
                    f"{NET_TEXT}\r\nContent-Disposition: form-data; name=model",
                    "sora-2",
                ),
                part(
                    "Content-Type: image/png\r\nContent-Disposition: form-data; "
                    "name=input_reference; filename=a.png; filename*=utf-8''%C3%A1.png",
                    "PNG",
                ),
            ],
            'multipart/form-data; boundary="b"',
        ),
        X | {"model": "sora-2", "input_reference": file("á.png", "image/png", "PNG")},
    ),
    "ruby 0.78 sends objects as parts of JSON": (
        post(
            [
                part(
                    'Content-Disposition: form-data; name="prompt"\r\nContent-Type: text/plain',
                    "x",
                ),
                part(
                    'Content-Disposition: form-data; name="video"\r\n'
                    "Content-Type: application/json",
                    '{"id":"video_123"}',
                ),
                part(
                    'Content-Disposition: form-data; name="characters"\r\n'
                    "Content-Type: application/json",
                    '[{"id":"char_1"}]',
                ),
            ]
        ),
        X | {"video": {"id": "video_123"}, "characters": [{"id": "char_1"}]},
    ),
    "go 1.x joined with dots": (
        post(
            [
                part('Content-Disposition: form-data; name="prompt"', "x"),
                part('Content-Disposition: form-data; name="video.id"', "video_123"),
            ]
        ),
        X | {"video": {"id": "video_123"}},
    ),
    "go escapes quotes in file names": (
        post(
            [
                part(
                    'Content-Disposition: form-data; name="video"; filename="a\\"b;c.mp4"\r\n'
                    + JAVA_BYTES,
                    "x",
                )
            ]
        ),
        {"video": file('a"b;c.mp4', "application/octet-stream", "x")},
    ),
    "go puts JSON under a multipart type": (
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            b'Content-Length: 14\r\n\r\n{"prompt":"x"}'
        ),
        X,
    ),
    "curl -d without a type": (
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b'Content-Length: 16\r\n\r\n  {"prompt":"x"}'
        ),
        X,
    ),
    "no type at all, multipart": (
        post([part('Content-Disposition: form-data; name="prompt"', "x")]).replace(
            b"Content-Type: multipart/form-data; boundary=b\r\n", b""
        ),
        X,
    ),
    "a browser's empty file field": (
        post(
            [
                part('Content-Disposition: form-data; name="prompt"', "x"),
                part(
                    'Content-Disposition: form-data; name="video"; filename=""\r\n' + JAVA_BYTES,
                    "",
                ),
            ]
        ),
        X | {"video": ""},
    ),
    "axios numbers its lists": (
        post(
            [
                part('Content-Disposition: form-data; name="characters[0][id]"', "a"),
                part('Content-Disposition: form-data; name="characters[1][id]"', "b"),
            ]
        ),
        {"characters": [{"id": "a"}, {"id": "b"}]},
    ),
    "latin-1 text that says so": (
        post(
            [
                part(
                    'Content-Disposition: form-data; name="prompt"\r\n'
                    "Content-Type: text/plain; charset=ISO-8859-1",
                    "\u20ac",  # its three UTF-8 bytes, each a character of Latin-1
                )
            ]
        ),
        {"prompt": "\xe2\x82\xac"},
    ),
}


@for_all("form", UNCAPTURED)
def test_a_form_described_by_the_contract_is_read(server: Server, form: str) -> None:
    raw, expected = UNCAPTURED[form]
    assert server.answer(raw) == expected


@for_all("size", [1, 7, 100])
@for_all("capture", ["py/002", "cli/009", "py/011"])
def test_a_body_may_come_in_any_pieces(server: Server, capture: str, size: int) -> None:
    head, _, content = (CAPTURES / f"{capture}.bin").read_bytes().partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    chunks = [content[at : at + size] for at in range(0, len(content), size)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    raw = b"\r\n".join([*lines, b"Transfer-Encoding: chunked", b"", framed + b"0\r\n\r\n"])
    assert server.answer(raw) == EXPECTED[capture]


def test_a_client_that_goes_away_leaves_nothing(server: Server) -> None:
    raw = post(
        [
            part(
                'Content-Disposition: form-data; name="video"; filename="a"',
                "x" * 5_000_000,
            )
        ]
    )
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(raw[:4_000_000])
        deadline = time.monotonic() + 5
        while not list(server.scratch.iterdir()) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert list(server.scratch.iterdir())
    while list(server.scratch.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list(server.scratch.iterdir()) == []
