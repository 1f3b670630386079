"""The references: the HTTP API from its OpenAPI document, the Python API from docstrings."""

from __future__ import annotations

import json
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from clients.server import serving

SOURCE = Path("src")
# Their modules have pages in docs/architecture; their insides are no interface.
_WITHOUT_INSIDES = ("shadowplay", "vitascope.cli")
_METHODS = ("get", "post", "put", "patch", "delete")


def write(folder: Path) -> None:
    """Write openapi.json, a page of the HTTP API, and a page for each part of the packages."""
    folder.mkdir(parents=True, exist_ok=True)
    document = openapi()
    (folder / "openapi.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    (folder / "http.md").write_text(http_page(document), encoding="utf-8")
    for name in parts():
        options = "    options:\n      show_submodules: false\n" if name in _WITHOUT_INSIDES else ""
        (folder / f"{name}.md").write_text(f"# {name}\n\n::: {name}\n{options}", encoding="utf-8")


def openapi() -> dict[str, Any]:
    """The document that a server of this checkout serves."""
    with (
        tempfile.TemporaryDirectory(prefix="vitascope-docs-") as folder,
        serving(Path(folder) / "data", "--workers", "0") as url,
        urllib.request.urlopen(f"{url}/openapi.json") as answer,
    ):
        document: dict[str, Any] = json.load(answer)
    return document


def parts() -> list[str]:
    """The packages, and what lies directly in vitascope."""
    inside = sorted((SOURCE / "vitascope").iterdir())
    modules = [each for each in inside if each.suffix == ".py" and each.stem != "__init__"]
    packages = [each for each in inside if (each / "__init__.py").exists()]
    others = sorted(each.parent for each in SOURCE.glob("*/__init__.py"))
    names = [f"vitascope.{each.stem}" for each in [*packages, *modules]]
    return names + [each.name for each in others if each.name != "vitascope"]


def http_page(document: dict[str, Any]) -> str:
    """Every operation with its parameters, its body and its answers."""
    lines = [
        "# The HTTP API",
        "",
        "Made from the [OpenAPI document](openapi.json) that a server has at `/openapi.json`.",
        "",
    ]
    for path, item in document["paths"].items():
        for method in (name for name in _METHODS if name in item):
            lines += _operation(f"{method.upper()} {path}", item[method])
    return "\n".join(lines)


def _operation(title: str, operation: dict[str, Any]) -> list[str]:
    lines = [f"## `{title}`", "", operation.get("description") or operation.get("summary", ""), ""]
    rows = [
        (f"`{each['name']}`", each["in"], _kind(each.get("schema", {})))
        for each in operation.get("parameters", ())
    ]
    for media_type, body in operation.get("requestBody", {}).get("content", {}).items():
        schema = body.get("schema", {})
        fields = schema.get("properties") or {"": schema}
        rows += [
            (f"`{name}`" if name else "", media_type, _kind(value))
            for name, value in fields.items()
        ]
    if rows:
        lines += ["| parameter | in | kind |", "|---|---|---|"]
        lines += ["| " + " | ".join(row) + " |" for row in rows] + [""]
    lines += ["| status | answer |", "|---|---|"]
    lines += [
        f"| {status} | {_one_line(answer.get('description', ''))} |"
        for status, answer in operation.get("responses", {}).items()
    ]
    return [*lines, ""]


def _kind(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_kind(each) for each in choices)
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if "properties" in schema:
        return "{" + ", ".join(f"`{name}`" for name in schema["properties"]) + "}"
    return str(schema.get("type", "any"))


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
