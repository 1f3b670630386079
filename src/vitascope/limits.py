"""The `[uploads]` table: what decoding one uploaded file may cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

GIBIBYTE = 1024**3


class UploadSettings(BaseModel):
    """The `[uploads]` table: limits for decoding one uploaded file.

    Attributes:
        pixels: the maximum of pixels in all decoded frames together.
        cpu_seconds: CPU time of all cores together.
        memory_bytes: address space of the decoding process.
        file_bytes: the largest file that the decoding process may write.
        characters_at_once: how many characters a server cuts out at once, one for each project.
        characters_waiting: how many more may wait in each project; others are refused with a 429.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pixels: Annotated[int, Field(gt=0)] = 4_000_000_000
    cpu_seconds: Annotated[int, Field(gt=0)] = 120
    memory_bytes: Annotated[int, Field(ge=GIBIBYTE)] = 4 * GIBIBYTE
    file_bytes: Annotated[int, Field(gt=0)] = 2 * GIBIBYTE
    characters_at_once: Annotated[int, Field(ge=1, le=64)] = 2
    characters_waiting: Annotated[int, Field(ge=0)] = 4
