"""The plug-in class of open-weights models; only `load` imports torch."""

from __future__ import annotations

from vitascope.engines.base import Engine, EnginePlugin
from vitascope.engines.diffusers.cards import card_named
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.model_settings import ModelCapabilities


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
