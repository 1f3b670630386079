"""The files repository: uploads that later requests refer to by id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from vitascope.spec import Asset
from vitascope.store.database import Database, in_batches, may_be_stored
from vitascope.store.tables import files
from vitascope.store.usage import NO_QUOTA, Quota, Usage, lock_project, record_file, record_usage
from vitascope.video import is_own_id


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded file. `purpose` is the client's."""

    id: str
    project: str
    filename: str
    purpose: str
    created_at: float
    content: Asset

    def to_wire(self) -> dict[str, Any]:
        """The API's JSON object."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": self.content.size,
            "created_at": int(self.created_at),
            "expires_at": None,
            "filename": self.filename,
            "purpose": self.purpose,
            "status": "processed",
            "status_details": None,
        }


class Files:
    """Adds, finds, lists and deletes files, each within its project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, file: StoredFile, quota: Quota = NO_QUOTA) -> None:
        """Store a file's row.

        Raises:
            QuotaReached: the project has no room for one of that size.
        """

        def write(connection: sa.Connection) -> None:
            lock_project(connection, file.project)
            row = {**msgspec.structs.asdict(file), "stored_bytes": file.content.size}
            connection.execute(sa.insert(files).values(row))
            record_file(connection, file.project, file.content.size, quota)

        async with self._database.begin() as connection:
            await connection.run_sync(write)

    async def get(self, file_id: str, *, project: str) -> StoredFile | None:
        """The file, or None if the project has none with this id."""
        if not may_be_stored(file_id):
            return None
        query = sa.select(files).where(files.c.id == file_id, files.c.project == project)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        return None if row is None else _from_row(row._mapping)

    async def page(
        self,
        *,
        project: str,
        purpose: str | None,
        after: str | None,
        limit: int,
        newest_first: bool,
    ) -> tuple[list[StoredFile], bool]:
        """Up to `limit` files after the cursor, and whether there are more."""
        query = sa.select(files).where(files.c.project == project)
        if purpose is not None:
            query = query.where(files.c.purpose == purpose)
        if after is not None:
            if not is_own_id(after, "file", "-"):
                return [], False
            query = query.where(files.c.id < after if newest_first else files.c.id > after)
        order = files.c.id.desc() if newest_first else files.c.id.asc()
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.order_by(order).limit(limit + 1))).all()
        return [_from_row(row._mapping) for row in rows[:limit]], len(rows) > limit

    async def delete(self, file_id: str, *, project: str) -> StoredFile | None:
        """Delete a file's row and return it; None if there was none."""
        statement = (
            sa.delete(files)
            .where(files.c.id == file_id, files.c.project == project)
            .returning(files)
        )
        async with self._database.begin() as connection:
            row = (await connection.execute(statement)).first()
            if row is not None:
                freed = Usage(-row.stored_bytes, -1)
                await connection.run_sync(record_usage, [(project, freed)])
        return None if row is None else _from_row(row._mapping)

    async def existing_among(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids have a row, in any project."""
        found: set[str] = set()
        async with self._database.reading() as connection:
            for batch in in_batches(ids):
                query = sa.select(files.c.id).where(files.c.id.in_(batch))
                found.update((await connection.execute(query)).scalars())
        return found


def _from_row(row: sa.RowMapping) -> StoredFile:
    fields = dict(row)
    del fields["stored_bytes"]
    return StoredFile(**fields)
