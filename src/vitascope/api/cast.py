"""The cast: which characters a request names, and what their job needs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vitascope.api.body import Body
from vitascope.api.body.fields import given, wrong_type
from vitascope.api.services import Services
from vitascope.errors import InvalidRequest, NotFound
from vitascope.store.blobs import Blobs
from vitascope.store.characters import StoredCharacter
from vitascope.video import Asset, Parent, VideoRequest

MAX_CHARACTERS = 2


def role_of(index: int) -> str:
    """The input role of a film's n-th character."""
    return f"character-{index}"


ROLES = tuple(role_of(index) for index in range(MAX_CHARACTERS))


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
    wanted: VideoRequest, characters: Sequence[StoredCharacter], blobs: Blobs
) -> tuple[VideoRequest, list[str]]:
    """The request with its characters' pictures, and remarks for the job's log.

    A character that the prompt does not name is ignored, as the hosted service did.
    """
    named = [
        one for one in characters if one.cutouts and one.name.casefold() in wanted.prompt.casefold()
    ]
    notes = [
        f"The character '{one.name}' ({one.id}) is not named in the prompt and was left out."
        for one in characters
        if one not in named
    ]
    inputs: dict[str, Asset] = {}
    for index, one in enumerate(named):
        best = one.cutouts[0]
        key = f"videos/{wanted.id}/{role_of(index)}"
        await blobs.copy(best.key, key)
        inputs[role_of(index)] = replace(best, key=key)
    cast = [{"id": one.id, "name": one.name, "palette": list(one.palette)} for one in named]
    if not cast:
        return wanted, notes
    wanted = replace(
        wanted,
        options={**wanted.options, "characters": cast},
        parents=(*wanted.parents, *(Parent(one.id, "character") for one in named)),
    )
    return wanted.with_inputs(inputs), notes
