"""Decodes latents to small pictures by TAEHV, the tiny decoders of madebyollin/taehv (MIT).

The layout is that of the published safetensors files (taehv.py at 1f14a56): three stages of blocks
that also see their input of the frame before, each stage followed by a doubling of the picture and
of the frames. Frames are not doubled here, which the authors offer for cheap previews, and pictures
only until they are as large as a live preview. Files named `_super` have other layers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from vitascope.errors import JobError
from vitascope.media.previews import PREVIEW_EDGE

_PREFIX = "decoder."
_GROWING = (7, 13, 19)
"""Places of the layers that double the frames; their last rows are those of the last frame."""

_CONVOLUTIONS = (1, 8, 14, 20)
"""Places of the convolutions that set the width of what follows."""

_LAST = 22
_SHOWN = 3
"""Keys that an error message names."""

_PUBLISHED = {
    "taehv.safetensors": "373253e5f877b3f6474a7ec874e5559f40381246",
    "taehv1_5.safetensors": "ede3340b89ae7c58c3e203d1872b8c595c604169",
    "taeltx_2.safetensors": "a3b56beaa4c3d5478cdcb78d984e65b2ad44bffa",
    "taeltx2_3.safetensors": "9553c906cd3d2a1deb85574d5236d256d795aa50",
    "taew2_1.safetensors": "ec1a2be453a250aa406e912bb630c34463ba0b2f",
    "taew2_2.safetensors": "9d0ef19504c0b918eb6a8efea1ed8596cf666400",
}
"""Git's hashes of the files in the folder safetensors of madebyollin/taehv at 1f14a56."""


class _Clamp(nn.Module):  # type: ignore[misc]  # the base is Any to mypy
    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return torch.tanh(latents / 3) * 3


class _Remembering(nn.Module):  # type: ignore[misc]  # the base is Any to mypy
    """A residual block that sees its input of the frame before; zeros before the first frame."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            _conv(2 * width, width), nn.ReLU(), _conv(width, width), nn.ReLU(), _conv(width, width)
        )

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        before = torch.cat((torch.zeros_like(frames[:1]), frames[:-1]))
        return torch.relu(self.conv(torch.cat((frames, before), dim=1)) + frames)


class _Mixing(nn.Module):  # type: ignore[misc]  # the base is Any to mypy
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 1, bias=False)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self.conv(frames))


def _conv(taken: int, given: int, *, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(taken, given, 3, padding=1, bias=bias)


class TinyDecoder(nn.Module):  # type: ignore[misc]  # the base is Any to mypy
    """One frame for each latent frame.

    Attributes:
        channels: of the latents.
        ratio: pixels to one latent in the model's own films, along an edge.
    """

    def __init__(self, channels: int, widths: Sequence[int], patch: int) -> None:
        """Build it without weights.

        Args:
            channels: of the latents.
            widths: of the three stages, and of what follows them.
            patch: edge of the square of pixels that one cell of the last layer holds.
        """
        super().__init__()
        self.channels, self.ratio, self._patch = channels, 8 * patch, patch
        layers: list[nn.Module] = [_Clamp(), _conv(channels, widths[0]), nn.ReLU()]
        for width, following in pairwise(widths):
            layers += [_Remembering(width) for _ in range(3)]
            layers += [nn.Upsample(scale_factor=2), _Mixing(width)]
            layers.append(_conv(width, following, bias=False))
        layers += [nn.ReLU(), _conv(widths[-1], 3 * patch**2)]
        self.decoder = nn.Sequential(*layers)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """RGB in [0, 1], shape (n, 3, h, w), of normalised latents of shape (n, channels, h, w)."""
        frames = latents
        for layer in self.decoder:
            edge = max(frames.shape[-2:]) * self._patch
            if not (isinstance(layer, nn.Upsample) and edge >= PREVIEW_EDGE):
                frames = layer(frames)
        return nn.functional.pixel_shuffle(frames, self._patch).clamp(0, 1)


def read(file: Path) -> TinyDecoder:
    """Load a decoder.

    Raises:
        JobError: `model_damaged`; the file is none, and the sentence names the keys that do not
            fit.
    """
    try:
        weights = {key: value for key, value in load_file(file).items() if key.startswith(_PREFIX)}
    except (OSError, SafetensorError) as error:
        raise _unusable(file, f"it is no safetensors file ({error})") from error
    layout = TinyDecoder(1, (1, 1, 1, 1), 1).state_dict()
    missing = sorted(layout.keys() - weights.keys())
    if missing:
        raise _unusable(file, f"it lacks the keys {_listed(missing)}")
    unfit = [
        key for key, value in weights.items() if key not in layout or value.ndim != layout[key].ndim
    ]
    if unfit:
        raise _unusable(file, f"these of its keys do not fit: {_listed(sorted(unfit))}")
    decoder = _built(weights)
    for place in _GROWING:
        key = f"{_PREFIX}{place}.conv.weight"
        weights[key] = weights[key][-decoder.state_dict()[key].shape[0] :]
    unfit = [key for key, own in decoder.state_dict().items() if own.shape != weights[key].shape]
    if unfit:
        raise _unusable(file, f"these of its keys do not fit: {_listed(sorted(unfit))}")
    decoder.load_state_dict(weights)
    return decoder


def _built(weights: Mapping[str, torch.Tensor]) -> TinyDecoder:
    """A decoder of the widths in a file."""
    convolutions = [weights[f"{_PREFIX}{place}.weight"] for place in _CONVOLUTIONS]
    last = weights[f"{_PREFIX}{_LAST}.weight"]
    patch = max(1, round((last.shape[0] / 3) ** 0.5))
    return TinyDecoder(convolutions[0].shape[1], [each.shape[0] for each in convolutions], patch)


def is_changed(file: Path) -> bool:
    """Whether a file has the name of a published one and another content."""
    published = _PUBLISHED.get(file.name)
    if published is None:
        return False
    content = file.read_bytes()
    found = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
    return found.hexdigest() != published


def _listed(keys: Sequence[str]) -> str:
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return ", ".join(keys[:_SHOWN]) + more


def _unusable(file: Path, why: str) -> JobError:
    return JobError("model_damaged", f"The preview decoder {file} can't be used: {why}.")
