"""The OpenAPI document, made from the route table, and `GET /docs`, a page of it.

The page loads nothing from elsewhere.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.responses import HTMLResponse, Response

from vitascope import __version__
from vitascope.api.error_handlers import JsonResponse
from vitascope.api.parsing.operations import JSON
from vitascope.api.routing import Endpoint, Routes
from vitascope.api.schemas import CreatedVideo, ErrorEnvelope, VideoObject
from vitascope.api.services.container import ApiRequest
from vitascope.api.services.submission import MAX_IDEMPOTENCY_KEY

Json = dict[str, Any]
References = dict[Any, Json]
"""The schema of each model that the document names: a reference."""

_REFERENCE = "#/components/schemas/{model}"
_KEY = "key"
_SCHEMES = {
    _KEY: {
        "type": "http",
        "scheme": "bearer",
        "description": "One of the server's keys; any token where it has none.",
    }
}
_IDEMPOTENCY_KEY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": MAX_IDEMPOTENCY_KEY},
    "description": "The same key within a day returns the first job; for another body it is "
    "refused. Without one, a retry of an official SDK within five minutes does.",
}


def documentation(endpoints: Sequence[Endpoint]) -> Routes:
    """The operations that show the document of these endpoints."""
    routes = Routes("Documentation", versioned=False)

    @cache
    def document() -> Json:
        return document_of(endpoints)

    @routes.get("/docs", documented=False)
    async def docs(_request: ApiRequest) -> Response:
        page = "".join(_page(document()))
        return HTMLResponse(page, headers={"content-security-policy": _POLICY})

    @routes.head("/openapi.json")
    @routes.get("/openapi.json", documented=False)
    async def openapi(_request: ApiRequest) -> Response:
        return JsonResponse(document())

    return routes


def document_of(endpoints: Sequence[Endpoint]) -> Json:
    """The OpenAPI document of these endpoints."""
    shown = [endpoint for endpoint in endpoints if endpoint.documented]
    answers = {one.answer: None for one in shown if one.answer is not None} | {ErrorEnvelope: None}
    schemas, components = models_json_schema(
        [(model, "serialization") for model in answers], ref_template=_REFERENCE
    )
    references: References = {model: schema for (model, _mode), schema in schemas.items()}
    paths: Json = {}
    for endpoint in shown:
        path = f"/v1{endpoint.path}" if endpoint.versioned else endpoint.path
        operations = paths.setdefault(path, {})
        operations[endpoint.method.lower()] = _operation_of(endpoint, path, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Vitascope",
            "summary": "The Videos API, self-hosted.",
            "version": __version__,
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components["$defs"].items())),
            "securitySchemes": _SCHEMES,
        },
    }


def _operation_of(endpoint: Endpoint, path: str, references: References) -> Json:
    name = endpoint.handler.__name__
    made_id = re.sub(r"\W", "_", f"{name}{path}") + f"_{endpoint.method.lower()}"
    operation: Json = {
        "tags": [endpoint.tag],
        "summary": name.replace("_", " ").title(),
        "description": inspect.getdoc(endpoint.handler),
        "operationId": endpoint.operation_id or made_id,
    }
    if parameters := _parameters_of(endpoint):
        operation["parameters"] = parameters
    if endpoint.body is not None:
        content = {form: {"schema": endpoint.body.schema(form)} for form in endpoint.body.forms}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = _responses_of(endpoint, references)
    if endpoint.versioned:
        operation["security"] = [{_KEY: []}]
    return operation


def _parameters_of(endpoint: Endpoint) -> list[Json]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "title": name.replace("_", " ").title()},
        }
        for name in endpoint.names
    ]
    fields = {} if endpoint.query is None else endpoint.query.model_json_schema()["properties"]
    for name, schema in fields.items():
        if schema.get("default", "") is None:
            del schema["default"]  # not a value that clients can send
        parameter = {"name": name, "in": "query", "required": False, "schema": schema}
        if "description" in schema:
            parameter["description"] = schema["description"]
        parameters.append(parameter)
    if endpoint.body is not None and endpoint.answer in (VideoObject, CreatedVideo):
        parameters.append(_IDEMPOTENCY_KEY)
    return parameters


def _responses_of(endpoint: Endpoint, references: References) -> Json:
    def as_json(model: type[BaseModel] | None) -> Json:
        return {JSON: {"schema": {} if model is None else references[model]}}

    responses: Json = {
        "200": {"description": "Successful Response", "content": as_json(endpoint.answer)}
    }
    responses |= {str(status): dict(answer) for status, answer in endpoint.answers.items()}
    for status in endpoint.refusals:
        phrase = HTTPStatus(status).phrase
        responses[str(status)] = {"description": phrase, "content": as_json(ErrorEnvelope)}
    if endpoint.refusals:
        failure = {"description": "Any other failure", "content": as_json(ErrorEnvelope)}
        responses["default"] = failure
    return responses


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark }
summary { cursor: pointer } code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { overflow: auto; padding: .5rem; border: 1px solid #8888 }
table { border-collapse: collapse } td, th { text-align: left; padding: .2rem .8rem .2rem 0;
  vertical-align: top }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


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
