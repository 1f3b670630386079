"""A client that speaks to an app without a socket."""

from contextlib import asynccontextmanager

import httpx2

from vitascope.api.app import open_services


@asynccontextmanager
async def opened(settings, capabilities=None):
    """The services behind the API, closed in the end as the app's lifespan would."""
    services = open_services(settings, capabilities)
    try:
        yield services
    finally:
        await services.close()


def client_for(app, *, raise_faults=False, **options):
    """A client; faults of the app are answers, as over a socket, unless they are to be raised."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=raise_faults)
    return httpx2.AsyncClient(transport=transport, **{"base_url": "http://localhost", **options})
