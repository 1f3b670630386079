"""Staging: from what a prompt says to a whole scene; the seed fills what is left open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from shadowplay.art import library
from shadowplay.art.cast import ACTORS, CAST
from shadowplay.art.upright import beast_of
from shadowplay.colour import rgb
from shadowplay.deeds import VERBS
from shadowplay.dice import dice
from shadowplay.names import actor_name, is_puppet
from shadowplay.scene import CLIMBING, SIDES, Falling, Mood, Move, Role, Scene
from shadowplay.shot import Size, Step
from shadowplay.words import timing, weather
from shadowplay.words.casting import roles_of
from shadowplay.words.defaults import DEFAULTS
from shadowplay.words.lexicon import SAID_OF
from shadowplay.words.named import Named, Reading, changed, leave_out
from shadowplay.words.places import drives, setting_of
from shadowplay.words.reading import read
from shadowplay.words.seating import settle_down

_IDLE = frozenset({"stand", "glow"})  # actions of what does not act, such as a house
_ROLES = 6
_TURNS = 1.0  # seconds after which what a prompt says that turns begins to do so
_CROWD = 9  # so many people are a crowd
_WET: dict[str, float] = {"rain": 0.5, "hail": 0.3}  # how wet the ground is
_AS_SAID: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("pan", "angle", "paint", "wonder"), str),
    **dict.fromkeys(("waves", "amount", "wet"), float),
    **dict.fromkeys(("accent", "earth"), rgb),
    "moons": int,
}
"""What of a scene is as the prompt says it."""

_USES = CLIMBING | SIDES.keys() | {"in", "through", "on", "push", "pull"}


def unfold(
    script: Sequence[Step], seed: int, size: Size, without: str = "", names: Sequence[str] = ()
) -> list[tuple[float, Scene]]:
    """The scenes of a script, each with the moment from which it shows.

    An edit changes all that was there before it, an extension begins a scene of its own that goes
    on from the last. `names` are those of the shot's characters; one without a name stands in for
    the first figure that the prompt names and that can act, or appears beside those.
    """
    parts: list[tuple[float, Reading]] = []
    nameless = [actor_name(k) for k, name in enumerate(names) if not name]
    taken: dict[str, str] = {}
    for step in script:
        said, later = (
            _reading(step.prompt, without, names, after=after) for after in (False, True)
        )
        for one in (said, later):
            _stand_in(one, nameless, taken, first=not parts)
        if step.task == "edit":
            parts = [(start, changed(reading, later)) for start, reading in parts]
            continue
        last = parts[-1:] if step.task == "extend" else []
        parts = parts if last else []
        states = [said] if later == said else [said, later]
        later.said["lies"] = "at once"  # the snow of a meadow that turns to winter
        for turns, one in enumerate(states):
            if last:
                one.begin(step.start)
            start = (step.start if last else 0.0) + turns * _TURNS
            parts.append((start, changed(last[0][1], one) if last else one))
    first = script[0].prompt
    scenes: list[tuple[float, Scene]] = []
    for start, reading in parts:
        scene = _compose(first, reading, seed, size)
        if scenes and "lies" not in reading.said:
            scene = replace(scene, lies=scenes[-1][1].snowed)
        scenes.append((start, scene))
    return scenes


def _reading(prompt: str, without: str, names: Sequence[str] = (), *, after: bool) -> Reading:
    """What a prompt says, before or `after` what turns, less what its negative prompt names."""
    reading = read(prompt, names, after=after)
    if event := reading.said.pop("event", ""):
        reading.take_part(read(event))
    if without:
        banned = read(without, names)
        reading.removed |= {*banned.said.values(), *(role.actor for role in banned.roles)}
        reading.said = {
            kind: value for kind, value in reading.said.items() if value not in reading.removed
        }
    return reading


def _stand_in(
    reading: Reading, nameless: Sequence[str], taken: dict[str, str], *, first: bool
) -> None:
    """Let characters without a name take the places of figures, as in a script's `first` step."""
    free = [name for name in nameless if name not in taken.values()] if first else []
    for role in reading.roles:
        name = beast_of(role.actor)  # as on two legs, so on four
        if name in taken:
            role.actor, role.colour = taken[name], ""
        elif free and name in ACTORS and set(ACTORS[name].actions) - _IDLE:
            taken[name] = free[0]
            reading.rename(role.actor, free[0])
            role.actor, role.colour = free.pop(0), ""
    reading.roles += [Named(name) for name in free]


def names_light(prompt: str, names: Sequence[str] = ()) -> bool:
    """Whether a prompt says anything of the hour or of fog."""
    return not {"time", "fog"}.isdisjoint(read(prompt, names).said)


