"""The functions of this package that one plain JSON create passes, from the socket to its answer.

Run as `python -m bench.functions [--list]`. The request comes on a kept connection, after others
that warm the server up. `sys.setprofile` sees every call, in all threads. Comprehensions and
lambdas count as parts of their functions. A dataclass's constructor does not count, nor does a
function whose result comes from a cache.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import uvicorn

import vitascope
from bench.client import as_json
from vitascope import config
from vitascope.api.app import build_app, open_services
from vitascope.api.connection import ConnectionLimits, connection_class
from vitascope.cli.database import prepare

_OURS = str(Path(vitascope.__file__).parent)
_LIMITS = ConnectionLimits(100, 65536, 10.0, 60.0, 512)


async def _create(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    body, headers = as_json({"prompt": "A fox"})
    fields = {**headers, "Host": "127.0.0.1", "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"POST /v1/videos HTTP/1.1\r\n{head}\r\n".encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", answer)
    if b" 200 " not in answer or length is None:
        raise SystemExit(f"The server answered {answer!r}.")
    await reader.readexactly(int(length[1]))


async def _count(folder: Path) -> Counter[CodeType]:
    settings = config.load(data_dir=folder)
    prepare(settings.database)
    settings.uploads_dir.mkdir(parents=True)
    services = open_services(settings)
    options: dict[str, Any] = {"log_config": None, "access_log": False, "ws": "none", "port": 0}
    http = connection_class(_LIMITS)
    server = uvicorn.Server(uvicorn.Config(build_app(services), http=http, **options))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    calls: Counter[CodeType] = Counter()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(_OURS) and code.co_name[0] != "<":
            calls[code] += 1

    threading.setprofile(note)  # for threads that start from now on: the writer's
    sys.setprofile(note)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(5):
        calls.clear()
        await _create(reader, writer)
    sys.setprofile(None)
    found = calls.copy()
    writer.close()
    server.should_exit = True
    await serving
    return found


def main() -> None:
    """Print how many functions there are, and with `--list` which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        calls = asyncio.run(_count(Path(folder)))
    if arguments.list:
        for code, count in calls.items():
            module = Path(code.co_filename).relative_to(_OURS)
            print(f"{count:4} {module}:{code.co_firstlineno} {code.co_qualname}")
    print(f"{len(calls)} functions, {calls.total()} calls")


if __name__ == "__main__":
    sys.exit(main())
