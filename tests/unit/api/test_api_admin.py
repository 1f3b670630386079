"""The operations for administrators: keys, and the state of the whole server."""

import time

import pytest
from api_client import client_for, opened
from sweeps import for_all

from vitascope.api.app import build_app
from vitascope.store.keys import Keys
from vitascope.store.tables import workers

pytestmark = pytest.mark.anyio


def fresh(services):
    """Let the next request see new keys at once."""
    services.api_keys.forget()


@pytest.fixture
def speak(services):
    """Clients, each with a key."""

    def client(secret):
        fresh(services)
        headers = {"authorization": f"Bearer {secret}"}
        return client_for(build_app(services), headers=headers)

    return client


async def test_on_loopback_without_keys_everyone_is_an_administrator(client):
    assert (await client.get("/v1/admin/overview")).status_code == 200


@pytest.mark.parametrize(
    "overrides", [{"host": "0.0.0.0", "allow_anonymous": True}, {"allow_anonymous": True}]
)
async def test_beyond_loopback_or_behind_a_proxy_nobody_is_without_a_key(make_settings, overrides):
    async with (
        opened(make_settings(**overrides)) as services,
        client_for(build_app(services)) as client,
    ):
        assert (await client.get("/v1/videos")).status_code == 200
        assert (await client.get("/v1/admin/overview")).status_code == 403


async def test_a_key_is_created_shown_once_used_and_revoked(client, services, speak):
    made = await client.post("/v1/admin/keys", json={"project": "film school", "admin": True})
    secret = made.json()["secret"]
    async with speak(secret) as admin:
        body = {"project": "pupils", "priority": 7}
        pupil = (await admin.post("/v1/admin/keys", json=body)).json()
        listed = await admin.get("/v1/admin/keys")
        assert secret not in listed.text and pupil["secret"] not in listed.text
        assert [
            (key["project"], key["priority"], key["admin"]) for key in listed.json()["data"]
        ] == [
            ("film school", 50, True),
            ("pupils", 7, False),
        ]
        async with speak(pupil["secret"]) as other:
            assert (await other.get("/v1/videos")).status_code == 200
        revoked = await admin.delete(f"/v1/admin/keys/{pupil['id']}")
        assert revoked.json()["revoked"] is True
        assert (await admin.delete(f"/v1/admin/keys/{pupil['id']}")).status_code == 404
        async with speak(pupil["secret"]) as other:
            assert (await other.get("/v1/videos")).status_code == 401
        times = [key["revoked_at"] for key in (await admin.get("/v1/admin/keys")).json()["data"]]
        assert times == [None, pytest.approx(time.time(), abs=10)]


@for_all("body", [{}, {"project": " "}, {"project": "a\nb"}, {"project": "a", "priority": 0}])
async def test_a_wrong_key_is_refused(client, services, body):
    assert (await client.post("/v1/admin/keys", json=body)).status_code == 400
    assert await services.keys.list() == []


@for_all(
    ("method", "path"),
    [
        ("GET", "overview"),
        ("GET", "keys"),
        ("POST", "keys"),
        ("DELETE", "keys/key_1"),
    ],
)
async def test_an_ordinary_key_is_refused(services, speak, method, path):
    _key, secret = await Keys(services.database).create("ordinary")
    async with speak(secret) as client:
        answer = await client.request(method, f"/v1/admin/{path}")
        assert answer.status_code == 403
        assert "vitascope keys create --admin" in answer.json()["error"]["message"]


async def test_a_session_has_what_its_key_has(services, speak):
    for admin, status in ((True, 200), (False, 403)):
        _key, secret = await Keys(services.database).create("ours", admin=admin)
        async with speak(secret) as client:
            await client.post("/v1/session")
            del client.headers["authorization"]
            assert (await client.get("/v1/admin/overview")).status_code == status


async def test_the_overview_shows_all_projects(client, create, services, complete):
    done, failed, gone, waiting, paused, running = [(await create())["id"] for _ in range(6)]
    await complete(done, content=b"x" * 1000)
    await services.videos.fail(failed, code="engine_crashed", message="It broke.", now=time.time())
    await services.queue.cancel(gone)
    await client.post(f"/v1/videos/{paused}/queue", json={"paused": True})
    await services.videos.begin_attempt(running, now=time.time())
    schema = "" if services.database.dialect.name == "sqlite" else "dbos."
    async with services.database.begin() as connection:
        await connection.exec_driver_sql(
            f"UPDATE {schema}workflow_status SET status = 'PENDING', executor_id = 'host-1' "
            f"WHERE workflow_uuid = '{running}'"
        )
    await services.workers.beat("host-1", ["sora-2"], version="2")
    await services.workers.beat("host-2", ["sora-2"], version="2")
    async with services.database.begin() as connection:
        await connection.execute(
            workers.update().where(workers.c.id == "host-2").values(seen_at=1.0)
        )
    _key, secret = await Keys(services.database).create("empty", admin=True)
    client.headers["authorization"] = f"Bearer {secret}"

    found = (await client.get("/v1/admin/overview")).json()
    assert found["projects"] == [
        {"id": "default", "keys": 0, "videos": 6, "stored_bytes": 1000, "files": 0},
        {"id": "empty", "keys": 1, "videos": 0, "stored_bytes": 0, "files": 0},
    ]
    assert found["queue"] == [
        {"queue": "shadowplay", "project": "default", "waiting": 1, "paused": 1, "running": 1}
    ]
    assert [(one["id"], one["alive"]) for one in found["workers"]] == [
        ("host-1", True),
        ("host-2", False),
    ]
    [held] = found["workers"][0]["videos"]
    assert (held["id"], held["status"], held["model"]) == (running, "in_progress", "sora-2")
    assert "prompt" not in held
    assert [(one["id"], one["code"]) for one in found["failures"]] == [(failed, "engine_crashed")]
    assert found["storage"]["stored_bytes"] == 1000
    assert found["storage"]["total_bytes"] > found["storage"]["free_bytes"] > 0
    assert {model["id"] for model in found["models"]} == set(services.settings.models)
    assert (await services.videos.find(waiting)).status == "queued"
