"""Seeded generators, one per named element, so that one changed word leaves the rest in place."""

import hashlib

import numpy as np


def dice(seed: int, *names: str | int) -> np.random.Generator:
    """A generator that depends on the seed and the element's name, and on nothing else."""
    return np.random.default_rng(_hash(seed, *names))


def throw(seed: int, *names: str | int) -> float:
    """One number in [0, 1) from the seed and a name; much sooner made than a generator."""
    return (_hash(seed, *names) >> 75) / (1 << 53)


def _hash(*names: str | int) -> int:
    key = "/".join(map(str, names)).encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=16).digest())
