"""Sources: the film that an edit, an extension or a remix goes on from."""

from __future__ import annotations

from collections.abc import Iterable

from vitascope.api.body import Upload
from vitascope.api.body.sniff import sniff
from vitascope.api.services import Services
from vitascope.errors import InvalidRequest, NotFound
from vitascope.store.blobs import Blobs, MissingBlob
from vitascope.store.digests import digest_of
from vitascope.video import Asset, Video

SOURCE = "source"
UPLOAD = "upload"
_CARRIED = ("video", "thumbnail", "spritesheet")


async def completed_video(services: Services, video_id: str, *, project: str, verb: str) -> Video:
    """The finished film of that id.

    Raises:
        NotFound: the project has none of that id, or its files have expired.
        InvalidRequest: it is not completed.
    """
    video = await services.videos.get(video_id, project=project)
    if video is None:
        raise NotFound(f"Video with id '{video_id}' not found.", param="video")
    if video.status != "completed":
        raise InvalidRequest(
            f"Video '{video_id}' is {video.status}. Only completed videos can be {verb}.",
            param="video",
            code="video_not_completed",
        )
    if "video" not in video.assets:
        raise NotFound("The video's files have expired and are not stored any more.", param="video")
    return video


async def carry_film(blobs: Blobs, source: Video, video_id: str) -> dict[str, Asset]:
    """Copy a film and its previews to the job that goes on from it.

    With files of its own, the job does not mind when the source is deleted meanwhile.
    """
    wanted = {name: source.assets[name] for name in _CARRIED if name in source.assets}
    roles = {"video": SOURCE, "thumbnail": "source_thumbnail", "spritesheet": "source_spritesheet"}
    return await _copy(blobs, {roles[name]: asset for name, asset in wanted.items()}, video_id)


async def carry_inputs(
    blobs: Blobs, source: Video, video_id: str, roles: Iterable[str]
) -> dict[str, Asset]:
    """Copy the inputs a film was drawn with, for it to be drawn again."""
    wanted = {role: source.inputs[role] for role in roles if role in source.inputs}
    return await _copy(blobs, wanted, video_id)


async def store_upload(blobs: Blobs, upload: Upload, video_id: str) -> dict[str, Asset]:
    """Store an uploaded film; whether it is one shows in the child."""
    media = sniff(upload.head)
    asset = Asset(
        key=f"videos/{video_id}/{UPLOAD}",
        size=upload.size,
        digest=await digest_of(upload.path),
        media_type=media.value if media else "application/octet-stream",
    )
    await blobs.put_file(asset.key, upload.path, asset.media_type)
    return {UPLOAD: asset}


async def _copy(blobs: Blobs, assets: dict[str, Asset], video_id: str) -> dict[str, Asset]:
    copies: dict[str, Asset] = {}
    for role, asset in assets.items():
        copy = Asset(f"videos/{video_id}/{role}", asset.size, asset.digest, asset.media_type)
        try:
            await blobs.copy(asset.key, copy.key)
        except MissingBlob:
            raise NotFound("The video's files are not stored any more.", param="video") from None
        copies[role] = copy
    return copies
