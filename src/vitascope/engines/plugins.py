"""The plug-in classes of the built-in engines; only `load` imports codecs and torch."""

from __future__ import annotations

from vitascope.engines.base import Engine, EnginePlugin
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.upstream.settings import UpstreamSettings, flavour_named
from vitascope.model_settings import OPERATIONS, ModelCapabilities, ModelSettings


class ShadowplayPlugin(EnginePlugin[ModelSettings]):
    """The embedded engine, without settings of its own."""

    settings = ModelSettings

    @classmethod
    def capabilities(cls, settings: ModelSettings) -> ModelCapabilities:
        """Every operation."""
        return ModelCapabilities(
            operations=frozenset(OPERATIONS),
            description="Draws the prompt as an animated shadow play; needs no weights and no GPU.",
            licence="none needed",
            sound="joint",
            native="any even size, any length",
            references=frozenset(
                {"last_frame", "keyframe", "reference_image", "reference_video", "audio"}
            ),
            reference_uses=frozenset({"subject", "style", "setting"}),
        )

    @classmethod
    def load(cls, settings: ModelSettings) -> Engine:
        """Create the engine."""
        from vitascope.engines.shadowplay import Shadowplay

        return Shadowplay()


class DiffusersPlugin(EnginePlugin[DiffusersSettings]):
    """Open-weights models on this machine."""

    settings = DiffusersSettings

    @classmethod
    def capabilities(cls, settings: DiffusersSettings) -> ModelCapabilities:
        """The capabilities in the model's card."""
        return card_named(settings.card).capabilities(settings)

    @classmethod
    def load(cls, settings: DiffusersSettings) -> Engine:
        """Load the weights."""
        from vitascope.engines.diffusers import kernels

        # Both must run before the engine imports torch.
        kernels.set_compile_cache()
        kernels.disable_hub_downloads()
        from vitascope.engines.diffusers.engine import Diffusers

        return Diffusers(settings)


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
