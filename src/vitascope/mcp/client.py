"""The API as the tools use it: JSON and files, with errors that say what an agent can do."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from vitascope.errors import VitascopeError

_MAX_COPY = 64 * 1024**2
_ADVICE = {
    "unsupported_operation": "`list_models` says what each model can do.",
    "video_not_completed": "Call `wait_for_video` first.",
    "invalid_api_key": "The person who set up this server has to change its key.",
    "rate_limit_exceeded": "Wait for a video with `wait_for_video`, or end one with "
    "`cancel_video`, then try again.",
}
_PARAM_ADVICE = {"model": "`list_models` names the models."}
_STATUS_ADVICE = {
    401: "The person who set up this server has to give it an API key.",
    404: "`list_videos` shows the videos that exist and their status.",
}


class ToolFailure(VitascopeError):
    """A tool can't do what it was asked; the text is for the agent."""


class ApiClient:
    """Requests to the API of one server, with one key."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        *,
        local: bool,
        closing: Callable[[], bool] = lambda: False,
    ) -> None:
        """Use a client.

        Args:
            http: its base URL ends in `/v1`.
            local: whether the agent's files are files of this machine.
            closing: whether the server is shutting down.
        """
        self._http = http
        self.local = local
        self.closing = closing

    async def json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The answer to a request, as JSON.

        Raises:
            ToolFailure: the server refused it or can't be reached.
        """
        response = await self._send(method, path, **options)
        return dict(response.json())

    async def file(self, path: str, **query: Any) -> tuple[bytes, str]:
        """A file's bytes and its media type.

        Raises:
            ToolFailure: there is none, or it is too large to be held in memory.
        """
        head = {} if query else (await self._send("HEAD", path)).headers
        if int(head.get("content-length", 0)) > _MAX_COPY:
            raise ToolFailure(f"The file is larger than {_MAX_COPY // 1024**2} MiB.")
        response = await self._send("GET", path, params=query)
        return response.content, response.headers["content-type"]

    async def save(self, path: str, target: Path) -> int:
        """Write a file of the server to a new file of this machine; returns its size in bytes.

        Raises:
            ToolFailure: it can't be read, or the target exists or can't be written.
        """
        size = 0
        try:
            async with self._http.stream("GET", path) as response:
                if response.is_error:
                    await response.aread()
                    raise _failure(response)
                with target.open("xb") as file:
                    async for chunk in response.aiter_bytes():
                        size += await asyncio.to_thread(file.write, chunk)
        except FileExistsError:
            raise ToolFailure(f"{target} exists already. Choose another path.") from None
        except OSError as error:
            raise ToolFailure(f"{target} can't be written: {error.strerror}.") from None
        except httpx2.TransportError as error:
            raise self._unreachable(error) from None
        return size

    async def read_local(self, path: str) -> tuple[str, bytes, str]:
        """A file of this machine, as a multipart upload wants it: name, content, media type.

        Raises:
            ToolFailure: the agent's files are not this machine's, or there is no such file.
        """
        if not self.local:
            raise ToolFailure(
                f"'{path}' is neither an id nor an address, and this server can't read your "
                "files. Give an https URL, a data: URL, or an id."
            )
        file = local_path(path)
        try:
            content = await asyncio.to_thread(file.read_bytes)
        except OSError as error:
            raise ToolFailure(f"{file} can't be read: {error.strerror}.") from None
        return file.name, content, mimetypes.guess_type(file)[0] or "application/octet-stream"

    async def _send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            response = await self._http.request(method, path, **options)
        except httpx2.TransportError as error:
            raise self._unreachable(error) from None
        if response.is_error:
            raise _failure(response)
        return response

    def _unreachable(self, error: httpx2.TransportError) -> ToolFailure:
        return ToolFailure(
            f"The video server at {self._http.base_url} does not answer ({type(error).__name__}). "
            "Try again in a moment. If that does not help, ask the person who set it up to start "
            "it with `vitascope serve`."
        )


def local_path(path: str) -> Path:
    """A path of this machine, whole."""
    return Path(path).expanduser().absolute()


def _failure(response: httpx2.Response) -> ToolFailure:
    try:
        error = response.json()["error"]
        message, code, param = str(error["message"]), error.get("code"), error.get("param")
    except (ValueError, KeyError, TypeError):
        # A HEAD has no body, and what is no server of ours answers in another form.
        message, code, param = (
            f"The server answered with status {response.status_code}.",
            None,
            None,
        )
    if param and param not in message:
        message = f"{param}: {message}"
    message = message.replace("input_reference", "first_frame")  # its name as a parameter here
    advice = (
        _ADVICE.get(code or "")
        or _PARAM_ADVICE.get(param or "")
        or _STATUS_ADVICE.get(response.status_code, "")
    )
    return ToolFailure(f"{message} {advice}".strip())
