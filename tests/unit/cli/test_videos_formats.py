"""The formats: what can't be seen in the recorded videos."""

import json

import yaml
from sweeps import for_all

from vitascope.cli.videos.output import coloured, to_box, to_json, to_line, to_yaml

NESTED = {
    "empty": {},
    "none": [],
    "short": ["a", 1, True, None, [2]],
    "things": [{"id": "x"}, {"id": "y", "more": [1]}],
    "ü": "é\n\u001b",
}


def test_json_keeps_short_arrays_on_one_line():
    assert to_json(NESTED) == (
        "{\n"
        '  "empty": {},\n'
        '  "none": [],\n'
        '  "short": ["a", 1, true, null, [2]],\n'
        '  "things": [\n'
        "    {\n"
        '      "id": "x"\n'
        "    },\n"
        "    {\n"
        '      "id": "y",\n'
        '      "more": [1]\n'
        "    }\n"
        "  ],\n"
        '  "ü": "é\\n\\u001b"\n'
        "}"
    )


def test_json_breaks_arrays_that_are_too_long():
    value = {"a": ["x" * 30] * 3}
    assert to_json(value).count("\n") == 6
    assert json.loads(to_json(value)) == value


@for_all("value", [NESTED, [], "x", 1, None, [[1, [{}]]], {"a": {"b": []}}])
def test_every_format_of_json_can_be_read_back(value):
    assert json.loads(to_json(value)) == value
    assert json.loads(to_line(value)) == value


def test_one_line_has_no_spaces():
    assert to_line(NESTED["things"]) == '[{"id":"x"},{"id":"y","more":[1]}]'


def test_colours_change_nothing_else():
    plain = to_json(NESTED, coloured)
    for code in ("1m", "94m", "32m", "33m", "36m", "2m", "0m"):
        assert f"\x1b[{code}" in plain
        plain = plain.replace(f"\x1b[{code}", "")
    assert plain == to_json(NESTED)


TEXTS = [
    "plain words",
    "4",
    "-1.5e3",
    "0x1F",
    "12:30",
    "2026-01-02",
    "720x1280",
    "true",
    "Null",
    "~",
    "yes",
    "",
    " leading",
    "trailing ",
    "a: b",
    "ends:",
    "a #b",
    "- dash",
    "{brace",
    "@at",
    "'quote'",
    '"double"',
    "tab\there",
    "a\nb",
    "a\nb\n",
    "a\n\n  b\n\n\n",
    "  a\nb",
    "\n\n",
    "---",
    "é 日本",
]


@for_all("text", TEXTS)
def test_yaml_can_be_read_back(text):
    value = {"a": text, text or "k": [text, {"b": text, "c": [text]}, [text, [1]]], "z": 1}
    assert yaml.safe_load(to_yaml(value)) == value


def test_yaml_quotes_only_what_it_must():
    assert to_yaml({"a": "720x1280", "b": "4", "c": "x y", "d": [], "e": {}}) == (
        'a: 720x1280\nb: "4"\nc: x y\nd: []\ne: {}\n'
    )
    assert to_yaml("word") == "word\n"
    assert to_yaml({"a": [1, {"b": None}]}) == "a:\n  - 1\n  - b: null\n"
    assert to_yaml({"p": "one\ntwo"}) == "p: |-\n  one\n  two\n"


def test_a_box_of_nested_values():
    box = to_box("videos list", {"ok": True, "list": ["a", {"b": ""}], "no": {}}, width=80)
    assert box.splitlines() == [
        "  videos list",
        "╭────────────────╮",
        "│ ok: yes        │",
        "│ list:          │",
        "│   1. a         │",
        "│   2.           │",
        "│     b: (empty) │",
        "│ no: (empty)    │",
        "╰────────────────╯",
    ]


def test_a_box_is_never_wider_than_the_screen_and_never_torn():
    value = {"prompt": "日本" * 60, "text": "a\x1b[31m\nb", "none": []}
    lines = to_box("t", value, width=40).splitlines()
    assert len(lines) == 6
    assert "…" in lines[2]
    assert "\x1b" not in "".join(lines)
    assert lines[1] == "╭" + "─" * 38 + "╮"


def test_a_box_of_one_value():
    assert to_box("t", "x", width=80) == "  t\n╭───╮\n│ x │\n╰───╯"
    assert to_box("t", [], width=80).count("(none)") == 1
