"""Short bodies without files: read at once as they would be by chunks, or left to the reader."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sweeps import for_all

from vitascope.api.parsing import BodyLimits, ScratchFiles
from vitascope.api.parsing.json_body import JsonReader, read_plain_json
from vitascope.api.parsing.multipart import MultipartReader, read_plain_form
from vitascope.errors import RequestError

LIMITS = BodyLimits()
BOUNDARY = b"b0undary-X"
PROMPT = b'--b0undary-X\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nA f\xc3\xb6x\r\n'
END = b"--b0undary-X--\r\n"
KEYS = st.sampled_from(["prompt", "seed", "video", "a[b]", "\0", "é", "k" * 300])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4).map(json.dumps).map(str.encode)
# What is close to a body and is none.
PIECES = st.sampled_from(
    [
        *(PROMPT, END, b"--b0undary-X\r\n", b"\r\n", b"--", b"\r\n\r\n", b"\0", b"\xff", b"x"),
        b'Content-Disposition: form-data; name="seconds"\r\n\r\n8',
        b'content-disposition: form-data; name="video"',
        b"Content-Type: text/plain\r\n",
    ]
)
FORMS = st.lists(PIECES, max_size=8).map(b"".join)


async def by_chunks(reader, raw):
    try:
        await reader.feed(raw)
        return await reader.finish()
    except RequestError as error:
        return error


def whole(coroutine):
    """The result of a coroutine that never waits."""
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    return end.value.value


@given(DOCUMENTS | st.binary().map(lambda some: b'{"prompt": "' + some + b'"}'))
@settings(max_examples=150, deadline=None)
def test_a_json_body_is_read_as_by_the_reader(tmp_path_factory, raw):
    plain = read_plain_json(raw, LIMITS)
    if plain is not None:
        files = ScratchFiles(tmp_path_factory.getbasetemp())
        read = whole(by_chunks(JsonReader(files, LIMITS), raw))
        assert repr(read) == repr(plain)  # True is not 1


@given(FORMS)
@settings(max_examples=150, deadline=None)
def test_a_form_is_read_as_by_the_reader(tmp_path_factory, raw):
    plain = read_plain_form(raw, BOUNDARY, LIMITS)
    if plain is not None:
        files = ScratchFiles(tmp_path_factory.getbasetemp())
        read = whole(by_chunks(MultipartReader(BOUNDARY, files, LIMITS), raw))
        assert read == plain


def test_what_the_sdks_send_is_read_at_once():
    body = {"prompt": "A fox", "seconds": "8", "seed": 7, "guidance_scale": 2.5, "model": None}
    assert read_plain_json(json.dumps(body).encode(), LIMITS) == body
    second = PROMPT.replace(b"prompt", b"model")
    assert read_plain_form(PROMPT + second + END, BOUNDARY, LIMITS) == {
        "prompt": "A föx",
        "model": "A föx",
    }


@for_all(
    "raw",
    [
        b'{"prompt": "a\\u0000"}',
        b'{"prompt": "\\ud800"}',
        b'{"prompt": "caf\xe9"}',
        b'{"caf\xe9": 1}',
        b'{"seed": NaN}',
        b'{"seed": 1e400}',
        b'{"seed": 123456789012345678901234567890}',
        b'{"characters": []}',
        b'{"video": {"id": "v"}}',
        b'{"prompt": "a"} x',
        b'["prompt"]',
        b'{"' + b"k" * 300 + b'": 1}',
        b'{"prompt": "' + b"a" * 17_000 + b'"}',
        b'{"a":' * 5000,
    ],
)
def test_json_that_needs_the_reader_is_left_to_it(raw):
    assert read_plain_json(raw, LIMITS) is None


@for_all(
    "raw",
    [
        PROMPT,
        PROMPT + PROMPT + END,
        b"preamble\r\n" + PROMPT + END,
        PROMPT + END + b"epilogue",
        PROMPT.replace(b"prompt", b"video") + END,
        PROMPT.replace(b"prompt", b"characters[][id]") + END,
        PROMPT.replace(b'"prompt"', b'"prompt"; filename="a"') + END,
        PROMPT.replace(b"\r\n\r\n", b"\r\nContent-Type: application/json\r\n\r\n") + END,
        PROMPT.replace(b"\xc3", b"\xff") + END,
        PROMPT.replace(b"A f", b"A\0f") + END,
    ],
)
def test_a_form_that_needs_the_reader_is_left_to_it(raw):
    assert read_plain_form(raw, BOUNDARY, LIMITS) is None


@for_all(
    "limit",
    [
        {"max_body": 10},
        {"max_json": 10},
        {"max_text": 10},
        {"max_texts": 10},
        {"max_name": 2},
        {"max_values": 2},
        {"max_parts": 1},
    ],
)
def test_a_limit_is_left_to_the_reader(limit):
    limits = BodyLimits(**limit)
    json_body = b'{"prompt": "A fox", "seed": 1}'
    form = PROMPT + PROMPT.replace(b"prompt", b"model") + END
    assert read_plain_json(json_body, limits) is None or limits.max_parts == 1
    assert read_plain_form(form, BOUNDARY, limits) is None or limits.max_values == 2
