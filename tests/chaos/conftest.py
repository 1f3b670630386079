"""An installation for each module and database, and the check after each fault."""

from collections.abc import Callable, Iterator
from dataclasses import asdict

import invariants
import pytest
from fault_results import PROPERTY, FaultResult
from installation import BACKINGS, LEASE, Installation


@pytest.fixture(scope="module")
def settings() -> dict[str, float]:
    """The module's own settings."""
    return {}


@pytest.fixture(scope="module", params=BACKINGS)
def open_backing(request):
    """Opens the module's database and store."""
    return BACKINGS[request.param]


@pytest.fixture(scope="module")
def backing(open_backing, tmp_path_factory, settings):
    """The module's database and store; processes find them by environment variables."""
    home = tmp_path_factory.mktemp("backing")
    with open_backing(home) as opened, pytest.MonkeyPatch.context() as patch:
        values = {
            "database": opened.database,
            "storage": opened.storage,
            "worker_lease_seconds": LEASE,
            **settings,
        }
        for name, value in opened.environment.items():
            patch.setenv(name, value)
        for name, value in values.items():
            patch.setenv(f"VITASCOPE_{name.upper()}", str(value))
        yield opened


@pytest.fixture(scope="module")
def installation(backing) -> Iterator[Installation]:
    """An API server and two workers."""
    opened = Installation(backing)
    try:
        opened.start()
        yield opened
    finally:
        opened.close()


@pytest.fixture
def check_jobs(request, installation) -> Callable[..., FaultResult]:
    """Checks all jobs after a fault and reports the counts for the table."""

    def check(fault: str, **options) -> FaultResult:
        result = invariants.check_jobs(installation, fault, **options)
        request.node.user_properties.append((PROPERTY, asdict(result)))
        assert (result.lost, result.doubled, result.orphans) == (0, 0, 0), result
        return result

    return check
