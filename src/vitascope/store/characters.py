"""The characters repository: figures that films can show."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from vitascope.spec import Asset
from vitascope.store.database import Database, in_batches, may_be_stored
from vitascope.store.tables import characters, lineage
from vitascope.store.usage import NO_QUOTA, Quota, Usage, lock_project, record_file, record_usage
from vitascope.video import is_own_id


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

    async def add(
        self, character: StoredCharacter, quota: Quota = NO_QUOTA, *, video_id: str | None = None
    ) -> None:
        """Store a character's row, and the video that it was cut out of.

        Raises:
            QuotaReached: the project has no room for one of that size.
        """

        def write(connection: sa.Connection) -> None:
            lock_project(connection, character.project)
            size = sum(cutout.size for cutout in character.cutouts)
            row = {**msgspec.structs.asdict(character), "stored_bytes": size}
            connection.execute(sa.insert(characters).values(row))
            if video_id is not None:
                edge = {
                    "child_id": character.id,
                    "parent_id": video_id,
                    "relation": "character",
                    "project": character.project,
                    "at": character.created_at,
                }
                connection.execute(sa.insert(lineage).values(edge))
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

    async def page(
        self, *, project: str, after: str | None, limit: int, newest_first: bool
    ) -> tuple[list[StoredCharacter], bool]:
        """Up to `limit` characters after the cursor, and whether there are more."""
        query = sa.select(characters).where(characters.c.project == project)
        if after is not None:
            if not is_own_id(after, "char"):
                return [], False
            own = characters.c.id
            query = query.where(own < after if newest_first else own > after)
        order = characters.c.id.desc() if newest_first else characters.c.id.asc()
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.order_by(order).limit(limit + 1))).all()
        return [_from_row(row._mapping) for row in rows[:limit]], len(rows) > limit

    async def rename(self, character_id: str, name: str, *, project: str) -> StoredCharacter | None:
        """Give a character another name; None if the project has none with this id."""
        return await self._change(
            sa.update(characters).values(name=name), character_id, project=project
        )

    async def delete(self, character_id: str, *, project: str) -> StoredCharacter | None:
        """Delete a character's row and return it; None if there was none."""
        return await self._change(sa.delete(characters), character_id, project=project)

    async def _change(
        self, statement: sa.Update | sa.Delete, character_id: str, *, project: str
    ) -> StoredCharacter | None:
        if not may_be_stored(character_id):
            return None
        one = statement.where(
            characters.c.id == character_id, characters.c.project == project
        ).returning(characters)
        async with self._database.begin() as connection:
            row = (await connection.execute(one)).first()
            if row is not None and isinstance(statement, sa.Delete):
                freed = Usage(-row.stored_bytes, -1)
                await connection.run_sync(record_usage, [(project, freed)])
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
