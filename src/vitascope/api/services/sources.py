"""Source videos and characters of a request, and the copies of their files that a job needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from vitascope.api.parsing import Body, Upload
from vitascope.api.parsing.fields import given, wrong_type
from vitascope.api.parsing.sniff import sniff
from vitascope.api.services.container import Services
from vitascope.errors import InvalidRequest, NotFound
from vitascope.spec import SCENE_ROLES, Asset, CharacterInput, Input, InputRole
from vitascope.store.blobs import Blobs, MissingBlob, digest_of
from vitascope.store.characters import StoredCharacter
from vitascope.video import Variant, Video, cutout_key, input_key

_CARRIED: dict[Variant, InputRole] = {
    "video": "source_video",
    "thumbnail": "source_thumbnail",
    "spritesheet": "source_spritesheet",
}


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


async def carry_film(blobs: Blobs, source: Video, video_id: str) -> tuple[Input, ...]:
    """Copy a film and its previews to the job that goes on from it.

    The job has files of its own, so that deleting the source does not disturb it.
    """
    found = []
    for variant, role in _CARRIED.items():
        if variant in source.assets:
            found.append(Input(role, source.assets[variant]))
    return await _copied(blobs, found, video_id)


async def carry_scene(
    blobs: Blobs, source: Video, video_id: str
) -> tuple[tuple[Input, ...], tuple[CharacterInput, ...]]:
    """Copy the pictures that a film was rendered with, so that it can be rendered again."""
    inputs = await _copied(blobs, source.spec.inputs_of(*SCENE_ROLES), video_id)
    characters = []
    for index, one in enumerate(source.spec.characters):
        copy = await _copy(blobs, one.cutout, cutout_key(video_id, index))
        characters.append(msgspec.structs.replace(one, cutout=copy))
    return inputs, tuple(characters)


async def store_upload(blobs: Blobs, upload: Upload, video_id: str) -> Input:
    """Store an uploaded film. The worker finds out whether it can be decoded."""
    media = sniff(upload.head)
    asset = Asset(
        key=input_key(video_id, "uploaded_video"),
        size=upload.size,
        digest=await digest_of(upload.path),
        media_type=media.value if media else "application/octet-stream",
    )
    await blobs.put_file(asset.key, upload.path, asset.media_type)
    return Input("uploaded_video", asset)


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


MAX_CHARACTERS = 2


async def characters_of(body: Body, services: Services, project: str) -> list[StoredCharacter]:
    """The characters of `characters: [{id}]`, at most two.

    Raises:
        InvalidRequest: the field is of another form, or there are more.
        NotFound: the project has none of that id.
    """
    value = given(body, "characters")
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong_type("characters", "an array of objects", value)
    if len(value) > MAX_CHARACTERS:
        raise InvalidRequest(
            f"Invalid 'characters': array too long. Expected an array with maximum length "
            f"{MAX_CHARACTERS}, but got an array with length {len(value)} instead.",
            param="characters",
            code="array_above_max_length",
        )
    found: list[StoredCharacter] = []
    for index, item in enumerate(value):
        name = f"characters[{index}]"
        if not isinstance(item, dict) or set(item) != {"id"} or not isinstance(item["id"], str):
            raise InvalidRequest(
                f"Invalid '{name}': expected an object with an 'id'.",
                param=name,
                code="invalid_type",
            )
        character = await services.characters.get(item["id"], project=project)
        if character is None:
            raise NotFound(f"Character with id '{item['id']}' not found.", param=f"{name}.id")
        found.append(character)
    return found


async def cast_of(
    prompt: str, characters: Sequence[StoredCharacter], video_id: str, blobs: Blobs
) -> tuple[tuple[CharacterInput, ...], list[str]]:
    """The characters that the prompt names, with copies of their pictures, and log remarks.

    A character that the prompt does not name is left out, as the hosted service did.
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
