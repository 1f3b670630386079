"""Edge cases of `create` that official clients depend on: body formats, types, paths and errors."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import httpx2
import pytest
from film_checks import picture
from raw_requests import exchange, form_part, head
from sweeps import for_all

CAPTURES = Path(__file__).parents[1] / "data" / "captures"
PNG = picture()
KEYS = [
    "id",
    "object",
    "created_at",
    "status",
    "completed_at",
    "error",
    "expires_at",
    "model",
    "progress",
    "prompt",
    "remixed_from_video_id",
    "seconds",
    "size",
]
NOT_READY = "Video is not ready yet, use GET /v1/videos/{} to check status."


def assert_is_video(video):
    """The contract's shape: every key, explicit nulls, the right types."""
    assert list(video)[:13] == KEYS
    assert video["object"] == "video"
    assert video["status"] in {"queued", "in_progress", "completed", "failed"}
    for name in ("id", "model", "prompt", "seconds", "size"):
        assert type(video[name]) is str, name
    for name in ("created_at", "progress"):
        assert type(video[name]) is int, name
    for name in ("completed_at", "expires_at"):
        assert video[name] is None or type(video[name]) is int, name
    assert 0 <= video["progress"] <= 100
    assert video["remixed_from_video_id"] is None
    if video["status"] == "failed":
        assert set(video["error"]) == {"code", "message"}
        assert all(type(text) is str and text for text in video["error"].values())
    else:
        assert video["error"] is None
    assert (video["completed_at"] is not None) == (video["status"] in {"completed", "failed"})


def assert_is_error(response, status, *, param=None, code=None):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"].startswith("req_")
    assert list(response.json()) == ["error"]
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    assert error["type"] == "invalid_request_error"
    assert (error["param"], error["code"]) == (param, code)


def send_form(server, *parts: bytes, boundary: str = "xx", declared: str = ""):
    """A multipart create, written by hand."""
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    kind = f"multipart/form-data; boundary={declared or boundary}"
    return exchange(server.port, head("POST", "/v1/videos", len(body), kind) + body)


def send_part(server, *lines: str, content: bytes):
    """A multipart create with a prompt and one more part, whose head is given line by line."""
    part = b"--xx\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"
    return send_form(server, form_part("prompt", "A heron"), part)


def stored_reference(server, answer):
    assert answer.status == 200, answer.body
    asset = server.spec(answer.json()["id"])["inputs"][0]["asset"]
    return asset["media_type"], (server.data_dir / "files" / asset["key"]).read_bytes()


# 1. JSON and multipart


@for_all(
    "capture",
    [
        "py/001",
        "py/008",
        "py/011",
        "py/033",
        "pyold/001",
        "pyold/005",
        "pyold/009",
        "node7/001",
        "ruby/001",
        "cli/001",
        "cli/007",
        "cli/010",
        "cli/042",
    ],
)
def test_edge_01_create_as_real_clients_send_it(capture, still_server):
    raw = (CAPTURES / f"{capture}.bin").read_bytes()

    answer = exchange(still_server.port, raw)

    assert answer.status == 200, answer.body
    assert_is_video(answer.json())


# 2. A file need not have a file name


def test_edge_02_a_file_without_a_name_is_a_file(still_server):
    answer = send_part(
        still_server,
        'Content-Disposition: form-data; name="input_reference"',
        "Content-Type: application/octet-stream",
        content=PNG,
    )

    assert stored_reference(still_server, answer) == ("image/png", PNG)


def test_edge_02_text_in_a_file_field_is_no_file(still_server):
    answer = send_form(
        still_server, form_part("prompt", "A heron"), form_part("input_reference", "Example data")
    )

    assert answer.status == 400
    assert answer.json()["error"]["param"] == "input_reference"


# 3. Objects as brackets, as a JSON part, as a nested file, as JSON

