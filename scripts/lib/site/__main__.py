"""Builds the site; `scripts/docs` runs it in the project's root."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml
from scripts.lib.site import links, pages, reference

PAGES = Path(".cache/site-pages")
SITE = Path(".cache/site")
CONFIG = Path(".cache/mkdocs.yml")


def main() -> int:
    pages.gather(PAGES)
    reference.write(PAGES / "reference")
    CONFIG.write_text(
        yaml.safe_dump(
            {
                "INHERIT": "../mkdocs.yml",
                "docs_dir": PAGES.name,
                "site_dir": SITE.name,
                "nav": pages.navigation(PAGES),
            },
            sort_keys=False,
        ),
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--clean", "-f", str(CONFIG)]
    if subprocess.run(command, check=False).returncode:
        return 1
    if problems := links.problems(SITE):
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    print(f"{len(list(SITE.rglob('*.html')))} pages in {SITE}, every link leads somewhere")
    return 0


if __name__ == "__main__":
    sys.exit(main())
