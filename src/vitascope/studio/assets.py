"""Scripts and styles. Their address names their content, so that browsers keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from vitascope.errors import NotFound

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Assets:
    """All files of the folder `static`, compressed.

    Attributes:
        version: a hash over all of them; modules import each other by relative names.
    """

    version: str
    compressed: dict[str, bytes]

    def serve(self, request: Request, version: str, name: str) -> Response:
        """Answer for one file.

        Raises:
            NotFound: there is none of this name.
        """
        body = self.compressed.get(name)
        if body is None:
            raise NotFound(f"Invalid URL ({request.method} {request.url.path})", code="unknown_url")
        # A page from before an update of the server gets today's file.
        lasting = "public, max-age=31536000, immutable" if version == self.version else "no-cache"
        headers = {
            "cache-control": lasting,
            "content-type": _TYPES[name.rpartition(".")[2]],
            "vary": "accept-encoding",
            "x-content-type-options": "nosniff",
        }
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(body, headers={**headers, "content-encoding": "gzip"})
        return Response(gzip.decompress(body), headers=headers)


@cache
def assets() -> Assets:
    """The files, read once."""
    found = {
        entry.name: entry.read_bytes()
        for entry in files("vitascope.studio").joinpath("static").iterdir()
        if entry.name.rpartition(".")[2] in _TYPES
    }
    whole = hashlib.sha256()
    for name in sorted(found):
        whole.update(name.encode() + b"\0" + found[name])
    compressed = {name: gzip.compress(body, mtime=0) for name, body in found.items()}
    return Assets(whole.hexdigest()[:12], compressed)
