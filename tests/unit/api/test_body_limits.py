"""Limits of JSON bodies, which hold while the body comes in."""

import json

import pytest
from sweeps import for_all

from vitascope.api.parsing import BodyLimits
from vitascope.api.parsing.json_body import JsonScanner, JsonTooLarge
from vitascope.errors import PayloadTooLarge

LIMITS = BodyLimits(max_values=50, max_name=10, max_depth=4, max_texts=2000)


def scan(document, *, step=7, **options):
    scanner = JsonScanner(LIMITS, **options)
    for start in range(0, len(document), step):
        scanner.feed(document[start : start + step])


def is_taken(document, **options):
    try:
        scan(document, **options)
    except (JsonTooLarge, PayloadTooLarge):
        return False
    return True


@for_all("step", [1, 2, 7, 100_000])
@for_all(
    ("document", "why"),
    [
        (b'{"a": [' + b"0," * 60, "more than 50 values"),
        (b'{"a":1,' * 60, "nested too deeply"),
        (b"[" * 7, "nested too deeply"),
        (b'{"' + b"k" * 100, "a key of more than 10"),
        (b'{"a": {"b": 1, "' + b"\\u00e9" * 20, "a key of more than 10"),
        (b'{"prompt": "' + b"x" * 3000, "at most 2000 bytes"),
        (b" " * 3000, "at most 2000 bytes"),
        (b"9" * 3000, "at most 2000 bytes"),
        (b'{"file": "x", "prompt": "' + b'\\"' * 1500, "at most 2000 bytes"),
        (b'{"a": {"file": "' + b"x" * 3000, "at most 2000 bytes"),
        (b'{"file": ' + b" " * 3000, "at most 2000 bytes"),
    ],
)
def test_a_document_is_refused_before_its_end(document, why, step):
    with pytest.raises((JsonTooLarge, PayloadTooLarge), match=why):
        scan(document, step=step)


@for_all("step", [1, 2, 7, 100_000])
@for_all(
    "document",
    [
        {"prompt": 'A "heron", [in] {the} mist: ' * 40 + "\\"},
        {"file": "x" * 5000, "prompt": "A heron"},
        {"input_reference": {"image_url": "data:" + '\\"' * 5000}},
        {"a": [[[[1, 2], {}]]], "b": {"c": list(range(30))}},
        {"k" * 10: 1, "é" * 10: {"ü" * 10: 1}},
    ],
)
def test_a_document_within_the_limits_is_taken(document, step):
    assert is_taken(json.dumps(document).encode(), step=step)
    assert is_taken(json.dumps(document, ensure_ascii=False).encode(), step=step)


def test_the_part_of_a_file_field_may_be_long():
    document = json.dumps({"image_url": "x" * 5000}).encode()
    assert is_taken(document, of_file=True)
    assert not is_taken(document)
