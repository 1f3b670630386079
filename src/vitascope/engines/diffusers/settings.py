"""The diffusers engine's own fields of a model's table."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vitascope.errors import ConfigError
from vitascope.model_settings import NeededMemory, Phase, RealModelSettings

GGUF = ".gguf"
"""The suffix of files with quantised weights."""


class FileSettings(BaseModel):
    """A file of the hub or of this machine.

    Attributes:
        source: a hub id, or a local file or folder.
        file: the file in the repository or folder.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    file: str | None = None

    @property
    def label(self) -> str:
        """Its name for people."""
        return "/".join(filter(None, (self.source, self.file)))


class LoraSettings(FileSettings):
    """A `[[models.NAME.loras]]` table: a LoRA adapter.

    Attributes:
        id: its name in requests; without one, every film uses it. Several tables with the same id
            are used together, such as those for two experts.
        scale: its strength; a request's own multiplies it.
        target: the component that it is for.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None
    scale: Annotated[float, Field(ge=-4, le=4)] = 1.0
    target: Literal["transformer", "transformer_2"] = "transformer"


class DiffusersSettings(RealModelSettings):
    """A `[models.NAME]` table with `engine = "diffusers"`.

    Attributes:
        card: the name of a card (`vitascope models list` prints them), of a file in the configured
            folder `cards`, or the path of a `.toml` file.
        source: a hub id or a local folder; the card's own hub id by default.
        device: torch's name (`cuda`, `cuda:1`, `mps`, `cpu`); the best available one by default.
        gpus: how many local GPUs draw one film together.
        quality: the card's tier.
        distilled: whether the weights at `source` are distilled themselves and need none of the
            card's adapters for few steps.
        render_scale: draw at this fraction of the size, then scale up: for small machines.
        memory: the memory plan; `auto` chooses by the free memory.
        dtype: the weights' type; the card's by default.
        attention: diffusers' name of the attention backend; chosen by the device by default.
        compile: compile the repeated blocks; by default on one GPU, unless the memory plan moves
            weights within them.
        transformer_file: a file with the denoiser's weights, GGUF or safetensors, that replaces
            those at `source`; `models pull` does not download the replaced ones.
        transformer_2_file: the same for the second expert.
        loras: adapters that every film uses, or that requests select.
        interpolate: if a film's frame rate is above the model's, interpolate frames along the
            motion; otherwise frames are repeated.
        interpolator: an ONNX file that interpolates, as RIFE does.
        upscale: whether a film that is larger than the model draws has its latents doubled by the
            weights' own upsampler, instead of its pictures scaled.
        upscaler: an ONNX file that enlarges the pictures of such films, as Real-ESRGAN does.
        preview_decoder: a safetensors file of TAEHV that draws live previews; a linear map
            otherwise.
        fps: the frame rate of new films: 24, or the model's own.
    """

    engine: str = "diffusers"
    card: str
    source: str | None = None
    device: str | None = None
    gpus: Annotated[int, Field(ge=1, le=64)] = 1
    quality: Literal["draft", "standard", "high"] = "standard"
    distilled: bool = False
    render_scale: Annotated[float, Field(gt=0, le=1)] = 1.0
    memory: Literal["auto", "none", "text", "model", "8bit", "8bit-model", "group"] = "auto"
    dtype: Literal["bfloat16", "float16", "float32"] | None = None
    attention: str | None = None
    compile: bool | None = None
    transformer_file: str | None = None
    transformer_2_file: str | None = None
    loras: tuple[LoraSettings, ...] = ()
    interpolate: bool = True
    interpolator: FileSettings | None = None
    upscale: bool = False
    upscaler: FileSettings | None = None
    preview_decoder: FileSettings | None = None
    fps: Literal[24, "native"] = 24

    phases: ClassVar[tuple[Phase, ...]] = ("denoise", "decode", "draw", "encode", "publish")
    holds_weights: ClassVar[bool] = True
    needs: ClassVar[str] = "a card, such as card = 'ltx-2.5'"

    @model_validator(mode="after")
    def _compiles_on_one(self) -> Self:
        if self.compile and self.gpus > 1:  # tried: the devices wait for each other
            raise ValueError("compile is for one GPU; remove it, or gpus")
        return self

    @property
    def files(self) -> dict[str, Path]:
        """The files by the component whose weights they hold."""
        given = {"transformer": self.transformer_file, "transformer_2": self.transformer_2_file}
        return {name: Path(file).expanduser() for name, file in given.items() if file}

    @property
    def small_files(self) -> tuple[FileSettings, ...]:
        """What `models pull` fetches besides the weights."""
        given = (self.interpolator, self.upscaler, self.preview_decoder)
        return (*self.loras, *(each for each in given if each is not None))

    def quantised_gib(self) -> dict[str, float]:
        """Sizes of the existing GGUF files, whose weights take the same size in memory."""
        return {
            name: file.stat().st_size / 1024**3
            for name, file in self.files.items()
            if file.suffix == GGUF and file.is_file()
        }

    @property
    def needs_memory(self) -> NeededMemory | None:
        """By its card; None for several GPUs, which share no memory with other models."""
        from vitascope.engines.diffusers.cards import card_named

        if self.gpus > 1:
            return None
        try:
            card = card_named(self.card)
        except ConfigError:  # a card of one's own that was removed; loading says so
            return None
        plans = card.plans_for(
            card.quality[self.quality], self.quantised_gib(), upscale=self.upscale
        )
        allowed = tuple(plan.gib for plan in plans if self.memory in ("auto", plan.plan))
        return NeededMemory(
            device=None if self.device is None else numbered(self.device),
            plans=allowed or (plans[0].gib,),
            weights=sum(card.sizes.weights.values()),
        )

    @cached_property
    def queue(self) -> str:
        """One queue per card."""
        return f"diffusers:{self.label}"

    @property
    def interruptible(self) -> bool:
        """Only on one GPU, because the processes of several wait for each other."""
        return self.gpus == 1

    @property
    def label(self) -> str:
        """The card's name."""
        return self.card.rpartition("/")[2].removesuffix(".toml")


def numbered(device: str) -> str:
    """A device's name with its number, as in `cuda:0`; torch takes the first by default."""
    return "cuda:0" if device == "cuda" else device
