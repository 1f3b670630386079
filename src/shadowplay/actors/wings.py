"""Flyers: wings that beat in depth and are cast flat, and bodies that ride on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from shadowplay.actors.base import Home, Points, Shape
from shadowplay.actors.curves import moved, outline, turned
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.rig import Build, ease, wave
from shadowplay.scene import Action


class Wing:
    """One wing: an outline over span and chord, bent at the wrist, cast onto the picture plane.

    Args:
        drawing: outline in hundredths; x is the span from the shoulder out, y the chord (forward).
        wrist: where along the span the hand begins, in hundredths.
        shoulder: where it grows on the body.
        view: how far a point nearer to the eye is shifted forward and up, per unit of depth.
        tall: how much of the chord is seen as height, for flyers seen from ahead.
        size: enlarges the drawing.
    """

    def __init__(
        self,
        drawing: str,
        wrist: float,
        shoulder: tuple[float, float],
        view: tuple[float, float] = (-0.3, -0.26),
        tall: float = 0.0,
        size: float = 1.0,
    ) -> None:
        points = outline(drawing) * np.float32(size)
        span, self._chord = points[:, 0], points[:, 1]
        bend = np.float32(wrist * size * 0.01)
        self._arm = np.minimum(span, bend)
        self._hand = np.maximum(span - bend, np.float32(0))
        self._shoulder = shoulder
        self._view = view
        self._tall = tall

    def cast(self, arm: float, hand: float, sweep: float, side: int) -> Points:
        """The outline at two angles above level (radians); the near wing has `side` 1, the far -1.

        `sweep` draws the hand back, as a bird does when it lifts its wing.
        """
        up = self._arm * math.sin(arm) + self._hand * math.sin(hand)
        deep = (self._arm * math.cos(arm) + self._hand * math.cos(hand)) * side
        out = np.empty((len(up), 2), np.float32)
        chord = self._chord - self._hand * sweep
        out[:, 0] = chord * (1 - self._tall) + deep * self._view[0] + self._shoulder[0]
        out[:, 1] = chord * self._tall + up + deep * self._view[1] + self._shoulder[1]
        return out


@dataclass(frozen=True, kw_only=True)
class Flap:
    """How wings beat.

    Attributes:
        up, down: highest and lowest angle of the arm, radians.
        droop: how far the hand lags behind the arm, radians.
        sweep: how far the hand is drawn back when lifted.
        flaps: beats in a cycle.
        glide: share of the cycle, at its end, in which the wings are held out.
        held: the arm's angle in the glide.
        bob: how far the body rises on each beat.
    """

    up: float = 1.05
    down: float = -0.6
    droop: float = 0.55
    sweep: float = 0.5
    flaps: int = 1
    glide: float = 0.0
    held: float = 0.16
    bob: float = 0.03

    def beats(self) -> tuple[float, ...]:
        """The phases at which the wings push down hardest."""
        each = (1 - self.glide) / self.flaps
        return tuple(each * (i + 0.25) for i in range(self.flaps))

    def at(self, phase: float) -> tuple[float, float, float, float]:
        """Angles of arm and hand, sweep, and rise of the body at a phase."""
        beating = 1 - self.glide
        turn = min(phase / beating, 1.0) * self.flaps
        middle, reach = (self.up + self.down) / 2, (self.up - self.down) / 2
        strength = self._strength(phase)
        hold = self.held + 0.04 * wave(phase)
        top = math.cos(math.tau * turn)
        falling = math.sin(math.tau * turn)
        arm = hold + (middle + reach * top - hold) * strength
        lag = self.droop * (0.3 - 0.7 * falling)
        hand = arm - lag * strength - 0.1 * (1 - strength)
        sweep = self.sweep * (0.25 + 0.75 * max(-falling, 0.0) * strength)
        return arm, hand, sweep, self.bob * strength * -math.sin(math.tau * (turn - 0.12))

    def _strength(self, phase: float) -> float:
        if not self.glide:
            return 1.0
        beating = 1 - self.glide
        fade = 0.5 * beating / self.flaps
        into = ease(phase / fade) if phase < fade else 1.0
        out = ease((beating - phase) / fade) if phase < beating else 0.0
        return min(into, out)


Part = Callable[[float], list[Shape]]
"""Shapes of a body at a phase."""


class Flyer(Figure):
    """A figure on the wing, and perhaps at rest.

    Args:
        wings: near wings, front to back; the far ones mirror them.
        flap: how they beat.
        body: the shapes between the far and the near wings, about the body's centre.
        rest: the shapes when it sits or stands, about its feet.
        pitch: how far the nose is up, radians.
    """

    def __init__(
        self,
        name: str,
        height: float,
        rhythms: Mapping[Action, Rhythm],
        *,
        wings: tuple[Wing, ...],
        flap: Flap,
        body: Part,
        rest: Part | None = None,
        pitch: float = 0.0,
        home: Home = "air",
        far_tone: float = 0.18,
    ) -> None:
        super().__init__(name, height, home, rhythms)
        self.wings, self.flap, self.body, self.rest = wings, flap, body, rest
        self.pitch, self.far_tone = pitch, far_tone

    def home_for(self, action: Action) -> Home:
        """In the air about the body's centre, or at rest with the origin under the feet."""
        return "air" if action == "fly" else "ground"

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Far wings, body, near wings."""
        if action != "fly" and self.rest is not None:
            return self.rest(phase)
        arm, hand, sweep, rise = self.flap.at(phase)
        shapes = [Shape(w.cast(arm, hand, sweep, -1), self.far_tone) for w in self.wings]
        shapes += self.body(phase)
        shapes += [Shape(w.cast(arm, hand, sweep, 1)) for w in self.wings]
        tilt = self.pitch + 0.35 * rise
        return [s._replace(points=moved(turned(s.points, tilt), 0.0, rise)) for s in shapes]
