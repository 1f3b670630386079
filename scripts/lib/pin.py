"""Rewrites [tool.uv] constraint-dependencies in pyproject.toml from a fresh resolution."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

PROJECT = Path("pyproject.toml")
BLOCK = re.compile(r"^constraint-dependencies = \[\n(?: .*\n)*\]\n", re.MULTILINE)


def main() -> None:
    text = PROJECT.read_text(encoding="utf-8")
    PROJECT.write_text(BLOCK.sub("constraint-dependencies = [\n]\n", text), encoding="utf-8")
    Path("uv.lock").unlink(missing_ok=True)
    exported = subprocess.run(
        [
            *("uv", "export", "--quiet", "--all-groups", "--all-extras", "--no-emit-project"),
            *("--no-hashes", "--no-annotate", "--no-header"),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    pins = sorted(line.strip() for line in exported.splitlines() if line.strip())
    lines = "".join(f'    "{pin.replace(chr(34), chr(39))}",\n' for pin in pins)
    pinned = BLOCK.sub(lambda _: f"constraint-dependencies = [\n{lines}]\n", text)
    PROJECT.write_text(pinned, encoding="utf-8")
    print(f"{len(pins)} pins written to {PROJECT}")


if __name__ == "__main__":
    main()
