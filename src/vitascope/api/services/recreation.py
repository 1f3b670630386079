"""The request that makes a video again, from its specification and its lineage."""

from __future__ import annotations

from typing import Any

import msgspec

from vitascope.api.parsing.references import REFERENCE_ROLES
from vitascope.api.services.segments import timeline
from vitascope.spec import SCENE_ROLES, InputRole, ReferenceUse, RenderSpec
from vitascope.store.records import Edge
from vitascope.video import SECONDS, SIZES, Video


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
        if (
            "seconds" in body
            and abs(float(body["seconds"]) - _own_seconds(spec)) * spec.fps.fraction > 1
        ):
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
        **_form(spec),
        "seed": spec.seed,
        **_sampling(spec),
    }
    missing = []
    if spec.characters:
        body["characters"] = [{"id": one.id} for one in spec.characters]
        if any(one.id not in existing for one in spec.characters):
            missing.append("characters")
    files, lacking = _scene(spec, existing, file_id)
    return {**body, **files}, missing + lacking


def _following(spec: RenderSpec) -> list[dict[str, Any]]:
    return [
        {"prompt": one.prompt, "seconds": spec.fps.seconds_of(one.end - one.start)}
        for one in timeline(spec)[-len(spec.following) :]
    ]


def _own_seconds(spec: RenderSpec) -> float:
    """The length of what the request itself adds, without the segments that follow."""
    end = spec.following[0].start if spec.following else spec.seconds
    return end - spec.fps.seconds_of(spec.start)


def _form(spec: RenderSpec) -> dict[str, Any]:
    """Size and length by the fields that can have them."""
    size, own = str(spec.size), _own_seconds(spec)
    seconds = _nearest(own)
    form: dict[str, Any] = {"size": size} if size in SIZES else {"resolution": size}
    if abs(float(seconds) - own) < _ROUNDED:
        return {**form, "seconds": seconds}
    return {**form, "duration": round(own, 3)}


def _scene(
    spec: RenderSpec, existing: set[str], file_id: str | None
) -> tuple[dict[str, Any], list[str]]:
    """The fields of the references, and the names of those that can't be given again.

    Args:
        spec: its inputs know which files they are copies of.
        existing: the ids of files that still exist.
        file_id: a file that the video was made from, for first frames of older versions.
    """
    body: dict[str, Any] = {}
    missing: list[str] = []
    references: list[dict[str, Any]] = []
    for one in spec.inputs_of(*SCENE_ROLES):
        known = one.file_id or (file_id if one.role == "first_frame" else None)
        place = {"file_id": known} if known in existing else None
        if field := _FRAMES.get(one.role):
            if place is None:
                missing.append(field)
            else:
                body[field] = place
            continue
        if place is None:
            missing.append("references")
        else:
            at = {} if one.at is None else {"at": one.at}
            references.append({**_ROLES[one.role, one.use], **at, **place})
    if references:
        body["references"] = references
    return body, list(dict.fromkeys(missing))


_FRAMES: dict[InputRole, str] = {"first_frame": "input_reference", "last_frame": "last_frame"}
_ROLES: dict[tuple[InputRole, ReferenceUse], dict[str, str]] = {
    found: {"type": kind, "role": role}
    for kind, roles in REFERENCE_ROLES.items()
    for role, found in reversed(roles.items())
}
"""How a reference of a role and use is asked for; the first of several names."""

_ROUNDED = 0.15
"""Seconds by which a film of a model's own frame rate may differ from what was asked for."""


def _nearest(seconds: float) -> str:
    """The length that was asked for, of one that was made."""
    return min(SECONDS, key=lambda offered: abs(float(offered) - seconds))


def _sampling(spec: RenderSpec) -> dict[str, Any]:
    given: dict[str, Any] = msgspec.to_builtins(spec.sampling)  # without those that are None
    return given
