"""Framing: parties stand beside one another, and all of them stay in the frame."""

from __future__ import annotations

from collections.abc import Container, Sequence

from shadowplay.acting.handling import ends_of
from shadowplay.acting.sizes import Stage, metres
from shadowplay.art.cast import lives
from shadowplay.names import is_puppet
from shadowplay.scene import SIDES
from shadowplay.shot import Size
from shadowplay.sprites.marks import Figure, lead_of

_EDGE = 0.04  # the part of the frame's width that is free at its sides
_DRIFT = 0.07  # the part of it that the camera goes by itself
_OVER = 0.06  # how much of the smaller one may be before or behind another party, in its widths
_NEARER = 0.002  # how much later those are drawn who are smaller
_FULL = 0.98  # how wide all are at most, as a share of what is free
_LEAST = 0.36  # how much smaller they may become for that
_TALL = 0.64  # how high all may become, as a share of the frame's height
_LONG = 0.58  # how wide one alone may become, as a share of the frame's width
_GROWTH = 1.6  # how much larger they become at most
_SMALL = 1.0  # metres up to which one becomes no larger, or would be a giant in a street
_LOWER = 0.08  # how much lower those stand who become twice as large, in the frame's heights
_HOUSE = 2.1  # how many times as high as those before it a house or a tree stays at most
_TRUE = 0.9  # how much of how many times as high as they it truly is it stays, if that is less
_BEFORE = 0.72  # how much smaller than they could be those before it become for that at most
_READ = 0.3  # how high they stay for all that, in shares of the frame's shorter side
_MIDDLE = (0.42, 0.58)  # where the middle of several is, in shares of the frame's width
_ALONE = (0.3, 0.7)  # where one alone is, likewise
_WHILE = 4.0  # seconds for which one is to stay in the frame that goes while the lead stays
_HASTE = 2.2  # how many times as fast as by itself one goes with another
_CROSSING = 3.0  # seconds that the lead takes through a frame that does not go with it
_LEAVING = 8.0  # likewise if it does not return
_ZOOM = 1.22  # how much larger the picture becomes by the camera's own push
_ROW = 1.25  # widths of the frame after which a row of those who stand at the way comes again
_COVERS = 0.5  # how large one is that passes before the lead, as a share of it
_ASIDE = 0.025  # how far before or behind the lead that is, in the frame's heights

APART = frozenset({"", "beside", "opposite", "toward", "away", "over", "past", *SIDES})
"""Relations of those who do not touch."""

_FREE = APART | {"at", "before", "behind"}
"""Relations to what is farther away that hold for those who become larger."""


def pace(figures: list[Figure], lead: Figure, width: int, *, follows: bool, stays: bool) -> None:
    """Make those who go together go at one pace, and let the others pass by.

    `stays` slows the lead so that a camera that stays sees it for a while.
    """
    slowest = min((abs(f.speed) for f in figures if f.speed and f.depth >= 1), default=0.0)
    leaves = lead.role.relation == "away" or not lead.role.to
    crossed = width / (_LEAVING if leaves else _CROSSING)
    most = min(_HASTE * slowest, crossed) if stays else _HASTE * slowest
    share = most / abs(lead.speed) if lead.speed else 1.0
    share = min(1.0, max(share, 1 / _HASTE if lead.grounded else 0.0))
    wanted = share * lead.speed
    for figure in figures:
        if figure.role.actor == lead.role.to and lead.role.relation == "beside" and not lead.speed:
            figure.speed = 0.0
        if figure.role == lead.role:
            figure.speed = wanted
        elif figure.speed and wanted:
            figure.speed = abs(wanted) * figure.facing
        if not follows or figure.speed != wanted:
            room = figure.reach if stays else figure.pixels_wide
            figure.span = width + 2 * room + (2 if leaves else 0.05) * width
        if figure.depth < 1 or (not figure.speed and follows):
            figure.span = max(figure.span, width * 1.9)
        if follows and not figure.speed and _looks_on(figure):
            figure.span = max(_ROW * width, width + 2.1 * figure.reach)
            figure.x = figure.span * (figure.variant + 0.5) / figure.role.count - figure.reach


def _looks_on(figure: Figure) -> bool:
    """Whether it is one of several who stand at the way of those who go."""
    several = figure.role.count > 1 and figure.depth >= 1
    return several and not (figure.is_thing or figure.role.relation or figure.holder)


