"""What the pages show of videos, models and families, ready for the templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import gcd
from typing import Any

from markupsafe import Markup

from vitascope.api.parsing.operations import CreateParameters, fields_of
from vitascope.api.routes.changes import CHANGEABLE
from vitascope.api.services.container import Services
from vitascope.api.services.segments import timeline
from vitascope.model_settings import OPERATIONS, ModelCapabilities
from vitascope.store.characters import StoredCharacter
from vitascope.store.records import Edge
from vitascope.video import MAX_EXTENSIONS, MAX_TOTAL_SECONDS, PAUSED, SECONDS, SIZES, Video

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
    earlier = video.earlier_prompts
    return {
        **video.to_wire(),
        "title": earlier[0] if earlier else video.spec.prompt,
        "change": _change(video) if earlier else "",
        "phase": video.phase,
        "paused": video.paused,
        "queue": video.queue.removesuffix(PAUSED),
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


def _change(video: Video) -> str:
    """What an edit or extension did to its film, as a second line below the film's title."""
    kind = {"edit": "Edited", "extend": "Goes on"}.get(video.spec.task, "Changed")
    return f"{kind}: {video.spec.prompt}"


def character(one: StoredCharacter) -> dict[str, Any]:
    """A character as the cast page and the prompt box show it."""
    picture = f"/v1/videos/characters/{one.id}/content" if one.cutouts else None
    return {"id": one.id, "name": one.name, "picture": picture, "palette": one.palette}


def editing(video: Video) -> dict[str, Any]:
    """What the form needs that changes a waiting video."""
    spec = video.spec
    seconds = spec.fps.seconds_of(spec.frames - spec.start)
    longest = MAX_TOTAL_SECONDS - spec.fps.seconds_of(spec.start)
    return {
        "changeable": CHANGEABLE[spec.task],
        "sizes": sizes(),
        "seconds": f"{seconds:g}",
        "lengths": [each for each in SECONDS if int(each) <= longest],
    }


def bytes_text(number: int) -> str:
    """A size for people, in decimal units."""
    size = float(number)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def moment(seconds: float) -> Markup:
    """A moment, which a script turns into the reader's own time."""
    utc = datetime.fromtimestamp(seconds, UTC)
    iso, text = utc.isoformat(timespec="seconds"), f"{utc:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(iso, text)


def operating(state: dict[str, Any]) -> dict[str, Any]:
    """The sums of the overview that its page begins with."""
    alive = [worker for worker in state["workers"] if worker["alive"]]
    served = Counter(model for worker in alive for model in worker["models"])
    sums = {
        kind: sum(one[kind] for one in state["queue"]) for kind in ("running", "waiting", "paused")
    }
    return {
        **sums,
        "alive": len(alive),
        "busy": sum(bool(worker["videos"]) for worker in alive),
        "served": served,
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
    """A video or character in a family tree; both are None once it has been deleted."""

    id: str
    relation: str
    video: dict[str, Any] | None = None
    character: dict[str, Any] | None = None
    children: list[Node] = field(default_factory=list)


async def family(services: Services, video: Video) -> list[Node]:
    """The trees that a video belongs to, each from its first ancestor on; none if it is alone."""
    edges = await services.lineage.family(video.id, project=video.project)
    between = [edge for edge in edges if edge.relation != "file"][:_LARGEST_TREE]
    known: dict[str, Node] = {}
    for each in dict.fromkeys(end for edge in between for end in (edge.parent, edge.child)):
        known[each] = await _node(services, each, video.project)
    children = {edge.child for edge in between}
    first = [each for each in known if each not in children]
    seen: set[str] = set()
    return [_grow(each, "", between, known, seen) for each in first]


async def _node(services: Services, any_id: str, project: str) -> Node:
    if any_id.startswith("char"):
        one = await services.characters.get(any_id, project=project)
        return Node(any_id, "", character=None if one is None else character(one))
    found = await services.videos.get(any_id, project=project)
    return Node(any_id, "", video=None if found is None else shown(found))


def _grow(
    any_id: str, relation: str, edges: Sequence[Edge], known: dict[str, Node], seen: set[str]
) -> Node:
    """The tree below a node. What has two parents has its descendants below the first only."""
    one = known[any_id]
    node = Node(any_id, relation, one.video, one.character)
    if any_id not in seen:
        seen.add(any_id)
        node.children = [
            _grow(edge.child, edge.relation, edges, known, seen)
            for edge in edges
            if edge.parent == any_id
        ]
    return node


def differences(one: Video, other: Video) -> list[tuple[str, str, str]]:
    """The parameters of two videos side by side, prompts first."""
    first, second = dict(facts(one)), dict(facts(other))
    rows = [("Prompt", one.spec.prompt, other.spec.prompt)]
    names = list(dict.fromkeys([*first, *second]))
    rows += [(name, first.get(name, "none"), second.get(name, "none")) for name in names]
    return rows
