"""Serving one stored file: validators, ranges and HEAD, as RFC 9110 has them."""

import pytest
from starlette.requests import Request
from sweeps import for_all

from vitascope.api.services import content
from vitascope.api.services.content import ByteRange, Unsatisfiable
from vitascope.errors import NotFound
from vitascope.store.blobs import Blobs
from vitascope.video import Asset

SIZE = 10
ETAG = '"abcd"'


@for_all(
    ("text", "expected"),
    [
        ("bytes=0-9", (0, 10)),
        ("bytes=0-", (0, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=9-9", (9, 10)),
        ("bytes=3-6", (3, 7)),
        ("bytes=3-99", (3, 10)),
        ("bytes=-1", (9, 10)),
        ("bytes=-10", (0, 10)),
        ("bytes=-99", (0, 10)),
        ("BYTES = 3 - 6", (3, 7)),
        ("bytes=003-006", (3, 7)),
        ("bytes=0-" + "9" * 20, (0, 10)),
        ("bytes=-" + "9" * 20, (0, 10)),
        # Not a single byte range: ignored.
        (None, None),
        ("", None),
        ("bytes", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=6-3", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("bytes=+1-2", None),
        ("bytes=1", None),
        ("bytes=1--2", None),
        ("bytes=٣-", None),
        ("items=0-1", None),
        ("bytes=0-" + "9" * 5000, None),
        ("bytes=" + "9" * 5000 + "-", None),
        # Nothing that the file has.
        ("bytes=10-", Unsatisfiable),
        ("bytes=10-20", Unsatisfiable),
        ("bytes=-0", Unsatisfiable),
        ("bytes=" + "9" * 20 + "-", Unsatisfiable),
    ],
)
def test_the_table_of_ranges(text, expected):
    headers = {} if text is None else {"range": text}
    if expected is Unsatisfiable:
        with pytest.raises(Unsatisfiable):
            content.requested_range(headers, SIZE, ETAG)
    else:
        found = content.requested_range(headers, SIZE, ETAG)
        assert found == (None if expected is None else ByteRange(*expected))


@pytest.mark.parametrize(
    ("condition", "part"),
    [
        (ETAG, True),
        ('"other"', False),
        ('W/"abcd"', False),
        ("Sat, 21 Nov 2026 08:00:00 GMT", False),
    ],
)
def test_a_range_of_another_version_is_ignored(condition, part):
    headers = {"range": "bytes=0-1", "if-range": condition}
    assert (content.requested_range(headers, SIZE, ETAG) is not None) is part


@for_all(
    ("header", "matches"),
    [
        (None, False),
        (ETAG, True),
        ("*", True),
        ('W/"abcd"', True),
        ('"x", "abcd"', True),
        ('"x",W/"abcd" ', True),
        ('"x"', False),
        ("abcd", False),
        ("", False),
    ],
)
def test_the_table_of_etags(header, matches):
    assert content.etag_matches(header, ETAG) is matches


pytestmark = pytest.mark.anyio


@pytest.fixture
async def blobs(tmp_path):
    store = Blobs.open(str(tmp_path / "files"))
    (tmp_path / "upload").write_bytes(b"0123456789")
    await store.put_file("videos/x/1/video.mp4", tmp_path / "upload", "video/mp4")
    return store


@pytest.fixture
def fetch(blobs):
    """Answers one request and collects what goes over the wire."""

    async def serve(
        method="GET", key="videos/x/1/video.mp4", filename="x.mp4", inline=False, **headers
    ):
        raw = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        scope = {"type": "http", "method": method, "headers": raw, "path": "/"}
        asset = Asset(key, SIZE, "abcd", "video/mp4")
        request = Request(scope)
        response = await content.serve(request, blobs, asset, filename=filename, inline=inline)
        sent = []

        async def receive():
            raise AssertionError("the answer needs nothing from the client")

        async def send(message):
            sent.append(message)

        await response(scope | {"asgi": {"spec_version": "2.4"}}, receive, send)
        head = {k.decode(): v.decode("latin-1") for k, v in sent[0]["headers"]}
        return sent[0]["status"], head, b"".join(bytes(m.get("body", b"")) for m in sent[1:])

    return serve


async def test_the_whole_file(fetch):
    status, headers, body = await fetch()
    assert (status, body) == (200, b"0123456789")
    assert headers["content-length"] == "10"
    assert headers["content-type"] == "video/mp4"
    assert headers["etag"] == ETAG
    assert headers["accept-ranges"] == "bytes"
    assert headers["content-disposition"] == 'attachment; filename="x.mp4"'
    assert headers["x-content-type-options"] == "nosniff"
    assert "content-range" not in headers


async def test_a_part(fetch):
    status, headers, body = await fetch(range="bytes=2-4")
    assert (status, body) == (206, b"234")
    assert headers["content-range"] == "bytes 2-4/10"
    assert headers["content-length"] == "3"
    assert headers["etag"] == ETAG


async def test_a_range_beyond_the_end(fetch):
    status, headers, body = await fetch(range="bytes=10-")
    assert (status, body) == (416, b"")
    assert headers["content-range"] == "bytes */10"
    assert "content-disposition" not in headers


async def test_what_the_client_has_is_not_sent_again(fetch):
    status, headers, body = await fetch(if_none_match=ETAG, range="bytes=0-1")
    assert (status, body) == (304, b"")
    assert headers["etag"] == ETAG
    assert "content-length" not in headers
    assert "content-type" not in headers


async def test_head_is_get_without_the_body(fetch):
    _, expected, _ = await fetch()
    assert await fetch("HEAD") == (200, expected, b"")
    assert (await fetch("HEAD", if_none_match=ETAG))[0] == 304


async def test_head_knows_no_ranges(fetch):
    """RFC 9110 section 14.2: ranges are defined for GET alone."""
    status, headers, _ = await fetch("HEAD", range="bytes=2-4")
    assert (status, headers["content-length"]) == (200, "10")


@for_all(
    ("prompt", "plain", "encoded"),
    [
        ("A fox, at dusk.", "A fox, at dusk.mp4", "A%20fox%2C%20at%20dusk.mp4"),
        ("Füchse im Schnee", "Fuchse im Schnee.mp4", "F%C3%BCchse%20im%20Schnee.mp4"),
        ("狐／空", "file.mp4", "%E7%8B%90%EF%BC%8F%E7%A9%BA.mp4"),
        ('../a\\b"\r\nset-cookie: x', "a b set-cookie x.mp4", "a%20b%20set-cookie%20x.mp4"),
        ("fox\u202e4pm.exe", "fox 4pm.exe.mp4", "fox%204pm.exe.mp4"),
        ("fox " * 400, "fox " * 11 + "fox.mp4", "fox%20" * 11 + "fox.mp4"),
        ("狐" * 400, "file.mp4", "%E7%8B%90" * 50 + ".mp4"),
    ],
)
async def test_a_file_to_show_is_named_by_its_prompt(fetch, prompt, plain, encoded):
    """RFC 6266 appendix D: the plain name first, for clients that know no other."""
    name = f"{content.name_from(prompt)}.mp4"
    for parameters in ({}, {"range": "bytes=0-1"}):
        _, headers, _ = await fetch(filename=name, inline=True, **parameters)
        expected = f"inline; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
        assert headers["content-disposition"] == expected
    assert content.name_from(" ./\n") == ""


async def test_a_file_that_is_gone_is_not_found(fetch):
    with pytest.raises(NotFound, match="not stored any more"):
        await fetch(key="videos/gone/1/video.mp4")


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("fox.mp4", 'attachment; filename="fox.mp4"'),
        ("Füchse 1.mp4", "attachment; filename*=UTF-8''F%C3%BCchse%201.mp4"),
        ("狐.mp4", "attachment; filename*=UTF-8''%E7%8B%90.mp4"),
        ('a"b.mp4', "attachment; filename*=UTF-8''a%22b.mp4"),
        ("a\r\nset-cookie: x=y", "attachment; filename*=UTF-8''a%0D%0Aset-cookie%3A%20x%3Dy"),
    ],
)
async def test_any_name_goes_into_the_header(fetch, filename, expected):
    """RFC 8187 section 3.2.1 for what does not fit between plain quotes."""
    _, headers, _ = await fetch(filename=filename)
    assert headers["content-disposition"] == expected
