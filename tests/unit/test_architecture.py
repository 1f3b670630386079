"""The house's rules that no tool checks line by line: purposes, sizes, arrows, a light API."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import vitascope

SOURCE = Path(vitascope.__file__).parent.parent
ROOT = SOURCE.parent
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST = 600
HEAVY = (
    *("av", "cv2", "numpy", "PIL", "torch", "diffusers", "shadowplay", "vitascope.media"),
    *(f"vitascope.engines.{name}.engine" for name in ("diffusers", "upstream")),
)


def name(path):
    return str(path.relative_to(SOURCE))


def test_the_modules_are_found():
    assert len(MODULES) > 50


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_says_what_it_is_for_and_stays_short(path):
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "it opens without a docstring"
    assert text.count("\n") <= LONGEST


def test_the_arrows_between_the_rooms_are_kept():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_servers_and_supervisors_load_no_codec_and_no_engine():
    program = (
        "import sys, vitascope.cli.serve, vitascope.jobs.worker, vitascope.jobs.workflow; "
        "print(*sorted(name for name in sys.modules "
        "if any(name == heavy or name.startswith(heavy + '.') for heavy in sys.argv[1:])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *HEAVY],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_looking_after_keys_loads_no_server():
    program = "import vitascope.cli.keys, sys; print('fastapi' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "False\n", done.stderr


def test_each_decision_has_a_number_of_its_own():
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [f"{number:04d}" for number in range(1, len(pages) + 1)]
    assert [page.name.partition("-")[0] for page in pages] == numbers
    for page, number in zip(pages, numbers, strict=True):
        assert page.read_text(encoding="utf-8").startswith(f"# {number}"), page.name
