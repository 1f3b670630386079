"""MiniMax-H3: picture and stereo sound by one transformer, from text, a first or a last frame."""

from __future__ import annotations

from PIL import Image

from vitascope.engines.diffusers.families.ltx.sound import resampled
from vitascope.engines.diffusers.loaded import LoadedModel
from vitascope.engines.diffusers.request import Drawn, Request
from vitascope.spec import SAMPLE_RATE


def draw(request: Request, loaded: LoadedModel) -> Drawn:
    """Denoise picture and sound together; pictures are decoded when consumed.

    The pipeline takes one known frame, so the card's `overlap` is 1.
    """
    if request.negative_prompt or request.guidance_scale != 1:
        loaded.note(
            "Negative prompt and guidance_scale have no effect: MiniMax-H3's weights are distilled "
            "to draw without guidance."
        )
    base = loaded.pipelines.base
    first = request.image if request.known is None else request.known
    drawn = loaded.call(
        base,
        steps=request.steps,
        prompt=request.prompt,
        image=None if first is None else Image.fromarray(first[-1]),
        last_image=None if request.last is None else Image.fromarray(request.last[0]),
        shift=loaded.quality.schedule.shift,
        width=request.size.width,
        height=request.size.height,
        num_frames=request.frames,
        num_inference_steps=request.steps,
        generator=loaded.generator(request.seed),
        **loaded.quality.arguments,
    )
    sound = resampled(drawn.audio.cpu().numpy(), drawn.audio_rate, SAMPLE_RATE)
    return Drawn(base.decoded(drawn.latents, loaded.decoding), sound)
