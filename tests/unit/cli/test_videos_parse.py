"""The parser: Go-style flags, globals anywhere, and what doesn't fit."""

import pytest
from sweeps import for_all

from vitascope.cli.videos.grammar import COMMANDS, GLOBALS
from vitascope.cli.videos.parse import UsageError, asks_for_videos, parse, similarity


@pytest.mark.parametrize(
    "words",
    [
        ["--prompt", "a b"],
        ["--prompt=a b"],
        ["-prompt", "a b"],
        ["-prompt=a b"],
        ["--prompt", "first", "--prompt", "a b"],
    ],
)
def test_ways_to_write_a_flag(words):
    assert parse(["videos", "create", *words]).values == {"prompt": "a b"}


def test_a_value_may_look_like_a_flag_or_be_empty():
    values = parse(["videos", "list", "--max-items", "-1", "--after", "", "--order="]).values
    assert values == {"max-items": -1, "after": "", "order": ""}


def test_globals_may_stand_anywhere():
    words = ["--api-key", "k", "videos", "-r", "retrieve", "--format=YAML", "id", "--debug=false"]
    invocation = parse(words)
    assert invocation.command.name == "retrieve"
    assert invocation.extras == ["id"]
    assert invocation.values == {
        "api-key": "k",
        "raw-output": True,
        "format": "yaml",
        "debug": False,
    }


def test_flags_go_on_after_a_positional_and_end_at_a_double_dash():
    invocation = parse(["videos", "remix", "id", "--prompt", "x", "--", "--prompt", "y"])
    assert invocation.extras == ["id", "--prompt", "y"]
    assert invocation.values == {"prompt": "x"}


def test_a_lone_dash_and_a_negative_number_are_no_flags():
    assert parse(["videos", "retrieve", "-", "-1"]).extras == ["-", "-1"]


@for_all(
    ("words", "message"),
    [
        (["create", "--nope"], "flag provided but not defined: -nope"),
        (["create", "--promt", "x"], 'Did you mean "--prompt"?'),
        (["create", "--prompt"], "flag needs an argument: --prompt"),
        (["list", "--limit", "ten"], 'invalid value "ten" for flag -limit: strconv.ParseInt'),
        (["list", "--limit", " 1"], 'strconv.ParseInt: parsing " 1": invalid syntax'),
        (["list", "--limit", "9223372036854775808"], "value out of range"),
        (["list", "--raw-output=maybe"], 'strconv.ParseBool: parsing "maybe": invalid syntax'),
        (["list", "--nope"], '-nope\n\nDid you mean "--order"?'),
        (["create", "--nope"], '-nope\n\nDid you mean "--input-reference"?'),
        (["create", "--sed", "1"], '-sed\n\nDid you mean "--seed"?'),  # a flag of our own
        (["create", "--z"], "flag provided but not defined: -z\n"),
        (["list", "--format", "xml"], "format must be one of: auto, explore, json, jsonl"),
        (["list", "--base-url", "localhost"], "is missing a scheme (expected http:// or https://)"),
        (["edit", "--video", "{id: "], "failed to parse as YAML"),
    ],
)
def test_incorrect_usage(words, message):
    with pytest.raises(UsageError, match=r".*") as caught:
        parse(["videos", *words])
    assert message in str(caught.value)
    assert str(caught.value).startswith("Incorrect Usage: ")
    assert caught.value.status == 1


@for_all(
    ("text", "number"),
    [("-1", -1), ("0", 0), ("0x1F", 31), ("017", 15), ("0o17", 15), ("0b11", 3), ("1_000", 1000)],
)
def test_whole_numbers_are_written_as_in_go(text, number):
    assert parse(["videos", "list", "--limit", text]).values == {"limit": number}


@pytest.mark.parametrize(
    ("word", "close"), [("crate", "create"), ("nope", "help"), ("lst", "list"), ("remx", "remix")]
)
def test_an_unknown_command_has_a_status_and_a_suggestion_of_its_own(word, close):
    with pytest.raises(UsageError) as caught:
        parse(["videos", word])
    assert str(caught.value) == (
        f"No help topic for '{word}'. Did you mean 'vitascope videos {close}'?"
    )
    assert caught.value.status == 3


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("MARTHA", "MARHTA", 0.9611),
        ("DIXON", "DICKSONX", 0.8133),
        ("DWAYNE", "DUANE", 0.84),
        ("a", "b", 0),
        ("same", "same", 1),
    ],
)
def test_similarity_is_that_of_winklers_examples(one, other, score):
    assert similarity(one, other) == pytest.approx(score, abs=1e-4)


@for_all(
    ("words", "ours"),
    [
        (["videos"], True),
        (["videos", "create", "--nope"], True),
        (["--format", "json", "videos", "list"], True),
        (["--api-key=x", "-r", "videos"], True),
        (["--help"], False),
        (["serve", "videos"], False),
        (["--format", "videos"], False),
        (["--unknown", "videos"], False),
        (["--", "videos"], False),
        ([], False),
    ],
)
def test_which_command_lines_are_for_videos(words, ours):
    assert asks_for_videos(words) is ours


def test_names_are_unambiguous():
    for command in COMMANDS:
        flags = [*command.flags, *GLOBALS]
        names = [name for flag in flags for name in (flag.name, flag.letter) if name]
        assert len(names) == len(set(names)), command.name


def test_only_flags_marked_as_ours_go_beyond_the_official_grammar():
    official = {
        "create": "prompt input-reference model seconds size",
        "retrieve": "video-id",
        "list": "after limit order max-items",
        "delete": "video-id",
        "create-character": "name video",
        "download-content": "video-id variant output",
        "edit": "prompt video",
        "extend": "prompt seconds video",
        "get-character": "character-id",
        "remix": "video-id prompt",
    }
    parsed = {
        command.name: " ".join(flag.name for flag in command.flags if not flag.extension)
        for command in COMMANDS
    }
    assert parsed == official
