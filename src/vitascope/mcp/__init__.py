"""Tools for agents by the Model Context Protocol, over stdio and over HTTP.

The package `mcp` takes seconds and 30 MB to load, so only `server` and `tools` import it, and both
are imported when the first agent connects.
"""
