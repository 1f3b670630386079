"""Rules that no linter checks: purposes, sizes, import directions, a light API process."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sweeps import for_all

import vitascope

SOURCE = Path(vitascope.__file__).parent.parent
ROOT = SOURCE.parent
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST = 400
HEAVY = (
    *("av", "cv2", "numpy", "PIL", "torch", "diffusers", "shadowplay", "vitascope.media", "mcp"),
    *(f"vitascope.engines.{name}.engine" for name in ("diffusers", "upstream")),
)

LATER = ("dbos", "psycopg", "sqlalchemy.dialects.postgresql", "alembic", "jinja2", "rich", "yaml")
"""What a server loads when it needs it, which is later or never: a start takes no longer for it."""
OTHER_COMMANDS = ("cyclopts", "pydantic", "rich.console", "yaml", "asyncio", "sqlalchemy")
"""What `vitascope videos` does without until a flag asks for it."""

TESTS = sorted((ROOT / "tests").rglob("*.py"))
EXPECTATIONS = {"raises", "warns", "fail"}
# Helpers of ours, and what Playwright's `expect(element)` is asked.
EXPECTING = ("assert_", "expect_", "to_be_", "to_have_", "to_contain_", "not_to_")
"""What a test calls of pytest to state an expectation."""


def name(path):
    return str(path.relative_to(SOURCE))


def test_the_modules_are_found():
    assert len(MODULES) > 50


def test_every_module_has_a_docstring_and_stays_short():
    texts = {name(path): path.read_text(encoding="utf-8") for path in MODULES}
    assert [each for each, text in texts.items() if not ast.get_docstring(ast.parse(text))] == []
    assert [each for each, text in texts.items() if text.count("\n") > LONGEST] == []


def test_the_arrows_between_the_rooms_are_kept():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_only_one_package_knows_the_durable_engine_and_its_tables():
    own = SOURCE / "vitascope" / "jobs" / "durable"
    others = [path for path in MODULES if own not in path.parents]
    known = re.compile(r"^\s*(import|from) dbos\b|workflow_status|operation_outputs", re.MULTILINE)
    assert [name(path) for path in others if known.search(path.read_text("utf-8"))] == []


@pytest.mark.thorough
def test_servers_and_supervisors_load_no_codec_and_no_engine():
    assert loaded_by("vitascope.jobs.worker", *HEAVY) == ""
    assert loaded_by("vitascope.cli.serve", *HEAVY, *LATER) == ""
    assert loaded_by("vitascope.jobs.decoder", *HEAVY, "pydantic", "asyncio") == ""


@pytest.mark.thorough
def test_commands_load_no_server_and_no_command_that_they_are_not():
    assert loaded_by("vitascope.cli.database", "starlette", "rich.table") == ""
    assert loaded_by("vitascope.cli.main, vitascope.cli.videos.run", *OTHER_COMMANDS) == ""


def loaded_by(modules, *names):
    """Which modules with these names, or in these packages, a process has after its imports."""
    program = (
        f"import sys, {modules}; print(*sorted(name for name in sys.modules "
        "if any(name == heavy or name.startswith(heavy + '.') for heavy in sys.argv[1:])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *names],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_each_decision_has_a_number_of_its_own():
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [f"{number:04d}" for number in range(1, len(pages) + 1)]
    assert [page.name.partition("-")[0] for page in pages] == numbers
    for page, number in zip(pages, numbers, strict=True):
        assert page.read_text(encoding="utf-8").startswith(f"# {number}"), page.name


def functions_without_expectation(text):
    """Names and lines of tests, and of helpers named `assert_…`, that can't fail."""
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith(("test_", "assert_", "expect_"))
            and not any(map(is_expectation, ast.walk(node)))
        ):
            yield node.name, node.lineno


def is_expectation(node):
    match node:
        case ast.Assert():
            return True
        case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)):
            return called in EXPECTATIONS or called.startswith(EXPECTING)
    return False


@for_all(
    ("body", "found"),
    [
        ("assert x", []),
        ("with pytest.raises(OSError): x()", []),
        ("helpers.assert_same(x, y)", []),
        ("expect(x).to_be_visible()", []),
        ("expect(x)", [("test_it", 1)]),
        ("x()", [("test_it", 1)]),
        ("check(x)", [("test_it", 1)]),
    ],
)
def test_a_test_without_expectation_is_found(body, found):
    assert list(functions_without_expectation(f"async def test_it():\n    {body}\n")) == found


def test_every_test_states_an_expectation():
    """By `assert`, by `pytest.raises`, or by a helper whose name begins with `assert_`."""
    found = [
        f"{path.relative_to(ROOT)}:{line} {function}"
        for path in TESTS
        for function, line in functions_without_expectation(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_fast_run_takes_shadowplays_tests_from_files_that_exist():
    [names] = re.findall(
        r"^sample=\((.*)\)$", (ROOT / "scripts/test").read_text("utf-8"), re.MULTILINE
    )
    files = [ROOT / f"tests/shadowplay/test_{name}.py" for name in names.split()]
    assert [path.name for path in files if path not in TESTS] == []


def test_each_test_module_has_a_name_of_its_own():
    """Without packages, pytest can't import two of the same name."""
    names = [path.name for path in TESTS if path.name.startswith("test_")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
