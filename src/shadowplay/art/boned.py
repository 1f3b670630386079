"""Boned figures: an SVG on a rig, moved by the gaits and poses of its TOML, and several as one."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence, Set
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np

from shadowplay.art import library, treads
from shadowplay.art.actors import Actor, Coat, Grip, Guise, Home, Place, Shape
from shadowplay.art.dressing import Outfit, outfit
from shadowplay.art.paths import up
from shadowplay.art.rig import Pose, Rig, turn_of
from shadowplay.art.svg import Drawing
from shadowplay.art.treads import Build, Foothold, Tread, add, build_of, mixed, unit_of
from shadowplay.scene import Action

_SHOWN = frozenset({"teeth", "tongue", "lid1", "lid2", "tear", "pointer", "curled"})
"""Groups and bones that are seen only where a face or arms `show` them."""


class Member(NamedTuple):
    """One of those that a group or a couple is drawn as."""

    figure: BonedFigure
    action: Action
    wide: float  # how large it is beside the whole; across, less than 0 if it faces back
    high: float
    aside: float = 0.0  # how far ahead of the middle it stands, in heights of the whole

    def moved(self, shape: Shape) -> Shape:
        """A shape of it where the whole has it; a second one does not wear the first's colours."""
        points = shape.points * np.asarray([self.wide, self.high], np.float32)
        points += np.asarray([self.aside, 0], np.float32)
        coat = _coat_of_second(shape.coat) if shape.coat and self.aside > 0 else shape.coat
        return shape._replace(points=points, coat=coat)


