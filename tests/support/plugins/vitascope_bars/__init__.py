"""An engine whose films cost little: for tests of jobs and processes, not of pictures."""

from vitascope.engines.base import Engine, EnginePlugin
from vitascope.model_settings import OPERATIONS, ModelCapabilities, ModelSettings


class BarsPlugin(EnginePlugin[ModelSettings]):
    settings = ModelSettings

    @classmethod
    def capabilities(cls, settings: ModelSettings) -> ModelCapabilities:
        return ModelCapabilities(
            operations=frozenset(OPERATIONS),
            description="Draws a bar that crosses the picture.",
            licence="none needed",
            sound="joint",
            references=frozenset({"last_frame", "keyframe", "reference_image", "audio"}),
            reference_uses=frozenset({"subject", "style"}),
        )

    @classmethod
    def load(cls, settings: ModelSettings) -> Engine:
        from vitascope.media import profile
        from vitascope_bars.drawing import Bars

        # Less than half the time of the encoder, with the same parameter sets.
        profile.PRESET, profile.THREADS = "superfast", 1
        return Bars()
