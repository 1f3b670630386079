"""How many files and sockets the process may have open, and so how many connections it takes."""

from __future__ import annotations

import resource
from dataclasses import dataclass

_OWN_USE = 256
"""Descriptors for the database, workers, and files that are read and written."""
_EACH = 2  # a connection, and the file that it sends or receives


@dataclass(frozen=True, slots=True)
class DescriptorLimits:
    """The limits of the process.

    Attributes:
        soft: what it may have open.
        hard: how far it may raise that itself.
        connections: how many it takes with `soft`.
    """

    soft: int
    hard: int
    connections: int


def descriptor_limits(max_connections: int) -> DescriptorLimits:
    """The limits that a server has after its start; nothing is changed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OWN_USE + _EACH * max_connections
    # "No limit" is the highest number or -1, as the system has it.
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    allowed = max_connections
    if soft != resource.RLIM_INFINITY:
        allowed = max(1, min(max_connections, (soft - _OWN_USE) // _EACH))
    return DescriptorLimits(soft, hard, allowed)


def raise_descriptor_limit(max_connections: int) -> DescriptorLimits:
    """Raise the soft limit as far as that many connections need, or as far as it goes."""
    limits = descriptor_limits(max_connections)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.soft, limits.hard))
    return limits
