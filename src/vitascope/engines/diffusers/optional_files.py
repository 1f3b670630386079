"""Files of a model's table that it does without: a note says when they are missing or no use."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from vitascope.engines.diffusers import hub, picture_models
from vitascope.engines.diffusers.picture_models import Interpolator, Upscaler
from vitascope.engines.diffusers.preview_decoder import TinyDecoder, is_changed, read
from vitascope.engines.diffusers.settings import FileSettings
from vitascope.errors import JobError

log = logging.getLogger(__name__)

Warn = Callable[[str], None]
"""Writes a sentence into the log and the notes of each job."""


def interpolator(wanted: FileSettings | None, device: str, warn: Warn) -> Interpolator | None:
    """Draws frames between frames; None: they are blended."""
    file = _picture_model("interpolator", wanted, "frames are blended", warn)
    return Interpolator(file, device) if file else None


def upscaler(wanted: FileSettings | None, device: str, warn: Warn) -> Upscaler | None:
    """Enlarges frames; None: they are scaled."""
    file = _picture_model("upscaler", wanted, "larger films are scaled up", warn)
    return Upscaler(file, device) if file else None


def preview_decoder(wanted: FileSettings | None, warn: Warn) -> TinyDecoder | None:
    """Decodes live previews; None: a linear map draws them."""
    instead = "live previews are drawn by a linear map"
    file = _found("preview_decoder", wanted, instead, warn)
    if file is None:
        return None
    if is_changed(file):
        log.warning("%s differs from the published file of its name.", file)
    try:
        return read(file)
    except JobError as error:
        warn(f"{error.message} So {instead}.")
        return None


def _picture_model(key: str, wanted: FileSettings | None, instead: str, warn: Warn) -> Path | None:
    file = _found(key, wanted, instead, warn)
    if file is None or picture_models.is_installed():
        return file
    warn(
        f"The package onnxruntime is not installed, so {instead}. Install it with: "
        f"{picture_models.ADVICE}"
    )
    return None


def _found(key: str, wanted: FileSettings | None, instead: str, warn: Warn) -> Path | None:
    file = None if wanted is None else hub.located_file(wanted)
    if wanted is not None and file is None:
        warn(
            f"The {key} {wanted.label} is not on this machine, so {instead}. Correct its "
            "`source` and `file`, or fetch it with: vitascope models pull NAME, where NAME is "
            "the configured model."
        )
    return file
