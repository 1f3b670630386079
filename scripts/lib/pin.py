"""Pins every dependency: versions in pyproject.toml, versions and hashes in requirements/.

python scripts/lib/pin.py            the newest versions that the ranges allow
python scripts/lib/pin.py --hashes   the pinned versions, for dependencies that were added
python scripts/lib/pin.py --check    do both places agree? Asks no registry.

The packages that `scripts/clients` runs are resolved apart, because each client is installed alone:
their versions are in clients/versions.toml, their hashes in requirements/client-*.txt.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path("pyproject.toml")
CLIENTS = Path("clients/versions.toml")
FOLDER = Path("requirements")
BLOCK = re.compile(r"^constraint-dependencies = \[\n(?: .*\n)*\]\n", re.MULTILINE)
FILES = {
    "run": ("--no-dev",),
    "diffusers": ("--no-dev", "--extra", "diffusers"),
    "dev": ("--only-group", "dev"),
    "docs": ("--only-group", "docs"),
    "build": ("--only-group", "build"),
    "studio": ("--only-group", "studio"),
    "uv": ("--only-group", "uv"),
    "deploy": ("--only-group", "deploy"),
}
# Dependencies that a client's program never imports: `ecoji` has no wheel, the others are large.
OMITTED = {
    "client-pyrit": "av datasets ecoji hf-xet lxml numpy pandas pyarrow reportlab scipy tokenizers "
    "transformers",
    "client-litellm-proxy": "granian hf-xet polars polars-runtime-32",
}
HEADER = "# Written by scripts/pin. Every package has its hashes; another file is refused.\n"
NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def main() -> None:
    match sys.argv[1:]:
        case []:
            move()
            write_hashes()
            write_clients("--upgrade")
        case ["--hashes"]:
            write_hashes()
            write_clients()
        case ["--check"]:
            check()
        case _:
            sys.exit(__doc__)


def move() -> None:
    """Rewrite the constraints in pyproject.toml from a fresh resolution."""
    text = PROJECT.read_text(encoding="utf-8")
    PROJECT.write_text(BLOCK.sub("constraint-dependencies = [\n]\n", text), encoding="utf-8")
    Path("uv.lock").unlink(missing_ok=True)
    write_constraints(text)


def write_constraints(text: str) -> None:
    exported = export("--all-groups", "--all-extras", "--no-hashes")
    pins = sorted(line.strip() for line in exported.splitlines() if line.strip())
    lines = "".join(f'    "{pin.replace(chr(34), chr(39))}",\n' for pin in pins)
    pinned = BLOCK.sub(lambda _: f"constraint-dependencies = [\n{lines}]\n", text)
    PROJECT.write_text(pinned, encoding="utf-8")
    print(f"{len(pins)} pins written to {PROJECT}")


def write_hashes() -> None:
    """Write requirements/ for the constraints, to which what is new is added."""
    write_constraints(PROJECT.read_text(encoding="utf-8"))
    FOLDER.mkdir(exist_ok=True)
    for name, options in FILES.items():
        (FOLDER / f"{name}.txt").write_text(HEADER + export(*options), encoding="utf-8")
    print(f"{len(FILES)} files written to {FOLDER}/")


def export(*options: str) -> str:
    # No address of a package index: a mirror serves the same files.
    command = ("uv", "export", "--quiet", "--no-emit-project", "--no-annotate", "--no-header")
    done = subprocess.run([*command, *options], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def client_packages() -> dict[str, list[str]]:
    """What each client's environment asks for, by the name of its file."""
    pins = tomllib.loads(CLIENTS.read_text(encoding="utf-8"))
    openai = f"openai=={pins['openai-python']['version']}"
    return {
        "client-python": [openai],
        "client-python-suite": [openai, *pins["openai-python"]["with"]],
        "client-litellm": [f"litellm=={pins['litellm']['version']}"],
        "client-dialects-python": [
            f"google-genai=={pins['google-genai']['version']}",
            *pins["google-genai"]["with"],
        ],
        "client-litellm-proxy": [f"litellm[proxy]=={pins['litellm']['version']}"],
        "client-pyrit": [f"pyrit=={pins['pyrit']['version']}"],
        "client-genai-2": [f"google-genai=={pins['google-genai-2']['version']}"],
    }


def write_clients(*options: str) -> None:
    """Resolve each client's packages; without `--upgrade`, versions in the file are kept."""
    command = ("uv", "pip", "compile", "--no-config", "--quiet", "--universal", "--generate-hashes")
    style = ("--no-annotate", "--no-header", "--python-version", "3.11")
    for name, packages in client_packages().items():
        path = FOLDER / f"{name}.txt"
        less = [f"--no-emit-package={one}" for one in OMITTED.get(name, "").split()]
        call = [*command, *style, *less, *options, "-", "--output-file", str(path)]
        asked = "\n".join(packages)
        subprocess.run(call, check=True, input=asked, text=True, stdout=subprocess.PIPE)
        body = path.read_text(encoding="utf-8").removeprefix(HEADER)
        path.write_text(HEADER + body, encoding="utf-8")
    print(f"{len(client_packages())} files of clients written to {FOLDER}/")


def check() -> None:
    """Exit with a message if requirements/ is not what pyproject.toml and versions.toml ask for."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    direct = {
        "run": project["project"]["dependencies"],
        "diffusers": project["project"]["dependencies"] + extras["diffusers"],
        **project["dependency-groups"],
    }
    pins = set(project["tool"]["uv"]["constraint-dependencies"])
    pinned = {pin.split(" ;")[0] for pin in pins}
    problems = [f"no file for {name}" for name in direct.keys() ^ FILES.keys()]
    for name in FILES:
        entries = read(FOLDER / f"{name}.txt")
        problems += [f"{name}: {pin} has no hash" for pin, hashes in entries.items() if not hashes]
        problems += [f"{name}: {pin} is not in {PROJECT}" for pin in entries.keys() - pinned]
        there = {normal(pin) for pin in entries}
        missing = {normal(each) for each in direct.get(name, ())} - there
        problems += [f"{name}: {each} is missing" for each in missing]
    for name, packages in client_packages().items():
        entries = read(FOLDER / f"{name}.txt")
        problems += [f"{name}: {pin} has no hash" for pin, hashes in entries.items() if not hashes]
        plain = {re.sub(r"\[.*\]", "", each) for each in packages}
        problems += [f"{name}: {each} is missing" for each in plain - entries.keys()]
    if problems:
        sys.exit("Run scripts/pin --hashes:\n  " + "\n  ".join(sorted(problems)))


def read(path: Path) -> dict[str, list[str]]:
    """The hashes of each `name==version` of a file."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {
        line.split()[0]: re.findall(r"--hash=sha256:[0-9a-f]{64}(?= |$)", line) for line in lines
    }


def normal(requirement: str) -> str:
    """A requirement's name as indexes spell it."""
    found = NAME.match(requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


if __name__ == "__main__":
    main()
