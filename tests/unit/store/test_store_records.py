"""The job log and the lineage, also after a video has been deleted."""

import time

import pytest

from vitascope.store.characters import Characters, StoredCharacter
from vitascope.store.records import Edge, JobLog, Lineage
from vitascope.video import Asset, Parent, new_id

pytestmark = pytest.mark.anyio


@pytest.fixture
def lineage(engine):
    return Lineage(engine)


async def family(lineage, video, project="default"):
    return {
        (edge.child, edge.parent, edge.relation)
        for edge in await lineage.family(video.id, project=project)
    }


async def test_ancestors_and_descendants_are_found_from_anywhere_between(lineage, add):
    first = await add()
    second = await add(parents=(Parent(first.id, "remix"),))
    third = await add(parents=(Parent(second.id, "extension"), Parent("char_1", "character")))
    films = {(second.id, first.id, "remix"), (third.id, second.id, "extension")}
    character = (third.id, "char_1", "character")
    assert await family(lineage, third) == films | {character}
    assert await family(lineage, second) == films
    # What else a descendant came from is no family of its ancestors.
    assert await family(lineage, first) == films


async def test_the_nearest_come_first(lineage, add):
    first = await add()
    second = await add(parents=(Parent(first.id, "edit"),))
    third = await add(parents=(Parent(second.id, "edit"),))
    assert await lineage.family(third.id, project="default") == [
        Edge(third.id, second.id, "edit"),
        Edge(second.id, first.id, "edit"),
    ]


async def test_siblings_are_not_among_it(lineage, add):
    parent = await add()
    one = await add(parents=(Parent(parent.id, "remix"),))
    other = await add(parents=(Parent(parent.id, "remix"),))
    assert await family(lineage, one) == {(one.id, parent.id, "remix")}
    assert len(await family(lineage, parent)) == 2
    assert other.id not in str(await family(lineage, one))


async def test_a_deleted_parent_stays_known(lineage, add, videos):
    parent = await add()
    child = await add(parents=(Parent(parent.id, "remix"),))
    await videos.fail(parent.id, code="cancelled", message="By hand.", now=1.0)
    await videos.delete(parent.id, project="default")
    assert await family(lineage, child) == {(child.id, parent.id, "remix")}


async def test_a_project_sees_its_own_families_only(lineage, add):
    parent = await add(project="ours")
    child = await add(project="ours", parents=(Parent(parent.id, "remix"),))
    assert await family(lineage, child, "theirs") == set()
    assert len(await family(lineage, child, "ours")) == 1


async def test_a_character_comes_back_whole_and_in_its_project_only(engine):
    characters = Characters(engine)
    rex = StoredCharacter(
        id=new_id("char"),
        project="ours",
        name="Rex",
        created_at=12.5,
        cutouts=(Asset("characters/x/0.png", 10, "ab", "image/png"),),
        palette=("#aabbcc", "#000000"),
    )
    await characters.add(rex)
    assert await characters.get(rex.id, project="ours") == rex
    assert await characters.get(rex.id, project="theirs") is None
    assert rex.to_wire() == {"id": rex.id, "name": "Rex", "created_at": 12}
    assert await characters.existing_among([rex.id, "char_gone"]) == {rex.id}


@pytest.fixture
def job_log(engine):
    return JobLog(engine)


async def test_log_entries_come_back_in_order_with_their_time(job_log):
    await job_log.add("video_1", ["First.", "Zweitens: ü."])
    await job_log.add("video_1", ["Last."])
    entries = await job_log.read("video_1")
    assert [message for _at, message in entries] == ["First.", "Zweitens: ü.", "Last."]
    assert all(at == pytest.approx(time.time(), abs=10) for at, _message in entries)


async def test_each_job_has_its_own_log(job_log):
    await job_log.add("video_1", ["One."])
    await job_log.add("video_2", ["Two."])
    await job_log.delete("video_1")
    assert await job_log.read("video_1") == []
    assert [message for _at, message in await job_log.read("video_2")] == ["Two."]


async def test_no_message_makes_no_entry(job_log):
    await job_log.add("video_1", [])
    assert await job_log.read("video_1") == []
