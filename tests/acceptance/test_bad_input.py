"""Bad input of every kind gets a plain error, leaves nothing behind and reveals no internals."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib

import process_tree
import pytest
from film_checks import picture
from raw_requests import connect, exchange, form_part, head
from sweeps import for_all
from waiting import wait_for

FORM = "multipart/form-data; boundary=xx"
JSON = "application/json"
PNG = picture()
# Internals that no answer may contain.
SECRETS = re.compile(
    rb"Traceback|File \"|\.py\b|site-packages|/(home|root|usr|tmp|var|work)/|sqlite"
)


@pytest.fixture(scope="module")
def server(bars_server):
    return bars_server


@pytest.fixture(autouse=True)
def unharmed(still_server):
    """After every test the server answers and its scratch space is empty."""
    yield
    assert still_server.http.get("/models").status_code == 200
    wait_for(lambda: not still_server.scratch(), "an empty scratch space", seconds=5)
    assert "Traceback" not in still_server.log


def assert_refused(server, answer, *, status=400, param=None, code=None):
    """A 4xx with OpenAI's error object and a request id, without details of the machine."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == JSON
    assert re.fullmatch(r"req_[0-9a-f]{32}", answer.headers["x-request-id"])
    assert not SECRETS.search(answer.body), answer.body
    assert str(server.data_dir).encode() not in answer.body
    assert len(answer.body) < 2000
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert (error["param"], error["code"]) == (param, code), error
    # For people: one sentence or more, and no words of a validation library.
    assert error["message"][0].isupper()
    assert error["message"][-1] in ".)"
    assert "pydantic" not in error["message"]


def send(server, body: bytes, kind: str | None = JSON, **headers):
    return exchange(server.port, head("POST", "/v1/videos", len(body), kind, **headers) + body)


