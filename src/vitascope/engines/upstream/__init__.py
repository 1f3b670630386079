"""Upstream: films drawn by another server of this network, over its part of the Videos API."""
