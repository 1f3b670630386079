"""Downloads over HTTP: ranges, validators, resumption, and constant memory."""

from __future__ import annotations

import hashlib
import json
import os
import time

import process_tree
import pytest
from raw_requests import connect, exchange, form_part, head, read_answer
from sweeps import for_all

MIB = 1024 * 1024
GIB = 1024 * MIB
LARGE = 256 * MIB
"""Eight times what the API process may grow by."""
# Headers that differ between answers.
FLEETING = {"date", "x-request-id", "openai-processing-ms"}


@pytest.fixture(scope="module")
def server(bars_server):
    return bars_server


@pytest.fixture(scope="module")
def film_id(server):
    return server.rendered("Waves on a beach")["id"]


@pytest.fixture(scope="module")
def whole(server, film_id):
    """The answer to a plain download."""
    response = server.download(film_id)
    assert response.status_code == 200
    return response


@pytest.fixture
def get(server, film_id):
    """Download with some headers: `get(range="bytes=0-9")`."""

    def request(method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return server.http.request(method, f"/videos/{film_id}/content", headers=named)

    return request


def lasting(response):
    return {name: text for name, text in response.headers.items() if name not in FLEETING}


def test_a_plain_download(film_id, whole):
    digest = hashlib.sha256(whole.content).hexdigest()

    assert lasting(whole) == {
        "content-type": "video/mp4",
        "content-length": str(len(whole.content)),
        "content-disposition": f'attachment; filename="{film_id}.mp4"',
        "etag": f'"{digest}"',
        "accept-ranges": "bytes",
        "cache-control": "private, no-cache",
        "x-content-type-options": "nosniff",
        "openai-version": "2020-10-01",
    }


@pytest.mark.parametrize(
    ("variant", "kind", "suffix"),
    [
        ("video", "video/mp4", ".mp4"),
        ("thumbnail", "image/webp", "-thumbnail.webp"),
        ("spritesheet", "image/jpeg", "-spritesheet.jpg"),
    ],
)
def test_every_variant_has_its_type_name_and_tag(variant, kind, suffix, server, film_id):
    response = server.download(film_id, variant=variant)

    assert response.headers["content-type"] == kind
    assert response.headers["content-disposition"].endswith(f'="{film_id}{suffix}"')
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'


def test_an_unknown_variant_is_refused(server, film_id):
    response = server.download(film_id, variant="poster")

    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["param"], error["code"]) == ("variant", "invalid_value")


def test_films_are_never_compressed(get, whole):
    response = get(accept_encoding="gzip, deflate, br")

    assert "content-encoding" not in response.headers
    assert response.content == whole.content


RANGES = {
    "first bytes": ("bytes=0-99", 0, 100),
    "one byte": ("bytes=0-0", 0, 1),
    "middle": ("bytes=1000-1999", 1000, 2000),
    "suffix": ("bytes=-100", -100, None),
    "open end": ("bytes=5000-", 5000, None),
    "everything": ("bytes=0-", 0, None),
    "longer than the file": ("bytes=100-99999999999", 100, None),
    "suffix longer than the file": ("bytes=-99999999999", 0, None),
    "blanks and case": ("Bytes = 10 - 19", 10, 20),
}


@for_all("name", RANGES)
def test_a_range(name, get, whole):
    text, start, end = RANGES[name]
    total = len(whole.content)
    first, last, _ = slice(start, end).indices(total)

    response = get(range=text)

    assert response.status_code == 206
    assert response.content == whole.content[start:end]
    assert response.headers["content-range"] == f"bytes {first}-{last - 1}/{total}"
    assert response.headers["content-length"] == str(last - first)
    assert response.headers["etag"] == whole.headers["etag"]
    assert response.headers["content-type"] == "video/mp4"


def test_the_last_byte(get, whole):
    last = len(whole.content) - 1

    assert get(range=f"bytes={last}-").content == whole.content[-1:]


