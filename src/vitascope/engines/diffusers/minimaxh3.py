"""MiniMax-H3 as a pipeline like the others, for diffusers has it as blocks only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from diffusers import DiffusionPipeline, MiniMaxH3Blocks, MiniMaxH3ModularPipeline
from diffusers.modular_pipelines.minimax_h3.denoise import MiniMaxH3DenoiseStep
from PIL import Image

from vitascope.engines.diffusers.wanvae import Progress
from vitascope.engines.native import RgbFrames

Told = Callable[[Any, int, Any, dict[str, Any]], Any]
"""What is called after each step, as by the other pipelines."""

_WORKFLOW = "fl2va"
"""From text and from keyframes; its parts are all that text alone needs. References would want
weights of their own for the denoiser."""


class Denoised(NamedTuple):
    """What a run gives back.

    Attributes:
        latents: of the pictures, normalised, shape (1, channels, n, h, w).
        audio: what is heard, shape (2, samples), in [-1, 1].
        audio_rate: its samples a second.
    """

    latents: torch.Tensor
    audio: torch.Tensor
    audio_rate: int


class _ToldDenoiseStep(MiniMaxH3DenoiseStep):  # type: ignore[misc]  # the base is Any to mypy
    """The denoising loop, which tells of each step."""

    tell: Callable[[int], None]

    def loop_step(self, components: Any, state: Any, **place: Any) -> Any:
        done = super().loop_step(components, state, **place)
        self.tell(place["i"])
        return done


class MiniMaxH3Pipeline(DiffusionPipeline):  # type: ignore[misc]  # the base is Any to mypy
    """The parts of MiniMax-H3, with all that `DiffusionPipeline` can do about memory.

    Each run is the blocks of diffusers in their order; pictures are decoded by `decoded`.
    """

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
        """Load each part from the folder of its name.

        The blocks' own loader is not used: it goes to the hub for what it misses, and passes over
        what can't be read.

        Args:
            folder: with the weights.
            dtype: by part; `default` is that of all others.
            local_files_only: whether the hub is not to be asked.
        """
        parts: dict[str, Any] = {}
        for spec in MiniMaxH3Blocks().get_workflow(_WORKFLOW).expected_components:
            if spec.default_creation_method != "from_pretrained":
                continue
            model = issubclass(spec.type_hint, torch.nn.Module)
            wish = {"dtype": dtype.get(spec.name, dtype["default"])} if model else {}
            parts[spec.name] = spec.type_hint.from_pretrained(
                str(folder), subfolder=spec.name, local_files_only=local_files_only, **wish
            )
        return cls(**parts)

    def __call__(
        self,
        *,
        image: Image.Image | None,
        num_inference_steps: int,
        callback_on_step_end: Told,
        callback_on_step_end_tensor_inputs: list[str],
        **inputs: Any,
    ) -> Denoised:
        """Denoise picture and sound together, and decode the sound.

        Args:
            image: what the first frame shall be; none: text alone.
            num_inference_steps: how often the transformer runs.
            callback_on_step_end: called after each step; what it returns is not looked at.
            callback_on_step_end_tensor_inputs: not heeded, for the rows that the blocks work on
                are not the latents that callbacks know.
            inputs: other ones of the blocks.
        """
        timesteps = num_inference_steps
        blocks = MiniMaxH3Blocks().get_workflow("t2va" if image is None else _WORKFLOW)
        blocks.sub_blocks["denoise.denoise"] = loop = _ToldDenoiseStep()
        loop.set_progress_bar_config(disable=True)
        loop.tell = lambda number: callback_on_step_end(self, number, timesteps, {})
        keyframe = {} if image is None else {"image": image}
        ours = MiniMaxH3ModularPipeline(blocks=blocks)
        ours.register_components(**self.components)
        blocks.sub_blocks.pop("decode.video")  # only now: other blocks ask the VAE for its ratios
        state = ours(
            # The grid's last point, where nothing is left to denoise, is one of those it counts.
            num_inference_steps=num_inference_steps + 1,
            **keyframe,
            **inputs,
        )
        return Denoised(state.get("latents"), state.get("audio")[0], state.get("sampling_rate"))

    def decoded(self, latents: torch.Tensor, progress: Progress) -> Iterator[RgbFrames]:
        """Pictures of latents, in blocks, each decoded when it is asked for.

        The VAE draws clips of 17 frames and 5 more, which are faded into the next clip's first.
        """
        vae, convention = self.vae, MiniMaxH3ModularPipeline()
        ready = _spread(latents, vae.config.latents_mean, vae.config.latents_std)
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
    """A clip whose first frames come out of those that the clip before ends with."""
    length = before.shape[2]
    share = torch.arange(length, device=film.device).view(1, 1, -1, 1, 1) / length
    mixed = before * (1 - share) + film[:, :, :length] * share
    return torch.cat([mixed, film[:, :, length:]], dim=2)


def _pictures(film: torch.Tensor, convention: Any) -> RgbFrames:
    """8-bit pictures of what the VAE gives, which is normalised by the model's convention."""
    plain = _spread(film, convention.pixel_mean, convention.pixel_std)
    levels = (plain[0].clamp(0, 1) * 255).round().to(torch.uint8)
    return np.asarray(levels.permute(1, 2, 3, 0).cpu().numpy(), np.uint8)


def _spread(values: torch.Tensor, means: Sequence[float], spreads: Sequence[float]) -> torch.Tensor:
    """What was normalised by channel, of shape (1, channels, n, h, w), as it was before."""
    mean, spread = (
        torch.tensor(each, device=values.device).view(1, -1, 1, 1, 1) for each in (means, spreads)
    )
    return values * spread + mean
