"""Which project a bearer token stands for, and how soon a change is noticed."""

import asyncio

import pytest
from sweeps import for_all

from vitascope.api import middleware as module
from vitascope.api.middleware import ApiKeyCache
from vitascope.errors import Unauthorized
from vitascope.store.keys import Access, Keys

pytestmark = pytest.mark.anyio


class Clock:
    now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def keys(engine):
    return Keys(engine)


@pytest.fixture
def cache(keys, clock):
    return ApiKeyCache(keys)


async def test_without_a_key_everyone_is_the_default_project(cache):
    assert not await cache.required()
    for header in (None, "", "Bearer anything", "Basic x"):
        assert await cache.access_of(header) == Access("default")


async def test_a_key_stands_for_its_project_and_priority(cache, keys):
    _, ours = await keys.create("ours")
    _, theirs = await keys.create("theirs", priority=7)
    assert await cache.required()
    assert await cache.access_of(f"Bearer {ours}") == Access("ours")
    assert await cache.access_of(f"bearer   {theirs} ") == Access("theirs", 7)


@for_all("header", [None, "", "Bearer", "Bearer ", "Basic dTpw"])
async def test_no_key_at_all_is_explained(cache, keys, header):
    await keys.create("ours")
    with pytest.raises(Unauthorized, match="didn't provide an API key") as refusal:
        await cache.access_of(header)
    assert refusal.value.code is None


@for_all(
    ("token", "shown"),
    [
        ("vs-0123456789abcdef", "vs-0***cdef"),
        ("short", "***"),
        ("vs-\x1b[31m0123456789\x07\x07", "vs-?***89??"),
        ("ÿ" * 20, "ÿÿÿÿ***ÿÿÿÿ"),
    ],
)
async def test_a_wrong_key_is_not_repeated_whole(cache, keys, token, shown):
    await keys.create("ours")
    with pytest.raises(Unauthorized) as refusal:
        await cache.access_of(f"Bearer {token}")
    assert refusal.value.code == "invalid_api_key"
    assert f"provided: {shown}." in refusal.value.message
    assert token not in refusal.value.message


async def test_a_new_key_is_noticed_after_a_second_and_not_asked_for_before(cache, keys, clock):
    assert not await cache.required()
    _, secret = await keys.create("ours")
    clock.now += 0.9
    assert not await cache.required()
    clock.now += 0.1
    assert await cache.required()
    assert await cache.access_of(f"Bearer {secret}") == Access("ours")


async def test_a_revoked_key_stops_working_within_a_second_and_opens_nothing(cache, keys, clock):
    key, secret = await keys.create("ours")
    assert await cache.access_of(f"Bearer {secret}") == Access("ours")
    await keys.revoke(key.id)
    clock.now += 1
    with pytest.raises(Unauthorized):
        await cache.access_of(f"Bearer {secret}")
    with pytest.raises(Unauthorized):
        await cache.access_of(None)


async def test_many_requests_at_once_cost_one_look(cache, keys, monkeypatch):
    looks = []
    real = keys.active

    async def active():
        looks.append(1)
        await asyncio.sleep(0.01)
        return await real()

    monkeypatch.setattr(keys, "active", active)
    await asyncio.gather(*(cache.required() for _ in range(50)))
    assert len(looks) == 1
