"""The request that makes a video again, from its specification and its lineage."""

from __future__ import annotations

from typing import Any

from vitascope.api.services.segments import timeline
from vitascope.spec import RenderSpec
from vitascope.store.records import Edge
from vitascope.video import SECONDS, Video


def request_for(video: Video, edges: list[Edge], existing: set[str]) -> dict[str, Any]:
    """The API object that describes the request.

    Args:
        video: which one.
        edges: its family.
        existing: which members of the family still exist.

    Returns:
        `path` and JSON `body` of a POST, and in `missing` the fields that the server can't give
        again, because they were uploads or have been deleted.
    """
    spec = video.spec
    parents = {edge.relation: edge.parent for edge in edges if edge.child == video.id}
    found = {relation: parent for relation, parent in parents.items() if parent in existing}
    match spec.task:
        case "remix":
            source = parents.get("remix", video.remixed_from_video_id or "")
            body: dict[str, Any] = {"prompt": spec.prompt}
            missing = [] if "remix" in found else ["video"]
            path = f"/v1/videos/{source}/remix"
        case "edit" | "extend":
            path = "/v1/videos/edits" if spec.task == "edit" else "/v1/videos/extensions"
            relation = "edit" if spec.task == "edit" else "extension"
            body = {"prompt": spec.prompt, "model": spec.model, "seed": spec.seed}
            if spec.task == "extend":
                body["seconds"] = _nearest(_own_seconds(spec))
                if spec.start:
                    body["from_seconds"] = spec.fps.seconds_of(spec.start)
            if relation in found:
                body["video"] = {"id": found[relation]}
            body |= _sampling(spec)
            missing = [] if relation in found else ["video"]
        case "create":
            path = "/v1/videos"
            body, missing = _creation(spec, found.get("file"), existing)
    if spec.following:
        body["following"] = _following(spec)
        if abs(float(body["seconds"]) - _own_seconds(spec)) * spec.fps.fraction > 1:
            missing.append("seconds")  # a segment that an earlier request cut
    return {
        "object": "video.request",
        "id": video.id,
        "operation": spec.task,
        "path": path,
        "body": body,
        "missing": missing,
    }


def _creation(
    spec: RenderSpec, file_id: str | None, existing: set[str]
) -> tuple[dict[str, Any], list[str]]:
    """The body of a new film, and what is missing in it."""
    body: dict[str, Any] = {
        "prompt": spec.prompt,
        "model": spec.model,
        "size": str(spec.size),
        "seconds": _nearest(_own_seconds(spec)),
        "seed": spec.seed,
        **_sampling(spec),
    }
    missing = []
    if spec.characters:
        body["characters"] = [{"id": one.id} for one in spec.characters]
        if any(one.id not in existing for one in spec.characters):
            missing.append("characters")
    if file_id is not None:
        body["input_reference"] = {"file_id": file_id}
    elif spec.inputs_of("first_frame"):
        missing.append("input_reference")
    return body, missing


def _following(spec: RenderSpec) -> list[dict[str, Any]]:
    return [
        {"prompt": one.prompt, "seconds": spec.fps.seconds_of(one.end - one.start)}
        for one in timeline(spec)[-len(spec.following) :]
    ]


def _own_seconds(spec: RenderSpec) -> float:
    """The length of what the request itself adds, without the segments that follow."""
    end = spec.following[0].start if spec.following else spec.seconds
    return end - spec.fps.seconds_of(spec.start)


def _nearest(seconds: float) -> str:
    """The length that was asked for, of one that was made."""
    return min(SECONDS, key=lambda offered: abs(float(offered) - seconds))


def _sampling(spec: RenderSpec) -> dict[str, Any]:
    named = ("negative_prompt", "guidance_scale", "num_inference_steps")
    given = {name: getattr(spec.sampling, name) for name in named}
    return {name: value for name, value in given.items() if value is not None}
