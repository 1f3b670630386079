"""Blobs on disk, in memory and on a real S3 server: whole, in ranges, missing, gone."""

import asyncio
import time

import pytest

from vitascope.errors import ConfigError
from vitascope.store import blobs as module
from vitascope.store.blobs import Blobs, MissingBlob

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["folder", "file", "memory", pytest.param("s3", marks=pytest.mark.thorough)])
def blobs(request, tmp_path):
    if request.param == "s3":
        return Blobs.open(f"{request.getfixturevalue('s3_storage')}/some/prefix")
    folder = tmp_path / "files of ü #1"
    return Blobs.open(
        {"folder": str(folder), "file": folder.as_uri(), "memory": "memory:///"}[request.param]
    )


@pytest.fixture
def put(blobs, tmp_path):
    async def put_bytes(key, content=b"0123456789"):
        path = tmp_path / "upload"
        path.write_bytes(content)
        await blobs.put_file(key, path, "video/mp4")

    return put_bytes


async def read(blobs, key, start, end):
    return b"".join([bytes(part) async for part in await blobs.stream(key, start=start, end=end)])


async def keys(blobs, prefix=""):
    return sorted([blob.key async for blob in blobs.list(prefix)])


@pytest.mark.parametrize(("start", "end"), [(0, 10), (0, 1), (9, 10), (3, 7)])
async def test_any_part_can_be_streamed(blobs, put, start, end):
    await put("videos/a/1/video.mp4")
    assert await read(blobs, "videos/a/1/video.mp4", start, end) == b"0123456789"[start:end]


async def test_a_big_file_goes_in_and_out_whole(blobs, put):
    content = bytes(range(256)) * 4096 * 12  # 12 MiB: more than two parts
    await put("videos/a/1/video.mp4", content)
    assert await read(blobs, "videos/a/1/video.mp4", 1, len(content)) == content[1:]


async def test_a_big_file_is_read_from_disk_in_small_chunks(tmp_path):
    blobs = Blobs.open(str(tmp_path / "files"))
    size = 12 * module.CHUNK
    (tmp_path / "upload").write_bytes(bytes(size))
    await blobs.put_file("videos/a/1/video.mp4", tmp_path / "upload", "video/mp4")
    chunks = await blobs.stream("videos/a/1/video.mp4", start=1, end=size)
    sizes = [len(chunk) async for chunk in chunks]
    assert sum(sizes) == size - 1
    assert max(sizes) <= 2 * module.CHUNK


async def test_a_missing_blob_is_known_before_the_first_byte(blobs, tmp_path):
    with pytest.raises(MissingBlob, match="videos/none"):
        await blobs.stream("videos/none", start=0, end=1)
    with pytest.raises(MissingBlob, match="videos/none"):
        await blobs.fetch("videos/none", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


async def test_a_blob_is_fetched_whole_into_a_new_file(blobs, put, tmp_path):
    content = bytes(5 * 1024 * 1024 + 1)
    await put("videos/a/input_reference", content)
    copy = tmp_path / "copy"
    await blobs.fetch("videos/a/input_reference", copy)
    assert copy.read_bytes() == content
    with pytest.raises(FileExistsError):
        await blobs.fetch("videos/a/input_reference", copy)


async def test_a_blob_is_copied_under_a_second_key(blobs, put):
    await put("videos/a/1/video.mp4")
    await blobs.copy("videos/a/1/video.mp4", "files/b")
    await blobs.delete(["videos/a/1/video.mp4"])
    assert await read(blobs, "files/b", 0, 10) == b"0123456789"
    with pytest.raises(MissingBlob, match="videos/none"):
        await blobs.copy("videos/none", "files/c")


async def test_deleting_takes_what_is_named_and_minds_nothing_missing(blobs, put):
    await put("videos/a/1/video.mp4")
    await put("videos/a/1/thumbnail.webp")
    await blobs.delete(["videos/none", "videos/a/1/video.mp4"])
    assert await keys(blobs) == ["videos/a/1/thumbnail.webp"]


async def test_deleting_under_a_prefix_stops_at_the_slash(blobs, put):
    for key in ("videos/a/1/x", "videos/a/2/deep/y", "videos/ab/1/x", "others/a/x"):
        await put(key)
    await blobs.delete_under("videos/a")
    assert await keys(blobs) == ["others/a/x", "videos/ab/1/x"]
    await blobs.delete_under("videos/a")


async def test_listing_tells_keys_and_ages(blobs, put):
    assert await keys(blobs, "videos") == []
    await put("videos/a/x")
    await put("others/x")
    [found] = [blob async for blob in blobs.list("videos")]
    assert found.key == "videos/a/x"
    assert found.modified_at == pytest.approx(time.time(), abs=10)


async def test_more_than_a_page_is_listed(blobs, put):
    for number in range(501):
        await put(f"videos/{number:03}/x", b"")
    assert len(await keys(blobs, "videos")) == 501


async def test_nobody_sees_half_a_file(blobs, put):
    """A reader sees nothing of a file that is being stored, or all of it."""
    content = bytes(24 * 1024 * 1024)
    storing = asyncio.create_task(put("videos/a/1/video.mp4", content))
    looks = 0
    while not storing.done():
        try:
            chunks = await blobs.stream("videos/a/1/video.mp4", start=0, end=len(content))
        except MissingBlob:
            looks += 1
        else:
            assert sum([len(chunk) async for chunk in chunks]) == len(content)
        assert await keys(blobs, "videos") in ([], ["videos/a/1/video.mp4"])
        await asyncio.sleep(0)
    await storing
    assert looks > 0
    assert await keys(blobs) == ["videos/a/1/video.mp4"]


async def test_emptied_folders_do_not_pile_up(tmp_path):
    blobs = Blobs.open(str(tmp_path / "files"))
    upload = tmp_path / "upload"
    upload.write_bytes(b"x")
    await blobs.put_file("videos/a/1/video.mp4", upload, "video/mp4")
    await blobs.delete_under("videos/a")
    assert not (tmp_path / "files" / "videos" / "a").exists()


@pytest.mark.parametrize("storage", ["ftp://host/x", "http://host/x", "https://host/x", "c:/x"])
def test_other_kinds_of_storage_are_refused(storage):
    with pytest.raises(ConfigError, match="storage must be a folder or begin with"):
        Blobs.open(storage)


@pytest.mark.parametrize("storage", ["s3://", "s3:///", "gs://", "az://"])
def test_an_address_without_a_bucket_is_refused_in_one_sentence(storage):
    with pytest.raises(ConfigError) as refusal:
        Blobs.open(storage)
    assert str(refusal.value).startswith(f"The storage {storage} can't be used: ")
    assert "\n" not in str(refusal.value)


def test_what_should_not_be_in_an_address_is_not_repeated():
    with pytest.raises(ConfigError, match=r"^The storage s3:///x can't be used: ") as refusal:
        Blobs.open("s3://key:secret@/x?token=secret")
    assert "secret" not in str(refusal.value)


def test_a_bucket_needs_no_network_to_be_opened():
    assert isinstance(Blobs.open("s3://bucket/prefix"), Blobs)
