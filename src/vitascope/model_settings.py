"""The settings of a model (`[models.NAME]`) and its capabilities."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from vitascope import plugins
from vitascope.spec import DEFAULT_FPS, FrameRate, InputRole, ReferenceUse

Operation = Literal["create", "image", "characters", "remix", "edit", "extend"]
OPERATIONS: tuple[Operation, ...] = ("create", "image", "characters", "remix", "edit", "extend")
"""The operations of a model: a film from a prompt, from a first frame or with characters, and the
three that start from an existing video."""

MAX_REFERENCES = 7
"""The most reference images of one film, by any model."""

Phase = Literal["denoise", "decode", "draw", "encode", "publish"]
"""A part of a job whose progress an engine reports."""


@dataclass(frozen=True, slots=True)
class NeededMemory:
    """The memory that a model takes, in GiB, as known before it is loaded.

    Attributes:
        device: the device that its settings name; None for the best one there is.
        plans: device memory by memory plan, the fastest plan first. It uses the first that fits.
        weights: main memory that its weights take where they are not all on the device.
    """

    device: str | None
    plans: tuple[float, ...]
    weights: float


class ExpandSettings(BaseModel):
    """How to expand prompts for a model that needs long ones; the API reports the user's own.

    Attributes:
        command: a program and its arguments; reads the prompt on stdin and prints the new one.
        url: the base URL of an OpenAI-compatible API, whose chat completions are used instead.
        model: the chat model's name there.
        api_key_env: the environment variable that holds its key.
        instructions: the chat model's instructions; the card's own by default.
        timeout_seconds: the limit after which the user's own prompt is used.
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
    """The fields of a `[models.NAME]` table that every engine has.

    An engine adds its fields in a subclass.

    Attributes:
        engine: the engine that renders for NAME.
        seed: the seed of requests without one; random by default.
        phases: the phases of a job, in order.
        holds_weights: whether the engine keeps weights in device memory; a worker keeps as many
            such engines loaded as fit.
        needs: the required fields, for the message where one is missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str = "shadowplay"
    seed: Annotated[int, Field(ge=0, lt=2**53)] | None = None

    phases: ClassVar[tuple[Phase, ...]] = ("draw", "encode", "publish")
    holds_weights: ClassVar[bool] = False
    needs: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _check_names(cls, table: Any) -> Any:
        if not isinstance(table, dict):
            return table
        engine = table.get("engine", cls.model_fields["engine"].default)
        unknown = [name for name in table if name not in cls.model_fields]
        _refuse(f"the engine {engine} has no such setting", {n: table[n] for n in unknown})
        required = (name for name, field in cls.model_fields.items() if field.is_required())
        if cls.needs and any(table.get(name) is None for name in required):
            raise ValueError(f"the engine {engine} needs {cls.needs}")
        return table

    @cached_property
    def queue(self) -> str:
        """The queue of its jobs; workers take from the queues that they can serve."""
        return self.engine

    @property
    def interruptible(self) -> bool:
        """Whether the engine can go on with the next job after one that was cancelled."""
        return True

    @property
    def label(self) -> str:
        """A short name of the engine and model for people."""
        return self.engine

    @property
    def needs_memory(self) -> NeededMemory | None:
        """The memory that it will take; None where that is not known before it is loaded."""
        return None

    def to_json(self) -> str:
        """Serialise the settings for `model_from_json` in another process."""
        return json.dumps(
            {"engine": self.engine, **self.model_dump(mode="json", exclude_defaults=True)}
        )


class RealModelSettings(ModelSettings):
    """The settings that engines of generative models share.

    Attributes:
        steps: denoising steps, unless the request sets them.
        expand: how to expand prompts; by default only if the model's authors do so and its own
            text encoder can; False turns that off.
        sound: the sound of a silent model's films: `none`, or the entry point of a soundtrack,
            such as `ambience`.
    """

    steps: Annotated[int, Field(ge=1, le=1000)] | None = None
    expand: ExpandSettings | Literal[False] | None = None
    sound: str = "ambience"

    @field_validator("sound")
    @classmethod
    def _installed(cls, name: str) -> str:
        if name != "none" and name not in plugins.installed("vitascope.soundtracks"):
            there = ", ".join(["none", *plugins.installed("vitascope.soundtracks")])
            raise ValueError(f"there is no soundtrack {name!r}; there are: {there}")
        return name


def model_settings(table: Any) -> Any:
    """Parse a `[models.NAME]` table as its engine's settings; other values are returned unchanged.

    Raises:
        ValidationError: no such engine is installed, or a field is wrong.
    """
    if not isinstance(table, dict):
        return table
    engine = table.get("engine", "shadowplay")
    try:
        kind = plugins.plugin("vitascope.engines", str(engine)).settings
    except plugins.NoPlugin as error:
        _refuse(str(error), {"engine": engine})
    return kind.model_validate(table)


def model_from_json(text: str) -> ModelSettings:
    """The settings that `ModelSettings.to_json` wrote in another process."""
    settings: ModelSettings = model_settings(json.loads(text))
    return settings


AnyModelSettings = Annotated[SerializeAsAny[ModelSettings], BeforeValidator(model_settings)]
"""A field that holds the settings of any installed engine."""


def _refuse(why: str, fields: dict[str, Any]) -> None:
    """Raise a ValidationError that names these fields, if there are any."""
    if fields:
        # pydantic formats messages as templates.
        kind = PydanticCustomError("model", "{why}", {"why": why})
        raise ValidationError.from_exception_data(
            "model",
            [InitErrorDetails(type=kind, loc=(name,), input=it) for name, it in fields.items()],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCapabilities:
    """What a model supports, and facts for its operator.

    Attributes:
        operations: what it supports; others are refused with the names of models that do.
        description: one sentence for people.
        licence: name of the weights' licence; "none needed" where there are no weights.
        licence_url: where to read it.
        territory: who may not use it, in a sentence; None without such a limit.
        gated: whether the hub requires a login and an accepted licence.
        source: the hub id of the weights.
        download_gib: size of the weights, in GiB.
        memory_gib: minimum device memory by memory plan, in GiB, the fastest first.
        sound: `joint` (made with the picture), `house` (a soundtrack that the server adds) or
            `none` (silence).
        native: its native sizes and lengths, in a sentence; others are fitted.
        remixes_film: whether a remix starts from the source's film and not from its seed alone.
        loras: the ids of the adapters that requests can ask for.
        references: what else than a first frame a new film can be made from.
        reference_uses: what reference images and videos can be for.
        max_references: how many reference images are used at most.
        fps: frame rate of new films. Edits, extensions and remixes keep that of their source.
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
    sound: Literal["joint", "house", "none"] = "house"
    native: str = ""
    remixes_film: bool = False
    loras: tuple[str, ...] = ()
    references: frozenset[InputRole] = frozenset()
    reference_uses: frozenset[ReferenceUse] = frozenset({"subject"})
    max_references: int = MAX_REFERENCES
    fps: FrameRate = DEFAULT_FPS
