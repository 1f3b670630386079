"""A model: the table that says who draws for a name, and what may be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

EngineName = Literal["shadowplay", "diffusers", "upstream"]
Operation = Literal["create", "image", "characters", "remix", "edit", "extend"]
OPERATIONS: tuple[Operation, ...] = ("create", "image", "characters", "remix", "edit", "extend")
"""What can be asked of a model: a film from a prompt, from a first frame, with characters; and
what goes on from a film."""

_ONLY_FOR: dict[str, frozenset[EngineName]] = {
    "card": frozenset({"diffusers"}),
    "source": frozenset({"diffusers"}),
    "device": frozenset({"diffusers"}),
    "gpus": frozenset({"diffusers"}),
    "quality": frozenset({"diffusers"}),
    "distilled": frozenset({"diffusers"}),
    "render_scale": frozenset({"diffusers"}),
    "memory": frozenset({"diffusers"}),
    "dtype": frozenset({"diffusers"}),
    "attention": frozenset({"diffusers"}),
    "compile": frozenset({"diffusers"}),
    "steps": frozenset({"diffusers", "upstream"}),
    "expand": frozenset({"diffusers", "upstream"}),
    "url": frozenset({"upstream"}),
    "flavour": frozenset({"upstream"}),
    "upstream_model": frozenset({"upstream"}),
    "api_key_env": frozenset({"upstream"}),
}


class ExpandSettings(BaseModel):
    """Who rewrites a prompt for a model that wants it long; the API reports the user's own.

    Attributes:
        command: a program and its arguments: the prompt on its stdin, the new one on its stdout.
        url: an OpenAI-compatible API's base, asked for a chat completion instead.
        model: the chat model's name there.
        api_key_env: the environment variable that holds its key.
        instructions: what the chat model is told; the card's own by default.
        timeout_seconds: after which the user's own prompt is drawn.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: tuple[str, ...] = ()
    url: str | None = None
    model: str | None = None
    api_key_env: str | None = None
    instructions: str | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("give either command or url")
        if self.url is not None and self.model is None:
            raise ValueError("url needs model, the chat model's name")
        return self


class ModelSettings(BaseModel):
    """One `[models.NAME]` table: who draws when a client asks for NAME.

    Attributes:
        engine: `shadowplay`, `diffusers` or `upstream`.
        card: for diffusers, which model family it is; `vitascope models list` names them.
        source: for diffusers, a hub id or a local folder; the card's own hub id by default.
        device: for diffusers, as torch names it (`cuda`, `cuda:1`, `mps`, `cpu`); the best one
            there is by default.
        gpus: for diffusers, how many local GPUs draw one film together.
        steps: denoising steps, unless a request says otherwise.
        quality: for diffusers, which of the card's presets is used.
        distilled: for diffusers, whether the weights at `source` draw in a few steps by themselves,
            so that they need none of the card's adapters for it.
        render_scale: for diffusers, draw at this fraction of the size, then scale up: for small
            machines.
        memory: for diffusers, the plan by which the weights are kept; chosen by what is free when
            `auto`.
        dtype: for diffusers, the weights' type; the card's by default.
        attention: for diffusers, the attention backend by its diffusers name; chosen by device
            when none.
        compile: for diffusers, compile the repeated blocks; by default on one GPU, unless the
            memory plan moves weights about within them.
        seed: the seed of requests that give none; a new one each time by default.
        expand: who rewrites prompts.
        url: for upstream, the base of its API, such as `http://gpu-box:30000/v1`.
        flavour: for upstream, which server it is.
        upstream_model: for upstream, the model's name there; not sent by default, as these servers
            serve one model each.
        api_key_env: for upstream, the environment variable that holds its key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: EngineName = "shadowplay"
    card: str | None = None
    source: str | None = None
    device: str | None = None
    gpus: Annotated[int, Field(ge=1, le=64)] = 1
    steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    quality: Literal["draft", "standard", "high"] = "standard"
    distilled: bool = False
    render_scale: Annotated[float, Field(gt=0, le=1)] = 1.0
    memory: Literal["auto", "none", "fp8", "model", "group"] = "auto"
    dtype: Literal["bfloat16", "float16", "float32"] | None = None
    attention: str | None = None
    compile: bool | None = None
    seed: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    expand: ExpandSettings | None = None
    url: str | None = None
    flavour: Literal["sglang", "vllm-omni", "fastvideo"] | None = None
    upstream_model: str | None = None
    api_key_env: str | None = None

    @model_validator(mode="after")
    def _fits_engine(self) -> Self:
        for name, engines in _ONLY_FOR.items():
            default = type(self).model_fields[name].default
            if self.engine not in engines and getattr(self, name) != default:
                raise ValueError(f"{name} is of no use to the engine {self.engine}")
        if self.engine == "diffusers" and self.card is None:
            raise ValueError("the engine diffusers needs a card, such as card = 'ltx-2.5'")
        if self.compile and self.gpus > 1:  # tried: devices that compile apart wait for each other
            raise ValueError("compile is for one GPU; leave it out, or gpus")
        if self.engine == "upstream" and (self.url is None or self.flavour is None):
            raise ValueError("the engine upstream needs a url and a flavour")
        if self.url is not None and urlsplit(self.url).scheme not in {"http", "https"}:
            raise ValueError("url must begin with http:// or https://")
        if self.url is not None and "@" in urlsplit(self.url).netloc:
            raise ValueError("url must hold no password; name its variable in api_key_env")
        return self

    @property
    def queue(self) -> str:
        """The queue its jobs wait in: one per capability, so that jobs meet able workers."""
        if self.engine == "diffusers":
            return f"diffusers:{self.card}"
        if self.engine == "upstream" and self.url is not None:
            return f"upstream:{urlsplit(self.url).netloc}"
        return self.engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a model can be asked for, and what its owner must know.

    Attributes:
        operations: what it does; all else is refused with the names of models that can.
        description: one sentence for people.
        licence: name of the weights' licence; "none needed" where there are no weights.
        licence_url: where to read it.
        territory: who may not use it, in a sentence; none: no such limit.
        gated: whether the hub gives the weights to logged-in users who accepted the licence only.
        source: where the weights come from: a hub id.
        download_gib: size of the weights, in GiB.
        memory_gib: least device memory by memory plan, in GiB, the roomiest plan first.
        sound: `joint` (made with the picture) or `house` (a soundtrack that the house makes).
        native: sizes and lengths it draws by itself, in a sentence; others are fitted.
        remixes_film: whether a remix starts from the source's film and not from its seed alone.
    """

    operations: frozenset[Operation]
    description: str
    licence: str
    licence_url: str | None = None
    territory: str | None = None
    gated: bool = False
    source: str | None = None
    download_gib: float | None = None
    memory_gib: tuple[tuple[str, float], ...] = ()
    sound: Literal["joint", "house"] = "house"
    native: str = ""
    remixes_film: bool = False
