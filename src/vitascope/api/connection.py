"""One HTTP connection, with limits on bytes and time that uvicorn does not have.

uvicorn's protocol accepts a request head of any size, waits for its end without a limit, and keeps
a client that has stopped reading. This subclass counts bytes before the parser keeps them, and
`sweep`, which is called every half second, ends what takes too long.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import socket
import time
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, NoReturn

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

log = logging.getLogger(__name__)

_SLICE = 16 * 1024
"""Bytes that the parser gets at once, and so by how much a limit can be exceeded."""
_MAX_PIPELINED = 64
_CHUNK_FRAMING = 24
"""Bytes around each chunk that do not count as an extension: its size and two line ends."""
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one client may send and how slowly it may do so.

    Attributes:
        connections: how many there may be at once.
        head_bytes: of a request line with its headers; of trailers; of chunk extensions.
        head_seconds: from the first byte of a request, or from connecting, to its headers' end.
        transfer_seconds: over how long the rate of a body or an answer is measured.
        bytes_per_second: the lowest rate of a body that is sent or an answer that is read.
    """

    connections: int
    head_bytes: int
    head_seconds: float
    transfer_seconds: float
    bytes_per_second: int

    @property
    def least(self) -> float:
        """Bytes that must pass within each `transfer_seconds`."""
        return self.bytes_per_second * self.transfer_seconds


class _Phase(Enum):
    HEAD = auto()
    BODY = auto()
    BETWEEN = auto()
    """The request is complete: it is being answered, or the next one has not begun."""


class _Refused(Exception):
    """Stops the parser. `Connection._refusal` has the reason."""


