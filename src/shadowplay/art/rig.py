"""The rig: a figure's bones, found in its SVG, bend the outlines that hang on them.

A path's id names the bones that bend it, joined by "+": `hips+chest+neck` is one skin over three
bones. What follows "~" makes ids unique. The group `bones` has a circle for each bone: its middle
is where the bone turns, its radius how far the skin bends softly.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from shadowplay.art.paths import Outline, split, up
from shadowplay.art.svg import Drawing, Part, plain
from shadowplay.art.treads import add, unit_of
from shadowplay.colour import scale
from shadowplay.errors import ShadowplayError
from shadowplay.scene import Rgb

Pose = Mapping[str, float]
"""Degrees by bone; "x" and "y" move the root, "BONE.x" and "BONE.y" another bone, "LEG.x", "LEG.y"
and "LEG.a" place feet: units. "BONE.w" and "BONE.h" are the shares by which its paths are wider and
higher about its joint; "BONE.light" and "BONE.pale" are for those who paint them. "wing.arm" is how
far the arms of the wings are above level, "wing.hand" how far the hands are above the arms, both in
degrees; "wing.sweep" is how far the hands are drawn back, in parts of their length."""

_STEPS = 2  # straight pieces that a curve has in a bent outline
_MOSTLY = 0.9  # the share that the bone of a foot has in what is part of that alone
_BEHIND = 0.78  # how bright what keeps its own colour is on the far side
_FLAW = 0.0015  # how far the straight pieces may be from a curve, in parts of the height


class Piece(NamedTuple):
    """One outline of a part, and where its corners are among all."""

    points: slice
    part: Part  # its paint is one colour
    bone: str  # the first that it hangs on


class Moves(NamedTuple):
    """What each bone does to a point z in a pose, by its number: turn * z + shift."""

    turns: list[complex]
    shifts: list[complex]

    def carried(self, bone: int, point: complex) -> complex:
        """Where a point at rest is that hangs on a bone."""
        return self.turns[bone] * point + self.shifts[bone]

    def put(self, bone: int, turn: complex, rest: complex, joint: complex) -> None:
        """Turn a bone, and place the joint that it turns about."""
        self.turns[bone], self.shifts[bone] = turn, joint - turn * rest


class Rig:
    """Bones and skins of one figure. Lengths are units of the SVG, y up."""

    pieces: list[Piece]  # its outlines, from back to front
    # By name and by purpose, those that a bone carries: its name, and where they are at rest.
    anchors: dict[str, tuple[str, complex]]

    def __init__(self, drawing: Drawing, said: Mapping[str, Any]) -> None:
        """Hang the drawing on its bones.

        Raises:
            ShadowplayError: `invalid_art`; a bone has no circle, or a path hangs on no bone.
        """
        self._said, self._soles = said, dict[str, NDArray[np.float64]]()
        self.legs: dict[str, list[str]] = said.get("legs", {})
        self.parents: dict[str, str] = said["bones"] | drawing.carriers
        drapes = said.get("drape", {}).items()
        self._drapes = {name: legs for name, legs in drapes if name in drawing.pivots}
        self.parents |= {name: self.parents[legs[0]] for name, legs in self._drapes.items()}
        self._at = {name: complex(*up(one.start, 1.0)) for name, one in drawing.pivots.items()}
        self._soft = {name: max(0.1, anchor.radius) for name, anchor in drawing.pivots.items()}
        flaw = _FLAW * said.get("height", 1.0) / unit_of(said)
        parts = []
        for part in drawing.parts:
            lines = [split(line * (1.0, -1.0), flaw) for line in part.outlines]
            parts.append(part._replace(outlines=lines, paint=plain(part.paint)))
        for layer, copy in said.get("copy", {}).items():
            parts += self._copied([part for part in parts if part.group == copy["of"]], layer, copy)
        if lost := [bone for bone in self.parents if bone not in self._at]:
            raise ShadowplayError("invalid_art", f"No circle for the bones {', '.join(lost)}.")
        order = {layer: k for k, layer in enumerate(said.get("order", ()))}
        parts.sort(key=lambda part: order.get(part.group, len(order)))

        def depth(bone: str) -> int:
            return depth(self.parents[bone]) + 1 if bone in self.parents else 0

        self._number = {name: k for k, name in enumerate(sorted(self.parents, key=depth))}
        self._sizes = [(name, k, f"{name}.w", f"{name}.h") for name, k in self._number.items()]
        limbs = {bone for leg in self.legs.values() for bone in leg[:3]}
        self.anchors = self._anchors(drawing, said.get("anchors", {}))
        self._stiff = [
            (bone, k, self._number.get(self.parents[bone]), f"{bone}.x", f"{bone}.y")
            for bone, k in self._number.items()
            if bone not in limbs
        ]
        self.pieces = []
        points, weights, starts, first, end = [], [], [], 0, 0
        for part in parts:
            bones = part.bones
            if lost := [bone for bone in bones if bone not in self.parents]:
                message = f"The path '{part.name}' hangs on no bone {', '.join(lost)}."
                raise ShadowplayError("invalid_art", message)
            for line in part.outlines:
                points.append(line)
                weights.append(self._weights(line, bones))
                curves = len(line) // 3
                starts.append(first + 3 * np.arange(curves))
                first += len(line)
                piece = slice(end, end := end + curves * _STEPS)
                self.pieces.append(Piece(piece, part, bones[0]))
        self._curves = np.concatenate(starts) + np.arange(4)[:, None]
        self._points, held = np.concatenate(points), np.concatenate(weights)
        two = np.argsort(-held, axis=1, kind="stable")[:, [0, min(1, held.shape[1] - 1)]]
        share = np.take_along_axis(held, two, 1)
        self._two = two.T.copy()
        self._share = (share / (share[:, :1] + share[:, 1:])).T.copy()

    def _copied(self, parts: list[Part], layer: str, copy: Mapping[str, Any]) -> Iterator[Part]:
        """The parts of the far side's layer, which is one of the near side moved, and its bones."""
        by, (near, far) = complex(*copy["shift"]), copy["swap"]
        for name in [name for name in self._at if near in name]:
            self._at[name.replace(near, far)] = self._at[name] + by
            self._soft[name.replace(near, far)] = self._soft[name]
        for name, parent in [pair for pair in self.parents.items() if near in pair[0]]:
            self.parents[name.replace(near, far)] = parent.replace(near, far)
        for part in parts:
            lines = [line + np.asarray([by.real, by.imag]) for line in part.outlines]
            own = part.kind == "own"
            paint = scale(plain(part.paint), _BEHIND) if own else Rgb(*copy["paint"])
            name = part.name.replace(near, far)
            yield part._replace(name=name, group=layer, outlines=lines, paint=paint)

    def _anchors(self, drawing: Drawing, said: Mapping[str, Any]) -> dict[str, tuple[str, complex]]:
        """The anchors that a bone carries: its name, and their place in the SVG or beside it."""
        found: dict[str, tuple[str, complex]] = {}
        for name, about in said.items():
            bone, known = about.get("bone"), drawing.anchors.get(name)
            if bone and (known or "at" in about):
                beside = self._at[bone] + complex(*about.get("at", (0, 0)))
                point = complex(*up(known.start, 1.0)) if known else beside
                found |= {name: (bone, point), about["is"]: (bone, point)}
        return found

    def _weights(self, line: Outline, bones: list[str]) -> NDArray[np.float64]:
        """How much each bone holds each point: soft over the circle where it joins the next."""
        held = [np.ones(len(line))]
        for k, name in enumerate(bones[1:], 1):
            at = self._at[name]
            ways = [at - self._at[bones[k - 1]]]
            ways += [self._at[after] - at for after in bones[k + 1 : k + 2]]
            toes = [self._at[leg[3]] - at for leg in self.legs.values() if leg[2] == name]
            ways += [toe for toe in toes if (toe * ways[0].conjugate()).real < 0]  # a long sole
            way = sum((w / max(abs(w), 1e-6) for w in ways), 0j)
            way /= max(abs(way), 1e-6)
            along = (line[:, 0] - at.real) * way.real + (line[:, 1] - at.imag) * way.imag
            u = np.clip(along / self._soft[name] * 0.5 + 0.5, 0, 1)
            held.append(np.minimum(held[-1], u * u * (3 - 2 * u)))
        weights = np.zeros((len(line), len(self.parents)))
        for name, own, after in zip(bones, held, [*held[1:], np.zeros(len(line))], strict=True):
            weights[:, self._number[name]] += own - after
        return weights

    def foot(self, leg: str) -> complex:
        """Where a foot stands when nothing has moved."""
        return self._at[self.legs[leg][3]]

    def middle(self) -> complex:
        """The way from the root's pivot to the middle of its feet, without legs that of nothing."""
        feet = [self.foot(leg) for leg in self.legs]
        root = self._at[next(iter(self.parents))]
        return sum(feet, 0j) / len(feet) - root if feet else 0j

    def carried(self, pose: Pose, bone: str, point: complex) -> complex:
        """Where a point at rest is in a pose, if it hangs on a bone."""
        return self._solved(pose).carried(self._number[bone], point)

    def bent(self, pose: Pose) -> NDArray[np.float64]:
        """The corners of all pieces in a pose, shape (n, 2)."""
        moves = self._solved(pose)
        skews = self._spread(pose, moves)
        (i, j), (near, far) = self._two, self._share

        def blended(numbers: Sequence[complex]) -> tuple[Outline, Outline]:
            """The real and the imaginary parts of what the two bones of each point do."""
            both = np.asarray(numbers)
            real, imag = both.real, both.imag
            return near * real[i] + far * real[j], near * imag[i] + far * imag[j]

        (mr, mi), (cr, ci) = blended(moves.turns), blended(moves.shifts)
        x, y = self._sized(pose)
        points = np.stack([mr * x - mi * y + cr, mi * x + mr * y + ci], 1)
        if skews:
            kr, ki = blended([skews.get(bone, 0j) for bone in range(len(self._number))])
            points += np.stack([kr * x + ki * y, ki * x - kr * y], 1)
        a, b, c, d = points.take(self._curves, axis=0)
        middle = a * 0.125 + b * 0.375 + c * 0.375 + d * 0.125
        return np.stack([middle, d], 1).reshape(-1, 2)

    def _sized(self, pose: Pose) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """All points at rest, those of a bone that is wider or higher about its joint."""
        x, y = self._points[:, 0], self._points[:, 1]
        for name, k, wider, higher in self._sizes:
            wide, high = pose.get(wider, 0.0), pose.get(higher, 0.0)
            if wide or high:
                held, at = (self._share * (self._two == k)).sum(axis=0), self._at[name]
                x = x + held * wide * (x - at.real)
                y = y + held * high * (y - at.imag)
        return x, y

    def _solved(self, pose: Pose) -> Moves:
        """What each bone does: along the tree, legs backwards."""
        more: dict[str, float] = {}
        for name, bones in self._said.get("follow", {}).items():
            add(more, dict.fromkeys(bones, pose.get(name, 0.0)))
        shift, level = complex(pose.get("x", 0.0), pose.get("y", 0.0)), self._said.get("level", ())
        moves = Moves([1 + 0j] * len(self._number), [shift] * len(self._number))
        for bone, k, parent, right, high in self._stiff:
            turn = moves.turns[parent] if parent is not None else 1
            own, at = turn_of(pose.get(bone, 0.0) + more.get(bone, 0.0)), self._at[bone]
            by = complex(pose.get(right, 0.0), pose.get(high, 0.0))
            joint = moves.carried(k if parent is None else parent, at + by)
            moves.put(k, own if bone in level else turn * own, at, joint)
        for leg in self.legs:
            self._stand(leg, pose, moves)
        for arm in ("n", "f"):
            if pose.get(f"other.{arm}"):
                self._grasp(arm, pose, moves)
        for bone, thighs in self._drapes.items():  # halfway to the thigh that is farther forward
            body, at = self._number[self.parents[bone]], self._at[bone]
            turn = moves.turns[body]
            ways = [cmath.sqrt(moves.turns[self._number[thigh]] / turn) for thigh in thighs]
            turn *= max(ways, key=lambda way: way.imag)
            moves.put(self._number[bone], turn, at, moves.carried(body, at))
        return moves

    def _spread(self, pose: Pose, moves: Moves) -> dict[int, complex]:
        """Spread the wings, which are drawn upright, and cast them on the picture.

        Their bones do turn * z + skew * z̄ + shift to a point z.

        Returns:
            The skews by the bones' numbers.
        """
        skews: dict[int, complex] = {}
        if "wing.arm" not in pose:
            return skews
        said: dict[str, Any] = self._said.get("wing", {})
        (across, down), tall = said.get("view", (-0.3, -0.26)), said.get("tall", 0.0)
        for side, wing in ((1, "near"), (-1, "far")):
            bones, angle, sweep = said.get(wing, ()), pose["wing.arm"], 0.0
            for bone in bones:
                k, carrier = self._number[bone], self._number[self.parents[bone]]
                at = self._at[bone]
                joint = moves.carried(carrier, at) + skews.get(carrier, 0j) * at.conjugate()
                out, high = side * math.cos(math.radians(angle)), math.sin(math.radians(angle))
                x, y = complex(1 - tall, tall), complex(out * across, high + out * down)
                y -= sweep * x
                body = moves.turns[self._number[self.parents[bones[0]]]]
                skews[k] = body * (x + 1j * y) / 2
                moves.put(k, body * (x - 1j * y) / 2, at, joint)
                moves.shifts[k] -= skews[k] * at.conjugate()
                angle += pose.get("wing.hand", 0.0)
                sweep = pose.get("wing.sweep", 0.0)
        return skews

    def _stand(self, leg: str, pose: Pose, moves: Moves) -> None:
        """Solve a leg of three bones backwards from its foot."""
        first, second, third, tip = self.legs[leg]
        hip = moves.carried(self._number[self.parents[first]], self._at[first])
        top, knee, hock, foot = (self._at[name] for name in (first, second, third, tip))
        pitch, high = turn_of(pose.get(f"{leg}.a", 0.0)), pose.get(f"{leg}.y", 0.0)
        high = high if high < 0 else max(high, self._clear(leg, pitch))
        place = foot + complex(pose.get(f"{leg}.x", 0.0), high)
        if holder := self._said.get("hold", {}).get(leg):
            place = moves.carried(self._number[holder], place)
        way = place + pitch * (hock - foot) - hip
        side = 1 if ((knee - top) * (hock - top).conjugate()).imag > 0 else -1
        way = self._bend((first, second), hock, hip, way, side, moves)
        moves.put(self._number[third], pitch / abs(pitch), hock, hip + way)

    def _bend(
        self, bones: tuple[str, str], end: complex, start: complex, way: complex, side: int,
        moves: Moves,
    ) -> complex:  # fmt: skip
        """Turn two bones so that the second one's end is as far from `start` as they reach."""
        (top, knee), length = (self._at[bone] for bone in bones), max(abs(way), 1e-6)
        one, two = abs(knee - top), abs(end - knee)
        far = min(max(length, abs(one - two) + 0.01), (one + two) * 0.9995)
        way *= far / length
        cosine = (one * one + far * far - two * two) / (2 * one * far)
        bend = math.acos(max(-1.0, min(1.0, cosine)))
        joint = start + way / far * one * complex(math.cos(bend), side * math.sin(bend))
        upper, lower = (joint - start) / (knee - top), (start + way - joint) / (end - knee)
        moves.put(self._number[bones[0]], upper / abs(upper), top, start)
        moves.put(self._number[bones[1]], lower / abs(lower), knee, joint)
        return way

    def _grasp(self, arm: str, pose: Pose, moves: Moves) -> None:
        """Bend an arm so that its hand is where the pose has it beside the other one."""
        bones = f"upper.{arm}", f"fore.{arm}", f"hand.{arm}", f"hand.{'f' if arm == 'n' else 'n'}"
        upper, fore, hand, other = (self._number[bone] for bone in bones)
        grip = self.anchors["grip"][1]
        start = moves.carried(upper, self._at[bones[0]])
        own, aim = (moves.carried(k, grip) for k in (hand, other))
        aim += complex(pose["other.x"], pose["other.y"])
        way = own + (aim - own) * pose[f"other.{arm}"] - start
        self._bend(bones[:2], grip, start, way, -1, moves)
        moves.turns[hand], moves.shifts[hand] = moves.turns[fore], moves.shifts[fore]

    def _clear(self, leg: str, pitch: complex) -> float:
        """How high the tip of a foot is that is turned and does not dip into the ground."""
        if leg not in self._soles:
            bone, tip = self._number[self.legs[leg][2]], self._at[self.legs[leg][3]]
            held = (self._two[0] == bone) & (self._share[0] > _MOSTLY)
            self._soles[leg] = self._points[held] - [tip.real, tip.imag]
        x, y = self._soles[leg].T
        return float(np.min(y, initial=0.0) - np.min(x * pitch.imag + y * pitch.real, initial=0.0))


def turn_of(degrees: float) -> complex:
    """What points are multiplied by to turn them, anticlockwise with y up."""
    return cmath.rect(1, math.radians(degrees))