def _compose(prompt: str, reading: Reading, seed: int, size: Size) -> Scene:
    said = reading.said
    cast_names = _figures(reading)
    aircraft = [one for one in cast_names if drives(one) and one.home == "air"]
    grounded = any(one.action == "stand" for one in aircraft)  # a parked plane
    grounded |= any(deed.verb in ("land", "take_off") for deed in reading.deeds)
    setting = setting_of(reading, cast_names, seed, grounded=grounded)
    _suit_the_place(reading, cast_names, setting)
    panes = ("window_frame", "windowpane")[: len(cast_names)]  # rain on a pane is a picture of it
    _leave_to_the_wall(reading, cast_names, (*library.place(setting).shows, *panes))
    landmark = library.place(setting).landmark
    if landmark and landmark not in {named.actor for named in cast_names} | reading.removed:
        cast_names.append(Named(landmark))
    if library.place(setting).floor:
        settle_down(cast_names, library.place(setting).seat)
        _lay_the_table(cast_names, reading.removed)
    if library.place(setting).floor or setting in DEFAULTS.upright:
        said |= {"angle": "high"} if said.get("angle") == "aerial" else {}
    _wade(reading, cast_names)
    _free_hands(reading, cast_names)
    _arm_both(reading, cast_names)
    mood = cast(Mood, said.get("mood") or "calm")
    usual = [DEFAULTS.deed_hours.get(deed.verb, ()) for deed in reading.deeds]
    usual += [named.facts.hour for named in cast_names]
    hours = next(filter(None, usual), library.place(setting).hour)
    time = weather.time_of(said, hours, mood, seed, reading.removed)
    falling = weather.falling_of(said, setting)
    sky = weather.sky_of(said, falling, mood, seed)
    _change_with_the_season(reading, cast_names, falling)
    _wrap_up(cast_names, setting, falling)
    way = said.get("side") or said.get("pan")  # a camera that pans keeps who walks in the frame
    left = way == "left" if way else bool(dice(seed, "side").random() < 0.3)
    roles = roles_of(cast_names, reading.action, setting, left)
    deeds = timing.deeds_of(reading.deeds, cast_names, roles, under=setting == "underwater")
    roles = timing.resting(timing.acted(roles, cast_names, deeds), cast_names)
    roles = timing.manned(roles, cast_names)
    if setting == "underwater":
        roles = tuple(map(timing.swimming, roles))
    return Scene(
        prompt=prompt,
        seed=seed,
        size=size,
        setting=setting,
        time=time,
        palette=weather.palette_of(said, setting, time, sky, falling, seed),
        cast=roles,
        sky=sky,
        falling=falling,
        wind=weather.wind_of(said, sky, seed),
        fog=weather.fog_of(said, setting, time, seed),
        move=_move(said, roles, seed),
        mood=mood,
        asked="move" in said or "pan" in said,
        close="close" in said,
        far=("wide" in said or said.get("angle") == "aerial") and "close" not in said,
        deeds=deeds,
        unknown=tuple(reading.unknown),
        **{"wet": _WET.get(falling, 0.0)}
        | {name: kind(said[name]) for name, kind in _AS_SAID.items() if name in said},
    )


def _wade(reading: Reading, figures: list[Named]) -> None:
    """Let animals go into the shallow water that do there what they do: a deer that drinks."""
    verbs = {deed.who: deed.facts for deed in reading.deeds if deed.who}
    for one in figures:
        follows = one.relation == "follow"
        verb = verbs.get(one.to if follows else one.actor)
        wades = verb and (verb.wades or (verb.beast and VERBS[verb.beast].wades))
        bound = one.is_person or one.place or (one.relation and not follows)
        if wades and one.home == "ground" and not bound:
            one.place = "shallow"


def _free_hands(reading: Reading, figures: list[Named]) -> None:
    """Let an animal be beside who is with it and needs both hands for what is done."""
    beasts = {one.actor for one in figures if one.lives and not one.is_person}
    for deed in reading.deeds if beasts else ():
        for one in figures:
            busy = one.actor == deed.who and deed.facts.is_work
            if busy and one.relation == "with" and one.to in beasts - {deed.what, deed.whom}:
                one.relation = "beside"


def _arm_both(reading: Reading, figures: list[Named]) -> None:
    """Give both of two who fight what one of them has: "a fencer attacks another fencer"."""
    pairs = {deed.who for deed in reading.deeds if deed.facts.pair and deed.what == deed.who}
    counts = {one.actor: one.count for one in figures if one.actor in pairs}
    for one in figures:
        if one.is_thing and one.relation == "with" and one.to in counts:
            one.count = max(one.count, counts[one.to])


def _figures(reading: Reading) -> list[Named]:
    """The subjects that are not left out, each kind once, characters first."""
    figures: list[Named] = []
    for role in [one for one in reading.roles if one.actor not in reading.removed]:
        for twin in [named for named in figures if named.actor == role.actor]:
            if twin.count and role.count:  # a horse "with its herd"
                twin.count = max(twin.count + role.count * role.joined, role.count)
            twin.action, twin.colour = twin.action or role.action, twin.colour or role.colour
            twin.put(twin.relation or role.relation, twin.to or role.to)
            twin.acts = [*twin.acts, *role.acts]
        figures += [replace(role)] * all(named.actor != role.actor for named in figures)
    focus = reading.said.get("focus", "")
    figures.sort(key=lambda x: (x.actor != focus, not is_puppet(x.actor), x.is_thing))
    return figures[: max(_ROLES, sum(is_puppet(named.actor) for named in figures))]


