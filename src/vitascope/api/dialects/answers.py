"""What the dialects' answers have in common: where a film is, and when things happened."""

from __future__ import annotations

import ipaddress
import re
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.types import Message

from vitascope.api.services.container import ApiRequest, Services
from vitascope.api.services.content import InlineFile, require_inline
from vitascope.api.services.links import base_url, link_to
from vitascope.api.services.webhooks import Subscription, checked_url
from vitascope.errors import NotFound
from vitascope.spec import Asset
from vitascope.store.deliveries import Delivery, Event
from vitascope.store.keys import Access
from vitascope.video import Video

_AI_SDK = re.compile(r"(?:^|\s)ai(?:-sdk[a-z-]*)?/")  # but not google-genai-sdk
_PRIVATE_NAMES = (".localhost", ".local", ".internal")


async def film_url(request: ApiRequest, video: Video) -> str | InlineFile:
    """A URL of a completed film that works without a key: a link, or the film as a `data:` URL.

    The AI SDK downloads nothing from private addresses. It gets a `data:` URL where this server's
    address is private, unless the film is too large for one.
    """
    services = request.services
    film = film_asset(video)
    if (
        speaks_ai_sdk(request)
        and _private(base_url(services.settings, request))
        and film.size <= services.settings.max_inline_bytes
    ):
        return InlineFile.data_url(film)
    return await link_to(services.links, services.settings, request, video)


def inline_film(request: ApiRequest, video: Video) -> InlineFile:
    """A completed film as base64.

    Raises:
        InvalidRequest: it is too large.
    """
    film = film_asset(video)
    require_inline(request.services.settings, film)
    return InlineFile(film)


def film_asset(video: Video) -> Asset:
    """The stored film.

    Raises:
        NotFound: its files have expired.
    """
    if gone(video):
        raise NotFound("The video's files have expired and are not stored any more.")
    return video.assets["video"]


def gone(video: Video) -> bool:
    """Whether a completed video's files are not stored any more."""
    return "video" not in video.assets or video.expired(time.time())


def request_for(services: Services, delivery: Delivery) -> ApiRequest:
    """A request in whose answer links begin as the delivery says, for the body of a webhook."""
    base = urlsplit(delivery.base)
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": base.scheme,
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", base.netloc.encode("latin-1"))],
        "access": Access(delivery.project),
    }

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_message: Message) -> None:
        raise AssertionError("nothing is answered")

    return ApiRequest(scope, receive, send, services)


def subscription(
    request: ApiRequest, form: str, event: Event, url: object, field: str
) -> Subscription:
    """The webhook that a request asks for in a field.

    Raises:
        InvalidRequest: nothing may be sent to that address.
    """
    settings = request.services.settings
    return Subscription(form, event, checked_url(settings, url, field), base_url(settings, request))


def speaks_ai_sdk(request: ApiRequest) -> bool:
    """Whether the request comes from Vercel's AI SDK, which refuses private addresses."""
    return _AI_SDK.search(request.headers.get("user-agent", "")) is not None


def iso(moment: float | None) -> str | None:
    """A time in unix seconds as RFC 3339 with milliseconds, in UTC."""
    if moment is None:
        return None
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _private(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(_PRIVATE_NAMES)