@pytest.mark.parametrize("beyond", [0, 1, 10**12])
def test_a_range_beyond_the_end(beyond, get, whole):
    total = len(whole.content)

    response = get(range=f"bytes={total + beyond}-")

    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{total}"
    assert response.headers["x-request-id"].startswith("req_")
    assert len(response.content) < 1000


def test_an_empty_suffix_range(get, whole):
    response = get(range="bytes=-0")

    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{len(whole.content)}"


@for_all(
    "text",
    [
        "bytes=0-9,20-29",
        "bytes=0-9, -5",
        "lines=0-9",
        "bytes=9-2",
        "bytes=-",
        "bytes=",
        "bytes",
        "bytes=a-b",
        "bytes=1.0-2",
        "bytes=--5",
        "bytes=+1-5",
    ],
)
def test_an_invalid_range_is_ignored(text, get, whole):
    response = get(range=text)

    assert response.status_code == 200
    assert response.content == whole.content


@pytest.mark.parametrize("text", ["bytes=0-{}", "bytes=-{}", "bytes={}-"])
def test_a_number_of_five_thousand_digits_is_handled(text, get):
    response = get(range=text.format("9" * 5000))

    assert response.status_code in {200, 206, 416}


def test_if_range_with_the_same_file(get, whole):
    response = get(range="bytes=0-9", if_range=whole.headers["etag"])

    assert response.status_code == 206
    assert response.content == whole.content[:10]


