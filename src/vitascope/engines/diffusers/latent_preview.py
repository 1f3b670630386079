"""Live previews of latents: by a tiny decoder, or else by a linear map from channels to RGB.

No published numbers are used for the map. Where they exist, they are for some of these VAEs only.
It is fitted by least squares when a model is loaded: the VAE encodes smooth fields of colour, and
what it makes of each is compared with the colours.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from vitascope.engines.diffusers.preview_decoder import TinyDecoder
from vitascope.engines.diffusers.vae import to_tensor
from vitascope.media.previews import PREVIEW_EDGE, jpeg_of

log = logging.getLogger(__name__)

_EDGE = 12
"""Latents along each edge of a field."""

_FIELDS = 6
_RIDGE = 1e-3
"""Keeps channels that the fields hardly vary from weighing much."""

_BEFORE = 4
"""Latent frames before the shown one that a decoder gets, because it remembers those before."""


class LatentPreview:
    """Shows normalised latents as a small picture.

    Attributes:
        weights: shape (channels + 1, 3); the last row is the constant.
        ratio: pixels to one latent, along an edge.
        frames: frames to one latent, but for the first.
        decoder: draws the pictures in place of the map, for latents of this kind.
    """

    def __init__(self, weights: NDArray[np.float64], *, ratio: int, frames: int) -> None:
        self.weights = weights
        self.ratio = ratio
        self.frames = frames
        self.decoder: TinyDecoder | None = None

    @property
    def channels(self) -> int:
        """Channels of the latents."""
        return len(self.weights) - 1

    @classmethod
    def fitted(cls, vae: Any) -> LatentPreview | None:
        """The map for a VAE whose weights are in main memory; None if it can't encode a picture."""
        ratio = getattr(vae, "spatial_compression_ratio", None)
        if ratio is None:
            ratio = vae.config.get("scale_factor_spatial")
        if ratio is None or not hasattr(vae, "encode"):
            return None
        frames = getattr(vae, "temporal_compression_ratio", None)
        if frames is None:
            frames = vae.config.get("scale_factor_temporal") or 4
        small = _fields()
        large = np.stack([cv2.resize(field, (_EDGE * ratio,) * 2) for field in small])
        with torch.no_grad():
            latents = torch.cat(
                [
                    vae.encode(to_tensor(field[None]).to(vae.dtype)).latent_dist.mode()
                    for field in large
                ]
            )
        known = _normalised(vae, latents.float())[:, :, 0].permute(0, 2, 3, 1).numpy()
        shown = np.stack([cv2.resize(each, known.shape[2:0:-1]) for each in small])
        channels = known.shape[-1]
        rows = np.column_stack([known.reshape(-1, channels), np.ones(known[..., 0].size)])
        rows = rows.astype(np.float64)
        square = rows.T @ rows + _RIDGE * len(rows) * np.eye(channels + 1)
        weights = np.linalg.solve(square, rows.T @ shown.reshape(-1, 3).astype(np.float64))
        return cls(weights, ratio=int(ratio), frames=int(frames))

    def jpeg(self, latents: torch.Tensor, window: Mapping[str, Any]) -> bytes:
        """The middle of a window as a JPEG.

        Args:
            latents: of shape (1, channels, n, h, w) or (1, n, h, w, channels), or tokens of shape
                (1, n * h * w and more, channels).
            window: `height`, `width` and `num_frames` of a window of tokens, in pixels and frames.
        """
        picture = self._picture(self._frames(latents, window))
        scale = max(1.0, PREVIEW_EDGE / max(picture.shape[:2]))
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        large = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC)
        return jpeg_of(np.asarray(large, np.uint8))

    def _picture(self, frames: torch.Tensor) -> NDArray[np.uint8]:
        """The last of latent frames of shape (n, h, w, channels)."""
        if self.decoder is not None:
            try:
                with torch.no_grad():
                    return _decoded(self.decoder, frames[-1 - _BEFORE :])
            except torch.OutOfMemoryError:  # a picture is not worth a job
                log.warning("The preview decoder ran out of memory; a linear map replaces it.")
                self.decoder = None
        middle: NDArray[np.float32] = frames[-1].float().cpu().numpy()
        colours = middle @ self.weights[:-1] + self.weights[-1]
        return np.asarray(colours.round().clip(0, 255), np.uint8)

    def _frames(self, latents: torch.Tensor, window: Mapping[str, Any]) -> torch.Tensor:
        """The latent frames up to the middle one, shape (n, h, w, channels)."""
        if latents.ndim == 3:
            height, width = (window[edge] // self.ratio for edge in ("height", "width"))
            count = (window["num_frames"] - 1) // self.frames + 1
            tokens = latents[0, : count * height * width].view(count, height, width, -1)
            return tokens[: count // 2 + 1]
        if latents.shape[1] == self.channels:
            latents = latents.permute(0, 2, 3, 4, 1)
        return latents[0, : latents.shape[1] // 2 + 1, ..., : self.channels]


def _decoded(decoder: TinyDecoder, frames: torch.Tensor) -> NDArray[np.uint8]:
    """The last of latent frames of shape (n, h, w, channels), on their device."""
    dtype = torch.float16 if frames.device.type == "cuda" else torch.float32
    decoder.to(frames.device, dtype)
    shown = decoder(frames.permute(0, 3, 1, 2).to(dtype))[-1].permute(1, 2, 0)
    return np.asarray((shown.float() * 255).round().cpu().numpy(), np.uint8)


def _fields() -> NDArray[np.uint8]:
    """Smooth fields of colour, shape (n, edge, edge, 3)."""
    corners = np.random.default_rng(1).integers(0, 256, (_FIELDS, 4, 4, 3)).astype(np.uint8)
    return np.stack([cv2.resize(each, (_EDGE, _EDGE)) for each in corners])


def _normalised(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """Latents as pipelines denoise them."""
    scale = vae.config.get("scaling_factor") or 1.0
    mean, spread = (_statistic(vae, name) for name in ("latents_mean", "latents_std"))
    return latents * scale if mean is None or spread is None else (latents - mean) * scale / spread


def _statistic(vae: Any, name: str) -> torch.Tensor | None:
    """By channel: a buffer of the VAE, or a list in its configuration."""
    found = vars(vae).get("_buffers", {}).get(name)
    if found is None:
        found = vae.config.get(name)
    return None if found is None else torch.as_tensor(found).float().view(1, -1, 1, 1, 1)
