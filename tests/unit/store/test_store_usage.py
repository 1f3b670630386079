"""What a project has in the store, as its rows are added, changed and deleted."""

import asyncio
import random
import sys

import pytest
import sqlalchemy as sa

from vitascope.errors import QuotaReached
from vitascope.spec import Asset, CharacterInput, Input
from vitascope.store import tables
from vitascope.store.characters import Characters, StoredCharacter
from vitascope.store.files import Files, StoredFile
from vitascope.store.usage import Quota, Usage, UsageCheck, deviations, usage_of
from vitascope.video import new_id

pytestmark = pytest.mark.anyio


def an_asset(size):
    return Asset(f"x/{size}", size, "ab", "image/png")


def an_input(role, size):
    return Input(role, an_asset(size))


def a_file(size, project="default"):
    return StoredFile(
        id=new_id("file", "-"),
        project=project,
        filename="a.png",
        purpose="vision",
        created_at=1.0,
        content=an_asset(size),
    )


def a_character(*sizes, project="default"):
    return StoredCharacter(
        id=new_id("char"),
        project=project,
        name="Foxy",
        created_at=1.0,
        cutouts=tuple(map(an_asset, sizes)),
        palette=(),
    )


@pytest.fixture
def usage(engine):
    async def look(project="default"):
        async with engine.connect() as connection:
            found = await connection.run_sync(usage_of, project)
        return found.stored_bytes, found.files

    return look


async def test_a_videos_files_are_counted_until_they_are_gone(videos, add, usage):
    inputs = (an_input("first_frame", 7), an_input("uploaded_video", 1000))
    fox = CharacterInput("char_1", "Foxy", (), an_asset(11))
    video = await add(inputs=inputs, characters=(fox,))
    await add(project="other", inputs=(an_input("uploaded_video", 5),))
    assert await usage() == (1018, 0)
    await videos.begin_attempt(video.id, now=1.0)
    assert await videos.publish(
        video.id,
        attempt=1,
        assets={"video": an_asset(50), "thumbnail": an_asset(2)},
        spec=video.spec,
        now=2.0,
        expires_at=3.0,
    )
    assert await usage() == (70, 0)  # no later job needs the upload
    await videos.clear_assets(video.id)
    assert await usage() == (0, 0)
    assert await usage("other") == (5, 0)


async def test_a_failed_video_keeps_what_it_can_be_made_from(videos, add, usage):
    video = await add(inputs=(an_input("first_frame", 7), an_input("source_video", 1000)))
    await videos.fail(video.id, code="x", message="X.", now=1.0)
    assert await usage() == (7, 0)
    await videos.delete(video.id, project="default")
    assert await usage() == (0, 0)


async def test_files_and_characters_are_held_to_the_quota(engine, usage):
    files, characters = Files(engine), Characters(engine)
    quota = Quota(max_bytes=100, max_files=3)
    first = a_file(40)
    await files.add(first, quota)
    await characters.add(a_character(20, 30), quota)
    assert await usage() == (90, 2)
    with pytest.raises(QuotaReached, match="101 bytes stored, and may have 100") as refused:
        await files.add(a_file(11), quota)
    assert refused.value.status == 429
    assert refused.value.headers == {"x-should-retry": "false"}
    with pytest.raises(QuotaReached, match="bytes"):
        await characters.add(a_character(11), quota)
    await files.add(a_file(5), quota)
    with pytest.raises(QuotaReached, match="3 files and characters"):
        await files.add(a_file(1), quota)
    await files.add(a_file(1000, project="other"), Quota())
    assert await usage() == (95, 3)  # what was refused left nothing
    await files.delete(first.id, project="default")
    assert await usage() == (55, 2)


@pytest.fixture
def wrong(engine):
    """Which counters differ from the rows."""

    async def look():
        async with engine.connect() as connection:
            return dict(await connection.run_sync(deviations))

    return look


