"""The harness that runs the clients: its counts and its pins."""

import json
import re
import subprocess
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest
from clients.roster import PROGRAMS, SUITES
from clients.tally import Tally

from clients import machine, programs, rows, suites, tally

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "clients"
PINS = tomllib.loads((CLIENTS / "versions.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        ("===== 188 passed, 4 skipped in 29.98s =====", Tally(188, 0, 4)),
        ("145 failed, 43 passed, 4 skipped in 197.27s (0:03:17)", Tally(43, 145, 4)),
        ("1 passed, 2 errors in 0.1s", Tally(1, 2, 0)),
        ("ERROR: file or directory not found", Tally()),
    ],
)
def test_pytests_closing_line_is_read(line, counted):
    assert tally.of_pytest(f"test_a.py::test_1 failed\n{line}\n") == counted


def test_gos_events_are_counted_by_their_top_level_tests():
    events = [
        {"Action": "run", "Test": "TestA"},
        {"Action": "pass", "Test": "TestA/sub"},
        {"Action": "pass", "Test": "TestA"},
        {"Action": "fail", "Test": "TestB"},
        {"Action": "skip", "Test": "TestC"},
        {"Action": "fail", "Package": "x"},
    ]
    output = "go: downloading x\n" + "\n".join(json.dumps(event) for event in events)
    assert tally.of_go(output) == Tally(1, 1, 1)


def a_row(run, **pins):
    client = rows.Client("x-suite", "x", run)
    return rows.row_of(client, {"version": "1", "passed": 2, **pins}, "http://localhost")


def test_a_suite_with_too_few_results_has_failed(capsys):
    assert a_row(lambda *_: (Tally(2), "")).tally == Tally(2)
    assert a_row(lambda *_: (Tally(1), "all of it")).tally == Tally(1, 1)
    assert a_row(lambda *_: (Tally(2, 0, 1), "")).tally.failed == 1
    assert "all of it" in capsys.readouterr().err


def test_a_client_that_can_not_be_run_is_left_out_or_failed(capsys):
    def leave_out(*_):
        raise machine.LeftOut("needs go")

    def break_down(*_):
        raise machine.Broken("no disk")

    assert (a_row(leave_out).left_out, a_row(leave_out).tally) == ("needs go", Tally())
    assert a_row(break_down).tally == Tally(failed=1)
    assert "no disk" in capsys.readouterr().err


def test_a_download_is_tried_three_times(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_PAUSES", (0.0, 0.0))
    script = "open('tries', 'a').write('x'); raise SystemExit('connection reset')"
    with pytest.raises(machine.Broken, match="connection reset"):
        machine.fetch(sys.executable, "-c", script, cwd=tmp_path)
    assert (tmp_path / "tries").read_text(encoding="utf-8") == "xxx"


def test_a_refused_download_is_not_retried(tmp_path):
    script = "open('tries', 'a').write('x'); raise SystemExit('reading x: 403 Forbidden')"
    with pytest.raises(machine.LeftOut, match="403 Forbidden"):
        machine.fetch(sys.executable, "-c", script, cwd=tmp_path)
    assert (tmp_path / "tries").read_text(encoding="utf-8") == "x"


def test_a_toolchain_that_is_missing_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(machine.LeftOut, match=r"needs go 1\.26"):
        machine.require("go")


def test_every_client_has_a_pin_and_every_pin_a_client():
    assert {client.pin for client in (*SUITES, *PROGRAMS)} == set(PINS)


def test_repeated_pins_are_equal():
    node = json.loads((CLIENTS / "node/package.json").read_text(encoding="utf-8"))
    assert node["dependencies"] == {"openai": PINS["openai-node"]["version"]}
    tanstack = json.loads((CLIENTS / "tanstack/package.json").read_text(encoding="utf-8"))
    assert tanstack["dependencies"]["@tanstack/ai-openai"] == PINS["tanstack-ai"]["version"]
    for folder in ("ai-sdk", "ai-sdk-6"):
        package = json.loads((CLIENTS / folder / "package.json").read_text(encoding="utf-8"))
        assert package["dependencies"]["ai"] == PINS[folder]["version"]
    go = (CLIENTS / "go/go.mod").read_text(encoding="utf-8")
    module = f"{PINS['openai-go']['module']} v{PINS['openai-go']['version']}"
    assert f"{module}\n" in go
    sums = (CLIENTS / "go/go.sum").read_text(encoding="utf-8")
    assert f"{module} {PINS['openai-go']['sum']}\n" in sums
    java = (CLIENTS / "java/pom.xml").read_text(encoding="utf-8")
    assert f"<version>{PINS['openai-java']['version']}</version>" in java
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = project["tool"]["uv"]["constraint-dependencies"]
    assert f"openai=={PINS['openai-python']['version']}" in pinned


@pytest.mark.parametrize(
    "folder",
    [
        "clients/node",
        "clients/tanstack",
        "clients/ai-sdk",
        "clients/ai-sdk-6",
        "scripts/tools/keda",
    ],
    ids=lambda name: name,
)
def test_node_packages_are_pinned_with_hashes_and_without_a_registry(folder):
    asked = json.loads((ROOT / folder / "package.json").read_text(encoding="utf-8"))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in asked["dependencies"].values())
    lock = json.loads((ROOT / folder / "package-lock.json").read_text(encoding="utf-8"))
    root = lock["packages"].pop("")
    assert root["dependencies"] == asked["dependencies"]
    assert lock["packages"]
    for package in lock["packages"].values():
        assert package["integrity"].startswith("sha512-")
        assert "resolved" not in package


@pytest.mark.parametrize("name", ["helm", "compose-lint", "versitygw"])
def test_go_programs_have_the_hashes_of_all_their_modules(name):
    folder = ROOT / "scripts/tools" / name
    asked, sums = ((folder / name).read_text("utf-8") for name in ("go.mod", "go.sum"))
    modules = re.findall(r"^\t(\S+ v\S+)(?: // indirect)?$", asked, re.MULTILINE)
    hashed = re.findall(r"^(\S+ v[^\s/]+) h1:\S+=$", sums, re.MULTILINE)
    assert modules
    assert set(modules) <= set(hashed)


@pytest.mark.parametrize(
    ("jars", "named"),
    [({"a": b"1"}, ""), ({"a": b"2"}, "a.jar"), ({}, "a.jar"), ({"a": b"1", "b": b"1"}, "b.jar")],
    ids=["the same", "another", "a missing one", "one more"],
)
def test_the_jars_are_those_of_the_list(jars, named, tmp_path):
    (tmp_path / "target/lib").mkdir(parents=True)
    listed = f"# Comment\n{sha256(b'1').hexdigest()}  a.jar\n"
    (tmp_path / "jars.sha256").write_text(listed, "utf-8")
    for name, content in jars.items():
        (tmp_path / "target/lib" / f"{name}.jar").write_bytes(content)
    if not named:
        programs.check_jars(tmp_path)
        return
    with pytest.raises(machine.Broken, match=re.escape(f"does not match {named}") + "$"):
        programs.check_jars(tmp_path)


def test_a_go_module_with_another_hash_is_refused():
    pins = PINS["openai-go"]
    suites.check_sum(pins, pins["sum"])
    suites.check_sum(PINS["openai-cli"], "h1:any")
    with pytest.raises(machine.Broken, match="has the hash h1:other"):
        suites.check_sum(pins, "h1:other")


def test_the_help_lists_all_clients():
    text = subprocess.run(
        [sys.executable, "-m", "clients", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    text = "".join(text.split())  # names are broken at their hyphens
    for client in (*SUITES, *PROGRAMS):
        assert client.name in text
