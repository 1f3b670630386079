"""What a project has in the store, as its rows come, change and go."""

import pytest

from vitascope.errors import QuotaReached
from vitascope.spec import Asset, CharacterInput, Input
from vitascope.store.characters import Characters, StoredCharacter
from vitascope.store.files import Files, StoredFile
from vitascope.store.usage import Quota, usage_of
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


def a_character(*sizes):
    return StoredCharacter(
        id=new_id("char"),
        project="default",
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
