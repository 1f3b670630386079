"""Traces what a card's model takes: weights, and the peak of tensors while it denoises and decodes.

Parts are built in full size on torch's meta device, which has shapes and no data, so that a CPU is
enough: `scripts/trace-memory` prints the tables, `--write` puts them into the cards. Sizes are
those of diffusers' classes where their defaults are the published ones, else those of the model's
`config.json`, as named here. Attention counts as a fused kernel, which keeps no matrix.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLTextConfig,
    Qwen2_5_VLTextModel,
    UMT5Config,
    UMT5EncoderModel,
)

from vitascope.engines.diffusers import cards
from vitascope.engines.diffusers.card import Card
from vitascope.engines.diffusers.cards import card_named

_GIB = 1024**3
_CARDS = Path(cards.__file__).parent


class LiveBytes(TorchDispatchMode):
    """Counts the bytes of all tensors that are alive, and their peak."""

    def __init__(self, held: Iterator[torch.Tensor]) -> None:
        super().__init__()
        self.peak = self._now = 0
        self._seen: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        for tensor in held:  # weights, which are counted apart
            self._seen[tensor.untyped_storage()] = 0

    def __torch_dispatch__(self, func: Any, _types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(made):
            if isinstance(leaf, torch.Tensor) and leaf.untyped_storage() not in self._seen:
                self._hold(leaf.untyped_storage())
        return made

    def _hold(self, storage: Any) -> None:
        size = storage.nbytes()
        self._seen[storage] = size
        self._now += size
        self.peak = max(self.peak, self._now)
        weakref.finalize(storage, self._drop, size)

    def _drop(self, size: int) -> None:
        self._now -= size


@contextmanager
def _fused_attention() -> Iterator[None]:
    plain = torch.nn.functional.scaled_dot_product_attention

    def fused(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> Any:
        return query.new_empty((*query.shape[:-1], value.shape[-1]))

    torch.nn.functional.scaled_dot_product_attention = fused
    try:
        yield
    finally:
        torch.nn.functional.scaled_dot_product_attention = plain


def meta(*shape: int) -> torch.Tensor:
    """A tensor without data."""
    return torch.empty(*shape, device="meta")


@dataclass(frozen=True)
class Traced:
    """What a card needs, in GiB."""

    weights: dict[str, float]
    denoise: float | None = None
    decode: float | None = None
    decode_tiled: float | None = None
    computed: frozenset[str] = frozenset()

    def toml(self) -> str:
        """As the card has it."""
        sizes = ", ".join(f"{name} = {size:.2f}" for name, size in self.weights.items())
        lines = ["[sizes]", f"weights = {{ {sizes} }}"]
        for name in ("denoise", "decode", "decode_tiled"):
            value = getattr(self, name)
            if value is not None:
                lines.append(f"{name} = {value:.2f}")
        if self.computed:
            lines.append(f"computed = {json.dumps(sorted(self.computed))}")
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Sizes:
    """A model's parts in full size, and how the large ones are run for a window.

    Attributes:
        parts: what builds each part.
        denoise: runs the transformer for latents of shape (1, channels, n, h, w).
        decode: runs the VAE for them.
        channels: of the latents.
        cell: pixels that a latent is wide and high.
        dtypes: of parts that are not loaded in bfloat16.
        stated: weights in GiB of parts that are not built here, from the sizes of their files.
        computed: GiB of tensors while denoising, where the transformer can't be traced because it
            selects tokens by a mask.
    """

    parts: dict[str, Callable[[], Any]]
    channels: int
    cell: int
    denoise: Callable[[Any, torch.Tensor], Any] | None = None
    decode: Callable[[Any, torch.Tensor], Any] | None = None
    dtypes: dict[str, torch.dtype] = field(default_factory=dict)
    stated: dict[str, float] = field(default_factory=dict)
    computed: float | None = None


def _umt5() -> Any:
    # google/umt5-xxl, config.json
    return UMT5EncoderModel(
        UMT5Config(
            vocab_size=256_384,
            d_model=4096,
            d_kv=64,
            d_ff=10_240,
            num_layers=24,
            num_heads=64,
            feed_forward_proj="gated-gelu",
        )
    )


_QWEN = {
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152_064,
    "max_window_layers": 28,
}
"""Qwen/Qwen2.5-VL-7B-Instruct, config.json."""


def _qwen_text() -> Any:
    return Qwen2_5_VLTextModel(Qwen2_5_VLTextConfig(**_QWEN))


def _qwen() -> Any:
    vision = {"hidden_size": 1280, "intermediate_size": 3420, "out_hidden_size": 3584}
    return Qwen2_5_VLForConditionalGeneration(
        Qwen2_5_VLConfig(text_config=_QWEN, vision_config=vision, tie_word_embeddings=False)
    )


def _wan_denoise(part: Any, latents: torch.Tensor, **more: Any) -> Any:
    return part(
        hidden_states=latents, timestep=meta(1), encoder_hidden_states=meta(1, 512, 4096), **more
    )


def _i2v_denoise(part: Any, latents: torch.Tensor) -> Any:
    _, _, *rest = latents.shape
    return _wan_denoise(part, meta(1, 36, *rest))


def _vace_denoise(part: Any, latents: torch.Tensor) -> Any:
    _, _, *rest = latents.shape
    return _wan_denoise(part, latents, control_hidden_states=meta(1, 96, *rest))


def _decode(part: Any, latents: torch.Tensor) -> Any:
    return part.decode(latents, return_dict=False)[0]


def _wan_decode(part: Any, latents: torch.Tensor) -> Any:
    """As the engine does: one latent frame at a time, or the whole film in tiles."""
    if part.use_tiling:
        return _decode(part, latents)
    part.clear_cache()
    ready = part.post_quant_conv(latents)
    for place in range(3):  # from the third on, all have the same memory of those before
        part._conv_idx = [0]
        part.decoder(
            ready[:, :, place : place + 1],
            feat_cache=part._feat_map,
            feat_idx=part._conv_idx,
            first_chunk=place == 0,
        )
    return None


def _wan(channels: int = 16) -> Callable[[], Any]:
    return lambda: diffusers.WanTransformer3DModel(in_channels=channels, out_channels=16)


def _wan_5b() -> Any:
    # Wan-AI/Wan2.2-TI2V-5B-Diffusers, transformer/config.json
    return diffusers.WanTransformer3DModel(
        in_channels=48, out_channels=48, num_layers=30, num_attention_heads=24, ffn_dim=14_336
    )


def _vace_small() -> Any:
    # Wan-AI/Wan2.1-VACE-1.3B-diffusers, transformer/config.json
    return diffusers.WanVACETransformer3DModel(
        num_attention_heads=12,
        ffn_dim=8960,
        num_layers=30,
        vace_layers=[0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28],
    )


def _vae22() -> Any:
    # Wan-AI/Wan2.2-TI2V-5B-Diffusers, vae/config.json
    return diffusers.AutoencoderKLWan(
        base_dim=160,
        decoder_base_dim=256,
        z_dim=48,
        in_channels=12,
        out_channels=12,
        is_residual=True,
        patch_size=2,
        scale_factor_spatial=16,
        latents_mean=[0.0] * 48,
        latents_std=[1.0] * 48,
    )


def _a14b(channels: int) -> Sizes:
    return Sizes(
        parts={
            "transformer": _wan(channels),
            "transformer_2": _wan(channels),
            "vae": diffusers.AutoencoderKLWan,
            "text_encoder": _umt5,
        },
        channels=16,
        cell=8,
        denoise=_wan_denoise if channels == 16 else _i2v_denoise,
        decode=_wan_decode,
        dtypes={"vae": torch.float32},
    )


def _vace(transformer: Callable[[], Any]) -> Sizes:
    return Sizes(
        parts={
            "transformer": transformer,
            "vae": diffusers.AutoencoderKLWan,
            "text_encoder": _umt5,
        },
        channels=16,
        cell=8,
        denoise=_vace_denoise,
        decode=_wan_decode,
        dtypes={"vae": torch.float32},
    )


SIZES: dict[str, Sizes] = {
    "wan2.2-t2v-a14b": _a14b(16),
    "wan2.2-i2v-a14b": _a14b(36),
    "wan2.2-ti2v-5b": Sizes(
        parts={"transformer": _wan_5b, "vae": _vae22, "text_encoder": _umt5},
        channels=48,
        cell=16,
        denoise=_wan_denoise,
        decode=_wan_decode,
        dtypes={"vae": torch.float32},
    ),
    "wan2.1-vace-14b": _vace(diffusers.WanVACETransformer3DModel),
    "wan2.1-vace-1.3b": _vace(_vace_small),
    "hunyuanvideo-1.5": Sizes(
        parts={
            "transformer": diffusers.HunyuanVideo15Transformer3DModel,
            "vae": diffusers.AutoencoderKLHunyuanVideo15,
            "text_encoder": _qwen_text,
        },
        channels=32,
        cell=16,
        decode=_decode,
        stated={"text_encoder_2": 0.4},
        computed=7.0,
    ),
    "kandinsky-6-lite": Sizes(
        parts={"vae": diffusers.AutoencoderKLHunyuanVideo, "text_encoder": _qwen},
        channels=16,
        cell=8,
        decode=_decode,
        stated={"transformer": 5.92, "sound": 0.7},
        computed=6.0,
    ),
}
"""Cards whose parts' sizes are known here; of the others the cards say that theirs are computed."""


