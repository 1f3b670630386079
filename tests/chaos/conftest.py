"""Installations to do violence to, one for each database and module, and the verdicts on it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict

import pytest
from installation import BACKINGS, LEASE, Installation
from invariants import examine
from verdicts import PROPERTY, Verdict


@pytest.fixture(scope="module")
def settings() -> dict[str, float]:
    """Settings of the module's own."""
    return {}


@pytest.fixture(scope="module", params=BACKINGS)
def open_backing(request):
    """What opens the module's database and store."""
    return BACKINGS[request.param]


@pytest.fixture(scope="module")
def backing(open_backing, tmp_path_factory, settings):
    """A database and a store of the module's own; processes find them by their environment."""
    home = tmp_path_factory.mktemp("backing")
    with open_backing(home) as opened, pytest.MonkeyPatch.context() as patch:
        told = {
            "database": opened.database,
            "storage": opened.storage,
            "worker_lease_seconds": LEASE,
            **settings,
        }
        for name, value in opened.environment.items():
            patch.setenv(name, value)
        for name, value in told.items():
            patch.setenv(f"VITASCOPE_{name.upper()}", str(value))
        yield opened


@pytest.fixture(scope="module")
def place(backing) -> Iterator[Installation]:
    """An API server and two workers."""
    installation = Installation(backing)
    try:
        installation.start()
        yield installation
    finally:
        installation.close()


@pytest.fixture
def verdict(request, place) -> Callable[..., Verdict]:
    """Examines the installation after a fault, and keeps the count for the table."""

    def give(fault: str, **wish) -> Verdict:
        counted = examine(place, fault, **wish)
        request.node.user_properties.append((PROPERTY, asdict(counted)))
        assert (counted.lost, counted.doubled, counted.orphans) == (0, 0, 0), counted
        return counted

    return give
