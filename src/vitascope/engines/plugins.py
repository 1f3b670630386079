"""The engines of this package as plug-ins; each imports its codecs and weights in `load` alone."""

from __future__ import annotations

from vitascope.engines.base import Engine, EnginePlugin
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.upstream.flavours import flavour_named
from vitascope.engines.upstream.settings import UpstreamSettings
from vitascope.model import OPERATIONS, ModelCapabilities, ModelSettings


class ShadowplayPlugin(EnginePlugin[ModelSettings]):
    """The embedded engine, which needs no settings of its own."""

    settings = ModelSettings

    @classmethod
    def capabilities(cls, settings: ModelSettings) -> ModelCapabilities:
        """Every operation, without weights."""
        return ModelCapabilities(
            operations=frozenset(OPERATIONS),
            description="Draws the prompt as an animated shadow play; needs no weights and no GPU.",
            licence="none needed",
            sound="joint",
            native="any even size, any length",
        )

    @classmethod
    def load(cls, settings: ModelSettings) -> Engine:
        """Ready at once."""
        from vitascope.engines.shadowplay import Shadowplay

        return Shadowplay()


class DiffusersPlugin(EnginePlugin[DiffusersSettings]):
    """Open-weights models on this machine."""

    settings = DiffusersSettings

    @classmethod
    def capabilities(cls, settings: DiffusersSettings) -> ModelCapabilities:
        """As the card says."""
        return card_named(settings.card).capabilities(settings)

    @classmethod
    def load(cls, settings: DiffusersSettings) -> Engine:
        """Load the weights."""
        from vitascope.engines.diffusers import toolchain

        toolchain.keep_kernels()  # the engine's imports decide where they go
        from vitascope.engines.diffusers.engine import Diffusers

        return Diffusers(settings)


class UpstreamPlugin(EnginePlugin[UpstreamSettings]):
    """Models that another server draws with."""

    settings = UpstreamSettings

    @classmethod
    def capabilities(cls, settings: UpstreamSettings) -> ModelCapabilities:
        """As the server's flavour allows."""
        return flavour_named(settings.flavour).capabilities(settings)

    @classmethod
    def load(cls, settings: UpstreamSettings) -> Engine:
        """Ready at once; the other server is asked by the first job."""
        from vitascope.engines.upstream.engine import Upstream

        return Upstream(settings)