DATA_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
OBJECT_PARTS = {
    "brackets": (['Content-Disposition: form-data; name="input_reference[image_url]"'], DATA_URL),
    "typed brackets": (
        [
            'Content-Disposition: form-data; name="input_reference[image_url]"',
            "Content-Type: application/octet-stream",
        ],
        DATA_URL,
    ),
    "dots": (['Content-Disposition: form-data; name="input_reference.image_url"'], DATA_URL),
    "json part": (
        [
            'Content-Disposition: form-data; name="input_reference"',
            "Content-Type: application/json",
        ],
        json.dumps({"image_url": DATA_URL}),
    ),
    "nested file": (
        [
            'Content-Disposition: form-data; name="input_reference[image_url]"; filename="r.png"',
            "Content-Type: image/png",
        ],
        PNG,
    ),
}


@pytest.mark.parametrize("form", OBJECT_PARTS)
def test_edge_03_objects_in_multipart(form, still_server):
    lines, content = OBJECT_PARTS[form]
    raw = content if isinstance(content, bytes) else content.encode()

    answer = send_part(still_server, *lines, content=raw)

    assert stored_reference(still_server, answer) == ("image/png", PNG)


def test_edge_03_objects_in_json(still_server):
    video = still_server.create(input_reference={"image_url": DATA_URL})

    asset = still_server.spec(video["id"])["inputs"][0]["asset"]
    assert (asset["media_type"], asset["size"]) == ("image/png", len(PNG))


# 4. No Content-Length


@pytest.mark.parametrize("size", [1, 1000, 65_536])
def test_edge_04_chunked_multipart(size, still_server):
    body = form_part("prompt", "A heron") + form_part("input_reference", PNG, filename="f")
    body += b"--xx--\r\n"
    kind = "multipart/form-data; boundary=xx"
    chunks = [head("POST", "/v1/videos", kind=kind, Transfer_Encoding="chunked")]
    for start in range(0, len(body), size):
        chunk = body[start : start + size]
        chunks.append(b"%x\r\n%s\r\n" % (len(chunk), chunk))
    chunks.append(b"0\r\n\r\n")

    answer = exchange(still_server.port, b"".join(chunks))

    assert stored_reference(still_server, answer) == ("image/png", PNG)


def test_edge_04_chunked_json(still_server):
    response = still_server.http.post(
        "/videos",
        content=iter([b'{"prompt": "A ', b'heron"}']),
        headers={"content-type": "application/json"},
    )

    assert response.request.headers["transfer-encoding"] == "chunked"
    assert response.status_code == 200
    assert response.json()["prompt"] == "A heron"


# 5. The declared media type means nothing


@pytest.mark.parametrize(
    "declared", ["application/octet-stream", "text/plain", "video/mp4", "image/gif", "nonsense"]
)
def test_edge_05_pictures_are_known_by_their_bytes(declared, still_server):
    answer = send_part(
        still_server,
        'Content-Disposition: form-data; name="input_reference"; filename="ref"',
        f"Content-Type: {declared}",
        content=picture(kind="JPEG"),
    )

    assert stored_reference(still_server, answer)[0] == "image/jpeg"


# 6. Not ready is 404, running is 400


@pytest.mark.parametrize("variant", ["video", "thumbnail", "spritesheet"])
def test_edge_06_content_of_a_queued_video(variant, still_server):
    video_id = still_server.create()["id"]

    response = still_server.download(video_id, variant=variant)

    assert_is_error(response, 404)
    assert response.json()["error"]["message"] == NOT_READY.format(video_id)


def test_edge_06_content_of_a_failed_video(still_server):
    video_id = still_server.create()["id"]
    still_server.cancel(video_id)

    response = still_server.download(video_id)

    assert_is_error(response, 404)
    assert "failed" in response.json()["error"]["message"]


def test_edge_06_delete_of_a_queued_video(still_server):
    video_id = still_server.create()["id"]

    response = still_server.http.delete(f"/videos/{video_id}")

    assert_is_error(response, 400)
    assert response.json()["error"]["message"].startswith("Video is still being processed")
    assert still_server.retrieve(video_id)["status"] == "queued"


def test_edge_06_content_and_delete_of_a_running_video(bars_server):
    server = bars_server
    video_id = server.create_slow()["id"]
    server.wait_until(video_id, "in_progress")

    content = server.download(video_id)
    deleted = server.http.delete(f"/videos/{video_id}")
    then = server.cancel(video_id)

    assert_is_error(content, 404)
    assert content.json()["error"]["message"] == NOT_READY.format(video_id)
    assert_is_error(deleted, 400)
    assert then["error"]["code"] == "cancelled"


