"""Puppets: characters cut out of a clip, as actors of one piece of paper with its own picture.

How they walk, fly, swim and dance is in `gaits.toml`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

from shadowplay import exact
from shadowplay.art.actors import Actor, Home, Points, Shape
from shadowplay.art.treads import ease
from shadowplay.errors import ShadowplayError
from shadowplay.files import picture
from shadowplay.names import actor_name
from shadowplay.scene import Action
from shadowplay.shot import Character
from shadowplay.tables import load

LONGEST_EDGE = 768  # cut-outs are scaled down to this many pixels; none is shown larger
_MOST_POINTS = 60  # no outline has more points
_MAX_PIXELS = 16_000_000
_SEEN = 8  # pixels at most this opaque are not seen
_SOLID = 96  # pixels at least this opaque count as the figure when its outline is looked for
_EDGE = 520  # longer edge of the picture in the frame, in pixels
_WOOD = "#6d4a2a"
_MOULDING = ((0.042, "#efe6d2"), (0.008, "#8a6430"), (0.024, "#b98f4a"), (0.011, "#5a3d1f"))
"""The frame from inside to outside: how wide each part is, as a share of the longer edge."""


_GAITS = load("art/gaits.toml", dict[str, dict[str, Any]])


class Stance(NamedTuple):
    """How a cut-out is held at one moment."""

    turn: NDArray[np.float64]  # the matrix that its points are multiplied by, after the wave
    shift: tuple[float, float]  # what is added then, in its own heights
    reach: float = 0.0  # how far the wave goes that runs along its length; 0 for none
    phase: float = 0.0  # where that wave is, in radians


def troupe_of(characters: Sequence[Character]) -> dict[str, Puppet]:
    """The actors for a shot's characters, by name.

    Raises:
        ShadowplayError: a cut-out is no picture that can be used.
    """
    troupe = {}
    for k, one in enumerate(characters):
        cutout = picture(one.cutout, "RGBA", _named(one.name), _MAX_PIXELS)
        whole = bool(np.asarray(cutout.getchannel("A")).min() > _SEEN)
        image = _fitted(one.name, _framed(cutout) if whole else cutout)
        troupe[actor_name(k)] = Puppet(actor_name(k), image, lag=k % 2, still=whole)
    return troupe


def _fitted(name: str, image: Image.Image) -> NDArray[np.uint8]:
    """A cut-out, cropped to what is not transparent: shape (height, width, 4)."""
    box = image.getchannel("A").point(lambda level: 255 if level > _SEEN else 0).getbbox()
    if box is None or min(box[2] - box[0], box[3] - box[1]) < 4:
        raise ShadowplayError("invalid_image", f"The {_named(name)} shows nothing.")
    image = image.crop(box)
    # In "RGBa" the colours of transparent pixels don't bleed into the edge.
    image = image.convert("RGBa")
    image.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    return np.asarray(image, np.uint8)


def _framed(picture: Image.Image) -> Image.Image:
    """A picture in a frame on an easel, in RGBA; all around it is transparent."""
    picture = picture.convert("RGBA")
    picture.thumbnail((_EDGE, _EDGE), Image.Resampling.LANCZOS)
    longer = max(picture.size)
    for part, tone in _MOULDING:
        picture = ImageOps.expand(picture, round(part * longer), tone)
    wide, high = picture.size
    thick, top, splay, legs = (round(part * longer) for part in (0.03, 0.1, 0.12, 0.5))
    easel = Image.new("RGBA", (wide + 2 * splay, top + high + legs))
    draw = ImageDraw.Draw(easel)
    middle, shelf, foot = easel.width // 2, top + high, easel.height - 1
    draw.line([(middle, 0), (middle, foot - legs // 4)], _WOOD, thick)
    for side in (-1, 1):
        draw.line([(middle + side * thick, 0), (middle + side * (wide // 2), foot)], _WOOD, thick)
    draw.rectangle((splay, shelf, splay + wide - 1, shelf + thick), fill="#7d5632")
    easel.paste(picture, (splay, top))
    return easel


def _named(name: str) -> str:
    return f"picture of the character '{name}'"


class Puppet(Actor):
    """An actor made of one cut-out.

    A picture of which nothing is transparent stands in a frame on an easel, whatever is said of it.
    One actor unit is the cut-out's height. On the ground the origin is under the middle of the
    figure; when it flies or swims, it is the figure's middle.
    """

    image: NDArray[np.uint8]  # premultiplied RGBA, shape (height, width, 4)
    width: float  # from its hindmost to its foremost point, in heights
    foot: float  # where it touches the ground, measured from its middle
    height = 1.3
    home: Home = "ground"
    actions: tuple[Action, ...] = (
        "stand", "walk", "run", "fly", "swim", "dance", "jump", "sit", "sail", "drive", "glow",
    )  # fmt: skip

    def __init__(
        self, name: str, image: NDArray[np.uint8], *, lag: int = 0, still: bool = False
    ) -> None:
        """Take a picture; `lag`, 0 or 1, sets apart the gaits of two who move together."""
        self.name, self.image, self._lag, self.still = name, image, lag, still
        tall, wide = image.shape[:2]
        solid = np.asarray(image[..., 3] >= _SOLID)
        if not solid.any():
            solid = image[..., 3] > 0
        low = np.flatnonzero(solid[-max(2, tall // 14) :].any(axis=0))
        foot = float(low.mean()) if low.size else wide / 2
        self.width, self.foot = wide / tall, (foot + 0.5 - wide / 2) / tall
        self._outlines = _outlines(solid)

    def _gait(self, action: Action) -> dict[str, Any]:
        return _GAITS.get("still" if self.still else action, _GAITS["stand"])

    def speed(self, action: Action) -> float:
        """Travel in heights a second."""
        return float(self._gait(action).get("speed", 0.0))

    def beats(self, action: Action, variant: int = 0) -> tuple[float, float]:
        """Period and first moment of its touches of the ground."""
        how = self._gait(action)
        period = how.get("period", 0.0)
        return (period, -how["lag"] * self._lag % period) if period else (0.0, 0.0)

    def pose(self, action: Action, t: float, variant: int = 0) -> Sequence[Shape]:
        """Its outline at `t` seconds; its picture is drawn with the same stance."""
        held = self.stance(action, t, variant)
        return [Shape(self._posed(points, held)) for points in self._outlines]

    def stance(self, action: Action, t: float, variant: int = 0) -> Stance:
        """How it is held at `t` seconds."""
        how = self._gait(action)
        t += 0.37 * variant + how["lag"] * self._lag
        return self._hop(how, t) if "dwell" in how else self._sway(how, t)

    def _hop(self, how: dict[str, float], t: float) -> Stance:
        """Hops with rests between, during which the ground carries it along."""
        step, dwell, squash = t / how["period"], how["dwell"], how["squash"]
        phase = step % 1
        air = max(0.0, (phase - dwell) / (1 - dwell))
        ahead = how["speed"] * how["period"] * (0.6 * air + 0.4 * ease(air) - phase + 0.2)
        up = 4 * air * (1 - air)
        down = math.sin(math.pi * phase / dwell) if phase < dwell else 0.0
        angle = how["rock"] * math.cos(math.pi * step) - how["lean"]
        return self._on_foot(1 + squash * (0.4 * up - down), angle, ahead, how["rise"] * up)

    def _sway(self, how: dict[str, Any], t: float) -> Stance:
        """Tips, stretches and rises to and fro; who floats leans forward, the narrower the more."""

        def swung(part: str) -> float:
            ways: list[tuple[float, float, float]] = how.get(part, [])
            return sum(size * math.sin(math.tau * t / most + start) for size, most, start in ways)

        angle, tall, rise = how["tip"] + swung("angle"), how["high"] + swung("tall"), how["up"]
        rise += swung("rise")
        if "lean" in how:
            lean = how["lean"] * min(1.0, max(0.0, (1.25 - self.width) / 0.6))
            turn = _turned(angle - lean, tall)
            x, y = exact.product(turn, np.asarray([0.0, 0.5])).tolist()  # about its middle
            reach, seconds = how.get("wave", (0.0, 1.0))
            return Stance(turn, (-x, rise - y), reach, math.tau * t / seconds if reach else 0.0)
        held = self._on_foot(tall, angle, 0.0, rise)
        if "flip" not in how:
            return held
        sides, part = divmod(t / how["flip"], 1)  # it turns round like a card
        wide = math.cos(math.pi * (sides + ease((part - 0.72) / 0.28)))
        wide = math.copysign(max(abs(wide), 0.07), wide)
        turn = exact.product(np.diag([wide, 1.0]), held.turn)
        return Stance(turn, (held.shift[0] * wide, held.shift[1]))

    def _on_foot(self, tall: float, angle: float, ahead: float, high: float) -> Stance:
        """Squashed and tipped about the foot, which stays at the origin before the shift."""
        turn = _turned(angle, tall)
        x, y = exact.product(turn, np.asarray([self.foot, 0.0])).tolist()
        # A broad foot tips over its edge, so that nothing dips into the ground.
        edge = 0.2 * self.width * abs(math.sin(angle))
        return Stance(turn, (self.foot - x + ahead, high - y + edge))

    @property
    def lengthwise(self) -> bool:
        """Whether it is longer than tall, so that waves run from its front to its back."""
        return self.width >= 1

    def wave(self, at: NDArray[np.float32], held: Stance) -> NDArray[np.float32]:
        """How far the wave moves what is at these places along its length, in heights.

        Upright figures are measured from the ground up, long ones from back to front.
        """
        length = self.width if self.lengthwise else 1.0
        back = (self.width / 2 - at if self.lengthwise else 1 - at) / np.float32(length)
        back = np.clip(back, 0, 1)
        reach = np.float32(held.reach * length) * (np.float32(0.15) + exact.power(back, 1.3))
        moved: NDArray[np.float32] = reach * exact.sin(np.float32(held.phase) - 5.2 * back)
        return moved

    def _posed(self, points: Points, held: Stance) -> Points:
        points = points.copy()
        if held.reach:
            along, across = (0, 1) if self.lengthwise else (1, 0)
            points[:, across] += self.wave(points[:, along], held)
        turned = exact.product(points, held.turn.T) + np.asarray(held.shift)
        return np.asarray(turned, np.float32)


def _turned(angle: float, tall: float) -> NDArray[np.float64]:
    """The matrix of a figure that is so many times as high, narrower by that, and turned."""
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.asarray([[cos, -sin], [sin, cos]])
    return exact.product(turn, np.diag([1 / math.sqrt(tall), tall]))


def _outlines(solid: NDArray[np.bool_]) -> list[Points]:
    """The figure's closed outlines in its own heights, y up; specks are left out."""
    tall, wide = solid.shape
    found, _ = cv2.findContours(solid.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    least = 0.004 * tall * wide
    large = [part for part in found if len(part) > 2 and cv2.contourArea(part) > least]
    large.sort(key=cv2.contourArea, reverse=True)
    outlines = []
    for part in large[:6] or [np.asarray([[[0, 0]], [[wide, 0]], [[wide, tall]], [[0, tall]]])]:
        points = part.reshape(-1, 2).astype(np.float32)
        points = np.stack([points[:, 0] + 0.5 - wide / 2, tall - 0.5 - points[:, 1]], 1) / tall
        points, flaw = points.astype(np.float32), 0.0006
        while len(thin := cv2.approxPolyDP(points, flaw, True)) > _MOST_POINTS:
            flaw *= 1.25
        outlines.append(np.asarray(thin, np.float32).reshape(-1, 2))
    return outlines
