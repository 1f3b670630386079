"""`/videos/characters`: figures cut out of clips, to act in films."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import unquote

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from vitascope.api.parsing import Upload
from vitascope.api.parsing.fields import (
    given,
    missing_parameter,
    reject_unknown,
    require_text,
    wrong_type,
)
from vitascope.api.parsing.parameters import read_payload
from vitascope.api.schemas import CHARACTER_BODY, MAX_CHARACTER_NAME, CharacterObject, refusals
from vitascope.api.services.conformance import text_as_file, without_pictures
from vitascope.api.services.container import Services, project_of, services_of
from vitascope.api.services.hangup import while_connected
from vitascope.errors import InvalidRequest, JobError, NotFound
from vitascope.jobs.cutouts import Cutouts
from vitascope.spec import Asset
from vitascope.store.blobs import digest_of
from vitascope.store.characters import StoredCharacter
from vitascope.video import new_id

router = APIRouter(tags=["Characters"])


@router.post(
    "/videos/characters",
    response_model=CharacterObject,
    responses=refusals(400, 401, 413, 429),
    openapi_extra=CHARACTER_BODY,
)
async def create_character(request: Request) -> JSONResponse:
    """Make a character from a clip that shows it."""
    services = services_of(request)
    async with read_payload(request) as body:
        reject_unknown(body, {"name", "video"})
        name = require_text(body, "name", max_length=MAX_CHARACTER_NAME)
        upload = text_as_file(services.settings, body, given(body, "video"))
        if upload is None:
            raise missing_parameter("video")
        if not isinstance(upload, Upload):
            raise wrong_type("video", "a file", upload)
        making = _make(services, upload.path, name, project_of(request))
        try:
            character = await while_connected(request, making)
        except JobError as error:
            if not services.settings.conformance:
                raise InvalidRequest(error.message, param="video", code=error.code) from None
            character = without_pictures(name, project=project_of(request))
            await services.characters.add(character)
    return JSONResponse(character.to_wire())


@router.get(
    "/videos/characters/{character_id}",
    response_model=CharacterObject,
    responses=refusals(401, 404),
)
async def get_character(request: Request, character_id: str) -> JSONResponse:
    """Tell about a character."""
    wanted = unquote(character_id)
    character = await services_of(request).characters.get(wanted, project=project_of(request))
    if character is None:
        raise NotFound(f"Character with id '{wanted}' not found.", param="character_id")
    return JSONResponse(character.to_wire())


async def _make(services: Services, film: Path, name: str, project: str) -> StoredCharacter:
    async with services.cutouts.cut_out(film, project=project) as cutouts:
        return await _store(services, cutouts, name, project)


async def _store(services: Services, cutouts: Cutouts, name: str, project: str) -> StoredCharacter:
    character_id = new_id("char")
    assets: list[Asset] = []
    try:
        for path in cutouts.pictures:
            asset = Asset(
                key=f"characters/{character_id}/{path.name}",
                size=path.stat().st_size,
                digest=await digest_of(path),
                media_type="image/png",
            )
            assets.append(asset)
            await services.blobs.put_file(asset.key, path, asset.media_type)
        character = StoredCharacter(
            id=character_id,
            project=project,
            name=name,
            created_at=time.time(),
            cutouts=tuple(assets),
            palette=cutouts.palette,
        )
        await services.characters.add(character, services.quota_of(project))
    except BaseException:
        await services.blobs.delete([asset.key for asset in assets])
        raise
    return character