PROMPT = {"prompt": "A heron"}
BAD_FIELDS = {
    "prompt is a number": ({"prompt": 5}, "prompt", "invalid_type"),
    "prompt is a list": ({"prompt": ["A heron"]}, "prompt", "invalid_type"),
    "prompt is an object": ({"prompt": {"text": "A heron"}}, "prompt", "invalid_type"),
    "prompt is null": ({"prompt": None}, "prompt", "missing_required_parameter"),
    "prompt is empty": ({"prompt": ""}, "prompt", "empty_string"),
    "prompt is missing": ({"seconds": "4"}, "prompt", "missing_required_parameter"),
    "nothing at all": ({}, "prompt", "missing_required_parameter"),
    "prompt is too long": ({"prompt": "x" * 33_000}, "prompt", "string_above_max_length"),
    "prompt is far too long": ({"prompt": "x" * 2**21}, "prompt", "string_above_max_length"),
    "prompt has a NUL": ({"prompt": "A \0 heron"}, "prompt", "invalid_string"),
    "prompt has half a character": ({"prompt": "A \ud800 heron"}, "prompt", "invalid_string"),
    "seconds is a boolean": (PROMPT | {"seconds": True}, "seconds", "invalid_type"),
    "seconds is a list": (PROMPT | {"seconds": ["4"]}, "seconds", "invalid_type"),
    "seconds is no length": (PROMPT | {"seconds": "5"}, "seconds", "invalid_value"),
    "seconds is a number that is no length": (PROMPT | {"seconds": 5}, "seconds", "invalid_value"),
    "seconds is negative": (PROMPT | {"seconds": -4}, "seconds", "invalid_value"),
    "seconds is a fraction": (PROMPT | {"seconds": 4.5}, "seconds", "invalid_type"),
    "size is a number": (PROMPT | {"size": 720}, "size", "invalid_type"),
    "size is no size": (PROMPT | {"size": "1x1"}, "size", "invalid_value"),
    "size is huge": (PROMPT | {"size": "99999999x99999999"}, "size", "invalid_value"),
    "model is an object": (PROMPT | {"model": {}}, "model", "invalid_type"),
    "model is unknown": (PROMPT | {"model": "gpt-4"}, "model", "invalid_value"),
    "model has a NUL": (PROMPT | {"model": "sora-2\0"}, "model", "invalid_string"),
    "seed is text": (PROMPT | {"seed": "seven"}, "seed", "invalid_type"),
    "seed is a fraction": (PROMPT | {"seed": 1.5}, "seed", "invalid_type"),
    "seed is negative": (PROMPT | {"seed": -1}, "seed", "integer_below_min_value"),
    "seed is too large": (PROMPT | {"seed": 2**53}, "seed", "integer_above_max_value"),
    "no steps": (
        PROMPT | {"num_inference_steps": 0},
        "num_inference_steps",
        "integer_below_min_value",
    ),
    "guidance is no number": (PROMPT | {"guidance_scale": "nan"}, "guidance_scale", "invalid_type"),
    "guidance is too large": (
        PROMPT | {"guidance_scale": 1e300},
        "guidance_scale",
        "decimal_above_max_value",
    ),
    "negative prompt has half a character": (
        PROMPT | {"negative_prompt": "\udfff"},
        "negative_prompt",
        "invalid_string",
    ),
    "unknown field": (PROMPT | {"width": 720}, "width", "unknown_parameter"),
    "reference is text": (
        PROMPT | {"input_reference": "a.png"},
        "input_reference",
        "invalid_type",
    ),
    "reference is a number": (PROMPT | {"input_reference": 5}, "input_reference", "invalid_type"),
    "reference is empty": (PROMPT | {"input_reference": {}}, "input_reference", "invalid_value"),
    "reference is both": (
        PROMPT | {"input_reference": {"file_id": "file-1", "image_url": "https://example.com"}},
        "input_reference",
        "invalid_value",
    ),
    "reference is unknown": (
        PROMPT | {"input_reference": {"path": "/etc/passwd"}},
        "input_reference.path",
        "unknown_parameter",
    ),
    "image url is a number": (
        PROMPT | {"input_reference": {"image_url": 5}},
        "input_reference.image_url",
        "invalid_type",
    ),
    "image url is a file": (
        PROMPT | {"input_reference": {"image_url": "file:///etc/passwd"}},
        "input_reference.image_url",
        "invalid_value",
    ),
    "data url is no base64": (
        PROMPT | {"input_reference": {"image_url": "data:image/png;base64,%%%%"}},
        "input_reference.image_url",
        "invalid_value",
    ),
    "data url is empty": (
        PROMPT | {"input_reference": {"image_url": "data:image/png;base64,"}},
        "input_reference.image_url",
        "invalid_value",
    ),
    "data url is text": (
        PROMPT
        | {
            "input_reference": {
                "image_url": f"data:image/png;base64,{base64.b64encode(b'hello').decode()}"
            }
        },
        "input_reference",
        "invalid_value",
    ),
}


@for_all("name", BAD_FIELDS)
def test_a_bad_field_in_json(name, still_server):
    fields, param, code = BAD_FIELDS[name]

    answer = send(still_server, json.dumps(fields).encode())

    assert_refused(still_server, answer, param=param, code=code)


FLAT = [
    name
    for name, (fields, _param, code) in BAD_FIELDS.items()
    # Text that has no JSON type can't have a wrong one, and half a character has no bytes.
    if all(isinstance(value, str) for value in fields.values())
    and code != "empty_string"
    and "half" not in name
    and fields
]


@for_all("name", FLAT)
def test_a_bad_field_in_multipart(name, still_server):
    fields, param, code = BAD_FIELDS[name]
    body = b"".join(form_part(field, value) for field, value in fields.items()) + b"--xx--\r\n"

    answer = send(still_server, body, FORM)

    if name != "prompt is far too long":  # refused while it comes in, by the number of its bytes
        assert_refused(still_server, answer, param=param, code=code)
    else:
        assert_refused(still_server, answer, param="prompt", code="string_above_max_length")


