"""Seeded generators, one per named element, so that one changed word leaves the rest in place."""

from __future__ import annotations

import hashlib

import numpy as np


def dice(seed: int, *names: str | int) -> np.random.Generator:
    """A generator that depends on the seed and the element's name, and on nothing else."""
    key = "/".join(map(str, (seed, *names))).encode()
    return np.random.default_rng(int.from_bytes(hashlib.blake2b(key, digest_size=16).digest()))
