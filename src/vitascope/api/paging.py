"""A page of a list, as every list of the API has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator
from starlette.responses import JSONResponse

from vitascope.store.database import may_be_stored


def _storable(text: str) -> str:
    if not may_be_stored(text):
        raise ValueError("it contains a NUL character (U+0000)")
    return text


Term = Annotated[str, AfterValidator(_storable)]
"""A query parameter that rows are looked for by."""


class Listed(Protocol):
    """A resource with an id and a form on the wire."""

    @property
    def id(self) -> str:
        """What the cursor is made of."""

    def to_wire(self) -> Mapping[str, Any]:
        """The resource as clients see it."""


def page_of(items: Sequence[Listed], *, has_more: bool) -> JSONResponse:
    """The page. `last_id` is the cursor for the next; both ids are null on an empty page."""
    return JSONResponse(
        {
            "object": "list",
            "data": [item.to_wire() for item in items],
            "first_id": items[0].id if items else None,
            "last_id": items[-1].id if items else None,
            "has_more": has_more,
        }
    )
