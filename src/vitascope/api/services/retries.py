"""Retries: a job that a client asks for again is answered with the one that it made before.

The official SDKs send a POST again when its answer was lost. They send no `Idempotency-Key`, only
the number of the retry; so there, the same body within a few minutes is the same request.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from vitascope.api.error_handlers import error_response
from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.body import Value
from vitascope.api.schemas import MAX_IDEMPOTENCY_KEY
from vitascope.api.services.container import project_of, services_of
from vitascope.errors import InvalidRequest, NotFound
from vitascope.store.blobs import digest_of
from vitascope.store.idempotency import LONGEST_MEMORY, AlreadyMade, Claim

KEY = "idempotency-key"
RETRY_COUNT = "x-stainless-retry-count"

_RETRY_MEMORY = 300.0
"""Seconds within which the same body, sent as a retry, is the same request."""


def install(app: FastAPI) -> None:
    """Let the app answer repetitions with the first job, wherever they are noticed."""
    app.add_exception_handler(AlreadyMade, _first_job)


async def claim_of(request: Request, body: Body) -> Claim:
    """The request's claim to make a job, to be handed in with it.

    Raises:
        AlreadyMade: the job was made already; `install` has seen to the answer.
        InvalidRequest: the idempotency key can't be used.
    """
    claim = await _claim(request, body)
    if claim.shared:
        await services_of(request).idempotency.check(claim)
    return claim


async def _claim(request: Request, body: Body) -> Claim:
    now, key = time.time(), request.headers.get(KEY, "")
    repeated = _retry_count(request) > 0
    if len(key) > MAX_IDEMPOTENCY_KEY:
        raise InvalidRequest(
            f"The Idempotency-Key header is longer than {MAX_IDEMPOTENCY_KEY} characters."
        )
    fingerprint = await _fingerprint(request, body)
    return Claim(
        project=project_of(request),
        token=f"key {key}" if key else f"body {fingerprint}",
        fingerprint=fingerprint,
        repeated=repeated,
        shared=bool(key) or repeated,
        since=now - (LONGEST_MEMORY if key else _RETRY_MEMORY if repeated else 0),
    )


def _retry_count(request: Request) -> int:
    text = request.headers.get(RETRY_COUNT, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


async def _fingerprint(request: Request, body: Body) -> str:
    """A hash over operation and fields; files count by their content alone."""
    operation = request.url.path.removeprefix("/v1")
    told = json.dumps([operation, await _plain(body.fields)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


async def _plain(value: Value) -> Any:
    match value:
        case Upload():
            return {"sha256": await digest_of(value.path)}
        case dict():
            return {name: await _plain(member) for name, member in value.items()}
        case list():
            return [await _plain(item) for item in value]
        case _:
            return value


async def _first_job(request: Request, error: Exception) -> Response:
    assert isinstance(error, AlreadyMade)
    if not error.same:
        return error_response(
            InvalidRequest(
                "This Idempotency-Key was used for another request within the last day. Use a new "
                "key for each new request.",
                code="idempotency_key_reused",
            )
        )
    services = services_of(request)
    video = await services.videos.get(error.video_id, project=project_of(request))
    if video is None:
        return error_response(NotFound(f"Video with id '{error.video_id}' not found."))
    return JSONResponse(video.to_wire())
