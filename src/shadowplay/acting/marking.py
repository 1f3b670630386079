"""Marking: on which part of the stage one is, how large, and on which mark."""

from __future__ import annotations

from collections.abc import Mapping

from shadowplay.acting import sizes
from shadowplay.art import library
from shadowplay.art.actors import Actor
from shadowplay.art.cast import dressed
from shadowplay.dice import dice
from shadowplay.names import is_puppet
from shadowplay.scene import CLIMBING, Role, Scene
from shadowplay.sprites.marks import FEW, Box, Figure, hung_of

PUPPET = 1.12  # how much more room characters get: they are to be recognised
RISE = 0.3  # how far up the ground one is who is a height farther away, in heights
_INDOORS = 1.2  # how much more room one gets in a room, whose wall is full of things
_RANKS, _BEYOND = 0.11, 0.05
"""How high the ground is on which the ranks of a group stand, and how much of that is beyond the
stage's row, as shares of the frame's height: in a street the houses are right behind it."""


class Marker:
    """Puts members of a cast on marks of a given stage."""

    def __init__(
        self,
        scene: Scene,
        actors: Mapping[str, Actor],
        *,
        horizon: float,
        stage: float,
        grounded: bool,
        water: tuple[float, float] | None,
        floating: bool = False,
    ) -> None:
        """Look at the stage.

        `horizon` and `stage`, the ground, are rows, and so are those of the `water` to float on. If
        all is `floating`, it hangs in the middle of the frame: under water, in space.
        """
        self._scene = scene
        self._actors = dressed(actors, scene.cast, scene.seed)
        self._horizon, self._stage = horizon, stage
        self._grounded, self._water, self._floating = grounded, water, floating
        self._width, self._height = scene.size
        self._wide = self._width >= self._height

    def where(self, role: Role) -> str:
        """On which part of the stage a role is: ground, sky or water."""
        actor, action = self._actors[role.actor], role.action
        home = actor.home_for(action)
        swims = action in ("swim", "sail")
        if self._floating and (home != "ground" or swims or not self._grounded):
            return "sky"
        if role.place == "sky" or action == "fly" or (home == "air" and action != "stand"):
            return "sky"
        wet = role.place in ("water", "shallow") or home == "water" or swims
        lives = is_puppet(role.actor) or (home == "ground" and not role.relation)
        wet = wet or (lives and not self._grounded)  # at sea, and not in the sky
        return "water" if wet and self._water else "ground" if self._grounded else "sky"

    def room(self, prop: bool, small: bool) -> tuple[float, float]:
        """The largest height and width for the lead's whole group, in pixels."""
        high, across = (0.52, 0.56) if self._wide else (0.4, 0.84)
        if small:
            high, across = 0.42, 0.6
        elif prop:
            high, across = (0.62, 0.7) if self._wide else (0.46, 0.85)
        if self._wide and library.place(self._scene.setting).floor:
            high *= _INDOORS
        if self._scene.far:
            high, across = 0.55 * high, 0.55 * across
        return high * self._height, across * self._width

    def group(
        self, role: Role, box: Box, where: str, scale: float, at: tuple[float, float],
        marks: list[tuple[float, float]],
    ) -> list[Figure]:  # fmt: skip
        """A group's members, each at its mark and at its own scale.

        `at` is the column of its middle and the row of its ground, and `marks` are how far ahead of
        there and above it each is, in its own widths and heights.
        """
        actor, facing, sky = self._actors[role.actor], -1 if role.leftward else 1, where == "sky"
        hung, loose = hung_of(role, actor, where, box) * scale, 0.16 if sky else 0.04
        goes = not (role.stays or role.relation in CLIMBING)
        middle, row = at[0], at[1] - min(0.0, hung)
        deep = RISE * max(up for _, up in marks) * box.height * scale
        ranks = min(1.0, _RANKS * self._height / max(1.0, deep))
        front = 0.012 * self._height + max(0.0, ranks * deep - _BEYOND * self._height)
        made = []
        for k, (ahead, up) in enumerate(marks[: role.count]):
            nudge = dice(self._scene.seed, role.actor, "mark", k).uniform(-loose, loose)
            x = middle + (ahead + nudge) * box.width * scale * facing
            lift = up * box.height * scale
            figure = Figure(
                role=role,
                actor=actor,
                variant=k,
                scale=scale * (1 - 0.08 * abs(up) if sky else 1 - 0.16 * max(0.0, up)),
                lift=min(hung, max(0.0, 0.92 * row - box.top * scale)),
                x=x - box.middle[0] * scale * facing,
                row=row - lift * (1 if sky else 0.42),
                box=box,
                sink=(front - ranks * lift * RISE) if where == "ground" else 0.0,
                grounded=where == "ground",
                afloat=where == "water",
                speed=actor.speed(role.action) * scale * facing if goes else 0.0,
                fade=0.0 if sky else 0.1 * max(0.0, up),
                sway=self._height * 0.006 if sky else 0.0,
            )
            made.append(figure)
        return made

    def middle(self, role: Role, wide: float) -> float:
        """Where the group's middle is: on a third, or nearer the centre when it is wide."""
        # The spotlights meet in the middle of a stage.
        third = 0.28 + 0.2 * float(dice(self._scene.seed, "third").random())
        third = 0.5 if self._scene.setting == "stage" else third
        third += (0.5 - third) * min(1.0, max(0.0, (wide / self._width - 0.5) / 0.4))
        return self._width * (1 - third if role.leftward else third)

    def row(self, where: str, box: Box, scale: float) -> float:
        """The row of the origin of one on a part of the stage."""
        if where == "water" and self._water:
            return sizes.water_row(self._water, self._scene.size)
        if where == "sky":
            share = 0.5 if self._floating else 0.34 if self._wide else 0.33
            return self._height * share + box.middle[1] * scale
        return self._stage

    def _dealt_with(self, role: Role, lead: Figure) -> bool:
        """Whether the lead goes to one, or something happens to that."""
        bound = lead.role.to == role.actor and lead.role.relation != "away"
        return bound or any(role.actor in (deed.who, deed.what) for deed in self._scene.deeds)

    def prop(self, role: Role, box: Box, lead: Figure, k: int) -> Figure:
        """A building or tree behind the actors, on the side they look to.

        Those who travel see it far away, where the camera's way moves it slowly, unless it is what
        they go to or pass, or something happens to it.
        """
        far = bool(lead.speed and not self._dealt_with(role, lead)) or not self._grounded
        huge = self._actors[role.actor].height > sizes.HUGE
        high = self._height * (0.44 if self._wide else 0.34)
        wide = 0.42 * self._width
        if not far and role.count <= FEW:
            real = self._actors[role.actor].height * lead.metre * box.height
            high = min(max(high, 0.9 * real), 0.85 * self._stage)
            wide = (1.2 if huge else 0.8) * self._width  # the frame may cut off a lamp's beam
        scale = min(high * (1 - 0.12 * (k % FEW)) / box.height, wide / box.width)
        share = (0.72, 0.95, 0.12, 0.5, 0.3)[k % FEW]
        if role.count > FEW:
            share = (k + 0.5) / role.count
            scale = min(scale, self._width * 1.3 / (role.count * box.width))
        x = self._width * (share if lead.facing > 0 else 1 - share)
        row = self._stage - 0.004 * self._height
        if far:
            scale *= 0.74
            row = self._horizon + (0.0 if self._water else 0.11 * self._scene.size.unit)
        return Figure(
            role=role,
            actor=self._actors[role.actor],
            variant=k,
            scale=scale,
            x=x,
            row=row,
            box=box,
            depth=0.2 if far else 0.5 if huge else 0.8,
            fade=0.5 if far else 0.4 if huge else 0.12,
        )
