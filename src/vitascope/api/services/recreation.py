"""The request that makes a video again, from its specification and its lineage."""

from __future__ import annotations

from typing import Any

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
                body["seconds"] = _nearest(spec.fps.seconds_of(spec.frames - spec.start))
            if relation in found:
                body["video"] = {"id": found[relation]}
            body |= _sampling(spec)
            missing = [] if relation in found else ["video"]
        case "create":
            path = "/v1/videos"
            body = {
                "prompt": spec.prompt,
                "model": spec.model,
                "size": str(spec.size),
                "seconds": _nearest(spec.seconds),
                "seed": spec.seed,
                **_sampling(spec),
            }
            missing = []
            if spec.characters:
                body["characters"] = [{"id": one.id} for one in spec.characters]
                missing += (
                    ["characters"] if any(c.id not in existing for c in spec.characters) else []
                )
            if "file" in found:
                body["input_reference"] = {"file_id": found["file"]}
            elif spec.inputs_of("first_frame"):
                missing.append("input_reference")
    return {
        "object": "video.request",
        "id": video.id,
        "operation": spec.task,
        "path": path,
        "body": body,
        "missing": missing,
    }


def _nearest(seconds: float) -> str:
    """The length that was asked for, of one that was made."""
    return min(SECONDS, key=lambda offered: abs(float(offered) - seconds))


def _sampling(spec: RenderSpec) -> dict[str, Any]:
    named = ("negative_prompt", "guidance_scale", "num_inference_steps")
    given = {name: getattr(spec.sampling, name) for name in named}
    return {name: value for name, value in given.items() if value is not None}
