"""Retouch: edits of films that this engine did not draw, made on their frames."""

from vitascope.engines.shadowplay.retouch.bench import retouch
from vitascope.engines.shadowplay.retouch.edit import Edit
from vitascope.engines.shadowplay.retouch.reading import read_edit
from vitascope.engines.shadowplay.retouch.timing import planned_frames

__all__ = ["Edit", "planned_frames", "read_edit", "retouch"]
