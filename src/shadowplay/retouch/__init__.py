"""Retouch: edits of films that this engine did not draw, and painted looks."""
