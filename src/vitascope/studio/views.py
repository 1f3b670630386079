"""What the pages show of videos, models and families, ready for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import gcd
from typing import Any

from vitascope.api.parsing.operations import CreateParameters, fields_of
from vitascope.api.services.container import Services
from vitascope.api.services.segments import timeline
from vitascope.model_settings import OPERATIONS, ModelCapabilities
from vitascope.store.records import Edge
from vitascope.video import MAX_EXTENSIONS, MAX_TOTAL_SECONDS, SECONDS, SIZES, Video

_CELLS = 50
_LARGEST_TREE = 60
_SHAPES = {
    "720x1280": "Tall",
    "1280x720": "Wide",
    "1024x1792": "Tall, large",
    "1792x1024": "Wide, large",
    "1080x1920": "Tall, full HD",
    "1920x1080": "Wide, full HD",
}


def shown(video: Video) -> dict[str, Any]:
    """A video as tiles, rows and the player show it."""
    width, height = video.spec.size
    content = f"/v1/videos/{video.id}/content"
    stored = video.status == "completed" and "video" in video.assets
    return {
        **video.to_wire(),
        "phase": video.phase,
        "href": f"/studio/videos/{video.id}",
        "stored": stored,
        "film": content,
        "thumbnail": f"{content}?variant=thumbnail",
        "spritesheet": f"{content}?variant=spritesheet",
        "cells": min(_CELLS, video.spec.frames),
        "fps": float(video.spec.fps.fraction),
        "width": width,
        "height": height,
        "made_at": datetime.fromtimestamp(video.created_at, UTC).isoformat(timespec="seconds"),
        "task": video.spec.task,
        "length": video.spec.seconds,
    }


def facts(video: Video) -> list[tuple[str, str]]:
    """All parameters of a video, named as people know them."""
    spec = video.spec
    width, height = spec.size
    divisor = gcd(width, height)
    found = [
        ("Model", spec.model),
        ("Size", f"{width} × {height} ({width // divisor}:{height // divisor})"),
        ("Length", f"{spec.seconds:g} s"),
        ("Frames a second", f"{float(spec.fps.fraction):g}"),
        ("Seed", str(spec.seed)),
    ]
    if video.started_at is not None and video.completed_at is not None:
        found.append(("Made in", f"{video.completed_at - video.started_at:.1f} s"))
    for name, value in (
        ("Negative prompt", spec.sampling.negative_prompt),
        ("Guidance scale", spec.sampling.guidance_scale),
        ("Steps", spec.sampling.num_inference_steps),
    ):
        if value is not None:
            found.append((name, str(value)))
    if spec.characters:
        found.append(("Characters", ", ".join(one.name for one in spec.characters)))
    if roles := [one.role.replace("_", " ") for one in spec.inputs]:
        found.append(("Inputs", ", ".join(roles)))
    size = sum(asset.size for asset in video.assets.values())
    if size:
        found.append(("Stored", f"{size / 1_000_000:.1f} MB"))
    return found


def models(services: Services) -> list[dict[str, Any]]:
    """The models that can be chosen, with what each can be asked for."""
    found = []
    for name in services.settings.models:
        able = services.capabilities_of(name)
        found.append(
            {
                "name": name,
                "operations": list(OPERATIONS if able is None else able.operations),
                "roles": _roles(able),
                "description": "" if able is None else able.description,
                "licence": "" if able is None else able.licence,
                "memory": [] if able is None else list(able.memory_gib),
            }
        )
    return found


def _roles(able: ModelCapabilities | None) -> list[str]:
    """What a picture can be for a model; the API's fields for them are those of the prompt box."""
    fields = fields_of(CreateParameters)
    operations = OPERATIONS if able is None else able.operations
    references = () if able is None else able.references
    found = ["first_frame"] if "image" in operations else []
    if "last_frame" in fields and "last_frame" in references:
        found.append("last_frame")
    if "references" in fields and "reference_image" in references:
        found += ["subject", "style"]
    return found


def segments(video: Video) -> list[dict[str, Any]]:
    """The parts of a video, in seconds."""
    fps = video.spec.fps
    return [
        {
            "index": one.index,
            "prompt": one.prompt,
            "start": fps.seconds_of(one.start),
            "seconds": fps.seconds_of(one.end - one.start),
        }
        for one in timeline(video.spec)
    ]


def sizes() -> list[dict[str, str]]:
    """The sizes that the API takes, with a name for each shape."""
    return [{"size": size, "name": _SHAPES[size]} for size in SIZES]


def operations(services: Services, video: Video) -> set[str]:
    """What can be made from a finished video."""
    able = services.capabilities_of(video.spec.model)
    offered: set[str] = set(OPERATIONS if able is None else able.operations)
    offered &= {"remix", "edit", "extend"}
    if not lengths(video):
        offered.discard("extend")
    return offered if "video" in video.assets else set()


def lengths(video: Video) -> list[str]:
    """By how many seconds a video can be extended."""
    if video.spec.extensions >= MAX_EXTENSIONS:
        return []
    return [each for each in SECONDS if video.spec.seconds + int(each) <= MAX_TOTAL_SECONDS]


@dataclass(slots=True)
class Node:
    """A video in a family tree; `video` is None once it has been deleted."""

    id: str
    relation: str
    video: dict[str, Any] | None
    children: list[Node] = field(default_factory=list)


async def family(services: Services, video: Video) -> Node | None:
    """The tree that a video belongs to, from its first ancestor on; None if it is alone."""
    edges = await services.lineage.family(video.id, project=video.project)
    between = [edge for edge in edges if edge.relation in ("remix", "edit", "extension")]
    if not between:
        return None
    between = between[:_LARGEST_TREE]
    known: dict[str, dict[str, Any] | None] = {}
    for each in dict.fromkeys(end for edge in between for end in (edge.parent, edge.child)):
        found = await services.videos.get(each, project=video.project)
        known[each] = None if found is None else shown(found)
    return _grow(_root(video.id, between), "", between, known)


def _root(video_id: str, edges: Sequence[Edge]) -> str:
    parents = {edge.child: edge.parent for edge in edges}
    while video_id in parents:
        video_id = parents.pop(video_id)
    return video_id


def _grow(
    video_id: str, relation: str, edges: Sequence[Edge], known: dict[str, dict[str, Any] | None]
) -> Node:
    node = Node(video_id, relation, known[video_id])
    rest = [edge for edge in edges if edge.parent != video_id]
    for edge in edges:
        if edge.parent == video_id:
            node.children.append(_grow(edge.child, edge.relation, rest, known))
    return node


def differences(one: Video, other: Video) -> list[tuple[str, str, str]]:
    """The parameters of two videos side by side, prompts first."""
    first, second = dict(facts(one)), dict(facts(other))
    rows = [("Prompt", one.spec.prompt, other.spec.prompt)]
    names = list(dict.fromkeys([*first, *second]))
    rows += [(name, first.get(name, "none"), second.get(name, "none")) for name in names]
    return rows
