"""The tools: what an agent can do with videos, the same over stdio and over HTTP.

Their docstrings and the descriptions of their parameters are what an agent reads.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import Annotated, Any, Literal

from mcp.server.mcpserver import Context, Image
from pydantic import BaseModel, Field

from vitascope.mcp.client import ApiClient, ToolFailure, local_path

CLIENT = "vitascope.agent"
"""Where a request over HTTP holds its `ApiClient`, in the scope."""
_LOOK_SECONDS = 2.0
_MAX_WAIT = 600
_MAX_FRAMES = 6
_LINK_SECONDS = 24 * 3600

AnyContext = Context[Any, Any]
Upload = tuple[str, bytes, str]
"""A file's name, content and media type."""
Prompt = Annotated[str, Field(description="What the video shows, in words.")]
VideoId = Annotated[str, Field(description="Id of a video: video_…")]
Seconds = Annotated[
    int | None, Field(description="Length in seconds: 4, 8, 12, 16 or 20. 4 by default.")
]
Source = Annotated[
    str,
    Field(
        description="Id of a completed video. Where the server runs on your machine, also the "
        "path of a film."
    ),
]
Model = Annotated[str | None, Field(description="Name of a model, as in `list_models`.")]
Seed = Annotated[
    int | None, Field(description="The same request with the same seed gives the same video.")
]


class Reference(BaseModel):
    """A picture, film or sound for a new video to use."""

    source: str = Field(
        description="The id of a file (file-…), an https URL or a data: URL. Where the server runs "
        "on your machine, also a path."
    )
    type: Literal["image", "video", "audio"] = "image"
    role: str | None = Field(
        None,
        description="image: subject, style, setting or keyframe; video: subject, setting or "
        "control; audio: soundtrack. The first of its type by default.",
    )
    at: float | None = Field(None, description="Seconds; only for a keyframe.")


async def create_video(
    ctx: AnyContext,
    prompt: Prompt,
    seconds: Seconds = None,
    size: Annotated[
        str | None,
        Field(description="WIDTHxHEIGHT, such as 1280x720, 720x1280 or 1920x1080."),
    ] = None,
    model: Model = None,
    first_frame: Annotated[
        str | None,
        Field(
            description="A picture that the video begins with: an https URL, a data: URL, or the "
            "id of a file (file-…). Where the server runs on your machine, also a path."
        ),
    ] = None,
    last_frame: Annotated[
        str | None, Field(description="A picture that the video ends with; given likewise.")
    ] = None,
    references: Annotated[
        list[Reference] | None,
        Field(description="What else it is to use. `list_models` says which models can."),
    ] = None,
    characters: Annotated[
        list[str] | None,
        Field(
            description="Ids of up to two characters, as in `list_characters`. Name them in the "
            "prompt."
        ),
    ] = None,
    seed: Seed = None,
) -> dict[str, Any]:
    """Start making a video from a prompt. Returns at once; continue with `wait_for_video`."""
    fields = _given(prompt=prompt, model=model, size=size, seed=seed, seconds=_text(seconds))
    if characters:
        fields["characters"] = [{"id": one} for one in characters]
    api, uploads = _api(ctx), dict[str, Upload]()
    for name, source in (("input_reference", first_frame), ("last_frame", last_frame)):
        if source is not None and (found := _remote(source, "image_url")):
            fields[name] = found
        elif source is not None:
            uploads[name] = await api.read_local(source)
    items = []
    for index, one in enumerate(references or ()):
        item = one.model_dump(exclude={"source"}, exclude_none=True)
        if found := _remote(one.source, "url"):
            item |= found
        else:
            uploads[f"references[{index}][upload]"] = await api.read_local(one.source)
        items.append(item)
    if items:
        fields["references"] = items
    return await _post(api, "/videos", fields, uploads)


async def wait_for_video(
    ctx: AnyContext,
    video_id: VideoId,
    seconds: Annotated[
        int,
        Field(ge=1, le=_MAX_WAIT, description="How long to wait at most. Call again to go on."),
    ] = 50,
) -> dict[str, Any]:
    """Wait until a video is finished, and report its progress meanwhile.

    A completed video has a `url` from which anyone can download it for a day. Look at it with
    `look_at_video` before you say that it is good.
    """
    api, end = _api(ctx), time.monotonic() + seconds
    shown = -1
    while True:
        left = end - time.monotonic()
        video = await _retrieve(api, video_id, wait=min(max(left, 0.0), _LOOK_SECONDS))
        if video["progress"] > shown:
            shown = video["progress"]
            await ctx.report_progress(shown, 100, f"{video['id']} is {video['status']}")
        if video["status"] in ("completed", "failed"):
            return await _with_link(api, video)
        if left <= 0 or api.closing():
            return {**video, "next": "It is not finished. Call `wait_for_video` again."}
        await asyncio.sleep(0.05)  # a server that shuts down holds no request


