"""The pages: the repository's Markdown where it lies in the repository, and what it links to."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any

_LINK = re.compile(r"(\]\()([^)#\s]+)((?:#[^)\s]*)?\))")
_TOP = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
# The rest of docs/ follows by name.
_FIRST = (
    *("guide", "cli", "mcp", "webhooks", "models", "upstream", "engines", "shadowplay"),
    *("migration", "deploying", "cluster"),
)
_INDEX = "index.md"


def gather(folder: Path) -> None:
    """Copy every page, and every file and folder that one links to, to the same place there."""
    shutil.rmtree(folder, ignore_errors=True)
    sources = [Path(name) for name in _TOP] + sorted(Path("docs").rglob("*.md"))
    for source in sources:
        carry = partial(_carry, source=source, folder=folder)
        _write(folder / source, _LINK.sub(carry, source.read_text("utf-8")))
    shutil.copytree("docs/images", folder / "docs/images", dirs_exist_ok=True)


def navigation(folder: Path) -> list[Any]:
    """The site's sections for mkdocs: titles come from the pages themselves."""
    guides = sorted((folder / "docs").glob("*.md"), key=_order)
    return [
        {"Home": "README.md"},
        {"Guide": _names(guides, folder)},
        {"Other APIs": _names(sorted((folder / "docs/dialects").glob("*.md")), folder)},
        {"Studio": _names(sorted((folder / "docs/studio").glob("*.md"), reverse=True), folder)},
        {"Gallery": _names(sorted((folder / "docs/gallery").glob("*.md")), folder)},
        {"Architecture": _names(sorted((folder / "docs/architecture").glob("*.md")), folder)},
        {"Decisions": _names(sorted((folder / "docs/decisions").glob("*.md")), folder)},
        {"Reference": _names(sorted((folder / "reference").glob("*.md")), folder)},
        {"Project": [*_TOP[1:], *_names(_listings(folder), folder)]},
    ]


def _order(page: Path) -> tuple[int, str]:
    return (_FIRST.index(page.stem) if page.stem in _FIRST else len(_FIRST), page.stem)


def _names(found: list[Path], folder: Path) -> list[str]:
    # A folder's own page comes first.
    names = [str(each.relative_to(folder)) for each in found]
    return sorted(names, key=lambda name: not name.endswith("/" + _INDEX))


def _listings(folder: Path) -> list[Path]:
    """The pages that list a folder's files, outside of docs/."""
    return sorted(
        page
        for page in folder.rglob(_INDEX)
        if page.relative_to(folder).parts[0] not in {"docs", "reference"}
    )


def _carry(link: re.Match[str], source: Path, folder: Path) -> str:
    """Copy what a link leads to; a folder becomes a page that lists its files."""
    before, target, after = link.groups()
    if "://" in target or target.startswith("mailto:"):
        return link[0]
    root = Path.cwd()
    found = (source.parent / target).resolve().relative_to(root)
    if found.is_dir():
        _list(found, folder)
        return f"{before}{target.rstrip('/')}/{_INDEX}{after}"
    if found.suffix != ".md":
        (folder / found).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(found, folder / found)
    return link[0]


def _list(listed: Path, folder: Path) -> None:
    lines = [f"# {listed}", ""]
    for file in sorted(path for path in listed.rglob("*") if path.is_file()):
        if "__pycache__" in file.parts or file.name.startswith("."):
            continue
        name = file.relative_to(listed)
        lines.append(f"- [{name}]({name})")
        if file.suffix != ".md":
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / file)
    _write(folder / listed / _INDEX, "\n".join([*lines, ""]))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
