import time

import pytest
from api_client import client_for
from sweeps import for_all

from vitascope.api.app import build_app
from vitascope.api.middleware import SESSION_COOKIE as COOKIE
from vitascope.store.keys import Keys
from vitascope.store.sessions import LIFETIME_SECONDS

pytestmark = pytest.mark.anyio


@pytest.fixture
async def key(services):
    return await Keys(services.database).create("ours")


@pytest.fixture
async def browser(services, key):
    """A client that signed in once and sends its cookie alone."""
    async with client_for(build_app(services)) as client:
        headers = {"authorization": f"Bearer {key[1]}"}
        answer = await client.post("/v1/session", headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["project"] == "ours"
        yield client


async def test_a_session_stands_for_its_key(browser):
    assert (await browser.get("/v1/session")).json()["project"] == "ours"
    assert (await browser.get("/v1/videos")).status_code == 200


async def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(services, key):
    async with client_for(build_app(services)) as client:
        headers = {"authorization": f"Bearer {key[1]}", "x-forwarded-proto": "https"}
        cookie = (await client.post("/v1/session", headers=headers)).headers["set-cookie"]
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=lax", "secure", "path=/"} <= attributes
    assert f"max-age={LIFETIME_SECONDS}" in attributes
    assert key[1] not in cookie


async def test_only_pages_of_this_server_may_change_anything(browser):
    body = {"prompt": "A fox"}
    for headers in ({}, {"origin": "http://evil.example"}, {"origin": "null"}):
        refused = await browser.post("/v1/videos", json=body, headers=headers)
        assert refused.status_code == 403, headers
    own = {"origin": str(browser.base_url).rstrip("/")}
    assert (await browser.post("/v1/videos", json=body, headers=own)).status_code == 200


async def test_a_session_ends_with_its_key(browser, services, key):
    await Keys(services.database).revoke(key[0].id)
    answer = await browser.get("/v1/videos")
    assert (answer.status_code, "Sign in again" in answer.text) == (401, True)


async def test_signing_out_ends_the_session_itself(browser):
    token = browser.cookies[COOKIE]
    own = {"origin": str(browser.base_url).rstrip("/")}
    assert (await browser.delete("/v1/session", headers=own)).json()["deleted"] is True
    browser.cookies.clear()
    again = await browser.get("/v1/videos", headers={"cookie": f"{COOKIE}={token}"})
    assert again.status_code == 401


async def test_an_old_session_is_over(browser, services, monkeypatch):

    later = time.time() + LIFETIME_SECONDS + 1
    monkeypatch.setattr("vitascope.store.sessions.time.time", lambda: later)
    assert (await browser.get("/v1/videos")).status_code == 401


@for_all("cookie", ["", "x", f"{COOKIE}=", f"{COOKIE}=none", f'{COOKIE}="\\000"'])
async def test_any_other_cookie_is_no_session(services, key, cookie):
    async with client_for(build_app(services)) as client:
        assert (await client.get("/v1/videos", headers={"cookie": cookie})).status_code == 401


async def test_without_keys_there_is_no_session(client):
    assert (await client.post("/v1/session")).status_code == 400
    assert (await client.get("/v1/session")).json()["project"] == "default"
