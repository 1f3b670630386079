"""The route table: which handler answers a method and a path, and what the document says of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, TypeVar
from urllib.parse import parse_qsl, unquote

from pydantic import BaseModel, ValidationError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from vitascope.api.error_handlers import response_to
from vitascope.api.parsing.operations import Parameters
from vitascope.api.services.container import ApiRequest, Services
from vitascope.errors import InvalidRequest, MethodNotAllowed, NotFound

Handler: TypeAlias = Callable[[ApiRequest], Awaitable[Response]]
Answers: TypeAlias = Mapping[int | str, Mapping[str, Any]]

_PLACE = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation of the API.

    Attributes:
        path: with names in braces for its variable segments.
        handler: answers it. Its docstring is the operation's description.
        tag: the group of operations to which it belongs.
        versioned: whether it is served under `/v1`, too.
        documented: whether the OpenAPI document has it.
        answer: what it answers as JSON.
        answers: its other answers, by status, as in the document.
        refusals: the statuses of its error objects.
        body: the fields of its body.
        query: its query parameters, with their defaults.
        operation_id: its id in the document; made of the handler's name and the path by default.
    """

    method: str
    path: str
    handler: Handler
    tag: str
    versioned: bool
    documented: bool = True
    answer: type[BaseModel] | None = None
    answers: Answers = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    body: type[Parameters] | None = None
    query: type[BaseModel] | None = None
    operation_id: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the path's variable segments."""
        return tuple(found[1:-1] for found in _PLACE.findall(self.path))

    @property
    def pattern(self) -> str:
        """A regular expression for the path as it is sent, with a group for each of the names."""
        fixed = _PLACE.split(self.path)
        return ("(?:/v1)?" if self.versioned else "") + "([^/]+)".join(map(re.escape, fixed))


class Routes:
    """A group of operations; its methods are decorators for their handlers."""

    def __init__(self, tag: str, *, versioned: bool = True) -> None:
        self._tag = tag
        self._versioned = versioned
        self._endpoints: list[Endpoint] = []

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._endpoints)

    def get(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Answer GET; the keywords are attributes of `Endpoint`."""
        return self._add("GET", path, declared)

    def head(self, path: str) -> Callable[[Handler], Handler]:
        """Answer HEAD, which the document leaves out."""
        return self._add("HEAD", path, {"documented": False})

    def post(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Answer POST."""
        return self._add("POST", path, declared)

    def patch(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Answer PATCH."""
        return self._add("PATCH", path, declared)

    def delete(self, path: str, **declared: Any) -> Callable[[Handler], Handler]:
        """Answer DELETE."""
        return self._add("DELETE", path, declared)

    def _add(
        self, method: str, path: str, declared: Mapping[str, Any]
    ) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self._endpoints.append(
                Endpoint(
                    method=method,
                    path=path,
                    handler=handler,
                    tag=self._tag,
                    versioned=self._versioned,
                    **declared,
                )
            )
            return handler

        return add


class _Place(NamedTuple):
    """Where an operation's groups are in the expression of its method."""

    endpoint: Endpoint
    names: tuple[str, ...]
    first: int


class Router:
    """The ASGI application that calls the handlers.

    One regular expression for each method finds the operation. Paths are matched as they are sent,
    so that an id with an encoded slash stays one segment; each segment is decoded once.
    """

    def __init__(
        self, endpoints: Iterable[Endpoint], services: Services, lifespan: ASGIApp
    ) -> None:
        self.endpoints = tuple(endpoints)
        self._services = services
        self._lifespan = lifespan
        self._expressions: dict[str, re.Pattern[str]] = {}
        self._places: dict[str, dict[int, _Place]] = {}
        for method in {endpoint.method for endpoint in self.endpoints}:
            self._compile(method)

    def _compile(self, method: str) -> None:
        # An empty group at the end of each alternative shows by its number which one matched.
        alternatives, places, groups = [], {}, 0
        for endpoint in self.endpoints:
            if endpoint.method == method:
                names = endpoint.names
                places[groups + len(names) + 1] = _Place(endpoint, names, groups)
                groups += len(names) + 1
                alternatives.append(f"{endpoint.pattern}()")
        self._expressions[method] = re.compile("|".join(alternatives))
        self._places[method] = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request whose access is in the scope."""
        if scope["type"] != "http":
            await self._lifespan(scope, receive, send)
            return
        try:
            method, path = scope["method"], scope["path"]
            expression = self._expressions.get(method)
            found = None if expression is None else expression.fullmatch(path)
            if found is None or found.lastindex is None:
                raise self._unmatched(scope, method, path)
            endpoint, names, first = self._places[method][found.lastindex]
            scope["route"] = endpoint.path
            scope["path_params"] = {
                name: unquote(found[first + number]) for number, name in enumerate(names, 1)
            }
            request = ApiRequest(scope, receive, send, self._services)
            response = await endpoint.handler(request)
        except Exception as error:
            known = response_to(error)
            if known is None:
                raise
            response = known
        await response(scope, receive, send)

    def _unmatched(self, scope: Scope, method: str, path: str) -> NotFound | MethodNotAllowed:
        others = [one for one in self.endpoints if re.fullmatch(one.pattern, path)]
        if not others:
            return NotFound(f"Invalid URL ({method} {path})", code="unknown_url")
        scope["route"] = others[0].path
        allowed = ", ".join(dict.fromkeys(one.method for one in others))
        return MethodNotAllowed(f"Not allowed: {method} {path}", headers={"allow": allowed})


Query = TypeVar("Query", bound=BaseModel)


def query_of(request: ApiRequest, declared: type[Query]) -> Query:
    """The query parameters, checked; of one that is repeated the last counts.

    Equal requests share the object that is returned: nothing may change it.

    Raises:
        InvalidRequest: a value is wrong.
    """
    text: bytes = request.scope["query_string"]
    return (_remembered if len(text) < _REMEMBERED_BYTES else _parsed)(declared, text)


def _parsed(declared: type[Query], text: bytes) -> Query:
    sent = parse_qsl(text.decode("latin-1"), keep_blank_values=True)
    try:
        return declared.model_validate(dict(sent))
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][-1])
        raise InvalidRequest(
            f"Invalid value for '{name}': {first['msg']}.", param=name, code="invalid_value"
        ) from None


_remembered = lru_cache(maxsize=1024)(_parsed)
_REMEMBERED_BYTES = 512
"""Query strings up to this length are remembered with what they say: clients repeat them."""