def test_the_longest_prompt_is_taken(still_server):
    prompt = "\N{BIRD}" * 32_000

    assert still_server.create(prompt)["prompt"] == prompt


@pytest.mark.parametrize("prompt", ["   ", "\n", "\x07", "\u202e", "\ufffe", "a" + "\u0301" * 500])
def test_odd_prompts_are_taken_as_they_are(prompt, still_server):
    assert still_server.create(prompt)["prompt"] == prompt


@for_all(
    "body",
    [
        b"{",
        b'{"prompt": "A heron"',
        b'{"prompt": "A heron",}',
        b"{'prompt': 'A heron'}",
        b'{"prompt": "A heron", "seed": NaN}',
        b'{"prompt": "A heron", "guidance_scale": 1e999}',
        b'{"prompt": "A heron", "seed": ' + b"9" * 5000 + b"}",
        b'{"prompt": "caf\xe9"}',
        b'{"prompt": "A heron"}'.decode().encode("utf-16"),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"prompt": [' + b"0," * 200_000 + b"0]}",
        b"\0",
        b"prompt=A+heron",
    ],
)
def test_invalid_json(body, still_server):
    assert_refused(still_server, send(still_server, body))


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (b'{"', b"k" * 1000),
        (b"{", b'"k": 1,' * 1000),
        (b'{"k": ', b"[" * 1000),
        (b'{"prompt": "', b"x" * 1000),
        (b"", b" " * 1000),
    ],
    ids=["a long key", "many keys", "many levels", "a long text", "blanks"],
)
def test_json_beyond_a_limit_is_refused_before_it_is_whole(start, piece, still_server):
    sent = start + piece * 6000
    request = head("POST", "/v1/videos", 20_000_000, JSON) + sent

    answer = exchange(still_server.port, request, seconds=10)

    assert_refused(still_server, answer, status=413 if piece[:1] in b"x " else 400)


def test_endless_headers_of_a_part_are_refused_before_they_end(still_server):
    part = b"--xx\r\nContent-Disposition: form-data; name=" + b"x" * 1_000_000

    answer = exchange(
        still_server.port, head("POST", "/v1/videos", 20_000_000, FORM) + part, seconds=10
    )

    assert_refused(still_server, answer)


@pytest.mark.parametrize("body", [b"[]", b'"A heron"', b"5", b"null", b"true"])
def test_json_that_is_no_object(body, still_server):
    assert_refused(still_server, send(still_server, body), code="invalid_type")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "é/é"])
def test_a_body_of_another_type(kind, still_server):
    assert_refused(still_server, send(still_server, b"prompt=A+heron", kind))


def test_a_compressed_body(still_server):
    answer = send(still_server, zlib.compress(b"{}"), JSON, Content_Encoding="deflate")

    assert_refused(still_server, answer)


MULTIPART = {
    "no final boundary": form_part("prompt", "A heron"),
    "half a part": b'--xx\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nA her',
    "half a head": b"--xx\r\nContent-Disposition: form-da",
    "another boundary": form_part("prompt", "A heron", boundary="yy") + b"--yy--\r\n",
    "no boundary": b"A heron",
    "a part without a name": b"--xx\r\n\r\nA heron\r\n--xx--\r\n",
    "an empty name": form_part("", "A heron") + b"--xx--\r\n",
    "a name that is no UTF-8": form_part("\xff", "A heron").replace(b"\xc3", b"") + b"--xx--\r\n",
    "a very long name": form_part("n" * 10_000, "A heron") + b"--xx--\r\n",
}


@for_all("name", MULTIPART)
def test_broken_multipart(name, still_server):
    assert_refused(still_server, send(still_server, MULTIPART[name], FORM))


def test_multipart_without_a_boundary(still_server):
    answer = send(still_server, b"A heron", "multipart/form-data")

    assert_refused(still_server, answer)


