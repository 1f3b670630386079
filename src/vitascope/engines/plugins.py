"""The plug-in class of the embedded engine; only `load` imports codecs.

The other engines have a module each, because their settings take long to import.
"""

from __future__ import annotations

from vitascope.engines.base import Engine, EnginePlugin
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
