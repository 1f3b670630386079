"""Blocking: where each member of the cast stands, how large, and how it moves through the frame."""

from __future__ import annotations

import math
from dataclasses import replace

from shadowplay.acting import framing, relations, sizes
from shadowplay.acting.handling import middle_of, use
from shadowplay.acting.marking import PUPPET, RISE, Marker
from shadowplay.acting.surrounding import LOW, line_up, stand_by
from shadowplay.art import library
from shadowplay.art.prop import Prop
from shadowplay.deeds import VERBS
from shadowplay.names import is_puppet
from shadowplay.picture.camera import Travel, sway
from shadowplay.scene import Role
from shadowplay.sprites.marks import FEW, Blocking, Box, Figure, box_of, lead_of, lead_where
from shadowplay.words.timing import fitting

_LOOK_ON = frozenset({"clap", "laugh", "cheer_up", "wave"})
"""Verbs of those who look on while somebody else does something."""

_ABOUT = frozenset({"before", "behind", "beside", "at", "around", "between", "opposite"})
"""Relations of those who are on the ground to what is there, too."""

# As shares of the frame's height:
_LEAST = 0.22  # how high one is at least below a flier, if it is no small animal
_HIGHER = (0.14, -0.14)  # by turns, how far below the lead's row others swim, or float
_SEEN = (0.23, 0.7)  # how high the lead is at least and at most
_SMALLEST = 0.13  # how high a small one beside it should be
_SCENERY = 0.85  # how high a house or tree should be at most
_BEFORE = 0.33  # how high the lead before these is at least
_BACK = 0.02  # how much farther away a crowd stands than those who do something

# As shares of the frame's width:
_BROAD, _BROADEST = 0.5, 0.66  # how wide one, or several, should be at most
_ASIDE = 0.7  # where one stands whom the lead comes to and passes
_SLOW = 0.6  # how far the lead goes in a second for that at most

_APART = 0.4  # how far things of a group are from one another at least, in heights
_LINE = (1.34, 1.57)  # where a kite's line ends: so far behind and below it, in its own units
_LONG = 0.5  # what is longer than high counts as so much of its length high
_SLIDE_PERIOD = 15.0  # seconds of a slide to and fro
_TOWERING = 6.0  # metres above which a thing is as large as a house
_COMPANY = 0.62  # how far apart two are who keep each other company, in their heights


