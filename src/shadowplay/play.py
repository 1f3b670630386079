"""The play: a script's steps as parts that follow one another, drawn and heard as one film."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shadowplay import cues
from shadowplay.art import puppets
from shadowplay.art.cast import Cast
from shadowplay.files import is_film
from shadowplay.given import reference
from shadowplay.given.reference import Journey, Stop
from shadowplay.performance import Performance
from shadowplay.picture.canvas import SECONDS, Dissolve, Drawn
from shadowplay.picture.layers import Picture
from shadowplay.picture.palette import tints_of
from shadowplay.scene import Scene
from shadowplay.shot import SAMPLE_RATE, Shot, Step
from shadowplay.sound.track import soundtrack
from shadowplay.words import staging

Part = tuple[float, Performance]
"""When a part of the play begins, in seconds, and what it shows; it dissolves in."""


class Play:
    """What a shot's script and prompt come to, at any moment of the scene's clock."""

    def __init__(self, shot: Shot, ground: reference.Ground | None = None) -> None:
        """Stage what can be seen during the shot; a ground is shown in place of its pictures.

        Raises:
            ShadowplayError: a given file can't be used.
        """
        steps, names = _steps(shot), [character.name for character in shot.characters]
        troupe = puppets.troupe_of(shot.characters)
        actors, still = Cast(troupe), {name for name, puppet in troupe.items() if puppet.still}
        scenes = [(at, _resting(scene, still)) for at, scene in _scenes(shot, steps)]
        self.scene = scenes[-1][1]
        side = 1.0 if self.scene.wind >= 0 else -1.0  # to which the camera leans
        tint = None if shot.style is None else tints_of(shot.style)

        def staged(behind: reference.Ground | None) -> list[Part]:
            lit = behind is not None and any(
                staging.names_light(step.prompt, names) for step in steps
            )
            return [
                (start, Performance(scene, actors, behind, graded=lit, tint=tint))
                for start, scene in _seen(scenes, shot.start)
            ]

        stops = _stops(shot) if ground is None else []
        journey = Journey(stops, side) if stops else None
        if journey and stops[0].at <= 0:
            ground, journey = journey, None
        elif shot.setting is not None and ground is None:
            ground = (
                reference.Reel(shot.setting, shot.size)
                if is_film(shot.setting)
                else reference.Still(reference.load(shot.setting, shot.size), side, arrives=False)
            )
        self._parts = staged(ground)
        self._drawn = _joined(self._parts)
        if journey:
            span = min(reference.ARRIVAL, stops[0].at)
            after = _joined(staged(journey))
            self._drawn = Dissolve(self._drawn, after, stops[0].at - span, span)

    def draw(self, picture: Picture, t: float) -> None:
        """Draw the moment `t`, in seconds, into `picture`."""
        self._drawn.draw(picture, t)

    def sound(self, start: float, seconds: int) -> Iterator[NDArray[np.float32]]:
        """The sound of a stretch, in blocks of a second; parts cross-fade as their pictures do."""
        streams = []
        for begin, film in self._parts:
            heard, lead = cues.events(film, start, seconds), cues.instrument(film.scene)
            streams.append((begin, soundtrack(film.scene, heard, start, seconds, lead)))
        ticks = np.arange(SAMPLE_RATE) / SAMPLE_RATE
        for second in range(seconds):
            block = next(streams[0][1])
            for begin, stream in streams[1:]:
                share = np.clip((ticks + (start + second - begin)) / SECONDS, 0, 1)
                eased = (share * share * (3 - 2 * share)).astype(np.float32)
                block = block + (next(stream) - block) * eased
            yield block


def _resting(scene: Scene, still: Set[str]) -> Scene:
    """The scene with framed pictures standing on the ground, whatever they are said to do."""
    cast = [
        replace(role, action="stand", leftward=False, place=None, acts=())
        if role.actor in still
        else role
        for role in scene.cast
    ]
    return replace(scene, cast=tuple(cast))


def _joined(parts: Sequence[Part]) -> Drawn:
    """The parts one after the other; each dissolves in."""
    drawn: Drawn = parts[0][1]
    for start, film in parts[1:]:
        drawn = Dissolve(drawn, film, start)
    return drawn


def _stops(shot: Shot) -> list[Stop]:
    """The given pictures in order of time, each at the time of a frame; a later one of two wins."""
    given = {} if shot.reference is None else {0: shot.reference}
    for keyframe in sorted(shot.keyframes, key=lambda one: one.at):
        given[round(keyframe.at * shot.fps)] = keyframe.picture
    return [
        Stop(float(number / shot.fps), reference.load(path, shot.size))
        for number, path in sorted(given.items())
    ]


def _steps(shot: Shot) -> tuple[Step, ...]:
    """The shot's whole script, its own prompt last."""
    return (*shot.script, Step(shot.task, shot.prompt, shot.start))


def changes_nothing(shot: Shot) -> bool:
    """Whether an edit's prompt says nothing that its script's scenes could show."""
    return _scenes(shot, shot.script) == _scenes(shot, _steps(shot))


def _scenes(shot: Shot, steps: tuple[Step, ...]) -> list[tuple[float, Scene]]:
    names = [character.name for character in shot.characters]
    return staging.unfold(steps, shot.seed, shot.size, shot.negative_prompt or "", names)


def _seen(scenes: list[tuple[float, Scene]], start: float) -> list[tuple[float, Scene]]:
    """The scenes that show in a shot which begins at `start`, without repetitions."""
    seen = scenes[:1]
    for begin, scene in scenes[1:]:
        if scene != seen[-1][1]:
            over = begin + SECONDS <= start
            seen = [(begin, scene)] if over else [*seen, (begin, scene)]
    return seen