async def retrieve_video(ctx: AnyContext, video_id: VideoId) -> dict[str, Any]:
    """The state of a video: status, progress, and why it failed if it did."""
    api = _api(ctx)
    return await _with_link(api, await _retrieve(api, video_id))


async def list_videos(
    ctx: AnyContext,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
    after: Annotated[str | None, Field(description="`last_id` of the page before.")] = None,
    status: Literal["queued", "in_progress", "completed", "failed"] | None = None,
    search: Annotated[str | None, Field(description="Words of the prompt.")] = None,
) -> dict[str, Any]:
    """The videos of this project, newest first."""
    query = _given(limit=limit, after=after, status=status, search=search)
    return await _api(ctx).json("GET", "/videos", params=query)


async def remix_video(ctx: AnyContext, video_id: VideoId, prompt: Prompt) -> dict[str, Any]:
    """Make a completed video again with another prompt; what both prompts share stays."""
    return await _api(ctx).json(
        "POST", f"/videos/{_segment(video_id)}/remix", json={"prompt": prompt}
    )


async def edit_video(
    ctx: AnyContext, video: Source, prompt: Prompt, model: Model = None, seed: Seed = None
) -> dict[str, Any]:
    """Change a video as the prompt says; the rest of it, and its length, stay."""
    fields = _given(prompt=prompt, model=model, seed=seed)
    return await _create_from(ctx, "/videos/edits", fields, video)


async def extend_video(
    ctx: AnyContext,
    video: Source,
    prompt: Prompt,
    seconds: Annotated[int, Field(description="How many seconds to add: 4, 8, 12, 16 or 20.")] = 4,
    model: Model = None,
    seed: Seed = None,
) -> dict[str, Any]:
    """Continue a video. The new video has the old part and the new one."""
    fields = _given(prompt=prompt, seconds=_text(seconds), model=model, seed=seed)
    return await _create_from(ctx, "/videos/extensions", fields, video)


async def cancel_video(ctx: AnyContext, video_id: VideoId) -> dict[str, Any]:
    """End a video that is not finished."""
    return await _api(ctx).json("POST", f"/videos/{_segment(video_id)}/cancel")


async def delete_video(ctx: AnyContext, video_id: VideoId) -> dict[str, Any]:
    """Delete a finished video and its files for ever."""
    api = _api(ctx)
    if (await _retrieve(api, video_id))["status"] not in ("completed", "failed"):
        raise ToolFailure("The video is not finished. End it with `cancel_video`, then delete it.")
    return await api.json("DELETE", f"/videos/{_segment(video_id)}")


async def create_character(
    ctx: AnyContext,
    name: Annotated[str, Field(description="How prompts will call the character.")],
    video: Source,
) -> dict[str, Any]:
    """Make a character from a video that shows it, for use in later videos."""
    api = _api(ctx)
    if _is_video(video):
        film, kind = await api.file(f"/videos/{_segment(video)}/content")
        upload = (f"{video}.mp4", film, kind)
    else:
        upload = await api.read_local(video)
    return await api.json(
        "POST", "/videos/characters", data={"name": name}, files={"video": upload}
    )


async def get_character(
    ctx: AnyContext, character_id: Annotated[str, Field(description="Id of a character: char_…")]
) -> dict[str, Any]:
    """A character's name and id."""
    return await _api(ctx).json("GET", f"/videos/characters/{_segment(character_id)}")


async def list_characters(ctx: AnyContext) -> dict[str, Any]:
    """The characters of this project."""
    return await _api(ctx).json("GET", "/videos/characters", params={"limit": 100})


async def list_models(ctx: AnyContext) -> dict[str, Any]:
    """The models of this server and what each of them can do."""
    return await _api(ctx).json("GET", "/models")


