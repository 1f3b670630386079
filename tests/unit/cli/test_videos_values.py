"""Values: YAML 1.2, `@file` references, stdin."""

from pathlib import Path

import pytest
from sweeps import for_all

from vitascope.cli.videos.values import (
    CommandError,
    Upload,
    embed_texts,
    embed_uploads,
    names_stdin,
    parse_any,
    parse_yaml,
    upload_of,
)


def no_stdin():
    raise AssertionError("stdin was read")


@for_all(
    ("text", "value"),
    [
        ("{id: video_123}", {"id": "video_123"}),
        ('{"id":"a","n":[1,2.5,true,null]}', {"id": "a", "n": [1, 2.5, True, None]}),
        ("- 1\n- b: c", [1, {"b": "c"}]),
        ("Example data", "Example data"),
        ("yes", "yes"),
        ("No", "No"),
        ("12:30", "12:30"),
        ("2026-01-02", "2026-01-02"),
        ("012", 12),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("720x1280", "720x1280"),
        ("~", None),
        ("", None),
        ("1: a\nfalse: b\n~: c", {"1": "a", "false": "b", "null": "c"}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", {"a": {"b": 1}, "c": {"b": 1, "d": 2}}),
    ],
)
def test_yaml(text, value):
    assert parse_yaml(text) == value


def test_infinity_is_a_number():
    assert parse_yaml("-.inf") == float("-inf")


@pytest.mark.parametrize("text", ["{id: ", "a: b: c", "!!python/object:os.system {}"])
def test_no_yaml(text):
    with pytest.raises(ValueError, match=r"\w"):
        parse_yaml(text)


@pytest.mark.parametrize("text", ["@clip.mp4", "@{not: yaml", "a=b==", "video_123"])
def test_words_stay_as_they_are(text):
    assert parse_any(text) == text


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ref.png").write_bytes(b"\x89PNG\x00")
    (tmp_path / "prompt.txt").write_text("A fox é\n", encoding="utf-8")
    (tmp_path / "plain").write_bytes(b"plain")
    return tmp_path


def test_uploads_are_put_in_at_any_depth(folder):
    value = {"a": ["@ref.png", "\\@ref.png"], "b": {"c": "@plain"}, "d": "@nobody", "e": 1}
    assert embed_uploads(value, no_stdin) == {
        "a": [Upload(Path("ref.png"), "ref.png", "image/png"), "@ref.png"],
        "b": {"c": Upload(Path("plain"), "plain", "application/octet-stream")},
        "d": "@nobody",
        "e": 1,
    }


@pytest.mark.parametrize("reference", ["@file://ref.png", "@data://ref.png", "@./ref.png"])
def test_every_kind_of_reference_uploads_the_file(folder, reference):
    upload = embed_uploads(reference, no_stdin)
    with upload.open() as file:
        assert file.read() == b"\x89PNG\x00"
    assert upload.filename == "ref.png"


@for_all("reference", ["@no.png", "@dir/no", "@file://no", "@data://no"])
@for_all("embed", [embed_uploads, embed_texts])
def test_a_missing_file_is_reported(folder, reference, embed):
    name = reference.removeprefix("@").removeprefix("file://").removeprefix("data://")
    with pytest.raises(CommandError, match=f"^open {name}: no such file or directory$"):
        embed(reference, no_stdin)


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("@prompt.txt", "A fox é\n"),
        ("@file://prompt.txt", "A fox é\n"),
        ("@data://prompt.txt", "QSBmb3ggw6kK"),
        ("@ref.png", "iVBORwA="),
        ("@nobody", "@nobody"),
        ("\\@prompt.txt", "@prompt.txt"),
    ],
)
def test_texts_are_put_in(folder, reference, text):
    assert embed_texts({"prompt": reference}, no_stdin) == {"prompt": text}


@pytest.mark.parametrize("reference", ["@-", "@/dev/stdin", "@data://-"])
def test_stdin_can_be_referred_to(reference):
    assert names_stdin({"a": [reference]})
    upload = embed_uploads(reference, lambda: b"bytes")
    assert upload == Upload(b"bytes")
    assert upload.open().read() == b"bytes"
    assert embed_texts(reference, lambda: b"words") in {"words", "d29yZHM="}


def test_other_values_do_not_refer_to_stdin():
    assert not names_stdin({"a": ["@x", "-", 1, None]})


def test_text_files_say_their_encoding(folder):
    assert upload_of("prompt.txt", no_stdin).media_type == "text/plain; charset=utf-8"
