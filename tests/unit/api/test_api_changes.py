"""Changes of videos: stars, tags, what a waiting one renders, and its place in the queue."""

import pytest
from api_client import client_for
from sweeps import for_all

from vitascope.api.app import build_app
from vitascope.store.keys import Keys

pytestmark = pytest.mark.anyio


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [video["id"] for video in answer.json()["data"]]


@pytest.fixture
def patch(client):
    async def send(video_id, **changes):
        return await client.patch(f"/v1/videos/{video_id}", json=changes)

    return send


@pytest.fixture
def place(client):
    async def send(video_id, **place):
        return await client.post(f"/v1/videos/{video_id}/queue", json=place)

    return send


async def test_stars_and_tags_are_kept_and_found(client, create, patch):
    fox, owl, elk = [(await create(prompt=prompt))["id"] for prompt in ("fox", "owl", "elk")]
    answer = await patch(fox, starred=True, tags=[" für Ada ", "night", "night"])
    assert (answer.json()["starred"], answer.json()["tags"]) == (True, ["für Ada", "night"])
    await patch(owl, tags=["night", 'a "quote"'])
    await patch(elk, starred=True)
    for query, found in (
        ("tag=night", [owl, fox]),
        ("tag=für Ada", [fox]),
        ("tag=ada", []),
        ('tag=a "quote"', [owl]),
        ("starred=true", [elk, fox]),
        ("starred=false", [owl]),
        ("starred=true&tag=night&search=FO&status=queued", [fox]),
    ):
        assert ids(await client.get(f"/v1/videos?{query}")) == found, query
    tags = (await client.get("/v1/tags")).json()["data"]
    assert [(tag["id"], tag["videos"]) for tag in tags] == [
        ('a "quote"', 1),
        *sorted([("für Ada", 1), ("night", 2)]),
    ]
    answer = await patch(fox, starred=False, tags=[])
    assert (answer.json()["starred"], answer.json()["tags"]) == (False, [])
    assert ids(await client.get("/v1/videos?tag=night")) == [owl]


@for_all(
    "changes",
    [
        {"tags": ["x" * 41]},
        {"tags": [""]},
        {"tags": ["a\u0000b"]},
        {"tags": [f"{number}" for number in range(21)]},
        {"tags": "night"},
        {"tags": [7]},
        {"starred": "yes"},
        {"size": "64x64"},
        {"seed": -1},
        {"model": "sora-2-pro"},
    ],
)
async def test_a_wrong_change_is_refused_and_names_its_field(client, create, patch, changes):
    video = await create()
    answer = await patch(video["id"], **changes)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"].startswith(next(iter(changes)))
    now = (await client.get(f"/v1/videos/{video['id']}")).json()
    assert {name: now[name] for name in video} == video


async def test_a_waiting_video_is_changed_and_a_begun_one_only_marked(
    create, patch, services, complete
):
    video = (await create(seconds="4"))["id"]
    changes_sent = {"prompt": "An owl", "size": "1280x720", "seconds": "12", "seed": 9}
    now = (await patch(video, **changes_sent, num_inference_steps=30)).json()
    assert {name: now[name] for name in changes_sent} == changes_sent
    stored = await services.videos.find(video)
    assert (stored.spec.frames, stored.spec.sampling.num_inference_steps) == (288, 30)
    await services.videos.begin_attempt(video, now=1.0)
    refused = await patch(video, prompt="A whale", starred=True)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "video_not_waiting")
    assert (await patch(video, starred=True)).json()["starred"] is True
    await complete(video)
    assert (await patch(video, tags=["done"])).json()["tags"] == ["done"]


async def test_a_remix_keeps_the_settings_of_its_source(client, create, patch, complete):
    source = (await create())["id"]
    await complete(source)
    remix = (await client.post(f"/v1/videos/{source}/remix", json={"prompt": "Snow"})).json()["id"]
    assert (await patch(remix, prompt="Rain")).json()["prompt"] == "Rain"
    refused = await patch(remix, size="1280x720")
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "size")


async def test_an_extension_stays_within_the_longest_film(client, create, patch, complete):
    source = (await create(seconds="20"))["id"]
    await complete(source)
    body = {"prompt": "On", "seconds": "4", "video": {"id": source}}
    extension = (await client.post("/v1/videos/extensions", json=body)).json()
    assert extension["seconds"] == "24"
    assert (await patch(extension["id"], seconds="8")).json()["seconds"] == "28"


async def test_a_video_is_moved_paused_and_resumed(client, create, place):
    first, second, third = [(await create())["id"] for _ in range(3)]
    assert (await place(third, position=1)).json()["queue_position"] == 1
    assert (await place(second, before=third)).json()["queue_position"] == 1
    paused = (await place(second, paused=True)).json()
    assert (paused["status"], paused["paused"], paused["queue_position"]) == ("queued", True, None)
    one = (await client.get(f"/v1/videos/{third}")).json()
    assert (one["queue_position"], one["paused"]) == (1, False)
    assert (await place(first, before=second)).status_code == 400
    assert (await place(second, paused=False)).json()["queue_position"] == 1
    await place(second, paused=True)
    cancelled = await client.post(f"/v1/videos/{second}/cancel")
    assert cancelled.json()["error"]["code"] == "cancelled"
    refused = await place(second, paused=False)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "video_not_waiting")
    assert (await place(first)).status_code == 400
    assert (await place(first, paused=True, position=1)).status_code == 400


async def test_another_project_changes_nothing(services, create, client):
    fox = (await create())["id"]
    _key, secret = await Keys(services.database).create("other")
    app = build_app(services)
    services.api_keys.forget()
    async with client_for(app, headers={"authorization": f"Bearer {secret}"}) as other:
        assert (await other.patch(f"/v1/videos/{fox}", json={"starred": True})).status_code == 404
        moved = await other.post(f"/v1/videos/{fox}/queue", json={"paused": True})
        assert moved.status_code == 404
        assert (await other.get("/v1/tags")).json()["data"] == []
    assert not (await services.videos.find(fox)).starred
