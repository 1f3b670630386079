"""Webhooks: notifies receivers that a video has begun or ended, until they have received it.

The rows of `deliveries` are written with the video. Each API process looks for those that are
due, takes them and sends them, signed by Standard Webhooks. An attempt that fails, or whose process
dies, is repeated with the same `webhook-id`, so a receiver may get it twice.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import ipaddress
import json
import logging
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

import httpcore2
import standardwebhooks
from sqlalchemy.exc import SQLAlchemyError

from vitascope.api.services.fetch import JudgingBackend, Network, Refused, is_public, system_tls
from vitascope.config import Settings
from vitascope.errors import InvalidRequest
from vitascope.store.deliveries import Deliveries, Delivery, Event
from vitascope.store.records import JobLog
from vitascope.store.videos import Videos
from vitascope.video import Video

if TYPE_CHECKING:
    from vitascope.api.services.container import Services

DELAYS = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0, 3600.0, 10_800.0, 21_600.0, 43_200.0)
"""Seconds between two attempts: eleven attempts in a day."""
TIMEOUT = 10.0
"""Seconds for one attempt, from the look-up of the name to the answer."""
_LEASE = 2 * TIMEOUT
_LOOK_EVERY = 0.5
_LOOK_IDLE = 2.0
_AT_ONCE = 16
_PER_PROJECT = 4
_MAX_URL = 2000
_PURPOSE = b"vitascope webhook secret 1\n"
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook that a request asks for.

    Attributes:
        form: whose form its body has.
        event: when it is due.
        url: where it goes; checked.
        base: this server's address for its links.
    """

    form: str
    event: Event
    url: str
    base: str = ""

    def delivery(self, project: str, video_id: str) -> Delivery:
        """The delivery to write with a new video."""
        return Delivery(
            id=f"{'evt' if self.form == 'openai' else 'msg'}_{secrets.token_hex(16)}",
            video_id=video_id,
            project=project,
            form=self.form,
            event=self.event,
            url=self.url,
            base=self.base,
            due_at=time.time(),
        )


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """The form of a dialect's webhooks.

    Attributes:
        payload: the body, of the services, the video and the delivery.
        headers: further headers, of the secret, the delivery, the unix time and the body.
    """

    payload: Callable[[Services, Video, Delivery], Awaitable[Mapping[str, Any]]]
    headers: Callable[[str, Delivery, int, bytes], Mapping[str, str]] = lambda *_: {}


async def _openai_event(_services: Services, video: Video, delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "object": "event",
        "created_at": int(video.completed_at or video.created_at),
        "type": f"video.{video.status}",
        "data": {"id": video.id},
    }


OPENAI = WebhookForm(_openai_event)
"""`video.completed` and `video.failed`."""


