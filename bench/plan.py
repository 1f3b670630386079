"""The plan: how much is measured, so that a whole run stays under seven minutes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PANEL = (
    "A fox runs through a snowy forest at dusk",
    "A whale swims under the moon",
    "Five horses gallop along a beach at golden hour, the camera tracking them",
    "A heavy storm over a city at night, rain on the roofs",
    "A red balloon drifts over misty mountains at dawn",
    "Petals fall on a couple dancing in a garden, joyful",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How often and how long.

    Attributes:
        scratch: a folder for data folders and films; gone after the run.
        rounds: how often each side of a comparison has its turn; medians are reported.
        load_seconds: how long one turn of requests lasts.
        creates: requests of each form in the test of `POST`.
        starts: how often the server is started on a fresh, and on a used, data folder.
        prompts: what is drawn.
    """

    scratch: Path
    rounds: int = 5
    load_seconds: float = 2.0
    creates: int = 40
    starts: int = 5
    prompts: tuple[str, ...] = PANEL

    @classmethod
    def quick(cls, scratch: Path) -> Plan:
        """Enough to see that everything runs; the numbers mean little."""
        return cls(
            scratch=scratch, rounds=1, load_seconds=0.5, creates=5, starts=1, prompts=PANEL[:1]
        )
