"""Characters: listed, shown, renamed and deleted. How they are made: test_api_cutouts.py."""

import pytest
from api_client import client_for

from vitascope.api.app import build_app
from vitascope.spec import Asset
from vitascope.store.characters import StoredCharacter
from vitascope.store.keys import Keys
from vitascope.store.usage import Usage, usage_of
from vitascope.video import new_id

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(services, tmp_path):
    """Stores a character as if it had been cut out; returns its id."""

    async def store_one(name):
        own = new_id("char")
        asset = Asset(f"characters/{own}/0.png", 7, "00", "image/png")
        (tmp_path / "cutout").write_bytes(b"cut out")
        await services.blobs.put_file(asset.key, tmp_path / "cutout", asset.media_type)
        await services.characters.add(
            StoredCharacter(
                id=own, project="default", name=name, created_at=1.0, cutouts=(asset,), palette=()
            )
        )
        return own

    return store_one


async def test_characters_are_listed_renamed_found_and_deleted(client, store, services):
    ids = [await store(name) for name in ("Ada", "Bob", "Cleo")]
    page = (await client.get("/v1/videos/characters?limit=2")).json()
    assert [one["name"] for one in page["data"]] == ["Cleo", "Bob"]
    assert page["has_more"] is True
    rest = (await client.get(f"/v1/videos/characters?after={page['last_id']}")).json()
    assert [one["name"] for one in rest["data"]] == ["Ada"]

    renamed = await client.patch(f"/v1/videos/characters/{ids[0]}", json={"name": "Lady Ada"})
    assert renamed.json()["name"] == "Lady Ada"
    parameters = {
        "prompt": "lady ada and Bob dance",
        "characters": [{"id": each} for each in ids[:2]],
    }
    film = (await client.post("/v1/videos", json=parameters)).json()["id"]
    other = (await client.post("/v1/videos", json={"prompt": f'"{ids[0]}"'})).json()["id"]
    for each, videos in ((ids[0], [film]), (ids[1], [film]), (ids[2], []), ("%", [])):
        found = (await client.get("/v1/videos", params={"character": each})).json()["data"]
        assert [video["id"] for video in found] == videos, other
    refused = await client.patch(f"/v1/videos/{film}", json={"prompt": "Bob dances alone"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "prompt")

    deleted = await client.delete(f"/v1/videos/characters/{ids[0]}")
    assert deleted.json() == {"id": ids[0], "object": "character.deleted", "deleted": True}
    for method in ("GET", "DELETE"):
        assert (await client.request(method, f"/v1/videos/characters/{ids[0]}")).status_code == 404
    assert [b.key async for b in services.blobs.list(f"characters/{ids[0]}")] == []
    assert (await services.videos.find(film)).spec.characters[0].name == "Lady Ada"
    for each in ids[1:]:
        await client.delete(f"/v1/videos/characters/{each}")
    await services.queue.cancel(film)
    await services.videos.delete(film, project="default")
    async with services.database.begin() as connection:
        assert await connection.run_sync(usage_of, "default") == Usage()


async def test_another_project_sees_none_of_it(client, create, complete, store, services):
    video = (await create(seconds="4"))["id"]
    await complete(video)
    body = {"name": "Ada", "video": {"id": video}}
    made = await store("Ada")
    assert (await client.get(f"/v1/videos/characters/{made}/content")).content == b"cut out"
    _key, secret = await Keys(services.database).create("other")
    services.api_keys.forget()
    headers = {"authorization": f"Bearer {secret}"}
    async with client_for(build_app(services), headers=headers) as other:
        assert (await other.get("/v1/videos/characters")).json()["data"] == []
        for path in (made, f"{made}/content"):
            assert (await other.get(f"/v1/videos/characters/{path}")).status_code == 404
        named = await other.patch(f"/v1/videos/characters/{made}", json={"name": "Eve"})
        assert named.status_code == 404
        assert (await other.delete(f"/v1/videos/characters/{made}")).status_code == 404
        assert (await other.post("/v1/videos/characters", json=body)).status_code == 404
