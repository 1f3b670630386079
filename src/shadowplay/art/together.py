"""Figures of several: a couple is a man and a woman who do things together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from shadowplay.art.actors import Grip, Guise, Place, Shape
from shadowplay.art.boned import BonedFigure, plain
from shadowplay.art.treads import Build, Foothold
from shadowplay.scene import Action


class Together(BonedFigure):
    """Figures side by side that are one of the cast; each action says where each is."""

    @property
    def _kinds(self) -> list[BonedFigure]:
        return [plain(name) for name in self._said["of"]]

    @property
    def places(self) -> Mapping[str, Place]:
        """Nothing is put on several at once."""
        return {}

    def anchor(self, means: str, action: Action, t: float, variant: int = 0) -> Grip | None:
        """The hand and the mouth of the first."""
        member, how = self._each(action)[0]
        size, shift = self._placed(member, how)
        found = self._held(member, how).anchor(means, how.get("does", action), t, variant)
        if found is None:
            return None
        x, y, turn = found
        return float(x * size[0] + shift[0]), float(y * size[1]), turn

    def _held(self, member: BonedFigure, how: dict[str, Any]) -> BonedFigure:
        """A member with its arms as a deed asks, or else as the action does."""
        return member.guised(Guise(arms=self.guise.arms or how.get("arms", "")))

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """All of them, the first behind."""
        shapes: list[Shape] = []
        for member, how in self._each(action):
            size, shift = self._placed(member, how)
            drawn = self._held(member, how).draw(how.get("does", action), phase, build)
            shapes += [Shape(s.points * size + shift, *s[1:]) for s in drawn]
        return shapes

    def tread(self, action: Action, phase: float, build: Build) -> list[Foothold]:
        """The feet of all of them."""
        steps = []
        for member, how in self._each(action):
            (wide, high), (aside, _) = self._placed(member, how)
            steps += [
                step._replace(x=step.x * float(wide) + float(aside), y=step.y * float(high))
                for step in member.tread(how.get("does", action), phase, build)
            ]
        return steps

    def _each(self, action: Action) -> list[tuple[BonedFigure, dict[str, Any]]]:
        return list(zip(self._kinds, self._said["action"][action]["each"], strict=True))

    def _placed(
        self, member: BonedFigure, how: dict[str, Any]
    ) -> tuple[np.ndarray[Any, np.dtype[np.float32]], np.ndarray[Any, np.dtype[np.float32]]]:
        """How large a member is beside the whole, less than 0 across if it faces back; its place.

        Places are hundredths of the height.
        """
        size = member.height / self.height
        wide = -size if how.get("turned") else size
        return np.asarray([wide, size], np.float32), np.asarray([how["x"] / 100, 0], np.float32)
