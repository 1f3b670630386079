"""Drawings as data: figures, props and settings in SVG and TOML, and how they bend."""
