"""API keys: shown once, kept as a hash, revoked for good."""

import pytest
import sqlalchemy as sa

from vitascope.store.keys import Access, Keys, digest
from vitascope.store.tables import api_keys

pytestmark = pytest.mark.anyio


@pytest.fixture
def keys(engine):
    return Keys(engine)


async def test_a_new_key_works_for_its_project(keys):
    key, secret = await keys.create("studio")
    assert key.project == "studio"
    assert key.revoked_at is None
    assert await keys.active() == {digest(secret): Access("studio")}


async def test_the_secret_is_nowhere_in_the_database(keys, engine):
    key, secret = await keys.create("studio")
    async with engine.connect() as connection:
        row = (await connection.execute(sa.select(api_keys))).one()
    assert secret not in "".join(map(str, row))
    assert secret.removeprefix("vs-")[3:-4] not in "".join(map(str, row))
    assert key.hint == f"{secret[:6]}…{secret[-4:]}"
    assert secret.startswith("vs-")
    assert len(secret) >= 40


async def test_no_two_keys_are_alike(keys):
    secrets = {(await keys.create("studio"))[1] for _ in range(5)}
    assert len(secrets) == len(await keys.active()) == 5


async def test_a_revoked_key_works_no_more_and_is_still_listed(keys):
    first, _secret = await keys.create("a")
    second, second_secret = await keys.create("b", priority=3)
    assert await keys.revoke(first.id)
    assert await keys.active() == {digest(second_secret): Access("b", 3)}
    listed = await keys.list()
    assert [key.id for key in listed] == [first.id, second.id]
    assert listed[0].revoked_at >= first.created_at
    assert listed[1] == second


async def test_revoking_twice_or_nothing_is_reported(keys):
    key, _secret = await keys.create("a")
    assert await keys.revoke(key.id)
    moment = (await keys.list())[0].revoked_at
    assert not await keys.revoke(key.id)
    assert (await keys.list())[0].revoked_at == moment
    assert not await keys.revoke("key_none")


async def test_a_revoked_key_still_counts_as_ever_created(keys):
    assert not await keys.ever_created()
    key, _secret = await keys.create("a")
    assert await keys.ever_created()
    await keys.revoke(key.id)
    assert await keys.ever_created()


def test_bytes_that_are_no_text_have_a_digest_too():
    assert digest(b"\xff".decode("utf-8", "surrogateescape")) != digest("ÿ")
