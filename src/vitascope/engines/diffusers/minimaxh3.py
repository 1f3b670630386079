"""MiniMax-H3 as a pipeline class; diffusers has it as modular blocks only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from diffusers import (
    DiffusionPipeline,
    MiniMaxH3Blocks,
    MiniMaxH3ModularPipeline,
    MiniMaxH3Scheduler,
)
from diffusers.loaders.lora_pipeline import MiniMaxH3LoraLoaderMixin
from diffusers.modular_pipelines.minimax_h3.denoise import MiniMaxH3DenoiseStep
from PIL import Image

from vitascope.engines.diffusers.vae import Progress
from vitascope.engines.native import RgbFrames

StepCallback = Callable[[Any, int, Any, dict[str, Any]], Any]
"""Called after each step, with the arguments of other pipelines' `callback_on_step_end`."""

_WORKFLOW = "fl2va"
"""From text and keyframes; it has all components that text alone needs. References need other
weights of the denoiser."""


class Denoised(NamedTuple):
    """The result of a run.

    Attributes:
        latents: of the pictures, normalised, shape (1, channels, n, h, w).
        audio: shape (2, samples), in [-1, 1].
        audio_rate: its samples a second.
    """

    latents: torch.Tensor
    audio: torch.Tensor
    audio_rate: int


class _ReportingDenoiseStep(MiniMaxH3DenoiseStep):  # type: ignore[misc]  # the base is Any to mypy
    """The denoising loop, which calls back after each step."""

    after: Callable[[int], None]

    def loop_step(self, components: Any, state: Any, **place: Any) -> Any:
        result = super().loop_step(components, state, **place)
        self.after(place["i"])
        return result


