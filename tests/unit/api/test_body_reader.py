"""Bodies that no well-meaning client sends: each is refused with a sentence, and leaves nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from sweeps import for_all

from vitascope.api.parsing import BodyLimits, Upload, Value, read_body
from vitascope.api.parsing.body import FLUSH_BYTES
from vitascope.errors import InvalidRequest, PayloadTooLarge, RequestError

FORM = "multipart/form-data; boundary=b"
JSON = "application/json"
SMALL = BodyLimits(max_body=4096, max_json=1024, max_text=64, max_texts=128, max_parts=4)


def request(
    content: bytes | Iterable[bytes],
    content_type: str | None,
    headers: dict[str, str] | None = None,
) -> Request:
    chunks = [content] if isinstance(content, bytes) else list(content)
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    pending = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(pending)

    named = dict(headers or {})
    if content_type is not None:
        named["content-type"] = content_type
    raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def read(
    content: bytes | Iterable[bytes],
    content_type: str | None = JSON,
    *,
    limits: BodyLimits | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Value]:
    """The fields of a body; its files lie in the scratch folder while it is open, no longer."""

    async def run(scratch: Path) -> dict[str, Value]:
        asked = request(content, content_type, headers)
        async with read_body(asked, limits=limits or BodyLimits(), scratch=scratch) as body:
            assert all(path.stat().st_mode & 0o777 == 0o600 for path in inside(scratch))
            return body.fields

    with TemporaryDirectory() as scratch:
        try:
            return asyncio.run(run(Path(scratch)))
        finally:
            assert inside(Path(scratch)) == []


def refused(content: bytes, content_type: str | None = JSON, **more: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        read(content, content_type, **more)
    return caught.value


def form(*parts: tuple[str, bytes]) -> bytes:
    """A multipart body; each part is its disposition's parameters and its content."""
    framed = [
        b"--b\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head.encode(), content)
        for head, content in parts
    ]
    return b"".join(framed) + b"--b--\r\n"


PROMPT = form(('name="prompt"', b"x"))


@for_all(
    ("content", "says"),
    [
        (b"{", "expecting property name"),
        (b"nonsense", "expecting value at line 1 column 1"),
        (b'{"a": NaN}', "NaN is not valid JSON"),
        (b'{"a": -Infinity}', "-Infinity is not valid JSON"),
        (b'{"a": 1e999}', "a number that is too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"a": "\xff"}', "not valid UTF-8"),
        (b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "nested too deeply"),
        (b'{"a":[' + b"0," * 100_001 + b"0]}", "more than 10000 values"),
    ],
)
def test_what_is_no_json(content: bytes, says: str) -> None:
    error = refused(content)
    assert error.message.startswith("We could not parse the JSON body of your request: ")
    assert says in error.message


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"[]", "an array"),
        (b'"x"', "a string"),
        (b"1", "an integer"),
        (b"null", "null"),
    ],
)
def test_json_that_is_no_object(content: bytes, what: str) -> None:
    assert refused(content).message == (
        f"Invalid type for the request body: expected an object, but got {what} instead."
    )


@pytest.mark.parametrize(
    ("content", "param"),
    [
        (rb'{"prompt": "a\u0000b"}', "prompt"),
        (rb'{"prompt": "\ud800"}', "prompt"),
        (rb'{"a": {"b": ["c", "\udfff"]}}', "a.b[1]"),
        (rb'{"a\u0000": 1}', "a\ufffd"),
    ],
)
def test_json_strings_that_nothing_can_store(content: bytes, param: str) -> None:
    error = refused(content)
    assert error.param == param
    assert error.message.encode()


def test_json_may_pair_its_surrogates() -> None:
    assert read(rb'{"prompt": "\ud83d\ude00"}') == {"prompt": "😀"}


def test_json_nested_a_little_is_taken_and_deeply_is_not() -> None:
    def nested(depth: int) -> bytes:
        return b'{"a":' * depth + b"1" + b"}" * depth

    read(nested(8))
    assert refused(nested(9)).message.endswith("nested more than 8 levels deep.")


def test_json_repeats_a_key_and_the_last_counts() -> None:
    assert read(b'{"a": 1, "a": 2}') == {"a": 2}


