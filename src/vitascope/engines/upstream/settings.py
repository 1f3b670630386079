"""The settings of a model that an upstream server renders."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from vitascope.model_settings import ExpandSettings, Phase, SilentModelSettings


class UpstreamSettings(SilentModelSettings):
    """A `[models.NAME]` table with `engine = "upstream"`.

    Attributes:
        url: the base URL of the server's API, such as `http://gpu-box:30000/v1`.
        flavour: which server software it is.
        upstream_model: the model's name on that server; not sent by default, because each of these
            servers serves one model.
        api_key_env: the environment variable that holds the server's key.
        steps: denoising steps, unless the request sets them.
        expand: how to expand prompts.
    """

    engine: str = "upstream"
    url: str
    flavour: Literal["sglang", "vllm-omni", "fastvideo"]
    upstream_model: str | None = None
    api_key_env: str | None = None
    steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    expand: ExpandSettings | None = None

    phases: ClassVar[tuple[Phase, ...]] = ("denoise", "draw", "encode", "publish")

    @model_validator(mode="before")
    @classmethod
    def _has_a_server(cls, table: object) -> object:
        if isinstance(table, dict) and (table.get("url") is None or table.get("flavour") is None):
            raise ValueError("the engine upstream needs a url and a flavour")
        return table

    @model_validator(mode="after")
    def _safe_url(self) -> Self:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"}:
            raise ValueError("url must begin with http:// or https://")
        if "@" in parts.netloc:
            raise ValueError("url must hold no password; name its variable in api_key_env")
        return self

    @property
    def queue(self) -> str:
        """One queue per server."""
        return f"upstream:{urlsplit(self.url).netloc}"

    @property
    def label(self) -> str:
        """The flavour's name."""
        return self.flavour
