"""The one place that turns failures into OpenAI's error envelope."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vitascope.errors import MethodNotAllowed, NotFound, RequestError

log = logging.getLogger(__name__)


def error_response(error: RequestError) -> JSONResponse:
    """The response for a request that can't be taken."""
    return _response(
        error.status, error.message, error.type, error.param, error.code, error.headers
    )


def install(app: FastAPI) -> None:
    """Let the app answer every failure through this module."""
    app.add_exception_handler(RequestError, _known)
    app.add_exception_handler(HTTPException, _routing)
    app.add_exception_handler(RequestValidationError, _parameters)
    app.add_exception_handler(Exception, _fault)


def internal_error() -> JSONResponse:
    """The response for a fault of our own; tells nothing of the inside."""
    return _response(
        500,
        "The server had an error while processing your request. Retry it; if it goes on, tell the "
        "server's operator the x-request-id of this response.",
        "server_error",
        None,
        None,
        {},
    )


def _response(
    status: int,
    message: str,
    kind: str,
    param: str | None,
    code: str | None,
    headers: dict[str, str],
) -> JSONResponse:
    error = {"message": message, "type": kind, "param": param, "code": code}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


async def _known(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestError)
    return error_response(error)


async def _fault(_request: Request, _error: Exception) -> Response:
    """A fault of our own; the gate, which it reaches next, logs it."""
    return internal_error()


async def _routing(request: Request, error: Exception) -> Response:
    """Starlette's own refusals: no such path, or not with this method."""
    assert isinstance(error, HTTPException)
    where = f"{request.method} {request.url.path}"
    if error.status_code == HTTPStatus.NOT_FOUND:
        return error_response(NotFound(f"Invalid URL ({where})", code="unknown_url"))
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers = dict(error.headers or {})
        return error_response(MethodNotAllowed(f"Not allowed: {where}", headers=headers))
    phrase = HTTPStatus(error.status_code).phrase
    return _response(error.status_code, phrase, "invalid_request_error", None, None, {})


async def _parameters(_request: Request, error: Exception) -> Response:
    """A path or query parameter that FastAPI itself refused."""
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = error.errors()[0]
    name = str(first["loc"][-1])
    return _response(
        400,
        f"Invalid value for '{name}': {first['msg']}.",
        "invalid_request_error",
        name,
        "invalid_value",
        {},
    )
