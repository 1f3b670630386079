"""What may stand in a string, and the sentences for what may not."""

from __future__ import annotations

from vitascope.errors import InvalidRequest


def refuse_unstorable(text: str, name: str) -> None:
    """Refuse NUL characters and lone surrogates, which no database or file takes.

    Raises:
        InvalidRequest: the text holds one.
    """
    if "\0" in text:
        raise InvalidRequest(
            f"Invalid '{printable(name)}': the string contains a NUL character (U+0000).",
            param=printable(name),
            code="invalid_string",
        )
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidRequest(
            f"Invalid '{printable(name)}': the string contains a lone surrogate, "
            "which is no character.",
            param=printable(name),
            code="invalid_string",
        ) from None


def too_long(name: str, maximum: int, length: int) -> InvalidRequest:
    """The error for a string above its maximum length, both in characters."""
    return InvalidRequest(
        f"Invalid '{name}': string too long. Expected a string with maximum length {maximum}, "
        f"but got a string with length {length} instead.",
        param=name,
        code="string_above_max_length",
    )


def printable(name: str) -> str:
    """A name from the wire, fit to be shown in a sentence."""
    kept = name if len(name) <= 80 else f"{name[:79]}…"  # cut first: it may have megabytes
    return "".join(character if character.isprintable() else "\ufffd" for character in kept)
