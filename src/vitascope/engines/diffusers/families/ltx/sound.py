"""Encodes samples to LTX's sound latents, and decodes them."""

from __future__ import annotations

from functools import cache
from typing import Any

import av
import numpy as np
import torch
from transformers.audio_utils import mel_filter_bank

from vitascope.engines.diffusers.request import Sound
from vitascope.spec import SAMPLE_RATE

_WINDOW = 1024
"""Samples of a spectrum. The window, amplitude and logarithm are those of training:
https://github.com/Lightricks/LTX-2/blob/main/packages/ltx-core/src/ltx_core/model/audio_vae/ops.py
"""

_QUIETEST = 1e-5


class SoundCoder:
    """Encodes and decodes sound with the components of a loaded pipeline."""

    def __init__(self, pipe: Any) -> None:
        self._pipe = pipe
        self._vae = pipe.audio_vae
        self._rate: int = self._vae.config.sample_rate
        self._hop: int = self._vae.config.mel_hop_length
        self._span: int = self._hop * self._vae.temporal_compression_ratio

    def encode(self, sound: Sound) -> Any:
        """The VAE's latents of a sound, shape (1, channels, length, bands)."""
        samples = torch.from_numpy(resampled(sound, SAMPLE_RATE, self._rate))
        with torch.inference_mode():
            mel = self._mel(samples.to(self._pipe._execution_device))
            return self._vae.encode(mel.to(self._vae.dtype)).latent_dist.mode().float()

    def encode_to(self, sound: Sound, length: int) -> Any:
        """The same, cut or padded at its end to `length` latents."""
        latents = self.encode(sound)[:, :, :length]
        missing = length - latents.shape[2]
        return torch.nn.functional.pad(latents, (0, 0, 0, missing), mode="replicate")

    def encode_known(self, sound: Sound) -> Any:
        """The latents that depend on this sound alone, packed and normalised for denoising.

        Latents whose spectra reach beyond its end are left out.

        Returns:
            Shape (1, length, channels * bands).
        """
        count = max(
            0, (sound.shape[1] * self._rate // SAMPLE_RATE - _WINDOW // 2) // self._span + 1
        )
        packed = self._pipe._pack_audio_latents(self.encode(sound)[:, :, :count])
        return self._pipe._normalize_audio_latents(
            packed, self._vae.latents_mean, self._vae.latents_std
        )

    def length_for(self, seconds: float) -> int:
        """The number of latents for this many seconds of picture."""
        return round(seconds * self._rate / self._span)

    def decode(self, latents: Any) -> Sound:
        """The sound of unnormalised latents, at 48 kHz."""
        with torch.inference_mode():
            mel = self._vae.decode(latents.to(self._vae.dtype), return_dict=False)[0]
            sound = self._pipe.vocoder(mel)[0].float().cpu().numpy()
        return resampled(sound, self._pipe.vocoder.config.output_sampling_rate, SAMPLE_RATE)

    def _mel(self, samples: Any) -> Any:
        """Logarithmic mel spectrogram of (2, n) samples, shape (1, 2, length, bands)."""
        window = torch.hann_window(_WINDOW, device=samples.device)
        spectrum = torch.stft(
            samples, _WINDOW, self._hop, window=window, pad_mode="reflect", return_complex=True
        )
        bank = torch.from_numpy(_bank(self._rate, self._vae.config.mel_bins)).to(samples.device)
        mel = torch.log(torch.clamp(bank @ spectrum.abs(), min=_QUIETEST))
        return mel.transpose(1, 2)[None].contiguous()


@cache
def _bank(rate: int, bands: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The mel filters, shape (bands, frequencies)."""
    bank = mel_filter_bank(
        num_frequency_bins=_WINDOW // 2 + 1,
        num_mel_filters=bands,
        min_frequency=0.0,
        max_frequency=rate / 2,
        sampling_rate=rate,
        norm="slaney",
        mel_scale="slaney",
    )
    return np.ascontiguousarray(bank.T, np.float32)


def resampled(sound: Sound, rate: int, new_rate: int) -> Sound:
    """A sound of shape (channels, n) at another rate, in stereo."""
    if sound.shape[0] == 1:  # a resampler would halve its power
        sound = np.repeat(sound, 2, axis=0)
    sound = np.ascontiguousarray(sound, np.float32)
    if rate == new_rate:
        return sound
    frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout="stereo")
    frame.sample_rate = rate
    resampler = av.AudioResampler("fltp", "stereo", new_rate)
    blocks = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([np.asarray(block.to_ndarray(), np.float32) for block in blocks], axis=1)
