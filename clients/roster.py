"""The roster: every client there is to run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clients import programs, suites
from clients.tally import Tally

Pins = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Client:
    """One client, the name its version is pinned under, and how it is run against an address."""

    name: str
    pin: str
    run: Callable[[Pins, str], tuple[Tally, str]]


SUITES = (
    Client("python-suite", "openai-python", suites.openai_python),
    Client("go-suite", "openai-go", suites.openai_go),
    Client("cli-suite", "openai-cli", suites.openai_cli),
)
"""Need a server in conformance mode."""

PROGRAMS = (
    Client("python", "openai-python", programs.python),
    Client("node", "openai-node", programs.node),
    Client("go", "openai-go", programs.go),
    Client("java", "openai-java", programs.java),
    Client("cli", "openai-cli", programs.cli),
    Client("own-command", "vitascope", programs.own_command),
    Client("litellm", "litellm", programs.litellm),
    Client("litellm-proxy", "litellm", programs.litellm_proxy),
    Client("pyrit", "pyrit", programs.pyrit),
    Client("tanstack", "tanstack-ai", programs.tanstack),
    Client("ai-sdk", "ai-sdk", programs.ai_sdk),
    Client("ai-sdk-6", "ai-sdk-6", programs.ai_sdk_6),
    Client("dialects-python", "google-genai", programs.dialects_python),
    Client("genai-2", "google-genai-2", programs.genai_2),
)
"""Use a server as it is."""
