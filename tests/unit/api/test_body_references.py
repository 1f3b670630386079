"""Pictures and films, in all the ways that clients name them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from sweeps import for_all

from vitascope.api.parsing import Body, ScratchFiles, Upload, Value
from vitascope.api.parsing.operations import CreateParameters
from vitascope.api.parsing.references import (
    MAX_IMAGE_URL,
    DataUrlRef,
    FileIdRef,
    Reference,
    UploadRef,
    UrlRef,
    VideoIdRef,
    decode_data_url,
    reference_of,
    source_of,
)
from vitascope.config import Settings
from vitascope.errors import InvalidRequest

PNG = Upload(Path("x"), "a.png", "image/png", 4, b"\x89PNG")
LINK = "https://example.com/a.png"
DATA = "data:image/png;base64,AAAA"


def body(folder: Path = Path(), **fields: Value) -> Body:
    return Body(fields, ScratchFiles(folder))


def refusal(read: Callable[[], object]) -> tuple[str, str | None, str | None]:
    with pytest.raises(InvalidRequest) as caught:
        read()
    return caught.value.message, caught.value.param, caught.value.code


@for_all(
    ("value", "expected"),
    [
        (PNG, UploadRef(PNG)),
        ({"file_id": "f"}, FileIdRef("f")),
        ({"file_id": "file-123", "image_url": None}, FileIdRef("file-123")),
        ({"file_id": "", "image_url": LINK}, UrlRef(LINK)),
        ({"image_url": DATA}, DataUrlRef(DATA)),
        ({"image_url": PNG}, UploadRef(PNG)),
        ("file-123", FileIdRef("file-123")),
        ("file_123", FileIdRef("file_123")),
        (LINK, UrlRef(LINK)),
        ("HTTP://example.com/a", UrlRef("HTTP://example.com/a")),
        (DATA, DataUrlRef(DATA)),
    ],
)
def test_references_in_every_form(value: Value, expected: Reference) -> None:
    assert reference_of(value, "input_reference") == expected


@pytest.mark.parametrize("fields", [{}, {"input_reference": None}, {"input_reference": ""}])
def test_no_reference_at_all(fields: dict[str, Value]) -> None:
    sent = Body({"prompt": "A fox", **fields}, ScratchFiles(Path()))
    assert CreateParameters.read(sent, Settings()).input_reference is None


def test_a_file_that_holds_a_data_url() -> None:
    upload = Upload(Path("x"), None, None, 30, b"Data:image/png;base64,AAAA")
    assert reference_of({"image_url": upload}, "input_reference") == DataUrlRef(upload)
    assert reference_of(upload, "input_reference") == DataUrlRef(upload)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Example data", "a string"),
        (5, "an integer"),
        (["x"], "an array"),
        (True, "a boolean"),
    ],
)
def test_references_of_a_wrong_type(value: Value, kind: str) -> None:
    assert refusal(lambda: reference_of(value, "input_reference")) == (
        f"Invalid type for 'input_reference': expected an object, but got {kind} instead.",
        "input_reference",
        "invalid_type",
    )


@pytest.mark.parametrize("value", [{}, {"file_id": "f", "image_url": LINK}, {"file_id": None}])
def test_a_reference_is_exactly_one_thing(value: Value) -> None:
    assert refusal(lambda: reference_of(value, "input_reference")) == (
        "Invalid 'input_reference': expected exactly one of 'file_id' and 'image_url'.",
        "input_reference",
        "invalid_value",
    )


def test_members_of_a_reference_are_checked() -> None:
    def refused(value: Value) -> tuple[str, str | None, str | None]:
        return refusal(lambda: reference_of(value, "input_reference"))

    assert refused({"file_id": "f", "colour": 1})[:2] == (
        "Unknown parameter: 'input_reference.colour'.",
        "input_reference.colour",
    )
    assert refused({"file_id": 5})[0] == (
        "Invalid type for 'input_reference.file_id': expected a string, but got an integer instead."
    )
    assert refused({"file_id": PNG})[0].endswith("but got a file instead.")
    assert refused({"image_url": {"url": LINK}})[0] == (
        "Invalid type for 'input_reference.image_url': expected a string, but got an object "
        "instead."
    )
    assert refused({"image_url": "ftp://x"})[2] == "invalid_value"
    assert refused({"image_url": LINK + "x" * 9000})[2] == "string_above_max_length"
    assert refused({"file_id": "f" * 300})[2] == "string_above_max_length"


def test_a_data_url_may_be_so_long_and_no_longer() -> None:
    def upload(size: int) -> Upload:
        return Upload(Path("x"), None, None, size, DATA.encode())

    assert reference_of({"image_url": upload(MAX_IMAGE_URL)}, "input_reference")
    long = upload(MAX_IMAGE_URL + 1)
    assert refusal(lambda: reference_of({"image_url": long}, "input_reference")) == (
        (
            "Invalid 'input_reference.image_url': string too long. Expected a string with maximum "
            "length 20971520, but got a string with length 20971521 instead."
        ),
        "input_reference.image_url",
        "string_above_max_length",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (PNG, UploadRef(PNG)),
        ({"id": "video_1"}, VideoIdRef("video_1")),
        ({"id": "anything"}, VideoIdRef("anything")),
        ("video_1", VideoIdRef("video_1")),
    ],
)
def test_sources_in_every_form(value: Value, expected: VideoIdRef | UploadRef) -> None:
    assert source_of(value, "video") == expected


@for_all(
    ("value", "message"),
    [
        (None, "Missing required parameter: 'video'."),
        ("", "Missing required parameter: 'video'."),
        ({}, "Missing required parameter: 'video.id'."),
        ({"id": ""}, "Missing required parameter: 'video.id'."),
        ({"id": "v", "x": 1}, "Unknown parameter: 'video.x'."),
        (
            {"id": PNG},
            "Invalid type for 'video.id': expected a string, but got a file instead.",
        ),
        (
            "Example data",
            "Invalid type for 'video': expected a file or an object, but got a string instead.",
        ),
        (
            7,
            "Invalid type for 'video': expected a file or an object, but got an integer instead.",
        ),
    ],
)
def test_sources_that_are_none(value: Value, message: str) -> None:
    assert refusal(lambda: source_of(value, "video"))[0] == message


def test_text_may_be_taken_as_content_where_that_is_chosen(tmp_path: Path) -> None:
    files = ScratchFiles(tmp_path)
    reference = reference_of("Example data", "input_reference", inline=files)
    source = source_of("Example data", "video", inline=files)
    for found in reference, source:
        assert isinstance(found, UploadRef)
        assert found.upload.path.read_bytes() == b"Example data"
    files.close()
    assert list(tmp_path.iterdir()) == []


def decoded(tmp_path: Path, source: str | bytes) -> Upload:
    sent = body(tmp_path)
    held = source if isinstance(source, str) else sent.files.write(source)
    return asyncio.run(decode_data_url(DataUrlRef(held), sent))


CONTENT = bytes(range(256)) * 13
ENCODED = base64.b64encode(CONTENT).decode()


@pytest.mark.parametrize(
    "url",
    [
        f"data:image/png;base64,{ENCODED}",
        f"DATA:image/png;charset=utf-8;BASE64,{ENCODED}",
        f"data:image/png;base64,{ENCODED.rstrip('=')}",
        f"data:image/png;base64,{base64.urlsafe_b64encode(CONTENT).decode()}",
        "data:image/png;base64," + "\r\n".join(ENCODED[at : at + 75] for at in range(0, 9999, 75)),
    ],
)
def test_data_urls_are_decoded(tmp_path: Path, url: str) -> None:
    upload = decoded(tmp_path, url)
    assert upload.path.read_bytes() == CONTENT
    assert (upload.size, upload.content_type) == (len(CONTENT), "image/png")
    assert upload.head == CONTENT[:512]


@pytest.mark.parametrize("extra", [0, 1, 2, 3])
def test_a_long_data_url_is_decoded_chunk_by_chunk(tmp_path: Path, extra: int) -> None:
    content = bytes(range(251)) * 9000 + b"x" * extra
    lines = base64.encodebytes(content)  # breaks lines, so that groups lie across chunks
    upload = decoded(tmp_path, b"data:image/png;base64," + lines)
    assert upload.path.read_bytes() == content
    assert upload.size == len(content)


@for_all(
    "url",
    [
        "data:",
        "data:image/png;base64",
        "data:image/png;base64,",
        "data:image/png,AAAA",
        "data:text/plain,hello",
        "data:image/png;base64,AAA!",
        "data:image/png;base64,A",
        "data:image/png;base64,A===",
        "data:image/png;base64,=AAA",
        "data:image/png;base64,é",
        "data:" + "x" * 300 + ";base64,AAAA",
    ],
)
def test_data_urls_that_are_refused(tmp_path: Path, url: str) -> None:
    message, param, code = refusal(lambda: decoded(tmp_path, url))
    assert "expected a base64-encoded data URL" in message
    assert (param, code) == ("input_reference.image_url", "invalid_value")