def frame(
    figures: list[Figure], lead: Figure, stage: Stage, *, follows: bool, comes: float, far: bool
) -> None:
    """Part those who would hide one another, and bring all that go with the lead into the frame.

    Args:
        figures: the whole cast on its marks; those near the camera are moved.
        lead: whom the camera follows, if it does.
        stage: the room there is.
        follows: whether it does.
        comes: how far the lead comes until it is on its mark, as a share of the frame's width.
        far: they are wanted small.
    """
    near = [f for f in figures if f.depth >= 1 and not (f.is_thing and f.pixels_wide > stage.width)]
    together = [f for f in near if f.speed == lead.speed]
    _pass(parties_of(near), lead, stage.height)
    if lead not in together or (lead.speed and not follows):
        return
    parties = parties_of(together)
    _change_sides(parties, figures)
    _part(parties, stage)
    ahead, behind = (_DRIFT, 0.0) if follows else (0.0, max(_DRIFT, comes))
    before, after = (ahead, behind) if lead.facing < 0 else (behind, ahead)
    least, most = stage.width * (_EDGE + before), stage.width * (1 - _EDGE - after)
    left, right = ends_of(together)
    share = max(_LEAST, _FULL * (most - least) / (right - left))
    if share > 1:
        share = 1.0 if far else _growth(figures, together, share, stage)
    low = _LOWER * stage.height
    lower = max(0.0, min((share - 1) * low, low - max(figure.sink for figure in figures)))
    for figure in figures:
        if figure.depth >= 1:  # a metre stays as long for all
            own = (left + right) / 2 if figure in together else figure.middle
            _scale([figure], share, own)
            figure.span *= max(1.0, share)
            figure.sink += lower
    middle, half = (left + right) / 2, share * (right - left) / 2
    first, last = _MIDDLE if len(together) > 1 else _ALONE
    wanted = min(max(middle, first * stage.width), last * stage.width)
    fits = 2 * half < most - least
    wanted = min(max(wanted, least + half), most - half) if fits else stage.width / 2
    for figure in together:
        figure.x += wanted - middle
    if not follows:
        _let_pass([f for f in near if f.speed and f.role.count == 1], lead, least, most)


def _growth(figures: list[Figure], together: list[Figure], most: float, stage: Stage) -> float:
    """How many times as large those who are framed may be who are to fill it, `most` at most."""
    near = [figure for figure in figures if figure.depth >= 1]
    names = {figure.role.actor for figure in near}
    outside = {f.role.relation for f in near if f.role.to and f.role.to not in names}
    # Who may fly up keeps room above.
    free = all((f.grounded or f.holder) and "fly" not in f.actor.actions for f in near)
    lone = all(figure.is_thing for figure in together)
    small = max(map(metres, near), default=0.0) < _SMALL
    if lone or small or not (free and outside <= _FREE):
        return 1.0
    top, low = _rows(near, stage)
    left, right = ends_of(together)
    if len(together) == 1 and stage.width > stage.height:
        most = min(most, _LONG * stage.width / (right - left))
    share = max(1.0, min(most, _GROWTH, _TALL * stage.height / (low - top)))
    people = [figure for figure in near if not figure.is_thing] or near
    tall = max(people, key=lambda figure: figure.pixels_high)
    least = max(_BEFORE, min(1.0, _READ * min(stage.width, stage.height) / tall.pixels_high))
    for house in (figure for figure in figures if 0.5 <= figure.depth < 1):
        ratio = min(_HOUSE, _TRUE * metres(house) / metres(tall))
        share = min(share, max(least, house.pixels_high / (ratio * tall.pixels_high)))
    return share


def fit(cast: list[Figure], who: list[Figure], other: list[Figure], width: int) -> None:
    """Bring two who stay and live, with what they hold, into the frame, smaller if need be."""
    both = [*who, *other]
    figures = [*both, *(f for f in cast if any(f.holder is one for one in both))]
    bound = any(f.speed or f.climb or f.depth < 1 or f.role.to or f.is_thing for f in both)
    if who and other and not bound:
        narrow(figures, ends_of(figures), width, _EDGE + _DRIFT)


def narrow(
    figures: list[Figure], ends: tuple[float, float], width: int, edge: float = _EDGE
) -> None:
    """Bring figures, with all that deeds do to them, into the frame, smaller if need be."""
    left, right = ends
    share, middle = min(1.0, (1 - 2 * edge) * width / (right - left)), (left + right) / 2
    half = share * (right - left) / 2 + edge * width
    _scale(figures, share, middle)
    for figure in figures:
        figure.x += min(max(middle, half), width - half) - middle
        figure.work = (share * figure.work[0], share * figure.work[1])
        for change in figure.changes:
            change.units |= {k: (share * x, share * up) for k, (x, up) in change.units.items()}


def _pass(parties: list[list[Figure]], lead: Figure, height: int) -> None:
    """Let what passes the lead, or is passed, be behind it; one small one is before it."""
    own = next((party for party in parties if lead in party), [lead])
    size = lead.pixels_wide * lead.pixels_high
    for party in parties if lead.grounded else ():
        if party is own or not any(f.grounded and f.speed != lead.speed for f in party):
            continue
        large = max(f.pixels_wide * f.pixels_high for f in party) > _COVERS * size
        alive = any(is_puppet(f.role.actor) or lives(f.role.actor) for f in party)
        behind = large or not alive or any(map(_looks_on, party))
        orders = [f.order for f in party]
        nearest, farthest = max(f.order for f in own), min(f.order for f in own)
        way = min(0.0, farthest - 0.1 - max(orders)) if behind else nearest + 0.1 - min(orders)
        for figure in party:
            figure.order += way
            figure.sink = max(0.0, figure.sink + (-_ASIDE if behind else _ASIDE) * height)


