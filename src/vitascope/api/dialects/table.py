"""The routes of the dialects that are switched on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vitascope.api.dialects import (
    gateway,
    gemini,
    gemini_files,
    interactions,
    openrouter,
    replicate,
    shared,
    xai,
)
from vitascope.api.routing import Endpoint
from vitascope.config import DialectName

_ROUTES: Mapping[DialectName, tuple[Iterable[Endpoint], ...]] = {
    "azure": (),  # the same routes as OpenAI's
    "openrouter": (openrouter.routes,),
    "xai": (xai.routes, shared.xai_routes, shared.file_routes),
    "replicate": (replicate.routes, shared.file_routes),
    "gemini": (gemini.routes, interactions.routes, gemini_files.routes),
    "gateway": (gateway.routes,),
}


def endpoints_of(dialects: Iterable[DialectName]) -> list[Endpoint]:
    """The operations of these dialects. They come before OpenAI's, whose paths are wider."""
    return [one for name in dialects for routes in _ROUTES[name] for one in routes]
