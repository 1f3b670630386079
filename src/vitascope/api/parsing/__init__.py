"""Every request body, JSON or multipart, read into one form."""

from __future__ import annotations

from vitascope.api.parsing.body import Body, BodyLimits, ScratchFiles, Upload, Value
from vitascope.api.parsing.reader import read_body

__all__ = ["Body", "BodyLimits", "ScratchFiles", "Upload", "Value", "read_body"]
