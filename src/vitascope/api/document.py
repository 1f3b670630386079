"""The OpenAPI document: what FastAPI gathers from the routes, and how to bring a key."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

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
