"""Links to a video's files: what they give access to, for how long, and what breaks them."""

import base64
import dataclasses
import time
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from api_client import client_for
from sweeps import for_all

from vitascope.api.app import build_app
from vitascope.api.services import links as module
from vitascope.api.services.links import Links, Target
from vitascope.store.database import open_database
from vitascope.store.keys import Keys
from vitascope.store.signing_keys import SigningKeys
from vitascope.store.tables import signing_keys

pytestmark = pytest.mark.anyio
CONTENT = b"0123456789"


@pytest.fixture
async def video_id(create, complete):
    video = await create()
    await complete(video["id"], CONTENT)
    return video["id"]


@pytest.fixture
def link(client, video_id):
    """Makes a link to the video and returns the answer's JSON."""

    async def make(**parameters):
        answer = await client.post(f"/v1/videos/{video_id}/links", json=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return make


def path_of(url):
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


def refusal(answer):
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_link_gives_the_file_to_callers_without_a_key(services, client, link, video_id):
    made = await link(expires_in=60)
    assert {**made, "url": "", "expires_at": 0} == {
        "object": "video.link",
        "video_id": video_id,
        "variant": "video",
        "url": "",
        "expires_at": 0,
    }
    assert made["url"].startswith(f"http://localhost/links/{video_id}/video.mp4?")
    assert 50 < made["expires_at"] - time.time() <= 60

    await Keys(services.database).create("other")
    services.api_keys.forget()
    path = path_of(made["url"])
    assert (await client.get(f"/v1/videos/{video_id}")).status_code == 401
    whole = await client.get(path)
    assert (whole.status_code, whole.content) == (200, CONTENT)
    shown = "inline; filename=\"A fox.mp4\"; filename*=UTF-8''A%20fox.mp4"
    assert whole.headers["content-disposition"] == shown
    assert "content-security-policy" not in whole.headers  # a browser's player would obey it
    part = await client.get(path, headers={"range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, CONTENT[2:5])
    head = await client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == "10"
    # A page elsewhere may show it, and a client may add a parameter of its own.
    elsewhere = {"origin": "https://elsewhere.example", "host": "films.example"}
    assert (await client.get(f"{path}&key=abc", headers=elsewhere)).status_code == 200


async def test_what_is_changed_in_a_link_makes_it_worthless(client, link, create, complete):
    other = (await create())["id"]
    await complete(other)
    made = await link()
    path = path_of(made["url"])
    expires, video_id = str(made["expires_at"]), made["video_id"]
    for changed in (
        path.replace(video_id, other),
        path.replace("video.mp4", "thumbnail.webp"),
        path.replace(expires, str(made["expires_at"] + 1)),
        path.replace(f"expires={expires}&", ""),
        path.replace(f"expires={expires}", "expires=soon"),
        path.replace(f"expires={expires}", "expires=" + "9" * 40),
        path.partition("&signature")[0],
        path[:-1],
        path + "A",
    ):
        assert refusal(await client.get(changed)) == (403, "invalid_signature"), changed
    assert (await client.get(path.replace("video.mp4", "film.mp4"))).status_code == 404


async def test_a_link_ends_in_time_and_with_its_video(services, client, link, video_id):
    past = await services.links.path_of(Target(video_id, "video", int(time.time()) - 1))
    assert refusal(await client.get(past)) == (403, "link_expired")
    made = await link()
    assert (await client.delete(f"/v1/videos/{video_id}")).status_code == 200
    assert (await client.get(path_of(made["url"]))).status_code == 404


async def test_a_link_of_another_installation_is_refused(services, client, video_id, tmp_path):
    foreign = open_database(f"sqlite:///{tmp_path / 'foreign.db'}")
    async with foreign.begin() as connection:
        await connection.run_sync(signing_keys.create)
    target = Target(video_id, "video", int(time.time()) + 60)
    path = await Links(SigningKeys(foreign)).path_of(target)
    await foreign.dispose()
    assert refusal(await client.get(path)) == (403, "invalid_signature")
    assert await services.links.check_url(f"http://anywhere{path}") is None


async def test_every_api_server_takes_the_links_of_the_others(services, link, video_id):
    made = await link()
    other = Links(SigningKeys(services.database))
    found = await other.check_url(made["url"].replace("localhost", "films.example"))
    assert found == Target(video_id, "video", made["expires_at"])
    assert await other.check_url("http://[") is None
    assert await other.check_url("https://elsewhere.example/film.mp4") is None


async def test_the_key_is_rotated_and_earlier_links_still_work(services, link):
    made = await link()
    stored = SigningKeys(services.database)
    (first,) = await stored.list()
    async with services.database.begin() as connection:
        aged = first.created_at - module.ROTATION_SECONDS - 1
        await connection.execute(sa.update(signing_keys).values(created_at=aged))
    later = Links(stored)
    fresh = await later.path_of(Target(made["video_id"], "video", int(time.time()) + 60))
    assert len(await stored.list()) == 2
    assert f"signature={first.id}." not in fresh
    assert await later.check_url(made["url"]) is not None

    async with services.database.begin() as connection:
        aged = time.time() - module.ROTATION_SECONDS - module.MAX_LINK_SECONDS - 1
        await connection.execute(sa.update(signing_keys).values(created_at=aged))
    await Links(stored).path_of(Target(made["video_id"], "video", int(time.time()) + 60))
    assert first.id not in {key.id for key in await stored.list()}


async def test_the_file_itself_as_a_data_url(client, link, video_id):
    made = await link(form="data")
    assert made["expires_at"] is None
    head, _, content = made["url"].partition(",")
    assert head == "data:video/mp4;base64"
    assert base64.b64decode(content) == CONTENT


@pytest.fixture
def with_settings(services):
    """A client of a server on the same data with other settings."""

    def make(**changes):
        settings = services.settings.model_copy(update=changes)
        return client_for(build_app(dataclasses.replace(services, settings=settings)))

    return make


async def test_a_large_file_is_not_sent_as_a_data_url(with_settings, video_id):
    async with with_settings(max_inline_bytes=9) as client:
        answer = await client.post(f"/v1/videos/{video_id}/links", json={"form": "data"})
    assert refusal(answer) == (400, "file_too_large")


async def test_links_say_the_servers_public_url(with_settings, video_id):
    async with with_settings(public_url="https://films.example/api/") as client:
        made = (await client.post(f"/v1/videos/{video_id}/links")).json()
    assert made["url"].startswith("https://films.example/api/links/")


@for_all(
    ("parameters", "param"),
    [
        ({"variant": "film"}, "variant"),
        ({"expires_in": 0}, "expires_in"),
        ({"expires_in": 604_801}, "expires_in"),
        ({"form": "zip"}, "form"),
        ({"size": "1x1"}, "size"),
    ],
)
async def test_what_can_not_be_asked_for_is_named(client, video_id, parameters, param):
    answer = await client.post(f"/v1/videos/{video_id}/links", json=parameters)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_only_the_projects_own_finished_videos_have_links(services, client, create, video_id):
    unfinished = await create()
    for missing in (unfinished["id"], "video_none"):
        assert (await client.post(f"/v1/videos/{missing}/links")).status_code == 404
    _, secret = await Keys(services.database).create("other")
    services.api_keys.forget()
    other = {"authorization": f"Bearer {secret}"}
    answer = await client.post(f"/v1/videos/{video_id}/links", headers=other)
    assert answer.status_code == 404
