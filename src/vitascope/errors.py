"""The exceptions for errors that callers can act on, as one tree.

    VitascopeError
    ├── RequestError            the request is refused with its status
    │   ├── InvalidRequest      400
    │   ├── Unauthorized        401
    │   ├── Forbidden           403
    │   ├── NotFound            404
    │   ├── MethodNotAllowed    405
    │   ├── PayloadTooLarge     413
    │   ├── TooManyRequests     429
    │   │   └── QuotaReached    (429)
    │   ├── Unavailable         503
    │   └── NoSpace             507
    ├── JobError                the job ends `failed` with this code and sentence
    ├── JobStopped              the job was cancelled while its engine worked on it
    └── ConfigError             the program can't start as configured

`vitascope.api.error_handlers` alone turns these into HTTP answers.
"""

from __future__ import annotations

from typing import ClassVar

NO_RETRY = {"x-should-retry": "false"}
"""Makes the official SDKs not retry: a retry fails as well until something is deleted."""


class VitascopeError(Exception):
    """The root of the tree. Its text is shown to the user."""


class RequestError(VitascopeError):
    """A request that is refused.

    Attributes:
        status: the HTTP status of the answer.
        param: the request field with the error, if there is one.
        code: a machine-readable code, if there is one.
        headers: extra response headers.
    """

    status: ClassVar[int] = 400
    type: ClassVar[str] = "invalid_request_error"

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code
        self.headers = headers or {}


class InvalidRequest(RequestError):
    """A field is missing, unknown, of the wrong type or out of range."""


class Unauthorized(RequestError):
    """The API key is missing or unknown."""

    status = 401


class Forbidden(RequestError):
    """The server refuses requests from this host or origin."""

    status = 403


class NotFound(RequestError):
    """The resource is not in the caller's project, or its content is not (yet) available."""

    status = 404


class MethodNotAllowed(RequestError):
    """The path exists, but not for this method."""

    status = 405


class PayloadTooLarge(RequestError):
    """The body is larger than the server accepts."""

    status = 413


class TooManyRequests(RequestError):
    """A limit of the project is reached; `retry-after` says when to try again."""

    status = 429
    type = "rate_limit_error"


class QuotaReached(TooManyRequests):
    """The project's limit of stored bytes or files is reached."""

    type = "insufficient_quota"


class Unavailable(RequestError):
    """The database or the blob store can't be written to at present."""

    status = 503
    type = "server_error"


class NoSpace(RequestError):
    """The server's disk is full, except for its reserve."""

    status = 507
    type = "server_error"


class JobError(VitascopeError):
    """The job can't be finished and ends `failed` with this code and message.

    Raised in workers and engine processes; never retried. Any other exception in an engine process
    counts as a crash of the engine and is retried.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class JobStopped(VitascopeError):
    """The job was cancelled. An engine lets it pass, and is ready for the next job after it."""


class ConfigError(VitascopeError):
    """The settings are wrong or do not fit the machine; the program does not start."""
