"""Quadruped: a four-legged figure - one bending skin for trunk, neck and head, four solved legs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from shadowplay.actors.anatomy import Anatomy4, Extra, Gait, Pose4
from shadowplay.actors.base import Shape
from shadowplay.actors.curves import carried, frame
from shadowplay.actors.figure import Figure, Rhythm
from shadowplay.actors.rig import Build, Foothold, Tread, pulse, wave
from shadowplay.scene import Action


class Quadruped(Figure):
    """A figure on four legs.

    Args:
        body: its anatomy.
        gaits: of the actions in which it goes.
        behind, before: extras behind and before the near legs.
    """

    def __init__(
        self,
        name: str,
        height: float,
        rhythms: Mapping[Action, Rhythm],
        body: Anatomy4,
        gaits: Mapping[Action, Gait],
        behind: tuple[Extra, ...] = (),
        before: tuple[Extra, ...] = (),
        graze: float = -0.5,
    ) -> None:
        heard = {
            action: replace(rhythm, beats=tuple(sorted(set(gaits[action].order))))
            for action, rhythm in rhythms.items()
            if action in gaits
        }
        super().__init__(name, height, "ground", {**rhythms, **heard})
        self.body = body
        self.gaits = dict(gaits)
        self.behind, self.before = behind, before
        self.graze = graze

    def tread(self, action: Action, phase: float, build: Build) -> list[Foothold]:
        """Near hind, near fore, far hind, far fore."""
        gait = self.gaits.get(action)
        if action == "sit":
            return []
        rest = self._rest()
        if gait is None:
            return [Foothold(x, 0.0) for x in rest]
        sweep = self.pace(action, build) * self.rhythms[action].cycle * gait.duty
        fore = Tread(gait.duty, sweep, gait.lift, gait.fold, 0.45, 0.15)
        hind = fore._replace(lift=gait.lift * 0.8, fold=gait.fold * 0.75, push=0.6)
        steps = []
        for x, begin, way in zip(rest, gait.order, (hind, fore, hind, fore), strict=True):
            step = way.at(phase - begin)
            steps.append(step._replace(x=step.x + x))
        return steps

    def _rest(self) -> tuple[float, float, float, float]:
        hind, fore, aside = self.body.hind.sole, self.body.fore.sole, self.body.aside
        return hind, fore, hind + aside, fore - aside * 0.6

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """Far legs, tail, trunk, near legs, extras."""
        if action == "sit":
            return self._seated(phase)
        gait = self.gaits.get(action)
        pose = self.trunk(action, phase, gait)
        body, steps = self.body, self.tread(action, phase, build)
        trunk, rump = pose.frames[0], pose.frames[3]
        shapes = [
            Shape(body.hind.outline(steps[2], rump), 0.2),
            Shape(body.fore.outline(steps[3], trunk), 0.2),
        ]
        if body.tail is not None:
            raised, cycles = (gait.tail, gait.bobs) if gait else (0.0, 3)
            root = carried(body.tail.root, rump)
            shapes.append(Shape(body.tail.outline(root, phase, cycles, raised)))
        for extra in self.behind:
            shapes += extra(pose)
        shapes.append(Shape(body.skin.outline(pose.frames)))
        shapes.append(Shape(body.hind.outline(steps[0], rump)))
        shapes.append(Shape(body.fore.outline(steps[1], trunk)))
        for extra in self.before:
            shapes += extra(pose)
        return shapes

    def trunk(self, action: Action, phase: float, gait: Gait | None) -> Pose4:
        """The trunk, neck and head, carried by the gait or breathing."""
        skin = self.body.skin
        if gait is None:
            breath = wave(phase, 4)
            dip = self.graze * pulse(phase, 0.55, 0.3) + 0.06 * wave(phase, 2)
            base = frame(0.0, 0.0, 0.003 * breath, skin.loins)
            return Pose4(skin.posed(base, dip, dip * 0.3 + 0.02 * breath, 0.0), phase, action, 0.1)
        start = gait.order[1]
        high = (
            gait.bob * math.cos(math.tau * gait.bobs * (phase - start - gait.duty / 2)) - gait.sink
        )
        if gait.bobs == 1:
            high = -gait.bob * math.cos(math.tau * (phase - 0.3)) - gait.sink
        rock = gait.rock * math.cos(math.tau * (phase - 0.02))
        nod = gait.nod * math.cos(math.tau * gait.bobs * (phase - start - 0.1))
        flex = gait.flex * math.cos(math.tau * (phase - 0.9))
        base = frame(rock, 0.0, high, (0.0, 0.6))
        frames = skin.posed(base, gait.neck + nod - rock * 0.6, gait.head - nod * 0.6, flex)
        return Pose4(frames, phase, action, min(gait.tail, 1.0))

    def _seated(self, phase: float) -> list[Shape]:
        seat = self.body.seat
        if seat is None:
            raise ValueError(f"{self.name} cannot sit")
        neck = seat.turn[0] * (wave(phase) + 0.5 * wave(phase, 2, 0.2))
        head = seat.turn[1] * (wave(phase, 1, -0.08) + 0.4 * wave(phase, 3))
        frames = seat.skin.frames((neck, head), frame(0.0, 0.0, 0.002 * wave(phase, 3)))
        shapes = [Shape(seat.skin.outline(frames))]
        if seat.tail is not None:
            shapes.insert(0, Shape(seat.tail.outline(seat.tail.root, phase, 3)))
        return shapes