class Director(Marker):
    """Finds the marks for a cast on a given stage."""

    _stays = False

    def block(self) -> Blocking:
        """Place everybody."""
        roles = [role for role in self._scene.cast if role.actor in self._actors]
        if not roles:
            return Blocking([], None)
        first = self._doer(roles)
        roles = [self._standing(role, roles) for role in roles]
        first = next(role for role in roles if role.actor == first.actor)
        gathered = [self._gathered(role, first) for role in roles]
        around = {one.actor for one in gathered if one not in roles}
        # One who sings before a crowd is not put before those who are put around that one.
        lead = replace(first, relation="", to="") if first.to in around else first
        roles = [lead if one is first else one for one in gathered]
        group = self._group(lead)
        others = [r for r in roles if r is not lead and not isinstance(self._actors[r.actor], Prop)]
        if not self._scene.far:
            self._come_closer(group, others)
        figures = list(group)
        others.sort(key=lambda role: library.facts(role.actor).scenery)
        for k, role in enumerate(others, 1):
            figures += self._companions(role, group[0], k)
        for role in roles:
            if self._keeps_company(role):
                self._face_each_other([one for one in figures if one.role.actor == role.actor])
        stage = self._stage_of(group[0])
        figures, bound = relations.Settler(stage, self._actors, roles, figures).settled()
        for one in figures:
            if one.role.count > FEW and not one.role.relation and one.grounded and one not in group:
                one.order, one.sink = one.order - 0.5, one.sink - _BACK * self._height
        waits = [figure for figure in figures if self._waits(figure, group[0])]
        self._stays = bound or bool(waits)
        for figure in waits:  # where the lead goes past it
            figure.face(leftward=group[0].facing > 0)
            figure.middle = self._width * (_ASIDE if group[0].facing > 0 else 1 - _ASIDE)
        follows = self._follows(group[0])
        framing.pace(figures, group[0], self._width, follows=follows, stays=self._stays)
        comes = (VERBS[deed.verb].comes for deed in self._scene.deeds if deed.who == lead.actor)
        framing.frame(
            figures, group[0], stage,
            follows=follows, comes=max(comes, default=0.0), far=self._scene.far,
        )  # fmt: skip
        return Blocking(figures, self._travel(group[0]))

    def _doer(self, roles: list[Role]) -> Role:
        """The lead: of those who look on and somebody who does something it is the latter."""
        first = lead_of(roles)
        doers = [role for role in roles if role.acts and not self._looks_on(role)]
        alive = [role for role in doers if not isinstance(self._actors[role.actor], Prop)]
        return lead_of(alive) if alive and self._looks_on(first) else first

    def _looks_on(self, role: Role) -> bool:
        """Whether they are a crowd, or several who do nothing but clap or laugh."""
        verbs = {deed.verb for deed in self._scene.deeds if role.actor in (deed.who, deed.what)}
        several = role.count > FEW if not verbs else role.count > 1 and verbs <= _LOOK_ON
        return several and not role.relation and not self._goes(role)

    def _waits(self, figure: Figure, lead: Figure) -> bool:
        """Whether one lives and stays while the lead goes by that has nothing to do with it."""
        role, own = figure.role, lead.role
        bound = self._bound(role, own)
        alone = role.count == 1 and not (role.relation or figure.holder or own.to == role.actor)
        alive = not (figure.is_thing or library.facts(role.actor).scenery)
        stays = not figure.speed and figure.depth >= 1 and figure.grounded and role != own
        slow = 0 < abs(lead.speed) < _SLOW * self._width and lead.grounded
        return slow and stays and alive and alone and not bound

    def _bound(self, role: Role, other: Role) -> bool:
        """Whether a deed is about both."""
        both = {role.actor, other.actor}
        return any(both <= {deed.who, deed.what, deed.whom} for deed in self._scene.deeds)

    def _standing(self, role: Role, roles: list[Role]) -> Role:
        """Let a crowd stand whom others go before, and who goes before them is on the way.

        So do those whom a thing rolls past, and what flies if others stand about it: a rocket.
        """
        crowds = [one.actor for one in roles if one.count > FEW]
        if role.relation == "before" and role.to in crowds and self._goes(role):
            return replace(role, relation="", to="")
        by = [one for one in roles if one.to == role.actor]
        stands = role.action == "fly" and not role.relation
        stands &= any(one.relation in _ABOUT and one.action == "stand" for one in by)
        for one in by if not role.acts else ():
            stands |= one.relation == "past" and library.has(one.actor)
            stands |= one.relation == "before" and role.actor in crowds
        actions = self._actors[role.actor].actions
        return replace(role, action=fitting("stand", actions)) if stands else role

    def _gathered(self, role: Role, lead: Role) -> Role:
        """Let a crowd stand around a lead that stays."""
        moves = any(self._goes(one) for one in (role, lead))
        if role is lead or moves or role.count <= FEW or role.relation:
            return role
        alone = self.where(role) == self.where(lead) == "ground" and not library.has(role.actor)
        return replace(role, relation="around", to=lead.actor) if alone else role

    def _goes(self, role: Role) -> bool:
        return not role.stays and bool(self._actors[role.actor].speed(role.action))

    def _group(self, role: Role) -> list[Figure]:
        """The lead, as many times as the prompt says."""
        actor = self._actors[role.actor]
        box = box_of(actor, role.action)
        where = self.where(role)
        scenery = library.facts(role.actor).scenery
        high, across = self.room(scenery, isinstance(actor, Prop))
        if is_puppet(role.actor):
            high *= PUPPET * (1.5 if where == "water" and role.action == "swim" else 1.0)
            across = max(across, 0.86 * self._width if not self._wide else across)
        high *= 1.3 if role.action == "jump" else 1.0
        high *= 1.6 if isinstance(actor, Prop) and actor.size[1] > _TOWERING else 1.0
        offsets = formation(role, where, box, wide=self._wide)
        if role.count > 1:
            across = max(across, (0.86 if role.count > FEW else 0.8) * self._width)
        spread, rise = extent(offsets, where)
        scale = min(
            high * (1 if role.count == 1 else 1.25) / (box.room(role.action) * rise),
            across / (box.width * spread),
        )
        least, most = (0.66, 1.6) if where == "ground" and not self._wide else (0.3, 1.15)
        scale = max(scale, min(high * least / box.height, across * most / (box.width * spread)))
        at = self.middle(role, box.width * spread * scale), self.row(where, box, scale)
        return self.group(role, box, where, scale, at, offsets)

    def _come_closer(self, group: list[Figure], others: list[Role]) -> None:
        """Choose how long a metre is for the lead's `group`, which is resized, and its plane.

        Who is seen with something much larger stays large enough to be seen.
        """
        lead, others = group[0], [role for role in others if self._in_plane(role, group[0])]
        if lead.role.count > FEW or is_puppet(lead.role.actor) or not others:
            return
        own, metre = sizes.metres(lead), lead.metre
        long = max(own, _LONG * lead.actor.height * lead.box.width)
        least, most = (share * self._height / long for share in _SEEN)
        for role in others:
            high, wide = self._metres(role, lead)
            if not library.facts(role.actor).scenery:
                broadest = (_BROADEST if role.count > 1 else _BROAD) * self._width
                most = min(most, sizes.LARGEST * self._height / high, broadest / wide)
            elif high < sizes.HUGE:
                # What is too large for the frame stands a little farther away.
                most = min(most, max(_SCENERY / high, _BEFORE / own) * self._height)
            if high < own:
                metre = max(metre, _SMALLEST * self._height / high)
        factor = max(least, min(metre, most)) / lead.metre
        for figure in group if len(group) == 1 or factor < 1 else ():
            sizes.resize(figure, factor)

    def _in_plane(self, role: Role, lead: Figure) -> bool:
        """Whether one is seen in the lead's plane."""
        near = self.where(role) == lead_where(lead) and not is_puppet(role.actor)
        passed = lead.speed and lead.role.to != role.actor
        return near and not (library.facts(role.actor).scenery and (passed or role.count > FEW))

    def _metres(self, role: Role, lead: Figure) -> tuple[float, float]:
        """How many metres high one of a group is, and how wide it is in the lead's plane."""
        actor = self._actors[role.actor]
        box = box_of(actor, role.action)
        marks = formation(role, lead_where(lead), box, wide=self._wide)
        whole = role.count <= FEW or role.actor == lead.role.to  # a dog's flock, no crowd
        wide = actor.height * box.width * (extent(marks, "")[0] if whole else 1.0)
        high = actor.height * box.height
        if self._dealt_with(role, lead):  # a lighthouse that one climbs is no distant one
            high = min(high, 0.99 * sizes.HUGE)
        return high, wide

    def _companions(self, role: Role, lead: Figure, order: int) -> list[Figure]:
        """Another role's members, sized and placed with respect to the lead."""
        if role.actor == "kite" and lead.grounded:
            return [self._kite(role, lead)]
        actor = self._actors[role.actor]
        box = box_of(actor, role.action)
        where = self.where(role)
        if library.facts(role.actor).scenery and where != "water" and not self._floating:
            return [self.prop(role, box, lead, k) for k in range(role.count)]
        together = where == lead_where(lead) and not is_puppet(role.actor)
        scale = self._high(role, box, where, lead) / box.height
        low = actor.height < LOW * lead.actor.height
        queue = role.count > 1 and library.facts(role.actor).crewed
        lines_up = lead.speed and together and (low or queue)
        offsets = formation(role, where, box, wide=self._wide)
        offsets = [(0.0, 0.0)] * role.count if lines_up else offsets
        wide = box.width * extent(offsets, where)[0]
        room = self._width * (_BROADEST if together else 0.5) / wide
        scale = scale if role.relation == "around" else min(scale, room)
        at = self._beside(role, where, box, scale, wide * scale / 2, lead, order)
        if where == lead_where(lead) and not lead.speed:
            role = stand_by(role, actor, lead, at[0])
        figures = self.group(role, box, where, scale, at, offsets)
        if lines_up:
            line_up(figures, [lead], self._width, ahead=False)
        return figures

    def _kite(self, role: Role, lead: Figure) -> Figure:
        """A kite ahead of the figure on the ground that holds the end of its line in the hand."""
        use(lead, "catch")
        right, up = lead.offset(*lead.hand(0.0)[:2])
        room = self._width - lead.x if lead.facing > 0 else lead.x
        scale = min(0.22 * self._height, 0.4 * room)
        x = lead.x + right + lead.facing * _LINE[0] * scale
        row = self._stage - up - _LINE[1] * scale
        role, actor = replace(role, leftward=lead.facing > 0, count=1), self._actors[role.actor]
        kite = Figure(role, actor, 0, scale, x, row, box_of(actor, role.action), grounded=False)
        kite.speed, kite.holder, kite.grip = lead.speed, lead, (_LINE[0], -_LINE[1])
        return kite

    def _high(self, role: Role, box: Box, where: str, lead: Figure) -> float:
        """How many pixels high a companion is: less than it truly would be where that is much."""
        actor, height = self._actors[role.actor], self._height
        if is_puppet(role.actor) and is_puppet(lead.role.actor):
            return lead.pixels_high
        if where == lead_where(lead) and not is_puppet(lead.role.actor):
            return sizes.beside(lead, actor.height * box.height, self._scene.size)
        ratio = math.pow(actor.height / max(0.05, lead.actor.height), 0.55)
        high = lead.scale * min(1.0, lead.box.height) * min(2.4, max(0.34, ratio))
        high = min(high * min(1.0, box.height), height * (0.42 if self._wide else 0.34))
        if where == "sky" and not self._floating:
            return min(high, height * 0.15)
        return max(high, _LEAST * height) if where == "ground" and actor.height > 0.8 else high

    def _beside(
        self, role: Role, where: str, box: Box, scale: float, half: float, lead: Figure, order: int
    ) -> tuple[float, float]:
        """The column and the row of the mark of companions, who are twice `half` wide."""
        behind = lead.grounded and where == "ground" and order % 2 == bool(lead.speed)
        side = -1 if behind and lead.middle * lead.facing > half * 1.7 * lead.facing else 1
        middle = self._width * (0.66 if lead.facing > 0 else 0.34)
        if where == lead_where(lead):
            middle = lead.middle + lead.facing * side * (half + lead.pixels_wide / 2) * 1.04
        middle = min(max(middle, half * 0.6), self._width - half * 0.6)
        row = self.row(where, box, scale)
        if where == "sky" and not self._floating:
            row = self._height * (0.2 + 0.05 * (order % 2)) + box.middle[1] * scale
        elif where == "sky" and not (role.relation or self._bound(role, lead.role)):
            row += self._height * _HIGHER[order % 2]  # all over the height of the water
        return middle, row

    def _keeps_company(self, role: Role) -> bool:
        """Whether two people stay and do something that has to do with nobody and nothing else."""
        if role.count != 2 or role.relation or not library.facts(role.actor).person:
            return False
        cast = self._scene.cast
        held = {r.actor for r in cast if r.to == role.actor and r.relation in ("with", "carry")}
        deeds = [deed for deed in self._scene.deeds if role.actor == deed.who]
        parties = {name for deed in deeds for name in (deed.what, deed.whom)}
        pace = self._actors[role.actor].speed
        goes = any(on and pace(act) for _, act, on in role.acts) or self._goes(role)
        return not goes and parties <= {"", *held}

    def _face_each_other(self, pair: list[Figure]) -> None:
        """Turn two to each other, with room for their arms between them."""
        middle, room = middle_of(*pair), _COMPANY * pair[0].pixels_high
        for figure, side in zip(sorted(pair, key=middle_of), (-1, 1), strict=True):
            figure.face(leftward=side > 0)
            figure.middle = middle + side * room / 2

    def _follows(self, lead: Figure) -> bool:
        """Whether the camera goes with the lead."""
        goes = any(lead.actor.speed(action) for _, action, goes in lead.role.acts if goes)
        moves = self._scene.move not in ("static", "pan") and not self._stays
        return moves and (bool(lead.speed) or goes)

    def _stage_of(self, lead: Figure) -> sizes.Stage:
        return sizes.Stage(
            width=self._width,
            height=self._height,
            ground=self._stage if self._grounded else None,
            water=self.row("water", lead.box, lead.scale) if self._water else None,
            sky=0.3 * self._height,
            facing=lead.facing,
            close=self._scene.close,
        )

    def _travel(self, lead: Figure) -> Travel | None:
        if self._stays and self._scene.move == "track":
            return lambda t: 0.04 * self._width * sway(t, _SLIDE_PERIOD) * lead.facing
        if self._scene.pan and (lead.speed > 0) == (self._scene.pan == "right"):
            return lead.way  # or the camera would not get ahead of it
        if not self._follows(lead):
            return None
        reach = self._width * (0.1 if self._wide else 0.07) * lead.facing
        return lambda t: lead.way(t) - reach * sway(t, _SLIDE_PERIOD)