class Connection(HttpToolsProtocol):
    """uvicorn's protocol within limits."""

    limits: ConnectionLimits  # set by `connection_class`

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._running: RequestResponseCycle | None = None  # the request that is answered
        self._phase = _Phase.HEAD
        self._since = 0.0  # when the head began, or the measured span of the body
        self._received = 0  # bytes, in total
        self._mark = 0  # what `_received` was at `_since`
        self._head_bytes = 0
        self._header_bytes = 0
        self._body_bytes = 0
        self._chunks = 0
        self._framing = 0  # bytes of chunk extensions and trailers
        self._unread_since = 0.0  # when the measured span of an unread answer began
        self._unread_mark = 0
        self._refusal = 400, "The request is not valid HTTP/1.1."
        self._refused_at = 0.0

    # uvicorn's own signature, which is narrower than asyncio's
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, or refuse it at the maximum."""
        super().connection_made(transport)
        self.flow = _Flow(transport, self)
        self._answers = _AnswerWriter(transport, self.loop)
        self._since = time.monotonic()
        if len(self.connections) > self.limits.connections:
            self.connections.discard(self)
            self.transport.write(
                _answer(503, "The server has as many connections as it takes. Try again later.")
            )
            self.transport.close()
            self._refused_at = self._since

    def connection_lost(self, exc: Exception | None) -> None:
        """Notify the application, also when requests are queued behind the one that it answers."""
        super().connection_lost(exc)
        self.pipeline.clear()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Count and parse received bytes."""
        self._received += len(data)
        if self._refused_at:
            if self._received - self._mark > _LINGER_BYTES:
                self.transport.abort()
            return
        self._unset_keepalive_if_required()
        if self._phase is _Phase.BETWEEN:
            self._begin_head()
        try:
            if len(data) <= _SLICE:
                self._parse(data)
                return
            view = memoryview(data)
            for start in range(0, len(view), _SLICE):
                self._parse(view[start : start + _SLICE])
        except httptools.HttpParserUpgrade:
            pass  # there is no other protocol, so it is answered as an ordinary request
        except (_Refused, httptools.HttpParserError):
            self._refuse(*self._refusal)

    def _parse(self, data: bytes | memoryview) -> None:
        before, body, chunks = self._phase, self._body_bytes, self._chunks
        self.parser.feed_data(data)
        if before is not self._phase:
            return  # the callbacks have counted what ended; what began is shorter than a slice
        if before is _Phase.HEAD:
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head_bytes:
                self._refuse_head()
        elif before is _Phase.BODY:
            framing = len(data) - (self._body_bytes - body)
            self._count_framing(framing - (self._chunks - chunks) * _CHUNK_FRAMING)

    def _begin_head(self) -> None:
        self._phase = _Phase.HEAD
        self._head_bytes = 0
        self._since = time.monotonic()

    def _stop(self, status: int, message: str) -> NoReturn:
        # The parser drops the exceptions of some callbacks.
        self._refusal = status, message
        raise _Refused

    def _refuse_head(self) -> NoReturn:
        self._stop(
            431,
            "The request line and the headers are too large: at most "
            f"{self.limits.head_bytes} bytes are taken.",
        )

    def _count_framing(self, count: int) -> None:
        self._framing = max(0, self._framing + count)
        if self._framing > self.limits.head_bytes:
            self._stop(
                431,
                "The trailers or the chunk extensions are too large: at most "
                f"{self.limits.head_bytes} bytes are taken.",
            )

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        cycle.transport = self._answers
        super()._start_asgi_task(cycle, app)

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        if self._phase is not _Phase.HEAD:
            self._begin_head()
        self._header_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which is counted and not read."""
        if self._phase is _Phase.HEAD:
            self._header_bytes += len(name) + len(value) + 4
            super().on_header(name, value)
        else:
            self._count_framing(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """The end of a head: the application starts."""
        if len(self.url) + self._header_bytes > self.limits.head_bytes:
            self._refuse_head()
        if len(self.pipeline) >= _MAX_PIPELINED:
            self._stop(400, "Too many requests were sent without waiting for an answer.")
        self._phase = _Phase.BODY
        self._since = time.monotonic()
        self._mark = self._received
        self._framing = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_chunk_header(self) -> None:
        """The size of a chunk."""
        self._chunks += 1

    def on_message_complete(self) -> None:
        """The end of a request."""
        self._phase = _Phase.BETWEEN
        super().on_message_complete()

    def shutdown(self) -> None:
        """End after the answer, or at once if none is due."""
        if self._refused_at:
            self.transport.abort()
        else:
            super().shutdown()

    def sweep(self, now: float) -> None:
        """End the connection if its client is too slow; `now` by the monotonic clock."""
        if self._refused_at:
            if now - self._refused_at > _LINGER_SECONDS:
                self.transport.abort()
            return
        if not self._reads_on(now):
            self.transport.abort()  # `close` would wait for the client to read the rest
        elif self._phase is _Phase.BETWEEN:
            return
        elif self.flow.read_paused:  # the server is not ready, not the client
            self._since, self._mark = now, self._received
        elif self._phase is _Phase.HEAD:
            if now - self._since > self.limits.head_seconds:
                self._refuse(408, "The request's headers did not arrive in time.")
        elif now - self._since > self.limits.transfer_seconds:
            if self._received - self._mark < self.limits.least:
                self._refuse(
                    408,
                    "The request's body arrives too slowly: at least "
                    f"{self.limits.bytes_per_second} bytes a second are expected.",
                )
            self._since, self._mark = now, self._received

    def _reads_on(self, now: float) -> bool:
        """Whether the client reads its answer, if there is one, fast enough."""
        if not self.transport.get_write_buffer_size():
            self._unread_since = 0.0
        elif not self._unread_since:
            self._unread_since, self._unread_mark = now, self._bytes_read()
        elif now - self._unread_since > self.limits.transfer_seconds:
            read = self._bytes_read()
            if read - self._unread_mark < self.limits.least:
                return False
            self._unread_since, self._unread_mark = now, read
        return True

    def _bytes_read(self) -> int:
        """Bytes that the client's machine has acknowledged; elsewhere, that left the buffer."""
        connection = self.transport.get_extra_info("socket")
        if hasattr(socket, "TCP_INFO") and connection is not None:
            # Linux: `tcpi_bytes_acked`, since 4.1.
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 128)
            if len(info) == 128:
                return int.from_bytes(info[120:128], "little")
        return -self.transport.get_write_buffer_size()

    def _refuse(self, status: int, message: str) -> None:
        """Answer without the application if possible, and end the connection.

        What the client still sends is read and thrown away for a moment: the kernel would answer
        it with a reset, which can overtake the answer.
        """
        now = time.monotonic()
        if self._phase is _Phase.BODY:
            speechless = bool(self.pipeline) or self.cycle.response_started
        else:
            answering = self.cycle is not None and not self.cycle.response_complete
            speechless = answering or self._received == self._mark
        if speechless or self.transport.is_closing():
            self.transport.abort()
            return
        if self._phase is _Phase.BODY:
            # The application sees a disconnect, and its output is dropped.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._refused_at, self._mark = now, self._received
        self.flow.resume_reading()
        self.transport.write(_answer(status, message))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()


class _Flow(FlowControl):
    """Stops reading while requests are queued behind the one that is answered."""

    def __init__(self, transport: asyncio.Transport, connection: Connection) -> None:
        super().__init__(transport)
        self._connection = connection

    def resume_reading(self) -> None:
        if not self._connection.pipeline and not self._connection.transport.is_closing():
            super().resume_reading()


class _AnswerWriter(asyncio.Transport):
    """Sends an answer's head and the first part of its body together, as one packet.

    A head whose body is not there yet waits no longer than this turn of the event loop.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._held.append(data)
        if len(self._held) == 1:
            self._loop.call_soon(self._flush)
        else:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def _flush(self) -> None:
        held, self._held = self._held, []
        if held and not self._transport.is_closing():
            self._transport.writelines(held)


def connection_class(limits: ConnectionLimits) -> type[Connection]:
    """The protocol class for uvicorn, which makes an instance for each connection."""
    return type("LimitedConnection", (Connection,), {"limits": limits})


def _answer(status: int, message: str) -> bytes:
    """A complete error response, for requests that do not reach the application."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    error = {"message": message, "type": kind, "param": None, "code": None}
    body = json.dumps({"error": error}).encode()
    lines = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "content-type: application/json",
        f"content-length: {len(body)}",
        f"x-request-id: req_{secrets.token_hex(16)}",
        "connection: close",
    ]
    if status == 503:
        lines.append("retry-after: 5")
    return "\r\n".join([*lines, "", ""]).encode() + body
