"""What clients see of the line and of its limits."""

import pytest
from api_client import client_for, opened

from vitascope.api.app import build_app

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
async def limited(make_settings):
    """The services of a server where a project may have two videos waiting."""
    async with opened(make_settings(max_queued_per_project=2)) as ours:
        yield ours


@pytest.fixture
def keyed(limited):
    """Makes a key and a client that sends it."""

    async def make(project, **options):
        _key, secret = await limited.keys.create(project, **options)
        limited.api_keys.forget()
        headers = {"authorization": f"Bearer {secret}"}
        return client_for(build_app(limited), headers=headers)

    return make


async def test_a_waiting_video_knows_its_place_and_a_finished_one_has_none(
    client, create, complete
):
    first, second = (await create())["id"], (await create())["id"]
    for video_id, place in ((first, 1), (second, 2)):
        video = (await client.get(f"/v1/videos/{video_id}")).json()
        assert (video["queue_position"], video["eta_seconds"]) == (place, None)
    await complete(first)
    done = (await client.get(f"/v1/videos/{first}")).json()
    assert done["status"] == "completed"
    assert done.keys().isdisjoint({"queue_position", "eta_seconds"})
    assert (await client.get(f"/v1/videos/{second}")).json()["queue_position"] == 1


async def test_a_video_that_is_made_has_no_place_any_more(client, create, services):
    video_id = (await create())["id"]
    await services.videos.begin_attempt(video_id, now=1.0)
    video = (await client.get(f"/v1/videos/{video_id}")).json()
    assert (video["status"], video["queue_position"]) == ("in_progress", None)


async def test_with_a_worker_there_is_an_estimate(client, create, complete, services):
    await complete((await create())["id"])  # by the fixture's clock in one second
    await services.workers.beat("worker", ["sora-2"], version="1")
    video_id = (await create())["id"]
    answer = await client.get(f"/v1/videos/{video_id}")
    assert answer.json()["eta_seconds"] == 1
    assert answer.headers["openai-poll-after-ms"] == "1000"


async def test_one_too_many_is_a_429_that_says_when_to_come_back(limited):
    picture = {"input_reference": ("frame.png", PNG, "image/png")}
    async with client_for(build_app(limited)) as client:
        for _ in range(2):
            made = await client.post("/v1/videos", json={"prompt": "A fox"})
            assert made.status_code == 200
        refused = await client.post("/v1/videos", data={"prompt": "A hen"}, files=picture)
    assert refused.status_code == 429, refused.text
    assert int(refused.headers["retry-after"]) > 0
    error = refused.json()["error"]
    assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
    assert error["param"] is None
    assert [blob.key async for blob in limited.blobs.list()] == []


async def test_a_key_gives_its_videos_their_priority_in_its_own_project(keyed):
    async with (
        await keyed("studio", priority=90) as patient,
        await keyed("studio", priority=10) as urgent,
    ):
        late = (await patient.post("/v1/videos", json={"prompt": "A fox"})).json()["id"]
        early = (await urgent.post("/v1/videos", json={"prompt": "A hen"})).json()["id"]
        places = [
            (await patient.get(f"/v1/videos/{video_id}")).json()["queue_position"]
            for video_id in (early, late)
        ]
    assert places == [1, 2]
