"""The cast: which characters a request names, and what their job needs of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from vitascope.api.body import Body
from vitascope.api.body.fields import given, wrong_type
from vitascope.api.services import Services
from vitascope.errors import InvalidRequest, NotFound
from vitascope.spec import CharacterInput
from vitascope.store.blobs import Blobs
from vitascope.store.characters import StoredCharacter
from vitascope.video import cutout_key

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
