"""Shadowplay draws a prompt as an animated shadow play, with sound, and needs no model weights.

`film` draws a new film; `draw` also changes films and carries them on; `ambience` gives the sound
alone; `write` writes a clip to a file.
"""

from shadowplay.engine import ambience, draw, film
from shadowplay.errors import ShadowplayError
from shadowplay.files import write
from shadowplay.shot import FPS, SAMPLE_RATE, Character, Clip, Keyframe, Shot, Size, Step

__all__ = [
    "FPS",
    "SAMPLE_RATE",
    "Character",
    "Clip",
    "Keyframe",
    "ShadowplayError",
    "Shot",
    "Size",
    "Step",
    "ambience",
    "draw",
    "film",
    "write",
]
