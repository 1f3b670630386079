"""Requests that are sent again, as the SDKs do it and with a key."""

import asyncio

import pytest
import sqlalchemy as sa
from sweeps import for_all

from vitascope.store.tables import idempotency

pytestmark = pytest.mark.anyio

BODY = {"prompt": "A fox", "seconds": "4"}
RETRY = {"x-stainless-retry-count": "1"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def send(client):
    """Creates a video and returns its id."""

    async def send_one(headers=None, *, path="/v1/videos", **body):
        response = await client.post(path, headers=headers, **(body or {"json": BODY}))
        assert response.status_code == 200, response.text
        return response.json()["id"]

    return send_one


@pytest.fixture
def count(client):
    async def count_all():
        return len((await client.get("/v1/videos")).json()["data"])

    return count_all


async def test_a_retried_create_returns_the_first_job(send, count):
    first = await send({"x-stainless-retry-count": "0"})
    assert await send(RETRY) == first
    assert await send({"x-stainless-retry-count": "2"}) == first
    assert await count() == 1


async def test_the_first_job_is_shown_as_it_is_now(client, create, complete):
    video = await create()
    await complete(video["id"])
    answer = await client.post("/v1/videos", json={"prompt": "A fox"}, headers=RETRY)
    assert (answer.json()["id"], answer.json()["status"]) == (video["id"], "completed")


async def test_the_same_body_again_is_another_job(send):
    assert await send() != await send()


@for_all("count_header", ["", "0", "-1", "one", "²", "9" * 40])
async def test_what_is_no_retry_count_is_no_retry(send, count_header):
    first = await send()
    assert await send({"x-stainless-retry-count": count_header.encode("latin-1")}) != first


async def test_another_body_is_another_job(send):
    first = await send()
    assert await send(RETRY, json={**BODY, "seconds": "8"}) != first


async def test_the_order_of_fields_does_not_matter(send):
    first = await send()
    assert await send(RETRY, json=dict(reversed(BODY.items()))) == first


async def test_both_base_urls_are_one(send):
    first = await send()
    assert await send(RETRY, path="/videos") == first


@pytest.mark.parametrize(("ago", "same"), [(290.0, True), (310.0, False)])
async def test_a_retry_after_five_minutes_makes_a_job(send, services, ago, same):
    first = await send()
    async with services.database.begin() as connection:
        await connection.execute(sa.update(idempotency).values(at=idempotency.c.at - ago))
    assert (await send(RETRY) == first) is same


async def test_files_count_by_their_content(send):
    def form(content, name):
        return {"data": BODY, "files": {"input_reference": (name, content)}}

    first = await send(**form(PNG, "a.png"))
    assert await send(RETRY, **form(PNG, "b.png")) == first
    assert await send(RETRY, **form(PNG + b"!", "a.png")) != first


async def test_every_operation_that_makes_a_video_knows_retries(send, create, complete, count):
    source = (await create())["id"]
    await complete(source)
    calls = [
        {"path": f"/v1/videos/{source}/remix", "json": {"prompt": "Night"}},
        {"path": "/v1/videos/edits", "json": {"prompt": "Night", "video": {"id": source}}},
        {
            "path": "/v1/videos/extensions",
            "json": {"prompt": "Night", "seconds": "4", "video": {"id": source}},
        },
        {
            "path": "/v1/videos/edits",
            "data": {"prompt": "Night"},
            "files": {"video": ("a.mp4", bytes(50))},
        },
    ]
    made = [await send(**call) for call in calls]
    assert [await send(RETRY, **call) for call in calls] == made
    assert await count() == 1 + len(calls)


async def test_a_key_returns_the_first_job(send, count):
    first = await send({"idempotency-key": "k"})
    assert await send({"idempotency-key": "k"}) == first
    assert await send({"idempotency-key": "k", **RETRY}) == first
    assert await send({"idempotency-key": "l"}) != first
    assert await count() == 2


async def test_a_key_with_another_body_is_refused(send, client):
    await send({"idempotency-key": "k"})
    answer = await client.post(
        "/v1/videos", json={"prompt": "A cat"}, headers={"idempotency-key": "k"}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "idempotency_key_reused"
    assert "x-request-id" in answer.headers


async def test_a_key_that_is_too_long_is_refused(client):
    answer = await client.post("/v1/videos", json=BODY, headers={"idempotency-key": "k" * 256})
    assert answer.status_code == 400


async def test_a_refused_request_is_not_remembered(client, send):
    headers = {"idempotency-key": "k"}
    refused = await client.post("/v1/videos", json={"prompt": ""}, headers=headers)
    assert refused.status_code == 400
    await send(headers)


async def test_of_many_retries_at_once_one_makes_the_job(send, count, services):
    form = {"data": BODY, "files": {"input_reference": ("a.png", PNG)}}
    ids = await asyncio.gather(*(send(RETRY, **form) for _ in range(5)))
    assert len(set(ids)) == 1
    assert await count() == 1
    # What the others had stored for their jobs is gone.
    keys = [blob.key async for blob in services.blobs.list("videos")]
    assert keys == [f"videos/{ids[0]}/scene/0-first_frame"]
