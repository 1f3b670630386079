"""The dissolve: one film passes into another without a seam."""

from __future__ import annotations

from typing import Protocol

import cv2

from shadowplay.picture.layers import Picture

SECONDS = 1.5
"""How long a change of weather, time or action takes when a film is carried on."""


class Drawn(Protocol):
    """Anything that has a picture at every moment."""

    def draw(self, picture: Picture, t: float) -> None:
        """Draw the moment `t`, in seconds, into `picture`."""


class Dissolve:
    """Shows one film up to a moment and eases into another after it."""

    def __init__(self, before: Drawn, after: Drawn, at: float) -> None:
        self._before, self._after, self._at = before, after, at
        self._other: Picture | None = None

    def draw(self, picture: Picture, t: float) -> None:
        """Draw the moment `t`: the first film, a mixture, or the second."""
        share = (t - self._at) / SECONDS
        if share >= 1:
            self._other = None
            self._after.draw(picture, t)
            return
        self._before.draw(picture, t)
        if share <= 0:
            return
        share = share * share * (3 - 2 * share)
        if self._other is None:
            self._other = Picture.blank(picture.width, picture.height)
        self._after.draw(self._other, t)
        for mine, other in zip(picture, self._other, strict=True):
            cv2.addWeighted(mine, 1 - share, other, share, 0, mine)
