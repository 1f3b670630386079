"""The request that makes a video again, and lists by state, model and prompt."""

import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def request_of(client):
    async def get(video):
        answer = await client.get(f"/v1/videos/{video['id']}/request")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


async def test_a_created_video_is_made_again_by_its_request(client, create, request_of):
    video = await create(seconds="8", size="1280x720", seed=3, negative_prompt="fog")
    found = await request_of(video)
    assert (found["operation"], found["path"], found["missing"]) == ("create", "/v1/videos", [])
    again = (await client.post(found["path"], json=found["body"])).json()
    same = ("prompt", "model", "size", "seconds", "seed")
    assert {name: again[name] for name in same} == {name: video[name] for name in same}
    assert (await request_of(again))["body"] == found["body"]
    assert found["body"]["negative_prompt"] == "fog"


async def test_what_goes_on_from_a_video_names_it(client, create, complete, request_of):
    source = await create()
    await complete(source["id"])
    posts = {
        f"/v1/videos/{source['id']}/remix": {"prompt": "An owl"},
        "/v1/videos/edits": {"prompt": "At night", "video": {"id": source["id"]}},
        "/v1/videos/extensions": {
            "prompt": "It snows",
            "seconds": "12",
            "video": {"id": source["id"]},
        },
    }
    made = {}
    for path, body in posts.items():
        made[path] = (await client.post(path, json=body)).json()
        found = await request_of(made[path])
        assert (found["path"], found["missing"]) == (path, [])
        assert body.items() <= found["body"].items()

    await client.delete(f"/v1/videos/{source['id']}")
    for path, video in made.items():
        found = await request_of(video)
        assert (found["path"], found["missing"]) == (path, ["video"])


async def test_an_upload_is_said_to_be_missing(client, request_of):
    picture = b"\x89PNG\r\n\x1a\n" + bytes(64)
    form = {"input_reference": ("a.png", picture, "image/png")}
    answer = await client.post("/v1/videos", data={"prompt": "A fox"}, files=form)
    found = await request_of(answer.json())
    assert found["missing"] == ["input_reference"]
    assert "input_reference" not in found["body"]


async def test_an_uploaded_file_that_still_exists_is_named(client, request_of):
    picture = b"\x89PNG\r\n\x1a\n" + bytes(64)
    stored = await client.post(
        "/v1/files", data={"purpose": "vision"}, files={"file": ("a.png", picture, "image/png")}
    )
    reference = {"file_id": stored.json()["id"]}
    body = {"prompt": "A fox", "input_reference": reference}
    video = (await client.post("/v1/videos", json=body)).json()
    found = await request_of(video)
    assert (found["body"]["input_reference"], found["missing"]) == (reference, [])


async def test_unknown_videos_have_none(client):
    assert (await client.get("/v1/videos/video_none/request")).status_code == 404


@pytest.mark.parametrize(
    ("query", "prompts"),
    [
        ({}, ["a 100% owl", "A fox at night", "A fox"]),
        ({"search": "FOX"}, ["A fox at night", "A fox"]),
        ({"search": "%"}, ["a 100% owl"]),
        ({"search": "fox", "status": "failed"}, ["A fox"]),
        ({"status": "completed"}, []),
        ({"model": "sora-2-pro"}, ["A fox at night"]),
        ({"search": "fox", "limit": "1"}, ["A fox at night"]),
        ({"search": "", "model": ""}, ["a 100% owl", "A fox at night", "A fox"]),
    ],
)
async def test_lists_are_narrowed(client, create, query, prompts):
    first = await create(prompt="A fox")
    await client.post(f"/v1/videos/{first['id']}/cancel")
    await create(prompt="A fox at night", model="sora-2-pro")
    await create(prompt="a 100% owl")
    page = (await client.get("/v1/videos", params=query)).json()
    assert [video["prompt"] for video in page["data"]] == prompts
    assert page["has_more"] is ("limit" in query)


async def test_an_unknown_state_is_refused(client):
    answer = await client.get("/v1/videos", params={"status": "done"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "status")
