"""The characters repository: figures that films can show."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from vitascope.spec import Asset
from vitascope.store.database import Database, in_batches, may_be_stored
from vitascope.store.tables import characters
from vitascope.store.usage import NO_QUOTA, Quota, lock_project, record_file


class StoredCharacter(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that was cut out of an uploaded video.

    Attributes:
        cutouts: images of it with transparency, best first.
        palette: its main colours, as `#rrggbb`.
    """

    id: str
    project: str
    name: str
    created_at: float
    cutouts: tuple[Asset, ...]
    palette: tuple[str, ...]

    def to_wire(self) -> dict[str, str | int]:
        """The API's JSON object: three keys, no `object`."""
        return {"id": self.id, "name": self.name, "created_at": int(self.created_at)}


class Characters:
    """Adds and finds characters, each within its project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, character: StoredCharacter, quota: Quota = NO_QUOTA) -> None:
        """Store a character's row.

        Raises:
            QuotaReached: the project has no room for one of that size.
        """

        def write(connection: sa.Connection) -> None:
            lock_project(connection, character.project)
            size = sum(cutout.size for cutout in character.cutouts)
            row = {**msgspec.structs.asdict(character), "stored_bytes": size}
            connection.execute(sa.insert(characters).values(row))
            record_file(connection, character.project, size, quota)

        async with self._database.begin() as connection:
            await connection.run_sync(write)

    async def get(self, character_id: str, *, project: str) -> StoredCharacter | None:
        """The character, or None if the project has none with this id."""
        if not may_be_stored(character_id):
            return None
        query = sa.select(characters).where(
            characters.c.id == character_id, characters.c.project == project
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _from_row(row._mapping)

    async def existing_among(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids have a row, in any project."""
        found: set[str] = set()
        async with self._database.reading() as connection:
            for batch in in_batches(ids):
                query = sa.select(characters.c.id).where(characters.c.id.in_(batch))
                found.update((await connection.execute(query)).scalars())
        return found


def _from_row(row: sa.RowMapping) -> StoredCharacter:
    fields = dict(row)
    del fields["stored_bytes"]
    return StoredCharacter(**fields)
