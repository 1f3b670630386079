"""A card: all that is known of a model family before a weight is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.model_settings import ModelCapabilities, Operation
from vitascope.spec import DEFAULT_FPS, FrameRate, InputRole, Size

PlanName = Literal["none", "text", "model", "8bit", "8bit-model", "group"]
"""How weights are kept: all on the device; all but the text encoder's, which stream through it; one
component on the device at a time; as `text` or `model`, with the transformer's in 8 bits; one layer
at a time."""

QualityName = Literal["draft", "standard", "high"]
Dtype = Literal["bfloat16", "float16", "float32"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Distillation(_Table):
    """Adapters with which the weights draw in a few steps, and without guidance.

    Attributes:
        source: hub id of their repository.
        licence: theirs.
        files: the adapter there for each component.
    """

    source: str
    licence: str
    files: dict[str, str]

    folder: ClassVar[str] = "distilled"

    def beside(self, weights: Path, component: str) -> Path:
        """Where a component's adapter may lie in the weights' folder, instead of in the hub."""
        return weights / self.folder / f"{component}.safetensors"


class Schedule(_Table):
    """The noise levels of a run, and how a step goes from one level to the next.

    Attributes:
        kind: `repository` is the weights' own scheduler, unchanged; `unipc` a multistep solver;
            `euler` one of first order; `dmd` predicts the clean film and adds new noise at each
            step; `ancestral` is Euler that replaces some of the noise at each step.
        shift: levels are `shift * t / (1 + (shift - 1) * t)` where t falls evenly from 1 to 0;
            above 1, more steps are spent on much noise.
        terminal: the level of the last step, to which the others are stretched.
        sigmas: the levels that distilled weights were trained for, falling; another number of
            steps is spaced along the curve through them.
    """

    kind: Literal["repository", "unipc", "euler", "dmd", "ancestral"] = "repository"
    shift: Annotated[float, Field(gt=0)] | None = None
    terminal: Annotated[float, Field(gt=0, lt=1)] | None = None
    sigmas: tuple[Annotated[float, Field(gt=0, le=1)], ...] = ()

    @model_validator(mode="after")
    def _falling(self) -> Self:
        if list(self.sigmas) != sorted(set(self.sigmas), reverse=True):
            raise ValueError("sigmas must fall")
        if self.kind == "repository" and (self.shift or self.sigmas):
            raise ValueError("the repository's schedule has levels of its own")
        return self


class Quality(_Table):
    """A quality tier.

    Attributes:
        steps: denoising steps.
        guidance_scale: how much the prompt weighs; 1 for distilled weights, which need none.
        max_pixels: pixels of a frame drawn at most; what is asked above that is scaled up.
        cache: threshold of the first-block cache, which skips steps that change little; 0 is off.
        distilled: whether the card's adapters for few steps are used.
        schedule: the noise levels.
        parts: folders of weights that the tier loads in place of a component's own. Where one is
            missing, the tier draws as `standard`, at its own size.
        adapters: LoRA files among the weights that the tier uses beside those in `options`, by
            purpose.
        arguments: what else the pipelines are called with.
    """

    steps: Annotated[int, Field(ge=1)]
    guidance_scale: float = 1.0
    max_pixels: Annotated[int, Field(ge=64 * 64)]
    cache: Annotated[float, Field(ge=0, lt=1)] = 0.0
    distilled: bool = False
    schedule: Schedule = Schedule()
    parts: dict[str, str] = Field(default_factory=dict)
    adapters: dict[str, str] = Field(default_factory=dict)
    arguments: dict[str, Any] = Field(default_factory=dict)


class MemoryPlan(_Table):
    """What a plan needs.

    Attributes:
        gib: device memory in GiB that the largest window of the standard tier needs.
        tiling: whether pictures are decoded in tiles, which is slower and takes less.
    """

    plan: PlanName
    gib: Annotated[float, Field(gt=0)]
    tiling: bool = False


class Sizes(_Table):
    """What a model takes, in GiB. Traced on torch's meta device by `scripts/trace-memory`.

    Attributes:
        weights: of each part, in the type that it is loaded in.
        denoise: the peak of tensors while the transformer runs, for the largest window of the
            standard tier.
        decode: the same while the VAE decodes.
        decode_tiled: the same in tiles.
        computed: which of these are not traced but computed from the sizes of files.
    """

    weights: dict[str, Annotated[float, Field(gt=0)]]
    denoise: Annotated[float, Field(gt=0)]
    decode: Annotated[float, Field(gt=0)]
    decode_tiled: Annotated[float, Field(gt=0)]
    computed: frozenset[Literal["weights", "denoise", "decode", "decode_tiled"]] = frozenset()

    def plans(self, scale: float = 1.0) -> tuple[MemoryPlan, ...]:
        """The plans from the fastest to the slowest, each first without tiles, where they help.

        Args:
            scale: how many pixels are drawn, by the number of the standard tier.
        """
        text = sum(size for name, size in self.weights.items() if name.startswith("text_encoder"))
        denoisers = [size for name, size in self.weights.items() if name.startswith("transformer")]
        everything, vae = sum(self.weights.values()), self.weights["vae"]
        denoise, halves = self.denoise * scale, [size / 2 for size in denoisers]
        # What is held throughout, and what is held besides while denoising; decoding has the VAE.
        held: dict[PlanName, tuple[float, float]] = {
            "none": (everything, denoise),
            "text": (everything - text, denoise),
            "model": (0, max((*denoisers, text)) + denoise),
            "8bit": (everything - text - sum(halves), denoise),
            "8bit-model": (0, max(max(halves) + denoise, text)),
        }
        if not text:  # the transformer reads the prompt
            del held["text"]
        made: list[MemoryPlan] = []
        for plan, (always, drawing) in held.items():
            for tiling in (False, True):
                decode = self._decoding(scale, tiling=tiling) + (0 if always else vae)
                next_ = _plan(plan, always + max(drawing, decode), tiling=tiling)
                if not made or made[-1].plan != plan or next_.gib < made[-1].gib:
                    made.append(next_)
        streamed = max(denoise, vae + self._decoding(scale, tiling=True)) + _LAYER
        return (*made, _plan("group", streamed, tiling=True))

    def _decoding(self, scale: float, *, tiling: bool) -> float:
        """Tile memory is constant; the memory of the assembled film grows with its length."""
        return self.decode_tiled * max(1.0, scale) if tiling else self.decode * scale


_RESERVE = 1.0
"""GiB of the device that its driver, its libraries' workspaces and fragmentation take."""

