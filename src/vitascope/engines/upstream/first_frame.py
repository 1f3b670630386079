"""The first frame that the upstream server continues from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from vitascope.clip import RenderJob
from vitascope.engines.native import Fit
from vitascope.engines.native import (
    RgbFrame,
    compose,
    load_characters,
    load_image,
    to_native,
)
from vitascope.media.decode import last_frames


def first_frame_of(job: RenderJob, fit: Fit) -> tuple[RgbFrame | None, list[str]]:
    """The first frame of a job, if it has one, and messages for the job's log.

    An extension starts with the last frame of its source. Characters are placed into the given
    first frame, or in front of a plain background.

    Raises:
        JobError: the image or the source video can't be read.
    """
    names = ", ".join(character.name for character in job.characters)
    if job.task == "extend" and job.source is not None:
        notes = [_UNSHOWN.format(names=names)] if names else []
        return to_native(last_frames(job.source, 1)[-1], fit), notes
    ground = None if job.first_frame is None else load_image(job.first_frame, fit)
    if not names:
        return ground, []
    figures = load_characters(job.characters)
    return compose(figures, fit, ground), [_COMPOSED.format(names=names)]


_COMPOSED = (
    "The upstream server does not support characters: {names} can be seen in the first frame, "
    "which the film continues."
)
_UNSHOWN = (
    "The upstream server does not support characters, and an extension starts with the film's last "
    "frame: {names} could only be named in the prompt."
)


def save(picture: RgbFrame, path: Path) -> Path:
    """Write a picture as a PNG file."""
    Image.fromarray(np.ascontiguousarray(picture)).save(path, "PNG", compress_level=1)
    return path
