"""Checked values, and OpenAI's sentences for the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sweeps import for_all

from vitascope.api.parsing import Body, ScratchFiles, Upload, Value
from vitascope.api.parsing.fields import Choice, Integer, Number, Text
from vitascope.api.parsing.operations import CreateParameters, ExtendParameters
from vitascope.config import Settings
from vitascope.errors import InvalidRequest

SECONDS = Choice(("4", "8", "12"))
SEED = Integer(-10, 10)
SCALE = Number(0, 100)
FILE = Upload(Path("x"), "a.png", "image/png", 1, b"x")


def body(**fields: Value) -> Body:
    return Body(fields, ScratchFiles(Path()))


def prompt_of(value: Value, *, max_length: int = 9) -> str:
    return Text(max_length, required=True).read(value, "prompt")


def created(**fields: Value) -> CreateParameters:
    return CreateParameters.read(body(prompt="A fox", **fields), Settings())


def refusal(read: Callable[[], object]) -> tuple[str, str | None, str | None]:
    with pytest.raises(InvalidRequest) as caught:
        read()
    return caught.value.message, caught.value.param, caught.value.code


def test_a_prompt_is_taken_as_it_is_but_for_its_line_ends() -> None:
    assert prompt_of(" a\r\nb\n\tc \r", max_length=32_000) == " a\nb\n\tc \r"


def test_line_ends_do_not_count_twice() -> None:
    assert prompt_of("a\r\n" * 10, max_length=20) == "a\n" * 10


@pytest.mark.parametrize("fields", [{}, {"prompt": None}])
def test_a_missing_prompt(fields: dict[str, Value]) -> None:
    assert refusal(lambda: CreateParameters.read(body(**fields), Settings())) == (
        "Missing required parameter: 'prompt'.",
        "prompt",
        "missing_required_parameter",
    )


def test_an_empty_prompt() -> None:
    message, param, code = refusal(lambda: CreateParameters.read(body(prompt=""), Settings()))
    assert (param, code) == ("prompt", "empty_string")
    assert message == (
        "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an "
        "empty string instead."
    )


def test_a_long_prompt() -> None:
    assert prompt_of("é" * 32_000, max_length=32_000)
    assert refusal(lambda: prompt_of("x" * 33_000, max_length=32_000)) == (
        (
            "Invalid 'prompt': string too long. Expected a string with maximum length 32000, but "
            "got a string with length 33000 instead."
        ),
        "prompt",
        "string_above_max_length",
    )


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "an integer"),
        (1.5, "a decimal number"),
        (True, "a boolean"),
        ([], "an array"),
        ({}, "an object"),
        (FILE, "a file"),
    ],
)
def test_a_prompt_that_is_no_text(value: Value, kind: str) -> None:
    assert refusal(lambda: prompt_of(value)) == (
        f"Invalid type for 'prompt': expected a string, but got {kind} instead.",
        "prompt",
        "invalid_type",
    )


@pytest.mark.parametrize("fields", [{}, {"negative_prompt": None}, {"negative_prompt": ""}])
def test_an_optional_text_may_be_left_out(fields: dict[str, Value]) -> None:
    assert created(**fields).negative_prompt is None
    assert created(negative_prompt="a\r\n").negative_prompt == "a\n"


@pytest.mark.parametrize("value", ["8", 8, 8.0])
def test_seconds_in_every_form(value: Value) -> None:
    assert SECONDS.read(value, "seconds") == "8"
    assert created(seconds=value).seconds == "8"


@pytest.mark.parametrize("fields", [{}, {"seconds": None}, {"seconds": ""}])
def test_seconds_may_be_left_out_where_they_may(fields: dict[str, Value]) -> None:
    assert created(**fields).seconds == "4"
    extension = body(prompt="A fox", video={"id": "video_1"}, **fields)
    assert refusal(lambda: ExtendParameters.read(extension, Settings())) == (
        "Missing required parameter: 'seconds'.",
        "seconds",
        "missing_required_parameter",
    )


@pytest.mark.parametrize("value", ["10", 10, 10.0])
def test_seconds_that_are_not_offered(value: Value) -> None:
    assert refusal(lambda: SECONDS.read(value, "seconds")) == (
        "Invalid value: '10'. Supported values are: '4', '8', and '12'.",
        "seconds",
        "invalid_value",
    )


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "a boolean"),
        (8.5, "a decimal number"),
        (["8"], "an array"),
        ({"a": 1}, "an object"),
        (FILE, "a file"),
    ],
)
def test_seconds_of_a_wrong_type(value: Value, kind: str) -> None:
    assert refusal(lambda: SECONDS.read(value, "seconds")) == (
        f"Invalid type for 'seconds': expected one of '4', '8', or '12', but got {kind} instead.",
        "seconds",
        "invalid_type",
    )


def test_a_choice_that_is_no_number_takes_none() -> None:
    message, _, code = refusal(lambda: Choice(("sora-2", "sora-2-pro")).read(2, "model"))
    assert code == "invalid_type"
    assert "expected one of 'sora-2' or 'sora-2-pro', but got an integer" in message


def test_a_list_of_choices_reads_well() -> None:
    two = refusal(lambda: Choice(("sora-2", "sora-2-pro")).read("x", "model"))
    assert two[0] == "Invalid value: 'x'. Supported values are: 'sora-2' and 'sora-2-pro'."
    one = refusal(lambda: Choice(("sora-2",)).read("x", "model"))
    assert one[0] == "Invalid value: 'x'. Supported value is: 'sora-2'."


@pytest.mark.parametrize(
    ("value", "expected"),
    [("7", 7), ("-7", -7), (7, 7), (7.0, 7)],
)
def test_integers(value: Value, expected: int) -> None:
    assert SEED.read(value, "seed") == expected


@pytest.mark.parametrize("fields", [{}, {"seed": "", "guidance_scale": ""}, {"seed": None}])
def test_numbers_may_be_left_out(fields: dict[str, Value]) -> None:
    assert (created(**fields).seed, created(**fields).guidance_scale) == (None, None)


@for_all(
    ("value", "kind"),
    [
        ("7.0", "a string"),
        ("7_0", "a string"),
        (" 7", "a string"),
        (7.5, "a decimal number"),
        ("٧", "a string"),
        (True, "a boolean"),
        ("7" * 41, "a string"),
    ],
)
def test_what_is_no_integer(value: Value, kind: str) -> None:
    assert refusal(lambda: SEED.read(value, "seed")) == (
        f"Invalid type for 'seed': expected an integer, but got {kind} instead.",
        "seed",
        "invalid_type",
    )


def test_integers_out_of_range() -> None:
    assert refusal(lambda: Integer(1, 10).read(0, "n")) == (
        "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        "n",
        "integer_below_min_value",
    )
    assert refusal(lambda: Integer(1, 10).read("20", "n")) == (
        "Invalid 'n': integer above maximum value. Expected a value <= 10, but got 20 instead.",
        "n",
        "integer_above_max_value",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1.5", 1.5), (".5", 0.5), ("1e2", 100.0), (3, 3.0)],
)
def test_numbers(value: Value, expected: float) -> None:
    assert SCALE.read(value, "scale") == expected


@for_all("value", ["nan", "inf", "1_0", "0x1", "1e", "1e999", True, [], "٣"])
def test_what_is_no_number(value: Value) -> None:
    message, _, code = refusal(lambda: SCALE.read(value, "scale"))
    assert code == "invalid_type"
    assert message.startswith("Invalid type for 'scale': expected a decimal number, but got a")


def test_numbers_out_of_range() -> None:
    _, _, code = refusal(lambda: Number(1, 2).read(0.5, "scale"))
    assert code == "decimal_below_min_value"
    _, _, code = refusal(lambda: Number(1, 2).read("2.5", "scale"))
    assert code == "decimal_above_max_value"


def test_unknown_fields_are_named() -> None:
    assert refusal(lambda: created(width=1)) == (
        "Unknown parameter: 'width'.",
        "width",
        "unknown_parameter",
    )