def _lay_the_table(figures: list[Named], removed: set[str]) -> None:
    """Put things of which nothing else is said onto what they rest on in a room.

    Where there are people those may have them, but what shines stands on what they sit at.
    """
    facts = [one.facts for one in figures if one.is_thing]
    free = len(facts) == len(figures)
    free &= not any("on" in one.means and not one.rests for one in facts)
    there = [one.to for one in figures if one.relation == "at" and one.action != "stand"]
    tables = [name for name in there if "on" in library.facts(name).means]
    for named in list(figures):
        own = named.facts
        shines = bool(own.rests) and "light" in own.means
        table = own.rests if free else (tables[0] if tables and shines else "")
        if table and table not in removed and not (named.relation or named.to):
            named.put("on", table)
            for one in [x for x in figures if (x.actor, x.to) == (table, named.actor)]:
                one.free()
            if table not in {other.actor for other in figures}:
                figures.append(Named(table))


def _suit_the_place(reading: Reading, figures: list[Named], setting: str) -> None:
    """Draw what is another thing there, or for what is done: a fire in a fireplace, a football."""
    told = [*(one.actor for one in figures), *(deed.verb for deed in reading.deeds), setting]
    told += ["walls"] if library.place(setting).floor else []
    known = {one.actor: one.facts.there for one in figures}
    ways = ((name, there, key) for key in reversed(told) for name, there in known.items())
    _redraw(reading, figures, {name: there[key] for name, there, key in ways if key in there})


def _redraw(reading: Reading, figures: list[Named], others: dict[str, str]) -> None:
    """Draw others in the place of some."""
    for name, other in others.items():
        reading.rename(name, other)
    for one in figures:
        one.actor, one.to = others.get(one.actor, one.actor), others.get(one.to, one.to)


def _leave_to_the_wall(reading: Reading, figures: list[Named], shown: Sequence[str]) -> None:
    """Leave windows and a crowd to the place that shows them, unless somebody uses one."""
    used = {name for deed in reading.deeds for name in (deed.what, deed.whom)}
    people = [one for one in figures if one.is_person]
    looks = [one for one in people if (one.relation, one.action) in (("on", ""), ("on", "stand"))]
    used |= {one.to for one in figures if one.relation in _USES and one not in looks}
    used |= {verb.at for verb in (deed.facts for deed in reading.deeds) if verb.touch}
    for named in list(figures):
        alone = named.count < _CROWD or {one.actor for one in figures} == {"person"}
        told = named.relation or named.colour or named.actor in used
        if named.actor in shown and not (told or (named.actor == "person" and alone)):
            leave_out(named.actor, figures)


def _move(said: dict[str, str], roles: tuple[Role, ...], seed: int) -> Move:
    named = "pan" if "pan" in said else said.get("move")
    if named:
        return cast(Move, named)
    idle = not roles or (roles[0].action in DEFAULTS.still | {"dance"} and not roles[0].acts)
    if not idle and _travels(roles[0]):
        return "track"
    moves: tuple[Move, ...] = ("drift", "push", "drift", "rise", "push")
    return "drift" if "close" in said else weather.choose(seed, "move", moves)


def _travels(role: Role) -> bool:
    """Whether one gets anywhere, so that a camera can go along."""
    acts = [act for _, act, goes in role.acts if goes] if role.acts else [role.action]
    return any(map(CAST[role.actor].speed, acts))


def _change_with_the_season(reading: Reading, figures: list[Named], falling: Falling) -> None:
    """Colour trees in autumn and spring, and bare them in winter, unless the prompt does."""
    plain = [named for named in figures if not named.colour]
    changes = {one.actor: one.facts.season.get(falling, "") for one in plain}
    for named in plain:
        named.colour = changes[named.actor] if changes[named.actor].startswith("#") else ""
    _redraw(reading, figures, {a: b for a, b in changes.items() if b and not b.startswith("#")})


def _wrap_up(figures: list[Named], setting: str, falling: Falling) -> None:
    """Dress those who are out in a weather and of whose clothes the prompt says nothing."""
    for falls, wardrobe in DEFAULTS.wardrobe.items():
        outside = falls == falling and library.place(setting).weather
        for named in figures if outside or setting in wardrobe.places else ():
            told = named.clothes.keys() - SAID_OF["build"].values() or named.wears or named.colour
            if library.first(named.actor) in wardrobe.who and not told:
                named.wears = (wardrobe.hat, "")
                named.clothes |= dict.fromkeys(wardrobe.clothes, "")
