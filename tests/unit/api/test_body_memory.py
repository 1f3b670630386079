"""A large upload passes through a small process: measured in a server of its own."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MIB = 1024 * 1024

SERVER = """
import asyncio, resource, socket, sys, time
from pathlib import Path
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
import vitascope.api.services.fetch
from vitascope.api.parsing import BodyLimits, Upload, read_body
from vitascope.api.parsing.references import decode_data_url
from vitascope.api.parsing.references import DataUrlRef, reference_of

scratch, descriptor = Path(sys.argv[1]), int(sys.argv[2])
longest = 0.0

async def watch():
    global longest
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)

async def take(request):
    async with read_body(request, limits=BodyLimits(), scratch=scratch) as body:
        reference = reference_of(body.fields["input_reference"], "input_reference")
        if isinstance(reference, DataUrlRef):
            upload = await decode_data_url(reference, body)
        else:
            upload = reference.upload
        return JSONResponse({"size": upload.size})

async def tell(request):
    global longest
    pause, longest = longest, 0.0
    loaded = [name for name in ("av", "cv2", "numpy", "PIL", "torch") if name in sys.modules]
    loaded += [n for n in sys.modules if n.startswith(("vitascope.engines", "vitascope.media"))]
    # Not ru_maxrss, which a process inherits from the one that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
    left = len(list(scratch.iterdir()))
    return JSONResponse({"peak": peak, "pause": pause, "loaded": loaded, "left": left})

async def main():
    app = Starlette(routes=[Route("/", take, methods=["POST"]), Route("/", tell)])
    config = uvicorn.Config(app, log_level="warning", ws="none", lifespan="off")
    watcher = asyncio.create_task(watch())
    await uvicorn.Server(config).serve([socket.socket(fileno=descriptor)])

asyncio.run(main())
"""


class Client:
    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def state(self) -> dict[str, Any]:
        self._connection.request("GET", "/")
        return dict(json.load(self._connection.getresponse()))

    def close(self) -> None:
        self._connection.close()

    def post(self, chunks: Iterator[bytes], content_type: str) -> dict[str, Any]:
        headers = {"Content-Type": content_type}
        self._connection.request("POST", "/", chunks, headers, encode_chunked=True)
        return dict(json.load(self._connection.getresponse()))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        descriptor = listening.fileno()
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(tmp_path), str(descriptor)],
            pass_fds=[descriptor],
        )
        client = Client(listening.getsockname()[1])
        try:
            yield client
        finally:
            client.close()
            server.terminate()
            server.wait(timeout=10)


def film(size: int) -> Iterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nx\r\n'
    yield b'--b\r\nContent-Disposition: form-data; name="input_reference"; filename="a"\r\n\r\n'
    chunk = b"\r\n--" + bytes(range(256)) * 4096
    for _ in range(size // MIB):
        yield chunk[:MIB]
    yield b"\r\n--b--\r\n"


def document(size: int) -> Iterator[bytes]:
    yield b'{"prompt": "x", "input_reference": {"image_url": "data:image/png;base64,'
    for _ in range(size // MIB):
        yield b"QUJD" * (MIB // 4)
    yield b'"}}'


def test_a_large_upload_stays_out_of_memory(client: Client) -> None:
    small = client.post(film(MIB), "multipart/form-data; boundary=b")
    before = client.state()
    large = client.post(film(256 * MIB), "multipart/form-data; boundary=b")
    after = client.state()
    assert (small["size"], large["size"]) == (MIB, 256 * MIB)
    assert after["peak"] - before["peak"] < 32 * MIB
    assert after["peak"] < 150 * MIB
    assert (after["loaded"], after["left"]) == ([], 0)


@pytest.mark.thorough
def test_the_longest_data_url_takes_little_more_than_itself(client: Client) -> None:
    small = client.post(document(MIB), "application/json")
    before = client.state()
    large = client.post(document(19 * MIB), "application/json")
    after = client.state()
    assert (small["size"], large["size"]) == (MIB * 3 // 4, 19 * MIB * 3 // 4)
    assert after["peak"] - before["peak"] < 96 * MIB
    assert after["left"] == 0
