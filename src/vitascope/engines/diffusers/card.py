"""A card: everything about a model that is known before its weights are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.errors import ConfigError
from vitascope.model_settings import MAX_REFERENCES, ModelCapabilities, Operation
from vitascope.spec import DEFAULT_FPS, FrameRate, InputRole, Size

PlanName = Literal["none", "text", "model", "8bit", "8bit-model", "group"]
"""Where weights are kept: all on the device; all but the text encoder's, which are streamed; one
component on the device at a time; as `text` or `model`, with the transformer's in 8 bits; one layer
on the device at a time."""

QualityName = Literal["draft", "standard", "high"]
Dtype = Literal["bfloat16", "float16", "float32"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Distillation(_Table):
    """Adapters with which the weights draw in a few steps and without guidance.

    Attributes:
        source: hub id of their repository.
        licence: their licence.
        files: the adapter's file by component.
    """

    source: str
    licence: str
    files: dict[str, str]

    folder: ClassVar[str] = "distilled"

    def local_file(self, weights: Path, component: str) -> Path:
        """The path of a component's adapter in the weights' folder, which precedes the hub's."""
        return weights / self.folder / f"{component}.safetensors"


class Schedule(_Table):
    """The noise levels (sigmas) of a run and the solver between them.

    Attributes:
        kind: `repository` is the scheduler in the weights' folder, unchanged; `unipc` a multistep
            solver; `euler` a solver of first order; `dmd` predicts the clean film and adds new
            noise at each step; `ancestral` is Euler with some new noise at each step.
        shift: levels are `shift * t / (1 + (shift - 1) * t)` where t falls evenly from 1 to 0;
            above 1, more steps are spent on much noise.
        terminal: the level of the last step, to which the others are stretched.
        sigmas: the levels that distilled weights were trained for, falling; other numbers of
            steps are interpolated along the curve through them.
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
            raise ValueError("the repository's schedule takes neither shift nor sigmas")
        return self


class Cache(_Table):
    """How far the library cache-dit may skip blocks of the denoiser.

    Attributes:
        threshold: the relative change of the first blocks' result below which a step's other blocks
            are skipped; larger is faster and less exact.
        warmup: steps at the beginning that are computed in any case.
        first_blocks: how many blocks every step computes.
        in_a_row: steps that may be skipped one after the other; -1 for any number.
        gib: device memory for what is kept between steps, in GiB.
    """

    threshold: Annotated[float, Field(gt=0, lt=1)]
    warmup: Annotated[int, Field(ge=0)]
    first_blocks: Annotated[int, Field(ge=1)] = 1
    in_a_row: Annotated[int, Field(ge=-1)] = -1
    gib: Annotated[float, Field(ge=0)]


class Quality(_Table):
    """A quality tier.

    Attributes:
        steps: denoising steps.
        guidance_scale: of classifier-free guidance; 1 is none, as for distilled weights.
        max_pixels: the maximum of a drawn frame; larger films are scaled up.
        cache: how far blocks may be skipped; only without the adapters for few steps, because those
            leave nothing to skip.
        distilled: whether the card's adapters for few steps are used.
        schedule: the noise levels.
        parts: folders of weights that replace a component's own. If one is missing, the tier
            draws as `standard`, at its own size.
        adapters: LoRA files in the weights' folder, by purpose, in addition to those in `options`.
        arguments: further arguments of the pipelines.
    """

    steps: Annotated[int, Field(ge=1)]
    guidance_scale: float = 1.0
    max_pixels: Annotated[int, Field(ge=64 * 64)]
    cache: Cache | None = None
    distilled: bool = False
    schedule: Schedule = Schedule()
    parts: dict[str, str] = Field(default_factory=dict)
    adapters: dict[str, str] = Field(default_factory=dict)
    arguments: dict[str, Any] = Field(default_factory=dict)

    @property
    def step_cache(self) -> Cache | None:
        """The cache as it is used."""
        return None if self.distilled else self.cache


class MemoryPlan(_Table):
    """The requirements of a memory plan.

    Attributes:
        gib: device memory in GiB for the largest window of the standard tier.
        tiling: whether pictures are decoded in tiles, which is slower and needs less memory.
    """

    plan: PlanName
    gib: Annotated[float, Field(gt=0)]
    tiling: bool = False


class Sizes(_Table):
    """Memory of a model in GiB, traced on torch's meta device by `scripts/trace-memory`.

    Attributes:
        weights: of each component, in the type that it is loaded in.
        denoise: the peak of tensors while the transformer runs, for the largest window of the
            standard tier.
        decode: the same while the VAE decodes.
        decode_tiled: the same in tiles.
        computed: the fields and components that are not traced but taken from the sizes of files.
    """

    weights: dict[str, Annotated[float, Field(gt=0)]]
    denoise: Annotated[float, Field(gt=0)]
    decode: Annotated[float, Field(gt=0)]
    decode_tiled: Annotated[float, Field(gt=0)]
    computed: frozenset[str] = frozenset()

    def plans(self, scale: float = 1.0) -> tuple[MemoryPlan, ...]:
        """The plans from the fastest to the slowest; each also in tiles, if that saves memory.

        Args:
            scale: drawn pixels of a frame in relation to the standard tier's.
        """
        text = sum(size for name, size in self.weights.items() if name.startswith("text_encoder"))
        denoisers = [size for name, size in self.weights.items() if name.startswith("transformer")]
        everything, vae = sum(self.weights.values()), self.weights["vae"]
        denoise, halves = self.denoise * scale, [size / 2 for size in denoisers]
        # By plan: what is resident, and what denoising needs besides. Decoding needs the VAE.
        needs: dict[PlanName, tuple[float, float]] = {
            "none": (everything, denoise),
            "text": (everything - text, denoise),
            "model": (0, max((*denoisers, text)) + denoise),
            "8bit": (everything - text - sum(halves), denoise),
            "8bit-model": (0, max(max(halves) + denoise, text)),
        }
        if not text:  # the transformer reads the prompt
            del needs["text"]
        made: list[MemoryPlan] = []
        for plan, (resident, drawing) in needs.items():
            for tiling in (False, True):
                decode = self._decoding(scale, tiling=tiling) + (0 if resident else vae)
                next_ = _plan(plan, resident + max(drawing, decode), tiling=tiling)
                if not made or made[-1].plan != plan or next_.gib < made[-1].gib:
                    made.append(next_)
        streamed = max(denoise, vae + self._decoding(scale, tiling=True)) + _LAYER
        streamed += self.weights.get("image_encoder", 0.0)  # can't be streamed
        return (*made, _plan("group", streamed, tiling=True))

    def _decoding(self, scale: float, *, tiling: bool) -> float:
        """Tile memory is constant; only the assembled film grows with its pixels."""
        return self.decode_tiled * max(1.0, scale) if tiling else self.decode * scale


_RESERVE = 1.0
"""GiB for the driver, the libraries' workspaces and fragmentation."""

