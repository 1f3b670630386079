"""Uploaded files, each inside its project."""

import hashlib

import pytest

from vitascope.store.blobs import digest_of
from vitascope.store.characters import Characters
from vitascope.store.files import Files, StoredFile
from vitascope.video import Asset, new_id

pytestmark = pytest.mark.anyio


@pytest.fixture
def files(engine):
    return Files(engine)


@pytest.fixture
def add_file(files):
    async def add(*, project="default", purpose="vision"):
        file_id = new_id("file", "-")
        file = StoredFile(
            id=file_id,
            project=project,
            filename="Füchse.png",
            purpose=purpose,
            created_at=1234.5,
            content=Asset(f"files/{file_id}", 10, "ab", "image/png"),
        )
        await files.add(file)
        return file

    return add


async def page(files, **query):
    every = {"project": "default", "purpose": None, "after": None, "limit": 10}
    found, more = await files.page(**{**every, "newest_first": True, **query})
    return [file.id for file in found], more


async def test_a_file_comes_back_whole_and_in_its_project_only(files, add_file):
    file = await add_file(project="ours")
    assert await files.get(file.id, project="ours") == file
    assert await files.get(file.id, project="theirs") is None
    assert await files.delete(file.id, project="theirs") is None
    assert await page(files, project="theirs") == ([], False)
    assert await files.delete(file.id, project="ours") == file
    assert await files.get(file.id, project="ours") is None
    assert await files.delete(file.id, project="ours") is None


async def test_the_wire_has_every_key(add_file):
    file = await add_file()
    assert file.to_wire() == {
        "id": file.id,
        "object": "file",
        "bytes": 10,
        "created_at": 1234,
        "expires_at": None,
        "filename": "Füchse.png",
        "purpose": "vision",
        "status": "processed",
        "status_details": None,
    }


async def test_pages_follow_each_other(files, add_file):
    ids = [(await add_file()).id for _ in range(3)]
    assert await page(files, limit=2) == ([ids[2], ids[1]], True)
    assert await page(files, limit=2, after=ids[1]) == ([ids[0]], False)
    assert await page(files, newest_first=False, after=ids[0]) == (ids[1:], False)
    await files.delete(ids[1], project="default")
    assert await page(files, after=ids[1]) == ([ids[0]], False)
    for stranger in ("nonsense", new_id("video")):
        assert await page(files, after=stranger) == ([], False)


async def test_a_list_can_be_of_one_purpose(files, add_file):
    other = await add_file(purpose="user_data")
    await add_file()
    assert await page(files, purpose="user_data") == ([other.id], False)


async def test_existing_among(files, add_file):
    file = await add_file(project="any")
    assert await files.existing_among([file.id, "file-gone"]) == {file.id}


async def test_a_digest_is_of_the_whole_content(tmp_path):
    content = bytes(range(256)) * 9000
    (tmp_path / "x").write_bytes(content)
    assert await digest_of(tmp_path / "x") == hashlib.sha256(content).hexdigest()


async def test_more_ids_are_looked_up_than_a_statement_takes(engine, files, add_file):
    file = await add_file()
    unknown = [new_id("file", "-") for _ in range(70_000)]
    assert await files.existing_among([*unknown, file.id]) == {file.id}
    assert await Characters(engine).existing_among(unknown) == set()


async def test_nul_is_no_part_of_an_id(files):
    assert await files.get("file-\0", project="default") is None
