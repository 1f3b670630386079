"""A client for an upstream server's Videos API: five calls and their errors."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx2

from vitascope import __version__
from vitascope.engines.upstream.answers import (
    MalformedAnswer,
    UpstreamJob,
    failure_reason,
    model_names,
    parse_job,
)
from vitascope.engines.upstream.settings import Flavour
from vitascope.errors import JobError
from vitascope.spec import Size

log = logging.getLogger(__name__)

MAX_ANSWER = 1024 * 1024
"""Maximum bytes to read of a JSON answer."""

MAX_FILM = 1024**3
"""Maximum bytes of a film."""

_CHUNK = 1024 * 1024
_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
_CREATE_TIMEOUT = httpx2.Timeout(120.0, connect=10.0)  # some servers prepare the job first
_SHORT_TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For servers without TLS: reading the certificates of all authorities takes a while."""
_RETRY = frozenset({408, 425, 429, 502, 503, 504})

_File = tuple[str | None, str | bytes | IO[bytes]] | tuple[str | None, IO[bytes], str]


class Unreachable(Exception):
    """The call failed and may succeed later. The text is for the log."""


class JobLost(Exception):
    """The server does not know the job, for example after a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestParameters:
    """What one upstream job renders.

    Attributes:
        image: an image file with the first frame.
        video: a video file to edit.
        sound: whether to request sound explicitly.
    """

    prompt: str
    size: Size
    frames: int
    fps: int
    seed: int
    negative_prompt: str | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    image: Path | None = None
    video: Path | None = None
    sound: bool = False

    def fields(self, flavour: Flavour, model: str | None) -> dict[str, str]:
        """The form's text fields."""
        numbers = {
            "seconds": -(-self.frames // self.fps),
            "fps": self.fps,
            "num_frames": self.frames,
            "seed": self.seed,
            "num_inference_steps": self.steps,
            "guidance_scale": self.guidance_scale,
        }
        numeric = {
            name: str(min(value, flavour.maximum.get(name, value)))
            for name, value in numbers.items()
            if value is not None
        }
        texts = {
            "prompt": self.prompt,
            "model": model,
            "size": str(self.size),
            "negative_prompt": self.negative_prompt,
            "generate_sound": "true" if self.sound else None,
        }
        return {name: text for name, text in texts.items() if text} | numeric


class Client:
    """Calls one server."""

    def __init__(
        self,
        url: str,
        flavour: Flavour,
        *,
        model: str | None,
        key: str | None,
        answer_seconds: float,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Prepare; no request is sent yet.

        Args:
            url: the base URL, to which `/videos` is appended.
            flavour: which server software it is.
            model: the model's name on that server; optional if it serves one model.
            key: the server's API key.
            answer_seconds: how long a JSON answer may take from its first byte on.
            transport: replaces the network in tests.

        Raises:
            JobError: the URL is not valid.
        """
        try:
            httpx2.URL(url)
        except httpx2.InvalidURL:
            raise JobError(
                "upstream_unavailable",
                "The upstream server's address can't be read. The operator of this server checks "
                "url in the model's table of the configuration.",
            ) from None
        self._url = url.rstrip("/")
        self._flavour = flavour
        self._model = model
        # For logs, without a password that the address may contain.
        self._server = f"{flavour.title} at {urlsplit(url).netloc.rpartition('@')[2]}"
        self._key = (key or "").encode()
        headers = {"user-agent": f"vitascope/{__version__}", "accept-encoding": "identity"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        self._answer_seconds = answer_seconds
        self._http = httpx2.Client(
            headers=headers,
            timeout=_TIMEOUT,
            follow_redirects=False,
            transport=transport,
            verify=_NO_AUTHORITIES if urlsplit(url).scheme == "http" else True,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def address(self, job: str) -> str:
        """The URL of a job."""
        return f"{self._url}/videos/{job}"

    def model_names(self) -> str:
        """All names of the served model; empty if the server lists none.

        Raises:
            Unreachable: the call failed.
            JobError: the server does not accept the key.
        """
        status, body = self._call("GET", f"{self._url}/models")
        self._check_key(status)
        found = model_names(body) if status == 200 else []
        own = self._model or ""
        return next((names for names in found if own and own in names), " ".join(found[:1]))

    def create(self, parameters: RequestParameters) -> UpstreamJob:
        """Create a job.

        Raises:
            Unreachable: the call failed, or the server is busy.
            JobError: the server rejects the request; a retry would not help.
        """
        with ExitStack() as opened:
            files: list[tuple[str, _File]] = [
                (name, (None, text))
                for name, text in parameters.fields(self._flavour, self._model).items()
            ]
            if parameters.image is not None:
                file = opened.enter_context(parameters.image.open("rb"))
                files.append((self._flavour.image_field, ("reference.png", file, "image/png")))
            if parameters.video is not None and self._flavour.video_field is not None:
                file = opened.enter_context(parameters.video.open("rb"))
                files.append((self._flavour.video_field, ("reference.mp4", file, "video/mp4")))
            status, body = self._call("POST", f"{self._url}/videos", files=files)
        if status in {200, 201, 202}:
            try:
                return parse_job(body)
            except MalformedAnswer as what:
                raise self._wrong_api(f"its answer is not a video job: {what}") from None
        raise self._creation_error(status, body)

    def retrieve(self, job: str) -> UpstreamJob:
        """Retrieve a job.

        Raises:
            Unreachable: the call failed, or its answer can't be read.
            JobLost: the server does not know the job.
            JobError: the server no longer accepts the key.
        """
        status, body = self._call("GET", self.address(job))
        self._check_key(status)
        try:
            known = parse_job(body)
        except MalformedAnswer as what:
            if status == 404:
                raise JobLost from None
            raise Unreachable(f"status {status}, {what}") from None
        if status >= 400 and not known.failed:
            raise Unreachable(f"status {status}")
        return known

    def fetch(self, job: str, out: IO[bytes], alive: Callable[[], None]) -> None:
        """Download the film of a completed job; overwrites the file.

        Args:
            job: its id.
            out: the file to write to.
            alive: called after each block of data.

        Raises:
            Unreachable: the connection was lost.
            JobLost: the server does not have the job or its film.
            JobError: the server refuses the download, or the film is too large.
        """
        out.seek(0)
        out.truncate()
        try:
            with self._http.stream("GET", f"{self.address(job)}/content") as response:
                if response.status_code != 200:
                    self._raise_download_error(response.status_code, self._body(response))
                for chunk in response.iter_bytes(_CHUNK):
                    out.write(chunk)
                    alive()
                    if out.tell() > MAX_FILM:
                        raise JobError(
                            "upstream_failed",
                            "The upstream server's film is larger than a gibibyte, which is "
                            "not supported. Request a shorter or smaller one.",
                        )
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from error
        out.flush()

    def delete(self, job: str) -> None:
        """Delete a job, which stops it if the server supports that. HTTP errors are ignored."""
        with suppress(httpx2.HTTPError):
            self._http.delete(self.address(job), timeout=_SHORT_TIMEOUT)

    def _call(
        self, method: str, url: str, *, files: list[tuple[str, _File]] | None = None
    ) -> tuple[int, bytes]:
        try:
            timeout = _TIMEOUT if files is None else _CREATE_TIMEOUT
            with self._http.stream(method, url, files=files, timeout=timeout) as response:
                body = self._body(response)
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from error
        if response.status_code in _RETRY:
            # A failed job may have such a status, too; any other body is ignored.
            with suppress(MalformedAnswer):
                parse_job(body)
                return response.status_code, body
            raise Unreachable(f"{self._server}: status {response.status_code}")
        return response.status_code, body

    def _body(self, response: httpx2.Response) -> bytes:
        """The body, cut off at `MAX_ANSWER` bytes, after which it is not valid JSON.

        Raises:
            httpx2.ReadTimeout: the body took too long.
        """
        body, deadline = bytearray(), time.monotonic() + self._answer_seconds
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_ANSWER:
                break
            if time.monotonic() > deadline:
                raise httpx2.ReadTimeout("the answer came too slowly", request=response.request)
        answer = bytes(body[:MAX_ANSWER])
        # Some servers repeat the request in errors, which may be shown to users.
        return answer.replace(self._key, b"...") if self._key else answer

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(f"{self._server}: {type(error).__name__}: {error}")

    def _check_key(self, status: int) -> None:
        if status in {401, 403}:
            log.warning("%s rejects the key (status %d)", self._server, status)
            raise JobError(
                "upstream_refused",
                f"The upstream server ({self._flavour.title}) does not accept this server's key. "
                "Its operator sets api_key_env, in the model's table of the configuration, to the "
                "name of the environment variable that holds the right one.",
            )

    def _creation_error(self, status: int, body: bytes) -> JobError:
        self._check_key(status)
        reason = failure_reason(body)
        log.warning("%s rejects a video (status %d): %s", self._server, status, reason)
        if status in {404, 405} and reason in {"", "Not Found", "Method Not Allowed"}:
            return self._wrong_api("/videos does not exist")
        if 400 <= status < 500:
            return JobError(
                "upstream_rejected",
                f"The upstream server ({self._flavour.title}) rejects this request: "
                f"{reason or f'it answered with status {status}'}.",
            )
        if status >= 500:
            return failed(self._flavour, reason or f"it answered with status {status}")
        return self._wrong_api(f"it answered with status {status}")

    def _wrong_api(self, what: str) -> JobError:
        log.warning("%s: %s", self._server, what)
        return JobError(
            "upstream_unavailable",
            f"The upstream server does not implement {self._flavour.title}'s Videos API ({what}). "
            "Its operator checks url and flavour in the model's table of the configuration.",
        )

    def _raise_download_error(self, status: int, body: bytes) -> None:
        self._check_key(status)
        if status in {404, 410}:
            raise JobLost
        if status in _RETRY or status >= 500:
            raise Unreachable(f"{self._server}: status {status}")
        raise failed(
            self._flavour,
            f"its film can't be fetched: {failure_reason(body) or f'status {status}'}",
        )


def failed(flavour: Flavour, reason: str) -> JobError:
    """The error for a video that the upstream server could not render."""
    return JobError(
        "upstream_failed",
        f"The upstream server ({flavour.title}) could not render the video: {reason}.",
    )