class Steps:
    """Every operation that changes what is stored, each with a choice of its own."""

    def __init__(self, engine, videos, add, seed):
        self.random = random.Random(seed)
        self.videos, self.add = videos, add
        self.files, self.characters = Files(engine), Characters(engine)
        self.made, self.uploads = [], []

    async def create(self):
        project = self.random.choice("ab")
        roles = ("first_frame", "source_video", "uploaded_video")
        inputs = [an_input(role, self.random.randrange(50)) for role in roles]
        fox = CharacterInput("char_1", "Foxy", (), an_asset(self.random.randrange(9)))
        more = {"inputs": tuple(inputs), "characters": (fox,)} if self.random.random() < 0.8 else {}
        self.made.append(await self.add(project=project, **more))

    async def begin(self):
        await self.videos.begin_attempt(self.random.choice(self.made).id, now=1.0)

    async def publish(self):
        video = self.random.choice(self.made)
        current = await self.videos.find(video.id)
        await self.videos.publish(
            video.id,
            attempt=self.random.choice([1, current.attempt if current else 1]),
            assets={"video": an_asset(self.random.randrange(100)), "thumbnail": an_asset(2)},
            spec=video.spec,
            now=2.0,
            expires_at=3.0,
        )

    async def fail(self):
        await self.videos.fail(self.random.choice(self.made).id, code="x", message="X.", now=1.0)

    async def expire(self):
        await self.videos.clear_assets(self.random.choice(self.made).id)

    async def delete(self):
        video = self.random.choice(self.made)
        await self.videos.delete(video.id, project=self.random.choice([video.project, "a"]))

    async def upload(self):
        file = a_file(self.random.randrange(100), self.random.choice("ab"))
        quota = Quota(max_bytes=self.random.choice([None, 500]), max_files=6)
        try:
            await self.files.add(file, quota)
        except QuotaReached:
            return
        self.uploads.append(file)

    async def remove_upload(self):
        if self.uploads:
            file = self.random.choice(self.uploads)
            await self.files.delete(file.id, project=file.project)

    async def cut_out(self):
        cutouts = [self.random.randrange(20) for _ in range(3)]
        character = a_character(*cutouts, project=self.random.choice("ab"))
        try:
            await self.characters.add(character, Quota(max_files=8))
        except QuotaReached:
            return

    async def run(self, rounds, at_once=4):
        every = [self.create, self.begin, self.publish, self.fail, self.expire, self.delete]
        every += [self.create, self.publish, self.upload, self.remove_upload, self.cut_out]
        await self.create()
        for _ in range(rounds):
            await asyncio.gather(*(self.random.choice(every)() for _ in range(at_once)))


@pytest.mark.parametrize("seed", range(3))
async def test_the_counters_are_the_sums_of_the_rows(engine, videos, add, usage, wrong, seed):
    await Steps(engine, videos, add, seed).run(40)
    assert await wrong() == {}
    async with engine.connect() as connection:
        rows = await connection.execute(
            sa.text(
                "SELECT project, stored_bytes, 0 AS files FROM videos UNION ALL "
                "SELECT project, stored_bytes, 1 FROM files UNION ALL "
                "SELECT project, stored_bytes, 1 FROM characters"
            )
        )
        sums = {"a": [0, 0], "b": [0, 0]}
        for project, size, number in rows:
            sums[project][0] += size
            sums[project][1] += number
    assert sums == {project: list(await usage(project)) for project in sums}
    assert all(size > 0 for size, _number in sums.values())


KILLED = """
import asyncio, sys, time
import sqlalchemy as sa
from vitascope.spec import Asset
from vitascope.store.database import open_database
from vitascope.store.files import Files, StoredFile

def wait(_connection):
    print("ready", flush=True)
    time.sleep(60)

async def main():
    database = open_database(sys.argv[1])
    sa.event.listen(database.sync_engine, "commit", wait)
    content = Asset("x", 7, "ab", "image/png")
    await Files(database).add(StoredFile(
        id="file-1", project="default", filename="a", purpose="vision", created_at=1.0,
        content=content,
    ))

asyncio.run(main())
"""


async def test_a_crash_before_the_commit_leaves_neither_row_nor_count(
    engine, database_url, usage, wrong
):
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert await writer.stdout.readline() == b"ready\n"
    writer.kill()
    await writer.communicate()
    assert await Files(engine).existing_among(["file-1"]) == set()
    assert await usage() == (0, 0)
    await Files(engine).add(a_file(5))  # the lock of the killed process is released
    assert await usage() == (5, 1)
    assert await wrong() == {}


async def test_wrong_counters_are_corrected(engine, videos, add, usage, wrong):
    await Steps(engine, videos, add, 7).run(20)
    before = await usage("a"), await usage("b")
    async with engine.begin() as connection:  # as a server of an older version leaves them
        await connection.execute(sa.delete(tables.usage).where(tables.usage.c.project == "a"))
        await connection.execute(
            sa.update(tables.usage)
            .where(tables.usage.c.project == "b")
            .values(stored_bytes=tables.usage.c.stored_bytes + 5)
        )
        await connection.execute(sa.insert(tables.usage).values(project="gone", files=2))
    assert (await wrong())["b"] == Usage(-5, 0)
    check = UsageCheck(engine)
    await check.run()
    assert await wrong() == {}
    assert (await usage("a"), await usage("b")) == before
    assert await usage("gone") == (0, 0)
