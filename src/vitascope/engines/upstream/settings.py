"""The settings of a model on another server, and the supported servers.

Source: the released packages SGLang Diffusion 0.5.23, vLLM-Omni 0.30.0 and FastVideo 0.2.1. All
three accept multipart fields of the same names and keep their jobs in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import model_validator

from vitascope.errors import ConfigError
from vitascope.model_settings import (
    OPERATIONS,
    ModelCapabilities,
    Operation,
    Phase,
    RealModelSettings,
)


class UpstreamSettings(RealModelSettings):
    """A `[models.NAME]` table with `engine = "upstream"`.

    Attributes:
        url: the base URL of the server's API, such as `http://gpu-box:30000/v1`.
        flavour: which server software it is.
        upstream_model: the model's name on that server; not sent by default, because each of these
            servers serves one model.
        api_key_env: the environment variable that holds the server's key.
    """

    engine: str = "upstream"
    url: str
    flavour: Literal["sglang", "vllm-omni", "fastvideo"]
    upstream_model: str | None = None
    api_key_env: str | None = None

    phases: ClassVar[tuple[Phase, ...]] = ("denoise", "draw", "encode", "publish")
    needs: ClassVar[str] = "a url and a flavour"

    @model_validator(mode="after")
    def _safe_url(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"}:
            raise ValueError("url must begin with http:// or https://")
        if "@" in parts.netloc:
            raise ValueError("url must hold no password; name its variable in api_key_env")
        return self

    @cached_property
    def queue(self) -> str:
        """One queue per server."""
        return f"upstream:{urlsplit(self.url).netloc}"

    @property
    def label(self) -> str:
        """The flavour's name."""
        return self.flavour


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One server's variant of the Videos API.

    A failed job is a job whose status is `failed`, with status 200 or with an HTTP error status.
    Both forms are accepted from every server.

    Attributes:
        name: its name in the configuration.
        title: its product name.
        reports_progress: whether jobs report progress; otherwise it is estimated.
        aborts: whether deleting a running job stops it; otherwise it runs to its end.
        image_field: the file field for an image.
        video_field: the file field for a video; None if the server accepts none.
        maximum: the largest accepted value by field.
    """

    name: str
    title: str
    reports_progress: bool = False
    aborts: bool = False
    image_field: str = "input_reference"
    video_field: str | None = None
    maximum: Mapping[str, float] = field(default_factory=dict)

    def capabilities(self, model: UpstreamSettings) -> ModelCapabilities:
        """What a model on this server supports."""
        without: frozenset[Operation] = frozenset() if self.video_field else frozenset({"edit"})
        return ModelCapabilities(
            operations=frozenset(OPERATIONS) - without,
            description=f"Renders with a model that {self.title} serves.",
            licence="the served model's own",
            sound="none" if model.sound == "none" else "house",
            references=frozenset({"audio"}),
            native="the served model's own; other sizes and lengths are fitted",
        )


FLAVOURS = {
    flavour.name: flavour
    for flavour in (
        Flavour(
            name="sglang",
            title="SGLang Diffusion",
            reports_progress=True,
            video_field="video_reference",
        ),
        Flavour(
            name="vllm-omni",
            title="vLLM-Omni",
            aborts=True,
            video_field="input_reference",
            maximum={"num_inference_steps": 200, "guidance_scale": 20.0},
        ),
        Flavour(name="fastvideo", title="FastVideo"),
    )
}


def flavour_named(name: str) -> Flavour:
    """The flavour of that name.

    Raises:
        ConfigError: there is no such flavour.
    """
    if name not in FLAVOURS:
        raise ConfigError(f"There is no flavour {name!r}. There are: {', '.join(FLAVOURS)}.")
    return FLAVOURS[name]
