"""A dialect's fields: declared as structs and refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from vitascope.api.parsing import Body
from vitascope.api.parsing.text import printable
from vitascope.errors import InvalidRequest

_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`", re.DOTALL)
_PLACE = re.compile(r" - at `\$(.*)`\Z", re.DOTALL)

Declared = TypeVar("Declared", bound=msgspec.Struct)


class Fields(msgspec.Struct, forbid_unknown_fields=True):
    """The base of every declared object: a member that is not declared is refused by its name.

    A member of type `Any` holds text; a long one is an `Upload`.
    """


def declared(body: Body, kind: type[Declared]) -> Declared:
    """The fields of a body, checked.

    Raises:
        InvalidRequest: a field is missing, unknown or of the wrong type; it is named.
    """
    try:
        return msgspec.convert(body.fields, kind)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def refuse(given: Mapping[str, Any], why: str) -> None:
    """Refuse fields that this server can't honour, if they are given.

    Raises:
        InvalidRequest: the first of them is; `why` continues "'name' is not supported: ".
    """
    for name, value in given.items():
        # Zero is a value, although it equals False.
        if value is not None and value is not False and value not in ("", [], {}):
            raise InvalidRequest(
                f"'{name}' is not supported: {why}", param=name, code="unsupported_parameter"
            )


def _refusal(message: str) -> InvalidRequest:
    place = _PLACE.search(message)
    where = place[1].lstrip(".") if place else ""
    message = _PLACE.sub("", message)
    if found := _UNKNOWN.fullmatch(message):
        name = printable(".".join(filter(None, (where, found[1]))))
        return InvalidRequest(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    if found := _MISSING.fullmatch(message):
        name = ".".join(filter(None, (where, found[1])))
        return InvalidRequest(
            f"Missing required parameter: '{name}'.",
            param=name,
            code="missing_required_parameter",
        )
    name = printable(where)
    return InvalidRequest(
        f"Invalid value for '{name}': {message[:1].lower()}{message[1:]}.",
        param=name or None,
        code="invalid_value",
    )