_LAYER = 2.0
"""GiB of the largest streamed layer, the text encoder's embeddings."""


def _plan(name: PlanName, peak: float, *, tiling: bool) -> MemoryPlan:
    return MemoryPlan(plan=name, gib=round(peak + _RESERVE, 1), tiling=tiling)


class Card(_Table):
    """One model, as declared by its TOML file in `cards/`.

    Attributes:
        name: the value of `card` in the configuration.
        family: the module in `families/` that calls its pipelines.
        source: hub id of the weights in diffusers' layout.
        pipeline: the diffusers class that the weights' index must name.
        operations: the operations that it offers; others are refused before a job is created.
        fps: its frame rate, in frames per second.
        frame_step: its clips have `frame_step * n + frame_rest` frames.
        frame_rest: see `frame_step`.
        min_frames: frames of its shortest clip.
        max_frames: frames of its longest clip; longer films are chained.
        overlap: frames that a window or an extension shares with the film before it.
        align: both edges of its frames are multiples of this.
        dtype: the type of its weights.
        dtypes: the types of components that differ.
        sizes: the memory of its components, from which the memory plans follow.
        sound: `joint` if the model makes sound with the picture.
        references: characters that its pipelines take as references; if 0, they are composed into
            the first frame.
        inputs: the roles of inputs that it takes besides a first frame.
        strength: by task, the noise level to start from with a given film; 1 is noise alone.
        negative_prompt: for requests that have none.
        negative_prompt_file: a file among the weights that replaces `negative_prompt`.
        prompting: instructions for rewriting prompts.
        masked_attention: the last part of the names of modules whose attention has a mask, which
            FlashAttention and SageAttention do not support.
        padding_masks: whether these masks only hide padding, so that kernels for sequences of
            several lengths can be used there.
        loading: arguments of the pipeline's class that replace those of the weights' index.
        without: components in the index that are neither downloaded nor loaded.
        distillation: adapters for tiers of few steps.
        options: values that only its family uses.
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
        return self.plans_for(self.quality["standard"])

    def plans_for(
        self,
        quality: Quality,
        quantised: Mapping[str, float] | None = None,
        *,
        upscale: bool = False,
    ) -> tuple[MemoryPlan, ...]:
        """The memory plans of a tier, which may draw more pixels than the standard one or fewer.

        Args:
            quality: the tier.
            quantised: sizes in GiB of parts whose weights are quantised already.
            upscale: whether pictures of twice the width and height are decoded.
        """
        scale = quality.max_pixels / self.quality["standard"].max_pixels
        kept = 0.0 if quality.step_cache is None else quality.step_cache.gib
        own, larger = self.sizes, 4 if upscale else 1
        changes = {
            "denoise": own.denoise + kept / scale,
            "decode": own.decode * larger,
            "decode_tiled": own.decode_tiled * larger,
        }
        sizes = own.model_copy(update=changes)
        if not quantised:
            return sizes.plans(scale)
        weights = {**sizes.weights, **quantised}
        plans = sizes.model_copy(update={"weights": weights}).plans(scale)
        return tuple(plan for plan in plans if not plan.plan.startswith("8bit"))

    @property
    def index(self) -> str:
        """The file among the weights that names the pipeline's class and components."""
        modular = self.pipeline.endswith("ModularPipeline")
        return "modular_model_index.json" if modular else "model_index.json"

    def parts(self, index: Mapping[str, Any]) -> set[str]:
        """The folders that the pipeline is loaded from.

        Args:
            index: the content of that file: class and more of each component by its folder.
        """
        named = {name for name, kind in index.items() if isinstance(kind, list) and any(kind)}
        return named - self.without

    def frames_for(self, count: int) -> int:
        """The smallest number of frames by its rule that is at least `count`."""
        count = max(count, self.min_frames)
        steps = max(0, -(-(count - self.frame_rest) // self.frame_step))
        return steps * self.frame_step + self.frame_rest

    def adapters_for(self, model: DiffusersSettings) -> Distillation | None:
        """The adapters for few steps that a model of this card uses, if any."""
        needed = self.quality[model.quality].distilled and not model.distilled
        return self.distillation if needed else None

    def without_parts(self, name: QualityName) -> Quality:
        """The tier without its own weights: `standard` at this tier's size."""
        pixels = self.quality[name].max_pixels
        return self.quality["standard"].model_copy(update={"max_pixels": pixels})

    def undistilled(self, name: QualityName) -> Quality:
        """The tier without the adapters for few steps: `high`, no larger than this tier."""
        pixels = min(self.quality[name].max_pixels, self.quality["high"].max_pixels)
        changes = {"max_pixels": pixels, "cache": self.quality[name].cache}
        return self.quality["high"].model_copy(update=changes)

    def capabilities(self, model: DiffusersSettings) -> ModelCapabilities:
        """The capabilities of a model with this card."""
        quality = self.quality[model.quality]
        plans = self.plans_for(quality, upscale=bool(model.upscale))
        if model.upscale and not self.options.get("upsampler"):
            raise ConfigError(f"upscale needs weights with an upsampler, which {self.name} lacks.")
        return ModelCapabilities(
            operations=self.operations,
            description=self.description,
            licence=self.licence,
            licence_url=self.licence_url,
            territory=self.territory,
            gated=self.gated,
            source=model.source or self.source,
            download_gib=self.download_gib,
            memory_gib=tuple((plan.plan, plan.gib) for plan in plans),
            sound="none" if self.sound == "house" and model.sound == "none" else self.sound,
            native=self._native(quality),
            remixes_film="remix" in self.strength,
            references=self.inputs | {"audio"},
            max_references=min(MAX_REFERENCES, self.references),
            loras=tuple(dict.fromkeys(one.id for one in model.loras if one.id)),
            fps=FrameRate(self.fps) if model.fps == "native" else DEFAULT_FPS,
        )

    def _native(self, quality: Quality) -> str:
        size = _sixteen_to_nine(quality.max_pixels)
        return (
            f"up to {size} at {self.fps} frames a second, {self.max_frames / self.fps:.3g} seconds "
            "at a time; larger films are scaled up and longer ones chained"
        )


def _sixteen_to_nine(pixels: int) -> Size:
    height = round((pixels * 9 / 16) ** 0.5 / 8) * 8
    return Size(round(pixels / height / 8) * 8, height)
