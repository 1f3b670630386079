"""Links: signed, expiring addresses of one file of one video, for callers without an API key.

A link is `/links/VIDEO/FILE?expires=SECONDS&signature=KEY.MAC`. The MAC is HMAC-SHA-256 over video,
variant and expiry with the key that the signature names. The keys are in the database, so that a
link of one API server works on all of them; a new one signs every 30 days.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
import time
from dataclasses import dataclass
from typing import get_args
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request

from vitascope.config import Settings
from vitascope.errors import Forbidden, NotFound
from vitascope.store.signing_keys import SigningKey, SigningKeys
from vitascope.video import MAX_LINK_SECONDS, Variant, Video

PREFIX = "/links/"
ROTATION_SECONDS = 30 * 24 * 3600

_PURPOSE = b"vitascope content link 1"
_ROUND_SECONDS = 3600
_REREAD_SECONDS = 1.0
_FILES: dict[Variant, str] = {
    "video": "video.mp4",
    "thumbnail": "thumbnail.webp",
    "spritesheet": "spritesheet.jpg",
}
_VARIANTS = {file: variant for variant, file in _FILES.items()}
assert set(_FILES) == set(get_args(Variant))
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Target:
    """What a link gives access to, and until when, in unix seconds."""

    video_id: str
    variant: Variant
    expires_at: int


class Links:
    """Signs links and checks them."""

    def __init__(self, keys: SigningKeys) -> None:
        self._store = keys
        self._keys: dict[str, SigningKey] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def path_of(self, target: Target) -> str:
        """The link's path and query, signed."""
        key = await self._current()
        file = _FILES[target.variant]
        signature = f"{key.id}.{_mac(key, target)}"
        return f"{PREFIX}{target.video_id}/{file}?expires={target.expires_at}&signature={signature}"

    async def check(self, video_id: str, file: str, expires: str, signature: str) -> Target:
        """What a link gives access to.

        Raises:
            NotFound: no video has such a file.
            Forbidden: this server did not sign it, or it has expired.
        """
        variant = _VARIANTS.get(file)
        if variant is None:
            raise NotFound(f"No such file: a link ends in one of {', '.join(_VARIANTS)}.")
        forged = Forbidden(
            "The link's signature is not valid. Use the link exactly as the server gave it.",
            code="invalid_signature",
        )
        if not (expires.isascii() and expires.isdigit() and len(expires) < 16):
            raise forged
        key_id, _, mac = signature.partition(".")
        key = await self._key(key_id)
        target = Target(video_id, variant, int(expires))
        if key is None or not hmac.compare_digest(_mac(key, target).encode(), mac.encode()):
            raise forged
        if target.expires_at <= time.time():
            raise Forbidden("The link has expired. Ask for a new one.", code="link_expired")
        return target

    async def check_url(self, url: str) -> Target | None:
        """What a whole URL gives access to; None if it is not a valid link of this installation.

        The host does not matter: the signature proves the origin.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        video_id, _, file = parts.path.partition(PREFIX)[2].partition("/")
        query = parse_qs(parts.query)
        expires, signature = query.get("expires", [""])[0], query.get("signature", [""])[0]
        try:
            return await self.check(video_id, file, expires, signature)
        except (Forbidden, NotFound):
            return None

    async def _current(self) -> SigningKey:
        """The key to sign with; makes one where there is none or the newest is too old."""
        await self._refresh(older_than=60.0)
        newest = max(self._keys.values(), key=lambda key: key.created_at, default=None)
        if newest is None or newest.created_at < time.time() - ROTATION_SECONDS:
            newest = await self._store.add()
            self._keys = {**self._keys, newest.id: newest}
            await self._store.delete_older(time.time() - ROTATION_SECONDS - MAX_LINK_SECONDS)
        return newest

    async def _key(self, key_id: str) -> SigningKey | None:
        if key_id not in self._keys:  # another server may have made it a moment ago
            await self._refresh(older_than=_REREAD_SECONDS)
        return self._keys.get(key_id)

    async def _refresh(self, *, older_than: float) -> None:
        async with self._reading:
            if time.monotonic() - self._read_at >= older_than:
                self._keys = {key.id: key for key in await self._store.list()}
                self._read_at = time.monotonic()


def _mac(key: SigningKey, target: Target) -> str:
    signed = (target.video_id, target.variant, str(target.expires_at))
    message = b"\n".join([_PURPOSE, *(part.encode("utf-8", "surrogateescape") for part in signed)])
    digest = hmac.digest(key.secret, message, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def link_to(
    links: Links, settings: Settings, request: Request, video: Video, variant: Variant = "video"
) -> str:
    """A whole URL of a video's file for an answer to `request`.

    It is the same for all answers within an hour and works for at least `link_hours`, but not
    longer than the file itself.
    """
    until = time.time() + settings.link_hours * 3600
    expires_at = min(-(-until // _ROUND_SECONDS) * _ROUND_SECONDS, video.expires_at or float("inf"))
    target = Target(video.id, variant, int(expires_at))
    return base_url(settings, request) + await links.path_of(target)


def base_url(settings: Settings, request: Request) -> str:
    """The server's own address, without a slash at the end: `public_url`, else the request's."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        server = request.scope.get("server") or ("127.0.0.1", 80)
        host = f"[{server[0]}]:{server[1]}" if ":" in server[0] else f"{server[0]}:{server[1]}"
    return f"{request.scope.get('scheme', 'http')}://{host}"
