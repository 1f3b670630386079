"""The list of files, page by page."""

import msgspec
import pytest
import sqlalchemy as sa

from vitascope.store.files import StoredFile
from vitascope.store.tables import files
from vitascope.video import Asset, new_id

pytestmark = pytest.mark.anyio
MANY = 1010


@pytest.fixture
async def ids(services, client):
    """Files of the default project, oldest first."""
    await client.get("/v1/files")  # makes the database
    rows = [
        StoredFile(
            id=new_id("file", "-"),
            project="default",
            filename="a.png",
            purpose="vision",
            created_at=1.0,
            content=Asset(f"files/{number}", 1, "ab" * 32, "image/png"),
        )
        for number in range(MANY)
    ]
    async with services.database.begin() as connection:
        await connection.execute(sa.insert(files), [msgspec.structs.asdict(row) for row in rows])
    return sorted(row.id for row in rows)


async def test_files_come_in_pages(client, ids):
    newest_first = ids[::-1]

    page = (await client.get("/v1/files")).json()
    assert [each["id"] for each in page["data"]] == newest_first[:100]
    assert page["has_more"] is True
    # As many as the official API lets one ask for, in the pages that this server makes.
    everything, after = [], {}
    while True:
        page = (await client.get("/v1/files", params={"limit": 10_000, **after})).json()
        assert len(page["data"]) <= 1000
        everything += [each["id"] for each in page["data"]]
        if not page["has_more"]:
            break
        after = {"after": page["last_id"]}
    assert everything == newest_first
