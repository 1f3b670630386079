"""The files that a new job reads.

Each is stored under the id of the new video, so that it stays when its source is deleted.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.body import HEAD_BYTES, PICTURES, described, sniff
from vitascope.api.parsing.references import (
    DataUrlRef,
    FileIdRef,
    Reference,
    UploadRef,
    UrlRef,
    decode_data_url,
)
from vitascope.api.services.container import Services
from vitascope.api.services.fetch import FetchLimits, fetch_image
from vitascope.errors import InvalidRequest, NotFound
from vitascope.spec import SCENE_ROLES, Asset, CharacterInput, Input, InputRole, RenderSpec
from vitascope.store.blobs import Blobs, MissingBlob, digest_of
from vitascope.store.characters import StoredCharacter
from vitascope.video import Variant, Video, cutout_key, input_key

_TAKEN = ", ".join(f"'{kind}'" for kind in PICTURES[:-1]) + f", and '{PICTURES[-1]}'"
_PICTURE_LIMITS = FetchLimits()
_COPIED: dict[Variant, InputRole] = {
    "video": "source_video",
    "thumbnail": "source_thumbnail",
    "spritesheet": "source_spritesheet",
}


async def put_upload(blobs: Blobs, key: str, upload: Upload) -> Asset:
    """Store an uploaded file. Its media type is the one that its first bytes show."""
    media = sniff(upload.head)
    asset = Asset(
        key=key,
        size=upload.size,
        digest=await digest_of(upload.path),
        media_type=media.value if media else "application/octet-stream",
    )
    await blobs.put_file(asset.key, upload.path, asset.media_type)
    return asset


async def store_first_frame(
    services: Services, project: str, body: Body, reference: Reference, video_id: str
) -> Input:
    """Store the picture of a reference as the first frame of a new video.

    The API process does not decode it: the worker finds out whether it is intact.

    Raises:
        InvalidRequest: it can't be fetched, or is of no supported kind.
        NotFound: the project has no such file.
    """
    upload = await upload_of(services, project, body, reference)
    if sniff(upload.head) not in PICTURES and not services.settings.conformance:
        raise InvalidRequest(
            "Invalid file 'input_reference': unsupported mimetype "
            f"('{described(upload.head)}'). Supported file formats are {_TAKEN}.",
            param="input_reference",
            code="invalid_value",
        )
    key = input_key(video_id, "first_frame")
    file_id = reference.file_id if isinstance(reference, FileIdRef) else None
    asset = await put_upload(services.blobs, key, upload)
    return Input("first_frame", asset, file_id=file_id)


async def store_upload(blobs: Blobs, upload: Upload, video_id: str) -> Input:
    """Store an uploaded video as the source of a new one."""
    key = input_key(video_id, "uploaded_video")
    return Input("uploaded_video", await put_upload(blobs, key, upload))


async def upload_of(
    services: Services,
    project: str,
    body: Body,
    reference: Reference,
    *,
    name: str = "input_reference",
    limits: FetchLimits = _PICTURE_LIMITS,
) -> Upload:
    """Bring in what a reference stands for, as a file of the body.

    Args:
        services: of the API.
        project: which must own a file that is named by its id.
        body: the request's.
        reference: to the file.
        name: the field that has it, for errors.
        limits: for an address that is fetched.

    Raises:
        InvalidRequest: it can't be fetched or decoded.
        NotFound: the project has no such file.
    """
    match reference:
        case UploadRef(upload):
            return upload
        case DataUrlRef():
            field = f"{name}.image_url" if name == "input_reference" else name
            return await decode_data_url(reference, body, name=field)
        case UrlRef(url):
            at_once = services.settings.limits_of(project).max_fetches or 1
            scratch = services.settings.uploads_dir
            async with services.fetching.turn(project, at_once=at_once) as network:
                return body.adopt(
                    await fetch_image(
                        url, scratch=scratch, limits=limits, network=network, param=name
                    )
                )
        case FileIdRef(file_id):
            field = f"{name}.file_id" if name == "input_reference" else name
            return await _stored_file(services, project, body, file_id, field)


async def _stored_file(
    services: Services, project: str, body: Body, file_id: str, name: str
) -> Upload:
    file = await services.files.get(file_id, project=project)
    if file is None:
        raise NotFound(f"No such File object: {file_id}", param=name)
    path = services.settings.uploads_dir / f"stored-{secrets.token_hex(16)}"
    body.files.adopt(path)
    await services.blobs.fetch(file.content.key, path)
    return Upload(path, file.filename, None, file.content.size, head_of(path))


def head_of(path: Path) -> bytes:
    """A file's first bytes, which show what it is."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