# 7. Success is 200 and nothing else


def test_edge_07_success_is_always_200(still_server):
    http = still_server.http
    created = http.post("/videos", json={"prompt": "A heron"})
    video_id = created.json()["id"]
    answers = [
        created,
        http.get(f"/videos/{video_id}"),
        http.get("/videos"),
        http.post(f"/videos/{video_id}/cancel"),
        http.delete(f"/videos/{video_id}"),
        http.get("/models"),
        http.get("/models/sora-2"),
    ]

    assert [answer.status_code for answer in answers] == [200] * 7
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 7


def test_edge_07_delete_says_what_it_did_and_only_once(still_server):
    video_id = still_server.create()["id"]
    still_server.cancel(video_id)

    first = still_server.http.delete(f"/videos/{video_id}")
    second = still_server.http.delete(f"/videos/{video_id}")

    assert first.json() == {"id": video_id, "object": "video.deleted", "deleted": True}
    assert_is_error(second, 404, param="video_id")


# 8. and 9. Thirteen keys, four states


def test_edge_08_every_key_in_every_state(bars_server):
    """One job, polled without any helper header from the first answer to the last."""
    server = bars_server
    video = server.create("A windmill, slow=1", size="1280x720")
    video_id, seen = video["id"], [video]
    headers = []
    while video["status"] in {"queued", "in_progress"}:
        time.sleep(0.02)
        response = server.http.get(f"/videos/{video_id}")
        video = response.json()
        seen.append(video)
        if video["status"] in {"queued", "in_progress"}:
            headers.append(response.headers["openai-poll-after-ms"])

    for video in seen:
        assert_is_video(video)
    statuses = list(dict.fromkeys(video["status"] for video in seen))
    assert statuses == ["queued", "in_progress", "completed"], seen[-1]["error"]
    progress = [video["progress"] for video in seen]
    assert progress == sorted(progress)
    assert progress[0] == 0
    assert progress[-1] == 100
    assert len(set(progress)) > 3
    assert all(text.isdecimal() and 100 <= int(text) <= 10_000 for text in headers)
    assert "openai-poll-after-ms" not in server.http.get(f"/videos/{video_id}").headers


def test_edge_08_a_list_has_whole_videos(still_server):
    still_server.create()

    for video in still_server.http.get("/videos").json()["data"]:
        assert_is_video(video)


def test_edge_09_a_cancelled_video_is_a_failed_video(still_server):
    video_id = still_server.create()["id"]

    cancelled = still_server.cancel(video_id)

    assert_is_video(cancelled)
    assert cancelled["status"] == "failed"
    assert cancelled["error"]["code"] == "cancelled"
    assert still_server.retrieve(video_id) == cancelled
    again = still_server.http.post(f"/videos/{video_id}/cancel")
    assert_is_error(again, 400)


# 10. Pages


def page(server, **query):
    response = server.http.get("/videos", params=query)
    assert response.status_code == 200, response.text
    body = response.json()
    assert list(body) == ["object", "data", "first_id", "last_id", "has_more"]
    assert body["object"] == "list"
    ids = [video["id"] for video in body["data"]]
    assert body["first_id"] == (ids[0] if ids else None)
    assert body["last_id"] == (ids[-1] if ids else None)
    return ids, body["has_more"]


def test_edge_10_pages_follow_the_order_asked_for(five_videos):
    server, ids = five_videos

    assert page(server) == (ids[::-1], False)
    assert page(server, order="asc") == (ids, False)
    assert page(server, order="asc", limit=2) == (ids[:2], True)
    assert page(server, order="asc", limit=2, after=ids[1]) == (ids[2:4], True)
    assert page(server, order="asc", limit=2, after=ids[3]) == (ids[4:], False)
    assert page(server, order="desc", limit=2, after=ids[3]) == (ids[1:3][::-1], True)
    assert page(server, limit=5) == (ids[::-1], False)
    assert page(server, limit=4) == (ids[:0:-1], True)


