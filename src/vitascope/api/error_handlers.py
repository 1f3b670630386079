"""Turns exceptions into answers with OpenAI's error object."""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Mapping

import msgspec
from obstore.exceptions import BaseError
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from vitascope.errors import NO_RETRY, NoSpace, RequestError, Unavailable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNWRITABLE = {errno.EROFS, errno.EIO}
_OS_ERROR = re.compile(r"\(os error (\d+)\)")
_encode = msgspec.json.Encoder().encode


class JsonResponse(Response):
    """A JSON answer. It makes its own headers, because Starlette's way costs as much as a query.

    Args:
        content: anything that msgspec encodes.
        status: the HTTP status.
        headers: further headers.
    """

    def __init__(
        self, content: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status_code = status
        self.background = None
        self.body = _encode(content)
        self.raw_headers = [
            (b"content-length", b"%d" % len(self.body)),
            (b"content-type", b"application/json"),
        ]
        if headers:
            further = [
                (name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
            ]
            self.raw_headers = further + self.raw_headers


def error_response(error: RequestError) -> JsonResponse:
    """The answer to a request that is refused."""
    return _response(
        error.status, error.message, error.type, error.param, error.code, error.headers
    )


def internal_error() -> JsonResponse:
    """The answer after a fault of the server. It has no internal details."""
    return _response(
        500,
        "The server had an error while processing your request. Retry it; if it goes on, tell the "
        "server's operator the x-request-id of this response.",
        "server_error",
    )


def response_to(error: Exception) -> JsonResponse | None:
    """The answer to a request that ended with an exception; None if it is a fault of the server."""
    known = error if isinstance(error, RequestError) else storage_error(error)
    return None if known is None else error_response(known)


def storage_error(error: Exception) -> NoSpace | Unavailable | None:
    """What an error of the database, the object store or the system says about the disk.

    None if it says nothing about it.
    """
    if isinstance(error, DBAPIError):
        code = (getattr(error.orig, "sqlite_errorcode", 0) or 0) & 0xFF
        state = getattr(error.orig, "sqlstate", None)
        if code == sqlite3.SQLITE_FULL or state == "53100":
            return no_space()
        unwritable = code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR} or state == "25006"
        return _unavailable() if unwritable else None
    if not isinstance(error, OSError | BaseError):
        return None
    number = error.errno if isinstance(error, OSError) else None
    if number is None and (found := _OS_ERROR.search(str(error))):
        number = int(found[1])
    if number in _FULL:
        return no_space()
    return _unavailable() if number in _UNWRITABLE else None


def no_space() -> NoSpace:
    """The error for a disk without room."""
    return NoSpace(
        "The server's disk is nearly full, so it takes no new videos or files. Delete some that "
        "you don't need, or tell the server's operator.",
        code="insufficient_storage",
        headers=NO_RETRY,
    )


def _unavailable() -> Unavailable:
    return Unavailable(
        "The server can't write to its disk just now. Try again later, or tell its operator.",
        code="storage_unavailable",
    )


def _response(
    status: int,
    message: str,
    kind: str,
    param: str | None = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    error = {"message": message, "type": kind, "param": param, "code": code}
    return JsonResponse({"error": error}, status, headers)
