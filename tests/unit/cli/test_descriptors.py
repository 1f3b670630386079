"""The limit on open files: raised as far as connections need, and no further than it goes."""

import resource

from sweeps import for_all

from vitascope.cli.common import raise_descriptor_limit

INFINITY = resource.RLIM_INFINITY


@for_all(
    ("soft", "hard", "requested", "raised", "connections"),
    [
        (1024, 1_000_000, 4096, 8448, 4096),
        (1024, 4096, 4096, 4096, 1920),
        (1024, 1024, 4096, 1024, 384),
        (20_000, 20_000, 4096, 20_000, 4096),
        (64, 64, 4096, 64, 1),
        (1024, INFINITY, 4096, 8448, 4096),
        (INFINITY, INFINITY, 4096, INFINITY, 4096),
    ],
)
def test_the_soft_limit_is_raised(soft, hard, requested, raised, connections, monkeypatch):
    calls = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, pair: calls.append(pair))

    limits = raise_descriptor_limit(requested)

    assert calls == [(raised, hard)]
    assert limits.connections == connections
