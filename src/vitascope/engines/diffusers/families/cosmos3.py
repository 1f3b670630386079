"""Cosmos 3: picture and sound by one transformer, which continues a picture or a film."""

from __future__ import annotations

from functools import partial
from typing import Any

from PIL import Image

from vitascope.engines.diffusers.families.ltx.sound import resampled
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Drawn, Request, Sound
from vitascope.engines.diffusers.vae import decoded
from vitascope.spec import SAMPLE_RATE

_TEMPORAL = 4
"""Frames of a latent frame, except the first, which holds one."""


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise picture and sound together; pictures are decoded when consumed."""
    base = loaded.pipelines.base
    scheduler = loaded.scheduler(request.steps, request.seed)
    drawn = loaded.call(
        loaded.pipelines.get(type(base), scheduler=scheduler),
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        width=request.size.width,
        height=request.size.height,
        num_frames=request.frames,
        fps=float(loaded.card.fps),
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        generator=loaded.generator(request.seed),
        enable_sound=True,
        output_type="latent",
        **_known(request),
        **loaded.quality.arguments,
    )
    return Drawn.decoding(
        partial(decoded, base.vae, drawn.video, loaded.decoding), _sound(drawn.sound, base)
    )


def _known(request: Request) -> dict[str, Any]:
    """Arguments for the first frames, with the numbers of their latent frames."""
    known = request.image if request.known is None else request.known
    if known is None:
        return {}
    if len(known) == 1:
        return {"image": Image.fromarray(known[0])}
    return {
        "video": [Image.fromarray(picture) for picture in known],
        "condition_frame_indexes_vision": list(range((len(known) - 1) // _TEMPORAL + 1)),
        "condition_video_keep": "last",
    }


def _sound(sound: Any, base: Any) -> Sound:
    rate = int(base.sound_tokenizer.config.sampling_rate)
    return resampled(sound.float().cpu().numpy(), rate, SAMPLE_RATE)