@pytest.mark.parametrize("validator", ['"another"', "W/{}", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_if_range_with_another_tag_gets_the_whole_file(validator, get, whole):
    response = get(range="bytes=0-9", if_range=validator.format(whole.headers["etag"]))

    assert response.status_code == 200
    assert response.content == whole.content


@for_all("tags", ["{}", "W/{}", '"other", {}', "*", '"a",{},"b"'])
@for_all("method", ["GET", "HEAD"])
def test_a_matching_tag_gets_304(method, tags, get, whole):
    response = get(method, if_none_match=tags.format(whole.headers["etag"]))

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == whole.headers["etag"]
    assert response.headers["cache-control"] == whole.headers["cache-control"]


def test_not_modified_goes_before_the_range(get, whole):
    assert get(if_none_match=whole.headers["etag"], range="bytes=0-9").status_code == 304


def test_another_tag_gets_the_file(get, whole):
    response = get(if_none_match='"other"')

    assert response.status_code == 200
    assert response.content == whole.content


def test_head_has_the_headers_of_get(get, whole):
    response = get("HEAD")

    assert response.status_code == 200
    assert lasting(response) == lasting(whole)
    assert response.content == b""


def test_head_ignores_ranges(get, whole):
    """RFC 9110, section 14.2: only GET has ranges."""
    response = get("HEAD", range="bytes=0-9")

    assert response.status_code == 200
    assert response.headers["content-length"] == whole.headers["content-length"]


def test_head_of_what_is_not_there(server, still_server):
    waiting = still_server.create()["id"]

    unknown = server.http.head("/videos/video_1/content")
    not_ready = still_server.http.head(f"/videos/{waiting}/content")

    assert (unknown.status_code, unknown.content) == (404, b"")
    assert (not_ready.status_code, not_ready.content) == (404, b"")


def test_an_interrupted_download_resumes_to_the_same_bytes(server, film_id, whole):
    target = f"/v1/videos/{film_id}/content"
    with connect(server.port) as connection:
        connection.sendall(head("GET", target))
        begun = b""
        while len(begun) < 4000:
            begun += connection.recv(1000)
    received = begun.partition(b"\r\n\r\n")[2]
    assert 0 < len(received) < len(whole.content)

    more = {"Range": f"bytes={len(received)}-", "If_Range": whole.headers["etag"]}
    rest = exchange(server.port, head("GET", target, **more))

    assert rest.status == 206
    assert f'"{hashlib.sha256(received + rest.body).hexdigest()}"' == whole.headers["etag"]


def complete(server, size: int) -> str:
    """A completed video whose film is a sparse file of zeros."""
    video_id = server.create()["id"]
    key = f"videos/{video_id}/1/video.mp4"
    path = server.data_dir / "files" / key
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(size)
    asset = {"key": key, "size": size, "digest": "0" * 64, "media_type": "video/mp4"}
    with server.database() as connection:
        connection.execute(
            "UPDATE videos SET status = 'completed', progress = 100, completed_at = ?, assets = ?"
            " WHERE id = ?",
            (time.time(), json.dumps({"video": asset}), video_id),
        )
    return video_id


def test_a_file_that_is_gone_is_not_found(still_server):
    video_id = complete(still_server, 1000)
    assert len(still_server.download(video_id).content) == 1000
    os.remove(still_server.data_dir / "files" / "videos" / video_id / "1" / "video.mp4")

    response = still_server.download(video_id)

    assert response.status_code == 404
    assert "not stored any more" in response.json()["error"]["message"]


def test_an_expired_film_is_not_found_but_its_video_is(still_server):
    video_id = complete(still_server, 1000)
    with still_server.database() as connection:
        connection.execute(
            "UPDATE videos SET expires_at = ? WHERE id = ?", (time.time() - 1, video_id)
        )

    response = still_server.download(video_id)

    assert response.status_code == 404
    assert "expired" in response.json()["error"]["message"]
    assert type(still_server.retrieve(video_id)["expires_at"]) is int


def test_a_film_deleted_during_its_download_arrives_whole(still_server):
    size = 64 * MIB
    video_id = complete(still_server, size)

    with still_server.http.stream("GET", f"/videos/{video_id}/content") as response:
        chunks = response.iter_raw()
        received = len(next(chunks))
        deleted = still_server.http.delete(f"/videos/{video_id}")
        received += sum(map(len, chunks))

    assert deleted.status_code == 200
    assert received == size
    assert still_server.stored(video_id) == set()


def growth(server, work) -> int:
    """By how many bytes the API process grew at its peak during some work."""
    before = process_tree.memory(server.pid)["VmRSS"]
    process_tree.reset_peak(server.pid)
    work()
    return process_tree.memory(server.pid)["VmHWM"] - before


def test_serving_a_large_film_takes_no_memory(still_server):
    server = still_server
    small, large = complete(server, 8 * MIB), complete(server, LARGE)
    server.download(small)
    received = []

    def download():
        with server.http.stream("GET", f"/videos/{large}/content") as response:
            received.append(sum(map(len, response.iter_raw())))

    assert growth(server, download) < 32 * MIB
    assert received == [LARGE]


def test_taking_a_large_file_takes_no_memory(still_server):
    server = still_server
    upload(server, 8 * MIB)
    before = server.http.get("/videos").json()
    answers = []

    assert growth(server, lambda: answers.append(upload(server, LARGE))) < 32 * MIB

    error = answers[0].json()["error"]
    assert answers[0].status == 400
    assert error["param"] == "input_reference"
    assert "unsupported mimetype" in error["message"]
    assert server.scratch() == []
    assert server.http.get("/videos").json() == before


def upload(server, size: int):
    """Send a first frame of `size` zeros."""
    start = form_part("prompt", "x") + form_part("input_reference", b"", filename="z")[:-2]
    end = b"\r\n--xx--\r\n"
    length = len(start) + size + len(end)
    chunk = bytes(MIB)

    def pieces():
        yield head("POST", "/v1/videos", length, "multipart/form-data; boundary=xx") + start
        for _ in range(size // MIB):
            yield chunk
        yield end

    return exchange(server.port, pieces())


def test_a_body_that_says_it_is_too_large_is_refused_at_once(still_server):
    kind = "multipart/form-data; boundary=xx"
    with connect(still_server.port) as connection:
        connection.sendall(head("POST", "/v1/videos", 2 * GIB, kind))
        answer = read_answer(connection)

    assert answer.status == 413
    assert "too large" in answer.json()["error"]["message"]
