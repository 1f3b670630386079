"""Turns: who does several things in turn has the arms, and the tools, for each."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from shadowplay.acting.handling import use
from shadowplay.art import library
from shadowplay.art.actors import Actor, Guise
from shadowplay.deeds import NEVER, VERBS, Cloud, Party, Track, begins
from shadowplay.scene import Deed
from shadowplay.sprites.changes import Change
from shadowplay.sprites.marks import Figure
from shadowplay.words.timing import LEAVING

_FREE = Guise(arms="free")

_READY, _FADES = 0.4, 0.15
"""Seconds before a deed at which the arms are free for it, and half of those in which a tool
comes or goes."""


class Turns:
    """The deeds of those who do several, and what they have in the hand for each."""

    def __init__(self, deeds: Sequence[Deed], figures: Sequence[Figure]) -> None:
        """Find out who has its hands at more than one thing, and let tools come and go."""
        self._deeds = deeds
        self._figures: dict[str, list[Figure]] = {}
        self._busy: dict[str, list[Deed]] = {}
        self._plain: dict[int, Actor] = {}
        self._held: list[Figure] = []
        for name in {deed.who for deed in deeds if deed.who}:
            group = [figure for figure in figures if figure.role.actor == name]
            held = [one for one in figures if any(one.holder is figure for figure in group)]
            busy = [one for one in deeds if one.who == name and (_arms(one) or _tools(one, held))]
            stiff = any(figure.is_thing for figure in group)
            if stiff or not any(map(_since, busy)):
                continue
            self._figures[name], self._busy[name] = group, busy
            self._plain |= {id(figure): figure.actor.guised(_FREE) for figure in group}
            self._held += held
            for tool in held:
                self._come_and_go(tool, busy)

    def _until(self, deed: Deed) -> float:
        """When a doer of a deed begins the next one, or gets up."""
        later = [_since(one) for one in self._busy.get(deed.who, ()) if one.start > deed.start]
        gets_up = (
            one.start - LEAVING
            for one in self._deeds
            if (one.who, one.verb) == (deed.who, "leave_seat") and one.start - LEAVING > deed.start
        )
        return min(later or gets_up, default=NEVER)

    def _come_and_go(self, tool: Figure, busy: Sequence[Deed]) -> None:
        """Show a thing in the hand while that does something with it."""
        uses = [deed for deed in busy if _tools(deed, [tool])]
        if not uses:
            return
        since, until = _since(uses[0]), self._until(uses[-1])
        if not tool.role.lent and uses[0].start == min(one.start for one in busy):
            since = 0.0  # a knight with a sword has it before he fights
        for edge, levels in ((since, (0.0, 1.0)), (until, (1.0, 0.0))):
            if 0 < edge < NEVER:
                keys = zip((edge - _FADES, edge + _FADES), levels, strict=True)
                tool.changes.append(Change(Party({"seen": Track(tuple(keys))})))

    def _doers(self, deed: Deed) -> list[Figure]:
        """Those who do a deed for which they have to free their arms."""
        busy = deed in self._busy.get(deed.who, ())
        return self._figures[deed.who] if busy else []

    def begin(self, deed: Deed) -> None:
        """Free the arms of a deed's doers for it."""
        for figure in self._doers(deed):
            since, looks, plain = _since(deed), figure.looks, self._plain[id(figure)]
            if looks and looks[-1][0] == since:
                continue  # it does both at a time
            if looks:
                looks[-1] = (looks[-1][0], figure.actor)
            elif since:
                looks.append((0.0, plain))
            figure.actor, figure.work = plain, (0.0, 0.0)
            looks.append((since, plain))
            for tool in _tools(deed, [one for one in self._held if one.holder is figure]):
                use(figure, tool.actor.arms or "hold")

    def end(self) -> None:
        """Keep what the arms do last."""
        for figure in (one for group in self._figures.values() for one in group if one.looks):
            figure.looks[-1] = (figure.looks[-1][0], figure.actor)

    def delay(self, deed: Deed) -> None:
        """Let a later deed change its doers no earlier than they are at it."""
        for figure in self._doers(deed) if _since(deed) else ():
            for change in figure.changes[-1:]:
                change.since = _since(deed) if change.start == deed.start else change.since

    def within(self, deed: Deed, cloud: Cloud) -> Cloud:
        """A cloud of a deed, no earlier or later than its doer is at that."""
        first = _since(deed) - deed.start if self._doers(deed) else -NEVER
        last = self._until(deed) - deed.start
        return structs.replace(cloud, start=max(cloud.start, first), end=min(cloud.end, last))


def _since(deed: Deed) -> float:
    """From when on a doer is at a deed, in seconds on the scene's clock."""
    return deed.start - _READY if deed.start > begins(0, 1) else 0.0


def _arms(deed: Deed) -> str:
    """The table of arms that a deed has for its doer."""
    parties = VERBS[deed.verb].parties
    return parties["who"].arms if "who" in parties else ""


def in_order(deeds: Sequence[Deed]) -> list[Deed]:
    """Deeds; last those for which all others have their places: one gets up, or goes round."""
    return sorted(deeds, key=lambda deed: (VERBS[deed.verb].side, deed.verb == "leave_seat"))


def _tools(deed: Deed, held: Sequence[Figure]) -> list[Figure]:
    """Those of the things in a doer's hand that it needs for a deed."""
    verb = VERBS[deed.verb]
    names = {deed.what, deed.whom, verb.uses, verb.passes, library.facts(deed.what).poured} - {""}
    return [x for x in held if {x.role.actor, library.first(x.role.actor)} & names]
