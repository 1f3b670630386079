"""The segments of a film: what one request made, between two points in time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from vitascope.api.parsing.film_fields import Segment as RequestedSegment
from vitascope.errors import InvalidRequest
from vitascope.spec import FrameRate, RenderSpec, Step
from vitascope.video import MAX_EXTENSIONS, MAX_TOTAL_SECONDS, Video


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a film: the frames from `start` up to, not including, `end`.

    Attributes:
        prompt: what it was made from; None where no prompt describes it.
    """

    index: int
    prompt: str | None
    start: int
    end: int

    def to_wire(self, fps: FrameRate) -> dict[str, Any]:
        """The segment as a JSON object."""
        return {
            "object": "video.segment",
            "index": self.index,
            "prompt": self.prompt,
            "start_seconds": fps.seconds_of(self.start),
            "seconds": fps.seconds_of(self.end - self.start),
        }


def timeline(spec: RenderSpec) -> list[Segment]:
    """The segments of a film, in order. A film that was never extended is one."""
    steps = spec.steps
    if steps is not None:
        first: str | None = steps[0].prompt
    else:
        first, steps = None, _own_steps(spec)
    parts: list[tuple[int, str | None]] = [(0, first)]
    parts += [(spec.fps.frames_in(one.start), one.prompt) for one in _extensions(steps)]
    return [
        Segment(index, prompt, start, end)
        for index, ((start, prompt), (end, _)) in enumerate(pairwise([*parts, (spec.frames, None)]))
    ]


def step_of(segment: Segment, fps: FrameRate) -> Step:
    """The request that made a segment after the first."""
    return Step("extend", segment.prompt or "", fps.seconds_of(segment.start))


def steps_after(
    frames: int, following: Iterable[RequestedSegment], fps: FrameRate
) -> tuple[tuple[Step, ...], int]:
    """The steps of the segments that follow so many frames, and the frames of them all."""
    steps = []
    for one in following:
        steps.append(Step("extend", one.prompt, fps.seconds_of(frames)))
        frames += fps.frames_in(one.seconds)
    return tuple(steps), frames


def history_until(spec: RenderSpec, frames: int) -> tuple[Step, ...] | None:
    """The steps that led to a film's first frames; None if they are not known."""
    if spec.steps is None:
        return None
    return tuple(
        one for one in spec.steps if one.task != "extend" or spec.fps.frames_in(one.start) < frames
    )


def extensions_from(spec: RenderSpec, frames: int) -> int:
    """How many extensions of a film begin after so many frames."""
    return sum(one.start >= frames for one in timeline(spec)[1:])


def is_whole(spec: RenderSpec) -> bool:
    """Whether the first step describes the first segment: the film is no edited one."""
    return spec.steps is not None and all(one.task != "edit" for one in spec.steps)


def kept(source: Video, frames: int) -> int:
    """How many frames of a video its extension keeps; all by default.

    Raises:
        InvalidRequest: it has fewer.
    """
    if frames > source.spec.frames:
        raise cannot_begin(f"video '{source.id}' is {source.spec.seconds:g} seconds long")
    return frames or source.spec.frames


def cannot_begin(why: str) -> InvalidRequest:
    """The error for a point at which no extension can begin."""
    return InvalidRequest(
        f"Invalid 'from_seconds': {why}.", param="from_seconds", code="invalid_value"
    )


def check_extension(source: Video, extensions: int, seconds: float) -> None:
    """Check how often and how long a video would be extended.

    Raises:
        InvalidRequest: too often or too long.
    """
    if extensions > MAX_EXTENSIONS:
        raise InvalidRequest(
            f"Video '{source.id}' has been extended {source.spec.extensions} times; "
            f"{MAX_EXTENSIONS} is the most.",
            param="video",
            code="too_many_extensions",
        )
    check_length(seconds)


def check_length(seconds: float) -> None:
    """Check the length of a video.

    Raises:
        InvalidRequest: it is too long.
    """
    if seconds > MAX_TOTAL_SECONDS:
        raise InvalidRequest(
            f"The video would be {seconds:g} seconds long; {MAX_TOTAL_SECONDS} is the most.",
            param="seconds",
            code="video_too_long",
        )


def _own_steps(spec: RenderSpec) -> tuple[Step, ...]:
    """The steps of a film's own job, where those before are not known."""
    if spec.task != "extend":
        return spec.following
    return (Step("extend", spec.prompt, spec.fps.seconds_of(spec.start)), *spec.following)


def _extensions(steps: Iterable[Step]) -> Iterable[Step]:
    return (one for one in steps if one.task == "extend")
