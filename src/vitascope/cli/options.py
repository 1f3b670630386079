"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

ConfigFile = Annotated[Path | None, Parameter(name="--config", help="TOML file with settings.")]
DataDir = Annotated[
    Path | None,
    Parameter(name="--data-dir", help="Folder for the database, files and scratch space."),
]
