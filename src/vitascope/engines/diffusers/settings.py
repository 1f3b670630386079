"""The diffusers engine's own fields of a model's table."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from vitascope.model_settings import Phase, RealModelSettings


class DiffusersSettings(RealModelSettings):
    """A `[models.NAME]` table with `engine = "diffusers"`.

    Attributes:
        card: which model family it is; `vitascope models list` names them.
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
    memory: Literal["auto", "none", "text", "fp8", "model", "group"] = "auto"
    dtype: Literal["bfloat16", "float16", "float32"] | None = None
    attention: str | None = None
    compile: bool | None = None
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
    def queue(self) -> str:
        """One per card."""
        return f"diffusers:{self.card}"

    @property
    def interruptible(self) -> bool:
        """On one GPU: the processes of several wait for each other."""
        return self.gpus == 1

    @property
    def label(self) -> str:
        """The card."""
        return self.card
