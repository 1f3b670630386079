"""The OpenAPI document, and `GET /docs`, one plain page that loads nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse

router = APIRouter()

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark }
summary { cursor: pointer } code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { overflow: auto; padding: .5rem; border: 1px solid #8888 }
table { border-collapse: collapse } td, th { text-align: left; padding: .2rem .8rem .2rem 0;
  vertical-align: top }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Show every operation with its parameters, body and answers."""
    page = "".join(_page(request.app.openapi()))
    return HTMLResponse(page, headers={"content-security-policy": _POLICY})


def _page(document: dict[str, Any]) -> Iterator[str]:
    title = escape(document["info"]["title"])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
    yield f"<style>{_STYLE}</style><h1>{title} {escape(document['info']['version'])}</h1>"
    yield f"<p>{escape(document['info'].get('summary', ''))} "
    yield 'For programs: <a href="openapi.json">openapi.json</a>.</p>'
    tags: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method, operation in item.items():
            shown = "".join(_operation(path, method, operation))
            tags.setdefault(operation["tags"][0], []).append(shown)
    for tag, operations in tags.items():
        yield f"<h2>{escape(tag)}</h2>{''.join(operations)}"
    yield "<h2>Schemas</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        yield f"{_json(schema)}</details>"


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<details><summary><code>{method.upper()} {escape(path)}</code> "
    yield f"{escape(operation.get('summary', ''))}</summary>"
    yield f"<p>{escape(operation.get('description', ''))}</p>"
    if parameters := operation.get("parameters"):
        yield "<table><tr><th>parameter<th>in<th>schema"
        for each in parameters:
            yield f"<tr><td><code>{escape(each['name'])}</code><td>{escape(each['in'])}"
            yield f"<td><code>{escape(json.dumps(each['schema']))}</code>"
        yield "</table>"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Body as <code>{escape(kind)}</code>:</p>{_json(content['schema'])}"
    yield "<table><tr><th>status<th>answer"
    for status, answer in operation["responses"].items():
        yield f"<tr><td>{escape(status)}<td>{escape(answer['description'])}"
        for content in answer.get("content", {}).values():
            yield from _link(content.get("schema", {}))
    yield "</table></details>"


def _link(schema: dict[str, Any]) -> Iterator[str]:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        yield f' <a href="#{name}"><code>{name}</code></a>'


def _json(value: object) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


_KEY = "key"
_SCHEMES = {
    _KEY: {
        "type": "http",
        "scheme": "bearer",
        "description": "One of the server's keys; any token where it has none.",
    }
}


class DocumentedApp(FastAPI):
    """An app whose document says that the API takes a bearer token.

    The gate has checked it before any route is reached, so the routes themselves don't tell.
    """

    def openapi(self) -> dict[str, Any]:
        """The document; made once."""
        if self.openapi_schema is None:
            document = super().openapi()
            document["components"]["securitySchemes"] = _SCHEMES
            for path, item in document["paths"].items():
                if path.startswith("/v1/"):
                    for operation in item.values():
                        operation["security"] = [{_KEY: []}]
        return super().openapi()
