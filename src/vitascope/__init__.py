"""Vitascope: the Videos API, self-hosted, durable, on open models."""

__version__ = "0.1.0"
