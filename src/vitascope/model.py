"""A model: the table that says who draws for a name, and what may be asked of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
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
from vitascope.spec import DEFAULT_FPS, FrameRate

Operation = Literal["create", "image", "characters", "remix", "edit", "extend"]
OPERATIONS: tuple[Operation, ...] = ("create", "image", "characters", "remix", "edit", "extend")
"""What can be asked of a model: a film from a prompt, from a first frame, with characters; and
what goes on from a film."""

Phase = Literal["denoise", "decode", "draw", "encode", "publish"]
"""A part of a job; an engine reports how far it is with its own."""


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
    """One `[models.NAME]` table, as far as it is the same for every engine.

    An engine adds fields in a class of its own.

    Attributes:
        engine: which installed engine draws when a client asks for NAME.
        seed: the seed of requests that give none; a new one each time by default.
        phases: what a job of this engine goes through, in order.
        holds_weights: whether its engine keeps a model's weights in a device's memory; a worker
            keeps one such engine at a time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: str = "shadowplay"
    seed: Annotated[int, Field(ge=0, lt=2**53)] | None = None

    phases: ClassVar[tuple[Phase, ...]] = ("draw", "encode", "publish")
    holds_weights: ClassVar[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _known(cls, table: Any) -> Any:
        if isinstance(table, dict):
            engine = table.get("engine", cls.model_fields["engine"].default)
            unknown = [name for name in table if name not in cls.model_fields]
            _refuse(f"the engine {engine} has no such setting", {n: table[n] for n in unknown})
        return table

    @property
    def queue(self) -> str:
        """The queue its jobs wait in: one per capability, so that jobs meet able workers."""
        return self.engine

    @property
    def label(self) -> str:
        """What draws, in a word or two for people."""
        return self.engine

    def to_json(self) -> str:
        """The table for another process, which reads it by `model_from_json`."""
        return json.dumps(
            {"engine": self.engine, **self.model_dump(mode="json", exclude_defaults=True)}
        )


class SilentModelSettings(ModelSettings):
    """What engines have whose models may make no sound.

    Attributes:
        sound: what is heard with the films of a silent model: `none`, or a soundtrack by the name
            of its entry point, such as `ambience`.
    """

    sound: str = "ambience"

    @field_validator("sound")
    @classmethod
    def _installed(cls, name: str) -> str:
        if name != "none" and name not in plugins.installed("vitascope.soundtracks"):
            there = ", ".join(["none", *plugins.installed("vitascope.soundtracks")])
            raise ValueError(f"there is no soundtrack {name!r}; there are: {there}")
        return name


def model_settings(table: Any) -> Any:
    """A `[models.NAME]` table as its engine's own settings; what is no table is left as it is.

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
        # A message is a template to pydantic.
        kind = PydanticCustomError("model", "{why}", {"why": why})
        raise ValidationError.from_exception_data(
            "model",
            [InitErrorDetails(type=kind, loc=(name,), input=it) for name, it in fields.items()],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCapabilities:
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
        sound: `joint` (made with the picture), `house` (a soundtrack that the server adds) or
            `none` (silence).
        native: sizes and lengths it draws by itself, in a sentence; others are fitted.
        remixes_film: whether a remix starts from the source's film and not from its seed alone.
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
    fps: FrameRate = DEFAULT_FPS