class Webhooks:
    """Sends what is due, and knows the projects' secrets.

    Attributes:
        settings_of: where the events of a project are sent by configuration.
    """

    def __init__(
        self, settings: Settings, deliveries: Deliveries, videos: Videos, job_log: JobLog
    ) -> None:
        self._settings = settings
        self.settings_of = lru_cache(maxsize=1024)(settings.webhooks_of)
        self._deliveries = deliveries
        self._videos = videos
        self._job_log = job_log
        self._forms: Mapping[str, WebhookForm] = {}
        self._services: Services | None = None
        self._looking: asyncio.Task[None] | None = None
        self._sending: dict[asyncio.Task[None], str] = {}

    def start(self, services: Services, forms: Mapping[str, WebhookForm]) -> None:
        """Begin to look for what is due."""
        self._services, self._forms = services, forms
        self._looking = asyncio.create_task(self._look())

    async def close(self) -> None:
        """End; what is being sent is sent again later, by whichever process is there."""
        tasks = [*self._sending, *([self._looking] if self._looking else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def secret_of(self, project: str) -> str:
        """The secret of the webhooks that a project's requests ask for, as `whsec_…`."""
        key = await self._deliveries.secret("webhooks")
        digest = hmac.digest(key, _PURPOSE + project.encode("utf-8", "surrogateescape"), "sha256")
        return "whsec_" + base64.b64encode(digest).decode()

    async def _look(self) -> None:
        while True:
            pause = _LOOK_IDLE
            try:
                if await self._deliveries.any():
                    pause = _LOOK_EVERY
                    await self._send_due()
            except SQLAlchemyError as error:
                log.warning("Webhooks wait for the database: %s", type(error).__name__)
            await asyncio.sleep(pause)

    async def _send_due(self) -> None:
        busy = Counter(self._sending.values())
        for delivery in await self._deliveries.due(time.time(), limit=4 * _AT_ONCE):
            if len(self._sending) >= _AT_ONCE:
                return
            if busy[delivery.project] >= _PER_PROJECT:
                continue
            if await self._deliveries.take(delivery, until=time.time() + _LEASE):
                busy[delivery.project] += 1
                task = asyncio.create_task(self._attempt(delivery))
                self._sending[task] = delivery.project
                task.add_done_callback(self._sending.pop)

    async def _attempt(self, delivery: Delivery) -> None:
        """Send one delivery, note the answer, and end or postpone it."""
        try:
            video = await self._videos.find(delivery.video_id)
            unwanted = delivery.event == "completed" and video and video.status != "completed"
            if video is None or unwanted:
                await self._deliveries.end(delivery.id)
                return
            done, answer = await self._send(delivery, video)
            number = delivery.attempts + 1
            delay = None if done or number > len(DELAYS) else DELAYS[number - 1]
            if delay is None:
                outcome = "" if done else " It is given up."
            else:
                outcome = f" It is sent again in {delay:g} s."
            note = f"Webhook {delivery.id} to {_origin(delivery.url)}, attempt {number}: {answer}."
            await self._job_log.add(video.id, [note + outcome])
            if delay is None:
                await self._deliveries.end(delivery.id)
            else:
                await self._deliveries.postpone(delivery.id, time.time() + delay)
        except SQLAlchemyError as error:  # it is tried again after its lease
            log.warning("A webhook's outcome can't be stored: %s", type(error).__name__)
        except Exception:
            # Nobody awaits this task, so the log gets the fault; the lease brings another attempt.
            log.exception("Webhook %s can't be sent", delivery.id)

    async def _send(self, delivery: Delivery, video: Video) -> tuple[bool, str]:
        """Whether nothing more is to be sent, and what happened."""
        if self._services is None:
            raise AssertionError("`start` has run")
        form = self._forms[delivery.form]
        body = json.dumps(await form.payload(self._services, video, delivery)).encode()
        secret = await self._signing_secret(delivery)
        now = int(time.time())
        signature = standardwebhooks.Webhook(secret).sign(
            delivery.id, datetime.fromtimestamp(now, UTC), body.decode()
        )
        headers = {
            "content-type": "application/json",
            "user-agent": "vitascope",
            "webhook-id": delivery.id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature,
            **form.headers(secret, delivery, now, body),
        }
        private = delivery.form == "openai" or self._settings.webhooks.allow_private
        try:
            async with asyncio.timeout(TIMEOUT):
                status = await _post(delivery.url, headers, body, private=private)
        except TimeoutError:
            return False, f"no answer within {TIMEOUT:g} seconds"
        except Refused as error:
            return False, f"not sent: {error}"
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError):
            return False, "the connection failed"
        # 410: the receiver is gone for good, by Standard Webhooks.
        return 200 <= status < 300 or status == 410, f"answered {status}"

    async def _signing_secret(self, delivery: Delivery) -> str:
        configured = self.settings_of(delivery.project).secret
        if delivery.form == "openai" and configured:
            return configured
        return await self.secret_of(delivery.project)


async def _post(url: str, headers: Mapping[str, str], body: bytes, *, private: bool) -> int:
    """Send a body; the status of the answer, of which nothing more is read. Follows no redirect."""
    parts = urlsplit(url)
    network = Network(allow=lambda _address: True) if private else Network()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    address = httpcore2.URL(
        scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target
    )
    fields = {"host": parts.netloc.rpartition("@")[2], **headers, "content-length": str(len(body))}
    async with (
        httpcore2.AsyncConnectionPool(
            ssl_context=system_tls(), network_backend=JudgingBackend(network)
        ) as pool,
        pool.stream("POST", address, headers=list(fields.items()), content=body) as response,
    ):
        return int(response.status)


def checked_url(settings: Settings, url: object, field: str) -> str:
    """The address of a receiver that a request names.

    Whether a host name leads to a public address is found out when the webhook is sent.

    Raises:
        InvalidRequest: nothing may be sent there.
    """
    if not isinstance(url, str):
        raise _invalid(field, "it must be a URL")
    parts = _split(url)
    if parts is None or len(url) > _MAX_URL or not url.isascii() or not url.isprintable():
        raise _invalid(field, f"it must be a URL of at most {_MAX_URL} characters")
    if parts.username or parts.password:
        raise _invalid(field, "it holds a user name or password")
    if settings.webhooks.allow_private:
        return url
    if parts.scheme != "https":
        raise _invalid(field, "only https URLs get webhooks")
    if not _may_be_public(parts.hostname or ""):
        raise _invalid(field, "its host has no public internet address")
    return url


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    known = parts.scheme in ("http", "https") and parts.hostname and " " not in url
    return parts if known else None


def _may_be_public(host: str) -> bool:
    try:
        return is_public(ipaddress.ip_address(host))
    except ValueError:
        name = f".{host.rstrip('.')}"
        return not name.endswith(_LOCAL_SUFFIXES)


def _origin(url: str) -> str:
    """The address without its path, which may hold a secret of the receiver."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _invalid(field: str, why: str) -> InvalidRequest:
    return InvalidRequest(f"Invalid '{field}': {why}.", param=field, code="invalid_value")