@pytest.mark.parametrize("name", ["x%d", "x[]", "x[%d]", "input_reference[%d]"])
def test_ten_thousand_parts(name, still_server):
    # No field comes twice, because which refusal came first would depend on the size of the reads.
    names = [name % number if "%" in name else name for number in range(10_000)]
    body = "".join(form_part(part, "A heron").decode() for part in names).encode()

    answer = send(still_server, body + b"--xx--\r\n", FORM)

    assert_refused(still_server, answer)
    assert "too many parts" in answer.json()["error"]["message"]


def test_ten_thousand_files(still_server):
    part = form_part("input_reference[x]", PNG[:100], filename="a.png")
    parts = [part.replace(b"[x]", b"[%d]" % number) for number in range(10_000)]

    answer = send(still_server, b"".join(parts) + b"--xx--\r\n", FORM)

    assert_refused(still_server, answer)
    assert "too many parts" in answer.json()["error"]["message"]


def test_a_field_twice(still_server):
    body = form_part("prompt", "A heron") * 2 + b"--xx--\r\n"

    answer = send(still_server, body, FORM)

    assert_refused(still_server, answer, param="prompt", code="duplicate_parameter")


@pytest.mark.parametrize("sent", ["head", "half the picture", "all but the end"])
def test_a_client_that_leaves_in_the_middle(sent, still_server):
    """A body that ends too early leaves no file and creates no job."""
    before = len(still_server.http.get("/videos", params={"limit": 100}).json()["data"])
    body = form_part("prompt", "A heron") + form_part(
        "input_reference", PNG[:8] + bytes(4 * 1024 * 1024), filename="a.png"
    )
    body += b"--xx--\r\n"
    part = {"head": 0, "half the picture": len(body) // 2, "all but the end": len(body) - 4}[sent]
    with connect(still_server.port) as connection:
        connection.sendall(head("POST", "/v1/videos", len(body), FORM) + body[:part])
        if part:
            wait_for(lambda: still_server.scratch(), "the upload to begin", seconds=5)

    wait_for(lambda: not still_server.scratch(), "an empty scratch space", seconds=5)
    after = len(still_server.http.get("/videos", params={"limit": 100}).json()["data"])
    assert after == before


@pytest.mark.parametrize(
    ("filename", "content", "kind"),
    [
        ("first.png", b"This is no picture but a text.\n", "text/plain"),
        ("first.png", b"%PDF-1.7\n", "application/pdf"),
        ("first.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        ("first.jpg", b"\x00\x00\x00 ftypisom" + bytes(50), "video/mp4"),
        ("first.png", b"\x89PN", "application/octet-stream"),
        ("../../first.png", b"\0" * 100, "application/octet-stream"),
    ],
)
def test_a_file_that_is_no_picture(filename, content, kind, still_server):
    body = form_part("prompt", "A heron")
    body += form_part("input_reference", content, filename=filename) + b"--xx--\r\n"

    answer = send(still_server, body, FORM)

    assert_refused(still_server, answer, param="input_reference", code="invalid_value")
    message = answer.json()["error"]["message"]
    assert f"unsupported mimetype ('{kind}')" in message
    assert "'image/webp', 'image/avif'" in message


def test_a_text_that_claims_to_be_a_picture(still_server):
    url = "data:image/png;base64," + base64.b64encode(b"This is no picture.\n").decode()
    fields = PROMPT | {"input_reference": {"image_url": url}}

    answer = send(still_server, json.dumps(fields).encode())

    assert_refused(still_server, answer, param="input_reference", code="invalid_value")
    assert "unsupported mimetype ('text/plain')" in answer.json()["error"]["message"]


@for_all(
    "url",
    [
        "https://127.0.0.1/a.png",
        "https://localhost/a.png",
        "https://[::1]/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/a.png",
        "https://user:secret@example.com/a.png",
        "http://example.com/a.png",
        "https://",
        "https://\u0000",
        "https://example.com:99999/",
    ],
)
def test_a_url_that_is_refused(url, still_server):
    fields = PROMPT | {"input_reference": {"image_url": url}}

    answer = send(still_server, json.dumps(fields).encode())

    if "\0" in url:
        expected = {"param": "input_reference.image_url", "code": "invalid_string"}
    else:
        expected = {"param": "input_reference", "code": "invalid_image_url"}
    assert_refused(still_server, answer, **expected)


def test_an_unknown_file(still_server):
    fields = PROMPT | {"input_reference": {"file_id": "file-123"}}

    answer = send(still_server, json.dumps(fields).encode())

    assert answer.status in {400, 404}
    assert answer.json()["error"]["param"] == "input_reference.file_id"


ODD_IDS = [
    "..%2F..%2Fvitascope.db",
    "%2Fetc%2Fpasswd",
    "..%5C..",
    "%2e%2e",
    "video_%00",
    "%00",
    "%ff%fe",
    "a%",
    "%",
    "'%20OR%201=1",
    "x" * 500,
]


@for_all("odd", ODD_IDS)
@for_all(
    ("method", "rest"),
    [("GET", ""), ("DELETE", ""), ("GET", "/content"), ("POST", "/cancel")],
)
def test_an_odd_id(method, rest, odd, still_server):
    answer = exchange(still_server.port, head(method, f"/v1/videos/{odd}{rest}", 0))

    assert_refused(still_server, answer, status=404, param="video_id")


@pytest.mark.parametrize("path", ["/v1/videos/../../etc/passwd", "/v1//videos", "/v1/videos/a/b/c"])
def test_an_odd_path(path, still_server):
    answer = exchange(still_server.port, head("GET", path))

    assert answer.status == 404
    assert not SECRETS.search(answer.body.replace(path.encode(), b""))


# Pictures whose faults only decoding shows: the job fails


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG of one bit a pixel, with the given compressed rows."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def black_rows(width: int, height: int) -> bytes:
    squeeze = zlib.compressobj(1)
    row = bytes(1 + width // 8)
    return b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()


HOPELESS = {
    "a bomb of 40,000 by 40,000": lambda: png(40_000, 40_000, black_rows(40_000, 40_000)),
    "a header of 2 billion by 2 billion": lambda: png(2**31 - 1, 2**31 - 1, b""),
    "no width": lambda: png(0, 100, black_rows(8, 100)),
    "a signature and nothing else": lambda: PNG[:8],
    "a signature and noise": lambda: PNG[:8] + bytes(range(256)) * 20,
    "half a picture": lambda: PNG[: len(PNG) // 2],
    "half a JPEG": lambda: picture(kind="JPEG")[:600],
    "half a WebP": lambda: picture(kind="WEBP")[:60],
}


@pytest.mark.parametrize("name", HOPELESS)
def test_a_picture_that_cannot_be_decoded_fails_the_job(name, server):
    content = HOPELESS[name]()
    assert len(content) < 2 * 1024 * 1024
    body = form_part("prompt", "A heron")
    body += form_part("input_reference", content, filename="first.png") + b"--xx--\r\n"
    child = server.engine_process()
    before = process_tree.memory(child)["VmRSS"]
    process_tree.reset_peak(child)

    answer = send(server, body, FORM)
    assert answer.status == 200, answer.body
    video = server.wait_until(answer.json()["id"], "failed", seconds=30)

    assert video["error"]["code"] == "invalid_image"
    message = video["error"]["message"]
    assert message[0].isupper()
    assert message.endswith(".")
    assert not SECRETS.search(message.encode())
    assert server.engine_process() == child, "the engine's process did not survive the picture"
    assert process_tree.memory(child)["VmHWM"] - before < 512 * 1024 * 1024
    assert server.scratch() == []


def test_a_film_is_rendered_afterwards(server):
    video = server.rendered("A heron")

    assert video["status"] == "completed"
    assert server.scratch() == []
