"""The flavours: which servers can draw for this one, and how each speaks the Videos API.

What is told here was read in the released packages: SGLang Diffusion 0.5.23, vLLM-Omni 0.30.0 and
FastVideo 0.2.1. All three take multipart fields of the same names and keep their jobs in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vitascope.engines.upstream.settings import UpstreamSettings
from vitascope.errors import ConfigError
from vitascope.model import OPERATIONS, ModelCapabilities, Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavour:
    """One server's dialect.

    A failed job is told in two ways, and both are understood from any of them: as a job whose
    status is `failed`, or as the same job under an HTTP error.

    Attributes:
        name: as the configuration calls it.
        title: as people call it.
        tells_progress: whether a job says how far it is; else it is estimated.
        aborts: whether deleting a job that is drawn stops it; else the drawing goes on unseen.
        image_field: the file field that takes a picture.
        video_field: the file field that takes a film; none: there is no such input.
        most: the largest value a field may have.
    """

    name: str
    title: str
    tells_progress: bool = False
    aborts: bool = False
    image_field: str = "input_reference"
    video_field: str | None = None
    most: Mapping[str, float] = field(default_factory=dict)

    def capabilities(self, model: UpstreamSettings) -> ModelCapabilities:
        """What a model of this flavour can be asked for."""
        without: frozenset[Operation] = frozenset() if self.video_field else frozenset({"edit"})
        return ModelCapabilities(
            operations=frozenset(OPERATIONS) - without,
            description=f"Draws by a model that {self.title} serves.",
            licence="as the model that is served there says",
            sound="none" if model.sound == "none" else "house",
            native="as the model that is served there; other sizes and lengths are fitted",
        )


FLAVOURS = {
    flavour.name: flavour
    for flavour in (
        Flavour(
            name="sglang",
            title="SGLang Diffusion",
            tells_progress=True,
            video_field="video_reference",
        ),
        Flavour(
            name="vllm-omni",
            title="vLLM-Omni",
            aborts=True,
            video_field="input_reference",
            most={"num_inference_steps": 200, "guidance_scale": 20.0},
        ),
        Flavour(name="fastvideo", title="FastVideo"),
    )
}


def flavour_named(name: str) -> Flavour:
    """The flavour of that name.

    Raises:
        ConfigError: there is none.
    """
    if name not in FLAVOURS:
        raise ConfigError(f"There is no flavour {name!r}. There are: {', '.join(FLAVOURS)}.")
    return FLAVOURS[name]