class BonedFigure(Actor):
    """A figure of `art/figures`; its drawing is read when it is first drawn.

    Its pose is a function of the phase of a closed cycle. A group of several kinds is drawn as one
    of them, and a couple as two figures side by side: each action says where each is.
    """

    def __init__(self, card: library.Card) -> None:
        """Read how it moves."""
        said = self._said = card.said
        self._card = card
        self._scale = unit_of(said) / said["height"]
        self.guise = Guise(arms=said.get("held", ""))
        self._actions: dict[Action, dict[str, Any]] = said["action"]
        self.name, self.height = card.name, said["height"]
        self.home: Home = said["home"]
        self.sound = said.get("sound", "")
        first = said.get("does", next(iter(self._actions)))
        self.actions = tuple({first: None} | dict.fromkeys(self._actions))

    def home_for(self, action: Action) -> Home:
        """Where the origin lies: a duck walks, swims and flies; a bird sits on its feet."""
        lands = self.home == "air" and action in ("sit", "stand", "walk")
        return cast("Home", self._actions[action].get("home", "ground" if lands else self.home))

    def cycle(self, action: Action) -> float:
        """Seconds after which a pose of `action` is the same again."""
        return float(self._actions[action]["cycle"])

    def speed(self, action: Action) -> float:
        """Travel in actor units a second."""
        return float(self._actions[action].get("speed", 0.0)) / float(self._said["height"])

    def pose(self, action: Action, t: float, variant: int = 0) -> Sequence[Shape]:
        """The outlines at `t` seconds, back to front."""
        build = build_of(variant, self.guise.look)
        shapes = self.draw(action, (t / self.cycle(action) + build.phase) % 1.0, build)
        size = np.float32(build.size)
        return shapes if size == 1 else [Shape(s.points * size, *s[1:]) for s in shapes]

    def beats(self, action: Action, variant: int = 0) -> tuple[float, float]:
        """Period and first moment of the audible rhythm, (0, 0) when it makes none.

        As many beats as are even: of a walk all four, of a camel's pace two, of a gallop only the
        strongest; `footfalls` has them all.
        """
        moments, cycle = self.footfalls(action, variant), self.cycle(action)
        if not moments:
            return 0.0, 0.0
        heard = {round((moment - moments[0]) / cycle * 1000) % 1000 for moment in moments}
        even = [n for n in range(1, 13) if {round(k / n * 1000) for k in range(n)} <= heard]
        return cycle / even[-1], moments[0] % (cycle / even[-1])

    def footfalls(self, action: Action, variant: int = 0) -> tuple[float, ...]:
        """All audible moments of the first cycle, in seconds, the strongest first."""
        how, phase = self._actions[action], build_of(variant).phase
        beats = sorted({*how["order"].values()}) if "order" in how else how.get("beats", ())
        if isinstance(beats, int):
            beats = [k / beats for k in range(beats)]
        return tuple(((beat - phase) % 1.0) * self.cycle(action) for beat in beats)

    def sound_of(self, action: Action) -> str:
        """What the beats of an action sound like, if its drawing says so."""
        return str(self._actions[action].get("sound", self.sound))

    @property
    def _drawing(self) -> Drawing:
        return self._outfit(self.guise.look).drawing

    @property
    def _rig(self) -> Rig:
        return self._outfit(self.guise.look).rig

    def _outfit(self, look: int) -> Outfit:
        """One of its looks."""
        guise, riders = self.guise, self.guise.rider.split() or [""]
        rider, own = riders[look % len(riders)], look % len(self._card.looks)
        return outfit(self._card, own, guise.clad, guise.hat, rider, guise.crew)

    def _members(self, action: Action, build: Build) -> list[Member]:
        """Those that it is drawn as, the first behind; none for most."""
        if kinds := self._said.get("kinds"):
            kind = plain(kinds[build.pick % len(kinds)])
            size = kind.height / self.height
            return [Member(kind.guised(self.guise._replace(look=0)), action, size, size)]
        members, each = [], self._actions[action].get("each", ())
        for name, how in zip(self._said.get("of", ()), each, strict=True):
            member, does = plain(name), how.get("does", action)
            size = member.height / self.height
            wide = -size if how.get("turned") else size
            members.append(Member(self._as_one(member, how), does, wide, size, how["x"] / 100))
        return members

    def _as_one(self, member: BonedFigure, how: dict[str, Any]) -> BonedFigure:
        """A member with its arms as a deed asks, or else as the action does, and its face."""
        guise, before = self.guise, self.guise.before
        before = before and (cast("BonedFigure", before[0])._as_one(member, how), *before[1:])
        beat = {bone: 0.5 * more for bone, more in guise.beat.items()}  # they are near
        arms = guise.arms or how.get("arms", "")
        return member.guised(Guise(arms, guise.expression, beat=beat, before=before))

    def guised(self, more: Guise) -> BonedFigure:
        """The same figure in another guise; a table of arms that it has not is "hold"."""
        known = self._said.get("arms", {})
        said = {name: value for name, value in more._asdict().items() if value}
        said |= {} if more.crew is None else {"crew": more.crew}
        if more.arms == "free":
            said["arms"] = ""
        elif more.arms not in known:
            said["arms"] = "hold" if more.arms and "hold" in known else self.guise.arms
        other = copy.copy(self)
        other.guise = self.guise._replace(**said)
        return other

    def anchor(self, means: str, action: Action, t: float, variant: int = 0) -> Grip | None:
        """Where its hand ("grip") or its mouth is at a time, and what it holds is turned."""
        build = build_of(variant, self.guise.look)
        for one in self._members(action, build):  # of several, the first
            found = one.figure.anchor(means, one.action, t, variant)
            return found and (found[0] * one.wide + one.aside, found[1] * one.high, found[2])
        rig = self._outfit(build.look).rig
        if means not in rig.anchors:
            return None
        bone, point = rig.anchors[means]
        if means == "grip":
            bone = self._said.get("arms", {}).get(self.guise.arms, {}).get("hand", bone)
        pose = self._pose(action, (t / self.cycle(action) + build.phase) % 1.0, build)
        at = rig.carried(pose, bone, point) * self._scale * build.size
        return at.real, at.imag, pose.get("tool", 0.0)

    @property
    def places(self) -> Mapping[str, Place]:
        """Where others can hold on to it, by the names of its anchors."""
        if "of" in self._said:
            return {}  # nothing is put on several at once
        found, anchors = {}, self._drawing.anchors
        for name, about in self._said.get("anchors", {}).items():
            if anchor := anchors.get(name):
                start, end = (up(point, self._scale) for point in (anchor.start, anchor.end))
                found[name] = Place(start, end, 0.0, about["is"], tuple(about.get("poses", ())))
        return found

    def tread(self, action: Action, phase: float, build: Build) -> list[Foothold]:
        """Its feet in a gait, in the order of `legs`."""
        how = self._actions[action]
        rest = {leg: self._rig.foot(leg).real * self._scale for leg in self._rig.legs}
        sweep = self.speed(action) / build.size * how["cycle"] * how["duty"]
        lift, fold = how["lift"] * (1 / self._said["height"]), math.radians(how["fold"])
        push, strike = math.radians(how.get("push", 25.8)), math.radians(how.get("strike", 8.6))
        fore = Tread(how["duty"], sweep, lift, fold, push, strike)
        hind = fore._replace(lift=lift * 0.8, fold=fold * 0.8, push=push * 4 / 3)
        steps = []
        for leg, x in rest.items():
            step = (hind if leg.startswith("h") else fore).at(phase - how["order"][leg])
            steps.append(step._replace(x=step.x + x))
        return steps

    def draw(self, action: Action, phase: float, build: Build) -> list[Shape]:
        """The outlines at a phase, in parts of its height."""
        if members := self._members(action, build):
            drawn = ((one, one.figure.draw(one.action, phase, build)) for one in members)
            return [one.moved(shape) for one, shapes in drawn for shape in shapes]
        return self._rig_shapes(self._pose(action, phase, build), self._hidden(action), build.look)

    def _hidden(self, action: Action) -> set[str]:
        """The layers, and bones of eyes that are shut, that are not drawn in an action."""
        how, known = self._actions[action], self._said.get("held")
        face, work = self._face(how), self._holding(how)
        shown = {*face.get("show", ()), *work.get("show", ())}
        held = {"held"} if self.guise.arms not in ("", "hold", known) else set()
        shut = {bone[:-2] for bone, high in face.items() if bone.endswith(".h") and high == -1}
        hidden = {group for one in (how, face, work) for group in one.get("hide", ())}
        return {*hidden, *held, *shut, *_SHOWN} - shown

    def _pose(self, action: Action, phase: float, build: Build) -> dict[str, float]:
        """All that its bones do at a phase; arms that hold something keep their place."""
        how = self._actions[action]
        pose = self._going(action, phase, build) if "order" in how else self._posed(how, phase)
        builds, looks = self._said.get("build", {}), self._card.looks
        built = [builds[name] for name in sorted(builds.keys() & self.guise.clad)]
        for one in (looks[build.look % len(looks)], *built):
            add(pose, one.get("pose", {}))
        if (ways := how.get("ways")) and not self.guise.arms:
            pose |= ways[build.look % len(ways)]
        moves, lean = treads.stirred(how, self._said, phase), self.guise.lean
        add(pose, moves)
        face, held = self._face(how), self._holding(how)
        arms = face | held
        pose = treads.armed(pose, arms, lean, how["cycle"], phase, how.get("along", {}))
        goes_on = self._said.get("goes_on", {}) if arms.get("eye.h") != -1 else {}
        for bone in arms.keys() & goes_on.keys() - arms.get("idle", {}).keys():
            pose[bone] += goes_on[bone] * moves.get(bone, 0.0)
        if "head" in held:
            pose["head"] += face.get("head", 0.0)
        add(pose, self.guise.beat)
        if self.guise.far and arms.get("both"):
            aside = complex(*self.guise.far) * turn_of(-pose.get("tool", 0.0)) / self._scale
            pose["other.n" if "hand" in arms else "other.f"] = 1.0
            add(pose, {"other.x": aside.real, "other.y": aside.imag})
        if self.guise.before is None:
            return pose
        other, before, t, share = self.guise.before
        phase = t / self.cycle(before) + build.phase
        return mixed(pose, cast("BonedFigure", other)._pose(before, phase % 1.0, build), share)

    def _holding(self, how: Mapping[str, Any]) -> dict[str, Any]:
        """What its arms do while it does something that leaves them free for it."""
        known: dict[str, dict[str, Any]] = {} if how.get("free") else self._said.get("arms", {})
        held, hands = known.get(self.guise.arms, {}), self._said.get("hands", {})
        return {**hands.get(held.get("hands", "grip"), {}), **held} if held else {}

    def _face(self, how: Mapping[str, Any]) -> dict[str, Any]:
        """What its face shows: what was told, or else what its arms or an action say."""
        known: dict[str, dict[str, Any]] = self._said.get("expression", {})
        usual = self._holding(how).get("expression", how.get("expression", ""))
        return known.get(self.guise.expression or usual, {})

    def _rig_shapes(self, pose: Pose, hidden: Set[str] = frozenset(), look: int = 0) -> list[Shape]:
        """The outlines of a pose, back to front, but those of hidden groups."""
        worn, shapes = self._outfit(look), []
        corners = worn.rig.bent(pose).astype(np.float32) * np.float32(self._scale)
        for piece, paint in worn.paints:
            group = piece.part.group
            if group in hidden or piece.bone in hidden or self.guise.part not in ("", group):
                continue
            tone = min(1.0, paint.tone + pose.get(paint.pale, 0.0))
            light = min(1.0, max(0.0, paint.light + pose.get(paint.lit, 0.0)))
            points, tint = corners[piece.points] + paint.aside, piece.part.kind == "tint"
            shut = 0.88 * pose.get("blink", 0.0) if group == "eye" else 0.0
            if shut or (group == "jaws" and f"{piece.bone}.w" not in pose):
                points[:, 1] += np.float32(shut or 1.0) * (points[:, 1].mean() - points[:, 1])
            shapes.append(Shape(points, tone, light, tint, paint.paint, paint.coat))
        return shapes

    def _posed(self, how: dict[str, Any], phase: float) -> dict[str, float]:
        """A pose that is held, or one between two keys; "rise" lets it fly in between."""
        poses: dict[str, dict[str, float]] = self._said.get("pose", {})
        if "keys" not in how:
            return dict(poses[how["pose"]]) if "pose" in how else {}
        keys: list[tuple[float, str]] = how["keys"]
        k = max(k for k, key in enumerate(keys) if key[0] <= phase)
        (start, one), (end, other) = keys[k], keys[min(k + 1, len(keys) - 1)]
        share = treads.ease((phase - start) / (end - start)) if end > start else 0.0
        pose, after = dict(poses[one]), poses[other]
        names = sorted(pose.keys() | after.keys())
        add(pose, {name: (after.get(name, 0.0) - pose.get(name, 0.0)) * share for name in names})
        if "rise" in how:
            flown = (phase - how["off"]) / (how["on"] - how["off"])
            if 0 < flown < 1:
                high = how["rise"] / unit_of(self._said) * 4 * flown * (1 - flown)
                add(pose, dict.fromkeys(["y", *(f"{leg}.y" for leg in self._rig.legs)], high))
        return pose

    def _going(self, action: Action, phase: float, build: Build) -> dict[str, float]:
        """The pose of a gait: feet on their way, the trunk carried by them."""
        how = self._actions[action]
        bobs = how.get("bobs", 2)
        turn = math.tau * phase
        start = how["order"][how.get("lead", "fn")]
        nod = how.get("nod", 0.0) * math.cos(bobs * (turn - math.tau * (start + 0.1)))
        rock = how.get("rock", 0.0) * math.cos(turn - math.tau * 0.02)
        flex = how.get("flex", 0.0) * math.cos(turn - math.tau * 0.9)
        late = 0.8 if bobs == 1 else start + how["duty"] / 2
        high = how.get("bob", 0.0) * math.cos(bobs * (turn - math.tau * late))
        pose, wag = dict(self._said["pose"].get(how.get("pose", ""), {})), how.get("wag", 0.0)
        dips = self._rig.middle().real * math.sin(math.radians(rock - flex / 2))
        moves = {
            next(iter(self._rig.parents)): rock - flex / 2,
            "chest": flex,
            "neck": how.get("neck", 0.0) + nod - 0.6 * rock - flex / 2,
            "head": how.get("head", 0.0) - 0.6 * nod,
            "tail": how.get("tail", 0.0) + wag * math.sin(bobs * turn),
            "curl": 0.7 * wag * math.sin(bobs * turn - 1.2),
            "y": (high - how.get("sink", 0.0)) / unit_of(self._said) - dips,
        }
        add(pose, moves)
        for leg, step in zip(self._rig.legs, self.tread(action, phase, build), strict=True):
            pose[f"{leg}.x"] = step.x / self._scale - self._rig.foot(leg).real
            pose[f"{leg}.y"] = step.y / self._scale
            pose[f"{leg}.a"] = math.degrees(step.pitch)
        return pose


@cache
def plain(name: str) -> BonedFigure:
    """A figure that is no actor by itself: one of a group or a couple, or an animal on two legs.

    Raises:
        KeyError: there is no such figure.
    """
    card = library.figure(name)
    if card is None:
        raise KeyError(name)
    return BonedFigure(card)


@cache
def _coat_of_second(coat: Coat) -> Coat:
    return coat._replace(name=f"{coat.name}+")
