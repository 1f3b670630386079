"""Retouch: edits of films that this engine did not draw, and painted looks."""

from shadowplay.retouch.bench import retouch
from shadowplay.retouch.edit import Edit
from shadowplay.retouch.reading import read_edit
from shadowplay.retouch.timing import planned_frames

__all__ = ["Edit", "planned_frames", "read_edit", "retouch"]
