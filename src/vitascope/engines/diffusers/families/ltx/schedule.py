"""Schedule: the noise levels through which LTX's distilled weights go, and where an edit joins."""

from __future__ import annotations

import numpy as np
from diffusers.pipelines.ltx2.utils import DISTILLED_SIGMA_VALUES, STAGE_2_DISTILLED_SIGMA_VALUES

SECOND_STAGE: tuple[float, ...] = tuple(STAGE_2_DISTILLED_SIGMA_VALUES)
"""For latents that were doubled in size: their detail is drawn anew, their composition stays."""

_TRAINED: tuple[float, ...] = tuple(DISTILLED_SIGMA_VALUES)


def sigmas(steps: int, strength: float = 1.0) -> list[float]:
    """Noise levels, falling; the last step goes from the last of them to none.

    The weights were distilled for eight steps; another number of them is spread over the same
    curve.

    Args:
        steps: how many for a film from pure noise.
        strength: the highest level to begin at; a film that is changed keeps what is below.
    """
    places = np.linspace(0, len(_TRAINED), steps, endpoint=False)
    curve = np.interp(places, np.arange(len(_TRAINED) + 1), (*_TRAINED, 0.0))
    return [level for level in curve.tolist() if level <= strength + 1e-6] or [strength]
