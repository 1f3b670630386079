"""The opening: the picture an upstream is to go on from, out of all that a shot has to show."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from PIL import Image

from vitascope.clip import RenderJob
from vitascope.engines.geometry import Fit
from vitascope.engines.pictures import (
    Picture,
    composed,
    load_cast,
    load_still,
    to_native,
)
from vitascope.media.decode import last_frames


def opening_of(shot: RenderJob, fit: Fit) -> tuple[Picture | None, list[str]]:
    """The first picture of a shot, if there is one, and remarks for the job's log.

    An extension begins with its source's last picture; characters stand in the reference, or in a
    plain studio.

    Raises:
        JobError: the reference is no picture, or the source is no film.
    """
    names = ", ".join(character.name for character in shot.characters)
    if shot.task == "extend" and shot.source is not None:
        notes = [_UNSHOWN.format(names=names)] if names else []
        return continued(last_frames(shot.source, 1)[-1], fit), notes
    ground = None if shot.first_frame is None else load_still(shot.first_frame, fit)
    if not names:
        return ground, []
    figures = load_cast(shot.characters)
    return composed(figures, fit, ground), [_COMPOSED.format(names=names)]


_COMPOSED = (
    "The upstream server takes no characters: {names} can be seen in the first frame, from which "
    "the film goes on."
)
_UNSHOWN = (
    "The upstream server takes no characters, and an extension begins with the film's last "
    "picture: {names} could only be named in the prompt."
)


def continued(frame: av.VideoFrame, fit: Fit) -> Picture:
    """A frame of the house as the picture to go on from."""
    return to_native(frame, fit)


def save(picture: Picture, path: Path) -> Path:
    """Write a picture as a PNG file."""
    Image.fromarray(np.ascontiguousarray(picture)).save(path, "PNG", compress_level=1)
    return path