async def completed_video(services: Services, video_id: str, *, project: str, verb: str) -> Video:
    """A completed video that still has its files.

    Args:
        services: of the API.
        video_id: the video.
        project: which must own it.
        verb: what is to be done with it, as a participle for the error message.

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


async def copy_film(blobs: Blobs, source: Video, video_id: str) -> tuple[Input, ...]:
    """Copy a film and its previews to the video that continues or changes it."""
    found = [
        Input(role, source.assets[variant])
        for variant, role in _COPIED.items()
        if variant in source.assets
    ]
    return await _copied(blobs, found, video_id)


async def copy_scene(
    blobs: Blobs, source: Video, video_id: str
) -> tuple[tuple[Input, ...], tuple[CharacterInput, ...]]:
    """Copy the pictures that a film was rendered with, so that it can be rendered again."""
    inputs = await _copied(blobs, source.spec.inputs_of(*SCENE_ROLES), video_id)
    return inputs, await _copied_cast(blobs, source.spec.characters, video_id)


async def copy_inputs(blobs: Blobs, spec: RenderSpec, video_id: str) -> RenderSpec:
    """The specification with copies of all its files, for another video."""
    inputs = await _copied(blobs, spec.inputs, video_id)
    characters = await _copied_cast(blobs, spec.characters, video_id)
    return msgspec.structs.replace(spec, inputs=inputs, characters=characters)


async def _copied_cast(
    blobs: Blobs, cast: Iterable[CharacterInput], video_id: str
) -> tuple[CharacterInput, ...]:
    characters = []
    for index, one in enumerate(cast):
        copy = await _copy(blobs, one.cutout, cutout_key(video_id, index))
        characters.append(msgspec.structs.replace(one, cutout=copy))
    return tuple(characters)


async def _copied(blobs: Blobs, inputs: Iterable[Input], video_id: str) -> tuple[Input, ...]:
    copies = []
    for index, one in enumerate(inputs):
        copy = await _copy(blobs, one.asset, input_key(video_id, one.role, index))
        copies.append(msgspec.structs.replace(one, asset=copy))
    return tuple(copies)


async def _copy(blobs: Blobs, asset: Asset, key: str) -> Asset:
    try:
        await blobs.copy(asset.key, key)
    except MissingBlob:
        raise NotFound("The video's files are not stored any more.", param="video") from None
    return msgspec.structs.replace(asset, key=key)


async def find_characters(
    services: Services, ids: Sequence[str], project: str
) -> list[StoredCharacter]:
    """The project's characters of these ids.

    Raises:
        NotFound: the project has no such character.
    """
    found: list[StoredCharacter] = []
    for index, character_id in enumerate(ids):
        character = await services.characters.get(character_id, project=project)
        if character is None:
            raise NotFound(
                f"Character with id '{character_id}' not found.", param=f"characters[{index}].id"
            )
        found.append(character)
    return found


async def store_cast(
    blobs: Blobs, prompt: str, characters: Sequence[StoredCharacter], video_id: str
) -> tuple[tuple[CharacterInput, ...], list[str]]:
    """Copy the pictures of the characters that the prompt names.

    A character that the prompt does not name is left out, as the hosted service did.

    Returns:
        The characters, and a sentence for the job's log about each one that was left out.
    """
    named = [one for one in characters if one.cutouts and one.name.casefold() in prompt.casefold()]
    notes = [
        f"The character '{one.name}' ({one.id}) is not named in the prompt and was left out."
        for one in characters
        if one not in named
    ]
    found: list[CharacterInput] = []
    for index, one in enumerate(named):
        best = one.cutouts[0]
        copy = msgspec.structs.replace(best, key=cutout_key(video_id, index))
        await blobs.copy(best.key, copy.key)
        found.append(CharacterInput(one.id, one.name, one.palette, copy))
    return tuple(found), notes
