"""Expands short prompts for models that need long ones, by the operator's command or chat model.

Only the engine sees the expanded prompt; the API reports the user's own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from typing import Any, NamedTuple

import httpx2

from vitascope.model_settings import ExpandSettings

MAX_LENGTH = 32_000
"""Maximum characters of an expanded prompt, the same as for a prompt."""

MAX_ANSWER = 1024 * 1024
"""Maximum bytes of a chat server's answer."""

_SYSTEM_PROMPT = (
    "You rewrite prompts for a text-to-video model. Keep everything the user asks for, and add "
    "nothing that contradicts it. {instructions} Answer with the new prompt alone."
)
_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCE = re.compile(r"\A```\w*\n(.*?)\n?```\Z", re.DOTALL)


class Expanded(NamedTuple):
    """The prompt to render, and a message for the job's log."""

    prompt: str
    note: str


class _NoAnswerError(Exception):
    """The prompt was not expanded; the text says why."""


def expanded(prompt: str, settings: ExpandSettings, instructions: str) -> Expanded:
    """Expand a prompt; returns the user's own if that fails or takes too long.

    Args:
        prompt: the user's prompt.
        settings: the command or chat model.
        instructions: the kind of prompt that the model needs, unless the settings have their own.
    """
    try:
        if settings.command:
            text = _commanded(prompt, settings)
        else:
            text = _chatted(prompt, settings, instructions)
        text = _bare(text)
    except _NoAnswerError as reason:
        return Expanded(prompt, f"The prompt was not expanded and is used unchanged: {reason}.")
    return Expanded(text, f"The prompt was expanded to: {text}")


def _bare(text: str) -> str:
    """The answer without a chat model's reasoning and code fence."""
    text = _THOUGHTS.sub("", text).strip()
    text = _FENCE.sub(r"\1", text).strip()
    if not text:
        raise _NoAnswerError("the answer is empty")
    if len(text) > MAX_LENGTH:
        raise _NoAnswerError(f"the answer has {len(text)} characters, the maximum is {MAX_LENGTH}")
    return text


def _commanded(prompt: str, settings: ExpandSettings) -> str:
    program = settings.command[0]
    try:
        finished = subprocess.run(
            settings.command,
            input=prompt.encode(),
            capture_output=True,
            timeout=settings.timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _NoAnswerError(_late(program, settings)) from None
    except OSError as error:
        raise _NoAnswerError(f"{program} can't be run ({error.strerror})") from None
    if finished.returncode != 0:
        lines = finished.stderr.decode(errors="replace").split("\n")
        last = next(
            (line.strip() for line in reversed(lines) if line.strip()), "it printed nothing"
        )
        raise _NoAnswerError(f"{program} ended with status {finished.returncode} ({last[:200]})")
    try:
        return finished.stdout.decode()
    except UnicodeDecodeError:
        raise _NoAnswerError(f"what {program} printed is not UTF-8") from None


def _chatted(prompt: str, settings: ExpandSettings, instructions: str) -> str:
    system = settings.instructions or _SYSTEM_PROMPT.format(instructions=instructions).replace(
        "  ", " "
    )
    payload = {
        "model": settings.model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": prompt},
        ],
        "seed": 0,  # the same request gives the same prompt, if the server supports seeds
    }
    url = f"{(settings.url or '').rstrip('/')}/chat/completions"
    try:
        status, answer = _posted(url, payload, _headers(settings), settings)
    except httpx2.TimeoutException:
        raise _NoAnswerError(_late(url, settings)) from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise _NoAnswerError(f"{url} can't be reached ({error})") from None
    if status != httpx2.codes.OK:
        raise _NoAnswerError(f"{url} answered with status {status}")
    return _content(url, answer)


def _headers(settings: ExpandSettings) -> dict[str, str]:
    name = settings.api_key_env
    if name is None:
        return {}
    key = os.environ.get(name)
    if not key:
        raise _NoAnswerError(f"the environment variable {name}, for the chat model's key, is unset")
    return {"Authorization": f"Bearer {key}"}


def _posted(
    url: str, payload: dict[str, Any], headers: dict[str, str], settings: ExpandSettings
) -> tuple[int, bytes]:
    """The status and the body; the timeout is for the whole body, not for each read."""
    deadline = time.monotonic() + settings.timeout_seconds
    answer = b""
    with (
        httpx2.Client(timeout=settings.timeout_seconds) as client,
        client.stream("POST", url, json=payload, headers=headers) as response,
    ):
        for chunk in response.iter_bytes():
            answer += chunk
            if time.monotonic() > deadline:
                raise _NoAnswerError(_late(url, settings))
            if len(answer) > MAX_ANSWER:
                raise _NoAnswerError(f"{url} answered with more than a chat completion")
        return response.status_code, answer


def _content(url: str, answer: bytes) -> str:
    try:
        content = json.loads(answer)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError):
        content = None
    if not isinstance(content, str):
        raise _NoAnswerError(f"the answer of {url} is not a chat completion")
    return content


def _late(who: str, settings: ExpandSettings) -> str:
    return f"{who} had no answer after {settings.timeout_seconds:g} seconds"
