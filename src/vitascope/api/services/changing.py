"""Changing videos: what a waiting one renders; the star and the tags of any."""

from __future__ import annotations

from typing import Any

import msgspec

from vitascope.api.parsing.operations import ChangeParameters
from vitascope.errors import InvalidRequest
from vitascope.spec import RenderSpec, Task
from vitascope.video import MAX_TOTAL_SECONDS, Video

_SAMPLING = frozenset({"negative_prompt", "guidance_scale", "num_inference_steps"})
CHANGEABLE: dict[Task, frozenset[str]] = {
    "create": _SAMPLING | {"prompt", "size", "seconds", "seed"},
    "remix": frozenset({"prompt"}),
    "edit": _SAMPLING | {"prompt", "seed"},
    "extend": _SAMPLING | {"prompt", "seconds", "seed"},
}
"""What requests of each kind say themselves; the rest is their source's."""


def changed(video: Video, parameters: ChangeParameters) -> Video:
    """The video with the changes.

    Raises:
        InvalidRequest: it has begun, or a field is not this kind of request's to say.
    """
    sent = {name: value for name, value in _values(parameters).items() if value is not None}
    marks = {name: sent.pop(name) for name in ("starred", "tags") if name in sent}
    if sent and video.status != "queued":
        raise InvalidRequest(
            f"The video is {video.status} already: only 'starred' and 'tags' can be changed. "
            "Make another one with POST /v1/videos.",
            param=next(iter(sent)),
            code="video_not_waiting",
        )
    if "seconds" in sent and video.spec.following:
        raise InvalidRequest(
            "The length of a video whose segments follow each other can't be changed.",
            param="seconds",
            code="unsupported_parameter",
        )
    for name in sent:
        if name not in CHANGEABLE[video.spec.task]:
            raise InvalidRequest(
                f"'{name}' of this video is that of its source and can't be changed.",
                param=name,
                code="unsupported_parameter",
            )
    return msgspec.structs.replace(video, spec=_changed_spec(video.spec, sent), **marks)


def _values(parameters: ChangeParameters) -> dict[str, Any]:
    return {name: getattr(parameters, name) for name in parameters.__struct_fields__}


def _changed_spec(spec: RenderSpec, sent: dict[str, Any]) -> RenderSpec:
    own = ("prompt", "seed", "size")
    changes: dict[str, Any] = {name: sent[name] for name in own if name in sent}
    if "prompt" in sent:
        _check_names(spec, sent["prompt"])
    if "seconds" in sent:
        frames = spec.start + spec.fps.frames_in(float(sent["seconds"]))
        if spec.fps.seconds_of(frames) > MAX_TOTAL_SECONDS:
            raise InvalidRequest(
                f"The extended video would be {spec.fps.seconds_of(frames):g} seconds long; "
                f"{MAX_TOTAL_SECONDS} is the most.",
                param="seconds",
                code="video_too_long",
            )
        changes["frames"] = frames
    sampling = {name: sent[name] for name in _SAMPLING & sent.keys()}
    changes["sampling"] = msgspec.structs.replace(spec.sampling, **sampling)
    return msgspec.structs.replace(spec, **changes)


def _check_names(spec: RenderSpec, prompt: str) -> None:
    """The prompt of a video with characters has to name each."""
    for one in spec.characters:
        if one.name.casefold() not in prompt.casefold():
            raise InvalidRequest(
                f"This video shows the character '{one.name}', whom the new prompt does not name.",
                param="prompt",
                code="invalid_value",
            )