class MiniMaxH3Pipeline(
    DiffusionPipeline,  # type: ignore[misc]  # the base is Any to mypy
    MiniMaxH3LoraLoaderMixin,  # type: ignore[misc]  # the base is Any to mypy
):
    """The components of MiniMax-H3, with `DiffusionPipeline`'s memory management.

    Each run executes diffusers' blocks in their order; `decoded` decodes the pictures.
    """

    _lora_loadable_modules = ("transformer",)
    model_cpu_offload_seq = "text_encoder->transformer->vae->audio_vae"

    def __init__(
        self,
        text_encoder: Any,
        tokenizer: Any,
        processor: Any,
        transformer: Any,
        scheduler: Any,
        audio_scheduler: Any,
        vae: Any,
        audio_vae: Any,
    ) -> None:
        super().__init__()
        self.register_modules(
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            processor=processor,
            transformer=transformer,
            scheduler=scheduler,
            audio_scheduler=audio_scheduler,
            vae=vae,
            audio_vae=audio_vae,
        )

    @classmethod
    def from_pretrained(
        cls, folder: Path, *, dtype: Mapping[str, torch.dtype], local_files_only: bool
    ) -> Self:
        """Load each component from the folder of its name.

        The blocks' own loader is not used: it asks the hub for missing files, and ignores
        components that can't be read.

        Args:
            folder: the weights.
            dtype: by component; `default` is that of all others.
            local_files_only: whether the hub must not be asked.
        """
        parts: dict[str, Any] = {}
        for spec in MiniMaxH3Blocks().get_workflow(_WORKFLOW).expected_components:
            if spec.default_creation_method != "from_pretrained":
                continue
            model = issubclass(spec.type_hint, torch.nn.Module)
            options = {"dtype": dtype.get(spec.name, dtype["default"])} if model else {}
            parts[spec.name] = spec.type_hint.from_pretrained(
                str(folder), subfolder=spec.name, local_files_only=local_files_only, **options
            )
        return cls(**parts)

    def __call__(
        self,
        *,
        image: Image.Image | None,
        last_image: Image.Image | None = None,
        shift: float | None = None,
        num_inference_steps: int,
        callback_on_step_end: StepCallback,
        callback_on_step_end_tensor_inputs: list[str],
        **inputs: Any,
    ) -> Denoised:
        """Denoise picture and sound together, and decode the sound.

        Args:
            image: the first frame, if any.
            last_image: the last frame, if any.
            shift: of the pictures' noise levels; the repository's own by default.
            num_inference_steps: how often the transformer runs.
            callback_on_step_end: called after each step; its result is ignored.
            callback_on_step_end_tensor_inputs: ignored, because the blocks have no such latents.
            inputs: other inputs of the blocks.
        """
        timesteps = num_inference_steps
        given = {"image": image, "last_image": last_image}
        keyframes = {name: frame for name, frame in given.items() if frame is not None}
        blocks = MiniMaxH3Blocks().get_workflow(_WORKFLOW if keyframes else "t2va")
        blocks.sub_blocks["denoise.denoise"] = loop = _ReportingDenoiseStep()
        loop.set_progress_bar_config(disable=True)
        loop.after = lambda number: callback_on_step_end(self, number, timesteps, {})
        ours = MiniMaxH3ModularPipeline(blocks=blocks)
        ours.register_components(**self.components)
        if shift is not None:
            ours.register_components(scheduler=MiniMaxH3Scheduler(shift=shift))
        # Removed last, because other blocks read the VAE's ratios.
        blocks.sub_blocks.pop("decode.video")
        state = ours(
            # The blocks count the last noise level, 0, as a step.
            num_inference_steps=num_inference_steps + 1,
            **keyframes,
            **inputs,
        )
        return Denoised(state.get("latents"), state.get("audio")[0], state.get("sampling_rate"))

    def decoded(self, latents: torch.Tensor, progress: Progress) -> Iterator[RgbFrames]:
        """The pictures of latents, in blocks that are decoded when consumed.

        The VAE decodes clips of 17 frames and 5 more, which cross-fade into the next clip.
        """
        vae, convention = self.vae, MiniMaxH3ModularPipeline()
        ready = _denormalised(latents, vae.config.latents_mean, vae.config.latents_std)
        step, reach = vae.tokens_chunk_size, vae.token_overlap
        count = (ready.shape[2] - reach) // step
        before: torch.Tensor | None = None
        for place in range(count):
            part = ready[:, :, place * step : (place + 1) * step + reach]
            with torch.no_grad():
                film = vae.decode(part, return_dict=False)[0].float()
            if before is not None:
                film = _faded(before, film)
            film, before = film.split([vae.config.clip_length, vae.frame_overlap], dim=2)
            progress(place + 1, count)
            yield _pictures(film, convention)
        if before is not None:
            yield _pictures(before, convention)
        self.maybe_free_model_hooks()


def _faded(before: torch.Tensor, film: torch.Tensor) -> torch.Tensor:
    """A clip that cross-fades from the last frames of the clip before."""
    length = before.shape[2]
    share = torch.arange(length, device=film.device).view(1, 1, -1, 1, 1) / length
    mixed = before * (1 - share) + film[:, :, :length] * share
    return torch.cat([mixed, film[:, :, length:]], dim=2)


def _pictures(film: torch.Tensor, convention: Any) -> RgbFrames:
    """8-bit pictures from the VAE's output, which the model's convention normalises."""
    plain = _denormalised(film, convention.pixel_mean, convention.pixel_std)
    levels = (plain[0].clamp(0, 1) * 255).round().to(torch.uint8)
    return np.asarray(levels.permute(1, 2, 3, 0).cpu().numpy(), np.uint8)


def _denormalised(
    values: torch.Tensor, means: Sequence[float], spreads: Sequence[float]
) -> torch.Tensor:
    """Reverses a normalisation by channel of values of shape (1, channels, n, h, w)."""
    mean, spread = (
        torch.tensor(each, device=values.device).view(1, -1, 1, 1, 1) for each in (means, spreads)
    )
    return values * spread + mean
