"""Answers of other servers: read where they make sense, cleaned before anybody sees them."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweeps import for_all

from vitascope.engines.upstream.answers import (
    MalformedAnswer,
    cleaned,
    failure_reason,
    model_names,
    parse_job,
)

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "status", "error", "detail", "msg"]), inner)
    ),
    max_leaves=12,
)


def job(**fields):
    return parse_job(json.dumps({"id": "video_1", "status": "queued", **fields}).encode())


@given(VALUES)
def test_no_json_does_harm(value):
    body = json.dumps(value).encode()
    assert len(failure_reason(body)) <= 300
    model_names(body)
    with suppress(MalformedAnswer):
        parse_job(body)


@given(st.binary())
def test_no_bytes_do_harm(body):
    assert (failure_reason(body), model_names(body)) == ("", [])
    with pytest.raises(MalformedAnswer):
        parse_job(body)


@pytest.mark.parametrize(
    "fields",
    [{"id": 7}, {"id": ""}, {"id": "../x"}, {"id": "a" * 201}, {"status": None}, {"status": 3}],
    ids=str,
)
def test_what_is_no_job_is_said_to_be_none(fields):
    with pytest.raises(MalformedAnswer):
        job(**fields)


@for_all(
    ("message", "known"),
    [(40, 40), (0, None), (None, None), (True, None), ("9", None), (250, 100), (-3, 0), (1.5, 1.5)],
)
def test_progress_is_a_percentage_or_nothing(message, known):
    assert job(progress=message).progress == known


@pytest.mark.parametrize(
    ("status", "completed", "failed"),
    [
        ("queued", False, False),
        ("in_progress", False, False),
        ("completed", True, False),
        ("failed", False, True),
        ("cancelled", False, True),
        ("thinking", False, False),
    ],
)
def test_statuses(status, completed, failed):
    assert (job(status=status).completed, job(status=status).failed) == (completed, failed)


def test_model_names_models():
    cards = {"data": [{"id": "wan", "root": "/models/Wan2.2-TI2V-5B"}, {"id": "b"}, 3]}
    assert model_names(json.dumps(cards).encode()) == ["wan /models/Wan2.2-TI2V-5B", "b"]


@for_all(
    ("said", "shown"),
    [
        ("  too\nmany \t frames. ", "too many frames"),
        ("no file /root/models/wan/x.bin here", "no file … here"),
        (r"no file C:\models\wan\x.bin", "no file …"),
        ("see https://gpu:30000/x?y now", "see … now"),
        ("10.0.0.7:30000 is down", "… is down"),
        ("sizes 16/9 and 4/3, and/or 2x", "sizes 16/9 and 4/3, and/or 2x"),
        ("a\x1b[31mb\u202ec", "a[31mbc"),
        ("x" * 1000, "x" * 300),
    ],
)
def test_words_are_cleaned(said, shown):
    assert cleaned(said) == shown
