"""Shadowplay: the embedded engine, which draws a prompt as an animated shadow play."""
