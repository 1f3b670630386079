"""The plug-in class of models on another server; only `load` imports codecs."""

from __future__ import annotations

from vitascope.engines.base import Engine, EnginePlugin
from vitascope.engines.upstream.settings import UpstreamSettings, flavour_named
from vitascope.model_settings import ModelCapabilities


class UpstreamPlugin(EnginePlugin[UpstreamSettings]):
    """Models on another server."""

    settings = UpstreamSettings

    @classmethod
    def capabilities(cls, settings: UpstreamSettings) -> ModelCapabilities:
        """The capabilities of the server's flavour."""
        return flavour_named(settings.flavour).capabilities(settings)

    @classmethod
    def load(cls, settings: UpstreamSettings) -> Engine:
        """Create the engine; the first job calls the other server."""
        from vitascope.engines.upstream.engine import Upstream

        return Upstream(settings)