async def look_at_video(
    ctx: AnyContext,
    video_id: VideoId,
    show: Annotated[
        Literal["spritesheet", "thumbnail", "frames"],
        Field(
            description="`spritesheet`: small pictures of the whole video, left to right and top "
            "to bottom; `thumbnail`: one picture; `frames`: the frames at the times in `at`."
        ),
    ] = "spritesheet",
    at: Annotated[
        list[float] | None,
        Field(
            description=f"For `frames`: up to {_MAX_FRAMES} times in seconds.",
            max_length=_MAX_FRAMES,
        ),
    ] = None,
) -> list[str | Image]:
    """Look at a completed video, to judge what was made."""
    api = _api(ctx)
    video = await _retrieve(api, video_id)
    if video["status"] != "completed":
        raise ToolFailure(
            f"The video is {video['status']}, so there is nothing to look at. "
            + (
                f"{video['error']['message']}"
                if video["status"] == "failed"
                else "Call `wait_for_video` first."
            )
        )
    about = f"{video_id}: {video['seconds']} s, {video['size']}, prompt: {video['prompt']}"
    if show != "frames":
        picture = await api.file(f"/videos/{_segment(video_id)}/content", variant=show)
        return [about, _image(*picture)]
    if not at:
        raise ToolFailure("Say in `at` which moments to show, in seconds, such as [0.5, 2].")
    shown: list[str | Image] = [about]
    for moment in at:
        picture = await api.file(f"/videos/{_segment(video_id)}/frame", at=moment)
        shown += [f"At {moment:g} s:", _image(*picture)]
    return shown


async def save_video(
    ctx: AnyContext,
    video_id: VideoId,
    path: Annotated[str, Field(description="A new file, such as fox.mp4.")],
) -> dict[str, Any]:
    """Write a completed video to a file on your machine."""
    target = local_path(path)
    size = await _api(ctx).save(f"/videos/{_segment(video_id)}/content", target)
    return {"path": str(target), "bytes": size}


READING = (
    *(retrieve_video, list_videos, look_at_video, wait_for_video),
    *(list_models, list_characters, get_character),
)
CHANGING = (
    *(create_video, remix_video, edit_video, extend_video),
    *(create_character, cancel_video, delete_video),
)


def _api(ctx: AnyContext) -> ApiClient:
    context = ctx.request_context
    found: ApiClient = (
        context.lifespan_context if context.request is None else context.request.scope[CLIENT]
    )
    return found


async def _create_from(
    ctx: AnyContext, path: str, fields: dict[str, Any], video: str
) -> dict[str, Any]:
    """Make a job from a video."""
    if _is_video(video):
        return await _api(ctx).json("POST", path, json={**fields, "video": {"id": video}})
    return await _post(_api(ctx), path, fields, {"video": await _api(ctx).read_local(video)})


def _remote(source: str, url_name: str) -> dict[str, str] | None:
    """A reference to a file of the server or of the network; None for a path."""
    if source.startswith("file-"):
        return {"file_id": source}
    if source.startswith(("https:", "http:", "data:")):
        return {url_name: source}
    return None


async def _post(
    api: ApiClient, path: str, fields: dict[str, Any], uploads: dict[str, Upload]
) -> dict[str, Any]:
    """Send JSON, or a form where files go with it."""
    if not uploads:
        return await api.json("POST", path, json=fields)
    form = dict[str, str]()
    for name, value in fields.items():
        if name == "references":  # beside their files, which are fields of their own
            for index, item in enumerate(value):
                form |= {f"references[{index}][{key}]": str(each) for key, each in item.items()}
        else:
            form[name] = value if isinstance(value, str) else json.dumps(value)
    return await api.json("POST", path, data=form, files=uploads)


async def _retrieve(api: ApiClient, video_id: str, *, wait: float = 0.0) -> dict[str, Any]:
    headers = {"prefer": f"wait={wait:.1f}"} if wait else {}
    return await api.json("GET", f"/videos/{_segment(video_id)}", headers=headers)


async def _with_link(api: ApiClient, video: dict[str, Any]) -> dict[str, Any]:
    """The video and, if it is completed and still stored, where to download it without a key."""
    if video["status"] != "completed":
        return video
    if video["expires_at"] is not None and video["expires_at"] < time.time():
        return {**video, "next": "Its files have expired and are not stored any more."}
    link = await api.json(
        "POST", f"/videos/{_segment(video['id'])}/links", json={"expires_in": _LINK_SECONDS}
    )
    return {**video, "url": link["url"]}


def _is_video(text: str) -> bool:
    return text.startswith("video_")


def _segment(any_id: str) -> str:
    """An id as a segment of a path.

    Raises:
        ToolFailure: it can't be an id.
    """
    if not any_id or not all(letter.isalnum() or letter in "-_" for letter in any_id):
        raise ToolFailure(f"'{any_id}' is not an id. `list_videos` shows the ids of the videos.")
    return any_id


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _image(content: bytes, media_type: str) -> Image:
    return Image(data=content, format=media_type.partition("/")[2])
