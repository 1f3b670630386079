"""The handlers of one video's life: list, retrieve, wait, download, cancel, delete."""

import asyncio
import time

import pytest
from sweeps import for_all

from vitascope.jobs.durable import DbosTransport
from vitascope.store.blobs import MissingBlob
from vitascope.store.tables import videos

pytestmark = pytest.mark.anyio


async def keys_of(services):
    return sorted([blob.key async for blob in services.blobs.list()])


async def test_a_new_video_waits_with_every_default(create):
    video = await create()
    assert (video["status"], video["progress"]) == ("queued", 0)
    assert (video["model"], video["size"], video["seconds"]) == ("sora-2", "720x1280", "4")
    assert 0 <= video["seed"] < 2**31
    assert video["created_at"] == pytest.approx(time.time(), abs=10)


async def test_a_seed_that_was_given_is_kept(create):
    assert (await create(seed=0))["seed"] == 0


@for_all(
    ("parameters", "param"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": "x" * 32_001}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"model": "sora-3"}, "model"),
        ({"size": "64x64"}, "size"),
        ({"seconds": "5"}, "seconds"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**53}, "seed"),
        ({"guidance_scale": 101}, "guidance_scale"),
        ({"num_inference_steps": 0}, "num_inference_steps"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_kept(client, services, parameters, param):
    answer = await client.post("/v1/videos", json={"prompt": "A fox", **parameters})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert (await client.get("/v1/videos")).json()["data"] == []
    assert await keys_of(services) == []


class TestList:
    async def test_an_empty_list(self, client):
        assert (await client.get("/v1/videos")).json() == {
            "object": "list",
            "data": [],
            "first_id": None,
            "last_id": None,
            "has_more": False,
        }

    async def test_the_cursor_leads_through_all(self, client, create):
        ids = [(await create())["id"] for _ in range(3)]
        first = (await client.get("/v1/videos?limit=2")).json()
        assert [video["id"] for video in first["data"]] == [ids[2], ids[1]]
        assert (first["first_id"], first["last_id"], first["has_more"]) == (ids[2], ids[1], True)
        rest = (await client.get(f"/v1/videos?limit=2&after={first['last_id']}")).json()
        assert [video["id"] for video in rest["data"]] == [ids[0]]
        assert rest["has_more"] is False
        oldest = (await client.get("/v1/videos?order=asc&after=")).json()
        assert [video["id"] for video in oldest["data"]] == ids

    async def test_none_can_be_asked_for(self, client, create):
        await create()
        page = (await client.get("/v1/videos?limit=0")).json()
        assert (page["data"], page["has_more"]) == ([], False)


class TestRetrieve:
    async def test_an_unfinished_video_says_when_to_ask_again(self, client, create, complete):
        video = await create()
        answer = await client.get(f"/v1/videos/{video['id']}")
        assert 100 <= int(answer.headers["openai-poll-after-ms"]) <= 10_000
        await complete(video["id"])
        answer = await client.get(f"/v1/videos/{video['id']}")
        assert "openai-poll-after-ms" not in answer.headers
        assert answer.json()["status"] == "completed"

    async def test_a_client_that_waits_gets_the_finished_video(self, client, create, complete):
        video = await create()
        headers = {"prefer": "wait=20"}
        waiting = asyncio.create_task(client.get(f"/v1/videos/{video['id']}", headers=headers))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await complete(video["id"])
        assert (await asyncio.wait_for(waiting, 5)).json()["status"] == "completed"

    async def test_a_video_deleted_while_waited_for_is_not_found(self, client, create, services):
        video = await create()
        headers = {"prefer": "wait=20"}
        waiting = asyncio.create_task(client.get(f"/v1/videos/{video['id']}", headers=headers))
        await asyncio.sleep(0.1)
        async with services.database.begin() as connection:
            await connection.execute(videos.delete().where(videos.c.id == video["id"]))
        assert (await asyncio.wait_for(waiting, 5)).status_code == 404


class TestContent:
    async def test_the_film_can_be_had_whole_in_part_and_as_head(self, client, create, complete):
        video = await create()
        await complete(video["id"])
        path = f"/v1/videos/{video['id']}/content"
        whole = await client.get(path)
        assert (whole.status_code, whole.content) == (200, b"0123456789")
        assert whole.headers["content-type"] == "video/mp4"
        assert whole.headers["content-disposition"] == f'attachment; filename="{video["id"]}.mp4"'
        part = await client.get(path, headers={"range": "bytes=-3"})
        assert (part.status_code, part.content) == (206, b"789")
        head = await client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == "10"
        same = await client.get(path, headers={"if-none-match": whole.headers["etag"]})
        assert same.status_code == 304

    async def test_what_is_not_there_is_reported_with_its_reason(
        self, client, create, complete, services
    ):
        queued, failed, expired, lost = [await create() for _ in range(4)]
        await services.queue.cancel(failed["id"])
        await complete(expired["id"], expires_at=time.time() - 1)
        asset = await complete(lost["id"])
        await services.blobs.delete([asset.key])
        for video, reason in (
            (queued, "not ready yet"),
            (failed, "failed"),
            (expired, "expired"),
            (lost, "not stored any more"),
        ):
            answer = await client.get(f"/v1/videos/{video['id']}/content")
            assert answer.status_code == 404
            assert reason in answer.json()["error"]["message"]

    async def test_an_unknown_variant_is_refused(self, client, create):
        video = await create()
        answer = await client.get(f"/v1/videos/{video['id']}/content?variant=gif")
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "variant")


class TestEnd:
    async def test_cancelling_ends_a_video_once(self, client, create):
        video = await create()
        answer = await client.post(f"/v1/videos/{video['id']}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "failed")
        assert answer.json()["error"]["code"] == "cancelled"
        again = await client.post(f"/v1/videos/{video['id']}/cancel")
        assert again.status_code == 400
        assert "failed already" in again.json()["error"]["message"]

    async def test_an_unfinished_video_is_not_deleted(self, client, create):
        video = await create()
        answer = await client.delete(f"/v1/videos/{video['id']}")
        assert answer.status_code == 400
        assert f"/v1/videos/{video['id']}/cancel" in answer.json()["error"]["message"]

    async def test_deleting_takes_files_and_log_along(self, client, create, complete, services):
        video = await create()
        asset = await complete(video["id"])
        await services.job_log.add(video["id"], ["It was drawn."])
        answer = await client.delete(f"/v1/videos/{video['id']}")
        assert answer.json() == {"id": video["id"], "object": "video.deleted", "deleted": True}
        assert (await client.get(f"/v1/videos/{video['id']}")).status_code == 404
        assert await services.job_log.read(video["id"]) == []
        with pytest.raises(MissingBlob):
            await services.blobs.stream(asset.key, start=0, end=1)
        assert (await client.delete(f"/v1/videos/{video['id']}")).status_code == 404


async def test_an_input_picture_is_stored_under_its_video(client, services):
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)
    answer = await client.post(
        "/v1/videos",
        data={"prompt": "A fox"},
        files={"input_reference": ("fox.png", png, "image/png")},
    )
    video_id = answer.json()["id"]
    assert await keys_of(services) == [f"videos/{video_id}/scene/0-first_frame"]
    [stored] = (await services.videos.find(video_id)).spec.inputs
    assert stored.role == "first_frame"
    assert (stored.asset.size, stored.asset.media_type) == (len(png), "image/png")


async def test_a_preview_is_there_while_the_film_is_rendered(client, services, create, complete):
    video_id = (await create())["id"]
    path = f"/v1/videos/{video_id}/preview"
    early = await client.get(path)
    assert (early.status_code, early.headers["content-type"]) == (404, "application/json")
    assert "no preview yet" in early.json()["error"]["message"]

    video = await services.videos.begin_attempt(video_id, now=1.0)
    for jpeg in (b"\xff\xd8first", b"\xff\xd8second"):
        await services.videos.report(
            video_id, attempt=video.attempt, progress=9, phase="draw", eta=None, preview=jpeg
        )
        answer = await client.get(path)
        assert (answer.status_code, answer.content) == (200, jpeg)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "no-store"
        assert (await client.head(path)).headers["content-length"] == str(len(jpeg))

    await complete(video_id)
    late = await client.get(path)
    assert late.status_code == 404
    assert "thumbnail" in late.json()["error"]["message"]


async def test_a_job_that_is_not_taken_leaves_no_file(client, services, monkeypatch):
    def enqueue(*_args):
        raise ConnectionError("no way")

    monkeypatch.setattr(DbosTransport, "enqueue", enqueue)
    answer = await client.post(
        "/v1/videos",
        data={"prompt": "A fox"},
        files={"input_reference": ("fox.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png")},
    )
    assert answer.status_code == 500
    assert await keys_of(services) == []
    assert (await client.get("/v1/videos")).json()["data"] == []


@for_all(
    ("method", "path", "status"),
    [
        ("GET", "/v1/videos/video_%00", 404),
        ("DELETE", "/v1/videos/video_%00", 404),
        ("POST", "/v1/videos/video_%00/cancel", 404),
        ("GET", "/v1/videos/video_%00/content", 404),
        ("GET", "/v1/videos/video_%00/lineage", 404),
        ("GET", "/v1/videos/characters/char_%00", 404),
        ("GET", "/v1/files/file-%00", 404),
        ("GET", "/v1/files/file-%00/content", 404),
        ("DELETE", "/v1/files/file-%00", 404),
        ("GET", "/v1/models/%00", 404),
        ("GET", "/v1/videos?after=video_%00", 400),
        ("GET", "/v1/files?after=file-%00", 400),
        ("GET", "/v1/files?purpose=%00", 400),
    ],
)
async def test_nul_in_a_path_or_query_is_the_clients_fault(client, method, path, status):
    answer = await client.request(method, path)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["message"]


async def test_a_remix_of_nul_is_not_found(client):
    answer = await client.post("/v1/videos/video_%00/remix", json={"prompt": "A fox"})
    assert answer.status_code == 404, answer.text
