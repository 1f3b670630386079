"""An API with a model for each name that recorded clients say, and its jobs without workers."""

import base64

import pytest
from api_client import client_for, opened

from vitascope.api.app import build_app
from vitascope.engines.registry import capabilities_by_name

NAMES = (
    "google/veo-3.1",
    "google/veo-3.1-generate-001",
    "grok-imagine-video",
    "grok-imagine-video-1.5",
    "veo-3.1-generate-preview",
    "veo-3.1-generate-001",
    "veo-4",
    "acme/video",
    "acme/dep",
    "v1",
    "m",
)


@pytest.fixture
async def services(make_settings):
    settings = make_settings(models={name: {"engine": "shadowplay"} for name in NAMES})
    async with opened(settings, capabilities_by_name(settings)) as ours:
        yield ours


@pytest.fixture
async def client(services):
    async with client_for(build_app(services)) as ours:
        yield ours


@pytest.fixture
def png():
    """A picture of 8x8 pixels."""
    return base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR42mP4z8CAFWEXHbQSACj/P8Fu7N9hAAAAAElF"
        "TkSuQmCC"
    )


@pytest.fixture
def data_url(png):
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
