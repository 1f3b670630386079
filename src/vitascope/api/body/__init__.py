"""Every request body, JSON or multipart, read into one form."""

from __future__ import annotations

from vitascope.api.body.body import Body, BodyLimits, Value
from vitascope.api.body.reader import read_body
from vitascope.api.body.upload import ScratchFiles, Upload

__all__ = ["Body", "BodyLimits", "ScratchFiles", "Upload", "Value", "read_body"]