def formation(role: Role, where: str, box: Box, *, wide: bool) -> list[tuple[float, float]]:
    """Marks of a group's members in boxes: forward and up (or away from the camera).

    Those who are long have their heads at one end, which nobody nearer may hide, but for vehicles.
    Geese and the like fly in a wedge, however many. Posts stand apart.
    """
    count, long = role.count, box.long
    if count == 1:
        return [(0.0, 0.0)]
    geese = role.action == "fly" and library.facts(role.actor).flock == "wedge"
    if where == "sky" and count > FEW and geese:
        return _wedge(count, 1.0 if wide else 0.6, 0.3)
    if where == "sky" and count <= FEW:
        return _wedge(count, 0.7, 0.5 if wide else 0.6)
    ranks: tuple[float, ...]
    if count > FEW:
        gap, ranks = (0.6, (0.0, 2.2, 1.1)) if long else (0.66, (0.0, 1.6, 0.8))
    elif where == "ground" and library.facts(role.actor).crewed:
        gap, ranks = 0.66, (0.0, 1.3)  # cars may hide half of those beyond them
    elif count >= (4 if wide else 3):
        gap, ranks = (0.84, (0.0, 1.3)) if long else (0.78, (0.0, 0.5))
    else:
        gap, ranks = (1.06 if long or wide else 0.86), (0.0,)
    if library.has(role.actor):
        gap = max(gap, 0.84, _APART * box.height / box.width)
    start, low = (count - 1) / 2, max(ranks) / 2 if where == "sky" else 0.0
    return [((k - start) * gap, ranks[k % len(ranks)] - low) for k in range(count)]


def extent(marks: list[tuple[float, float]], where: str) -> tuple[float, float]:
    """How wide and how high a formation is on a part of the stage, in boxes."""
    wide, high = (max(each) - min(each) for each in zip(*marks, strict=True))
    return 1 + wide, 1 + high * (1.0 if where == "sky" else RISE)


def _wedge(count: int, back: float, aside: float) -> list[tuple[float, float]]:
    """Marks behind the first, by turns on one side of it and on the other."""
    steps = [(k + 1) // 2 for k in range(count)]
    middle = back * sum(steps) / count
    return [
        (middle - back * step, (1 if k % 2 else -1) * aside * step) for k, step in enumerate(steps)
    ]
