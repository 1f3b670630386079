"""The diffusers engine's own fields of a model's table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vitascope.model_settings import Phase, RealModelSettings

GGUF = ".gguf"
"""How files of quantised weights are named."""


class LoraSettings(BaseModel):
    """A `[[models.NAME.loras]]` table: a small file that changes what the weights draw.

    Attributes:
        id: what requests call it by; without one, every film is drawn with it. Several tables of
            one id are used together, as those for two experts are.
        source: a hub id, or a local file or folder.
        file: the file in the repository or folder.
        scale: its strength, unless a request says otherwise.
        target: the part that it is for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] | None = None
    source: str
    file: str | None = None
    scale: Annotated[float, Field(ge=-4, le=4)] = 1.0
    target: Literal["transformer", "transformer_2"] = "transformer"


class DiffusersSettings(RealModelSettings):
    """A `[models.NAME]` table with `engine = "diffusers"`.

    Attributes:
        card: which model family it is; `vitascope models list` names them. A card of your own is
            one in the folder `cards` of the configuration, or the path of a `.toml` file.
        source: a hub id or a local folder; the card's own hub id by default.
        device: as torch names it (`cuda`, `cuda:1`, `mps`, `cpu`); the best one there is by
            default.
        gpus: how many local GPUs draw one film together.
        quality: which of the card's presets is used.
        distilled: whether the weights at `source` draw in a few steps by themselves, so that they
            need none of the card's adapters for it.
        render_scale: draw at this fraction of the size, then scale up: for small machines.
        memory: the plan by which the weights are kept; chosen by what is free when `auto`.
        dtype: the weights' type; the card's by default.
        attention: the attention backend by its diffusers name; chosen by device when none.
        compile: compile the repeated blocks; by default on one GPU, unless the memory plan moves
            weights about within them.
        transformer_file: a single file with the denoiser's weights, GGUF or safetensors, in place
            of those at `source`; `models pull` then leaves these out.
        transformer_2_file: the same for the second expert.
        loras: adapters beside those of the card, which every film or some requests use.
        interpolate: where a film has more frames a second than the model draws, make those between
            by the movement of those beside; otherwise the nearest is shown again.
        fps: frames a second of new films: 24, or as many as the model draws by itself.
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
    fps: Literal[24, "native"] = 24

    phases: ClassVar[tuple[Phase, ...]] = ("denoise", "decode", "draw", "encode", "publish")
    holds_weights: ClassVar[bool] = True
    needs: ClassVar[str] = "a card, such as card = 'ltx-2.5'"

    @model_validator(mode="after")
    def _compiles_on_one(self) -> Self:
        if self.compile and self.gpus > 1:  # tried: devices that compile apart wait for each other
            raise ValueError("compile is for one GPU; leave it out, or gpus")
        return self

    @property
    def files(self) -> dict[str, Path]:
        """The single files by the part whose weights they hold."""
        given = {"transformer": self.transformer_file, "transformer_2": self.transformer_2_file}
        return {name: Path(file).expanduser() for name, file in given.items() if file}

    def quantised_gib(self) -> dict[str, float]:
        """Sizes of the GGUF files that are there, whose weights stay as small in memory."""
        return {
            name: file.stat().st_size / 1024**3
            for name, file in self.files.items()
            if file.suffix == GGUF and file.is_file()
        }

    @property
    def queue(self) -> str:
        """One per card."""
        return f"diffusers:{self.label}"

    @property
    def interruptible(self) -> bool:
        """On one GPU: the processes of several wait for each other."""
        return self.gpus == 1

    @property
    def label(self) -> str:
        """The card's name."""
        return self.card.rpartition("/")[2].removesuffix(".toml")