def window(card: Card, sizes: Sizes) -> torch.Tensor:
    """The latents of the largest window of the standard tier, 16:9."""
    pixels = card.quality["standard"].max_pixels
    height = math.sqrt(pixels * 9 / 16)
    edges = [round(edge / card.align) * card.align for edge in (height, pixels / height)]
    frames = (card.max_frames - 1) // 4 + 1
    return meta(1, sizes.channels, frames, *(edge // sizes.cell for edge in edges))


def built(make: Callable[[], Any], dtype: torch.dtype) -> Any:
    """A part on the meta device."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device("meta"):
            return make().eval().requires_grad_(False)
    finally:
        torch.set_default_dtype(before)


def peak(part: Any, run: Callable[[Any, torch.Tensor], Any], latents: torch.Tensor) -> float:
    """GiB of tensors, besides the weights, while a part runs."""
    live = LiveBytes(iter((*part.parameters(), *part.buffers())))
    dtype, before = next(part.parameters()).dtype, torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.no_grad(), _fused_attention(), live:
            run(part, latents.to(dtype))
    finally:
        torch.set_default_dtype(before)
    return live.peak / _GIB


def traced(name: str, *, tiled: bool = True) -> Traced:
    """Trace a card.

    Args:
        name: the card's.
        tiled: whether decoding in tiles is traced too, which takes longest.
    """
    card, sizes = card_named(name), SIZES[name]
    latents = window(card, sizes)
    weights = dict(sizes.stated)
    peaks = {} if sizes.computed is None else {"denoise": sizes.computed}
    for part_name, make in sizes.parts.items():
        part = built(make, sizes.dtypes.get(part_name, torch.bfloat16))
        held = (*part.parameters(), *part.buffers())
        weights[part_name] = sum(each.numel() * each.element_size() for each in held) / _GIB
        if part_name == "transformer" and sizes.denoise is not None:
            peaks["denoise"] = peak(part, sizes.denoise, latents)
        if part_name == "vae" and sizes.decode is not None:
            peaks["decode"] = peak(part, sizes.decode, latents)
            if tiled:
                part.enable_tiling()
                peaks["decode_tiled"] = peak(part, sizes.decode, latents)
    computed = frozenset() if sizes.computed is None else frozenset({"denoise"})
    return Traced(weights, **peaks, computed=computed)


def main() -> None:
    """Print the tables, or write them into the cards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cards", nargs="*", default=list(SIZES))
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    for name in given.cards:
        table = traced(name).toml()
        print(f"# {name}\n{table}", flush=True)
        if given.write:
            file = _CARDS / f"{name}.toml"
            text = re.sub(r"\n\[sizes\]\n(?:[^\[\n].*\n)*", "", file.read_text("utf-8"))
            file.write_text(f"{text.rstrip()}\n\n{table}", "utf-8")


if __name__ == "__main__":
    main()