_LAYER = 2.0
"""GiB of the largest layer that is streamed, the text encoder's vocabulary."""


def _plan(name: PlanName, peak: float, *, tiling: bool) -> MemoryPlan:
    return MemoryPlan(plan=name, gib=round(peak + _RESERVE, 1), tiling=tiling)


class Card(_Table):
    """One model, as its TOML file in `cards/` declares it.

    Attributes:
        name: what `card = "…"` in the configuration says.
        family: the module in `families/` that knows how its pipelines are asked.
        source: hub id of the weights in diffusers' layout.
        pipeline: the diffusers class that the weights' index must name.
        operations: what it does, by whatever means; all else is refused before a job is made.
        fps: frames a second that it draws.
        frame_step: its clips have `frame_step * n + frame_rest` frames.
        frame_rest: see there.
        min_frames: frames of its shortest clip.
        max_frames: frames of its longest clip; longer films are chained.
        overlap: frames that a link of the chain, or an extension, takes over from what is before.
        align: both edges of its frames are multiples of this.
        dtype: type of its weights.
        dtypes: components that want another one.
        sizes: what its parts take, from which the memory plans follow.
        sound: `joint` where the model makes sound with the picture.
        references: characters that its pipelines take as references; 0: they are composed into the
            first frame instead.
        inputs: what else than a first frame a film can be made from.
        strength: by task, how far from the given film a new one starts: 1 is pure noise.
        negative_prompt: what it should avoid, unless a request says otherwise.
        negative_prompt_file: a file among the weights with the authors' own, in place of it.
        prompting: what kind of prompt it wants, for those who rewrite prompts.
        masked_attention: modules of its denoiser that attend through a mask, by the last part of
            their names; FlashAttention and SageAttention can't do that.
        padding_masks: whether these masks only hide padding, so that kernels for sequences of
            several lengths can be used there.
        loading: arguments of the pipeline's class, in place of what the weights' index says.
        without: parts that the index names, but that are neither fetched nor loaded.
        distillation: adapters for presets of a few steps.
        options: what its family alone understands.
    """

    name: str
    family: str
    description: str
    source: str
    pipeline: str
    licence: str
    licence_url: str | None = None
    territory: str | None = None
    gated: bool = False
    download_gib: float | None = None
    operations: frozenset[Operation]
    fps: Annotated[int, Field(ge=1)]
    frame_step: Annotated[int, Field(ge=1)]
    frame_rest: Annotated[int, Field(ge=0)] = 1
    min_frames: Annotated[int, Field(ge=1)] = 1
    max_frames: Annotated[int, Field(ge=1)]
    overlap: Annotated[int, Field(ge=0)] = 1
    align: Annotated[int, Field(ge=1)]
    dtype: Dtype = "bfloat16"
    dtypes: dict[str, Dtype] = Field(default_factory=dict)
    sound: Literal["joint", "house"] = "house"
    references: int = 0
    inputs: frozenset[InputRole] = frozenset()
    strength: dict[Literal["edit", "remix"], float] = Field(default_factory=dict)
    negative_prompt: str | None = None
    negative_prompt_file: str | None = None
    prompting: str = ""
    masked_attention: frozenset[str] = frozenset()
    padding_masks: bool = False
    loading: dict[str, Any] = Field(default_factory=dict)
    without: frozenset[str] = frozenset()
    distillation: Distillation | None = None
    quality: dict[QualityName, Quality]
    sizes: Sizes
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        missing = {"draft", "standard", "high"} - set(self.quality)
        if missing:
            raise ValueError(f"quality lacks {', '.join(sorted(missing))}")
        if self.overlap >= self.max_frames:
            raise ValueError("the overlap leaves no new frames")
        if self.distillation is None and any(each.distilled for each in self.quality.values()):
            raise ValueError("a tier is distilled, but there is no distillation")
        if self.quality["high"].distilled:
            raise ValueError("the tier high must draw without adapters")
        return self

    @property
    def plans(self) -> tuple[MemoryPlan, ...]:
        """The memory plans of the standard tier, from the fastest to the slowest."""
        return self.sizes.plans()

    def plans_for(
        self, quality: Quality, quantised: Mapping[str, float] | None = None
    ) -> tuple[MemoryPlan, ...]:
        """The memory plans of a tier, which may draw more pixels than the standard one or fewer.

        Args:
            quality: the tier.
            quantised: sizes in GiB of parts whose weights are quantised already.
        """
        scale = quality.max_pixels / self.quality["standard"].max_pixels
        if not quantised:
            return self.sizes.plans(scale)
        weights = {**self.sizes.weights, **quantised}
        plans = self.sizes.model_copy(update={"weights": weights}).plans(scale)
        return tuple(plan for plan in plans if not plan.plan.startswith("8bit"))

    @property
    def index(self) -> str:
        """The file among the weights that names the pipeline's class and parts."""
        modular = self.pipeline.endswith("ModularPipeline")
        return "modular_model_index.json" if modular else "model_index.json"

    def parts(self, index: Mapping[str, Any]) -> set[str]:
        """The folders that the pipeline is loaded from.

        Args:
            index: what the file of that name says: class and more of each part by its folder.
        """
        named = {name for name, kind in index.items() if isinstance(kind, list) and any(kind)}
        return named - self.without

    def frames_for(self, count: int) -> int:
        """The least number of frames by its rule that holds `count`."""
        count = max(count, self.min_frames)
        steps = max(0, -(-(count - self.frame_rest) // self.frame_step))
        return steps * self.frame_step + self.frame_rest

    def adapters_for(self, model: DiffusersSettings) -> Distillation | None:
        """The adapters for few steps that a model of this card uses; none if it needs none."""
        wanted = self.quality[model.quality].distilled and not model.distilled
        return self.distillation if wanted else None

    def without_parts(self, name: QualityName) -> Quality:
        """The tier as it is drawn where the weights of its own are missing."""
        pixels = self.quality[name].max_pixels
        return self.quality["standard"].model_copy(update={"max_pixels": pixels})

    def undistilled(self, name: QualityName) -> Quality:
        """The tier as it is drawn without the adapters for few steps: as `high`, no larger."""
        pixels = min(self.quality[name].max_pixels, self.quality["high"].max_pixels)
        return self.quality["high"].model_copy(update={"max_pixels": pixels})

    def capabilities(self, model: DiffusersSettings) -> ModelCapabilities:
        """What can be asked of a model that is drawn by this card."""
        preset = self.quality[model.quality]
        return ModelCapabilities(
            operations=self.operations,
            description=self.description,
            licence=self.licence,
            licence_url=self.licence_url,
            territory=self.territory,
            gated=self.gated,
            source=model.source or self.source,
            download_gib=self.download_gib,
            memory_gib=tuple((plan.plan, plan.gib) for plan in self.plans),
            sound="none" if self.sound == "house" and model.sound == "none" else self.sound,
            native=self._native(preset),
            remixes_film="remix" in self.strength,
            references=self.inputs,
            loras=tuple(dict.fromkeys(one.id for one in model.loras if one.id)),
            fps=FrameRate(self.fps) if model.fps == "native" else DEFAULT_FPS,
        )

    def _native(self, preset: Quality) -> str:
        size = _sixteen_to_nine(preset.max_pixels)
        return (
            f"up to {size} at {self.fps} frames a second, {self.max_frames / self.fps:.3g} seconds "
            "at a time; larger films are scaled up and longer ones chained"
        )


def _sixteen_to_nine(pixels: int) -> Size:
    height = round((pixels * 9 / 16) ** 0.5 / 8) * 8
    return Size(round(pixels / height / 8) * 8, height)