def test_json_may_begin_with_a_byte_order_mark() -> None:
    assert read(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("content_type", [JSON, FORM, "text/plain", "", None])
def test_an_empty_body_has_no_fields(content_type: str | None) -> None:
    assert read(b"", content_type) == {}


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "a/b+json", "", None])
def test_json_by_any_name(content_type: str | None) -> None:
    assert read([b"  ", b"\n{", b'"a": [1, 2.5, true, null, "x"]}'], content_type) == {
        "a": [1, 2.5, True, None, "x"]
    }


def test_other_content_types_are_refused() -> None:
    error = refused(b"prompt=x", "application/x-www-form-urlencoded")
    assert error.message.startswith("Unsupported Content-Type 'application/x-www-form-urlencoded'.")
    assert "no Content-Type header" in refused(b"prompt=x", None).message


def test_compressed_bodies_are_refused() -> None:
    error = refused(b"\x1f\x8b", headers={"content-encoding": "gzip"})
    assert error.message.startswith("Content-Encoding 'gzip' is not supported.")


@for_all(
    ("content", "content_type", "says"),
    [
        (PROMPT[:-4], FORM, "it ends before its final boundary"),
        (PROMPT[:40], FORM, "it ends before its final boundary"),
        (PROMPT.replace(b"--b", b"--c"), FORM, "does not follow the boundary"),
        (b"preamble\r\n" + PROMPT, FORM, "does not follow the boundary"),
        (PROMPT, "multipart/form-data; boundary=" + "b" * 300, "boundary is too long"),
        (b"--", "multipart/form-data", "has no boundary"),
        (b"prompt=x", "multipart/form-data", "has no boundary"),
        (form(("", b"x")), FORM, "has no name"),
        (b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n", FORM, "has no name"),
        (b"--b\r\n\r\nx\r\n--b--\r\n", FORM, "has no name"),
        (form(('name=""', b"x")), FORM, "has no name"),
        (form(('name="' + "n" * 300 + '"', b"x")), FORM, "more than 256 characters"),
        (
            form(('name="' + "n" * 9000 + '"', b"x")),
            FORM,
            "does not follow the boundary",
        ),
        (
            form(('name="a' + "[b]" * 9 + '"', b"x")),
            FORM,
            "nested more than 8 levels deep",
        ),
        (PROMPT.replace(b'"prompt"', b'"\xff"'), FORM, "a name that is not UTF-8"),
        (PROMPT.replace(b'"prompt"', b'"a\x00b"'), FORM, "a NUL character"),
        (
            form(('name="prompt"', b"a\x00")),
            FORM,
            "Invalid 'prompt': the string contains a NUL",
        ),
        (form(('name="prompt"', b"\xed\xa0\x80")), FORM, "not valid UTF-8"),
        (
            form(('name="prompt"\r\nContent-Type: text/plain; charset=utf-7', b"x")),
            FORM,
            "charset is not supported",
        ),
        (
            form(('name="prompt"\r\nContent-Transfer-Encoding: base64', b"eA==")),
            FORM,
            "Content-Transfer-Encoding is not supported",
        ),
        (
            form(('name="video"\r\nContent-Type: application/json', b"{]")),
            FORM,
            "We could not parse the JSON of 'video'",
        ),
    ],
)
def test_multipart_bodies_that_are_refused(content: bytes, content_type: str, says: str) -> None:
    assert says in refused(content, content_type).message


@for_all(
    ("first", "second"),
    [
        ("prompt", "prompt"),
        ("video", "video[id]"),
        ("video[id]", "video"),
        ("video[id]", "video[id]"),
        ("a[]", "a"),
        ("a[b]", "a[]"),
        ("a[]", "a[b]"),
    ],
)
def test_a_field_given_twice_is_refused(first: str, second: str) -> None:
    error = refused(form((f'name="{first}"', b"x"), (f'name="{second}"', b"y")), FORM)
    assert error.message == f"Duplicate parameter: '{second}'. It was given more than once."
    assert error.code == "duplicate_parameter"


def test_a_boundary_missing_from_the_header_is_read_from_the_body() -> None:
    assert read(PROMPT, "multipart/form-data") == {"prompt": "x"}
    assert read([PROMPT[:1], PROMPT[1:4], PROMPT[4:]], None) == {"prompt": "x"}


def test_a_boundary_may_hold_odd_characters() -> None:
    content = PROMPT.replace(b"--b", b"--a b'()+_,-./:=?")
    odd = 'multipart/form-data; boundary="a b\'()+_,-./:=?"; charset=utf-8'
    assert read(content, odd) == {"prompt": "x"}


def test_an_epilogue_is_passed_over() -> None:
    assert read(PROMPT + b"the end", FORM) == {"prompt": "x"}


def test_a_text_field_that_came_as_a_file_is_text_if_it_can_be() -> None:
    assert read(form(('name="prompt"; filename="p.txt"', "é".encode())), FORM) == {"prompt": "é"}
    other = read(form(('name="mask"; filename="m.png"', b"\x89PNG\r\n\x1a\n\x00")), FORM)["mask"]
    assert isinstance(other, Upload)
    assert other.filename == "m.png"


def test_a_file_field_without_a_type_is_never_decoded_by_force() -> None:
    video = read(form(('name="video"', b"\x00\x00\x00\x18ftypmp42\xff")), FORM)["video"]
    assert isinstance(video, Upload)
    assert video.head == b"\x00\x00\x00\x18ftypmp42\xff"


def test_a_file_name_is_only_a_name() -> None:
    video = read(form(('name="video"; filename="../../etc/pass\x1bwd"', b"x")), FORM)["video"]
    assert isinstance(video, Upload)
    assert video.filename == "passwd"
    windows = read(form(('name="video"; filename="C:\\clips\\a.mp4"', b"x")), FORM)["video"]
    assert isinstance(windows, Upload)
    assert windows.filename == "a.mp4"


def test_limits_on_parts_and_texts() -> None:
    many = form(*((f'name="f{index}"', b"x") for index in range(5)))
    assert "too many parts: at most 4" in refused(many, FORM, limits=SMALL).message
    long = refused(form(('name="prompt"', b"x" * 65)), FORM, limits=SMALL)
    assert long.code == "string_above_max_length"
    assert long.param == "prompt"
    together = form(*((f'name="f{index}"', b"x" * 50) for index in range(3)))
    assert "text fields" in refused(together, FORM, limits=SMALL).message
    assert refused(b'{"a": "%s"}' % (b"x" * 65), limits=SMALL).code == "string_above_max_length"


def test_a_long_text_of_a_file_field_goes_to_disk() -> None:
    url = b"data:image/png;base64," + b"A" * 100
    nested = read(form(('name="input_reference[image_url]"', url)), FORM, limits=SMALL)
    plain = read(b'{"input_reference": {"image_url": "%s"}}' % url, limits=SMALL)
    for fields in nested, plain:
        reference = fields["input_reference"]
        assert isinstance(reference, dict)
        upload = reference["image_url"]
        assert isinstance(upload, Upload)
        assert (upload.size, upload.head) == (len(url), url)


def test_a_json_body_that_went_to_disk_is_read_from_there() -> None:
    url = "data:image/png;base64," + "A" * (2 * FLUSH_BYTES)
    content = json.dumps({"prompt": "é", "input_reference": {"image_url": url}}).encode()
    chunks = [content[at : at + 65536] for at in range(0, len(content), 65536)]
    fields = read(chunks)
    assert fields["prompt"] == "é"
    reference = fields["input_reference"]
    assert isinstance(reference, dict)
    assert isinstance(reference["image_url"], Upload)
    assert reference["image_url"].size == len(url)


def test_a_body_above_the_limit_is_refused_from_its_length_alone() -> None:
    with pytest.raises(PayloadTooLarge, match="at most 4096 bytes"):
        read([], FORM, limits=SMALL, headers={"content-length": "4097"})


@pytest.mark.parametrize(("content_type", "limit"), [(FORM, 4096), (JSON, 1024)])
def test_a_body_above_the_limit_is_refused_while_it_streams(content_type: str, limit: int) -> None:
    start = b'--b\r\nContent-Disposition: form-data; name="video"; filename="a"\r\n\r\n'
    if content_type == JSON:
        start = b'{"video": "'
    endless = [start, *([b"x" * 500] * 9)]
    with pytest.raises(PayloadTooLarge, match=f"at most {limit} bytes"):
        read(endless, content_type, limits=SMALL)


async def assert_nothing_left_by_cancelling(scratch: Path) -> None:
    fed = asyncio.Event()
    start = b'--b\r\nContent-Disposition: form-data; name="video"; filename="a"\r\n\r\n'
    pieces = iter([start, b"x" * (2 * FLUSH_BYTES)])

    async def receive() -> dict[str, Any]:
        for piece in pieces:
            return {"type": "http.request", "body": piece, "more_body": True}
        fed.set()
        await asyncio.Event().wait()
        raise AssertionError

    headers = [(b"content-type", FORM.encode())]
    asked = Request({"type": "http", "method": "POST", "headers": headers}, receive)

    async def take() -> None:
        async with read_body(asked, limits=BodyLimits(), scratch=scratch):
            raise AssertionError("the body never ends")

    task = asyncio.create_task(take())
    await fed.wait()
    assert len(inside(scratch)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert inside(scratch) == []


def test_a_cancelled_request_leaves_nothing(tmp_path: Path) -> None:
    asyncio.run(assert_nothing_left_by_cancelling(tmp_path))


def test_a_handler_that_fails_leaves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        asked = request(form(('name="video"; filename="a"', b"x")), FORM)
        async with read_body(asked, limits=BodyLimits(), scratch=tmp_path):
            assert inside(tmp_path)
            raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(run())
    assert inside(tmp_path) == []


def test_a_file_moved_away_meanwhile_stays_moved(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    async def run() -> None:
        asked = request(form(('name="video"; filename="a"', b"film")), FORM)
        async with read_body(asked, limits=BodyLimits(), scratch=scratch) as body:
            video = body.fields["video"]
            assert isinstance(video, Upload)
            video.path.rename(tmp_path / "kept")

    asyncio.run(run())
    assert (tmp_path / "kept").read_bytes() == b"film"


NAMES = st.sampled_from(
    [
        "prompt",
        "video",
        "video[id]",
        "input_reference[image_url]",
        "a[][b]",
        "a[]",
        "a[",
        "]",
        "é",
    ]
)
PIECES = st.sampled_from(
    [
        b"--b\r\n",
        b"--b--\r\n",
        b"\r\n--b",
        b"\r\n",
        b"--",
        b"\n",
        b"Content-Disposition: form-data; name=",
        b'; filename="a"',
        b"; filename*=utf-8''%ff",
        b"Content-Type: application/json",
        b"Content-Type: text/plain; charset=utf-16",
        b"{",
        b'{"a":',
        b"[[",
        b'"',
        b"\xff\x00",
    ]
)
ANYTHING = st.one_of(
    st.binary(max_size=200),
    st.lists(st.one_of(PIECES, NAMES.map(str.encode), st.binary(max_size=8)), max_size=20).map(
        b"".join
    ),
    st.lists(
        st.tuples(NAMES.map('name="{}"'.format), st.binary(max_size=20)),
        min_size=1,
        max_size=4,
    ).map(lambda parts: form(*parts)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(lambda value: json.dumps({"a": value}).encode()),
)
TYPES = st.one_of(
    st.sampled_from([FORM, JSON, None, "multipart/form-data", 'multipart/x; boundary="', ""]),
    st.text(st.characters(max_codepoint=255), max_size=20),
)


ANY = given(ANYTHING, TYPES, st.integers(1, 50), st.sampled_from([SMALL, BodyLimits()]))


@pytest.mark.thorough
@settings(max_examples=150, deadline=None)
@ANY
def test_any_bytes_are_a_body_or_a_refusal(
    content: bytes, content_type: str | None, step: int, limits: BodyLimits
) -> None:
    assert_read_or_refused(content, content_type, step, limits)


@pytest.mark.nightly
@settings(max_examples=2000, deadline=None)
@ANY
def test_very_many_bytes_are_a_body_or_a_refusal(
    content: bytes, content_type: str | None, step: int, limits: BodyLimits
) -> None:
    assert_read_or_refused(content, content_type, step, limits)


def assert_read_or_refused(
    content: bytes, content_type: str | None, step: int, limits: BodyLimits
) -> None:
    pieces = [content[at : at + step] for at in range(0, len(content), step)]
    try:
        fields = read(pieces, content_type, limits=limits)
    except RequestError as error:
        assert 400 <= error.status < 500
        json.dumps([error.message, error.param], ensure_ascii=False).encode()
    else:
        json.dumps(fields, ensure_ascii=False, default=repr, allow_nan=False).encode()
