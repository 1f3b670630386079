"""Field names with brackets, and the trees they build."""

from __future__ import annotations

import pytest
from sweeps import for_all

from vitascope.api.parsing import Value
from vitascope.api.parsing.text import (
    Clash,
    charset,
    field_name,
    filename,
    number_lists,
    parse_header,
    path_of,
    plant,
)


@for_all(
    ("name", "path"),
    [
        ("prompt", ("prompt",)),
        ("a[b]", ("a", "b")),
        ("a[b][c]", ("a", "b", "c")),
        ("a[]", ("a", "")),
        ("a[][id]", ("a", "", "id")),
        ("video.id", ("video", "id")),
        ("input_reference.image_url", ("input_reference", "image_url")),
        ("model.name", ("model.name",)),
        ("video.x", ("video.x",)),
        ("a[b", ("a[b",)),
        ("a]b", ("a]b",)),
        ("[a]", ("[a]",)),
        ("a[b]c", ("a[b]c",)),
        ("a[[b]]", ("a[[b]]",)),
        ("[]", ("[]",)),
    ],
)
def test_paths(name: str, path: tuple[str, ...]) -> None:
    assert path_of(name) == path


def tree(*names: str) -> dict[str, Value]:
    """A tree in which each name's value is its place in the list."""
    planted: dict[str, Value] = {}
    for place, name in enumerate(names):
        plant(planted, path_of(name), place)
    return {name: number_lists(value) for name, value in planted.items()}


@for_all(
    ("names", "expected"),
    [
        (["a[b]", "a[c]"], {"a": {"b": 0, "c": 1}}),
        (["a[]", "a[]"], {"a": [0, 1]}),
        (["a[][id]", "a[][id]"], {"a": [{"id": 0}, {"id": 1}]}),
        (["a[][x]", "a[][y]", "a[][x]"], {"a": [{"x": 0, "y": 1}, {"x": 2}]}),
        (
            ["a[][x][y]", "a[][x][z]", "a[][x][y]"],
            {"a": [{"x": {"y": 0, "z": 1}}, {"x": {"y": 2}}]},
        ),
        (["a[][t][]", "a[][t][]"], {"a": [{"t": [0, 1]}]}),
        (["a[0]", "a[1]"], {"a": [0, 1]}),
        (["a[1][x]", "a[0][x]"], {"a": [{"x": 1}, {"x": 0}]}),
        (["a[1]", "a[2]"], {"a": {"1": 0, "2": 1}}),
        (["a[00]"], {"a": {"00": 0}}),
    ],
)
def test_trees(names: list[str], expected: dict[str, Value]) -> None:
    assert tree(*names) == expected


@pytest.mark.parametrize(
    "names",
    [["a", "a"], ["a", "a[b]"], ["a[b]", "a"], ["a[]", "a[b]"], ["a[b]", "a[b][c]"]],
)
def test_clashes(names: list[str]) -> None:
    with pytest.raises(Clash):
        tree(*names)


@for_all(
    ("header", "name", "file"),
    [
        (b'form-data; name="a"', "a", None),
        (b"form-data; name=a[]", "a[]", None),
        (b'form-data; NAME = "a" ; filename="b;c.png"', "a", "b;c.png"),
        (rb'form-data; name="a"; filename="x\"y.png"', "a", 'x"y.png'),
        (rb'form-data; name="a"; filename="C:\dir\f.png"', "a", "f.png"),
        ('form-data; name="é"; filename="ü.png"'.encode(), "é", "ü.png"),
        (b"form-data; name=a; filename=b; filename*=utf-8''%C3%A9.png", "a", "é.png"),
        (b"form-data; filename*=iso-8859-1'en'%E9.png; name=a", "a", "é.png"),
        (b"form-data; name=a; filename*=plain.png", "a", "plain.png"),
        (b'form-data; name="a"; filename=""', "a", ""),
        (b'form-data; name="a"; name="b"', "a", None),
        (b'form-data; filename="name=b"', None, "name=b"),
        (b'form-data; name="a%22b"', 'a"b', None),
        (b'form-data; name="unclosed', '"unclosed', None),
    ],
)
def test_dispositions(header: bytes, name: str | None, file: str | None) -> None:
    kind, parameters = parse_header(header)
    assert kind == "form-data"
    assert field_name(parameters) == name
    assert filename(parameters) == file


@for_all(
    ("declared", "codec"),
    [
        (None, "utf-8"),
        (b"UTF8", "utf-8"),
        (b"us-ascii", "utf-8"),
        (b"latin1", "iso8859-1"),
        (b"windows-1252", "cp1252"),
        (b"utf-7", None),
        (b"idna", None),
        (b"zlib", None),
        (b"\xff", None),
        (b"a\0b", None),
    ],
)
def test_charsets(declared: bytes | None, codec: str | None) -> None:
    assert charset(declared) == codec
