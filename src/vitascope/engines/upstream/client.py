"""The client: the five calls of an upstream's Videos API, and what their failures mean."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx2

from vitascope import __version__
from vitascope.engines.upstream.answers import Garbled, Job, job_of, names_of, reason_of
from vitascope.engines.upstream.flavours import Flavour
from vitascope.errors import JobError
from vitascope.spec import Size

log = logging.getLogger(__name__)

LARGEST_ANSWER = 1024 * 1024
"""Bytes of JSON that are read of any answer."""

LARGEST_FILM = 1024**3
"""Bytes of a film that are taken."""

_CHUNK = 1024 * 1024
_ANSWER_SECONDS = 120.0
_TIMEOUT = httpx2.Timeout(30.0, connect=10.0)
_CREATION = httpx2.Timeout(120.0, connect=10.0)  # some prepare the job before they answer
_BRIEF = httpx2.Timeout(10.0, connect=5.0)
_COME_AGAIN = frozenset({408, 425, 429, 502, 503, 504})

_File = tuple[str | None, str | bytes | IO[bytes]] | tuple[str | None, IO[bytes], str]


class Unreachable(Exception):
    """No answer that can be used: worth another try. The text is for the log."""


class Forgotten(Exception):
    """The server does not know the job, as after a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one upstream job is to draw.

    Attributes:
        image: a picture file to go on from.
        video: a film file to change.
        sound: whether to ask for sound in so many words.
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
        told = {
            name: str(min(value, flavour.most.get(name, value)))
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
        return {name: text for name, text in texts.items() if text} | told


class Client:
    """Speaks to one server."""

    def __init__(self, url: str, flavour: Flavour, *, model: str | None, key: str | None) -> None:
        """Get ready; nothing is sent yet.

        Args:
            url: what `/videos` is appended to.
            flavour: which server it is.
            model: what to call the model there; a server of one model needs no name.
            key: what the server lets in.

        Raises:
            JobError: the URL is none.
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
        # Who is asked, without any password that somebody put into the address.
        self._whom = f"{flavour.title} at {urlsplit(url).netloc.rpartition('@')[2]}"
        self._key = (key or "").encode()
        headers = {"user-agent": f"vitascope/{__version__}", "accept-encoding": "identity"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        self._http = httpx2.Client(headers=headers, timeout=_TIMEOUT, follow_redirects=False)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def address(self, job: str) -> str:
        """Where a job lives."""
        return f"{self._url}/videos/{job}"

    def model_names(self) -> str:
        """All that the served model is called; empty where the server does not say.

        Raises:
            Unreachable: there is no answer.
            JobError: the key is not accepted.
        """
        status, body = self._ask("GET", f"{self._url}/models")
        self._refused(status)
        found = names_of(body) if status == 200 else []
        wanted = self._model or ""
        return next((names for names in found if wanted and wanted in names), " ".join(found[:1]))

    def create(self, wish: Wish) -> Job:
        """Ask for a film.

        Raises:
            Unreachable: there is no answer, or the server is busy.
            JobError: it does not take the request, and would not take it again.
        """
        with ExitStack() as opened:
            files: list[tuple[str, _File]] = [
                (name, (None, text))
                for name, text in wish.fields(self._flavour, self._model).items()
            ]
            if wish.image is not None:
                file = opened.enter_context(wish.image.open("rb"))
                files.append((self._flavour.image_field, ("reference.png", file, "image/png")))
            if wish.video is not None and self._flavour.video_field is not None:
                file = opened.enter_context(wish.video.open("rb"))
                files.append((self._flavour.video_field, ("reference.mp4", file, "video/mp4")))
            status, body = self._ask("POST", f"{self._url}/videos", files=files)
        if status in {200, 201, 202}:
            try:
                return job_of(body)
            except Garbled as what:
                raise self._not_the_api(f"what it answered is no video job: {what}") from None
        raise self._not_taken(status, body)

    def look(self, job: str) -> Job:
        """How a job stands.

        Raises:
            Unreachable: there is no answer that makes sense.
            Forgotten: the server does not know it.
            JobError: the key is not accepted any more.
        """
        status, body = self._ask("GET", self.address(job))
        self._refused(status)
        try:
            known = job_of(body)
        except Garbled as what:
            if status == 404:
                raise Forgotten from None
            raise Unreachable(f"status {status}, {what}") from None
        if status >= 400 and not known.failed:
            raise Unreachable(f"status {status}")
        return known

    def fetch(self, job: str, out: IO[bytes], alive: Callable[[], None]) -> None:
        """Download the film of a completed job into a file, from its beginning.

        Args:
            job: its id.
            out: where to write.
            alive: called now and then while data comes.

        Raises:
            Unreachable: it broke off.
            Forgotten: the server does not know the job, or has lost the film.
            JobError: the server does not give it, or it is too large.
        """
        out.seek(0)
        out.truncate()
        try:
            with self._http.stream("GET", f"{self.address(job)}/content") as response:
                if response.status_code != 200:
                    self._not_given(response.status_code, self._body(response))
                for chunk in response.iter_bytes(_CHUNK):
                    out.write(chunk)
                    alive()
                    if out.tell() > LARGEST_FILM:
                        raise JobError(
                            "upstream_failed",
                            "The upstream server's film is larger than a gibibyte and was not "
                            "taken. Ask for a shorter or smaller one.",
                        )
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from error
        out.flush()

    def drop(self, job: str) -> None:
        """Delete a job, which stops it where the server can; never mind if that fails."""
        with suppress(httpx2.HTTPError):
            self._http.delete(self.address(job), timeout=_BRIEF)

    def _ask(
        self, method: str, url: str, *, files: list[tuple[str, _File]] | None = None
    ) -> tuple[int, bytes]:
        try:
            timeout = _TIMEOUT if files is None else _CREATION
            with self._http.stream(method, url, files=files, timeout=timeout) as response:
                body = self._body(response)
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from error
        if response.status_code in _COME_AGAIN:
            # A failed job may come under such a status, too; any other body is of no use.
            with suppress(Garbled):
                job_of(body)
                return response.status_code, body
            raise Unreachable(f"{self._whom}: status {response.status_code}")
        return response.status_code, body

    def _body(self, response: httpx2.Response) -> bytes:
        """The body, as far as an answer goes; cut off, it is no JSON any more.

        Raises:
            httpx2.ReadTimeout: it comes in drops.
        """
        body, deadline = bytearray(), time.monotonic() + _ANSWER_SECONDS
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                break
            if time.monotonic() > deadline:
                raise httpx2.ReadTimeout("the answer came too slowly", request=response.request)
        told = bytes(body[:LARGEST_ANSWER])
        # Some servers repeat what they were sent, and that may be shown to users.
        return told.replace(self._key, b"...") if self._key else told

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(f"{self._whom}: {type(error).__name__}: {error}")

    def _refused(self, status: int) -> None:
        if status in {401, 403}:
            log.warning("%s refuses the key (status %d)", self._whom, status)
            raise JobError(
                "upstream_refused",
                f"The upstream server ({self._flavour.title}) does not accept this server's key. "
                "Its operator sets api_key_env, in the model's table of the configuration, to the "
                "name of the environment variable that holds the right one.",
            )

    def _not_taken(self, status: int, body: bytes) -> JobError:
        self._refused(status)
        reason = reason_of(body)
        log.warning("%s does not take a video (status %d): %s", self._whom, status, reason)
        if status in {404, 405} and reason in {"", "Not Found", "Method Not Allowed"}:
            return self._not_the_api("there is nothing at /videos")
        if 400 <= status < 500:
            return JobError(
                "upstream_rejected",
                f"The upstream server ({self._flavour.title}) does not take this request: "
                f"{reason or f'it answered with status {status}'}.",
            )
        if status >= 500:
            return failed(self._flavour, reason or f"it answered with status {status}")
        return self._not_the_api(f"it answered with status {status}")

    def _not_the_api(self, what: str) -> JobError:
        log.warning("%s: %s", self._whom, what)
        return JobError(
            "upstream_unavailable",
            f"The upstream server does not speak {self._flavour.title}'s Videos API ({what}). Its "
            "operator checks url and flavour in the model's table of the configuration.",
        )

    def _not_given(self, status: int, body: bytes) -> None:
        self._refused(status)
        if status in {404, 410}:
            raise Forgotten
        if status in _COME_AGAIN or status >= 500:
            raise Unreachable(f"{self._whom}: status {status}")
        raise failed(
            self._flavour,
            f"its film can't be fetched: {reason_of(body) or f'status {status}'}",
        )


def failed(flavour: Flavour, reason: str) -> JobError:
    """The error of a video that the upstream could not draw, for this reason."""
    return JobError(
        "upstream_failed",
        f"The upstream server ({flavour.title}) could not draw the video: {reason}.",
    )