def test_edge_10_after_the_last_there_is_nothing(five_videos):
    server, ids = five_videos

    assert page(server, order="asc", after=ids[-1]) == ([], False)
    assert page(server, order="desc", after=ids[0]) == ([], False)


@pytest.mark.parametrize("after", ["after", "video_123", "video_" + 47 * "0", "a/b %", "é"])
def test_edge_10_after_an_unknown_id_there_is_nothing(after, five_videos):
    assert page(five_videos[0], after=after) == ([], False)


def test_edge_10_limit_zero_is_an_empty_page(five_videos):
    server, _ids = five_videos

    assert page(server, limit=0) == ([], False)
    assert page(server, after="after", limit=0, order="asc") == ([], False)


def test_edge_10_a_deleted_cursor_keeps_its_place(still_server):
    server = still_server
    ids = [server.create(f"Heron {number}")["id"] for number in range(4)]
    server.cancel(ids[1])
    assert server.http.delete(f"/videos/{ids[1]}").status_code == 200

    assert page(server, order="asc", after=ids[1]) == (ids[2:], False)
    assert page(server, order="desc", after=ids[1], limit=1)[0] == ids[:1]


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "101"), ("limit", "-1"), ("limit", "ten"), ("order", "up")],
)
def test_edge_10_a_bad_query_is_named(name, value, five_videos):
    response = five_videos[0].http.get("/videos", params={name: value})

    assert_is_error(response, 400, param=name, code="invalid_value")


# 11. Routes and ids


@pytest.mark.parametrize("prefix", ["/v1", ""])
def test_edge_11_every_route_has_two_prefixes(prefix, still_server):
    with httpx2.Client(base_url=f"{still_server.url}{prefix}", trust_env=False) as http:
        created = http.post("/videos", json={"prompt": "A heron"})
        assert created.status_code == 200
        path = f"/videos/{created.json()['id']}"
        assert created.json().items() <= http.get(path).json().items()  # also has the position
        assert created.json() in http.get("/videos").json()["data"]
        assert_is_error(http.get(f"{path}/content"), 404)
        assert http.post(f"{path}/cancel").status_code == 200
        assert http.delete(path).status_code == 200
        assert http.get("/models/sora-2").json()["id"] == "sora-2"


def test_edge_11_ids_are_decoded_exactly_once(still_server):
    video_id = still_server.create()["id"]
    encoded = video_id.replace("_", "%5F").replace("6", "%36")

    found = exchange(still_server.port, head("GET", f"/v1/videos/{encoded}"))
    twice = exchange(still_server.port, head("GET", f"/v1/videos/{encoded.replace('%', '%25')}"))

    assert found.status == 200
    assert found.json()["id"] == video_id
    assert twice.status == 404


@for_all("path", ["a%2Fb%20c", "..%2F..%2Fetc", "%00", "%FF", "%E2%98%83", "a%"])
@for_all("method", ["GET", "DELETE"])
def test_edge_11_odd_ids_are_one_segment_and_not_found(method, path, still_server):
    answer = exchange(still_server.port, head(method, f"/v1/videos/{path}"))

    assert answer.status == 404
    assert answer.json()["error"]["param"] == "video_id"
    assert answer.headers["x-request-id"].startswith("req_")


def test_edge_11_characters_are_no_videos(still_server):
    assert_is_unknown_url(still_server.http.get("/videos/characters/char_123"))


def assert_is_unknown_url(response):
    assert response.status_code == 404
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_edge_11_unknown_paths_and_methods(still_server):
    unknown = still_server.http.get("/_stainless_unknown_path")
    wrong = still_server.http.put("/videos", json={})

    assert_is_error(unknown, 404, code="unknown_url")
    assert_is_error(wrong, 405)


# 12. Bodies where none belong


def test_edge_12_delete_with_a_content_type_and_no_body(still_server):
    video_id = still_server.create()["id"]
    still_server.cancel(video_id)

    answer = exchange(
        still_server.port, head("DELETE", f"/v1/videos/{video_id}", kind="application/json")
    )

    assert answer.status == 200
    assert answer.json()["deleted"] is True


