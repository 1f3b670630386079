"""Safetensors files in the layout of TAEHV's decoders, with weights whose pictures are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file

Weights = dict[str, torch.Tensor]


def layout(
    channels: int, widths: Sequence[int], patch: int, growth: Sequence[int] = (1, 2, 2)
) -> dict[str, tuple[int, ...]]:
    """The keys and shapes of a published file (madebyollin/taehv at 1f14a56, taehv.py)."""
    first, second, third, last = widths
    shapes: dict[str, tuple[int, ...]] = {
        "decoder.1.weight": (first, channels, 3, 3),
        "decoder.1.bias": (first,),
        "decoder.8.weight": (second, first, 3, 3),
        "decoder.14.weight": (third, second, 3, 3),
        "decoder.20.weight": (last, third, 3, 3),
        "decoder.22.weight": (3 * patch**2, last, 3, 3),
        "decoder.22.bias": (3 * patch**2,),
    }
    for place, width, times in zip((7, 13, 19), (first, second, third), growth, strict=True):
        shapes[f"decoder.{place}.conv.weight"] = (width * times, width, 1, 1)
    for begin, width in ((3, first), (9, second), (15, third)):
        for place in range(begin, begin + 3):
            for layer, taken in ((0, 2 * width), (2, width), (4, width)):
                shapes[f"decoder.{place}.conv.{layer}.weight"] = (width, taken, 3, 3)
                shapes[f"decoder.{place}.conv.{layer}.bias"] = (width,)
    return shapes


def plain(channels: int, *, patch: int = 1, growth: Sequence[int] = (1, 2, 2)) -> Weights:
    """Weights that show the first three channels as red, green and blue, each frame by itself."""
    shapes = layout(channels, [max(channels, 4)] * 4, patch, growth)
    weights = {key: torch.zeros(shape) for key, shape in shapes.items()}
    for place in (1, 8, 14, 20):
        _pass(weights[f"decoder.{place}.weight"])
    for place in (7, 13, 19):
        mixing = weights[f"decoder.{place}.conv.weight"]
        mixing[: -mixing.shape[1]] = 9.0  # for the frames before, which are not drawn
        _pass(mixing[-mixing.shape[1] :])
    for colour in range(3):
        cells = weights["decoder.22.weight"][colour * patch**2 : (colour + 1) * patch**2]
        cells[:, colour, 1, 1] = 1
    return weights


def remembering(channels: int) -> Weights:
    """The same, but that the first block adds what it got of the frame before."""
    weights = plain(channels)
    first = weights["decoder.3.conv.0.weight"]
    _pass(first[:, first.shape[0] :])
    for layer in (2, 4):
        _pass(weights[f"decoder.3.conv.{layer}.weight"])
    return weights


def _pass(kernels: torch.Tensor) -> None:
    """Let each channel through as it is."""
    middle = kernels.shape[-1] // 2
    for channel in range(min(kernels.shape[:2])):
        kernels[channel, channel, middle, middle] = 1


def written(weights: Weights, file: Path) -> Path:
    """The file, with a key of the encoder, as the published ones have it."""
    save_file({"encoder.0.weight": torch.zeros(1), **weights}, file)
    return file