def _let_pass(figures: list[Figure], lead: Figure, least: float, most: float) -> None:
    """Start those who go while the lead stays where they stay longest in the frame."""
    left, right = ends_of([lead])
    for figure in figures:
        if lead.grounded and figure.in_air:
            continue
        wide = figure.pixels_wide
        need = wide + abs(figure.speed) * _WHILE
        goes_right = figure.speed > 0
        # It goes away from the lead, or comes up to it, or passes it.
        if need < (most - right if goes_right else left - least):
            at = right if goes_right else left - wide
        else:
            at = least if goes_right else most - wide
        figure.middle = at + wide / 2


def focus(figures: list[Figure], size: Size, ground: float) -> tuple[float, float]:
    """The point that a push goes to: near the lead, with its whole party in the frame."""
    if not figures:
        return size.width * 0.5, size.height * 0.55
    role = lead_of([figure.role for figure in figures])
    lead = next(figure for figure in figures if figure.role == role)
    near = [f for f in figures if f.depth >= 1 and f.speed == lead.speed]
    left, right = ends_of([lead, *near])
    spare = _ZOOM - 1
    low, high = (right * _ZOOM - size.width) / spare, left * _ZOOM / spare
    column = 0.5 * lead.middle + 0.25 * size.width
    column = min(max(column, low), high) if low < high else (left + right) / 2
    row = (ground if lead.grounded else lead.row) - lead.lift - lead.box.middle[1] * lead.scale
    return column, 0.7 * row + 0.15 * size.height


def parties_of(
    figures: list[Figure], ties: Sequence[tuple[str, ...]] = (), apart: Container[str] = APART
) -> list[list[Figure]]:
    """Those who touch one another, or are named in one of the `ties`, together."""
    bound = {figure.role.actor: figure.role.actor for figure in figures}

    def party(name: str) -> str:
        return name if bound[name] == name else party(bound[name])

    pairs = [(f.role.actor, f.holder.role.actor if f.holder else
              "" if f.role.relation in apart else f.role.to) for f in figures]  # fmt: skip
    for name, *others in (*pairs, *ties):
        for other in others:
            if {name, other} <= bound.keys():
                bound[party(name)] = party(other)
    names = dict.fromkeys(party(figure.role.actor) for figure in figures)
    return [[f for f in figures if party(f.role.actor) == name] for name in names]


def _change_sides(parties: list[list[Figure]], figures: list[Figure]) -> None:
    """Let those change places of whom one is to be left or right of the other and is not."""
    for party in parties:
        for role in (figure.role for figure in party if figure.role.relation in SIDES):
            others = [figure for figure in figures if figure.role.actor == role.to]
            other = next((one for one in parties if others[0] in one), others)
            way = sum(ends_of(other)) / 2 - sum(ends_of(party)) / 2
            if way * SIDES[role.relation] > 0:
                for figure in (*party, *other):
                    figure.x += way if figure in party else -way
                return


def _part(parties: list[list[Figure]], stage: Stage) -> None:
    """Move parties apart from left to right, in the order in which they stand."""
    parties.sort(key=lambda party: _rows(party, stage)[0])
    for k, party in enumerate(parties):
        for figure in party:
            figure.order += _NEARER * k
    parties.sort(key=lambda party: sum(ends_of(party)))
    for k, party in enumerate(parties):
        for other in parties[:k]:
            top, low = _rows(party, stage)
            over, under = _rows(other, stage)
            left, right = ends_of(party)
            start, end = ends_of(other)
            excess = end - left - _OVER * min(right - left, end - start)
            if excess > 0 and top < under and over < low:
                for figure in party:
                    figure.x += excess


def _rows(figures: list[Figure], stage: Stage) -> tuple[float, float]:
    """The first and the last row of figures."""
    lines = [
        (f, ((stage.ground or f.row) + f.sink if f.grounded else f.row) - f.lift) for f in figures
    ]
    return (
        min(line - f.box.top * f.scale for f, line in lines),
        max(line - f.box.bottom * f.scale for f, line in lines),
    )


def _scale(figures: list[Figure], share: float, middle: float) -> None:
    """Make figures smaller or larger about a column and their ground."""
    for figure in figures:
        figure.x = middle + (figure.x - middle) * share
        figure.scale *= share
        figure.speed *= share
        figure.lift *= share
        figure.climb *= share
        figure.peak *= share