@pytest.mark.parametrize("target", ["/v1/videos", "/v1/videos/{}", "/v1/videos?limit=0"])
def test_edge_12_get_with_a_length_of_zero(target, still_server):
    video_id = still_server.create()["id"]

    answer = exchange(still_server.port, head("GET", target.format(video_id), 0))

    assert answer.status == 200


def test_edge_12_get_with_a_content_type(still_server):
    video_id = still_server.create()["id"]
    target = f"/v1/videos/{video_id}"

    answer = exchange(still_server.port, head("GET", target, kind="application/json"))

    assert answer.json()["id"] == video_id


# 13. Create answers at once, and a refused one leaves nothing


def test_edge_13_create_does_not_wait_for_the_work(still_server):
    """The server has no worker that an answer could wait for."""
    assert still_server.create()["status"] == "queued"


def test_edge_13_a_retried_create_makes_one_job(still_server):
    """No SDK sends an idempotency key; all of them count their retries."""

    def send(retry: int, prompt: str) -> str:
        response = still_server.http.post(
            "/videos", json={"prompt": prompt}, headers={"x-stainless-retry-count": str(retry)}
        )
        assert response.status_code == 200
        return response.json()["id"]

    first = send(0, "One heron")

    assert send(1, "One heron") == first
    assert send(2, "One heron") == first
    assert send(1, "Another heron") != first
    assert send(0, "One heron") != first


def test_edge_13_a_refused_create_leaves_nothing(still_server):
    server = still_server
    files = {"input_reference": ("first.png", PNG)}
    videos, stored = page(server), all_stored(server)

    refused = server.http.post("/videos", data={"prompt": "A heron", "seconds": "5"}, files=files)

    assert_is_error(refused, 400, param="seconds", code="invalid_value")
    assert page(server) == videos
    assert all_stored(server) == stored
    assert server.scratch() == []


def all_stored(server):
    return {path for path in (server.data_dir / "files").rglob("*") if path.is_file()}


# 14. The tables are wider than the specification's


@for_all("seconds", ["4", "8", "12", "16", "20", 8, 12.0])
def test_edge_14_every_length(seconds, still_server):
    assert still_server.create(seconds=seconds)["seconds"] == str(int(seconds))


@pytest.mark.parametrize(
    "size", ["720x1280", "1280x720", "1024x1792", "1792x1024", "1080x1920", "1920x1080"]
)
def test_edge_14_every_size(size, still_server):
    assert still_server.create(size=size, model="sora-2-pro")["size"] == size


@pytest.mark.parametrize(
    "model",
    [
        "sora-2",
        "sora-2-pro",
        "sora-2-2025-10-06",
        "sora-2-2025-12-08",
        "sora-2-pro-2025-10-06",
    ],
)
def test_edge_14_every_model_by_the_name_that_was_sent(model, still_server):
    assert still_server.create(model=model)["model"] == model


# 15. Null and empty values mean "not given"; objects in Python's extra_body are in edge 3


@pytest.mark.parametrize("nothing", [None, ""])
def test_edge_15_optional_fields_may_be_null_or_empty(nothing, still_server):
    names = ("model", "seconds", "size", "input_reference", "seed", "negative_prompt")

    video = still_server.create(**dict.fromkeys(names, nothing))

    assert (video["model"], video["seconds"], video["size"]) == ("sora-2", "4", "720x1280")


# Further


def test_line_ends_of_node_are_undone(still_server):
    answer = send_form(still_server, form_part("prompt", "one\r\ntwo\n three "))

    assert answer.json()["prompt"] == "one\ntwo\n three "


def test_dotnet_quotes_the_boundary_and_not_the_names(still_server):
    part = (
        b"--b-1\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Disposition: form-data; name=prompt\r\n\r\nA heron\r\n"
    )

    answer = send_form(still_server, part, boundary="b-1", declared='"b-1"')

    assert answer.status == 200
    assert answer.json()["prompt"] == "A heron"


@pytest.mark.parametrize("accept", ["application/binary", "text/plain, video/mp4", "*/*", ""])
def test_accept_is_never_refused(accept, still_server):
    response = still_server.http.get("/videos", headers={"accept": accept})

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
